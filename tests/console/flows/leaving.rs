//! Quitting, detaching, suspending.

use dbbackup::app::dialog::Dialog;
use dbbackup::app::msg::Effect;
use dbbackup::model::id::JobId;
use dbbackup::model::job::Outcome;

use crate::fixture::Script;

fn running() -> (Script, JobId) {
    let mut script = Script::browsing().keys("b<enter>").serve().keys("<enter>");
    let (job, _) = script.started_backup();
    script.others();
    (script.copying(job, 1_000), job)
}

fn others(script: &mut Script) -> Vec<Effect> {
    script.others()
}

#[test]
fn q_leaves_at_once_when_nothing_runs() {
    let mut script = Script::browsing();
    script.others();
    script = script.keys("q");
    assert_eq!(others(&mut script), [Effect::Quit]);
}

#[test]
fn q_closes_a_dialog_first() {
    let mut script = Script::browsing().keys("b<enter>").serve();
    script.others();
    script = script.keys("q");
    assert!(matches!(script.app.dialogs.last(), Some(Dialog::Backup(_))));
    assert_eq!(others(&mut script), []);
}

#[test]
fn with_a_running_job_q_asks_and_enter_detaches() {
    let (mut script, _) = running();
    script = script.keys("q");
    assert!(matches!(script.app.dialogs.last(), Some(Dialog::Quit(_))));
    assert_eq!(others(&mut script), []);
    script = script.keys("<enter>");
    assert_eq!(others(&mut script), [Effect::Detach]);
}

#[test]
fn questions_close_when_the_jobs_end_that_they_are_about() {
    let (script, job) = running();
    let mut script = script.keys("q");
    assert!(matches!(script.app.dialogs.last(), Some(Dialog::Quit(_))));
    script = script.ended(job, Outcome::Complete, None);
    assert!(script.app.dialogs.is_empty());
    let said = "the last job has ended: nothing holds you, quit leaves at once";
    assert!(script.toasts().contains(&said), "{:?}", script.toasts());
    assert_eq!(others(&mut script), [], "the console stays until it is told again");
    script = script.keys("q");
    assert_eq!(others(&mut script), [Effect::Quit]);

    for question in ["3c", "3t"] {
        let (script, job) = running();
        let script = script.keys(question);
        assert_eq!(script.app.dialogs.len(), 1);
        let script = script.ended(job, Outcome::Complete, None);
        assert!(script.app.dialogs.is_empty(), "{question}");
    }
}

#[test]
fn waiting_leaves_after_the_last_job() {
    let (mut script, job) = running();
    script = script.keys("qw<enter>");
    assert!(script.app.quit_when_idle);
    assert_eq!(others(&mut script), []);
    script = script.ended(job, Outcome::Complete, None);
    assert_eq!(others(&mut script), [Effect::Quit]);
}

#[test]
fn cancelling_on_the_way_out_takes_two_keys() {
    let (mut script, _) = running();
    script = script.keys("qc");
    assert_eq!(others(&mut script), [], "the letter only chooses");
    script = script.keys("<enter>");
    assert_eq!(others(&mut script), [Effect::QuitCancelling]);
}

#[test]
fn ctrl_c_leaves_only_when_it_comes_twice_soon() {
    let mut script = Script::browsing();
    script.others();
    script = script.keys("<ctrl-c>").wait(4).keys("<ctrl-c>");
    assert_eq!(others(&mut script), []);
    script = script.wait(1).keys("<ctrl-c>");
    assert_eq!(others(&mut script), [Effect::Quit]);
    let (mut script, _) = running();
    script = script.keys("<ctrl-c><ctrl-c>");
    assert!(matches!(script.app.dialogs.last(), Some(Dialog::Quit(_))));
    assert_eq!(others(&mut script), []);
}

#[test]
fn ctrl_z_suspends_but_not_while_a_job_would_be_stopped_too() {
    let mut script = Script::browsing();
    script.others();
    script = script.keys("<ctrl-z>");
    assert_eq!(others(&mut script), [Effect::Suspend]);
    let (mut script, _) = running();
    script = script.keys("<ctrl-z>");
    assert_eq!(others(&mut script), []);
    assert_eq!(script.toast(), "suspend: a job runs, and would be stopped too");
}

#[test]
fn on_a_screen_too_small_nothing_but_leaving_works() {
    let mut script = Script::browsing_at(40, 10);
    script.others();
    script = script.keys("b2<enter>R:");
    assert!(script.app.dialogs.is_empty());
    script = script.keys("q");
    assert_eq!(others(&mut script), [Effect::Quit]);
}
