//! Which databases of a backup a restore takes, and under which names.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::cluster::{ClusterCatalogue, ClusterDatabase};
use crate::model::spec::{ClusterContent, ClusterRestoreSpec, DatabaseChoice};

use super::catalogue::inside;
use super::databases::matcher;

/// A database to restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// As the catalogue has it.
    pub(super) database: ClusterDatabase,
    /// The name to restore it under.
    pub(super) to: String,
    /// Its archive.
    pub(super) archive: PathBuf,
}

/// What is chosen, and what was to be and is not in the backup.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) wanted: Vec<Wanted>,
    pub(super) missing: Vec<String>,
}

impl Wanted {
    /// Whether every cluster has it from its beginning.
    pub(super) fn is_built_in(&self) -> bool {
        ["postgres", "template1"].contains(&self.to.as_str())
    }
}

/// Applies the spec to the catalogue of a backup in this folder.
pub(super) fn choose(
    catalogue: &ClusterCatalogue,
    folder: &Path,
    spec: &ClusterRestoreSpec,
) -> Result<Choice> {
    let mut choice = Choice::default();
    if !spec.content.databases() {
        return Ok(choice);
    }
    for (database, to) in targets(catalogue, spec)? {
        match &database.archive {
            Some(archive) => choice.wanted.push(Wanted {
                to,
                archive: inside(folder, archive)?,
                database: database.clone(),
            }),
            None => choice.missing.push(format!(
                "database {} is not in the backup: its backup {}",
                database.name,
                database.outcome.label()
            )),
        }
    }
    refuse_doubles(&choice.wanted)?;
    if choice.wanted.is_empty() && spec.content == ClusterContent::DatabasesOnly {
        return Err(Error::usage("the backup has no database to restore"));
    }
    Ok(choice)
}

fn targets<'a>(
    catalogue: &'a ClusterCatalogue,
    spec: &ClusterRestoreSpec,
) -> Result<Vec<(&'a ClusterDatabase, String)>> {
    let all = &catalogue.databases;
    let names: Vec<&str> = all.iter().map(|database| database.name.as_str()).collect();
    let excluded = spec.exclude_databases.iter().map(|p| matcher(p, &names, "backup"));
    let excluded = excluded.collect::<Result<Vec<_>>>()?;
    let mut targets: Vec<(&ClusterDatabase, String)> = Vec::new();
    if spec.databases.is_empty() {
        targets = all.iter().map(|database| (database, database.name.clone())).collect();
    }
    for choice in &spec.databases {
        for (database, to) in of_choice(choice, all, &names)? {
            if !targets.iter().any(|(known, name)| known.name == database.name && *name == to) {
                targets.push((database, to));
            }
        }
    }
    targets.retain(|(database, _)| !excluded.iter().any(|m| m.matches(&database.name)));
    Ok(targets)
}

fn of_choice<'a>(
    choice: &DatabaseChoice,
    all: &'a [ClusterDatabase],
    names: &[&str],
) -> Result<Vec<(&'a ClusterDatabase, String)>> {
    let matcher = matcher(&choice.pattern, names, "backup")?;
    let found: Vec<_> = all.iter().filter(|database| matcher.matches(&database.name)).collect();
    match &choice.to {
        Some(to) if found.len() > 1 => Err(Error::usage(format!(
            "{} matches {} databases, and only one can become {to}",
            choice.pattern,
            found.len()
        ))),
        to => Ok(found
            .into_iter()
            .map(|database| (database, to.clone().unwrap_or_else(|| database.name.clone())))
            .collect()),
    }
}

fn refuse_doubles(wanted: &[Wanted]) -> Result<()> {
    let mut names = HashSet::new();
    for Wanted { database, to, .. } in wanted {
        if to.is_empty() || to == "template0" {
            return Err(Error::usage(format!("database {} cannot become '{to}'", database.name)));
        }
        if !names.insert(to.as_str()) {
            return Err(Error::usage(format!("two databases would become {to}"))
                .with_hint("give one of them another name"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cluster::{ClusterServer, DatabaseLocale};
    use crate::model::conn::Target;
    use crate::model::job::Outcome;
    use crate::model::pattern::Pattern;
    use crate::model::spec::ArchiveFormat;
    use jiff::Timestamp;

    fn database(name: &str) -> ClusterDatabase {
        ClusterDatabase {
            name: name.into(),
            oid: 1,
            owner: "o".into(),
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
            source_bytes: None,
            archive: Some(format!("databases/{name}.dump")),
            format: ArchiveFormat::Custom,
            archive_bytes: 1,
            tables: 0,
            rows: 0,
            started: Timestamp::UNIX_EPOCH,
            ended: Timestamp::UNIX_EPOCH,
            wal_position: None,
            outcome: Outcome::Complete,
        }
    }

    fn catalogue() -> ClusterCatalogue {
        let error = Error::usage("x").report();
        let failed = ClusterDatabase {
            archive: None,
            outcome: Outcome::Failed { error },
            ..database("lost")
        };
        ClusterCatalogue {
            version: 1,
            tool: "t".into(),
            started: Timestamp::UNIX_EPOCH,
            ended: Timestamp::UNIX_EPOCH,
            server: ClusterServer {
                version: "18".into(),
                version_num: 180_000,
                address: "a".into(),
                system_identifier: None,
                in_recovery: false,
            },
            globals: None,
            databases: vec![failed, database("postgres"), database("shop"), database("shop2")],
            skipped: Vec::new(),
            missing: Vec::new(),
        }
    }

    fn chosen(databases: &[(&str, Option<&str>)], excluded: &[&str]) -> Result<Choice> {
        let choice = |(pattern, to): &(&str, Option<&str>)| DatabaseChoice {
            pattern: Pattern::new(*pattern),
            to: to.map(str::to_owned),
        };
        let spec = ClusterRestoreSpec {
            databases: databases.iter().map(choice).collect(),
            exclude_databases: excluded.iter().map(|text| Pattern::new(*text)).collect(),
            ..ClusterRestoreSpec::new(Target::default(), "/b")
        };
        choose(&catalogue(), Path::new("/b"), &spec)
    }

    fn names(choice: &Choice) -> Vec<(&str, &str)> {
        choice.wanted.iter().map(|w| (w.database.name.as_str(), w.to.as_str())).collect()
    }

    #[test]
    fn everything_is_taken_and_what_is_not_there_is_named() {
        let choice = chosen(&[], &["post*"]).unwrap();
        assert_eq!(names(&choice), [("shop", "shop"), ("shop2", "shop2")]);
        assert_eq!(choice.wanted[0].archive, Path::new("/b/databases/shop.dump"));
        assert_eq!(choice.missing, ["database lost is not in the backup: its backup failed"]);
    }

    #[test]
    fn a_database_gets_another_name_and_two_never_the_same() {
        let choice = chosen(&[("shop", Some("copy")), ("shop", None), ("shop*", None)], &[]);
        assert_eq!(
            names(&choice.unwrap()),
            [("shop", "copy"), ("shop", "shop"), ("shop2", "shop2")]
        );
        for wrong in [
            &[("shop*", Some("x"))][..],
            &[("shop", Some("x")), ("shop2", Some("x"))],
            &[("shop", Some("shop2")), ("shop2", None)],
            &[("nothing", None)],
            &[("shop", Some(""))],
            &[("shop", Some("template0"))],
        ] {
            assert!(chosen(wrong, &[]).is_err(), "{wrong:?}");
        }
    }
}
