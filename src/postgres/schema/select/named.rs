//! What the patterns of a selection name: psql's rules, with the database's own name in front or not.

use std::collections::{HashMap, HashSet};

use super::candidate::Candidate;
use crate::error::{Error, Result};
use crate::model::pattern::{NameMatcher, Pattern, PatternError, TableMatcher};
use crate::model::spec::Selection;
use crate::postgres::schema::query::Reader;

/// The relations that the lists of a selection name.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// `None` where no list says what to take.
    pub(super) include: Option<HashSet<u32>>,
    /// Those to leave out.
    pub(super) exclude: HashSet<u32>,
    /// Those whose rows are left out.
    pub(super) no_data: HashSet<u32>,
}

impl Named {
    /// Whether a list names the relation.
    pub(super) fn includes(&self, oid: u32) -> bool {
        self.include.as_ref().is_some_and(|oids| oids.contains(&oid))
    }
}

/// Whether a pattern for tables may mean what the search path shows.
pub(super) fn mean_the_search_path(selection: &Selection) -> bool {
    let lists = [
        &selection.tables,
        &selection.tables_and_children,
        &selection.exclude_tables,
        &selection.exclude_tables_and_children,
        &selection.exclude_table_data,
        &selection.exclude_table_data_and_children,
    ];
    let filters = selection.filters.iter().map(|filter| &filter.table);
    lists.into_iter().flatten().chain(filters).next().is_some()
}

/// What patterns are matched against.
pub(super) struct Catalog<'a> {
    /// The connected database.
    pub(super) database: &'a str,
    /// All relations.
    pub(super) candidates: &'a [Candidate],
    /// Partitions and heirs by parent.
    pub(super) children: HashMap<u32, Vec<u32>>,
}

impl<'a> Catalog<'a> {
    /// Reads what the lists of the selection need beside the candidates.
    pub(super) async fn read(
        reader: &Reader<'_>,
        selection: &Selection,
        database: &'a str,
        candidates: &'a [Candidate],
    ) -> Result<Self> {
        let with_children = [
            &selection.tables_and_children,
            &selection.exclude_tables_and_children,
            &selection.exclude_table_data_and_children,
        ];
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        if with_children.iter().any(|list| !list.is_empty()) {
            let sql = "SELECT inhparent, inhrelid FROM pg_catalog.pg_inherits ORDER BY 1, 2";
            let rows = reader.read("inheritance", sql, &[], |f| Ok((f.take()?, f.take()?)));
            for (parent, child) in rows.await? {
                children.entry(parent).or_default().push(child);
            }
        }
        Ok(Self { database, candidates, children })
    }

    /// What the lists for tables name.
    pub(super) fn named(&self, selection: &Selection) -> Result<Named> {
        let (tables, families) = (&selection.tables, &selection.tables_and_children);
        let strict = selection.strict_names;
        let mut hits = Hits::new("table, view or sequence");
        self.add(&mut hits, tables, false)?;
        self.add(&mut hits, families, true)?;
        let listed = !tables.is_empty() || !families.is_empty();
        let include = if listed { Some(hits.checked(strict)?) } else { None };
        let exclude =
            self.both(&selection.exclude_tables, &selection.exclude_tables_and_children)?;
        let no_data =
            self.both(&selection.exclude_table_data, &selection.exclude_table_data_and_children)?;
        Ok(Named { include, exclude, no_data })
    }

    /// The relations that one pattern names.
    pub(super) fn tables(&self, pattern: &Pattern) -> Result<HashSet<u32>> {
        let matcher = self.table_matcher(pattern)?;
        Ok(self.matching(&matcher).map(|candidate| candidate.oid).collect())
    }

    /// Lists of what is left out need not match anything.
    fn both(&self, alone: &[Pattern], families: &[Pattern]) -> Result<HashSet<u32>> {
        let mut hits = Hits::new("table");
        self.add(&mut hits, alone, false)?;
        self.add(&mut hits, families, true)?;
        Ok(hits.oids)
    }

    fn add<'p>(&self, hits: &mut Hits<'p>, patterns: &'p [Pattern], families: bool) -> Result<()> {
        for pattern in patterns {
            let mut found = self.tables(pattern)?;
            if families {
                self.add_children(&mut found);
            }
            hits.add(pattern, found);
        }
        Ok(())
    }

    fn add_children(&self, found: &mut HashSet<u32>) {
        let mut waiting: Vec<u32> = found.iter().copied().collect();
        while let Some(parent) = waiting.pop() {
            let children = self.children.get(&parent).into_iter().flatten();
            waiting.extend(children.copied().filter(|&child| found.insert(child)));
        }
    }

    /// A pattern without a schema means what the search path shows, as in psql.
    fn matching<'m>(
        &'m self,
        matcher: &'m TableMatcher,
    ) -> impl Iterator<Item = &'a Candidate> + 'm {
        self.candidates.iter().filter(|candidate| {
            (candidate.visible || matcher.has_schema())
                && matcher.matches(&candidate.schema, &candidate.name)
        })
    }

    fn table_matcher(&self, pattern: &Pattern) -> Result<TableMatcher> {
        self.own(pattern, 2)?.compile().map_err(bad_pattern)
    }

    /// The schemas among these that the patterns name; `None` without patterns.
    pub(super) fn schemas(
        &self,
        patterns: &[Pattern],
        schemas: &[(u32, String)],
        strict: bool,
    ) -> Result<Option<HashSet<u32>>> {
        plain("schema", &self.all_own(patterns)?, schemas, strict)
    }

    /// The schemas among these that the patterns name, if any.
    pub(super) fn excluded_schemas(
        &self,
        patterns: &[Pattern],
        schemas: &[(u32, String)],
    ) -> Result<HashSet<u32>> {
        excluded(&self.all_own(patterns)?, schemas)
    }

    fn all_own(&self, patterns: &[Pattern]) -> Result<Vec<Pattern>> {
        patterns.iter().map(|pattern| self.own(pattern, 1)).collect()
    }

    /// A pattern without the name of the database.
    fn own(&self, pattern: &Pattern, parts: usize) -> Result<Pattern> {
        let (database, own) = pattern.split_database(parts).map_err(bad_pattern)?;
        match database {
            Some(name) if name != self.database => {
                let message = format!(
                    "pattern '{pattern}' names the database {name}, but {} is connected",
                    self.database
                );
                Err(Error::usage(message).with_hint("leave the name of the database out"))
            }
            _ => Ok(own),
        }
    }
}

/// Which of these (oid and name each) the patterns name; `None` without patterns. Without a match an
/// error, with `strict` for each pattern.
pub(super) fn plain(
    what: &'static str,
    patterns: &[Pattern],
    all: &[(u32, String)],
    strict: bool,
) -> Result<Option<HashSet<u32>>> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut hits = Hits::new(what);
    for pattern in patterns {
        let matcher: NameMatcher = pattern.compile_schema().map_err(bad_pattern)?;
        let found = all.iter().filter(|(_, name)| matcher.matches(name));
        hits.add(pattern, found.map(|&(oid, _)| oid).collect());
    }
    hits.checked(strict).map(Some)
}

/// As [`plain`], for what is left out, which need not be there.
pub(super) fn excluded(patterns: &[Pattern], all: &[(u32, String)]) -> Result<HashSet<u32>> {
    let mut found = HashSet::new();
    for pattern in patterns {
        let matcher = pattern.compile_schema().map_err(bad_pattern)?;
        found.extend(all.iter().filter(|(_, name)| matcher.matches(name)).map(|&(oid, _)| oid));
    }
    Ok(found)
}

/// What was found, and which patterns found nothing.
struct Hits<'p> {
    what: &'static str,
    oids: HashSet<u32>,
    missed: Vec<&'p Pattern>,
}

impl<'p> Hits<'p> {
    fn new(what: &'static str) -> Self {
        Self { what, oids: HashSet::new(), missed: Vec::new() }
    }

    fn add(&mut self, pattern: &'p Pattern, found: HashSet<u32>) {
        if found.is_empty() {
            self.missed.push(pattern);
        }
        self.oids.extend(found);
    }

    /// Fails where nothing at all was found, or where every pattern has to find something.
    fn checked(self, strict: bool) -> Result<HashSet<u32>> {
        if self.missed.is_empty() || !(strict || self.oids.is_empty()) {
            return Ok(self.oids);
        }
        let missed: Vec<String> = self.missed.iter().map(|p| format!("'{p}'")).collect();
        let message = format!("no {} matches {}", self.what, missed.join(" or "));
        let hint = if self.what.starts_with("table") {
            "write schema.name, or check the search path; upper-case names need double quotes"
        } else {
            "check the spelling; upper-case names need double quotes"
        };
        Err(Error::usage(message).with_hint(hint))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
pub(super) fn bad_pattern(error: PatternError) -> Error {
    Error::usage(error.to_string())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn candidate(
        oid: u32,
        schema: &str,
        name: &str,
        visible: bool,
    ) -> Candidate {
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

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|&text| Pattern::new(text)).collect()
    }

    fn named(selection: &Selection) -> Result<Named> {
        let candidates = [
            candidate(1, "public", "a", true),
            candidate(2, "hidden", "a", false),
            candidate(3, "public", "a_1", true),
            candidate(4, "public", "a_1_1", true),
        ];
        let children = HashMap::from([(1, vec![3]), (3, vec![4])]);
        Catalog { database: "shop", candidates: &candidates, children }.named(selection)
    }

    fn included(selection: &Selection) -> Result<Vec<u32>> {
        let mut oids: Vec<u32> = named(selection)?.include.into_iter().flatten().collect();
        oids.sort_unstable();
        Ok(oids)
    }

    #[test]
    fn a_pattern_without_a_schema_means_what_the_search_path_shows() {
        let pick =
            |text| included(&Selection { tables: patterns(&[text]), ..Selection::default() });
        assert_eq!(pick("a").unwrap(), [1]);
        assert_eq!(pick("*.a").unwrap(), [1, 2]);
        assert_eq!(pick("hidden.a").unwrap(), [2]);
        assert_eq!(pick("shop.hidden.a").unwrap(), [2]);
        let error = pick("other.hidden.a").unwrap_err().to_string();
        assert!(error.contains("other") && error.contains("shop is connected"), "{error}");
    }

    #[test]
    fn a_pattern_may_miss_where_another_one_hits_unless_names_are_strict() {
        let tables = patterns(&["a", "b"]);
        let mut selection = Selection { tables, ..Selection::default() };
        assert_eq!(included(&selection).unwrap(), [1]);
        selection.strict_names = true;
        let error = included(&selection).unwrap_err().to_string();
        assert!(error.ends_with("matches 'b'"), "{error}");
        let none = Selection { tables: patterns(&["b", "c*"]), ..Selection::default() };
        let error = included(&none).unwrap_err().to_string();
        assert!(error.ends_with("matches 'b' or 'c*'"), "{error}");
    }

    #[test]
    fn children_come_with_their_parents_at_any_depth() {
        let selection = Selection {
            tables_and_children: patterns(&["a"]),
            exclude_tables_and_children: patterns(&["a_1", "nothing"]),
            exclude_table_data_and_children: patterns(&["a_1"]),
            exclude_table_data: patterns(&["hidden.a"]),
            ..Selection::default()
        };
        let named = named(&selection).unwrap();
        assert_eq!(named.include, Some(HashSet::from([1, 3, 4])));
        assert_eq!(named.exclude, HashSet::from([3, 4]));
        assert_eq!(named.no_data, HashSet::from([2, 3, 4]));
        assert!(named.includes(3) && !named.includes(2));
    }
}
