//! Connection strings as users write them, `postgres://…` and `key=value`, read into parameters by
//! libpq's rules. Owns the names of the parameters and their environment variables; what a value
//! means is the postgres room's business. Pure text: nothing here opens a file.
//!
//! Error messages never quote the text that they complain of: it may be a piece of a password.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::conn::Target;
use crate::model::secret::Secret;

mod conninfo;
mod parameter;
mod url;

pub use parameter::{PARAMETERS, Parameter};

/// Parameters by name; each name is one of [`PARAMETERS`].
pub type Settings = BTreeMap<&'static str, Secret>;

/// Reads a connection string of either form.
pub fn parse(text: &str) -> Result<Settings> {
    let text = text.trim();
    if let Some(rest) = after_scheme(text) {
        return url::parse(rest);
    }
    if let Some((scheme, _)) = text.split_once("://") {
        let known = scheme.chars().all(|c| c.is_ascii_alphanumeric());
        let scheme = if known { scheme } else { "this" };
        return Err(Error::usage(format!("{scheme}:// is not a kind of server that is known"))
            .with_hint("write postgres://USER@HOST:PORT/DATABASE"));
    }
    conninfo::parse(text)
}

/// The connection string without anything secret: what may be shown and put into a command line. A
/// text that cannot be read is not shown at all.
#[must_use]
pub fn without_password(text: &str) -> String {
    let text = text.trim();
    let shown = match after_scheme(text) {
        Some(rest) => url::parse(rest).map(|_| {
            let scheme = text.get(..text.len() - rest.len()).unwrap_or_default();
            format!("{scheme}{}", url::without_secrets(rest))
        }),
        None => conninfo::parse(text).map(|settings| conninfo::render(&settings)),
    };
    shown.unwrap_or_else(|_| crate::model::secret::MASK.to_owned())
}

/// A target that is named by a connection string.
#[must_use]
pub fn target(text: &str) -> Target {
    Target {
        url: Some(Secret::new(text.trim())),
        url_shown: Some(without_password(text)),
        ..Target::default()
    }
}

fn after_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://"))
}

/// The parameter of this name.
pub fn known(name: &str) -> Result<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.name == name).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Error {
    let nearest = PARAMETERS
        .iter()
        .map(|parameter| parameter.name)
        .find(|known| known.replace('_', "") == name.replace(['_', '-'], "").to_ascii_lowercase());
    let error = Error::usage(format!("'{name}' is not a connection parameter"));
    match nearest.or(alias(name)) {
        Some(nearest) => error.with_hint(format!("did you mean {nearest}?")),
        None => error.with_hint("use the names that libpq documents, such as host, port, sslmode"),
    }
}

/// What other tools call some parameters.
fn alias(name: &str) -> Option<&'static str> {
    match name {
        "database" | "db" => Some("dbname"),
        "username" | "role" => Some("user"),
        "hostname" | "server" => Some("host"),
        "pass" | "pwd" => Some("password"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
