//! Schemas, extensions, collations, extended statistics, event triggers, default privileges.

/// A schema.
#[derive(Debug)]
pub(in super::super) struct Schema {
    /// Whether the archive makes it; `public` is there in every new database.
    pub(in super::super) create: bool,
}

/// An extension.
#[derive(Debug)]
pub(in super::super) struct Extension {
    /// The schema that its objects are in.
    pub(in super::super) schema: String,
}

/// A collation.
#[derive(Debug)]
pub(in super::super) struct Collation {
    /// `b` builtin, `c` libc, `d` default, `i` ICU.
    pub(in super::super) provider: char,
    /// Whether equal means the same bytes.
    pub(in super::super) deterministic: bool,
    /// LC_COLLATE of libc.
    pub(in super::super) collate: Option<String>,
    /// LC_CTYPE of libc.
    pub(in super::super) ctype: Option<String>,
    /// Locale of ICU and builtin.
    pub(in super::super) locale: Option<String>,
    /// ICU rules.
    pub(in super::super) rules: Option<String>,
}

/// Extended statistics.
#[derive(Debug)]
pub(in super::super) struct Statistics {
    /// CREATE STATISTICS.
    pub(in super::super) definition: Box<str>,
    /// Target, where set.
    pub(in super::super) target: Option<i32>,
}

/// Default privileges.
#[derive(Debug)]
pub(in super::super) struct DefaultAcl {
    /// `defaclobjtype`.
    pub(in super::super) kind: char,
}

/// An event trigger.
#[derive(Debug)]
pub(in super::super) struct EventTrigger {
    /// `FUNCTION`, or `PROCEDURE` for a server that knows no other word.
    pub(in super::super) keyword: &'static str,
    /// The event.
    pub(in super::super) event: String,
    /// Function, qualified.
    pub(in super::super) function: String,
    /// Tags, quoted and joined.
    pub(in super::super) tags: String,
    /// `O`, `D`, `R` or `A`.
    pub(in super::super) enabled: char,
}
