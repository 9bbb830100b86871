//! Why a job's limit is what it is now.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::signal::{Reading, Signal};
use super::window::RateWindow;

/// The reason of the limit in force.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitReason {
    /// Nobody asked for a limit.
    #[default]
    Off,
    /// `--rate`, or the form's field.
    Asked,
    /// Changed by hand while the job ran; it stays so until it is given back.
    You,
    /// A window of the week is open.
    Window {
        /// The window.
        window: RateWindow,
        /// The time zone in which its hours are meant.
        zone: String,
    },
    /// Signals were chosen, and none of them has lowered the limit.
    Quiet,
    /// A signal is over its bound.
    Over(Reading),
    /// No signal is over its bound any more; the limit goes up again, or waits for that.
    Recovering {
        /// The signal that lowered it last.
        after: Signal,
    },
    /// A signal cannot be read now: the limit stays as it is.
    Unreadable(Signal),
    /// The limit of the whole process is the lower one.
    Process,
}

impl LimitReason {
    /// Whether the two differ in more than the figure that was read.
    #[must_use]
    pub fn differs_from(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Over(one), Self::Over(two)) => one.signal != two.signal,
            (one, two) => one != two,
        }
    }
}

impl fmt::Display for LimitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("not asked for"),
            Self::Asked => f.write_str("as asked for"),
            Self::You => f.write_str("you"),
            Self::Window { window, zone } => write!(f, "window {} {zone}", window.hours()),
            Self::Quiet => f.write_str("no signal over its bound"),
            Self::Over(reading) => reading.fmt(f),
            Self::Recovering { after } => write!(f, "recovering after {}", after.label()),
            Self::Unreadable(signal) => write!(f, "{} cannot be read, so it stays", signal.label()),
            Self::Process => f.write_str("whole process"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_told_with_its_figures() {
        let reading = |signal, value, bound| LimitReason::Over(Reading { signal, value, bound });
        let window: RateWindow = "mon-fri 08:00-18:00=20M".parse().unwrap();
        for (reason, text) in [
            (reading(Signal::Lag, 14_000, 10_000), "replica lag 14 s over 10 s"),
            (reading(Signal::Lag, 10_049, 10_000), "replica lag just over 10 s"),
            (reading(Signal::Commit, 52_500, 50_000), "commit latency 53 ms over 50 ms"),
            (reading(Signal::Disk, 1_250, 800), "disk queue 1.3 over 0.8"),
            (reading(Signal::Sessions, 32, 20), "active sessions 32 over 20"),
            (
                LimitReason::Window { window, zone: "Europe/Berlin".into() },
                "window mon-fri 08:00-18:00 Europe/Berlin",
            ),
            (LimitReason::You, "you"),
            (LimitReason::Recovering { after: Signal::Lag }, "recovering after replica lag"),
        ] {
            assert_eq!(reason.to_string(), text);
        }
    }

    #[test]
    fn another_figure_of_the_same_signal_is_no_other_reason() {
        let over = |signal, value| LimitReason::Over(Reading { signal, value, bound: 1 });
        assert!(!over(Signal::Lag, 2).differs_from(&over(Signal::Lag, 3)));
        assert!(over(Signal::Lag, 2).differs_from(&over(Signal::Disk, 2)));
        assert!(LimitReason::You.differs_from(&LimitReason::Off));
    }
}
