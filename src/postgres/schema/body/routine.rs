//! Functions, procedures and aggregates.

/// A function, window function or procedure.
#[derive(Debug)]
pub(in super::super) struct Function {
    /// `f`, `p` or `w`.
    pub(in super::super) kind: char,
    /// Arguments with names, modes and defaults.
    pub(in super::super) arguments: String,
    /// Arguments that tell it from its namesakes.
    pub(in super::super) identity: String,
    /// Types of the input arguments.
    pub(in super::super) types: Vec<String>,
    /// Result; `None` for a procedure.
    pub(in super::super) result: Option<String>,
    /// Types with transforms.
    pub(in super::super) transforms: Vec<String>,
    /// Language.
    pub(in super::super) language: String,
    /// `i`, `s` or `v`.
    pub(in super::super) volatility: char,
    /// Null in, null out.
    pub(in super::super) strict: bool,
    /// Runs as its owner.
    pub(in super::super) security_definer: bool,
    /// Leaks nothing of its arguments.
    pub(in super::super) leakproof: bool,
    /// Cost.
    pub(in super::super) cost: String,
    /// Returns a set.
    pub(in super::super) returns_set: bool,
    /// Rows expected.
    pub(in super::super) rows: String,
    /// Planner support function.
    pub(in super::super) support: Option<String>,
    /// `s`, `r` or `u`.
    pub(in super::super) parallel: char,
    /// Settings, `name=value` each.
    pub(in super::super) settings: Vec<String>,
    /// Source text.
    pub(in super::super) source: String,
    /// Object file.
    pub(in super::super) binary: Option<String>,
    /// Body that is SQL, not text.
    pub(in super::super) sql_body: Option<String>,
    /// Extensions that it goes with.
    pub(in super::super) goes_with: Vec<String>,
    /// Must come after the rows.
    pub(in super::super) postponed: bool,
}

/// An aggregate.
#[derive(Debug)]
pub(in super::super) struct Aggregate {
    /// Arguments as CREATE AGGREGATE wants them.
    pub(in super::super) arguments: String,
    /// Arguments that tell it from its namesakes, `*` for none.
    pub(in super::super) identity: String,
    /// Types of the arguments.
    pub(in super::super) types: Vec<String>,
    /// Each option of the definition, in order, ready to print.
    pub(in super::super) options: Vec<String>,
}
