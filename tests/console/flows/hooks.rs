//! The hooks of a job while it runs, and of one that ran.

use dbbackup::app::dialog::Dialog;
use dbbackup::model::hook::{HookEnd, HookOutcome, HookPoint, HookStream, OnFailure};
use dbbackup::model::id::JobId;
use dbbackup::model::job::JobEvent;
use jiff::Timestamp;

use crate::fixture::Script;
use crate::screen::Screen;

fn started(run: u32, name: &str, point: HookPoint) -> JobEvent {
    let (name, what) = (name.to_owned(), "/etc/hooks.d".to_owned());
    JobEvent::HookStarted { run, name, point, database: None, what }
}

fn line(run: u32, stream: HookStream, text: &str) -> JobEvent {
    JobEvent::HookLine { run, name: "x".into(), stream, text: text.into() }
}

fn ended(run: u32, name: &str, point: HookPoint, end: HookEnd) -> JobEvent {
    let outcome = HookOutcome {
        name: name.into(),
        point,
        database: None,
        what: "/etc/hooks.d".into(),
        attempts: 1,
        started: Timestamp::UNIX_EPOCH,
        millis: 2_150,
        lines: 2,
        lines_dropped: 0,
        end,
        on_failure: OnFailure::Continue,
    };
    JobEvent::HookEnded { run, outcome: Box::new(outcome) }
}

pub(crate) fn with_hooks(script: Script, job: JobId) -> Script {
    let orders = "INFO: vacuuming \"public.orders\"";
    script
        .job(job, started(0, "10-freeze.sh", HookPoint::PreBackup))
        .job(job, line(0, HookStream::Stdout, "the shop takes no orders now"))
        .job(job, ended(0, "10-freeze.sh", HookPoint::PreBackup, HookEnd::Done))
        .job(job, started(1, "90-tell", HookPoint::PreBackup))
        .job(job, line(1, HookStream::Stderr, "curl: (7) no route to host"))
        .job(job, line(1, HookStream::Note, "attempt 1: exit code 7; again in 1.0 s"))
        .job(job, ended(1, "90-tell", HookPoint::PreBackup, HookEnd::Exit { code: 7 }))
        .job(job, started(2, "20-vacuum", HookPoint::PreDatabase))
        .job(job, line(2, HookStream::Stdout, orders))
}

fn copying() -> (Script, JobId) {
    let mut script = Script::browsing().keys("b<enter>").serve().keys("<enter>");
    let (job, _) = script.started_backup();
    (script.copying(job, 1_000), job)
}

fn screen(script: &Script) -> String {
    Screen::unicode(&script.app).text()
}

#[test]
fn the_view_shows_states_and_lines_as_they_come() {
    let (mut script, job) = copying();
    script = script.keys("h");
    assert_eq!(script.toast(), "hooks: no hook has run in this job");
    script = script
        .job(job, started(0, "10-vacuum", HookPoint::PreBackup))
        .job(job, line(0, HookStream::Stdout, "public.orders"))
        .keys("h");
    assert!(matches!(script.app.dialogs.last(), Some(Dialog::Hooks(hooks)) if hooks.job == job));
    let text = screen(&script);
    assert!(text.contains("▶ pre-backup    10-vacuum") && text.contains("running"), "{text}");
    assert!(text.contains("out public.orders"), "{text}");

    let bad = HookEnd::Exit { code: 9 };
    script = script
        .job(job, ended(0, "10-vacuum", HookPoint::PreBackup, HookEnd::Done))
        .job(job, started(1, "20-tell", HookPoint::PostBackup))
        .job(job, line(1, HookStream::Stderr, "no route"))
        .job(job, ended(1, "20-tell", HookPoint::PostBackup, bad));
    let text = screen(&script);
    assert!(text.contains("✔ pre-backup    10-vacuum") && text.contains("2.1 s"), "{text}");
    assert!(text.contains("▲ post-backup   20-tell"), "{text}");
    assert!(text.contains("exit code 9, 2.1 s") && text.contains("err no route"), "{text}");
    // The details have them too, in one line each.
    script = script.keys("<esc>");
    let text = screen(&script);
    assert!(text.contains("hook pre-backup: 10-vacuum  2.1 s"), "{text}");
}

#[test]
fn the_view_follows_the_newest_line_until_it_is_scrolled() {
    let (mut script, job) = copying();
    script = script.job(job, started(0, "10-vacuum", HookPoint::PreBackup)).keys("h");
    for number in 0..100 {
        script = script.job(job, line(0, HookStream::Stdout, &format!("line {number}.")));
    }
    assert!(screen(&script).contains("line 99."));
    script = script.keys("g");
    let text = screen(&script);
    assert!(text.contains("10-vacuum") && text.contains("line 0.") && !text.contains("line 99."));
    script = script.job(job, line(0, HookStream::Stdout, "line 100."));
    assert!(screen(&script).contains("line 0."));
    script = script.keys("<pagedown>");
    assert!(!screen(&script).contains("line 0."));
    script = script.keys("G").job(job, line(0, HookStream::Stdout, "line 101."));
    assert!(screen(&script).contains("line 101."));
}

#[test]
fn a_job_of_the_history_has_its_outcomes_and_says_where_the_lines_are() {
    use dbbackup::engine::command::Command;
    use dbbackup::engine::event::Event;
    use dbbackup::model::job::JobState;
    use dbbackup::model::meter::MeterSample;
    use dbbackup::model::record::JobRecord;

    let mut script = Script::new();
    let Some(Command::LoadHistory { request }) = script.sent().pop() else { panic!("not asked") };
    let mut state = JobState::default();
    let end = ended(0, "10-vacuum", HookPoint::PreBackup, HookEnd::Done);
    state.apply(Timestamp::UNIX_EPOCH, &end);
    let record = JobRecord {
        version: 1,
        id: JobId(9),
        pid: 77,
        state,
        meter: MeterSample::default(),
        abandoned: false,
    };
    let text = serde_json::to_string(&record).unwrap();
    let record: JobRecord = serde_json::from_str(&text).unwrap();
    let history = Event::History { request, records: vec![record], unreadable: Vec::new() };
    script = script.connect().event(history).keys("3h");
    let text = screen(&script);
    assert!(text.contains("✔ pre-backup    10-vacuum"), "{text}");
    assert!(text.contains("2 lines more in the job's log"), "{text}");
}
