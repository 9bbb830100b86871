//! The `:` line.

use dbbackup::app::command::CommandLine;
use dbbackup::app::dialog::Dialog;
use dbbackup::app::focus::Pane;
use dbbackup::app::msg::Msg;
use dbbackup::engine::command::Command;
use dbbackup::engine::event::Event;
use dbbackup::model::size::RateLimit;

use super::texts;
use crate::fixture::Script;

fn line(script: &Script) -> &CommandLine {
    match script.app.dialogs.last() {
        Some(Dialog::Command(line)) => line,
        other => panic!("no line: {other:?}"),
    }
}

fn complaint(script: &Script) -> &str {
    line(script).error.as_deref().unwrap_or_default()
}

#[test]
fn a_backup_of_what_matches() {
    let mut script = Script::browsing().keys(":backup public.ord* audit.*<enter><enter>").serve();
    script = script.keys("<enter>");
    let (_, spec) = script.started_backup();
    assert_eq!(texts(&spec.selection.tables), ["public.ord*", "audit.*"]);
    assert!(spec.selection.with_dependencies);
}

#[test]
fn wrong_lines_stay_open_with_the_reason() {
    let mut script = Script::browsing().keys(":backup a.b.c<enter>");
    assert!(complaint(&script).contains("too many dotted names"));
    script = script.keys("x");
    assert_eq!(complaint(&script), "", "typing takes the complaint away");
    for (typed, reason) in [
        ("bakcup", "there is no command 'bakcup': tab shows all of them"),
        ("theme pink", "there is no theme 'pink': dark, light, mono"),
        ("throttle 20M", "no job is listed"),
        ("throttle 20X", "'20X' is not a size"),
        ("connect nowhere", "there is no profile 'nowhere': prod, test"),
        ("connect hots=db1", "'hots' is not a connection parameter"),
        ("quit now", "quit takes no argument"),
        ("job.cancel", "cancel: no job is listed"),
        ("plan.start", "there is no command 'plan.start'"),
    ] {
        script = script.keys(&format!("<ctrl-e><ctrl-u>{typed}<enter>"));
        assert!(complaint(&script).contains(reason), "{typed}: {}", complaint(&script));
    }
    assert!(script.sent().is_empty());
}

#[test]
fn commands_act() {
    let mut script = Script::browsing().keys(":theme light<enter>");
    assert_eq!(script.app.settings.theme, "light");
    script = script.keys(":filter ord<enter>");
    assert_eq!(script.app.tables.totals.shown, 3);
    script = script.keys(":messages<enter>");
    assert_eq!(script.app.focus, Pane::Log);
    script = script.keys(":pane.zoom<enter>");
    assert!(script.app.zoomed);
    script = script.keys(":restore /backups/x.dump<enter>");
    assert!(matches!(script.sent().as_slice(), [Command::ListArchive { .. }]));
}

#[test]
fn the_chosen_job_is_throttled() {
    let mut script = Script::browsing().keys("b<enter>").serve().keys("<enter>");
    let (job, _) = script.started_backup();
    script = script.copying(job, 10).keys("2:throttle 20M<enter>");
    assert_eq!(script.sent(), [Command::SetRate { job, limit: RateLimit(Some(20_000_000)) }]);
    script = script.keys(":throttle auto<enter>");
    assert_eq!(script.sent(), [Command::AutoRate { job }]);
    script = script.keys(":adapt lag=10s,sessions=20<enter>");
    let adapt = "lag=10s,sessions=20".parse().unwrap();
    assert_eq!(script.sent(), [Command::SetAdapt { job, adapt }]);
    script = script.keys(":throttle-all 50M<enter>");
    let limit = RateLimit(Some(50_000_000));
    assert_eq!(script.sent(), [Command::SetProcessRate { limit }]);
    script = script.event(Event::ProcessRate { limit });
    assert_eq!(script.app.process_rate, limit);
    script = script.keys(":adapt speed=1<enter>");
    let Some(Dialog::Command(line)) = script.app.dialogs.last() else { panic!("closed") };
    assert!(line.error.as_deref().unwrap().contains("'speed' is no signal"));
}

#[test]
fn tab_completes_commands_arguments_and_tables() {
    let mut script = Script::browsing().keys(":the<tab>");
    assert_eq!(line(&script).field.value(), "theme");
    script = script.keys(" <tab>");
    assert_eq!(line(&script).field.value(), "theme dark");
    script = script.keys("<tab><tab><tab>");
    assert_eq!(line(&script).field.value(), "theme dark");
    script = script.keys("<shift-tab>");
    assert_eq!(line(&script).field.value(), "theme mono");
    script = script.keys("<ctrl-u>backup public.ord<tab><tab>");
    assert_eq!(line(&script).field.value(), "backup public.orders");
    script = script.keys("<ctrl-u>connect t<tab>");
    assert_eq!(line(&script).field.value(), "connect test");
}

#[test]
fn the_history_comes_back_and_the_draft_too() {
    let mut script = Script::browsing().keys(":theme light<enter>:theme dark<enter>:dra<up><up>");
    assert_eq!(line(&script).field.value(), "theme light");
    script = script.keys("<up><down><down>");
    assert_eq!(line(&script).field.value(), "dra");
}

#[test]
fn connecting_elsewhere_hides_the_password_and_keeps_the_jobs() {
    let mut script = Script::browsing().keys("b<enter>").serve().keys("<enter>");
    script.started_backup();
    script = script.keys(":connect postgres://me:s3cret@h/db<enter>");
    let sent = script.sent();
    let [Command::Connect { target }] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(target.url.as_ref().unwrap().expose(), "postgres://me:s3cret@h/db");
    assert_eq!(target.url_shown.as_deref(), Some("postgres://me@h/db"));
    assert_eq!(script.app.server.name, "");
    assert_eq!(script.app.command_history, ["connect postgres://me@h/db"]);
    assert!(script.app.browser.rows.is_empty());
    assert_eq!(script.app.jobs.jobs.len(), 1);
    script = script.connect().serve();
    assert_eq!(script.app.server.name, crate::fixture::ADDRESS);
    assert!(!script.app.browser.rows.is_empty());
}

#[test]
fn pasted_text_never_runs_anything() {
    let mut script = Script::browsing().msg(Msg::Paste("R/backups/x.dump\nbq".into()));
    assert!(script.app.dialogs.is_empty() && script.sent().is_empty());
    script = script.keys(":").msg(Msg::Paste("quit\n".into()));
    assert_eq!(line(&script).field.value(), "quit");
}
