//! `hooks list` and `hooks run`.

use std::fmt::Write;
use std::sync::Arc;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::engine::hooks::{self, ByHand, HookListing, ListedHook, VARIABLES};
use crate::error::Result;
use crate::model::hook::{HookOutcome, HookPoint, seconds};
use crate::model::job::JobEvent;

use super::args::{Common, Hooks, HooksRunArgs, LogFormat};
use super::output::{self, clean, say};
use super::progress::{hook_text, json_line};
use super::signals::Signals;
use super::specs;
use super::target::target;

/// Runs the verb.
pub(super) async fn run(config: Arc<Config>, common: &Common, verb: &Hooks) -> Result<u8> {
    match verb {
        Hooks::List(args) => {
            let listing = hooks::list(&config);
            if args.json {
                output::json(&listing)?;
            } else {
                output::result(text(&listing).as_bytes())?;
            }
            // What keeps a job from running is worth a script's notice.
            Ok(u8::from(!listing.refused.is_empty()))
        }
        Hooks::Run(args) => by_hand(config, common, args).await,
    }
}

async fn by_hand(config: Arc<Config>, common: &Common, args: &HooksRunArgs) -> Result<u8> {
    let request = ByHand {
        which: args.which.clone(),
        point: args.at,
        target: target(common),
        kind: args.kind,
        database: args.database.clone(),
        path: args.path.as_deref().map(specs::absolute).transpose()?,
        outcome: args.outcome.clone(),
        error: args.error.clone(),
    };
    for reason in hooks::list(&config).refused {
        say(format_args!("warning: refused: {}", clean(&reason)));
    }
    let mut signals = Signals::catch()?;
    let cancel = CancellationToken::new();
    let format = common.log_format;
    let running = hooks::run_by_hand(config, request, cancel.clone(), |event| show(event, format));
    tokio::pin!(running);
    let outcomes = loop {
        tokio::select! {
            outcomes = &mut running => break outcomes?,
            () = signals.stop(), if !cancel.is_cancelled() => cancel.cancel(),
        }
    };
    match format {
        LogFormat::Json => output::json(&outcomes)?,
        LogFormat::Text => output::result(ends(&outcomes).as_bytes())?,
    }
    let code = u8::from(!hooks::all_done(&outcomes));
    Ok(if cancel.is_cancelled() { 130 } else { code })
}

fn show(event: &JobEvent, format: LogFormat) {
    match format {
        LogFormat::Json => json_line(json!({ "event": event })),
        LogFormat::Text => hook_text(event).iter().for_each(say),
    }
}

fn ends(outcomes: &[HookOutcome]) -> String {
    if outcomes.is_empty() {
        return "no hook's conditions hold for this\n".to_owned();
    }
    let end = |outcome: &HookOutcome| {
        let HookOutcome { name, point, end, millis, .. } = outcome;
        format!("{point} {name}: {}, {}\n", clean(&end.to_string()), seconds(*millis))
    };
    outcomes.iter().map(end).collect()
}

/// The list for people.
fn text(listing: &HookListing) -> String {
    let mut text = format!("hooks folder: {}\n", clean(&listing.folder));
    if listing.off {
        text.push_str("hooks are switched off (--no-hooks)\n");
    }
    for point in HookPoint::ALL {
        let hooks: Vec<&ListedHook> =
            listing.hooks.iter().filter(|hook| hook.point == point).collect();
        if !hooks.is_empty() {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{point}:");
        }
        for (number, hook) in (1..).zip(hooks) {
            let _ = writeln!(text, "  {number}. {}", clean(&line(hook)));
        }
    }
    if listing.hooks.is_empty() && !listing.off {
        text.push_str("there are no hooks\n");
    }
    section(&mut text, "refused; jobs that would run them do not start:", &listing.refused);
    section(&mut text, "warnings:", &listing.warnings);
    text.push_str("variables that a hook finds:\n");
    for (name, meaning) in VARIABLES {
        let _ = writeln!(text, "  {name:<22}  {meaning}");
    }
    text
}

fn section(text: &mut String, heading: &str, lines: &[String]) {
    if !lines.is_empty() {
        let _ = writeln!(text, "{heading}");
    }
    for line in lines {
        let _ = writeln!(text, "  {}", clean(line));
    }
}

fn line(hook: &ListedHook) -> String {
    let mut parts = vec![hook.name.clone()];
    if hook.from == "config" {
        parts.push(format!("{}, from the config file", hook.what));
    } else {
        parts.push(hook.from.clone());
    }
    parts.push(format!("at most {}", seconds(hook.timeout_millis)));
    if hook.retries > 0 {
        parts.push(format!("{} retries", hook.retries));
    }
    parts.push(format!("on failure {}", hook.on_failure.word()));
    parts.extend(hook.run_as.as_ref().map(|user| format!("as {user}")));
    if !hook.conditions.is_empty() {
        parts.push(format!("only for {}", hook.conditions));
    }
    parts.join("; ")
}
