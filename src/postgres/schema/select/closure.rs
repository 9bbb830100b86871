//! "With dependencies": everything that the chosen relations need to exist, so that the archive can
//! be restored into an empty database. Definitions only: rows are taken of what was chosen alone.
//!
//! ```text
//!   chosen table ─► its columns' types, defaults, checks, indexes, triggers … ─► functions, types,
//!   sequences, parents, underlying tables ─► their schemas ─► or the extension they belong to
//! ```
//! Foreign keys are not followed: that is what references are for.

use std::collections::{HashMap, HashSet};

use super::candidate::Candidate;
use super::{Choice, follow_owners};
use crate::error::Result;
use crate::postgres::schema::depends::{self, Depends};
use crate::postgres::schema::graph::{Key, Take, class};
use crate::postgres::schema::query::Reader;

/// Adds all that the chosen relations need.
pub(super) async fn add(
    reader: &Reader<'_>,
    depends: &Depends,
    candidates: &[Candidate],
    choice: &mut Choice,
) -> Result<()> {
    let edges = read_edges(reader, candidates).await?;
    let kinds: HashMap<u32, char> = candidates.iter().map(|c| (c.oid, c.kind)).collect();
    let reached = walk(depends, &edges, choice);
    let mut named: Vec<(Key, Key)> = Vec::new();
    for (key, from) in reached {
        let (catalog, oid) = key;
        match (catalog, kinds.get(&oid)) {
            (class::RELATION, None) => {}
            (class::RELATION, Some(&kind)) => {
                let take = if matches!(kind, 'S' | 'm') { Take::ALL } else { Take::NO_DATA };
                choice.relations.insert(oid, take);
                named.push((key, from));
            }
            _ => {
                choice.keys.insert(key);
                named.push((key, from));
            }
        }
    }
    follow_owners(choice, candidates);
    choice.added.extend(describe(reader, &named).await?);
    Ok(())
}

/// What leads where: needs and parts alike.
#[derive(Default)]
struct Edges {
    to: HashMap<Key, Vec<Key>>,
    /// Objects that exist only as a part of another one and say nothing to people.
    parts: HashSet<Key>,
}

impl Edges {
    fn is_part(&self, key: Key) -> bool {
        let by_catalog = matches!(
            key.0,
            class::CONSTRAINT
                | class::ATTRDEF
                | class::TRIGGER
                | class::REWRITE
                | class::POLICY
                | class::STATISTICS
        );
        by_catalog || self.parts.contains(&key)
    }
}

/// Everything reached from the chosen relations, each with what led there first.
fn walk(depends: &Depends, edges: &Edges, choice: &Choice) -> Vec<(Key, Key)> {
    let mut starts: Vec<Key> = choice.relations.keys().map(|&oid| (class::RELATION, oid)).collect();
    starts.sort_unstable();
    let mut seen: HashSet<Key> = starts.iter().copied().collect();
    // Each with the object that it is or belongs to.
    let mut waiting: Vec<(Key, Key)> = starts.iter().map(|&key| (key, key)).collect();
    let mut reached = Vec::new();
    while let Some((key, whole)) = waiting.pop() {
        for &needed in edges.to.get(&key).into_iter().flatten() {
            let next = match depends.extension_of(needed) {
                Some(extension) => (class::EXTENSION, extension),
                None => needed,
            };
            if next == PUBLIC || !seen.insert(next) {
                continue;
            }
            if edges.is_part(next) {
                waiting.push((next, whole));
            } else {
                reached.push((next, whole));
                waiting.push((next, next));
            }
        }
    }
    reached
}

/// The schema `public` is in every new database.
const PUBLIC: Key = (class::NAMESPACE, 2200);

async fn read_edges(reader: &Reader<'_>, candidates: &[Candidate]) -> Result<Edges> {
    let foreign_keys = read_foreign_keys(reader).await?;
    let owned: HashMap<u32, u32> =
        candidates.iter().filter_map(|c| Some((c.oid, c.owner_table?))).collect();
    let mut edges = Edges::default();
    let keep = |object: Key, needed: Key| {
        let of_owner = object.0 == class::RELATION
            && needed.0 == class::RELATION
            && owned.get(&object.1) == Some(&needed.1);
        if !of_owner && !foreign_keys.contains(&object.1) {
            edges.to.entry(object).or_default().push(needed);
        }
    };
    depends::each_need(reader, true, keep).await?;
    for (&sequence, &table) in &owned {
        edges.to.entry((class::RELATION, table)).or_default().push((class::RELATION, sequence));
    }
    for (whole, part, hidden) in read_parts(reader).await? {
        if whole.1 != 0 {
            edges.to.entry(whole).or_default().push(part);
        }
        if hidden {
            edges.parts.insert(part);
        }
    }
    Ok(edges)
}

/// Foreign keys' oids: shared with no other kind of object that has dependencies to follow.
async fn read_foreign_keys(reader: &Reader<'_>) -> Result<HashSet<u32>> {
    let sql = "SELECT oid FROM pg_catalog.pg_constraint WHERE contype = 'f'";
    Ok(reader.column("foreign keys", sql, &[]).await?.into_iter().collect())
}

/// Which objects are parts of which, and whether they are not worth a word of their own.
async fn read_parts(reader: &Reader<'_>) -> Result<Vec<(Key, Key, bool)>> {
    let multirange = reader.pick(
        14,
        "UNION ALL SELECT 1247, rngmultitypid, 1247, rngtypid, false FROM pg_catalog.pg_range
          WHERE rngtypid >= 16384",
        "",
    );
    let sql = format!("{PARTS} {multirange}");
    reader
        .read("parts of objects", &sql, &[], |f| {
            Ok(((f.take()?, f.take()?), (f.take()?, f.take()?), f.take()?))
        })
        .await
}

const PARTS: &str = "
        SELECT 1259::oid, conrelid, 2606::oid, oid, true FROM pg_catalog.pg_constraint
         WHERE conrelid <> 0 AND contype <> 'f'
        UNION ALL SELECT 1247, contypid, 2606, oid, true FROM pg_catalog.pg_constraint
         WHERE contypid <> 0
        UNION ALL SELECT 1259, adrelid, 2604, oid, true FROM pg_catalog.pg_attrdef
        UNION ALL SELECT 1259, indrelid, 1259, indexrelid, true FROM pg_catalog.pg_index
        UNION ALL SELECT 1259, tgrelid, 2620, oid, true FROM pg_catalog.pg_trigger
         WHERE NOT tgisinternal
        UNION ALL SELECT 1259, ev_class, 2618, oid, true FROM pg_catalog.pg_rewrite
        UNION ALL SELECT 1259, polrelid, 3256, oid, true FROM pg_catalog.pg_policy
        UNION ALL SELECT 1259, stxrelid, 3381, oid, true FROM pg_catalog.pg_statistic_ext
        UNION ALL SELECT 1247, t.oid, 1259, t.typrelid, true FROM pg_catalog.pg_type t
          JOIN pg_catalog.pg_class c ON c.oid = t.typrelid WHERE c.relkind = 'c'
        UNION ALL SELECT 1247, t.oid, 1247, t.typelem, false FROM pg_catalog.pg_type t
         WHERE t.oid >= 16384 AND t.typelem <> 0
        UNION ALL SELECT 1247, t.oid, 1259, t.typrelid, false FROM pg_catalog.pg_type t
          JOIN pg_catalog.pg_class c ON c.oid = t.typrelid WHERE c.relkind <> 'c'
        UNION ALL SELECT 0, 0, 1247, t.oid, true FROM pg_catalog.pg_type t
          LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
         WHERE t.oid >= 16384 AND (t.typtype::text = 'm' OR c.relkind <> 'c'
               OR (t.typelem <> 0 AND t.typcategory = 'A'))";

/// Names for people: the object, and what needs it.
async fn describe(reader: &Reader<'_>, pairs: &[(Key, Key)]) -> Result<Vec<(String, String)>> {
    let column = |pick: fn(&(Key, Key)) -> u32| pairs.iter().map(pick).collect::<Vec<u32>>();
    let sql =
        "SELECT pg_catalog.pg_describe_object(a, b, 0), pg_catalog.pg_describe_object(c, d, 0)
                 FROM unnest($1::oid[], $2::oid[], $3::oid[], $4::oid[]) AS u (a, b, c, d)";
    let (a, b) = (column(|p| p.0.0), column(|p| p.0.1));
    let (c, d) = (column(|p| p.1.0), column(|p| p.1.1));
    reader
        .read("names of objects", sql, &[&a, &b, &c, &d], |f| {
            let name = f.take::<Option<String>>()?.unwrap_or_default();
            let by = f.take::<Option<String>>()?.unwrap_or_default();
            Ok((name, format!("needed by {by}")))
        })
        .await
}
