//! Loads the sample shop: the steps of one SQL file, in one session.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::say;
use crate::config::Config;
use crate::error::Result;
use crate::model::size::Bytes;
use crate::postgres::connect::{self, ConnParams, database_error};

use super::server::Server;

/// The database that is loaded.
pub(super) const DATABASE: &str = "shop";

const SCRIPT: &str = include_str!("../../assets/demo/shop.sql");
/// Begins a line that names the step that follows it.
const STEP: &str = "\n--- ";

/// Makes the database and fills it; `percent` scales its rows.
pub(super) async fn load(server: &Server, config: &Config, percent: u32) -> Result<()> {
    let first = server.first_session(config).await?;
    run(&first.client, "making the database shop", &format!("create database {DATABASE}")).await?;
    let params = ConnParams::resolve(&server.target(DATABASE), config)?;
    let session = connect::open(&params).await?;
    let scale = format!("set demo.scale = '{percent}'");
    run(&session.client, "setting the size of the sample", &scale).await?;

    let begun = Instant::now();
    let steps = steps(SCRIPT);
    let mut progress = Progress::new(steps.len());
    for (title, sql) in &steps {
        progress.step(title);
        run(&session.client, &format!("loading the sample ({title})"), sql).await?;
    }
    progress.finish();
    let size = "select pg_database_size(current_database())";
    let row = session.client.query_one(size, &[]).await;
    let row = row.map_err(|error| database_error("asking for the size of the sample", error))?;
    let bytes = u64::try_from(row.get::<_, i64>(0)).unwrap_or_default();
    let seconds = begun.elapsed().as_secs_f64();
    say(format_args!("demo: database {DATABASE} is loaded: {}, {seconds:.1} s", Bytes(bytes)));
    Ok(())
}

async fn run(client: &tokio_postgres::Client, doing: &str, sql: &str) -> Result<()> {
    client.batch_execute(sql).await.map_err(|error| database_error(doing, error))
}

/// Titles and texts of the script's steps; what comes before the first is a comment.
fn steps(script: &str) -> Vec<(&str, &str)> {
    let separated = script.split(STEP).skip(1);
    separated.filter_map(|step| step.split_once('\n')).collect()
}

/// A bar on a terminal, lines elsewhere.
enum Progress {
    Bar(ProgressBar),
    Lines { done: usize, total: usize },
}

impl Progress {
    fn new(total: usize) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines { done: 0, total };
        }
        let target = ProgressDrawTarget::stderr_with_hz(4);
        let length = u64::try_from(total).unwrap_or_default();
        let bar = ProgressBar::with_draw_target(Some(length), target);
        if let Ok(style) = ProgressStyle::with_template("[{bar:20}] {elapsed}  {wide_msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_secs(1));
        Self::Bar(bar)
    }

    fn step(&mut self, title: &str) {
        match self {
            Self::Bar(bar) => {
                bar.inc(1);
                bar.set_message(format!("loading {title}"));
            }
            Self::Lines { done, total } => {
                *done += 1;
                say(format_args!("demo: loading {title} ({done} of {total})"));
            }
        }
    }

    fn finish(self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_made_of_titled_steps_that_lose_nothing() {
        let steps = steps(SCRIPT);
        assert!(steps.len() > 10, "{}", steps.len());
        let titles = SCRIPT.lines().filter(|line| line.starts_with("--- ")).count();
        assert_eq!(steps.len(), titles);
        assert!(steps.iter().all(|(title, sql)| !title.is_empty() && sql.contains(';')));
        let statements: usize = steps.iter().map(|(_, sql)| sql.matches(';').count()).sum();
        let head = SCRIPT.split_once(STEP).unwrap().0;
        assert_eq!(statements + head.matches(';').count(), SCRIPT.matches(';').count());
    }

    #[test]
    fn nothing_in_the_script_differs_from_run_to_run() {
        for word in ["random()", "gen_random_uuid", "clock_timestamp"] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
    }
}
