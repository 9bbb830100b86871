//! Makes the database of a restore, and removes it again when the restore does not get to its end.

use tokio_postgres::Client;

use crate::archive::head::Head;
use crate::archive::names::identifier;
use crate::error::{Error, Result};
use crate::model::name::{quote_always, quote_literal};
use crate::model::spec::RestoreSpec;
use crate::postgres::connect::{self, ConnParams, Session, database_error};

/// Where to be connected while the database is made: where the parameters point to, unless that is
/// the new database itself.
pub(in crate::postgres) fn maintenance(params: &ConnParams, database: &str) -> ConnParams {
    if params.database() == database { params.with_database("postgres") } else { params.clone() }
}

/// Whether the database exists.
pub(in crate::postgres) async fn exists(client: &Client, database: &str) -> Result<bool> {
    let found = client
        .query_opt("SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1", &[&database])
        .await
        .map_err(|error| database_error("looking for the database", error))?;
    Ok(found.is_some())
}

/// The refusal to restore into a database that is to be made and exists.
pub(in crate::postgres) fn already_there(database: &str) -> Error {
    Error::conflict(format!("database {database} exists already"))
        .with_hint("choose another name, or restore into it without --create")
}

/// Makes the database.
pub(in crate::postgres) async fn create(
    session: &Session,
    head: &Head,
    spec: &RestoreSpec,
) -> Result<()> {
    let sql = create_statement(head, &spec.database, session.server.version_num);
    let doing = format!("making database {}", spec.database);
    if let Some(role) = &spec.role {
        let set = format!("SET ROLE {}", quote_always(role));
        let set = session.client.batch_execute(&set).await;
        set.map_err(|error| database_error(&doing, error))?;
    }
    session.client.batch_execute(&sql).await.map_err(|error| database_error(&doing, error))
}

/// Removes the database that this run made.
pub(in crate::postgres) async fn remove(params: &ConnParams, database: &str) -> Result<()> {
    let session = connect::open(params).await?;
    let force = if session.server.version_num >= 130_000 { " WITH (FORCE)" } else { "" };
    let sql = format!("DROP DATABASE {}{force}", quote_always(database));
    session
        .client
        .batch_execute(&sql)
        .await
        .map_err(|error| database_error(&format!("dropping database {database}"), error))
}

/// The database's name as the definitions of the archive have it.
pub(super) fn name_of(head: &Head) -> &str {
    let entry = head.entries.iter().find(|entry| entry.desc == "DATABASE");
    entry.map_or(&head.header.database, |entry| &entry.tag)
}

/// The archive's own statement under the new name, as far as the server understands it.
fn create_statement(head: &Head, database: &str, server_version: u32) -> String {
    let name = quote_always(database);
    let entry = head.entries.iter().find(|entry| entry.desc == "DATABASE");
    let options = entry.and_then(|entry| {
        let defn = entry.defn.as_deref()?.trim();
        let (original, rest) = identifier(defn.strip_prefix("CREATE DATABASE ")?)?;
        let one = rest.split_once(';').is_none_or(|(_, after)| after.trim().is_empty());
        (original == entry.tag && one).then(|| rest.trim_end_matches(';').to_owned())
    });
    if let Some(options) = options {
        return format!("CREATE DATABASE {name}{}", for_server(&options, server_version));
    }
    let encoding = quote_literal(head.client_encoding().unwrap_or("UTF8"));
    format!("CREATE DATABASE {name} WITH TEMPLATE = template0 ENCODING = {encoding}")
}

/// Servers before 15 know no locale providers, having only the one; those before 13 want the two
/// parts of a locale apart.
fn for_server(options: &str, server_version: u32) -> String {
    let mut options = options.to_owned();
    if server_version < 150_000 {
        options = options.replace(" LOCALE_PROVIDER = libc", "");
    }
    if server_version < 130_000
        && let Some((before, rest)) = options.split_once(" LOCALE = '")
        && let Some((locale, after)) = rest.split_once('\'')
    {
        options = format!("{before} LC_COLLATE = '{locale}' LC_CTYPE = '{locale}'{after}");
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::head::DataFormat;
    use crate::archive::toc::{CivilTime, Header, TocEntry};
    use crate::model::spec::Codec;

    fn head(tag: &str, defn: &str) -> Head {
        let database = TocEntry {
            desc: "DATABASE".into(),
            tag: tag.into(),
            defn: Some(defn.into()),
            ..TocEntry::default()
        };
        Head {
            header: Header {
                version: (1, 14, 0),
                codec: Codec::None,
                created: CivilTime::default(),
                database: tag.into(),
                server_version: "15".into(),
                dumper_version: "15".into(),
            },
            entries: vec![database],
            data_start: 0,
            format: DataFormat::new(Codec::None),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn the_archives_encoding_and_locale_are_kept_under_the_new_name() {
        let defn = "CREATE DATABASE \"my shop\" WITH TEMPLATE = template0 ENCODING = 'UTF8' \
                    LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';\n\n\n";
        let head = head("my shop", defn);
        assert_eq!(
            create_statement(&head, "a\"b", 150_000),
            "CREATE DATABASE \"a\"\"b\" WITH TEMPLATE = template0 ENCODING = 'UTF8' \
             LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8'"
        );
        assert_eq!(
            create_statement(&head, "x", 140_000),
            "CREATE DATABASE \"x\" WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE = 'C.UTF-8'"
        );
        assert_eq!(
            create_statement(&head, "x", 120_000),
            "CREATE DATABASE \"x\" WITH TEMPLATE = template0 ENCODING = 'UTF8' \
             LC_COLLATE = 'C.UTF-8' LC_CTYPE = 'C.UTF-8'"
        );
    }

    #[test]
    fn a_statement_that_is_not_understood_is_replaced() {
        for defn in ["CREATE DATABASE other WITH X;", "", "CREATE DATABASE s; DROP DATABASE y;"] {
            let sql = create_statement(&head("s", defn), "n", 150_000);
            assert_eq!(sql, "CREATE DATABASE \"n\" WITH TEMPLATE = template0 ENCODING = 'UTF8'");
        }
    }
}
