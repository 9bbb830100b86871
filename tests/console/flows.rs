//! Whole paths through the console: keys and engine events in, effects and state out.

use dbbackup::app::dialog::Dialog;
use dbbackup::app::dialog::plan::PlanState;
use dbbackup::app::focus::Pane;
use dbbackup::app::panes::jobs::{CancelAsked, status_word};
use dbbackup::app::selection::Tick;
use dbbackup::engine::command::Command;
use dbbackup::model::job::Outcome;
use dbbackup::model::pattern::Pattern;

use crate::fixture::Script;

fn texts(patterns: &[Pattern]) -> Vec<&str> {
    patterns.iter().map(Pattern::as_str).collect()
}

fn labels(script: &Script) -> Vec<&str> {
    script.app.tables.window.iter().map(|row| row.label.as_str()).collect()
}

#[test]
fn at_the_start_it_connects_and_reads_the_history_then_the_databases_and_the_catalog() {
    let mut script = Script::new();
    assert!(matches!(
        script.sent().as_slice(),
        [Command::Connect { .. }, Command::LoadHistory { .. }]
    ));
    let mut script = script.connect();
    assert!(matches!(script.sent().as_slice(), [Command::LoadDatabases { .. }]));
    let script = Script::new().connect().serve();
    assert_eq!(script.app.browser.rows.len(), 4 + 3);
    assert_eq!(script.app.browser.current().map(|row| row.label.as_str()), Some("shop"));
    assert_eq!(script.app.tables.totals.all, 10);
}

#[test]
fn tick_three_tables_back_them_up_and_watch_to_the_end() {
    let mut script = Script::browsing().keys("/cust<enter> <esc>/.orders$<enter> <esc>");
    script = script.keys("/prod<enter> <esc>b");
    assert_eq!(script.app.tables.totals.ticked, 3);
    let Some(Dialog::Backup(dialog)) = script.app.dialogs.last() else { panic!("no options") };
    assert_eq!(dialog.database, "shop");
    script = script.keys("<enter>");
    let Some(Dialog::Plan(plan)) = script.app.dialogs.last() else { panic!("no plan") };
    assert!(matches!(plan.state, PlanState::Waiting { .. }));
    // Enter before the plan is there starts nothing.
    script = script.keys("<enter>");
    assert_eq!(script.toast(), "start: the plan is not there yet");
    script = script.serve().keys("<enter>");

    let (job, spec) = script.started_backup();
    assert_eq!(
        texts(&spec.selection.tables),
        ["public.customers", "public.orders", "public.products"]
    );
    assert!(spec.selection.with_dependencies && !spec.selection.with_references);
    assert_eq!(spec.output.to_str(), Some("/backups/shop-20260211T140211Z.dump"));
    assert!(script.app.dialogs.is_empty());
    assert_eq!(script.app.focus, Pane::Jobs);
    assert_eq!(script.app.jobs.current().map(|row| row.id), Some(job));
    assert_eq!(script.app.jobs.current().map(status_word), Some("queued"));

    script = script.copying(job, 1_000);
    for second in 0..=9 {
        script = script.moved(job, second * 50);
    }
    let progress = script.app.jobs.current().unwrap().progress();
    assert_eq!((progress.percent, progress.now, progress.average), (Some(45), Some(50), Some(50)));
    assert_eq!(progress.eta, dbbackup::app::samples::Eta::Between { low: 11, high: 11 });

    script = script.ended(job, Outcome::Complete, Some("/backups/shop.dump"));
    assert!(script.toast().ends_with(": complete"), "{}", script.toast());
    let row = script.app.jobs.current().unwrap();
    assert_eq!((status_word(row), row.progress().percent), ("complete", Some(100)));
    script = script.keys("o");
    assert_eq!(
        script.others(),
        [
            dbbackup::app::msg::Effect::CaptureMouse(true),
            dbbackup::app::msg::Effect::Copy("/backups/shop.dump".into())
        ]
    );
}

#[test]
fn cancel_asks_twice_gracefully_and_then_by_force() {
    let mut script = Script::browsing().keys("b<enter>").serve().keys("<enter>");
    let (job, _) = script.started_backup();
    script = script.copying(job, 1_000).keys("c<enter>");
    assert!(script.sent().is_empty(), "no is the default");
    script = script.keys("cy");
    assert!(matches!(script.sent().as_slice(), [Command::Cancel { .. }]));
    assert_eq!(script.app.jobs.current().map(|row| row.cancel), Some(CancelAsked::Graceful));
    script = script.keys("c<right><enter>");
    assert_eq!(
        script.sent(),
        [Command::Cancel { job, mode: dbbackup::engine::command::CancelMode::Forced }]
    );
    script = script.keys("c");
    assert_eq!(script.toast(), "cancel: it is being dropped already");
}

#[test]
fn ticks_show_in_the_tree() {
    let script = Script::browsing().keys("/events<enter>a<esc>1");
    let audit = script.app.browser.rows.iter().find(|row| row.label == "audit").unwrap();
    assert_eq!(audit.tick, Tick::On);
    let shop = script.app.browser.rows.iter().find(|row| row.label == "shop").unwrap();
    assert_eq!(shop.tick, Tick::Partial);
    assert_eq!(labels(&script).len(), 10);
}
