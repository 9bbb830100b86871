//! What has to be known before a front starts: the configuration and the log's place.

use std::path::PathBuf;

use directories::ProjectDirs;

use crate::config::{Config, Env, Paths};
use crate::error::{Error, Result};
use crate::model::secret::Secret;

use super::args::Common;

/// Reads the configuration that the common flags ask for.
pub fn config(common: &Common) -> Result<Config> {
    let env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .map(|(name, value)| (name, Secret::new(value)))
        .collect();
    let home = directories::BaseDirs::new()
        .ok_or_else(|| Error::usage("there is no home folder").with_hint("set HOME"))?;
    let dirs = ProjectDirs::from("", "", "dbbackup")
        .ok_or_else(|| Error::usage("there is no home folder").with_hint("set HOME"))?;
    let paths = Paths {
        config_file: common.config.clone().unwrap_or_else(|| dirs.config_dir().join("config.toml")),
        state_dir: dirs.state_dir().unwrap_or(dirs.data_local_dir()).to_owned(),
        cache_dir: dirs.cache_dir().to_owned(),
        home: home.home_dir().to_owned(),
    };
    Ok(Config { paths, env: Env(env), ..Config::default() })
}

/// The file of the program's own log.
pub fn log_file(common: &Common, config: &Config) -> PathBuf {
    let usual = || config.paths.state_dir.join("dbbackup.log");
    common.log_file.clone().unwrap_or_else(usual)
}

/// The level or filter of the log.
pub fn log_filter(config: &Config) -> Option<&str> {
    config.env.get("DBBACKUP_LOG")
}
