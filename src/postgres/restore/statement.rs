//! The SQL that a restore makes itself: session setup, owners, drops. Pure text; runs nothing.

use crate::archive::head::Head;
use crate::archive::toc::TocEntry;
use crate::model::name::quote_always;
use crate::model::spec::RestoreSpec;

/// What every session of a restore is set to before it does anything.
pub(super) fn session_setup(head: &Head, spec: &RestoreSpec, server_version: u32) -> String {
    let mut sql = String::from(
        "SET statement_timeout = 0;\nSET lock_timeout = 0;\n\
         SET idle_in_transaction_session_timeout = 0;\nSET client_encoding = 'UTF8';\n\
         SET check_function_bodies = false;\nSET xmloption = content;\n\
         SET client_min_messages = warning;\nSET row_security = off;\n",
    );
    if server_version >= 140_000 {
        sql.push_str("SET idle_session_timeout = 0;\n");
    }
    if server_version >= 170_000 {
        sql.push_str("SET transaction_timeout = 0;\n");
    }
    if !spec.single_transaction {
        // The end of the restore flushes the log once for all.
        sql.push_str("SET synchronous_commit = off;\n");
    }
    sql.push_str("SET escape_string_warning = off;\nSET standard_conforming_strings = ");
    sql.push_str(if head.standard_conforming_strings() { "on;\n" } else { "off;\n" });
    if let Some(role) = &spec.role {
        sql.push_str("SET ROLE ");
        sql.push_str(&quote_always(role));
        sql.push_str(";\n");
    }
    if let Some(statement) = head.search_path_statement() {
        sql.push_str(statement);
    }
    sql
}

/// `ALTER … OWNER TO …`; `None` for what has no owner of its own.
pub(super) fn owner(entry: &TocEntry) -> Option<String> {
    let owner = entry.owner.as_deref().filter(|owner| !owner.is_empty())?;
    let object = ownable(entry)?;
    Some(format!("ALTER {object} OWNER TO {};", quote_always(owner)))
}

/// The object as `ALTER` names it.
fn ownable(entry: &TocEntry) -> Option<String> {
    let drop = entry.drop_stmt.as_deref().filter(|drop| !drop.is_empty())?;
    let desc = entry.desc.as_str();
    match desc {
        // These are named by their argument types, which only the drop has as SQL.
        "AGGREGATE" | "FUNCTION" | "PROCEDURE" | "OPERATOR" | "OPERATOR CLASS"
        | "OPERATOR FAMILY" => {
            let name = drop.strip_prefix("DROP ")?.trim_end().trim_end_matches(';');
            Some(name.to_owned())
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
        | "VIEW" => Some(format!("{desc} {}", qualified(entry))),
        "DATABASE"
        | "EVENT TRIGGER"
        | "FOREIGN DATA WRAPPER"
        | "PROCEDURAL LANGUAGE"
        | "PUBLICATION"
        | "SCHEMA"
        | "SERVER"
        | "SUBSCRIPTION" => Some(format!("{desc} {}", quote_always(&entry.tag))),
        "BLOB" => Some(format!("LARGE OBJECT {}", entry.tag)),
        _ => None,
    }
}

/// Schema and tag, quoted.
pub(super) fn qualified(entry: &TocEntry) -> String {
    match entry.namespace.as_deref().filter(|schema| !schema.is_empty()) {
        Some(schema) => format!("{}.{}", quote_always(schema), quote_always(&entry.tag)),
        None => quote_always(&entry.tag),
    }
}

/// The statement that drops the object; `None` when it has none.
pub(super) fn drop(entry: &TocEntry, if_exists: bool) -> Option<String> {
    let drop = entry.drop_stmt.as_deref().filter(|drop| !drop.trim().is_empty())?;
    let as_it_is = !if_exists
        || drop.starts_with("--")
        || drop.starts_with("CREATE OR REPLACE VIEW")
        || drop.contains("IF EXISTS");
    if as_it_is {
        return Some(drop.to_owned());
    }
    if entry.desc == "BLOB" {
        return Some(format!(
            "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata \
             WHERE oid = '{}';",
            entry.tag
        ));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(desc: &str, drop: &str) -> TocEntry {
        TocEntry {
            desc: desc.to_owned(),
            tag: "Tag".to_owned(),
            namespace: Some("s".to_owned()),
            owner: Some("own\"er".to_owned()),
            drop_stmt: Some(drop.to_owned()),
            ..TocEntry::default()
        }
    }

    #[test]
    fn owners_are_set_on_what_can_have_one() {
        let sql = |desc, drop| owner(&entry(desc, drop));
        let expect = |text: &str| Some(format!("ALTER {text} OWNER TO \"own\"\"er\";"));
        assert_eq!(sql("TABLE", "DROP TABLE s.\"Tag\";\n"), expect("TABLE \"s\".\"Tag\""));
        assert_eq!(
            sql("FUNCTION", "DROP FUNCTION s.f(a integer);\n"),
            expect("FUNCTION s.f(a integer)")
        );
        assert_eq!(sql("BLOB", "SELECT pg_catalog.lo_unlink('5');"), expect("LARGE OBJECT Tag"));
        assert_eq!(sql("SCHEMA", "DROP SCHEMA x;"), expect("SCHEMA \"Tag\""));
        // An identity sequence follows its table; an index has no owner.
        assert_eq!(sql("SEQUENCE", ""), None);
        assert_eq!(sql("INDEX", "DROP INDEX s.i;"), None);
    }

    #[test]
    fn if_exists_goes_where_the_server_wants_it() {
        for (desc, plain, rewritten) in [
            ("TABLE", "DROP TABLE s.t;", "DROP TABLE IF EXISTS s.t;"),
            (
                "FK CONSTRAINT",
                "ALTER TABLE ONLY s.t DROP CONSTRAINT c;",
                "ALTER TABLE IF EXISTS ONLY s.t DROP CONSTRAINT IF EXISTS c;",
            ),
            (
                "DEFAULT",
                "ALTER TABLE s.t ALTER COLUMN a DROP DEFAULT;",
                "ALTER TABLE IF EXISTS s.t ALTER COLUMN a DROP DEFAULT;",
            ),
            (
                "ROW SECURITY",
                "ALTER TABLE s.t DISABLE ROW LEVEL SECURITY;",
                "ALTER TABLE IF EXISTS s.t DISABLE ROW LEVEL SECURITY;",
            ),
            ("SCHEMA", "-- *not* dropping schema", "-- *not* dropping schema"),
            ("CAST", "DROP CAST (a AS b);", "DROP CAST IF EXISTS (a AS b);"),
            ("TRIGGER", "DROP TRIGGER t ON s.t;", "DROP TRIGGER IF EXISTS t ON s.t;"),
        ] {
            assert_eq!(drop(&entry(desc, plain), true).as_deref(), Some(rewritten));
            assert_eq!(drop(&entry(desc, plain), false).as_deref(), Some(plain));
        }
        assert_eq!(drop(&entry("SEQUENCE", ""), true), None);
    }
}
