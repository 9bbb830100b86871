//! Watching and steering jobs.

use dbbackup::app::dialog::Dialog;
use dbbackup::app::focus::Pane;
use dbbackup::app::panes::jobs::{CancelAsked, Origin, status_word};
use dbbackup::engine::command::{CancelMode, Command};
use dbbackup::engine::event::Event;
use dbbackup::model::id::JobId;
use dbbackup::model::job::{JobEvent, JobState, Level, Outcome, Phase};
use dbbackup::model::meter::MeterSample;
use dbbackup::model::record::JobRecord;
use dbbackup::model::size::RateLimit;
use dbbackup::model::spec::JobSpec;
use dbbackup::model::throttle::LimitReason;

use crate::fixture::Script;

/// A backup that copies, the jobs pane focused.
fn copying() -> (Script, JobId) {
    let mut script = Script::browsing().keys("b<enter>").serve().keys("<enter>");
    let (job, _) = script.started_backup();
    (script.copying(job, 100 << 20), job)
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
    assert_eq!(script.sent(), [Command::Cancel { job, mode: CancelMode::Forced }]);
    script = script.keys("c");
    assert_eq!(script.toast(), "cancel: it is being dropped already");
}

#[test]
fn a_job_is_paused_and_goes_on() {
    let (mut script, job) = copying();
    script = script.keys("p");
    assert_eq!(script.sent(), [Command::Pause { job, paused: true }]);
    script =
        script.job(job, JobEvent::Throttle { limit: None, paused: true, reason: LimitReason::You });
    assert_eq!(script.app.jobs.current().map(status_word), Some("paused"));
    script = script.keys("p");
    assert_eq!(script.sent(), [Command::Pause { job, paused: false }]);
}

#[test]
fn the_limit_goes_in_steps_and_by_a_question() {
    let (mut script, job) = copying();
    script = script.keys("+");
    assert_eq!(script.toast(), "faster: the job has no limit");
    script = script.keys("-");
    let rate = |limit| vec![Command::SetRate { job, limit: RateLimit(limit) }];
    assert_eq!(script.sent(), rate(Some(100_000_000)));
    script = script.job(
        job,
        JobEvent::Throttle { limit: Some(100_000_000), paused: false, reason: LimitReason::You },
    );
    script = script.keys("+");
    assert_eq!(script.sent(), rate(Some(200_000_000)));
    script = script.keys("t<ctrl-u>quick<enter>");
    let Some(Dialog::Prompt(prompt)) = script.app.dialogs.last() else { panic!("closed") };
    assert!(prompt.error.as_deref().unwrap().contains("'quick' is not a size"));
    script = script.keys("<ctrl-u>20M<enter>");
    assert_eq!(script.sent(), rate(Some(20_000_000)));
    script = script.keys("t<ctrl-u>off<enter>");
    assert_eq!(script.sent(), rate(None));
}

#[test]
fn the_log_of_a_job_that_another_process_ran_is_read_when_it_is_looked_at() {
    let old = record(7, Phase::Finished, Some(Outcome::Complete), false);
    let mut script = Script::with(&crate::fixture::config(), 120, 36);
    let asked = script.sent();
    let request = asked.iter().find_map(|command| match command {
        Command::LoadHistory { request } => Some(*request),
        _ => None,
    });
    let request = request.expect("the history was not asked for");
    script = script.event(Event::History { request, records: vec![old], unreadable: Vec::new() });
    script = script.keys("3<enter>");
    let job = JobId(7);
    assert_eq!(script.sent(), [Command::LoadJobLog { job }]);
    let line = (script.app.now, Level::Info, "start: dbbackup backup single shop".to_owned());
    script = script.event(Event::JobLog { job, result: Ok(vec![line]) });
    let log = &script.app.jobs.job(job).unwrap().log;
    assert_eq!(
        log.back().map(|line| line.text.as_str()),
        Some("start: dbbackup backup single shop")
    );
}

#[test]
fn a_job_shows_what_it_does_and_what_it_said() {
    let (mut script, job) = copying();
    let warning = JobEvent::Message { level: Level::Warning, text: "slow disk".into() };
    script = script.job(job, warning).keys("<enter>");
    assert!(matches!(script.app.dialogs.last(), Some(Dialog::JobLog(log)) if log.job == job));
    let row = script.app.jobs.job(job).unwrap();
    assert_eq!(row.log.back().map(|line| line.text.as_str()), Some("slow disk"));
    assert_eq!(row.state.current, [(0, "public.orders".to_owned())]);
    // It is in the messages too, without a toast in the way.
    let last = script.app.notes.messages().back().unwrap();
    assert_eq!((last.text.as_str(), last.job), ("slow disk", Some(job)));
    assert_eq!(script.toast(), "");
}

#[test]
fn a_stall_is_seen_in_the_samples() {
    let (mut script, job) = copying();
    for bytes in [0, 1_000, 2_000, 2_000, 3_000] {
        script = script.moved(job, bytes);
    }
    let slots = script.app.jobs.job(job).unwrap().history.slots();
    let stalls: Vec<bool> = slots.iter().map(|slot| slot.is_stall()).collect();
    assert_eq!(stalls, [false, false, true, false]);
}

#[test]
fn how_a_job_ended_is_told_with_its_reason() {
    let ends = [
        (
            Outcome::Incomplete { reasons: vec!["publication p".into()] },
            "incomplete, 1 missing: publication p",
        ),
        (Outcome::Cancelled { left: "nothing was left".into() }, "cancelled; nothing was left"),
        (Outcome::Panicked { message: "oops".into() }, "crashed: oops"),
    ];
    for (outcome, said) in ends {
        let (script, job) = copying();
        let script = script.ended(job, outcome, None);
        assert!(script.toast().ends_with(said), "{}", script.toast());
        assert!(!script.app.jobs.job(job).unwrap().is_running());
    }
}

#[test]
fn the_same_job_is_planned_again_under_a_new_name() {
    let (mut script, job) = copying();
    script = script.ended(job, Outcome::Complete, Some("/backups/shop-20260211T140211Z.dump"));
    script = script.wait(60).keys("a").serve().keys("<enter>");
    let (again, spec) = script.started_backup();
    assert_ne!(again, job);
    assert_eq!(spec.output.to_str(), Some("/backups/shop-20260211T140311Z.dump"));
    assert_eq!(script.app.jobs.jobs.len(), 2);
}

fn record(id: u64, phase: Phase, outcome: Option<Outcome>, abandoned: bool) -> JobRecord {
    let state = JobState { phase, outcome, ..JobState::default() };
    let meter = MeterSample { bytes: 5, ..MeterSample::default() };
    JobRecord { version: 1, id: JobId(id), pid: 77, state, meter, abandoned }
}

#[test]
fn the_history_is_merged_by_id_and_never_replaces_a_running_job() {
    let mut script = Script::new();
    let Some(Command::LoadHistory { request }) = script.sent().pop() else { panic!("not asked") };
    script = script.connect().serve().keys("b<enter>").serve().keys("<enter>");
    let (job, _) = script.started_backup();
    let records = vec![
        record(job.0, Phase::Finished, Some(Outcome::Complete), false),
        record(9, Phase::Copying, None, true),
        record(8, Phase::Finished, Some(Outcome::Complete), false),
    ];
    let unreadable = vec!["/state/jobs/x.json: end of file".to_owned()];
    script = script.event(Event::History { request, records: records.clone(), unreadable });
    let ids: Vec<u64> = script.app.jobs.jobs.iter().map(|row| row.id.0).collect();
    assert_eq!(ids, [job.0, 9, 8]);
    assert!(script.app.jobs.job(job).unwrap().is_running());
    let lost = script.app.jobs.job(JobId(9)).unwrap();
    assert_eq!(lost.origin, Origin::History { pid: 77, abandoned: true });
    assert_eq!(status_word(lost), "abandoned");
    assert!(script.toast().contains("could not be read: /state/jobs/x.json"));
    // The same answer once more is nobody's.
    script = script.event(Event::History { request, records, unreadable: Vec::new() });
    assert_eq!(script.app.jobs.jobs.len(), 3);
    // What another process runs, or ran, is not steered from here.
    script = script.keys("<down>c");
    assert_eq!(script.toast(), "cancel: another process runs it");
}

#[test]
fn events_of_unknown_jobs_are_ignored() {
    let script = Script::browsing().job(JobId(4), JobEvent::Phase(Phase::Copying));
    assert!(script.app.jobs.jobs.is_empty());
}

#[test]
fn a_frozen_display_stands_still_while_the_work_goes_on() {
    let (mut script, job) = copying();
    script = script.keys("f").moved(job, 100).moved(job, 200);
    let shown = |script: &Script| script.app.shown_jobs()[0].meter.bytes;
    assert_eq!(shown(&script), 0);
    assert_eq!(script.app.jobs.job(job).unwrap().meter.bytes, 200);
    script = script.keys("f");
    assert_eq!(shown(&script), 200);
}

#[test]
fn jobs_are_filtered_by_name_and_state() {
    let (mut script, job) = copying();
    script = script.keys("/finished<enter>");
    assert!(script.app.jobs.shown.is_empty());
    script = script.keys("<esc>/copying<enter>");
    assert_eq!(script.app.jobs.shown, [job]);
    assert_eq!(script.app.focus, Pane::Jobs);
    let spec = script.app.jobs.job(job).and_then(|row| row.spec.clone());
    assert!(matches!(spec, Some(JobSpec::Backup(_))));
}
