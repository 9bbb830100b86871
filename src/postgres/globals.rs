//! What belongs to a cluster and to no database: roles with their settings and memberships,
//! privileges on parameters, tablespaces.
//!
//! ```text
//!   bulk queries in one snapshot ─► Globals ─► script ─► globals.sql   as pg_dumpall -g writes it
//!                                                            │
//!                                            statement ◄─────┘         a restore takes it apart
//! ```
//! Everything is read with a constant number of queries. `script` and `statement` are pure.

mod key;
mod memberships;
mod parameters;
mod roles;
mod script;
pub(super) mod statement;
mod tablespaces;

pub(in crate::postgres) use key::random as random_key;

use crate::archive::script::check_key;
use crate::error::{Error, Result};
use crate::model::cluster::TablespaceInfo;
use crate::model::spec::ClusterBackupSpec;

use super::connect::Session;
use super::schema::query::Reader;
use super::schema::quote::{Quoter, escaped_literal};

use memberships::Membership;
use parameters::Parameter;
use roles::Role;
use tablespaces::Tablespace;

/// A cluster's globals, as far as they were asked for.
#[derive(Debug, Default)]
pub(super) struct Globals {
    roles: Vec<Role>,
    /// Settings of all roles in all databases, `name=value`.
    all_settings: Vec<String>,
    memberships: Vec<Membership>,
    /// `None` where the server has none, or they are not wanted.
    parameters: Option<Vec<Parameter>>,
    tablespaces: Vec<Tablespace>,
    /// What the user should know.
    pub(super) warnings: Vec<String>,
}

/// A security label of a role or a tablespace.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Label {
    provider: String,
    label: String,
}

/// Reads the globals inside the caller's transaction.
pub(super) async fn read(session: &Session, spec: &ClusterBackupSpec) -> Result<Globals> {
    let reader = Reader::new(&session.client, session.server.version_num);
    let mut globals = Globals::default();
    if spec.content.roles() {
        globals.roles = roles::read(&reader, spec).await?;
        globals.all_settings = roles::read_settings_of_all(&reader).await?;
        let found = memberships::read(&reader).await?;
        let (ordered, warnings) = memberships::order(found)?;
        globals.memberships = ordered;
        globals.warnings = warnings;
        if reader.since(15) && !spec.no_privileges {
            globals.parameters = Some(parameters::read(&reader).await?);
        }
    }
    if wants_tablespaces(spec) {
        globals.tablespaces = tablespaces::read(&reader, spec).await?;
    }
    globals.warnings.extend(globals.odd_names());
    Ok(globals)
}

fn wants_tablespaces(spec: &ClusterBackupSpec) -> bool {
    spec.content.tablespaces() && !spec.options.left_out.tablespaces
}

/// The script that makes the globals, for psql.
pub(super) async fn script(
    session: &Session,
    spec: &ClusterBackupSpec,
    globals: &Globals,
) -> Result<String> {
    let reader = Reader::new(&session.client, session.server.version_num);
    let quoter = Quoter::read(&reader).await?;
    let quoter = quoter.quoting_all(spec.options.quote_all_identifiers);
    let key = match &spec.options.restrict_key {
        Some(key) => {
            check_key(key)?;
            key.clone()
        }
        None => key::random()?,
    };
    Ok(script::write(globals, spec, &quoter, &key))
}

impl Globals {
    /// Roles.
    pub(super) fn roles(&self) -> usize {
        self.roles.len()
    }

    /// Memberships of roles in roles.
    pub(super) fn memberships(&self) -> usize {
        self.memberships.len()
    }

    /// Roles with settings of their own.
    pub(super) fn roles_with_settings(&self) -> usize {
        self.roles.iter().filter(|role| !role.settings.is_empty()).count()
    }

    /// Parameters with privileges.
    pub(super) fn parameters(&self) -> usize {
        self.parameters.as_ref().map_or(0, Vec::len)
    }

    /// Tablespaces, for the catalogue.
    pub(super) fn tablespaces(&self) -> Vec<TablespaceInfo> {
        let info = |tablespace: &Tablespace| TablespaceInfo {
            name: tablespace.name.clone(),
            location: tablespace.location.clone(),
        };
        self.tablespaces.iter().map(info).collect()
    }

    /// Names that people will not find in a listing as they are.
    fn odd_names(&self) -> Vec<String> {
        let roles = self.roles.iter().map(|role| ("role", &role.name));
        let tablespaces = self.tablespaces.iter().map(|t| ("tablespace", &t.name));
        roles
            .chain(tablespaces)
            .filter(|(_, name)| name.contains(['\n', '\r']))
            .map(|(kind, name)| {
                format!("the name of {kind} {name:?} holds a line break: newer servers refuse it")
            })
            .collect()
    }
}

/// `SECURITY LABEL FOR … ON …` for each label.
fn label_commands(quoter: &Quoter, labels: &[Label], kind: &str, name: &str) -> String {
    let mut text = String::new();
    for Label { provider, label } in labels {
        let (provider, label) = (quoter.ident(provider), escaped_literal(label));
        push!(text, "SECURITY LABEL FOR {provider} ON {kind} {name} IS {label};\n");
    }
    text
}

/// The labels that a query gives as two arrays.
fn labels(providers: Vec<String>, texts: Vec<String>) -> Vec<Label> {
    providers.into_iter().zip(texts).map(|(provider, label)| Label { provider, label }).collect()
}

/// The two arrays of labels of the object with this oid, as columns.
fn label_columns(catalog: &str, oid: &str) -> String {
    let list = |column: &str| {
        format!(
            "ARRAY(SELECT {column} FROM pg_catalog.pg_shseclabel
                    WHERE classoid = 'pg_catalog.{catalog}'::pg_catalog.regclass
                      AND objoid = {oid} ORDER BY provider COLLATE \"C\")"
        )
    };
    format!("{}, {}", list("provider"), list("label"))
}

/// The refusal to read what only a superuser may.
fn needs_superuser(error: Error) -> Error {
    if error.sqlstate() != Some("42501") {
        return error;
    }
    error.while_doing("passwords of roles can be read by a superuser only").with_hint(
        "connect as a superuser, or leave the passwords out with --no-role-passwords: the roles \
         then have none after a restore",
    )
}
