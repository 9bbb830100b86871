//! Everything that is known before a restore acts: the archive, the choice, the target as it is.
//! Planning and running share it, so that what was shown is what is done.

use std::path::Path;

use crate::archive::kind::label;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::conn::Target;
use crate::model::spec::RestoreSpec;
use crate::postgres::connect::{self, ConnParams, Session};
use crate::postgres::newer;

use super::database;
use super::rename::Renames;
use super::select::Choice;
use super::source::{Opened, Source};
use super::survey::Survey;

/// What a restore knows before it acts.
pub(super) struct Prepared {
    pub(super) source: Source,
    pub(super) choice: Choice,
    pub(super) survey: Survey,
    /// How to reach the target database.
    pub(super) params: ConnParams,
    /// Where to be connected to make the target database or to remove it.
    pub(super) maintenance: ConnParams,
    /// The session that looked around: in the target database, or in the maintenance database if
    /// the target is to be made.
    pub(super) session: Session,
    /// Whether the database is there and is to be dropped and made anew.
    pub(super) replaces: bool,
    /// What the user should know, besides what the survey says.
    pub(super) warnings: Vec<String>,
}

/// Reads the archive's head off the runtime. Dropped before it is done, it stops waiting for a pipe.
pub(super) async fn open(path: &Path, give_up: &CancellationToken) -> Result<Opened> {
    let guard = give_up.clone().drop_guard();
    let (path, give_up) = (path.to_owned(), give_up.clone());
    let opened = tokio::task::spawn_blocking(move || Opened::open(&path, &give_up)).await;
    guard.disarm();
    opened.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Internal, "reading the archive crashed").with_source(error))
    })
}

impl Prepared {
    /// Applies the choice, connects and looks around. Changes nothing.
    pub(super) async fn make(source: Source, spec: &RestoreSpec, config: &Config) -> Result<Self> {
        refuse_read_only(&spec.target, config)?;
        let mut source = source;
        let renames = Renames::new(&source.head, &spec.options)?;
        let mut choice = Choice::new(&source.head.entries, spec)?;
        let mentions = choice.rename(&mut source, &renames);
        let resolved = ConnParams::resolve(&spec.target, config)?;
        let params = resolved.with_database(&spec.database);
        let maintenance = database::maintenance(&resolved, &spec.database);
        let (session, replaces) = open_session(spec, &params, &maintenance).await?;
        let mut warnings = source.head.warnings.clone();
        warnings.extend(mentions);
        warnings.extend(lacking(&source, &choice));
        choice.follow(&source, spec);
        drop_statistics(&source, &mut choice, session.server.version_num, &mut warnings);
        let entries = &source.head.entries;
        let wanted = choice.order.iter().filter_map(|at| entries.get(*at));
        let target = session.server.version_num / 10_000;
        warnings.extend(newer::subscriptions(&source.head.header.server_version, wanted, target));
        let mut survey =
            Survey::make(&session.client, entries, &choice, spec, !spec.create_database).await?;
        for left_out in choice.settle_references(|name| survey.relations.contains_key(name)) {
            let Some(entry) = entries.get(left_out.entry) else { continue };
            warnings.push(format!(
                "{} is left out: it references {}, which is neither restored nor there",
                label(entry),
                left_out.table
            ));
        }
        if replaces {
            survey.endangers.push(format!("database {} and all that is in it", spec.database));
        }
        Ok(Self { source, choice, survey, params, maintenance, session, replaces, warnings })
    }
}

/// Data that the archive should have and has not.
pub(super) fn lacking(source: &Source, choice: &Choice) -> Vec<String> {
    let wanted = choice.order.iter().filter(|at| choice.wanted.get(**at).is_some_and(|c| c.data));
    let entries = wanted.filter_map(|at| source.head.entries.get(*at));
    let lacks = entries.filter(|entry| source.lacks(entry));
    lacks
        .map(|entry| format!("the file of {} is missing: it cannot be restored", label(entry)))
        .collect()
}

/// Refuses a target that nothing may write to.
pub(in crate::postgres) fn refuse_read_only(target: &Target, config: &Config) -> Result<()> {
    if config.is_read_only(target) {
        return Err(Error::usage("the server is declared read-only, and a restore writes to it"));
    }
    Ok(())
}

async fn open_session(
    spec: &RestoreSpec,
    params: &ConnParams,
    maintenance: &ConnParams,
) -> Result<(Session, bool)> {
    if spec.create_database {
        let session = connect::open(maintenance).await?;
        refuse_standby(&session)?;
        let exists = database::exists(&session.client, &spec.database).await?;
        if exists && !spec.clean {
            return Err(database::already_there(&spec.database));
        }
        return Ok((session, exists));
    }
    match connect::open(params).await {
        Ok(session) => {
            refuse_standby(&session)?;
            Ok((session, false))
        }
        // invalid_catalog_name
        Err(error) if error.sqlstate() == Some("3D000") => {
            let hint = format!("--create makes database {} first", spec.database);
            Err(error.with_hint(hint))
        }
        Err(error) => Err(error),
    }
}

fn refuse_standby(session: &Session) -> Result<()> {
    if session.server.in_recovery {
        return Err(Error::conflict(format!(
            "{} is a standby: it takes no writes",
            session.address
        ))
        .with_hint("restore into the primary"));
    }
    Ok(())
}

/// Servers before 18 cannot take statistics: they are left out as a whole, with one warning.
fn drop_statistics(
    source: &Source,
    choice: &mut Choice,
    server_version: u32,
    warnings: &mut Vec<String>,
) {
    if server_version >= 180_000 {
        return;
    }
    let left_out = choice.leave_out(|at| {
        source.head.entries.get(at).is_some_and(|entry| entry.desc == "STATISTICS DATA")
    });
    if left_out > 0 {
        warnings.push(format!(
            "statistics of {left_out} objects are left out: the server is older than PostgreSQL \
             18; run ANALYZE afterwards"
        ));
    }
}
