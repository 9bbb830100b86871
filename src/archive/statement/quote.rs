//! Identifiers and literals.

use crate::model::name::quote_always;

/// How identifiers are quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quoting {
    /// All of them: right on every server, whatever its keywords.
    #[default]
    Always,
    /// Those that need it for the newest supported server, as pg_dump writes them.
    AsNeeded,
}

/// Keywords of PostgreSQL 18 that may not stand bare for a name.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric",
    "authorization", "between", "bigint", "binary", "bit", "boolean", "both", "case", "cast",
    "char", "character", "check", "coalesce", "collate", "collation", "column", "concurrently",
    "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
    "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal",
    "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists",
    "extract", "false", "fetch", "float", "for", "foreign", "freeze", "from", "full", "grant",
    "greatest", "group", "grouping", "having", "ilike", "in", "initially", "inner", "inout",
    "int", "integer", "intersect", "interval", "into", "is", "isnull", "join", "json",
    "json_array", "json_arrayagg", "json_exists", "json_object", "json_objectagg", "json_query",
    "json_scalar", "json_serialize", "json_table", "json_value", "lateral", "leading", "least",
    "left", "like", "limit", "localtime", "localtimestamp", "merge_action", "national",
    "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric",
    "offset", "on", "only", "or", "order", "out", "outer", "overlaps", "overlay", "placing",
    "position", "precision", "primary", "real", "references", "returning", "right", "row",
    "select", "session_user", "setof", "similar", "smallint", "some", "substring", "symmetric",
    "system_user", "table", "tablesample", "then", "time", "timestamp", "to", "trailing",
    "treat", "trim", "true", "union", "unique", "user", "using", "values", "varchar", "variadic",
    "verbose", "when", "where", "window", "with", "xmlattributes", "xmlconcat", "xmlelement",
    "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize",
    "xmltable",
];

impl Quoting {
    /// An identifier.
    pub fn ident(self, name: &str) -> String {
        match self {
            Self::AsNeeded if is_plain(name) => name.to_owned(),
            _ => quote_always(name),
        }
    }
}

fn is_plain(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let plain = name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
    starts && plain && KEYWORDS.binary_search(&name).is_err()
}

/// A string literal; where strings do not conform to the standard, backslashes are doubled too.
pub fn literal(text: &str, standard_conforming_strings: bool) -> String {
    let text = text.replace('\'', "''");
    let text = if standard_conforming_strings { text } else { text.replace('\\', "\\\\") };
    format!("'{text}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_in_the_order_that_the_search_needs() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn names_are_quoted_where_they_need_it() {
        let quoted = |name| Quoting::AsNeeded.ident(name);
        for name in ["a", "_a1", "name", "type"] {
            assert_eq!(quoted(name), name);
        }
        for name in ["A", "1a", "a b", "user", "select", "ü", "", "a$"] {
            assert_eq!(quoted(name), format!("\"{name}\""));
        }
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(Quoting::Always.ident("a"), "\"a\"");
    }

    #[test]
    fn literals_double_backslashes_where_those_escape() {
        assert_eq!(literal("it's \\", true), "'it''s \\'");
        assert_eq!(literal("it's \\", false), "'it''s \\\\'");
    }
}
