//! What a job will do, before it does anything.

use jiff::Timestamp;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::focus::Pane;
use crate::app::list::Scroll;
use crate::app::panes::jobs::JobRow;
use crate::app::text::TextField;
use crate::engine::command::Command;
use crate::model::conn::Target;
use crate::model::id::JobId;
use crate::model::job::ErrorReport;
use crate::model::plan::{Plan, PlannedObject};
use crate::model::size::Bytes;
use crate::model::spec::JobSpec;

/// What is typed to agree to a restore over existing databases of a cluster.
const CLUSTER: &str = "cluster";

/// Where the plan stands.
#[derive(Debug, Clone)]
pub enum PlanState {
    /// Asked for.
    Waiting {
        /// Since when.
        since: Timestamp,
    },
    /// There.
    Ready {
        /// The plan.
        plan: Box<Plan>,
        /// The plan as lines.
        lines: Vec<PlanLine>,
    },
    /// It could not be made.
    Failed(ErrorReport),
}

/// The dialog.
#[derive(Debug, Clone)]
pub struct PlanDialog {
    /// The job that may follow.
    pub job: JobId,
    /// What it would do.
    pub spec: Box<JobSpec>,
    /// The plan.
    pub state: PlanState,
    /// Scrolls through the plan's lines.
    pub scroll: Scroll,
    /// What was typed to confirm, and the text that it has to be; only where rows are endangered.
    pub confirm: Option<TypedConfirm>,
    /// The width that the lines were split for.
    width: usize,
}

/// A confirmation by typing.
#[derive(Debug, Clone)]
pub struct TypedConfirm {
    /// The text to type.
    pub expected: String,
    /// What was typed.
    pub field: TextField,
    /// Whether keys go into the field.
    pub editing: bool,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// One line of a plan as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanLine {
    /// A heading.
    Heading(String),
    /// A fact: label and value; without a label it goes on with the one before.
    Fact(String, String),
    /// A table that holds rows and would be written over or into.
    Endangered(String),
    /// What the user should know.
    Warning(String),
    /// A lock that is taken.
    Lock(String),
    /// The same job as a command line.
    CommandLine(String),
    /// An object.
    Object(PlannedObject),
    /// Space.
    Blank,
}

/// A plan as lines: what matters most first, the long list of objects last. Long texts are split at
/// blanks, so that a line never takes more than one row of `width` cells.
#[must_use]
pub fn lines(plan: &Plan, width: usize) -> Vec<PlanLine> {
    let mut lines = Vec::new();
    let mut section = |heading: &str, body: Vec<PlanLine>| {
        if body.is_empty() {
            return;
        }
        if !lines.is_empty() {
            lines.push(PlanLine::Blank);
        }
        if !heading.is_empty() {
            lines.push(PlanLine::Heading(heading.to_owned()));
        }
        lines.extend(body);
    };
    let each = |texts: &[String], line: fn(String) -> PlanLine| -> Vec<PlanLine> {
        let indented = width.saturating_sub(INDENT);
        texts.iter().flat_map(|text| split(text, indented)).map(line).collect()
    };
    section("Would be written over or into", each(&plan.endangers, PlanLine::Endangered));
    section("Warnings", each(&plan.warnings, PlanLine::Warning));
    section("", facts(plan, width));
    section("Locks", each(&plan.locks, PlanLine::Lock));
    let command = std::slice::from_ref(&plan.command_line);
    section("The same as a command", each(command, PlanLine::CommandLine));
    section(&objects_heading(plan), plan.objects.iter().cloned().map(PlanLine::Object).collect());
    lines
}

/// How many objects there are and how large they are; a cluster's are databases.
fn objects_heading(plan: &Plan) -> String {
    let (count, bytes) = (plan.objects.len(), Bytes(plan.bytes));
    let ending = if count == 1 { "" } else { "s" };
    if plan.objects.iter().all(|object| object.kind == "DATABASE") {
        return format!("{count} database{ending}, about {bytes}");
    }
    format!("{count} object{ending}, {} with rows, about {bytes}", plan.data_objects)
}

/// Cells by which what stands under a heading is indented.
pub const INDENT: usize = 2;

/// The widest label of a plan's facts, at most a third of the line.
#[must_use]
pub fn label_width(plan: &Plan, width: usize) -> usize {
    let widest = plan.facts.iter().map(|(label, _)| label.width()).max();
    widest.unwrap_or(0).min(width / 3)
}

fn facts(plan: &Plan, width: usize) -> Vec<PlanLine> {
    let room = width.saturating_sub(label_width(plan, width) + INDENT);
    let fact = |(label, value): &(String, String)| {
        let mut label = label.clone();
        let parts = split(value, room).into_iter();
        let lines = parts.map(|part| PlanLine::Fact(std::mem::take(&mut label), part));
        lines.collect::<Vec<_>>()
    };
    plan.facts.iter().flat_map(fact).collect()
}

/// The text in parts of at most `width` cells, split at blanks; a longer word is broken.
fn split(text: &str, width: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    for word in text.split(' ').flat_map(|word| broken(word, width.max(1))) {
        match parts.last_mut() {
            Some(part) if part.is_empty() => part.push_str(&word),
            Some(part) if part.width() + 1 + word.width() <= width => {
                part.push(' ');
                part.push_str(&word);
            }
            _ => parts.push(word),
        }
    }
    parts
}

/// A word in pieces of at most `width` cells.
fn broken(word: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in word.chars() {
        let cells = c.width().unwrap_or(0);
        if used + cells > width && used > 0 {
            pieces.push(String::new());
            used = 0;
        }
        used += cells;
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

impl PlanDialog {
    /// The plan, once it is there.
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        match &self.state {
            PlanState::Ready { plan, .. } => Some(plan),
            _ => None,
        }
    }

    /// The plan's lines; empty until it is there.
    #[must_use]
    pub fn lines(&self) -> &[PlanLine] {
        match &self.state {
            PlanState::Ready { lines, .. } => lines,
            _ => &[],
        }
    }

    /// Whether keys go into the confirmation.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        self.confirm.as_ref().is_some_and(|confirm| confirm.editing)
    }

    /// Splits the lines anew where the width has changed.
    pub(in crate::app) fn settle(&mut self, width: usize) {
        if self.width != width {
            self.width = width;
            if let PlanState::Ready { plan, lines } = &mut self.state {
                *lines = self::lines(plan, width);
            }
        }
    }

    fn answered(&mut self, result: Result<Box<Plan>, ErrorReport>) {
        match result {
            Ok(plan) => {
                let expected = match &*self.spec {
                    JobSpec::Restore(spec) => Some(spec.database.as_str()),
                    JobSpec::RestoreCluster(_) => Some(CLUSTER),
                    JobSpec::Backup(_) | JobSpec::BackupCluster(_) | JobSpec::Verify(_) => None,
                };
                if let (Some(expected), false) = (expected, plan.endangers.is_empty()) {
                    self.confirm = Some(TypedConfirm {
                        expected: expected.to_owned(),
                        field: TextField::default(),
                        editing: false,
                        error: None,
                    });
                }
                self.state = PlanState::Ready { lines: lines(&plan, self.width), plan };
            }
            Err(error) => self.state = PlanState::Failed(error),
        }
    }

    /// The spec to start, if the plan is there and what it endangers was agreed to.
    fn agreed(&mut self) -> Option<JobSpec> {
        let mut spec = (*self.spec).clone();
        let plan = self.plan()?;
        if plan.endangers.is_empty() {
            return Some(spec);
        }
        let confirm = self.confirm.as_mut()?;
        if !confirm.editing {
            confirm.editing = true;
            return None;
        }
        // To the letter: a name that is nearly right is another database.
        if confirm.field.value() != confirm.expected {
            confirm.error = Some(format!("this is not '{}'", confirm.expected));
            return None;
        }
        match &mut spec {
            JobSpec::Restore(restore) => restore.over_existing = true,
            JobSpec::RestoreCluster(restore) => restore.over_existing = true,
            JobSpec::Backup(_) | JobSpec::BackupCluster(_) | JobSpec::Verify(_) => return None,
        }
        Some(spec)
    }
}

impl App {
    /// Asks for the plan of a job and shows it when it comes; a job that may not run here is refused.
    pub(in crate::app) fn plan(&mut self, spec: JobSpec) {
        if let Some(reason) = self.refuses(&spec) {
            self.warn(reason);
            return;
        }
        let job = self.ids.job();
        let spec = Box::new(spec);
        self.send(Command::Plan { job, spec: spec.clone() });
        self.dialogs.push(Dialog::Plan(Box::new(PlanDialog {
            job,
            spec,
            state: PlanState::Waiting { since: self.now },
            scroll: Scroll::default(),
            confirm: None,
            width: 0,
        })));
    }

    /// Takes a plan in; one whose dialog was closed meanwhile is not wanted any more.
    pub(in crate::app) fn planned(&mut self, job: JobId, result: Result<Box<Plan>, ErrorReport>) {
        let dialog = self.dialogs.iter_mut().find_map(|dialog| match dialog {
            Dialog::Plan(plan) if plan.job == job => Some(plan),
            _ => None,
        });
        if let Some(dialog) = dialog.filter(|d| matches!(d.state, PlanState::Waiting { .. })) {
            dialog.answered(result);
        }
    }

    /// Enter: starts the job, and shows its row at once.
    pub(in crate::app) fn start_planned(&mut self) {
        let Some(Dialog::Plan(dialog)) = self.dialogs.last_mut() else { return };
        let Some(spec) = dialog.agreed() else { return };
        let job = dialog.job;
        let command_line = dialog.plan().map(|plan| plan.command_line.clone());
        if let Some(reason) = self.refuses(&spec) {
            self.warn(reason);
            return;
        }
        self.dialogs.clear();
        let row = JobRow::new(job, spec.clone(), command_line.unwrap_or_default());
        self.jobs.jobs.insert(0, row);
        self.jobs.filter.clear();
        self.jobs.cursor.want(job);
        self.focus_pane(Pane::Jobs);
        self.send(Command::Start { job, spec: Box::new(spec) });
    }

    /// Why a job may not run here: the profile forbids writing.
    #[must_use]
    pub(in crate::app) fn refuses(&self, spec: &JobSpec) -> Option<String> {
        if spec.is_restore() { self.forbids_writing(spec.target()) } else { None }
    }

    /// Why nothing may write to a server, if that is so.
    #[must_use]
    pub(in crate::app) fn forbids_writing(&self, target: &Target) -> Option<String> {
        if self.read_only {
            return Some("the console was started read-only: nothing may write".to_owned());
        }
        let profile = target.profile.as_deref()?;
        let forbidden = self.profiles.get(profile).is_some_and(|profile| profile.read_only);
        forbidden
            .then(|| format!("profile {profile} is read-only: nothing may write to its server"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_split_at_blanks_and_no_word_is_lost() {
        assert_eq!(split("one two three", 7), ["one two", "three"]);
        assert_eq!(split("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(split("", 3), [""]);
    }
}
