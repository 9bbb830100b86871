//! The databases of a server, and which of them a backup takes.

use crate::error::{Error, Result};
use crate::model::cluster::{DatabaseLocale, SkippedDatabase};
use crate::model::pattern::{NameMatcher, Pattern};
use crate::model::spec::ClusterBackupSpec;
use crate::postgres::connect::Session;
use crate::postgres::schema::query::Reader;

/// A connection limit that marks a database whose DROP was interrupted.
const INVALID: i32 = -2;

/// A database as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Database {
    pub(super) name: String,
    pub(super) oid: u32,
    pub(super) owner: String,
    pub(super) encoding: String,
    pub(super) locale: DatabaseLocale,
    pub(super) tablespace: String,
    pub(super) connection_limit: i32,
    pub(super) is_template: bool,
    pub(super) connectable: bool,
    /// `None` where the role may not ask.
    pub(super) bytes: Option<u64>,
}

/// The database that nobody can write to.
const EMPTY: &str = "template0";

/// What a backup takes of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) databases: Vec<Database>,
    pub(super) skipped: Vec<SkippedDatabase>,
    /// Databases that were asked for by name and cannot be backed up.
    pub(super) missing: Vec<String>,
    /// Size on disk of a database in which nothing is.
    pub(super) empty: u64,
}

/// Reads the databases by name.
pub(super) async fn read(session: &Session) -> Result<Vec<Database>> {
    let reader = Reader::new(&session.client, session.server.version_num);
    let provider = reader.pick(15, "d.datlocprovider::text", "'c'");
    let locale = reader.pick(17, "d.datlocale", reader.pick(15, "d.daticulocale", "NULL::text"));
    let sql = format!(
        "SELECT d.datname::text, d.oid, pg_catalog.pg_get_userbyid(d.datdba)::text,
                pg_catalog.pg_encoding_to_char(d.encoding)::text,
                CASE {provider} WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
                d.datcollate::text, d.datctype::text, {locale}, t.spcname::text, d.datconnlimit,
                d.datistemplate, d.datallowconn,
                CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT')
                       OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
                     THEN pg_catalog.pg_database_size(d.oid) END
           FROM pg_catalog.pg_database d
           LEFT JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
          ORDER BY d.datname"
    );
    let rows = reader.read("databases", &sql, &[], |f| {
        Ok(Database {
            name: f.take()?,
            oid: f.take()?,
            owner: f.take()?,
            encoding: f.take()?,
            locale: DatabaseLocale {
                provider: f.take()?,
                collate: f.take()?,
                ctype: f.take()?,
                locale: f.take()?,
            },
            tablespace: f.take::<Option<String>>()?.unwrap_or_default(),
            connection_limit: f.take()?,
            is_template: f.take()?,
            connectable: f.take()?,
            bytes: f.take::<Option<i64>>()?.and_then(|bytes| u64::try_from(bytes).ok()),
        })
    });
    rows.await
}

/// Chooses as pg_dumpall does; what it passes over silently has its reason here.
pub(super) fn choose(all: Vec<Database>, spec: &ClusterBackupSpec) -> Result<Chosen> {
    let mut chosen = Chosen::default();
    if !spec.content.databases() {
        return Ok(chosen);
    }
    let wanted = matchers(&spec.databases, &all)?;
    let unwanted = matchers(&spec.exclude_databases, &all)?;
    let any = |matchers: &[NameMatcher], name: &str| matchers.iter().any(|m| m.matches(name));
    for database in all {
        let name = &database.name;
        if name == EMPTY {
            chosen.empty = database.bytes.unwrap_or(0);
        }
        if !wanted.is_empty() && !any(&wanted, name) {
            chosen.skip(&database, "it was not asked for");
        } else if any(&unwanted, name) {
            chosen.skip(&database, "it was excluded");
        } else if let Some(reason) = unfit(&database) {
            if !wanted.is_empty() {
                chosen.missing.push(format!("database {name}: {reason}"));
            }
            chosen.skip(&database, reason);
        } else {
            chosen.databases.push(database);
        }
    }
    Ok(chosen)
}

/// Why a database cannot be backed up, or need not.
fn unfit(database: &Database) -> Option<&'static str> {
    if database.connection_limit == INVALID {
        return Some("it is what an interrupted DROP DATABASE left: drop it");
    }
    if database.name == EMPTY {
        return Some("every cluster has its own");
    }
    (!database.connectable).then_some("it does not allow connections")
}

impl Chosen {
    fn skip(&mut self, database: &Database, reason: &str) {
        let (name, reason) = (database.name.clone(), reason.to_owned());
        self.skipped.push(SkippedDatabase { name, reason });
    }

    /// What the user should know of those that are not taken.
    pub(super) fn warnings(&self) -> Vec<String> {
        let trouble = |skipped: &&SkippedDatabase| {
            skipped.name != EMPTY
                && !["it was not asked for", "it was excluded"].contains(&skipped.reason.as_str())
        };
        let skipped = self.skipped.iter().filter(trouble);
        skipped.map(|s| format!("database {} is skipped: {}", s.name, s.reason)).collect()
    }
}

/// Compiles patterns; one that no database matches is a mistake.
fn matchers(patterns: &[Pattern], all: &[Database]) -> Result<Vec<NameMatcher>> {
    let names: Vec<&str> = all.iter().map(|database| database.name.as_str()).collect();
    patterns.iter().map(|pattern| matcher(pattern, &names, "server")).collect()
}

/// Compiles a pattern that has to match one of the names at least.
pub(super) fn matcher(pattern: &Pattern, names: &[&str], place: &str) -> Result<NameMatcher> {
    let matcher = pattern.compile_schema().map_err(|error| Error::usage(error.to_string()))?;
    if names.iter().any(|name| matcher.matches(name)) {
        return Ok(matcher);
    }
    Err(Error::usage(format!("no database of the {place} matches {pattern}"))
        .with_hint(format!("there are {}", names.join(", "))))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::conn::Target;
    use crate::model::spec::ClusterContent;

    pub(in crate::postgres::cluster) fn database(name: &str) -> Database {
        Database {
            name: name.into(),
            oid: 1,
            owner: "postgres".into(),
            encoding: "UTF8".into(),
            locale: DatabaseLocale {
                provider: "libc".into(),
                collate: "C".into(),
                ctype: "C".into(),
                locale: None,
            },
            tablespace: "pg_default".into(),
            connection_limit: -1,
            is_template: false,
            connectable: true,
            bytes: Some(1),
        }
    }

    fn all() -> Vec<Database> {
        let mut all: Vec<Database> =
            ["Shop", "broken", "closed", "postgres", "template0", "template1"].map(database).into();
        all[1].connection_limit = INVALID;
        all[2].connectable = false;
        all[4].connectable = false;
        all
    }

    fn spec(databases: &[&str], excluded: &[&str]) -> ClusterBackupSpec {
        let patterns = |list: &[&str]| list.iter().map(|text| Pattern::new(*text)).collect();
        ClusterBackupSpec {
            databases: patterns(databases),
            exclude_databases: patterns(excluded),
            ..ClusterBackupSpec::new(Target::default(), "/b/c")
        }
    }

    fn names(chosen: &Chosen) -> Vec<&str> {
        chosen.databases.iter().map(|database| database.name.as_str()).collect()
    }

    #[test]
    fn everything_that_can_be_connected_to_is_taken_and_the_rest_has_its_reason() {
        let chosen = choose(all(), &spec(&[], &[])).unwrap();
        assert_eq!(names(&chosen), ["Shop", "postgres", "template1"]);
        assert_eq!(chosen.skipped.len(), 3);
        assert_eq!(chosen.missing, Vec::<String>::new());
        assert_eq!(
            chosen.warnings(),
            [
                "database broken is skipped: it is what an interrupted DROP DATABASE left: drop it",
                "database closed is skipped: it does not allow connections",
            ]
        );
    }

    #[test]
    fn patterns_choose_and_exclude_and_each_must_match() {
        let chosen = choose(all(), &spec(&["\"Shop\"", "p*"], &["post*"])).unwrap();
        assert_eq!(names(&chosen), ["Shop"]);
        let error = choose(all(), &spec(&["shop"], &[])).unwrap_err();
        assert_eq!(error.to_string(), "no database of the server matches shop");
        assert!(choose(all(), &spec(&[], &["a.b"])).is_err());
        let none = ClusterBackupSpec { content: ClusterContent::RolesOnly, ..spec(&[], &[]) };
        assert_eq!(choose(all(), &none).unwrap(), Chosen::default());
    }

    #[test]
    fn a_database_that_was_asked_for_and_cannot_be_backed_up_is_missing() {
        let chosen = choose(all(), &spec(&["closed"], &[])).unwrap();
        assert_eq!(chosen.missing, ["database closed: it does not allow connections"]);
    }
}
