//! Picks a front: the console without a verb, the headless verbs, or the demo; and turns what comes
//! of it into the exit code.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use dbbackup::cli::args::{Cli, Common, LogFormat, Verb};
use dbbackup::cli::{self, setup, target};
use dbbackup::config::Config;
use dbbackup::demo;
use dbbackup::error::{Error, Result};
use dbbackup::logging::{self, Screen};
use dbbackup::tui;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let format = cli.common.log_format;
    ExitCode::from(start(&cli).unwrap_or_else(|error| cli::report(&error, format)))
}

fn start(cli: &Cli) -> Result<u8> {
    if let Some(Verb::DemoKeeper(args)) = &cli.verb {
        return Ok(demo::keep(args));
    }
    if cli.verb.is_none() && !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return Err(Error::usage("the console needs a terminal for its input and output").with_hint(
            "name a verb to work without one: dbbackup backup single DB, dbbackup restore single \
             ARCHIVE, dbbackup list; dbbackup --help has them all",
        ));
    }
    let mut config = setup::config(&cli.common)?;
    if let Some(rate) = cli.process_rate {
        config.throttle.process_rate = rate;
    }
    let screen = match (&cli.verb, cli.common.log_format) {
        (None, _) => Screen::Console,
        (Some(Verb::Demo(args)), _) if !args.check => Screen::Console,
        (_, LogFormat::Text) => Screen::Text,
        (_, LogFormat::Json) => Screen::Json,
    };
    logging::install_hooks()?;
    logging::start(&setup::log_file(&cli.common, &config), setup::log_filter(&config), screen)?;
    for warning in &config.warnings {
        // The console shows them itself; the log passes them on to stderr for the others.
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::io("starting the runtime", e))?;
    let config = Arc::new(config);
    match &cli.verb {
        Some(Verb::Demo(args)) => demo::run(&runtime, &config, &cli.common, args),
        Some(verb) => Ok(runtime.block_on(cli::run(config, &cli.common, verb))),
        None => console(&runtime, &config, &cli.common),
    }
}

fn console(runtime: &Runtime, config: &Arc<Config>, common: &Common) -> Result<u8> {
    let options = tui::Options {
        target: target(common),
        // A read-only profile forbids writing to its own server; the console sees to that.
        read_only: common.read_only,
        backup_folder: std::env::current_dir().ok(),
    };
    tui::run(runtime, config, &options)?;
    Ok(0)
}
