//! `dbbackup demo --check`: the whole path without a terminal. Backs the sample up, restores it into
//! a new database, and compares every table.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio_postgres::Client;

use crate::cli::args::LogFormat;
use crate::cli::{run_job, say};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::name::QualifiedName;
use crate::model::spec::{BackupSpec, JobSpec, RestoreSpec};
use crate::postgres::connect::{self, ConnParams, Session, database_error};

use super::sample::DATABASE;
use super::server::Server;

/// The database that is restored into.
const COPY: &str = "shop_copy";

/// Runs the check; the exit code is that of the first job that was not complete.
pub(super) async fn run(config: &Arc<Config>, server: &Server, format: LogFormat) -> Result<u8> {
    for spec in [backup(server), restore(server)] {
        let code = run_job(Arc::clone(config), spec, format, None).await?;
        if code != 0 {
            return Ok(code);
        }
    }
    let original = fingerprints(config, server, DATABASE).await?;
    let copy = fingerprints(config, server, COPY).await?;
    compare(&original, &copy)?;
    say(format_args!("demo: {} tables are equal in {DATABASE} and {COPY}", original.len()));
    Ok(0)
}

fn backup(server: &Server) -> JobSpec {
    let archive = server.backups().join("shop.dump");
    let spec = BackupSpec::new(server.target(DATABASE), DATABASE, archive);
    JobSpec::Backup(BackupSpec { jobs: two(), ..spec })
}

fn restore(server: &Server) -> JobSpec {
    let archive = server.backups().join("shop.dump");
    let spec = RestoreSpec::new(server.target("postgres"), archive, COPY);
    JobSpec::Restore(RestoreSpec { create_database: true, jobs: two(), ..spec })
}

fn two() -> NonZeroUsize {
    NonZeroUsize::MIN.saturating_add(1)
}

/// Rows and a sum over their texts' hashes, for each table.
type Fingerprints = BTreeMap<String, (i64, String)>;

async fn fingerprints(config: &Config, server: &Server, database: &str) -> Result<Fingerprints> {
    let params = ConnParams::resolve(&server.target(database), config)?;
    let session: Session = connect::open(&params).await?;
    let mut found = Fingerprints::new();
    for name in tables(&session.client).await? {
        let print = fingerprint(&session.client, &name).await?;
        found.insert(name.to_string(), print);
    }
    Ok(found)
}

async fn tables(client: &Client) -> Result<Vec<QualifiedName>> {
    let sql = "select n.nspname::text, c.relname::text from pg_class c \
               join pg_namespace n on n.oid = c.relnamespace \
               where c.relkind in ('r', 'm') and n.nspname in ('shop', 'audit')";
    let rows = client.query(sql, &[]).await;
    let rows = rows.map_err(|error| database_error("listing the tables", error))?;
    Ok(rows
        .iter()
        .map(|row| QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1)))
        .collect())
}

async fn fingerprint(client: &Client, name: &QualifiedName) -> Result<(i64, String)> {
    let sql = format!(
        "select count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 12))::bit(48)::bigint), 0)::text \
         from {} t",
        name.sql()
    );
    let row = client.query_one(&sql, &[]).await;
    let row = row.map_err(|error| database_error(&format!("comparing {name}"), error))?;
    Ok((row.get(0), row.get(1)))
}

fn compare(original: &Fingerprints, copy: &Fingerprints) -> Result<()> {
    let differing: Vec<&str> = original
        .keys()
        .chain(copy.keys())
        .filter(|name| original.get(*name) != copy.get(*name))
        .map(String::as_str)
        .collect();
    if differing.is_empty() && !original.is_empty() {
        return Ok(());
    }
    let text = format!("the restored copy differs in {} tables: {differing:?}", differing.len());
    Err(Error::new(ErrorKind::Internal, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_table_and_a_differing_one_are_both_found() {
        let prints = |list: &[(&str, i64)]| -> Fingerprints {
            list.iter().map(|(name, rows)| ((*name).to_owned(), (*rows, String::new()))).collect()
        };
        let whole = prints(&[("a", 1), ("b", 2)]);
        assert!(compare(&whole, &whole).is_ok());
        assert!(compare(&whole, &prints(&[("a", 1)])).is_err());
        assert!(compare(&whole, &prints(&[("a", 1), ("b", 3)])).is_err());
        assert!(compare(&prints(&[]), &prints(&[])).is_err());
    }
}
