//! What the hooks of one job do and say, folded from its events.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::model::hook::{HookOutcome, HookPoint, HookStream};
use crate::model::job::JobEvent;

/// Lines of all hooks of a job that are kept; the job's log has all.
pub const HOOK_LINES: usize = 2_000;

/// One run of a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRun {
    /// Its number in the job; none for those of the history.
    pub run: Option<u32>,
    /// The hook.
    pub name: String,
    /// Where in the job's life.
    pub point: HookPoint,
    /// The database it runs for.
    pub database: Option<String>,
    /// When it began.
    pub began: Timestamp,
    /// How it went, once it has ended.
    pub outcome: Option<HookOutcome>,
    /// Its last lines.
    pub lines: VecDeque<HookText>,
    /// How many lines came before these.
    pub earlier: usize,
}

/// A line of a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookText {
    /// When it came.
    pub at: Timestamp,
    /// From where.
    pub stream: HookStream,
    /// The line.
    pub text: String,
}

/// One row of the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookRow<'a> {
    /// A hook with its state.
    Head(&'a HookRun),
    /// How many of its lines are not here.
    Earlier(usize),
    /// One of its lines.
    Line(&'a HookText),
}

/// All hooks of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HookBook {
    runs: Vec<HookRun>,
    kept: usize,
}

impl HookBook {
    /// The hooks of a job of the history; their lines are in its log.
    #[must_use]
    pub fn from_record(outcomes: &[HookOutcome]) -> Self {
        let run = |outcome: &HookOutcome| HookRun {
            run: None,
            name: outcome.name.clone(),
            point: outcome.point,
            database: outcome.database.clone(),
            began: outcome.started,
            earlier: usize::try_from(outcome.lines).unwrap_or(usize::MAX),
            outcome: Some(outcome.clone()),
            lines: VecDeque::new(),
        };
        Self { runs: outcomes.iter().map(run).collect(), kept: 0 }
    }

    /// Takes an event in; others than those of hooks change nothing.
    pub fn note(&mut self, at: Timestamp, event: &JobEvent) {
        match event {
            JobEvent::HookStarted { run, name, point, database, .. } => self.runs.push(HookRun {
                run: Some(*run),
                name: name.clone(),
                point: *point,
                database: database.clone(),
                began: at,
                outcome: None,
                lines: VecDeque::new(),
                earlier: 0,
            }),
            JobEvent::HookLine { run, stream, text, .. } => {
                let Some(of) = self.find(*run) else { return };
                of.lines.push_back(HookText { at, stream: *stream, text: text.clone() });
                self.kept += 1;
                self.trim();
            }
            JobEvent::HookEnded { run, outcome } => {
                let Some(of) = self.find(*run) else { return };
                of.outcome = Some((**outcome).clone());
            }
            _ => {}
        }
    }

    fn find(&mut self, run: u32) -> Option<&mut HookRun> {
        // The newest are asked for most.
        self.runs.iter_mut().rev().find(|of| of.run == Some(run))
    }

    /// Lets go of the oldest run's oldest lines.
    fn trim(&mut self) {
        while self.kept > HOOK_LINES {
            let Some(oldest) = self.runs.iter_mut().find(|run| !run.lines.is_empty()) else {
                return;
            };
            oldest.lines.pop_front();
            oldest.earlier += 1;
            self.kept -= 1;
        }
    }

    /// The runs, the first one first.
    #[must_use]
    pub fn runs(&self) -> &[HookRun] {
        &self.runs
    }

    /// How many rows the view has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.iter().map(HookRun::rows).sum()
    }

    /// Whether no hook has run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The row with this number.
    #[must_use]
    pub fn row(&self, index: usize) -> Option<HookRow<'_>> {
        let mut left = index;
        for run in &self.runs {
            if left < run.rows() {
                return run.row(left);
            }
            left -= run.rows();
        }
        None
    }
}

impl HookRun {
    fn rows(&self) -> usize {
        1 + usize::from(self.earlier > 0) + self.lines.len()
    }

    fn row(&self, index: usize) -> Option<HookRow<'_>> {
        match index.checked_sub(1) {
            None => Some(HookRow::Head(self)),
            Some(0) if self.earlier > 0 => Some(HookRow::Earlier(self.earlier)),
            Some(line) => self.lines.get(line - usize::from(self.earlier > 0)).map(HookRow::Line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(run: u32) -> JobEvent {
        JobEvent::HookStarted {
            run,
            name: format!("hook-{run}"),
            point: HookPoint::PreBackup,
            database: None,
            what: String::new(),
        }
    }

    fn line(run: u32, text: &str) -> JobEvent {
        let (name, text) = (String::new(), text.to_owned());
        JobEvent::HookLine { run, name, stream: HookStream::Stdout, text }
    }

    #[test]
    fn rows_are_each_hook_with_its_lines_below() {
        let mut book = HookBook::default();
        for event in
            [started(0), line(0, "a"), started(1), line(0, "b"), line(1, "c"), line(9, "?")]
        {
            book.note(Timestamp::UNIX_EPOCH, &event);
        }
        let shown = |index| match book.row(index) {
            Some(HookRow::Head(run)) => run.name.clone(),
            Some(HookRow::Line(line)) => line.text.clone(),
            Some(HookRow::Earlier(n)) => format!("{n} earlier"),
            None => "none".to_owned(),
        };
        let rows: Vec<String> = (0..6).map(shown).collect();
        assert_eq!(rows, ["hook-0", "a", "b", "hook-1", "c", "none"]);
        assert_eq!(book.len(), 5);
    }

    #[test]
    fn beyond_a_bound_the_oldest_lines_go_and_are_counted() {
        let mut book = HookBook::default();
        book.note(Timestamp::UNIX_EPOCH, &started(0));
        book.note(Timestamp::UNIX_EPOCH, &line(0, "first"));
        book.note(Timestamp::UNIX_EPOCH, &started(1));
        for _ in 0..HOOK_LINES + 5 {
            book.note(Timestamp::UNIX_EPOCH, &line(1, "y"));
        }
        let lines: Vec<(usize, usize)> =
            book.runs().iter().map(|run| (run.earlier, run.lines.len())).collect();
        assert_eq!(lines, [(1, 0), (5, HOOK_LINES)]);
        assert_eq!(book.row(1), Some(HookRow::Earlier(1)));
    }
}
