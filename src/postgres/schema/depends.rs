//! `pg_depend` as the server keeps it: who needs whom, and who belongs to an extension.
//!
//! ```text
//!   read       members of extensions, owned sequences, copies of triggers      kept: few
//!   each_need  everything else, row by row                                     never kept here
//! ```

use std::collections::HashMap;

use super::graph::{Key, class};
use super::query::{Fields, Reader};
use crate::error::Result;

/// One row: `object` needs `needed`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Depend {
    pub(super) object: Key,
    pub(super) needed: Key,
    /// `deptype`.
    pub(super) kind: char,
}

/// What is asked for again and again.
#[derive(Debug, Default)]
pub(super) struct Depends {
    /// Sequences with the columns that own them.
    columns: Vec<(Depend, i16)>,
    members: HashMap<Key, u32>,
    goes_with: HashMap<Key, Vec<String>>,
    /// Partitions' triggers with the ones of the parents.
    triggers: HashMap<Key, Key>,
}

impl Depends {
    /// The extension that an object is a member of.
    pub(super) fn extension_of(&self, key: Key) -> Option<u32> {
        self.members.get(&key).copied()
    }

    /// Sequences with the table (as what is needed) and the number of the column that owns them.
    pub(super) fn columns(&self) -> impl Iterator<Item = (Depend, i16)> {
        self.columns.iter().copied()
    }

    /// The trigger of the parent that a partition's trigger is a copy of.
    pub(super) fn trigger_above(&self, key: Key) -> Option<Key> {
        self.triggers.get(&key).copied()
    }

    /// All members with their extensions.
    pub(super) fn members(&self) -> impl Iterator<Item = (Key, u32)> {
        self.members.iter().map(|(&key, &extension)| (key, extension))
    }

    /// The extensions that an object goes away with, though it is no member.
    pub(super) fn goes_with(&self, key: Key) -> Vec<String> {
        self.goes_with.get(&key).cloned().unwrap_or_default()
    }
}

/// Reads who belongs to whom.
pub(super) async fn read(reader: &Reader<'_>) -> Result<Depends> {
    // Each part has an index to begin with.
    let sql = "SELECT d.classid, d.objid, d.refclassid, d.refobjid, d.deptype::text, NULL::int4
                 FROM pg_catalog.pg_depend d WHERE d.refclassid = 3079 AND d.deptype = 'e'
                UNION ALL
               SELECT d.classid, d.objid, d.refclassid, d.refobjid, d.deptype::text, NULL
                 FROM pg_catalog.pg_depend d
                WHERE d.refclassid = 2620 AND d.classid = 2620 AND d.deptype <> 'p'
                UNION ALL
               SELECT d.classid, d.objid, d.refclassid, d.refobjid, d.deptype::text,
                      nullif(d.refobjsubid, 0)
                 FROM pg_catalog.pg_class s
                 JOIN pg_catalog.pg_depend d ON d.classid = 1259 AND d.objid = s.oid
                WHERE s.relkind = 'S' AND d.objsubid = 0 AND d.refclassid = 1259
                  AND d.deptype IN ('a', 'i')";
    let mut depends = Depends::default();
    let keep = |f: &mut Fields<'_>| {
        let row = Depend {
            object: (f.take()?, f.take()?),
            needed: (f.take()?, f.take()?),
            kind: f.code()?,
        };
        if row.kind == 'e' {
            depends.members.insert(row.object, row.needed.1);
        } else if row.object.0 == class::TRIGGER {
            depends.triggers.insert(row.object, row.needed);
        } else if let Some(column) = f.take::<Option<i32>>()?.and_then(|n| i16::try_from(n).ok()) {
            depends.columns.push((row, column));
        }
        Ok(())
    };
    reader.each("dependencies", sql, &[], keep).await?;
    depends.goes_with = read_goes_with(reader).await?;
    Ok(depends)
}

/// Hands over what needs what: all that objects which are not the system's need, and what the system's
/// need of them; what an operator or function of an operator family needs, the family needs.
///
/// What row, array and multirange types are made of is read with the types, members of extensions are
/// known, and what TOAST tables belong to nobody asks. The server's own triggers behind foreign keys
/// need these: very many rows, left out unless such a trigger is asked for (`own_triggers`).
pub(super) async fn each_need(
    reader: &Reader<'_>,
    own_triggers: bool,
    mut take: impl FnMut(Key, Key),
) -> Result<()> {
    let sql = "SELECT d.classid, d.objid, d.refclassid, d.refobjid
                 FROM pg_catalog.pg_depend d
                WHERE d.deptype NOT IN ('p', 'e') AND NOT (d.classid = 1247 AND d.deptype = 'i')
                  AND NOT (d.classid = 1259 AND d.refclassid = 1259 AND d.deptype = 'i'
                           AND d.refobjsubid = 0)
                  AND (d.classid <> 2620 OR d.refclassid <> 2606 OR d.deptype <> 'i' OR $1)
                  AND (d.objid >= 16384 OR d.refobjid >= 16384)
                UNION ALL
               SELECT 2753, f.family, d.refclassid, d.refobjid
                 FROM (SELECT 2602::oid AS class, oid, amopfamily AS family FROM pg_catalog.pg_amop
                       UNION ALL
                       SELECT 2603, oid, amprocfamily FROM pg_catalog.pg_amproc) AS f
                 JOIN pg_catalog.pg_depend d ON d.classid = f.class AND d.objid = f.oid
                WHERE d.deptype NOT IN ('p', 'e', 'i') AND f.family >= 16384
                  AND NOT (d.refclassid = 2753 AND d.refobjid = f.family)";
    let hand_over = |f: &mut Fields<'_>| {
        let object = (f.take()?, f.take()?);
        take(object, (f.take()?, f.take()?));
        Ok(())
    };
    reader.each("dependencies", sql, &[&own_triggers], hand_over).await
}

/// The extensions that objects go away with, by name.
async fn read_goes_with(reader: &Reader<'_>) -> Result<HashMap<Key, Vec<String>>> {
    let sql = "SELECT d.classid, d.objid, e.extname FROM pg_catalog.pg_depend d
                 JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
                WHERE d.deptype = 'x' AND d.refclassid = 3079 ORDER BY 1, 2, 3";
    let rows = reader
        .read("dependencies on extensions", sql, &[], |f| Ok(((f.take()?, f.take()?), f.take()?)));
    let mut found: HashMap<Key, Vec<String>> = HashMap::new();
    for (key, extension) in rows.await? {
        found.entry(key).or_default().push(extension);
    }
    Ok(found)
}
