//! `dbbackup demo`: the console on a throwaway PostgreSQL server with sample data.
//!
//! ```text
//!  this process ── pipe (stdin) ──► keeper (the same binary, a session of its own)
//!       │                             │ initdb, starts the server, holds the marker's lock
//!       │ loads the sample,           │ end of the pipe, however it came: exit, panic, kill -9
//!       │ opens the console           ▼
//!       └─ leaves, closes the pipe   stops the server, removes the folder
//! ```
//! The server listens on a socket in a folder that only its user can enter, and on no port. A job
//! that outlives the terminal keeps the console's run alive, and so the server.

mod binaries;
mod check;
mod keeper;
mod places;
mod sample;
mod server;
mod user;

use std::io::IsTerminal;
use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::cli::args::{Common, DemoArgs};
use crate::cli::say;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::hook::spec::HookSettings;
use crate::tui;

use server::Server;

pub use keeper::run as keep;

/// Starts the server, loads the sample, opens the console, and cleans up.
pub fn run(runtime: &Runtime, config: &Config, common: &Common, args: &DemoArgs) -> Result<u8> {
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if !args.check && !terminal {
        return Err(Error::usage("the demo opens the console, which needs a terminal")
            .with_hint("dbbackup demo --check runs it without one"));
    }
    let config = Arc::new(without_servers(config));
    let server = runtime.block_on(prepare(&config, args))?;
    let ended = if args.check {
        runtime.block_on(check::run(&config, &server, common.log_format))
    } else {
        console(runtime, &config, &server).map(|()| 0)
    };
    say("demo: stopping the server and removing its folder");
    let stopped = server.stop();
    ended.and_then(|code| stopped.map(|()| code))
}

async fn prepare(config: &Arc<Config>, args: &DemoArgs) -> Result<Server> {
    let ground = places::ground(config)?;
    let programs = binaries::find_or_obtain(&config.env, &ground).await?;
    let server = Server::start(&ground, &programs)?;
    match sample::load(&server, config, args.rows_scale).await {
        Ok(()) => Ok(server),
        Err(error) => {
            // The first error is the one to tell; the keeper cleans up in any case.
            let _ = server.stop();
            Err(error)
        }
    }
}

fn console(runtime: &Runtime, config: &Arc<Config>, server: &Server) -> Result<()> {
    let options = tui::Options {
        target: server.target(sample::DATABASE),
        backup_folder: std::env::current_dir().ok(),
        ..tui::Options::default()
    };
    tui::run(runtime, config, &options)
}

/// The configuration without anything that could lead to another server than the demo's, and
/// without hooks that are meant for real jobs.
fn without_servers(config: &Config) -> Config {
    let mut config = config.clone();
    config.env.0.retain(|name, _| !name.starts_with("PG"));
    config.profiles.clear();
    config.hooks = HookSettings { off: true, ..HookSettings::default() };
    config
}
