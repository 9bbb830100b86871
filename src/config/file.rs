//! The config file, TOML. Every complaint names the file, the line and the key.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConsoleConfig, Profile, ThrottleConfig, dsn, hooks};
use crate::error::{Error, Result};
use crate::model::secret::Secret;
use crate::model::throttle::Pacing;

/// What a config file says.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) profiles: BTreeMap<String, Profile>,
    pub(super) console: ConsoleConfig,
    pub(super) hooks: hooks::Content,
    pub(super) throttle: ThrottleConfig,
    pub(super) warnings: Vec<String>,
}

pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// Reads a file; one that is not there is as good as empty, unless it `must_exist`.
pub(super) fn read(path: &Path, must_exist: bool) -> Result<Content> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => {
            return Ok(Content::default());
        }
        Err(error) => {
            return Err(Error::io(format!("reading config file {}", path.display()), error));
        }
    };
    let mut content = parse(path, &text)?;
    let password = content.profiles.values().any(holds_password);
    let holds = match (password, content.hooks.holds_secret()) {
        (true, _) => Some("a password"),
        (false, true) => Some("the address of a hook"),
        (false, false) => None,
    };
    if let Some(holds) = holds.filter(|_| others_may_read(path)) {
        let shown = path.display();
        content.warnings.push(format!(
            "config file {shown} holds {holds} and others may read it; run chmod 0600 {shown}"
        ));
    }
    Ok(content)
}

fn others_may_read(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o044 != 0)
}

fn holds_password(profile: &Profile) -> bool {
    let secret = |name: &str| dsn::known(name).is_ok_and(|parameter| parameter.secret);
    let in_url = profile.url.as_ref().and_then(|url| dsn::parse(url.expose()).ok());
    in_url.is_some_and(|settings| settings.keys().any(|name| secret(name)))
        || profile.parameters.keys().any(|name| secret(name))
}

/// Reads the text of the file at `path`.
pub(super) fn parse(path: &Path, text: &str) -> Result<Content> {
    let place = Place { path, text };
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or_default();
        place.error(&at, error.message().replace('\n', " "))
    })?;
    let mut content = Content::default();
    for (key, value) in table.get_ref() {
        let section = place.table(key.get_ref(), value)?;
        match key.get_ref().as_ref() {
            "profiles" => content.profiles = profiles(&place, section)?,
            "console" => console(&place, section, &mut content.console)?,
            "throttle" => throttle(&place, section, &mut content.throttle)?,
            "keys" => content.console.keys = keys(&place, section)?,
            "hooks" => content.hooks = hooks::read(&place, section)?,
            other => {
                let known = "profiles, console, throttle, keys, hooks";
                return Err(place.unknown(&key.span(), other, known));
            }
        }
    }
    Ok(content)
}

fn profiles(place: &Place<'_>, table: &DeTable<'_>) -> Result<BTreeMap<String, Profile>> {
    let mut profiles = BTreeMap::new();
    for (name, value) in table {
        let path = format!("profiles.{}", name.get_ref());
        let profile = profile(place, &path, place.table(&path, value)?)?;
        profiles.insert(name.get_ref().to_string(), profile);
    }
    Ok(profiles)
}

fn profile(place: &Place<'_>, path: &str, table: &DeTable<'_>) -> Result<Profile> {
    let mut profile = Profile::default();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let full = format!("{path}.{name}");
        match name {
            "url" => {
                let url = place.string(&full, value)?;
                dsn::parse(url).map_err(|error| place.wrap(&value.span(), &full, error))?;
                profile.url = Some(Secret::new(url));
            }
            "read_only" => profile.read_only = place.boolean(&full, value)?,
            "rate_windows" | "adapt" => pacing(place, (name, &full), value, &mut profile.pacing)?,
            _ => {
                dsn::known(name).map_err(|error| place.wrap(&key.span(), &full, error))?;
                let text = place.parameter(&full, value)?;
                profile.parameters.insert(name.to_owned(), Secret::new(text));
            }
        }
    }
    Ok(profile)
}

fn throttle(place: &Place<'_>, table: &DeTable<'_>, throttle: &mut ThrottleConfig) -> Result<()> {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let full = format!("throttle.{name}");
        match name {
            "process_rate" => throttle.process_rate = place.parsed(&full, value)?,
            "rate_windows" | "adapt" => pacing(place, (name, &full), value, &mut throttle.pacing)?,
            _ => {
                let known = "process_rate, rate_windows, adapt";
                return Err(place.unknown(&key.span(), &full, known));
            }
        }
    }
    Ok(())
}

/// What bends the limits of jobs: windows, one or a list, and signals.
fn pacing(
    place: &Place<'_>,
    (name, full): (&str, &str),
    value: &Value<'_>,
    pacing: &mut Pacing,
) -> Result<()> {
    if name == "adapt" {
        pacing.adapt = Some(place.parsed(full, value)?);
        return Ok(());
    }
    let windows = match value.get_ref() {
        DeValue::Array(list) => list.iter().map(|window| place.parsed(full, window)).collect(),
        _ => place.parsed(full, value).map(|window| vec![window]),
    };
    pacing.windows = Some(windows?);
    Ok(())
}

fn console(place: &Place<'_>, table: &DeTable<'_>, console: &mut ConsoleConfig) -> Result<()> {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let full = format!("console.{name}");
        match name {
            "theme" => {
                let theme = place.string(&full, value)?;
                if !matches!(theme, "dark" | "light" | "mono") {
                    let error = place.error(&value.span(), format!("{full}: no such theme"));
                    return Err(error.with_hint("use dark, light or mono"));
                }
                console.theme = Some(theme.to_owned());
            }
            "ascii" => console.ascii = Some(place.boolean(&full, value)?),
            "mouse" => console.mouse = Some(place.boolean(&full, value)?),
            "low_bandwidth" => console.low_bandwidth = place.boolean(&full, value)?,
            _ => {
                return Err(place.unknown(
                    &key.span(),
                    &full,
                    "theme, ascii, mouse, low_bandwidth",
                ));
            }
        }
    }
    Ok(())
}

fn keys(place: &Place<'_>, table: &DeTable<'_>) -> Result<BTreeMap<String, Vec<String>>> {
    let mut keys = BTreeMap::new();
    for (action, value) in table {
        let full = format!("keys.{}", action.get_ref());
        let list = match value.get_ref() {
            DeValue::Array(list) => {
                list.iter().map(|key| place.string(&full, key).map(str::to_owned)).collect()
            }
            _ => place.string(&full, value).map(|key| vec![key.to_owned()]),
        };
        keys.insert(action.get_ref().to_string(), list?);
    }
    Ok(keys)
}

/// Turns positions in the file into complaints.
pub(super) struct Place<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Place<'_> {
    fn at(&self, span: &Range<usize>) -> String {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        format!("{}:{}", self.path.display(), before.matches('\n').count() + 1)
    }

    pub(super) fn error(&self, span: &Range<usize>, message: String) -> Error {
        Error::usage(message).while_doing(self.at(span))
    }

    fn wrap(&self, span: &Range<usize>, key: &str, error: Error) -> Error {
        error.while_doing(key).while_doing(self.at(span))
    }

    fn unknown(&self, span: &Range<usize>, key: &str, known: &str) -> Error {
        self.error(span, format!("'{key}' is not known")).with_hint(format!("known are {known}"))
    }

    pub(super) fn wrong(&self, value: &Value<'_>, key: &str, wanted: &str) -> Error {
        let found = value.get_ref().type_str();
        self.error(&value.span(), format!("{key} is to be {wanted}, not a value of type {found}"))
    }

    pub(super) fn table<'v>(&self, key: &str, value: &'v Value<'_>) -> Result<&'v DeTable<'v>> {
        value.get_ref().as_table().ok_or_else(|| self.wrong(value, key, "a table"))
    }

    pub(super) fn string<'v>(&self, key: &str, value: &'v Value<'_>) -> Result<&'v str> {
        value.get_ref().as_str().ok_or_else(|| self.wrong(value, key, "a string"))
    }

    fn parsed<T: FromStr<Err: Display>>(&self, key: &str, value: &Value<'_>) -> Result<T> {
        let text = self.string(key, value)?;
        text.parse().map_err(|error| self.error(&value.span(), format!("{key}: {error}")))
    }

    fn boolean(&self, key: &str, value: &Value<'_>) -> Result<bool> {
        value.get_ref().as_bool().ok_or_else(|| self.wrong(value, key, "true or false"))
    }

    /// A connection parameter: text, or a number.
    pub(super) fn parameter(&self, key: &str, value: &Value<'_>) -> Result<String> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map(|number| number.to_string())
                .map_err(|_| self.wrong(value, key, "a smaller number")),
            _ => Err(self.wrong(value, key, "a string or a number")),
        }
    }
}
