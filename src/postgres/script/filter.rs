//! What of a script is carried out, where not all of it is wanted. Pure.
//!
//! Between the comments that name entries, a dump says two sorts of things: what sets up the session
//! for all that follows, which always runs, and what belongs to the entry, which runs if the entry is
//! wanted. What stands outside of entries and sets up nothing, as the drops of `--clean` do, belongs
//! to the whole script and runs only with the whole.

use std::collections::HashSet;

use crate::archive::kind::label;
use crate::archive::script::heading::{self, Marks};
use crate::archive::script::index::is_setup;
use crate::archive::script::tokens::{Token, tokens};
use crate::model::spec::RestoreSpec;

/// Longer statements are none of those that can be left out.
const LONG: usize = 16 << 10;

/// What is left out of every entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Without {
    owner: bool,
    tablespaces: bool,
    access_methods: bool,
}

impl Without {
    pub(super) fn of(spec: &RestoreSpec) -> Self {
        let left_out = spec.options.left_out;
        Self {
            owner: spec.no_owner,
            tablespaces: left_out.tablespaces,
            access_methods: left_out.table_access_method,
        }
    }

    /// Whether anything is left out.
    pub(super) fn any(self) -> bool {
        self != Self::default()
    }

    fn omits(self, sql: &[u8]) -> bool {
        if !self.any() || sql.len() > LONG {
            return false;
        }
        let Ok(text) = std::str::from_utf8(sql) else { return false };
        let tokens = tokens(text);
        let words: Vec<&Token<'_>> = tokens.iter().filter(|t| !t.is_blank()).collect();
        let begins = |keywords: &[&str]| has(words.iter().copied(), keywords.iter());
        // Behind the last word stands the semicolon, before it what these clauses name.
        let ends =
            |keywords: &[&str]| has(words.iter().rev().skip(2).copied(), keywords.iter().rev());
        let literal = || matches!(words.get(3), Some(Token::Literal(_)));
        let default = || words.get(3).is_some_and(|word| word.is_keyword("DEFAULT"));
        // A grant of another's names him without quotes, and is wanted.
        let becomes_owner =
            begins(&["SET", "SESSION", "AUTHORIZATION"]) && (literal() || default());
        (self.owner && (becomes_owner || (begins(&["ALTER"]) && ends(&["OWNER", "TO"]))))
            || (self.tablespaces && begins(&["SET", "default_tablespace"]))
            || (self.access_methods
                && (begins(&["SET", "default_table_access_method"])
                    || (begins(&["ALTER", "TABLE"]) && ends(&["SET", "ACCESS", "METHOD"]))))
    }
}

fn has<'a>(
    mut words: impl Iterator<Item = &'a Token<'a>>,
    mut keywords: impl Iterator<Item = &'a &'a str>,
) -> bool {
    keywords.all(|keyword| words.next().is_some_and(|word| word.is_keyword(keyword)))
}

/// Where in the script the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Wanted,
    Unwanted,
}

/// Follows the comments of a script.
#[derive(Debug)]
pub(super) struct Filter {
    /// The entries that are wanted, by their place among the comments; `None` is everything.
    picked: Option<HashSet<u32>>,
    last: u32,
    without: Without,
    /// Comments that named an entry, so far.
    headings: u32,
    place: Place,
    marks: Marks,
}

impl Filter {
    /// For one reading of a script.
    pub(super) fn new(picked: Option<HashSet<u32>>, without: Without) -> Self {
        let last = picked.as_ref().and_then(|ids| ids.iter().max()).copied().unwrap_or(0);
        Self { picked, last, without, headings: 0, place: Place::Outside, marks: Marks::default() }
    }

    /// Takes a comment; `None` where it says nothing of entries.
    pub(super) fn comment(&mut self, text: &str) -> Option<Turn> {
        self.marks.take(text);
        let Some(entry) = heading::heading(text) else {
            return (text == heading::END).then(|| {
                self.place = Place::Outside;
                Turn::Over
            });
        };
        self.headings = self.headings.saturating_add(1);
        let is_wanted = self.picked.as_ref().is_none_or(|ids| ids.contains(&self.headings));
        self.place = if is_wanted { Place::Wanted } else { Place::Unwanted };
        Some(if is_wanted { Turn::Begins(label(&entry)) } else { Turn::Over })
    }

    /// Whether the statement is not carried out.
    pub(super) fn passes_over(&self, sql: &[u8]) -> bool {
        if is_setup(sql) {
            return self.without.omits(sql);
        }
        let is_wanted = self.picked.is_none() || self.place == Place::Wanted;
        !is_wanted || self.without.omits(sql)
    }

    /// Whether the dump came to its end.
    pub(super) fn marks(&self) -> Marks {
        self.marks
    }

    /// Whether a part of the script is wanted only.
    pub(super) fn picks(&self) -> bool {
        self.picked.is_some()
    }

    /// Whether nothing of what follows is wanted.
    pub(super) fn is_over(&self) -> bool {
        self.picks() && self.headings > self.last
    }
}

/// What a comment of a dump means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// A wanted entry begins.
    Begins(String),
    /// The entry before is over, and none begins that is wanted.
    Over,
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Without = Without { owner: true, tablespaces: false, access_methods: false };

    #[test]
    fn what_gives_an_owner_is_told_from_what_only_looks_like_it() {
        for sql in [
            "ALTER TABLE shop.\"a b\" OWNER TO ann;",
            "ALTER FUNCTION f(integer, text) OWNER TO \"Ann; B\";",
            "SET SESSION AUTHORIZATION 'ann';",
            "SET SESSION AUTHORIZATION DEFAULT;",
        ] {
            assert!(OWNER.omits(sql.as_bytes()), "{sql}");
        }
        for sql in [
            "ALTER SEQUENCE s OWNED BY t.id;",
            "ALTER TABLE t ADD COLUMN owner text;",
            "SET SESSION AUTHORIZATION ann;",
            "COMMENT ON TABLE t IS 'ALTER TABLE t OWNER TO ann;';",
            "SELECT owner to ann;",
        ] {
            assert!(!OWNER.omits(sql.as_bytes()), "{sql}");
        }
        assert!(!Without::default().omits(b"ALTER TABLE t OWNER TO ann;"));
    }

    #[test]
    fn tablespaces_and_access_methods_are_left_out_of_the_settings() {
        let without = Without { owner: false, tablespaces: true, access_methods: true };
        assert!(without.omits(b"SET default_tablespace = '';"));
        assert!(without.omits(b"SET default_tablespace = \"fast disk\";"));
        assert!(without.omits(b"SET default_table_access_method = heap;"));
        assert!(without.omits(b"ALTER TABLE s.p SET ACCESS METHOD heap2;"));
        assert!(!without.omits(b"ALTER TABLE s.p OWNER TO ann;"));
    }

    #[test]
    fn of_a_part_only_the_settings_and_its_own_entries_run() {
        let mut filter = Filter::new(Some(HashSet::from([2])), Without::default());
        assert!(filter.passes_over(b"DROP TABLE public.a;"));
        assert!(!filter.passes_over(b"SELECT pg_catalog.set_config('search_path', '', false);"));
        let heading = |tag| format!("-- Name: {tag}; Type: TABLE; Schema: s; Owner: -");
        assert_eq!(filter.comment(&heading("a")), Some(Turn::Over));
        assert!(filter.passes_over(b"CREATE TABLE s.a ();"));
        assert!(!filter.passes_over(b"SET default_tablespace = x;"));
        assert_eq!(filter.comment("--"), None);
        assert_eq!(filter.comment(&heading("b")), Some(Turn::Begins("TABLE s.b".to_owned())));
        assert!(!filter.passes_over(b"CREATE TABLE s.b ();"));
        assert!(!filter.is_over());
        assert_eq!(filter.comment(heading::END), Some(Turn::Over));
        assert!(filter.passes_over(b"COMMIT;"));
        filter.comment(&heading("c"));
        assert!(filter.is_over());
    }

    #[test]
    fn of_the_whole_everything_runs() {
        let mut filter = Filter::new(None, OWNER);
        assert!(!filter.passes_over(b"DROP TABLE public.a;"));
        assert!(filter.passes_over(b"ALTER TABLE public.a OWNER TO ann;"));
        filter.comment("-- Name: a; Type: TABLE; Schema: s; Owner: -");
        assert!(!filter.passes_over(b"CREATE TABLE s.a ();") && !filter.is_over());
    }
}
