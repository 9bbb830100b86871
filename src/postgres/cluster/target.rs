//! What is known before a restore acts: the backup, the choice, the server as it is. Planning and
//! running share it, so that what was shown is what is done.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::cluster::{ClusterListing, ClusterServer, GLOBALS_FILE};
use crate::model::spec::{ClusterContent, ClusterRestoreSpec, RestoreSpec};
use crate::postgres::connect::Session;
use crate::postgres::restore;
use crate::postgres::schema::query::Reader;

use super::apply::{self, Step};
use super::choice::{self, Choice, Wanted};
use super::{catalogue, server};

/// What a restore knows before it acts.
pub(super) struct Survey {
    pub(super) listing: ClusterListing,
    pub(super) choice: Choice,
    pub(super) session: Session,
    pub(super) server: ClusterServer,
    /// The script of the globals and its statements, where they are wanted.
    pub(super) globals: Option<(String, Vec<Step>)>,
    /// What the server has.
    pub(super) there: There,
    /// Databases with what they hold that would be dropped or written into.
    pub(super) endangers: Vec<String>,
    pub(super) warnings: Vec<String>,
}

/// Names on the server.
#[derive(Debug, Default)]
pub(super) struct There {
    pub(super) databases: BTreeSet<String>,
    /// Roles, and whether each may be dropped.
    pub(super) roles: BTreeMap<String, bool>,
    pub(super) tablespaces: BTreeSet<String>,
}

impl Survey {
    /// Reads the backup, applies the choice, connects and looks around. Changes nothing.
    pub(super) async fn make(spec: &ClusterRestoreSpec, config: &Config) -> Result<Self> {
        restore::refuse_read_only(&spec.target, config)?;
        let (listing, script) = read(spec).await?;
        let choice = choice::choose(&listing.catalogue, &listing.path, spec)?;
        let dropped = choice.wanted.iter().filter(|wanted| spec.clean && !wanted.is_built_in());
        let dropped: Vec<&str> = dropped.map(|wanted| wanted.to.as_str()).collect();
        let session = server::open(&spec.target, config, &dropped).await?;
        server::refuse_standby(&session)?;
        let about = server::describe(&session).await;
        let there = There::read(&session).await?;
        let mut warnings = damage(&listing);
        let globals = script.map(|script| -> Result<_> {
            let user = (about.version_num, session.server.user.as_str());
            let (steps, left_out) = apply::steps(&script, spec, user)?;
            warnings.extend(left_out);
            Ok((script, steps))
        });
        let globals = globals.transpose()?;
        let mut survey = Self {
            listing,
            choice,
            session,
            server: about,
            globals,
            there,
            endangers: Vec::new(),
            warnings,
        };
        survey.warn()?;
        survey.endangers = survey.find_endangered(spec, config).await?;
        Ok(survey)
    }

    /// Where to be connected while databases are made.
    pub(super) fn maintenance(&self) -> &str {
        &self.session.server.database
    }

    /// The job of one database.
    pub(super) fn job(&self, spec: &ClusterRestoreSpec, wanted: &Wanted) -> RestoreSpec {
        let there = self.there.databases.contains(&wanted.to);
        let made_anew = spec.clean && !wanted.is_built_in();
        RestoreSpec {
            create_database: (!there || made_anew) && !spec.parts.data_only,
            clean: spec.clean && wanted.is_built_in(),
            if_exists: spec.clean && wanted.is_built_in(),
            parts: spec.parts.clone(),
            no_owner: spec.no_owner,
            no_privileges: spec.no_privileges,
            exit_on_error: spec.exit_on_error,
            over_existing: spec.over_existing,
            options: spec.options.clone(),
            ..RestoreSpec::new(
                spec.target.with_database(self.maintenance()),
                &wanted.archive,
                &wanted.to,
            )
        }
    }

    async fn find_endangered(
        &self,
        spec: &ClusterRestoreSpec,
        config: &Config,
    ) -> Result<Vec<String>> {
        let mut endangers = Vec::new();
        for wanted in &self.choice.wanted {
            if !self.there.databases.contains(&wanted.to) {
                continue;
            }
            if wanted.is_built_in() || spec.parts.data_only {
                let plan = restore::plan(&self.job(spec, wanted), config).await?;
                let named = plan.endangers.iter().map(|what| format!("{}: {what}", wanted.to));
                endangers.extend(named);
            } else {
                endangers.push(format!("database {}", wanted.to));
            }
        }
        Ok(endangers)
    }

    /// What will not go as in the source.
    fn warn(&mut self) -> Result<()> {
        let tablespaces = match &self.globals {
            Some((script, _)) => apply::made(script)?.1,
            None => Vec::new(),
        };
        for Wanted { database, to, .. } in &self.choice.wanted {
            let space = &database.tablespace;
            let known = space == "pg_default"
                || self.there.tablespaces.contains(space)
                || tablespaces.contains(space);
            if !known {
                self.warnings.push(format!(
                    "database {to} lies in tablespace {space}, which is not there: make it first, \
                     or restore with --no-tablespaces"
                ));
            }
        }
        self.warnings.extend(self.choice.missing.iter().cloned());
        Ok(())
    }

    /// Why a database cannot be made on this server, whatever is tried.
    pub(super) fn cannot_be(&self, wanted: &Wanted) -> Option<String> {
        let provider = wanted.database.locale.provider.as_str();
        let needs = match provider {
            "icu" => 150_000,
            "builtin" => 170_000,
            _ => return None,
        };
        (self.server.version_num < needs && !self.there.databases.contains(&wanted.to)).then(|| {
            format!(
                "it has locale provider {provider}, which servers before {} have not: make the \
                 database yourself and restore into it with --over-existing",
                needs / 10_000
            )
        })
    }
}

/// Reads the catalogue, and the script where it is wanted.
async fn read(spec: &ClusterRestoreSpec) -> Result<(ClusterListing, Option<String>)> {
    let path = spec.backup.clone();
    let wanted = (spec.content.roles() || spec.content.tablespaces()) && !spec.parts.data_only;
    let must = !matches!(spec.content, ClusterContent::Everything);
    let reading = tokio::task::spawn_blocking(move || {
        let listing = catalogue::list(&path)?;
        if !wanted {
            return Ok((listing, None));
        }
        let script = match &listing.catalogue.globals {
            Some(globals) => Some(read_script(&listing, &globals.file)?),
            None if must => {
                return Err(Error::usage(format!("{} has no globals", path.display())));
            }
            None => None,
        };
        Ok((listing, script))
    });
    reading.await.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Internal, "reading the backup crashed").with_source(error))
    })
}

fn read_script(listing: &ClusterListing, file: &str) -> Result<String> {
    let path = catalogue::inside(&listing.path, file)?;
    std::fs::read_to_string(&path)
        .map_err(|error| Error::io(format!("reading {}", path.display()), error))
}

/// A script that was changed is a user's right; an archive that was is not.
fn damage(listing: &ClusterListing) -> Vec<String> {
    let edited = |text: &String| text.contains(GLOBALS_FILE);
    let explain = |text: &String| {
        if edited(text) { format!("{text}: it is run as it is now") } else { text.clone() }
    };
    listing.damage.iter().map(explain).collect()
}

impl There {
    async fn read(session: &Session) -> Result<Self> {
        let reader = Reader::new(&session.client, session.server.version_num);
        let names = |sql| reader.column::<String>("names", sql, &[]);
        let databases = names("SELECT datname::text FROM pg_catalog.pg_database").await?;
        let tablespaces = names("SELECT spcname::text FROM pg_catalog.pg_tablespace").await?;
        let roles = "SELECT rolname::text, oid <> 10 AND rolname <> current_user
                            AND rolname <> session_user AND rolname !~ '^pg_'
                       FROM pg_catalog.pg_roles";
        let roles = reader.read("roles", roles, &[], |f| Ok((f.take()?, f.take()?)));
        Ok(Self {
            databases: databases.into_iter().collect(),
            roles: roles.await?.into_iter().collect(),
            tablespaces: tablespaces.into_iter().collect(),
        })
    }
}
