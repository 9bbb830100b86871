//! What can be done to a job.

use jiff::Timestamp;

use super::{CancelAsked, JobRow, LogLine, Origin};
use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::dialog::confirm::{Confirm, Confirmed};
use crate::app::dialog::hooks::HooksDialog;
use crate::app::dialog::job_log::JobLogDialog;
use crate::app::dialog::prompt::{Ask, Prompt};
use crate::app::list::Scroll;
use crate::app::msg::Effect;
use crate::app::text::TextField;
use crate::engine::command::{CancelMode, Command};
use crate::model::id::JobId;
use crate::model::job::{ErrorReport, Level};
use crate::model::size::{Bytes, RateLimit};
use crate::model::spec::JobSpec;

/// The steps of a rate limit, in bytes a second.
const STEPS: [u64; 12] = [
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
    200_000_000,
    500_000_000,
    1_000_000_000,
    2_000_000_000,
    5_000_000_000,
];

/// The next step up; above the last there is no limit.
#[must_use]
fn faster(limit: u64) -> RateLimit {
    RateLimit(STEPS.into_iter().find(|step| *step > limit))
}

/// The next step down from a limit or, where there is none, from the rate of the moment.
#[must_use]
fn slower(limit: Option<u64>, rate: Option<u64>) -> RateLimit {
    let from = limit.or(rate.filter(|rate| *rate > 0)).unwrap_or(200_000_000);
    let below = STEPS.into_iter().rev().find(|step| *step < from);
    RateLimit(below.or(Some(STEPS[0])))
}

impl App {
    fn running_job(&self) -> Option<&JobRow> {
        self.jobs.current().filter(|job| job.is_running())
    }

    /// Asks before a graceful cancel, and before a forced one if that was asked for already.
    pub(in crate::app) fn ask_cancel(&mut self) {
        let Some(job) = self.running_job() else { return };
        let (id, title) = (job.id, job.title());
        let done = format!("What it has moved, {} by now, is thrown away.", Bytes(job.meter.bytes));
        let confirm = match job.cancel {
            CancelAsked::No => Confirm {
                title: "Cancel this job?".into(),
                lines: vec![title, done, what_stays(job)],
                yes: "cancel the job",
                on_yes: Confirmed::CancelJob(id),
                yes_chosen: false,
            },
            CancelAsked::Graceful | CancelAsked::Forced => Confirm {
                title: "Drop this job by force?".into(),
                lines: vec![
                    title,
                    "It was asked to stop and is still at it.".into(),
                    "Its connections are dropped without waiting for the server.".into(),
                ],
                yes: "drop the job",
                on_yes: Confirmed::ForceCancelJob(id),
                yes_chosen: false,
            },
        };
        self.dialogs.push(Dialog::Confirm(confirm));
    }

    /// Cancels a job.
    pub(in crate::app) fn cancel_job(&mut self, job: JobId, mode: CancelMode) {
        let Some(row) = self.jobs.jobs.iter_mut().find(|row| row.id == job) else { return };
        if !row.is_running() {
            self.info("the job is over already");
            return;
        }
        row.cancel = match mode {
            CancelMode::Graceful => CancelAsked::Graceful,
            CancelMode::Forced => CancelAsked::Forced,
        };
        self.send(Command::Cancel { job, mode });
    }

    /// Holds the job, or lets it go on.
    pub(in crate::app) fn toggle_pause(&mut self) {
        let Some(job) = self.running_job() else { return };
        let command = Command::Pause { job: job.id, paused: !job.state.paused };
        self.send(command);
    }

    /// A step up.
    pub(in crate::app) fn raise_limit(&mut self) {
        let Some(job) = self.running_job() else { return };
        if let (id, Some(limit)) = (job.id, job.state.limit) {
            self.set_rate(id, faster(limit));
        }
    }

    /// A step down.
    pub(in crate::app) fn lower_limit(&mut self) {
        let Some(job) = self.running_job() else { return };
        let limit = slower(job.state.limit, job.history.now_rate());
        self.set_rate(job.id, limit);
    }

    /// Changes a job's limit.
    pub(in crate::app) fn set_rate(&mut self, job: JobId, limit: RateLimit) {
        self.send(Command::SetRate { job, limit });
    }

    /// Asks for a limit.
    pub(in crate::app) fn ask_rate(&mut self) {
        let Some(job) = self.running_job() else { return };
        let field = job.state.limit.map_or_else(|| "off".to_owned(), rate_text);
        self.dialogs.push(Dialog::Prompt(Prompt {
            ask: Ask::Rate(job.id),
            title: "Rate limit".into(),
            help: "bytes a second: 20M, 512Ki, 1.5G; off for none".into(),
            field: TextField::new(field),
            error: None,
        }));
    }

    /// Shows the job's log from its end.
    pub(in crate::app) fn show_job_log(&mut self) {
        let Some(job) = self.jobs.current() else { return };
        let (id, elsewhere) = (job.id, job.origin != Origin::Here);
        let dialog = JobLogDialog { job: id, scroll: Scroll::default(), follow: true };
        self.dialogs.push(Dialog::JobLog(dialog));
        if elsewhere {
            self.send(Command::LoadJobLog { job: id });
        }
    }

    /// The log of a job that another process ran.
    pub(in crate::app) fn job_log_came(
        &mut self,
        id: JobId,
        result: Result<Vec<(Timestamp, Level, String)>, ErrorReport>,
    ) {
        match result {
            Ok(lines) => {
                let job = self.jobs.jobs.iter_mut().find(|job| job.id == id);
                if let Some(job) = job.filter(|job| job.origin != Origin::Here) {
                    let line = |(at, level, text)| LogLine { at, level, text };
                    job.log = lines.into_iter().map(line).collect();
                }
            }
            Err(error) => self.warn(format!("the job's log cannot be read: {}", error.message)),
        }
    }

    /// Gives the job's limit back to windows, `--rate` and signals.
    pub(in crate::app) fn release_rate(&mut self, job: JobId) {
        self.send(Command::AutoRate { job });
    }

    /// Shows what the job's hooks do and say, from its end.
    pub(in crate::app) fn show_hooks(&mut self) {
        let Some(job) = self.jobs.current() else { return };
        self.dialogs.push(Dialog::Hooks(HooksDialog::of(job.id)));
    }

    /// Plans the same job once more.
    pub(in crate::app) fn again(&mut self) {
        let Some(mut spec) = self.jobs.current().and_then(|job| job.spec.clone()) else { return };
        match &mut spec {
            JobSpec::Backup(backup) => {
                backup.output = self.renewed_output(&backup.output, &backup.database);
                backup.overwrite = false;
            }
            // An agreement holds for one time only.
            JobSpec::Restore(restore) => restore.over_existing = false,
            JobSpec::BackupCluster(backup) => {
                backup.output = self.renewed_folder(&backup.output);
                backup.overwrite = false;
            }
            JobSpec::RestoreCluster(restore) => restore.over_existing = false,
            JobSpec::Verify(_) => {}
        }
        self.plan(spec);
    }

    /// Copies the command line that does the same.
    pub(in crate::app) fn copy_command(&mut self) {
        let text = match self.dialogs.last() {
            Some(Dialog::Plan(plan)) => plan.plan().map(|plan| plan.command_line.clone()),
            Some(Dialog::JobLog(log)) => self.jobs.job(log.job).and_then(JobRow::equivalent),
            _ => self.jobs.current().and_then(JobRow::equivalent),
        };
        if let Some(text) = text {
            self.effects.push(Effect::Copy(text));
        }
    }

    /// Copies the path of what was made.
    pub(in crate::app) fn copy_path(&mut self) {
        let path = self.jobs.current().and_then(|job| job.state.output.as_ref());
        if let Some(path) = path {
            self.effects.push(Effect::Copy(path.display().to_string()));
        }
    }
}

/// A limit as it is typed.
fn rate_text(limit: u64) -> String {
    for (unit, suffix) in [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "K")] {
        if limit >= unit && limit.is_multiple_of(unit) {
            return format!("{}{suffix}", limit / unit);
        }
    }
    limit.to_string()
}

fn what_stays(job: &JobRow) -> String {
    match &job.spec {
        Some(JobSpec::Backup(_) | JobSpec::BackupCluster(_)) => {
            "The server is told to stop; no archive will be left.".into()
        }
        _ => "The server is told to stop; the report says what was restored by then.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_up_to_no_limit_and_down_to_the_smallest() {
        assert_eq!(faster(20_000_000), RateLimit(Some(50_000_000)));
        assert_eq!(faster(30_000_000), RateLimit(Some(50_000_000)));
        assert_eq!(faster(5_000_000_000), RateLimit(None));
        assert_eq!(slower(Some(20_000_000), None), RateLimit(Some(10_000_000)));
        assert_eq!(slower(None, Some(184_000_000)), RateLimit(Some(100_000_000)));
        assert_eq!(slower(None, Some(0)), RateLimit(Some(100_000_000)));
        assert_eq!(slower(Some(500), None), RateLimit(Some(1_000_000)));
    }

    #[test]
    fn a_limit_is_offered_as_it_is_typed() {
        for limit in [20_000_000, 1_500_000, 1_234, 1_000_000_000] {
            assert_eq!(rate_text(limit).parse(), Ok(RateLimit(Some(limit))));
        }
        assert_eq!(rate_text(20_000_000), "20M");
    }
}
