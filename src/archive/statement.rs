//! SQL that is made for an entry beside its definition: owners, drops, and what a group of large
//! objects stands for. Pure text, common to restores over a connection and to scripts.

mod quote;

pub use quote::{Quoting, literal};

use super::toc::TocEntry;

/// `ALTER … OWNER TO …;`, a line for each object; `None` for what has no owner of its own.
pub fn owner(entry: &TocEntry, quoting: Quoting) -> Option<String> {
    let owner = quoting.ident(entry.owner.as_deref().filter(|owner| !owner.is_empty())?);
    entry.drop_stmt.as_deref().filter(|drop| !drop.is_empty())?;
    if entry.desc == "BLOB METADATA" {
        return Some(each(entry, |oid| format!("ALTER LARGE OBJECT {oid} OWNER TO {owner};\n")));
    }
    let object = ownable(entry, quoting)?;
    Some(format!("ALTER {object} OWNER TO {owner};"))
}

/// The object as `ALTER` names it.
fn ownable(entry: &TocEntry, quoting: Quoting) -> Option<String> {
    let desc = entry.desc.as_str();
    match desc {
        // These are named by their argument types, which only the drop has as SQL.
        "AGGREGATE" | "FUNCTION" | "PROCEDURE" | "OPERATOR" | "OPERATOR CLASS"
        | "OPERATOR FAMILY" => {
            let name = entry.drop_stmt.as_deref()?.strip_prefix("DROP ")?;
            Some(name.trim_end_matches(['\n', ';']).to_owned())
        }
        "COLLATION"
        | "CONVERSION"
        | "DOMAIN"
        | "FOREIGN TABLE"
        | "MATERIALIZED VIEW"
        | "SEQUENCE"
        | "STATISTICS"
        | "TABLE"
        | "TEXT SEARCH CONFIGURATION"
        | "TEXT SEARCH DICTIONARY"
        | "TYPE"
        | "VIEW"
        | "DATABASE"
        | "EVENT TRIGGER"
        | "FOREIGN DATA WRAPPER"
        | "PROCEDURAL LANGUAGE"
        | "PUBLICATION"
        | "SCHEMA"
        | "SERVER"
        | "SUBSCRIPTION" => Some(format!("{desc} {}", qualified(entry, quoting))),
        "BLOB" => Some(format!("LARGE OBJECT {}", entry.tag)),
        _ => None,
    }
}

/// Schema, where there is one, and tag, quoted.
pub fn qualified(entry: &TocEntry, quoting: Quoting) -> String {
    let name = quoting.ident(&entry.tag);
    match entry.namespace.as_deref().filter(|schema| !schema.is_empty()) {
        Some(schema) => format!("{}.{name}", quoting.ident(schema)),
        None => name,
    }
}

/// The statement that drops the object, as it is in the archive or with IF EXISTS put into it;
/// `None` when it has none.
pub fn drop(entry: &TocEntry, if_exists: bool) -> Option<String> {
    let drop = entry.drop_stmt.as_deref().filter(|drop| !drop.trim().is_empty())?;
    if entry.desc == "BLOB METADATA" {
        return Some(drop_group(entry, if_exists));
    }
    let as_it_is = !if_exists
        || drop.starts_with("--")
        || drop.starts_with("CREATE OR REPLACE VIEW")
        || drop.contains("IF EXISTS");
    if as_it_is {
        return Some(drop.to_owned());
    }
    if entry.desc == "BLOB" {
        return Some(unlink_if_exists(&entry.tag));
    }
    Some(with_if_exists(drop, &entry.desc))
}

fn with_if_exists(drop: &str, desc: &str) -> String {
    let (drop, altered) = match drop.strip_prefix("ALTER TABLE ") {
        Some(rest) => (format!("ALTER TABLE IF EXISTS {rest}"), true),
        None => (drop.to_owned(), false),
    };
    let after = match desc {
        "DEFAULT" | "DATABASE PROPERTIES" => return drop,
        "CONSTRAINT" | "CHECK CONSTRAINT" | "FK CONSTRAINT" => "DROP CONSTRAINT".to_owned(),
        _ if altered => return drop,
        desc => format!("DROP {desc}"),
    };
    match drop.split_once(&after) {
        Some((before, rest)) => format!("{before}{after} IF EXISTS{rest}"),
        None => drop,
    }
}

/// The numbers of the large objects that an entry makes.
pub fn large_objects(entry: &TocEntry) -> Vec<u32> {
    match entry.desc.as_str() {
        "BLOB" => entry.tag.parse().into_iter().collect(),
        "BLOB METADATA" => {
            let lines = entry.defn.as_deref().unwrap_or_default().lines();
            lines.filter_map(|line| line.trim().parse().ok()).collect()
        }
        _ => Vec::new(),
    }
}

/// The SQL that makes the objects of a `BLOB METADATA` entry, a line each.
pub fn create_group(entry: &TocEntry) -> String {
    each(entry, |oid| format!("SELECT pg_catalog.lo_create('{oid}');\n"))
}

fn drop_group(entry: &TocEntry, if_exists: bool) -> String {
    each(entry, |oid| {
        if if_exists {
            unlink_if_exists(&oid.to_string())
        } else {
            format!("SELECT pg_catalog.lo_unlink('{oid}');\n")
        }
    })
}

fn unlink_if_exists(oid: &str) -> String {
    format!(
        "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata \
         WHERE oid = '{oid}';\n"
    )
}

fn each(entry: &TocEntry, sql: impl Fn(u32) -> String) -> String {
    large_objects(entry).into_iter().map(sql).collect()
}

/// Whether an entry is the grants of a group of large objects.
pub fn is_group_grant(entry: &TocEntry) -> bool {
    entry.desc == "ACL" && entry.tag.starts_with("LARGE OBJECTS ")
}

/// Grants of a group of large objects are written for its first object only; this is each of them
/// with a line for every object. `None` when the entry is no such grant. `group` is the `BLOB
/// METADATA` entry that it depends on first.
pub fn group_grants(entry: &TocEntry, group: Option<&TocEntry>) -> Option<Vec<String>> {
    if !is_group_grant(entry) {
        return None;
    }
    let group = group.filter(|group| group.desc == "BLOB METADATA")?;
    let grants = split_grants(entry.defn.as_deref()?);
    let one = |(before, after): (&str, &str)| {
        each(group, |oid| format!("{before}LARGE OBJECT {oid}{after};\n"))
    };
    Some(grants.into_iter().map(one).collect())
}

/// Cuts each statement around the number of its large object. Roles are the only quoted names.
fn split_grants(sql: &str) -> Vec<(&str, &str)> {
    let mut grants = Vec::new();
    let (mut quoted, mut begin) = (false, 0);
    for (at, c) in sql.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' if !quoted => {
                let statement = sql.get(begin..at).unwrap_or_default().trim_start();
                begin = at + 1;
                grants.extend(around_number(statement));
            }
            _ => {}
        }
    }
    grants
}

fn around_number(statement: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = statement.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        let rest = statement.get(at..)?.strip_prefix("LARGE OBJECT ")?;
        (!quoted && rest.starts_with(|c: char| c.is_ascii_digit())).then_some((at, rest))
    });
    let (at, rest) = at?;
    Some((statement.get(..at)?, rest.trim_start_matches(|c: char| c.is_ascii_digit())))
}

#[cfg(test)]
mod tests;
