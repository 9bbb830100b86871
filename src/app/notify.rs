//! Messages: a log of all of them, and toasts for the ones that are new.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::model::id::JobId;
pub use crate::model::job::Level;

/// How many messages are kept.
const KEPT: usize = 5_000;
/// How many toasts are shown at once.
pub const TOASTS: usize = 4;
/// How long a toast stays that is not an error.
const TOAST_TIME: SignedDuration = SignedDuration::from_secs(5);

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Counts up; identifies it.
    pub number: u64,
    /// When it came.
    pub at: Timestamp,
    /// How loud it is.
    pub level: Level,
    /// The job it belongs to.
    pub job: Option<JobId>,
    /// One line.
    pub text: String,
    /// What the user can do.
    pub hint: Option<String>,
}

/// All messages, and which of them are still shown as toasts.
#[derive(Debug, Clone, Default)]
pub struct Notifications {
    messages: VecDeque<Message>,
    toasts: Vec<u64>,
    last: u64,
}

impl Notifications {
    /// Adds a message and shows it, in place of one that says the same.
    pub fn toast(&mut self, message: Message) {
        let mut toasts = std::mem::take(&mut self.toasts);
        toasts.retain(|number| {
            !self.message(*number).is_some_and(|shown| {
                shown.level == message.level
                    && shown.text == message.text
                    && shown.hint == message.hint
            })
        });
        self.toasts = toasts;
        let number = self.log(message);
        self.toasts.push(number);
        // Errors stay until seen; of the rest the oldest gives way.
        while self.toasts.len() > TOASTS {
            let oldest = (0..self.toasts.len())
                .find(|i| self.toasts.get(*i).is_some_and(|n| !self.is_error(*n)))
                .unwrap_or(0);
            self.toasts.remove(oldest);
        }
    }

    /// Adds a message without showing it; gives its number.
    pub fn log(&mut self, mut message: Message) -> u64 {
        self.last += 1;
        message.number = self.last;
        self.messages.push_back(message);
        if self.messages.len() > KEPT {
            self.messages.pop_front();
        }
        self.last
    }

    /// All messages, oldest first.
    #[must_use]
    pub fn messages(&self) -> &VecDeque<Message> {
        &self.messages
    }

    /// The message with this number.
    #[must_use]
    pub fn message(&self, number: u64) -> Option<&Message> {
        let first = self.messages.front()?.number;
        self.messages.get(usize::try_from(number.checked_sub(first)?).ok()?)
    }

    /// What is shown now, oldest first.
    pub fn toasts(&self) -> impl Iterator<Item = &Message> {
        self.toasts.iter().filter_map(|number| self.message(*number))
    }

    /// Takes toasts away whose time is over; errors stay. Says whether any went.
    pub fn expire(&mut self, now: Timestamp) -> bool {
        let before = self.toasts.len();
        let mut toasts = std::mem::take(&mut self.toasts);
        toasts.retain(|number| {
            self.message(*number).is_some_and(|message| {
                message.level == Level::Error || now.duration_since(message.at) < TOAST_TIME
            })
        });
        self.toasts = toasts;
        self.toasts.len() != before
    }

    /// The user has seen them; says whether there were any.
    pub fn dismiss(&mut self) -> bool {
        let any = !self.toasts.is_empty();
        self.toasts.clear();
        any
    }

    fn is_error(&self, number: u64) -> bool {
        self.message(number).is_some_and(|message| message.level == Level::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(second: i64, level: Level) -> Message {
        Message {
            number: 0,
            at: Timestamp::from_second(second).unwrap(),
            level,
            job: None,
            text: second.to_string(),
            hint: None,
        }
    }

    #[test]
    fn toasts_go_after_five_seconds_but_errors_stay_until_seen() {
        let mut notes = Notifications::default();
        notes.toast(message(0, Level::Info));
        notes.toast(message(1, Level::Error));
        notes.expire(Timestamp::from_second(4).unwrap());
        assert_eq!(notes.toasts().count(), 2);
        assert!(notes.expire(Timestamp::from_second(5).unwrap()));
        notes.expire(Timestamp::from_second(900).unwrap());
        assert_eq!(notes.toasts().map(|t| t.text.as_str()).collect::<Vec<_>>(), ["1"]);
        assert!(notes.dismiss() && !notes.dismiss());
        assert_eq!(notes.messages().len(), 2);
    }

    #[test]
    fn a_key_pressed_again_in_vain_is_answered_by_one_toast_and_not_by_a_pile() {
        let mut notes = Notifications::default();
        let said = |second| Message { text: "no".into(), ..message(second, Level::Warning) };
        notes.toast(said(0));
        notes.toast(message(1, Level::Info));
        notes.toast(said(3));
        let shown: Vec<_> = notes.toasts().map(|t| t.text.as_str()).collect();
        assert_eq!(shown, ["1", "no"]);
        assert_eq!(notes.messages().len(), 3, "the log has them all");
        notes.expire(Timestamp::from_second(7).unwrap());
        assert_eq!(notes.toasts().count(), 1, "its time began anew");
    }

    #[test]
    fn an_error_is_not_pushed_out_by_chatter() {
        let mut notes = Notifications::default();
        notes.toast(message(0, Level::Error));
        (1..20).for_each(|s| notes.toast(message(s, Level::Info)));
        let shown: Vec<_> = notes.toasts().map(|t| t.text.as_str()).collect();
        assert_eq!(shown, ["0", "17", "18", "19"]);
    }

    #[test]
    fn the_log_is_bounded_and_still_found_by_number() {
        let mut notes = Notifications::default();
        (0..6_000).for_each(|s| {
            notes.log(message(s, Level::Info));
        });
        assert_eq!(notes.messages().len(), KEPT);
        assert_eq!(notes.message(6_000).map(|m| m.text.as_str()), Some("5999"));
        assert_eq!(notes.message(1), None);
    }
}
