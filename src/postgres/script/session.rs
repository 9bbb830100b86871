//! The sessions of a run: one at a time, in one database.

use std::sync::Arc;

use crate::archive::encoding::Encoding;
use crate::error::{Error, ErrorKind, Result};
use crate::model::name::quote_always;
use crate::model::spec::RestoreSpec;
use crate::postgres::connect::{ConnParams, Session, database_error};
use crate::postgres::restore::Tuning;
use crate::postgres::restore::database;

use super::open;

/// A session in a database.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) session: Arc<Session>,
    /// The session's setting at its beginning.
    pub(super) standard_conforming_strings: bool,
    /// What the script is written in, as far as it has told.
    pub(super) encoding: Declared,
    /// The database's own, which is what psql takes while a script says nothing.
    database_encoding: String,
}

/// The encoding that a script declares.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) encoding: Option<Encoding>,
}

impl Declared {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), encoding: Encoding::by_name(name) }
    }

    pub(super) fn is_utf8(&self) -> bool {
        self.encoding == Some(Encoding::Utf8)
    }

    /// A statement as the session speaks it.
    pub(super) fn decode(&self, sql: Vec<u8>, line: u64) -> Result<String> {
        let decoded = match self.encoding {
            Some(encoding) => encoding.decode(sql).map_err(|error| error.to_string()),
            None => String::from_utf8(sql)
                .ok()
                .filter(|text| text.is_ascii())
                .ok_or_else(|| format!("{} cannot be decoded here", self.name)),
        };
        decoded.map_err(|why| {
            Error::new(ErrorKind::Archive, format!("line {line}: the statement failed: {why}"))
                .with_hint(
                    "the script says another encoding than it has, or none: SET client_encoding",
                )
        })
    }
}

impl Target {
    /// Connects. A tuned session does not wait for the disk at every commit, as the end of the run
    /// does, and has more memory and helpers for index builds.
    pub(super) async fn open(
        params: &ConnParams,
        role: Option<&str>,
        is_tuned: bool,
    ) -> Result<Self> {
        let session = open(params).await?;
        if session.server.in_recovery {
            let text = format!("{} is a standby: it takes no writes", session.address);
            return Err(Error::conflict(text).with_hint("run the script on the primary"));
        }
        let mut setup = String::new();
        if is_tuned {
            setup.push_str("SET synchronous_commit = off;");
            setup.push_str(&Tuning::of(&session.client, 1).await?.sql());
        }
        if let Some(role) = role {
            push!(setup, "SET ROLE {};", quote_always(role));
        }
        let doing = "setting up a session";
        let client = &session.client;
        client.batch_execute(&setup).await.map_err(|error| database_error(doing, error))?;
        let row = client
            .query_one(
                "SELECT pg_catalog.current_setting('standard_conforming_strings') = 'on', \
                 pg_catalog.current_setting('server_encoding')",
                &[],
            )
            .await
            .map_err(|error| database_error(doing, error))?;
        let failed = |error| database_error(doing, error);
        let database_encoding: String = row.try_get(1).map_err(failed)?;
        Ok(Self {
            standard_conforming_strings: row.try_get(0).map_err(failed)?,
            encoding: Declared::new(&database_encoding),
            database_encoding,
            session: Arc::new(session),
        })
    }

    /// Follows what the script declares.
    pub(super) fn declare(&mut self, name: &str) {
        let name =
            if name.eq_ignore_ascii_case("default") { &self.database_encoding } else { name };
        self.encoding = Declared::new(name);
    }
}

/// Refuses to make a database that is there; returns the version of the server.
pub(super) async fn refuse_existing(params: &ConnParams, spec: &RestoreSpec) -> Result<u32> {
    let session = open(&database::maintenance(params, &spec.database)).await?;
    if database::exists(&session.client, &spec.database).await? {
        return Err(database::already_there(&spec.database));
    }
    Ok(session.server.version_num)
}

/// Makes the database of the run, from nothing.
pub(super) async fn create_database(params: &ConnParams, spec: &RestoreSpec) -> Result<()> {
    let session = open(&database::maintenance(params, &spec.database)).await?;
    let mut sql =
        vec![format!("CREATE DATABASE {} WITH TEMPLATE = template0", quote_always(&spec.database))];
    if let Some(role) = &spec.role {
        sql.insert(0, format!("SET ROLE {}", quote_always(role)));
    }
    for sql in sql {
        let made = session.client.batch_execute(&sql).await;
        made.map_err(|error| database_error(&format!("making database {}", spec.database), error))?;
    }
    Ok(())
}

/// Removes the database that this run made; returns what there is afterwards, in words.
pub(super) async fn remove_database(params: &ConnParams, spec: &RestoreSpec) -> String {
    let name = &spec.database;
    match database::remove(&database::maintenance(params, name), name).await {
        Ok(()) => format!("database {name}, which this run had made, was dropped again"),
        Err(error) => format!(
            "database {name}, which this run had made, is there half-filled and could not be \
             dropped ({}): drop it by hand",
            error.chain()
        ),
    }
}
