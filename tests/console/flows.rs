//! Whole paths through the console: keys and engine events in, effects and state out.

mod backup;
mod browse;
mod cluster;
mod commands;
pub(crate) mod hooks;
mod jobs;
mod keys;
mod leaving;
mod restore;

use dbbackup::model::pattern::Pattern;

use crate::fixture::Script;

fn texts(patterns: &[Pattern]) -> Vec<&str> {
    patterns.iter().map(Pattern::as_str).collect()
}

/// The tables in sight.
fn labels(script: &Script) -> Vec<&str> {
    script.app.tables.window.iter().map(|row| row.label.as_str()).collect()
}
