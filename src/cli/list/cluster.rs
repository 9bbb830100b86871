//! `list` of a cluster backup: its catalogue for people, or as JSON.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use crate::config::Config;
use crate::engine::command::Command;
use crate::engine::event::Event;
use crate::error::Result;
use crate::model::cluster::{ClusterDatabase, ClusterListing, GlobalsInfo};
use crate::model::job::Outcome;
use crate::model::size::Bytes;

use super::super::ask;
use super::super::output::{self, clean};

/// Prints the catalogue; damage goes to stderr, too.
pub(super) async fn run(config: Arc<Config>, path: PathBuf, json: bool) -> Result<u8> {
    let request = ask::ids().request();
    let command = Command::ListCluster { request, path: path.clone() };
    let listing = ask::ask(Arc::clone(&config), command, move |event| match event {
        Event::Cluster { request: of, result } if of == request => Some(result),
        _ => None,
    })
    .await?;
    for reason in &listing.damage {
        output::say(format_args!("warning: {}", clean(reason)));
    }
    if json {
        output::json(&listing)?;
    } else {
        output::say(super::verification(config, &path).await?);
        output::result(text(&listing).as_bytes())?;
    }
    Ok(0)
}

fn text(listing: &ClusterListing) -> String {
    let catalogue = &listing.catalogue;
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "{label:11} {}", clean(value));
    };
    line("backup", &listing.path.display().to_string());
    line("made", &format!("{} by {}", time(catalogue.started), catalogue.tool));
    let server = &catalogue.server;
    let standby = if server.in_recovery { ", a standby" } else { "" };
    line("server", &format!("PostgreSQL {} at {}{standby}", server.version, server.address));
    line("system", server.system_identifier.as_deref().unwrap_or("not told"));
    line("globals", &catalogue.globals.as_ref().map_or("none".to_owned(), globals));
    let state = if catalogue.missing.is_empty() { "complete" } else { "incomplete" };
    line("state", state);
    for reason in &catalogue.missing {
        line("missing", reason);
    }
    for skipped in &catalogue.skipped {
        line("skipped", &format!("{}: {}", skipped.name, skipped.reason));
    }
    text.push('\n');
    for database in &catalogue.databases {
        text.push_str(&database_line(database));
    }
    text
}

fn globals(info: &GlobalsInfo) -> String {
    let passwords = if info.passwords { "" } else { " without passwords" };
    format!(
        "{} roles{passwords}, {} memberships, {} tablespaces, {} parameters ({})",
        info.roles,
        info.memberships,
        info.tablespaces.len(),
        info.parameters,
        info.file
    )
}

fn database_line(database: &ClusterDatabase) -> String {
    let state = match &database.outcome {
        Outcome::Complete => String::new(),
        outcome => format!("  {}", outcome.label()),
    };
    let archive = database.archive.as_deref().unwrap_or("no archive");
    format!(
        "{:>10}  {:>6} tables  {:>10} rows  {}  {}  {}{state}\n",
        Bytes(database.archive_bytes).to_string(),
        database.tables,
        database.rows,
        time(database.started),
        clean(&database.name),
        clean(archive),
    )
}

fn time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
