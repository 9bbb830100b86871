//! `postgres://` connection strings.
//!
//! ```text
//! [user[:password]@][host[:port][,host[:port]]…][/dbname][?name=value[&name=value]…]
//! ```
//! A host is a name, an address, an IPv6 address in brackets, or a percent-encoded socket folder.

use std::fmt::Write as _;

use super::{Settings, known};
use crate::error::{Error, Result};
use crate::model::secret::Secret;

/// The parts after the scheme, still encoded.
struct Parts<'a> {
    user: Option<&'a str>,
    password: Option<&'a str>,
    hosts: &'a str,
    dbname: Option<&'a str>,
    query: Option<&'a str>,
}

/// Reads what follows the scheme.
pub(super) fn parse(rest: &str) -> Result<Settings> {
    let parts = split(rest);
    let mut settings = Settings::new();
    let mut put = |name: &'static str, value: &str, what: &str| -> Result<()> {
        let value = decode(value, what)?;
        if !value.is_empty() {
            settings.insert(name, Secret::new(value));
        }
        Ok(())
    };
    put("user", parts.user.unwrap_or_default(), "user")?;
    put("password", parts.password.unwrap_or_default(), "password")?;
    put("dbname", parts.dbname.unwrap_or_default(), "database")?;
    let (names, numbers) = hosts(parts.hosts)?;
    if names.iter().any(|name| !name.is_empty()) {
        put("host", &names.join(","), "host")?;
    }
    if numbers.iter().any(|number| !number.is_empty()) {
        put("port", &numbers.join(","), "port")?;
    }
    let query = parts.query.unwrap_or_default();
    for pair in query.strip_suffix('&').unwrap_or(query).split('&').filter(|_| !query.is_empty()) {
        let (name, value) = query_pair(pair)?;
        settings.insert(name, value);
    }
    Ok(settings)
}

/// What follows the scheme, without password and without secret parameters.
pub(super) fn without_secrets(rest: &str) -> String {
    let parts = split(rest);
    let mut shown = String::new();
    if let Some(user) = parts.user {
        let _ = write!(shown, "{user}@");
    }
    shown.push_str(parts.hosts);
    if let Some(dbname) = parts.dbname {
        let _ = write!(shown, "/{dbname}");
    }
    let open = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        decode(name, "").is_ok_and(|name| known(&name).map_or(name == "ssl", |known| !known.secret))
    };
    let query: Vec<&str> =
        parts.query.into_iter().flat_map(|query| query.split('&')).filter(open).collect();
    if !query.is_empty() {
        let _ = write!(shown, "?{}", query.join("&"));
    }
    shown
}

fn split(rest: &str) -> Parts<'_> {
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let (authority, dbname) = match rest.split_once('/') {
        Some((authority, dbname)) => (authority, Some(dbname)),
        None => (rest, None),
    };
    let (login, hosts) = match authority.rsplit_once('@') {
        Some((login, hosts)) => (Some(login), hosts),
        None => (None, authority),
    };
    let (user, password) = match login.and_then(|login| login.split_once(':')) {
        Some((user, password)) => (Some(user), Some(password)),
        None => (login, None),
    };
    Parts { user, password, hosts, dbname, query }
}

fn hosts(list: &str) -> Result<(Vec<&str>, Vec<&str>)> {
    list.split(',').map(host_and_port).collect()
}

fn host_and_port(text: &str) -> Result<(&str, &str)> {
    let (host, after) = match text.strip_prefix('[') {
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        Some(inner) => {
            let (host, after) = inner.split_once(']').ok_or_else(|| {
                Error::usage("the connection URL has an IPv6 address without its ']'")
            })?;
            if after.is_empty() {
                (host, None)
            } else if let Some(port) = after.strip_prefix(':') {
                (host, Some(port))
            } else {
                return Err(Error::usage("the connection URL has text between ']' and the port"));
            }
        }
    };
    let port = after.unwrap_or_default();
    if port.chars().all(|c| c.is_ascii_digit()) {
        return Ok((host, port));
    }
    // What stands there may be a password whose '@' or '/' was not encoded: it is not shown.
    Err(Error::usage("the connection URL has a port that is not a number")
        .with_hint("in a user name or password write %40 for @, %2F for /, %3A for :, %3F for ?"))
}

fn query_pair(pair: &str) -> Result<(&'static str, Secret)> {
    let (name, value) = pair
        .split_once('=')
        .filter(|(_, value)| !value.contains('='))
        .ok_or_else(|| Error::usage("the connection URL has a parameter that is not name=value"))?;
    let (name, value) = (decode(name, "parameter name")?, decode(value, "parameter value")?);
    // What the Java drivers write.
    if name == "ssl" && value == "true" {
        return Ok(("sslmode", Secret::new("require")));
    }
    Ok((known(&name)?.name, Secret::new(value)))
}

/// Percent-decodes; unlike a lenient decoder it refuses what is not two hexadecimal digits.
fn decode(text: &str, what: &str) -> Result<String> {
    let fail = |why: &str| Error::usage(format!("the {what} in the connection URL {why}"));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
            return Err(fail("holds a % that is not followed by two hexadecimal digits")
                .with_hint("write %25 for a percent sign"));
        };
        match u8::try_from(high * 16 + low) {
            Ok(byte) if byte != 0 => bytes.push(byte),
            _ => return Err(fail("holds %00")),
        }
    }
    String::from_utf8(bytes).map_err(|_| fail("is not UTF-8"))
}
