//! The headless front: the same commands to the same engine as the console, for cron and scripts.
//!
//! stdout carries results (an archive's path, a plan, a list), stderr the talk, the exit code the
//! outcome. Nothing here knows how a backup is made: it asks the engine and shows what it reports.

pub mod args;
pub mod setup;

mod ask;
mod filter_file;
mod hooks;
mod inputs;
mod job;
mod list;
mod output;
mod plan_text;
mod progress;
mod refusals;
mod signals;
mod specs;
mod summary;
mod target;
mod values;
mod verbs;

#[cfg(test)]
mod round_trip;

use std::sync::Arc;

use clap::CommandFactory;
use serde_json::json;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};

use args::{Backup, Cli, Common, LogFormat, Restore, Verb};

pub use output::say;
pub use target::target;
pub use verbs::run as run_job;

/// Runs a headless verb and returns the process's exit code.
pub async fn run(config: Arc<Config>, common: &Common, verb: &Verb) -> u8 {
    match dispatch(config, common, verb).await {
        Ok(code) => code,
        Err(error) => report(&error, common.log_format),
    }
}

async fn dispatch(config: Arc<Config>, common: &Common, verb: &Verb) -> Result<u8> {
    match verb {
        Verb::Backup(Backup::Single(args)) => verbs::backup(config, common, args).await,
        Verb::Backup(Backup::Cluster(args)) => verbs::backup_cluster(config, common, args).await,
        Verb::Restore(Restore::Cluster(args)) => verbs::restore_cluster(config, common, args).await,
        Verb::Restore(Restore::Single(args)) => verbs::restore(config, common, args).await,
        Verb::List(args) => list::run(config, args).await,
        Verb::Hooks(verb) => hooks::run(config, common, verb).await,
        Verb::Verify(args) => verbs::verify(config, common, args).await,
        Verb::Completions { shell } => completions(*shell),
        Verb::Demo(_) | Verb::DemoKeeper(_) => {
            Err(Error::new(ErrorKind::Internal, "the demo is not a headless verb"))
        }
    }
}

fn completions(shell: clap_complete::Shell) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "dbbackup", &mut script);
    output::result(&script)?;
    Ok(0)
}

/// Says what went wrong, and returns the exit code that goes with it.
pub fn report(error: &Error, format: LogFormat) -> u8 {
    tracing::info!(error = error.chain(), "ended with an error");
    let told = error.report();
    match format {
        LogFormat::Json => progress::json_line(json!({ "error": told })),
        LogFormat::Text if error.kind() == ErrorKind::Cancelled => output::say("cancelled"),
        LogFormat::Text => output::say(output::error_text(&told)),
    }
    error.kind().exit_code()
}
