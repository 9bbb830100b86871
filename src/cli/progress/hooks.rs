//! What hooks do and say, as lines for people.

use crate::model::hook::{HookStream, seconds};
use crate::model::job::JobEvent;

use super::super::output::clean;

/// The lines of an event of a hook; none for other events.
pub(in crate::cli) fn hook_text(event: &JobEvent) -> Option<String> {
    let text = match event {
        JobEvent::HookStarted { name, point, database, .. } => {
            let of = database.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
            format!("hook {name}: {point}{of}")
        }
        JobEvent::HookLine { name, stream, text, .. } => match stream {
            HookStream::Stdout => format!("{name}| {text}"),
            HookStream::Stderr => format!("{name}! {text}"),
            HookStream::Note => format!("{name}: {text}"),
        },
        JobEvent::HookEnded { outcome, .. } => {
            format!("hook {}: {}, {}", outcome.name, outcome.end, seconds(outcome.millis))
        }
        _ => return None,
    };
    Some(clean(&text))
}
