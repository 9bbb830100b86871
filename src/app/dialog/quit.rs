//! Leaving while jobs run.

use jiff::SignedDuration;

use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::dialog::prompt::Ask;
use crate::app::list::Step;
use crate::app::msg::Effect;
use crate::app::panes::jobs::CancelAsked;
use crate::model::id::JobId;

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuitChoice {
    /// Leave the screen; the jobs finish without it.
    Detach,
    /// Stay until they have finished, then leave.
    Wait,
    /// Cancel them gracefully, then leave.
    Cancel,
    /// Stay.
    Stay,
}

impl QuitChoice {
    /// In the order shown.
    pub const ALL: [Self; 4] = [Self::Detach, Self::Wait, Self::Cancel, Self::Stay];

    /// The words shown.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Detach => "detach: leave the screen, the jobs finish without it",
            Self::Wait => "wait: leave when the last job has finished",
            Self::Cancel => "cancel the jobs gracefully, then leave",
            Self::Stay => "stay",
        }
    }
}

/// The dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuitDialog {
    /// Index into [`QuitChoice::ALL`].
    pub index: usize,
}

impl QuitDialog {
    /// The chosen answer.
    #[must_use]
    pub fn choice(self) -> QuitChoice {
        QuitChoice::ALL.get(self.index).copied().unwrap_or(QuitChoice::Stay)
    }

    /// Chooses an answer.
    pub fn choose(&mut self, choice: QuitChoice) {
        self.index = QuitChoice::ALL.iter().position(|c| *c == choice).unwrap_or_default();
    }

    /// Moves up or down, not around the ends.
    pub fn step(&mut self, step: Step) {
        let last = QuitChoice::ALL.len() - 1;
        self.index = match step {
            Step::By(n) | Step::Pages(n) => self.index.saturating_add_signed(n).min(last),
            Step::First => 0,
            Step::Last => last,
            Step::To(row) => row.min(last),
        };
    }
}

impl App {
    /// Leaves, or asks what becomes of the jobs that run.
    pub(in crate::app) fn quit(&mut self) {
        if self.jobs.running() == 0 {
            self.effects.push(Effect::Quit);
        } else if !matches!(self.dialogs.last(), Some(Dialog::Quit(_))) {
            self.dialogs.push(Dialog::Quit(QuitDialog { index: 0 }));
        }
    }

    /// ctrl-c: leaves when it is pressed twice.
    pub(in crate::app) fn interrupt(&mut self) {
        let recent = self.interrupted.is_some_and(|before| self.now.duration_since(before) < TWICE);
        if recent {
            self.interrupted = None;
            self.quit();
            return;
        }
        self.interrupted = Some(self.now);
        self.info(match self.jobs.running() {
            0 => "press ctrl-c again to leave",
            _ => "jobs run: press ctrl-c again to choose what becomes of them",
        });
    }

    /// Carries the answer out.
    pub(in crate::app) fn answer_quit(&mut self) {
        let Some(Dialog::Quit(dialog)) = self.dialogs.last() else { return };
        let choice = dialog.choice();
        self.dialogs.pop();
        match choice {
            QuitChoice::Stay => self.quit_when_idle = false,
            QuitChoice::Detach => self.effects.push(Effect::Detach),
            QuitChoice::Cancel => {
                for job in self.jobs.jobs.iter_mut().filter(|job| job.is_running()) {
                    job.cancel = CancelAsked::Graceful;
                }
                self.effects.push(Effect::QuitCancelling);
            }
            QuitChoice::Wait => {
                self.quit_when_idle = true;
                self.leave_if_idle();
            }
        }
    }

    /// A job has ended: questions about it are settled, and so is the one about leaving once nothing
    /// runs any more.
    pub(in crate::app) fn close_what_is_settled(&mut self, ended: JobId) {
        let idle = self.jobs.running() == 0;
        let open = self.dialogs.len();
        let mut asked_to_leave = false;
        self.dialogs.retain(|dialog| match dialog {
            Dialog::Quit(_) => {
                asked_to_leave |= idle;
                !idle
            }
            Dialog::Confirm(confirm) => confirm.on_yes.job() != ended,
            Dialog::Prompt(prompt) => prompt.ask != Ask::Rate(ended),
            _ => true,
        });
        if asked_to_leave {
            self.info("the last job has ended: nothing holds you, quit leaves at once");
        } else if self.dialogs.len() < open {
            self.info("the job has ended: the question about it was closed");
        }
    }

    /// Leaves once the last job has finished, if that was asked for.
    pub(in crate::app) fn leave_if_idle(&mut self) {
        if self.quit_when_idle && self.jobs.running() == 0 {
            self.effects.push(Effect::Quit);
        }
    }
}

/// How soon the second ctrl-c has to come.
const TWICE: SignedDuration = SignedDuration::from_secs(3);
