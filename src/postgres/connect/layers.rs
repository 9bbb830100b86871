//! Where each parameter comes from: URL over profile over service file over environment over
//! defaults.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::service;
use crate::config::Config;
use crate::config::dsn::{self, PARAMETERS, Settings};
use crate::error::{Error, Result};
use crate::model::conn::Target;
use crate::model::secret::Secret;

/// Who said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    Url,
    Profile(String),
    Service(String),
    Environment(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("the connection URL"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::Service(file) => write!(f, "service file {file}"),
            Self::Environment(variable) => f.write_str(variable),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) text: Secret,
    pub(super) origin: Origin,
}

/// All values that were given, the strongest of each parameter.
#[derive(Debug, Clone, Default)]
pub(super) struct Layers(BTreeMap<&'static str, Value>);

impl Layers {
    /// Collects everything that was said about a target.
    pub(super) fn collect(target: &Target, config: &Config) -> Result<Self> {
        let mut layers = Self::default();
        if let Some(url) = &target.url {
            layers.fill(dsn::parse(url.expose())?, &Origin::Url);
        }
        if let Some(name) = &target.profile {
            layers.fill(profile(name, config)?, &Origin::Profile(name.clone()));
        }
        layers.fill_from_service(config)?;
        for parameter in PARAMETERS {
            if let Some((variable, text)) =
                parameter.env.and_then(|variable| Some((variable, config.env.get(variable)?)))
            {
                let settings = Settings::from([(parameter.name, Secret::new(text))]);
                layers.fill(settings, &Origin::Environment(variable));
            }
        }
        Ok(layers)
    }

    /// The value's text; an empty one counts as not given, as it does for libpq.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.value(name).map(|value| value.text.expose())
    }

    /// The value with its origin, unless it is empty.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.text.expose().is_empty())
    }

    /// The names that were given.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied().filter(|name| self.value(name).is_some())
    }

    /// A complaint about a value that is not secret.
    pub(super) fn complain(&self, name: &str, why: &str) -> Error {
        let (text, origin) = self.value(name).map_or_else(
            || (String::new(), String::new()),
            |value| (value.text.expose().to_owned(), format!(" (from {})", value.origin)),
        );
        Error::usage(format!("{name}={text}{origin} {why}"))
    }

    fn fill(&mut self, settings: Settings, origin: &Origin) {
        for (name, text) in settings {
            self.0.entry(name).or_insert_with(|| Value { text, origin: origin.clone() });
        }
    }

    fn fill_from_service(&mut self, config: &Config) -> Result<()> {
        let Some(name) = self.get("service").or(config.env.get("PGSERVICE")) else { return Ok(()) };
        let file = self.get("servicefile").or(config.env.get("PGSERVICEFILE")).map(Path::new);
        let (settings, file) = service::find(name, file, config)?;
        self.fill(settings, &Origin::Service(file.display().to_string()));
        Ok(())
    }
}

/// A profile's parameters, over those of its URL.
fn profile(name: &str, config: &Config) -> Result<Settings> {
    let profile = config.profiles.get(name).ok_or_else(|| unknown_profile(name, config))?;
    let in_profile = |error: Error| error.while_doing(format!("profile {name}"));
    let mut settings = match &profile.url {
        Some(url) => dsn::parse(url.expose()).map_err(in_profile)?,
        None => Settings::new(),
    };
    for (key, value) in &profile.parameters {
        settings.insert(dsn::known(key).map_err(in_profile)?.name, value.clone());
    }
    Ok(settings)
}

fn unknown_profile(name: &str, config: &Config) -> Error {
    let known: Vec<&str> = config.profiles.keys().map(String::as_str).collect();
    let file = config.paths.config_file.display();
    let hint = if known.is_empty() {
        format!("{file} has no profiles; add [profiles.{name}]")
    } else {
        format!("{file} has {}", known.join(", "))
    };
    Error::usage(format!("there is no profile '{name}'")).with_hint(hint)
}
