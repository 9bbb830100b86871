//! Which entries of an archive a restore takes, and in which order. Pure; knows no server.
//!
//! Three ways to choose, which add up: everything (nothing named), `-t`/`-n`/`-N`/`-L` with
//! pg_restore's meaning, and whole tables (see [`super::whole`]). Sections, data-only, schema-only,
//! no-owner and no-privileges then narrow the result.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::archive::head::is_special;
use crate::archive::kind::{self, Content};
use crate::archive::toc::TocEntry;
use crate::error::{Error, Result};
use crate::model::name::QualifiedName;
use crate::model::pattern::{NameMatcher, Pattern, PatternError};
use crate::model::spec::{RestoreSpec, Section};

use super::rename::Renames;
use super::source::Source;
use super::whole::{self, Whole};

mod objects;

/// What a restore takes.
#[derive(Debug, Clone, Default)]
pub(super) struct Choice {
    /// What is wanted of each entry, by its position in the archive.
    pub(super) wanted: Vec<Content>,
    /// Positions of the wanted entries in the order of the archive, or of the list given.
    pub(super) order: Vec<usize>,
    /// Positions of what the planner knows: no definitions, though they are SQL.
    statistics: HashSet<usize>,
    /// Why an entry is taken that was not asked for by name.
    pub(super) because: HashMap<usize, String>,
    /// Foreign keys of whole tables to tables that this restore does not make: taken if those
    /// exist in the target.
    pub(super) open_references: Vec<OpenReference>,
}

/// A foreign key whose other side is not restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenReference {
    /// Position of the FK CONSTRAINT entry.
    pub(super) entry: usize,
    /// Schema and name of the referenced table.
    pub(super) table: QualifiedName,
}

impl Choice {
    /// Applies the request to the table of contents.
    pub(super) fn new(entries: &[TocEntry], spec: &RestoreSpec) -> Result<Self> {
        check_request(spec)?;
        let named = Named::new(entries, spec)?;
        let whole = whole::close(entries, spec)?;
        let sections = kind::sections(entries);
        let listed = listed(entries, spec)?;
        let mut choice = Self::default();
        let mut chosen = Vec::with_capacity(entries.len());
        for (at, entry) in entries.iter().enumerate() {
            let section = sections.get(at).copied().unwrap_or(Section::PreData);
            let in_list = listed.as_ref().is_none_or(|ids| ids.contains_key(&entry.id));
            let before = Before { chosen: &chosen, wanted: &choice.wanted };
            let by_name = (named.take(at, entry, &before) || whole.contains(at))
                && !named.left_out.contains(&at);
            let taken = in_list && by_name && passes_switches(entry, section, spec);
            chosen.push(by_name);
            if is_statistics(entry) {
                choice.statistics.insert(at);
            }
            choice.wanted.push(if taken { narrow(entry, spec) } else { Content::default() });
        }
        choice.explain(&whole);
        choice.set_order(entries, listed);
        Ok(choice)
    }

    /// Whether no definitions are wanted.
    pub(super) fn is_data_only(&self) -> bool {
        let mut wanted = self.wanted.iter().enumerate();
        !wanted.any(|(at, content)| content.definition && !self.statistics.contains(&at))
    }

    /// Whether anything of the entry is wanted.
    pub(super) fn takes(&self, at: usize) -> bool {
        self.wanted.get(at).is_some_and(|content| content.any())
    }

    /// Whether the entry is there only because a wanted table needs it.
    pub(super) fn is_needed_only(&self, at: usize) -> bool {
        self.because.contains_key(&at)
    }

    /// Takes the foreign keys whose other side exists; returns those left out.
    pub(super) fn settle_references(
        &mut self,
        exists: impl Fn(&QualifiedName) -> bool,
    ) -> Vec<OpenReference> {
        let mut left_out = std::mem::take(&mut self.open_references);
        left_out.retain(|reference| !exists(&reference.table));
        let gone: HashSet<usize> = left_out.iter().map(|reference| reference.entry).collect();
        self.leave_out(|at| gone.contains(&at));
        left_out
    }

    /// Goes over to new names. Schemas that no entry makes get entries of their own.
    pub(super) fn rename(&mut self, source: &mut Source, renames: &Renames) -> Vec<String> {
        if renames.is_empty() {
            return Vec::new();
        }
        let warnings = renames.apply(&mut source.head.entries);
        for reference in &mut self.open_references {
            reference.table = renames.of(&reference.table);
        }
        let made = renames.schemas_to_make(&source.head.entries, &self.order);
        for entry in made.into_iter().rev() {
            self.order.insert(0, source.head.entries.len());
            self.wanted.push(kind::content(&entry));
            source.sizes.push(0);
            source.head.entries.push(entry);
        }
        warnings
    }

    /// Brings the data into the order in which it comes, where it comes through a pipe and nothing
    /// else gives the order.
    pub(super) fn follow(&mut self, source: &Source, spec: &RestoreSpec) {
        let data_only = spec.parts.data_only || self.is_data_only();
        let by_reference = data_only && !spec.disable_triggers;
        let Some(passing) = source.passing_order() else { return };
        let expected = self.order.iter().filter_map(|at| source.head.entries.get(*at));
        let expected = expected.filter(|entry| entry.has_data).map(|entry| entry.id);
        source.expect(&expected.collect());
        if by_reference || spec.use_list.is_some() {
            return;
        }
        let mut turns = passing;
        turns.retain(|at| self.takes(*at));
        let mut turns = turns.into_iter();
        let has_data = |at: usize| source.head.entries.get(at).is_some_and(|entry| entry.has_data);
        for place in &mut self.order {
            if has_data(*place)
                && let Some(turn) = turns.next()
            {
                *place = turn;
            }
        }
    }

    /// Takes entries out again; returns how many.
    pub(super) fn leave_out(&mut self, unwanted: impl Fn(usize) -> bool) -> usize {
        let before = self.order.len();
        for at in self.order.iter().copied().filter(|at| unwanted(*at)) {
            if let Some(content) = self.wanted.get_mut(at) {
                *content = Content::default();
            }
        }
        self.order.retain(|at| !unwanted(*at));
        before - self.order.len()
    }

    fn explain(&mut self, whole: &Whole) {
        for (at, reason) in &whole.because {
            if self.takes(*at) {
                self.because.insert(*at, reason.clone());
            }
        }
        for reference in &whole.open_references {
            if self.takes(reference.entry) {
                self.open_references.push(reference.clone());
            }
        }
    }

    fn set_order(&mut self, entries: &[TocEntry], listed: Option<HashMap<u32, usize>>) {
        self.order = (0..entries.len()).filter(|at| self.takes(*at)).collect();
        if let Some(listed) = listed {
            let place = |at: &usize| entries.get(*at).and_then(|e| listed.get(&e.id)).copied();
            self.order.sort_by_key(place);
        }
    }
}

/// Refuses what contradicts itself.
fn check_request(spec: &RestoreSpec) -> Result<()> {
    let parts = &spec.parts;
    let exclude = |a: &str, b: &str| Error::usage(format!("{a} and {b} exclude each other"));
    if spec.clean && parts.data_only {
        return Err(exclude("--clean", "--data-only"));
    }
    if spec.if_exists && !spec.clean {
        return Err(Error::usage("--if-exists needs --clean"));
    }
    Ok(())
}

/// Place of each dump id in the list given with `-L`.
fn listed(entries: &[TocEntry], spec: &RestoreSpec) -> Result<Option<HashMap<u32, usize>>> {
    let Some(ids) = &spec.use_list else { return Ok(None) };
    let known: HashSet<u32> = entries.iter().map(|entry| entry.id).collect();
    let mut places = HashMap::new();
    for (place, id) in ids.iter().enumerate() {
        if !known.contains(id) {
            let text = format!("the list names entry {id}, which the archive does not have");
            return Err(Error::usage(text).with_hint("make the list anew from this archive"));
        }
        places.entry(*id).or_insert(place);
    }
    Ok(Some(places))
}

/// What does not depend on names.
fn passes_switches(entry: &TocEntry, section: Section, spec: &RestoreSpec) -> bool {
    let sections = &spec.parts.sections;
    !is_special(entry)
        && (sections.is_empty() || sections.contains(&section))
        && (!kind::is_of_database(entry) || spec.create_database)
        && !is_switched_off(entry, spec)
}

/// Whether one of the options `--no-…` is about the entry.
fn is_switched_off(entry: &TocEntry, spec: &RestoreSpec) -> bool {
    let options = &spec.options;
    // Comments and labels go with what they hang on.
    let on = |kinds: &[&str]| {
        kind::is_label(entry)
            && kinds
                .iter()
                .any(|kind| entry.tag.strip_prefix(kind).is_some_and(|rest| rest.starts_with(' ')))
    };
    match entry.desc.as_str() {
        "ACL" | "DEFAULT ACL" => spec.no_privileges,
        "STATISTICS DATA" => options.no_statistics,
        "POLICY" | "ROW SECURITY" => options.left_out.policies,
        "PUBLICATION" | "PUBLICATION TABLE" | "PUBLICATION TABLES IN SCHEMA" => {
            options.left_out.publications
        }
        "SUBSCRIPTION" | "SUBSCRIPTION TABLE" => options.left_out.subscriptions,
        desc => {
            (desc == "COMMENT" && options.left_out.comments)
                || (desc == "SECURITY LABEL" && options.left_out.security_labels)
                || (options.left_out.policies && on(&["POLICY"]))
                || (options.left_out.publications && on(&["PUBLICATION"]))
                || (options.left_out.subscriptions && on(&["SUBSCRIPTION"]))
        }
    }
}

/// What the planner knows of a table or an index.
fn is_statistics(entry: &TocEntry) -> bool {
    entry.desc == "STATISTICS DATA"
}

/// The part of the entry that data-only and schema-only leave; statistics are neither.
fn narrow(entry: &TocEntry, spec: &RestoreSpec) -> Content {
    let content = kind::content(entry);
    if kind::is_of_database(entry) {
        return content;
    }
    Content {
        definition: content.definition && (!spec.parts.data_only || is_statistics(entry)),
        data: content.data && !spec.parts.schema_only,
    }
}

/// What was decided for the entries before one.
struct Before<'a> {
    /// Whether the names allow them.
    chosen: &'a [bool],
    /// What is taken of them.
    wanted: &'a [Content],
}

/// `-t`, `-I`, `-P`, `-T`, `-n`, `-N` compiled.
struct Named {
    /// Nothing was named: everything is taken.
    everything: bool,
    /// Only whole tables were named.
    nothing: bool,
    objects: objects::Objects,
    schemas: Vec<NameMatcher>,
    excluded: Vec<NameMatcher>,
    /// Positions of what belongs to tables that are left out.
    left_out: BTreeSet<usize>,
    /// Position of each dump id, for the parents of comments and grants.
    positions: HashMap<u32, (usize, bool)>,
}

impl Named {
    fn new(entries: &[TocEntry], spec: &RestoreSpec) -> Result<Self> {
        let objects = objects::Objects::new(entries, spec)?;
        let schemas = compile(&spec.schemas, Pattern::compile_schema)?;
        require_matches(&spec.schemas, &schemas, "schema", |matcher| {
            entries.iter().any(|e| e.namespace.as_deref().is_some_and(|n| matcher.matches(n)))
        })?;
        let named = objects.any() || !spec.schemas.is_empty();
        let position = |(at, e): (usize, &TocEntry)| (e.id, (at, e.desc == "ACL"));
        let left_out = objects::left_out(entries, spec)?;
        let all = spec.whole_tables.is_empty() && spec.exclude_schemas.is_empty();
        Ok(Self {
            everything: !named && all && left_out.is_empty(),
            nothing: !named && !spec.whole_tables.is_empty(),
            objects,
            schemas,
            excluded: compile(&spec.exclude_schemas, Pattern::compile_schema)?,
            left_out,
            positions: entries.iter().enumerate().map(position).collect(),
        })
    }

    /// Whether the names allow the entry at this position.
    fn take(&self, at: usize, entry: &TocEntry, before: &Before<'_>) -> bool {
        if self.everything || kind::is_of_database(entry) {
            return true;
        }
        if self.nothing || self.left_out.contains(&at) {
            return false;
        }
        let narrows = self.objects.any() || !self.schemas.is_empty() || !self.excluded.is_empty();
        if kind::is_label(entry) && narrows {
            let taken = |at: usize| before.wanted.get(at).is_some_and(|content| content.any());
            return self.any_parent(entry, taken);
        }
        if is_statistics(entry) && self.objects.any() {
            return self
                .any_parent(entry, |at| before.chosen.get(at).is_some_and(|&chosen| chosen));
        }
        let namespace = entry.namespace.as_deref();
        let in_schema = |list: &[NameMatcher]| {
            namespace.is_some_and(|name| list.iter().any(|matcher| matcher.matches(name)))
        };
        (self.schemas.is_empty() || in_schema(&self.schemas))
            && !in_schema(&self.excluded)
            && (!self.objects.any() || self.objects.matches(entry))
    }

    /// Comments and grants follow what they hang on, but not another grant; statistics follow what
    /// they are about, whichever part of it is taken.
    fn any_parent(&self, entry: &TocEntry, is: impl Fn(usize) -> bool) -> bool {
        let mut parents = entry.dependencies.iter().filter_map(|id| self.positions.get(id));
        parents.any(|(at, is_grant)| !is_grant && is(*at))
    }
}

/// Compiles patterns; a bad one is the user's mistake.
pub(super) fn compile<M>(
    patterns: &[Pattern],
    compile: impl Fn(&Pattern) -> Result<M, PatternError>,
) -> Result<Vec<M>> {
    let compile = |pattern| compile(pattern).map_err(|error| Error::usage(error.to_string()));
    patterns.iter().map(compile).collect()
}

/// A pattern that names nothing is a mistake: restoring less than was meant must not pass quietly.
pub(super) fn require_matches<M>(
    patterns: &[Pattern],
    matchers: &[M],
    what: &str,
    hits: impl Fn(&M) -> bool,
) -> Result<()> {
    match patterns.iter().zip(matchers).find(|(_, matcher)| !hits(matcher)) {
        None => Ok(()),
        Some((pattern, _)) => {
            let text = format!("no {what} of the archive matches '{pattern}'");
            Err(Error::usage(text).with_hint("`dbbackup list ARCHIVE` shows what is in it"))
        }
    }
}

#[cfg(test)]
mod tests;
