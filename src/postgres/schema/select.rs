//! Which objects a request means: pg_dump's rules for patterns, then, where asked for, what the
//! chosen ones reference and need.
//!
//! Only oids and names are read here: nothing that the server would have to lock for.

mod candidate;
mod closure;
mod configuration;
mod foreign;
mod named;
mod references;

use std::collections::{HashMap, HashSet};

use crate::error::{Error, Result};
use crate::model::spec::Selection;

pub(super) use self::candidate::{Candidate, USER_SCHEMA};
use self::candidate::{read_candidates, read_names};
use self::named::{Catalog, Named};
use super::depends::Depends;
use super::graph::{Key, Take, class};
use super::query::Reader;

/// What a request means.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// Objects without a schema too.
    pub(super) everything: bool,
    /// No list of tables or schemas narrows the schemas.
    pub(super) all_schemas: bool,
    /// Schemas that were chosen with all that is in them.
    pub(super) schemas: HashSet<u32>,
    /// Extensions that were chosen.
    pub(super) extensions: HashSet<u32>,
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
            _ if key.0 == class::EXTENSION => self.extensions.contains(&key.1),
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

    /// Whether rows or values of anything are taken.
    pub(super) fn takes_data(&self) -> bool {
        self.relations.values().any(|take| take.data)
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
    let others = read_names(reader, depends).await?;
    let by_search_path = named::mean_the_search_path(selection);
    let candidates = read_candidates(reader, depends, by_search_path).await?;
    let catalog = Catalog::read(reader, selection, &others.database, &candidates).await?;
    let named = catalog.named(selection)?;
    let mut choice = Choice {
        everything: selection.is_everything(),
        all_schemas: named.include.is_none() && selection.schemas.is_empty(),
        whole_tables: selection.with_dependencies,
        schemas: choose_schemas(selection, &catalog, &named, &others.schemas)?,
        extensions: choose_extensions(selection, &others.extensions)?,
        servers: foreign::choose(reader, &selection.foreign_data).await?,
        ..Choice::default()
    };
    choose_relations(&mut choice, &named, &candidates);
    if selection.with_references {
        references::add(reader, &named, &candidates, &mut choice).await?;
    }
    follow_owners(&mut choice, &candidates);
    if selection.with_dependencies && !choice.everything {
        closure::add(reader, depends, &candidates, &mut choice).await?;
    }
    leave_out_data(&mut choice, &named);
    choose_predicates(&mut choice, selection, &catalog)?;
    let excluded = catalog.excluded_schemas(&selection.exclude_schemas, &others.schemas)?;
    configuration::add(reader, (&named, &excluded), &candidates, &mut choice).await?;
    Ok((choice, candidates))
}

/// The schemas that are taken whole: none when tables are named.
fn choose_schemas(
    selection: &Selection,
    catalog: &Catalog<'_>,
    named: &Named,
    all: &[(u32, String)],
) -> Result<HashSet<u32>> {
    let include = catalog.schemas(&selection.schemas, all, selection.strict_names)?;
    let exclude = catalog.excluded_schemas(&selection.exclude_schemas, all)?;
    if named.include.is_some() {
        return Ok(HashSet::new());
    }
    let wanted = |oid: &u32| {
        include.as_ref().is_none_or(|oids| oids.contains(oid)) && !exclude.contains(oid)
    };
    Ok(all.iter().map(|&(oid, _)| oid).filter(wanted).collect())
}

fn choose_extensions(selection: &Selection, all: &[(u32, String)]) -> Result<HashSet<u32>> {
    let listed = named::plain("extension", &selection.extensions, all, selection.strict_names)?;
    let exclude = named::excluded(&selection.exclude_extensions, all)?;
    let mut chosen = match listed {
        Some(oids) => oids,
        None if selection.is_everything() => all.iter().map(|&(oid, _)| oid).collect(),
        None => HashSet::new(),
    };
    chosen.retain(|oid| !exclude.contains(oid));
    Ok(chosen)
}

fn choose_relations(choice: &mut Choice, named: &Named, candidates: &[Candidate]) {
    for candidate in candidates.iter().filter(|c| !c.member) {
        let wanted = match &named.include {
            None => choice.schemas.contains(&candidate.schema_oid),
            Some(oids) => oids.contains(&candidate.oid),
        };
        if wanted && !named.exclude.contains(&candidate.oid) {
            choice.relations.insert(candidate.oid, Take::ALL);
        }
    }
}

/// A list says whose rows to leave out; what belongs to those goes on with its own.
fn leave_out_data(choice: &mut Choice, named: &Named) {
    for oid in &named.no_data {
        if let Some(take) = choice.relations.get_mut(oid) {
            take.data = false;
        }
    }
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
    catalog: &Catalog<'_>,
) -> Result<()> {
    for filter in &selection.filters {
        let tables = catalog.tables(&filter.table)?;
        let hits = catalog.candidates.iter().filter(|c| {
            c.kind == 'r' && choice.take_relation(c.oid).data && tables.contains(&c.oid)
        });
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

#[cfg(test)]
mod tests {
    use super::named::tests::candidate;
    use super::*;
    use crate::model::pattern::Pattern;

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|&text| Pattern::new(text)).collect()
    }

    fn chosen(selection: &Selection, candidates: &[Candidate]) -> HashMap<u32, Take> {
        let catalog = Catalog { database: "shop", candidates, children: HashMap::new() };
        let named = catalog.named(selection).unwrap();
        let schemas = [(0, "public".to_owned())];
        let schemas = choose_schemas(selection, &catalog, &named, &schemas).unwrap();
        let mut choice = Choice { schemas, ..Choice::default() };
        choose_relations(&mut choice, &named, candidates);
        follow_owners(&mut choice, candidates);
        leave_out_data(&mut choice, &named);
        choice.relations
    }

    fn with_sequence(identity: bool) -> [Candidate; 2] {
        let mut sequence = candidate(2, "public", "s", true);
        (sequence.kind, sequence.owner_table, sequence.identity) = ('S', Some(1), identity);
        [candidate(1, "public", "t", true), sequence]
    }

    #[test]
    fn identity_sequences_go_where_their_table_goes_and_nowhere_else() {
        let candidates = with_sequence(true);
        let pick = |text| Selection { tables: patterns(&[text]), ..Selection::default() };
        assert_eq!(chosen(&pick("t"), &candidates).len(), 2);
        assert!(chosen(&pick("s"), &candidates).is_empty());
    }

    #[test]
    fn a_table_without_its_rows_leaves_the_value_of_its_sequence() {
        let selection = Selection {
            tables: patterns(&["t"]),
            exclude_table_data: patterns(&["t"]),
            ..Selection::default()
        };
        let taken = chosen(&selection, &with_sequence(false));
        assert_eq!((taken[&1], taken[&2]), (Take::NO_DATA, Take::ALL));
    }

    #[test]
    fn extensions_are_chosen_by_name_or_with_everything() {
        let all = [(1, "hstore".to_owned()), (2, "citext".to_owned())];
        let pick = |include: &[&str], exclude: &[&str], schemas: &[&str]| {
            let selection = Selection {
                extensions: patterns(include),
                exclude_extensions: patterns(exclude),
                schemas: patterns(schemas),
                ..Selection::default()
            };
            choose_extensions(&selection, &all).map_err(|error| error.to_string())
        };
        assert_eq!(pick(&[], &[], &[]).unwrap(), HashSet::from([1, 2]));
        assert_eq!(pick(&[], &["h*"], &[]).unwrap(), HashSet::from([2]));
        assert_eq!(pick(&["hstore", "none"], &[], &["s"]).unwrap(), HashSet::from([1]));
        assert!(pick(&[], &[], &["s"]).unwrap().is_empty());
        assert!(pick(&["none"], &[], &[]).unwrap_err().contains("'none'"));
    }
}
