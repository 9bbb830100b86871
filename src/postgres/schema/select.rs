//! Which objects a request means: pg_dump's rules for patterns, then, where asked for, what the
//! chosen ones reference and need.
//!
//! Only oids and names are read here: nothing that the server would have to lock for.

mod candidate;
mod closure;
mod configuration;
mod foreign;
mod references;

use std::collections::{HashMap, HashSet};

use crate::error::{Error, Result};
use crate::model::pattern::{NameMatcher, Pattern, PatternError, TableMatcher};
use crate::model::spec::Selection;

use self::candidate::read_candidates;
pub(super) use self::candidate::{Candidate, USER_SCHEMA};
use super::depends::Depends;
use super::graph::{Key, Take, class};
use super::query::Reader;

/// What a request means.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// Objects without a schema too.
    pub(super) everything: bool,
    /// Schemas that were chosen with all that is in them.
    pub(super) schemas: HashSet<u32>,
    /// Relations of which something is taken.
    pub(super) relations: HashMap<u32, Take>,
    /// Other objects that were added because something needs them.
    pub(super) keys: HashSet<Key>,
    /// Whether the chosen tables are taken with all that hangs on them, in whatever schema.
    pub(super) whole_tables: bool,
    /// Foreign servers whose tables' rows are taken.
    pub(super) servers: HashSet<String>,
    /// Conditions on rows.
    pub(super) predicates: HashMap<u32, String>,
    /// What was added, and why.
    pub(super) added: Vec<(String, String)>,
}

impl Choice {
    /// What to take of an object that is no relation.
    pub(super) fn take(&self, key: Key, schema: Option<u32>) -> Take {
        let by_schema = match schema {
            Some(oid) => self.schemas.contains(&oid),
            None => self.everything,
        };
        if by_schema || self.keys.contains(&key) { Take::ALL } else { Take::NONE }
    }

    /// Whether only relations were named, and no schema is taken whole.
    pub(super) fn tables_only(&self) -> bool {
        !self.everything && self.schemas.is_empty()
    }

    /// What to take of a schema itself.
    pub(super) fn take_schema(&self, oid: u32) -> Take {
        let added = self.keys.contains(&(class::NAMESPACE, oid));
        if self.schemas.contains(&oid) || added { Take::ALL } else { Take::NONE }
    }

    /// What to take of a relation.
    pub(super) fn take_relation(&self, oid: u32) -> Take {
        self.relations.get(&oid).copied().unwrap_or(Take::NONE)
    }
}

/// Works out what the selection means.
pub(super) async fn choose(
    reader: &Reader<'_>,
    selection: &Selection,
    depends: &Depends,
) -> Result<(Choice, Vec<Candidate>)> {
    let candidates = read_candidates(reader, depends).await?;
    let schemas = candidate::read_schemas(reader, depends).await?;
    let mut choice = Choice {
        everything: selection.is_everything(),
        whole_tables: selection.with_dependencies,
        schemas: choose_schemas(selection, &schemas)?,
        servers: foreign::choose(reader, &selection.foreign_data).await?,
        ..Choice::default()
    };
    choose_relations(&mut choice, selection, &candidates)?;
    if selection.with_references {
        references::add(reader, selection, &candidates, &mut choice).await?;
    }
    follow_owners(&mut choice, &candidates);
    if selection.with_dependencies && !choice.everything {
        closure::add(reader, depends, &candidates, &mut choice).await?;
    }
    choose_predicates(&mut choice, selection, &candidates)?;
    configuration::add(reader, selection, &candidates, &mut choice).await?;
    Ok((choice, candidates))
}

/// The schemas that are taken whole: none when tables are named.
fn choose_schemas(selection: &Selection, schemas: &[(u32, String)]) -> Result<HashSet<u32>> {
    let include = schema_matchers(&selection.schemas)?;
    let exclude = schema_matchers(&selection.exclude_schemas)?;
    for (matcher, pattern) in include.iter().zip(&selection.schemas) {
        if !schemas.iter().any(|(_, name)| matcher.matches(name)) {
            return Err(Error::usage(format!("no schema matches '{pattern}'"))
                .with_hint("check the spelling; upper-case names need double quotes"));
        }
    }
    if !selection.tables.is_empty() {
        return Ok(HashSet::new());
    }
    let wanted = |name: &str| {
        (include.is_empty() || include.iter().any(|m| m.matches(name)))
            && !exclude.iter().any(|m| m.matches(name))
    };
    Ok(schemas.iter().filter(|(_, name)| wanted(name)).map(|&(oid, _)| oid).collect())
}

fn choose_relations(
    choice: &mut Choice,
    selection: &Selection,
    candidates: &[Candidate],
) -> Result<()> {
    let include = Tables::compile(&selection.tables)?;
    let exclude = Tables::compile(&selection.exclude_tables)?;
    let no_data = Tables::compile(&selection.exclude_table_data)?;
    include.each_must_match(candidates)?;
    for candidate in candidates.iter().filter(|c| !c.member) {
        let wanted = if selection.tables.is_empty() {
            choice.schemas.contains(&candidate.schema_oid)
        } else {
            include.any(candidate)
        };
        if wanted && !exclude.any(candidate) {
            let take = if no_data.any(candidate) { Take::NO_DATA } else { Take::ALL };
            choice.relations.insert(candidate.oid, take);
        }
    }
    Ok(())
}

/// A sequence that belongs to a column goes where its table goes.
fn follow_owners(choice: &mut Choice, candidates: &[Candidate]) {
    for sequence in candidates.iter().filter(|c| !c.member) {
        let Some(owner) = sequence.owner_table else { continue };
        let of_owner = choice.take_relation(owner);
        let own = choice.take_relation(sequence.oid);
        let take = if sequence.identity && of_owner == Take::NONE {
            Take::NONE
        } else {
            merge(own, of_owner)
        };
        if take == Take::NONE {
            choice.relations.remove(&sequence.oid);
        } else {
            choice.relations.insert(sequence.oid, take);
        }
    }
}

fn merge(a: Take, b: Take) -> Take {
    Take {
        definition: a.definition || b.definition,
        data: a.data || b.data,
        comment: a.comment || b.comment,
        acl: a.acl || b.acl,
    }
}

fn choose_predicates(
    choice: &mut Choice,
    selection: &Selection,
    candidates: &[Candidate],
) -> Result<()> {
    for filter in &selection.filters {
        let tables = Tables::compile(std::slice::from_ref(&filter.table))?;
        let hits = candidates
            .iter()
            .filter(|c| c.kind == 'r' && choice.take_relation(c.oid).data && tables.any(c));
        let before = choice.predicates.len();
        let oids: Vec<u32> = hits.map(|c| c.oid).collect();
        for oid in oids {
            if choice.predicates.insert(oid, filter.predicate.clone()).is_some() {
                let message =
                    format!("two conditions apply to a table that '{}' matches", filter.table);
                return Err(Error::usage(message).with_hint("join them with AND in one --where"));
            }
        }
        if choice.predicates.len() == before {
            let message = format!("no selected table with rows matches '{}'", filter.table);
            return Err(Error::usage(message).with_hint(
                "a condition applies to ordinary tables of the selection, partitions too",
            ));
        }
    }
    Ok(())
}

/// Compiled table patterns.
struct Tables<'a> {
    matchers: Vec<(TableMatcher, &'a Pattern)>,
}

impl<'a> Tables<'a> {
    fn compile(patterns: &'a [Pattern]) -> Result<Self> {
        let compile = |pattern: &'a Pattern| Ok((pattern.compile().map_err(bad_pattern)?, pattern));
        Ok(Self { matchers: patterns.iter().map(compile).collect::<Result<_>>()? })
    }

    fn any(&self, candidate: &Candidate) -> bool {
        self.matchers.iter().any(|(matcher, pattern)| matches(matcher, pattern, candidate))
    }

    fn each_must_match(&self, candidates: &[Candidate]) -> Result<()> {
        for (matcher, pattern) in &self.matchers {
            if !candidates.iter().any(|candidate| matches(matcher, pattern, candidate)) {
                let message = format!("no table, view or sequence matches '{pattern}'");
                return Err(Error::usage(message).with_hint(
                    "write schema.name, or check the search path; upper-case names need double quotes",
                ));
            }
        }
        Ok(())
    }
}

/// A pattern without a schema means what the search path shows, as in psql.
fn matches(matcher: &TableMatcher, pattern: &Pattern, candidate: &Candidate) -> bool {
    matcher.matches(&candidate.schema, &candidate.name)
        && (candidate.visible || has_schema(pattern.as_str()))
}

/// Whether a dot stands outside double quotes.
fn has_schema(pattern: &str) -> bool {
    let mut quoted = false;
    pattern.chars().any(|c| {
        quoted ^= c == '"';
        c == '.' && !quoted
    })
}

fn schema_matchers(patterns: &[Pattern]) -> Result<Vec<NameMatcher>> {
    patterns.iter().map(|pattern| pattern.compile_schema().map_err(bad_pattern)).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn bad_pattern(error: PatternError) -> Error {
    Error::usage(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(oid: u32, schema: &str, name: &str, visible: bool) -> Candidate {
        Candidate {
            oid,
            schema_oid: 0,
            schema: schema.to_owned(),
            name: name.to_owned(),
            kind: 'r',
            visible,
            owner_table: None,
            identity: false,
            member: false,
        }
    }

    fn chosen(selection: &Selection, candidates: &[Candidate]) -> Result<Vec<u32>> {
        let mut choice = Choice::default();
        choose_relations(&mut choice, selection, candidates)?;
        follow_owners(&mut choice, candidates);
        let mut oids: Vec<u32> = choice.relations.into_keys().collect();
        oids.sort_unstable();
        Ok(oids)
    }

    #[test]
    fn a_pattern_without_a_schema_means_what_the_search_path_shows() {
        let candidates = [candidate(1, "public", "a", true), candidate(2, "hidden", "a", false)];
        let pick = |text: &str| {
            let selection = Selection { tables: vec![Pattern::new(text)], ..Selection::default() };
            chosen(&selection, &candidates)
        };
        assert_eq!(pick("a").unwrap(), [1]);
        assert_eq!(pick("*.a").unwrap(), [1, 2]);
        assert_eq!(pick("hidden.a").unwrap(), [2]);
        let error = pick("b").unwrap_err();
        assert!(error.to_string().contains("'b'"), "{error}");
    }

    #[test]
    fn identity_sequences_go_where_their_table_goes_and_nowhere_else() {
        let mut sequence = candidate(2, "public", "s", true);
        (sequence.kind, sequence.owner_table, sequence.identity) = ('S', Some(1), true);
        let candidates = [candidate(1, "public", "t", true), sequence];
        let pick = |text: &str| {
            let selection = Selection { tables: vec![Pattern::new(text)], ..Selection::default() };
            chosen(&selection, &candidates).unwrap()
        };
        assert_eq!(pick("t"), [1, 2]);
        assert!(pick("s").is_empty());
    }
}
