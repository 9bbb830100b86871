//! The hooks of a job in few words: for its details, and for the view that has their lines.

use crate::app::panes::jobs::{HookRun, JobRow};
use crate::model::hook::{HookEnd, OnFailure, seconds};
use crate::ui::glyphs::Glyphs;
use crate::ui::theme::Role;

/// How many of a job's hooks its details show.
const SHOWN: usize = 4;

/// Mark, colour and words for how a hook goes or went.
pub(in crate::ui) fn hook_state(run: &HookRun, glyphs: &Glyphs) -> (&'static str, Role, String) {
    let Some(outcome) = &run.outcome else {
        return (glyphs.running, Role::Accent, "running".to_owned());
    };
    let took = seconds(outcome.millis);
    let tried = match outcome.attempts {
        0 | 1 => String::new(),
        n => format!(", tried {n} times"),
    };
    match (&outcome.end, outcome.on_failure) {
        (HookEnd::Done, _) => (glyphs.done, Role::Ok, format!("{took}{tried}")),
        (HookEnd::Cancelled, _) => (glyphs.cancelled, Role::Warn, format!("cancelled, {took}")),
        (end, OnFailure::Continue) => {
            (glyphs.incomplete, Role::Warn, format!("{end}, {took}{tried}"))
        }
        (end, OnFailure::Abort) => (glyphs.failed, Role::Danger, format!("{end}, {took}{tried}")),
    }
}

/// The newest hooks, a line each: "✔ hook pre-backup: vacuum 2.1 s".
pub(super) fn lines(job: &JobRow, glyphs: &Glyphs) -> Vec<(String, Role)> {
    let runs = job.hooks.runs();
    let newest = runs.get(runs.len().saturating_sub(SHOWN)..).unwrap_or_default();
    let line = |run: &HookRun| {
        let (mark, role, state) = hook_state(run, glyphs);
        let of = run.database.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        (format!("{mark} hook {}{of}: {}  {state}", run.point, run.name), role)
    };
    newest.iter().map(line).collect()
}
