//! Hooks without a job: what there is, and a run by hand to try one.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::hooks::{After, Call, Facts, HookSet, Problem, Runner, safe_environment};
use crate::model::conn::Target;
use crate::model::hook::spec::{HookOrigin, HookSpec, JobKind};
use crate::model::hook::{HookOutcome, HookPoint, OnFailure};
use crate::model::job::{ErrorReport, JobEvent, Outcome};

use super::native::Vacuum;
use super::told;

/// Events that may wait for whoever shows them.
const QUEUE: usize = 64;

/// One hook at one point, without any secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedHook {
    /// The point.
    pub point: HookPoint,
    /// The hook.
    pub name: String,
    /// What it does.
    pub what: String,
    /// Where it comes from: "config", or its file.
    pub from: String,
    /// Milliseconds that one attempt may take.
    pub timeout_millis: u64,
    /// How often it is tried again.
    pub retries: u32,
    /// What its failure means.
    pub on_failure: OnFailure,
    /// The user that it runs as, where that is another one.
    pub run_as: Option<String>,
    /// For which jobs it runs; empty for all.
    pub conditions: String,
}

/// What would run, in its order, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HookListing {
    /// The hooks' folder.
    pub folder: String,
    /// Hooks are switched off.
    pub off: bool,
    /// By point, then by name.
    pub hooks: Vec<ListedHook>,
    /// What keeps jobs from running.
    pub refused: Vec<String>,
    /// What is passed over.
    pub warnings: Vec<String>,
}

/// Lists the hooks.
#[must_use]
pub fn list(config: &Config) -> HookListing {
    let set = HookSet::load(&config.hooks);
    let hooks = HookPoint::ALL
        .into_iter()
        .flat_map(|point| set.at(point).map(move |hook| listed(hook, point)))
        .collect();
    let refused = set.problems.iter().filter(|problem| !problem.refused.is_empty());
    HookListing {
        folder: config.hooks.folder.display().to_string(),
        off: config.hooks.off,
        hooks,
        refused: refused.map(Problem::to_string).collect(),
        warnings: set.warnings().collect(),
    }
}

fn listed(hook: &HookSpec, point: HookPoint) -> ListedHook {
    let from = match &hook.origin {
        HookOrigin::Config => "config".to_owned(),
        HookOrigin::Folder(path) => path.display().to_string(),
    };
    ListedHook {
        point,
        name: hook.name.clone(),
        what: hook.action.describe(),
        from,
        timeout_millis: u64::try_from(hook.timeout.as_millis()).unwrap_or(u64::MAX),
        retries: hook.retries,
        on_failure: hook.on_failure,
        run_as: hook.run_as.clone(),
        conditions: hook.conditions.describe(),
    }
}

/// A run by hand.
#[derive(Debug, Clone, Default)]
pub struct ByHand {
    /// A point, or the name of one hook.
    pub which: String,
    /// The point, where a hook of that name has several.
    pub point: Option<HookPoint>,
    /// The server, for a hook that needs one.
    pub target: Target,
    /// What kind of job to tell of.
    pub kind: Option<JobKind>,
    /// The database to tell of.
    pub database: Option<String>,
    /// The path to tell of, absolute as a job's is.
    pub path: Option<PathBuf>,
    /// The outcome to tell of: complete, failed, ….
    pub outcome: Option<String>,
    /// The reason to tell of.
    pub error: Option<String>,
}

impl ByHand {
    fn facts(&self, point: HookPoint) -> Facts {
        let usual = match point {
            HookPoint::OnError => "failed",
            _ => "complete",
        };
        let outcome = outcome(self.outcome.as_deref().unwrap_or(usual));
        let after = After { error: self.error.clone(), ..told(&outcome) };
        Facts {
            job: None,
            kind: self.kind,
            profile: self.target.profile.clone(),
            database: self.database.clone(),
            path: self.path.clone(),
            after: (!point.is_before() || self.outcome.is_some()).then_some(after),
        }
    }

    /// The hooks that are meant, by point.
    fn chosen<'s>(&self, set: &'s HookSet) -> Result<Vec<(HookPoint, Vec<&'s HookSpec>)>> {
        if let Ok(point) = self.which.parse::<HookPoint>() {
            let hooks: Vec<&HookSpec> = set.at(point).collect();
            if hooks.is_empty() {
                return Err(Error::usage(format!("there is no hook at {point}")).with_hint(LIST));
            }
            return Ok(vec![(point, hooks)]);
        }
        let hook = set.hooks.iter().find(|hook| hook.name == self.which);
        let hook = hook.ok_or_else(|| {
            Error::usage(format!("'{}' is neither a point nor a hook", self.which)).with_hint(LIST)
        })?;
        match (self.point, hook.points.as_slice()) {
            (Some(point), points) if points.contains(&point) => Ok(vec![(point, vec![hook])]),
            (None, [point]) => Ok(vec![(*point, vec![hook])]),
            (Some(point), _) => {
                Err(Error::usage(format!("hook {} does not run at {point}", hook.name)))
            }
            (None, points) => {
                let words: Vec<&str> = points.iter().map(|point| point.word()).collect();
                let text = format!("hook {} runs at several points", hook.name);
                Err(Error::usage(text).with_hint(format!("add --at {}", words.join(" or "))))
            }
        }
    }
}

/// An outcome by its word.
fn outcome(word: &str) -> Outcome {
    match word {
        "complete" => Outcome::Complete,
        "incomplete" => Outcome::Incomplete { reasons: Vec::new() },
        "cancelled" => Outcome::Cancelled { left: String::new() },
        "crashed" => Outcome::Panicked { message: String::new() },
        _ => Outcome::Failed { error: ErrorReport::default() },
    }
}

/// What to do next when nothing was found.
const LIST: &str = "dbbackup hooks list shows all there are, and what is wrong with others";

/// Runs hooks by hand. What they say comes to `show`; a fired token ends them.
pub async fn run_by_hand(
    config: Arc<Config>,
    request: ByHand,
    cancel: CancellationToken,
    mut show: impl FnMut(&JobEvent),
) -> Result<Vec<HookOutcome>> {
    let set = HookSet::load(&config.hooks);
    let chosen = request.chosen(&set)?;
    let (events, mut queue) = mpsc::channel(QUEUE);
    let native = Arc::new(Vacuum::of_server(request.target.clone(), &config));
    let environment = safe_environment(|name| config.env.get(name));
    let runner = Runner::new(environment, &events, native);
    let running = async {
        let mut outcomes = Vec::new();
        for (point, hooks) in chosen {
            let facts = request.facts(point);
            let call = Call { point, facts: &facts, cancel: &cancel };
            outcomes.extend(runner.run(hooks, call).await);
        }
        drop(events);
        outcomes
    };
    let showing = async {
        while let Some(event) = queue.recv().await {
            show(&event);
        }
    };
    let (outcomes, ()) = tokio::join!(running, showing);
    Ok(outcomes)
}
