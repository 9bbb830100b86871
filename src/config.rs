//! The configuration: file, profiles, environment, paths. Read once at the start and handed down;
//! no other room reads the process environment or asks where the home folder is.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::model::secret::Secret;

pub mod dsn;

/// Everything that was configured.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where things are kept.
    pub paths: Paths,
    /// The environment, as a value.
    pub env: Env,
    /// Named servers.
    pub profiles: BTreeMap<String, Profile>,
    /// How the console looks and feels.
    pub console: ConsoleConfig,
}

/// Where things are kept.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    /// The config file, there or not.
    pub config_file: PathBuf,
    /// Job records and logs.
    pub state_dir: PathBuf,
    /// What can be made again: the demo's server and data.
    pub cache_dir: PathBuf,
    /// The user's home folder.
    pub home: PathBuf,
}

/// Environment variables as a value, so that tests need no process environment.
#[derive(Debug, Clone, Default)]
pub struct Env(pub BTreeMap<String, Secret>);

impl Env {
    /// The variable, unless it is unset or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Secret::expose).filter(|value| !value.is_empty())
    }
}

/// A named server of the config file.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// `postgres://…` or `key=value` text.
    pub url: Option<Secret>,
    /// Single parameters, over those of the URL: host, port, user, dbname, sslmode, ….
    pub parameters: BTreeMap<String, Secret>,
    /// Refuse everything that writes to this server.
    pub read_only: bool,
}

/// How the console looks and feels.
#[derive(Debug, Clone, Default)]
pub struct ConsoleConfig {
    /// `dark`, `light` or `mono`; `None` decides by the environment.
    pub theme: Option<String>,
    /// ASCII glyphs; `None` decides by the locale.
    pub ascii: Option<bool>,
    /// Mouse reporting; on unless said otherwise.
    pub mouse: Option<bool>,
    /// 2 frames a second and no charts.
    pub low_bandwidth: bool,
    /// Keys by action id, over the defaults.
    pub keys: BTreeMap<String, Vec<String>>,
}
