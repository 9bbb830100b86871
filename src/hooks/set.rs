//! All hooks that there are, in order, and what is wrong with some.

use crate::error::{Error, ErrorKind};
use crate::model::hook::HookPoint;
use crate::model::hook::spec::{HookSettings, HookSpec};

use super::folder;

/// Hooks of the config file and of the folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HookSet {
    /// By name, whatever their point.
    pub hooks: Vec<HookSpec>,
    /// What cannot be run, or looks as if it was meant to.
    pub problems: Vec<Problem>,
}

/// Something in the hooks' folder that does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, or the folder.
    pub path: String,
    /// What is wrong, and what to do.
    pub reason: String,
    /// Points whose jobs must not run without it; none where it is only worth a warning.
    pub refused: Vec<HookPoint>,
}

impl HookSet {
    /// Reads the folder and adds what the config file says.
    #[must_use]
    pub fn load(settings: &HookSettings) -> Self {
        if settings.off {
            return Self::default();
        }
        let mut set = folder::read(&settings.folder, settings.folder_named);
        set.hooks.extend(settings.defined.iter().cloned());
        set.hooks.sort_by(|a, b| a.name.cmp(&b.name));
        set
    }

    /// No hook, and no job without them: they could not be read.
    #[must_use]
    pub fn unreadable(settings: &HookSettings, reason: &str) -> Self {
        let problem = Problem {
            path: settings.folder.display().to_string(),
            reason: format!("reading it crashed: {reason}"),
            refused: HookPoint::ALL.to_vec(),
        };
        Self { hooks: Vec::new(), problems: vec![problem] }
    }

    /// The hooks of a point, in their order.
    pub fn at(&self, point: HookPoint) -> impl Iterator<Item = &HookSpec> {
        self.hooks.iter().filter(move |hook| hook.points.contains(&point))
    }

    /// Why a job with these points must not run: a hook of it cannot be trusted, or not be read.
    #[must_use]
    pub fn refusal(&self, points: &[HookPoint]) -> Option<Error> {
        let refused = |problem: &&Problem| problem.refused.iter().any(|p| points.contains(p));
        let reasons: Vec<String> =
            self.problems.iter().filter(refused).map(Problem::to_string).collect();
        (!reasons.is_empty()).then(|| {
            let text = format!("a hook of this job is refused: {}", reasons.join("; "));
            Error::new(ErrorKind::Conflict, text)
                .with_hint("put it right, move it away, or leave all hooks out with --no-hooks")
        })
    }

    /// Problems that are worth a warning only.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        let harmless = self.problems.iter().filter(|problem| problem.refused.is_empty());
        harmless.map(|problem| format!("not run as a hook: {problem}"))
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}
