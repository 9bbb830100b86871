//! "Add what these tables reference": the closure over foreign keys, rows included.

use std::collections::HashMap;

use super::candidate::Candidate;
use super::{Choice, Named};
use crate::error::Result;
use crate::postgres::schema::graph::Take;
use crate::postgres::schema::query::Reader;

/// Adds every table that a chosen one references, and the partitions of those that are partitioned.
pub(super) async fn add(
    reader: &Reader<'_>,
    named: &Named,
    candidates: &[Candidate],
    choice: &mut Choice,
) -> Result<()> {
    let by_oid: HashMap<u32, &Candidate> = candidates.iter().map(|c| (c.oid, c)).collect();
    let links = read_links(reader).await?;
    let mut waiting: Vec<u32> = choice.relations.keys().copied().collect();
    waiting.sort_unstable();
    while let Some(table) = waiting.pop() {
        for link in links.get(&table).into_iter().flatten() {
            let Some(target) = by_oid.get(&link.table) else { continue };
            let excluded = named.exclude.contains(&link.table);
            if choice.relations.contains_key(&link.table) || target.member || excluded {
                continue;
            }
            choice.relations.insert(link.table, Take::ALL);
            choice
                .added
                .push((format!("{}.{}", target.schema, target.name), why(link, &by_oid, table)));
            waiting.push(link.table);
        }
    }
    Ok(())
}

/// A table that another one leads to.
struct Link {
    table: u32,
    /// By this foreign key; `None` for a partition of a partitioned table that is referenced.
    by: Option<String>,
}

fn why(link: &Link, by_oid: &HashMap<u32, &Candidate>, from: u32) -> String {
    let from = by_oid.get(&from).map(|c| format!("{}.{}", c.schema, c.name)).unwrap_or_default();
    match &link.by {
        Some(key) => format!("referenced by {from} (foreign key {key})"),
        None => format!("partition of {from}"),
    }
}

async fn read_links(reader: &Reader<'_>) -> Result<HashMap<u32, Vec<Link>>> {
    let sql = "SELECT conrelid, confrelid, conname FROM pg_catalog.pg_constraint
                WHERE contype = 'f' AND conrelid <> confrelid
               UNION ALL
               SELECT i.inhparent, i.inhrelid, NULL FROM pg_catalog.pg_inherits i
                 JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
                WHERE p.relkind = 'p'
                  AND EXISTS (SELECT FROM pg_catalog.pg_constraint c
                               WHERE c.contype = 'f' AND c.confrelid = i.inhparent)
               ORDER BY 1, 3, 2";
    let rows = reader
        .read("foreign keys", sql, &[], |f| {
            Ok((f.take::<u32>()?, Link { table: f.take()?, by: f.take()? }))
        })
        .await?;
    let mut links: HashMap<u32, Vec<Link>> = HashMap::new();
    for (from, link) in rows {
        links.entry(from).or_default().push(link);
    }
    Ok(links)
}
