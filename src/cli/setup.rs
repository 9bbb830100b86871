//! What has to be known before a front starts: the configuration and the log's place.

use std::path::PathBuf;

use crate::config::{Config, Env, Overrides};
use crate::error::Result;

use super::args::Common;
use super::specs;

/// Reads the configuration that the common flags ask for.
pub fn config(common: &Common) -> Result<Config> {
    let overrides = Overrides {
        config_file: common.config.clone(),
        hooks_dir: common.hooks_dir.as_deref().map(specs::absolute).transpose()?,
        no_hooks: common.no_hooks,
        read_only: common.read_only,
    };
    Config::load(Env::from_process(), &overrides)
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
