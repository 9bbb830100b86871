//! The configuration: file, profiles, environment, paths. Read once at the start and handed down;
//! no other room reads the process environment or asks where the home folder is.
//!
//! A file that cannot be understood is an error that names the line: falling back to defaults in
//! silence could connect to the wrong server.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::model::conn::Target;
use crate::model::hook::spec::HookSettings;
use crate::model::secret::Secret;
use crate::model::size::RateLimit;
use crate::model::throttle::Pacing;

pub mod dsn;
mod file;
mod hooks;
mod paths;
mod zone;

pub use zone::Zone;

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
    /// What runs before and after jobs.
    pub hooks: HookSettings,
    /// How fast jobs may go.
    pub throttle: ThrottleConfig,
    /// Refuse everything that writes to any server (`--read-only`).
    pub read_only: bool,
    /// The zone of local times.
    pub zone: Zone,
    /// What is not right, but no reason to stop: for the message log.
    pub warnings: Vec<String>,
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

/// What the command line says over everything else.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--config`: this file and no other; it must be there.
    pub config_file: Option<PathBuf>,
    /// `--hooks-dir`: this folder and no other; it must be there.
    pub hooks_dir: Option<PathBuf>,
    /// `--no-hooks`.
    pub no_hooks: bool,
    /// `--read-only`.
    pub read_only: bool,
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
    /// What bends the limits of jobs on this server, over what `[throttle]` says.
    pub pacing: Pacing,
}

/// How fast jobs may go.
#[derive(Debug, Clone, Default)]
pub struct ThrottleConfig {
    /// The limit of the whole process; `dbbackup --rate` goes over it.
    pub process_rate: RateLimit,
    /// What bends the limits of jobs, unless they or their server's profile say otherwise.
    pub pacing: Pacing,
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

impl Config {
    /// Finds the folders, and reads the config file where there is one.
    pub fn load(env: Env, overrides: &Overrides) -> Result<Self> {
        let named = overrides.config_file.clone();
        let named = named.or_else(|| env.get("DBBACKUP_CONFIG").map(PathBuf::from));
        let mut paths = Paths::find(&env)?;
        let explicit = named.is_some();
        if let Some(file) = named {
            // What stands beside it is used from elsewhere: hooks run in "/".
            paths.config_file = std::path::absolute(&file)
                .map_err(|e| Error::io(format!("finding {}", file.display()), e))?;
        }
        let content = file::read(&paths.config_file, explicit)?;
        let hooks = hooks::settings(content.hooks, overrides, &paths.config_file);
        Ok(Self {
            paths,
            env,
            hooks,
            profiles: content.profiles,
            console: content.console,
            throttle: content.throttle,
            read_only: overrides.read_only,
            zone: Zone::local(),
            warnings: content.warnings,
        })
    }
}

impl Config {
    /// What bends a job's limit: what the job itself says, then its profile, then `[throttle]`.
    #[must_use]
    pub fn pacing(&self, own: &Pacing, profile: Option<&str>) -> Pacing {
        let profile = profile.and_then(|name| self.profiles.get(name));
        let own = profile.map_or_else(|| own.clone(), |profile| own.or(&profile.pacing));
        own.or(&self.throttle.pacing)
    }

    /// Whether nothing may write to a server: `--read-only`, or a profile that says so.
    #[must_use]
    pub fn is_read_only(&self, target: &Target) -> bool {
        let profile = target.profile.as_ref().and_then(|name| self.profiles.get(name));
        self.read_only || profile.is_some_and(|profile| profile.read_only)
    }
}

impl Env {
    /// The environment of this process; what is not UTF-8 is left out.
    #[must_use]
    pub fn from_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, Secret::new(value.into_string().ok()?)))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// The variable, unless it is unset or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Secret::expose).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests;
