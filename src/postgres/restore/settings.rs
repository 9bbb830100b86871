//! Settings of a session that follow the entries: the search path (for old archives), the access
//! method and the tablespace of new tables. Pure; runs nothing.

use crate::archive::kind::label;
use crate::archive::toc::TocEntry;
use crate::model::name::quote_always;

use super::job::Job;

/// Settings as last set.
#[derive(Debug, Clone, Default)]
pub(super) struct Current {
    pub(super) tablespace: String,
    pub(super) access_method: Option<String>,
    pub(super) search_path: Option<String>,
    /// The session's user, where owners are restored by that; `None` is unknown.
    pub(super) user: Option<String>,
}

/// One setting that has to change before an entry.
#[derive(Debug)]
pub(super) enum Change {
    SearchPath(String),
    AccessMethod(String),
    Tablespace(String),
}

impl Change {
    /// The statement.
    pub(super) fn sql(&self) -> String {
        match self {
            Self::SearchPath(schema) => {
                format!("SET search_path = {}, pg_catalog", quote_always(schema))
            }
            Self::AccessMethod(method) => {
                format!("SET default_table_access_method = {}", quote_always(method))
            }
            Self::Tablespace(name) if name.is_empty() => "SET default_tablespace = ''".to_owned(),
            Self::Tablespace(name) => format!("SET default_tablespace = {}", quote_always(name)),
        }
    }

    /// What the statement is for.
    pub(super) fn doing(&self, entry: &TocEntry) -> String {
        let entry = label(entry);
        match self {
            Self::SearchPath(_) => format!("restoring {entry}"),
            Self::AccessMethod(_) => format!("restoring {entry} with its access method"),
            Self::Tablespace(name) => format!("restoring {entry} into tablespace {name}"),
        }
    }

    /// Notes that it was set.
    pub(super) fn note(self, current: &mut Current) {
        match self {
            Self::SearchPath(schema) => current.search_path = Some(schema),
            Self::AccessMethod(method) => current.access_method = Some(method),
            Self::Tablespace(name) => current.tablespace = name,
        }
    }
}

/// What has to change for an entry.
pub(super) fn changes(job: &Job, current: &Current, entry: &TocEntry) -> Vec<Change> {
    let left_out = &job.spec.options.left_out;
    let search_path = entry.namespace.clone().filter(|schema| {
        job.source.head.search_path_statement().is_none()
            && !schema.is_empty()
            && current.search_path.as_ref() != Some(schema)
    });
    let method = entry.table_am.clone().filter(|method| {
        !method.is_empty()
            && !left_out.table_access_method
            && job.server_version >= 120_000
            && entry.relkind != Some('p')
            && current.access_method.as_ref() != Some(method)
    });
    let tablespace = entry
        .tablespace
        .clone()
        .filter(|name| !left_out.tablespaces && current.tablespace != *name);
    let changes = [
        search_path.map(Change::SearchPath),
        method.map(Change::AccessMethod),
        tablespace.map(Change::Tablespace),
    ];
    changes.into_iter().flatten().collect()
}
