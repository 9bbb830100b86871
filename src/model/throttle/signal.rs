//! What tells that a server or a disk has enough to do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A signal. Its values are whole numbers of its own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// How far the slowest replica is behind, in milliseconds.
    Lag,
    /// Sessions that run a statement, without those of this program.
    Sessions,
    /// How long a commit takes, in microseconds.
    Commit,
    /// Finished log files that are not archived yet.
    Archiver,
    /// Requests that wait or run at the output's block device, on average, in thousandths.
    Disk,
}

impl Signal {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Lag, Self::Sessions, Self::Commit, Self::Archiver, Self::Disk];

    /// The word of `--adapt`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Lag => "lag",
            Self::Sessions => "sessions",
            Self::Commit => "commit",
            Self::Archiver => "archiver",
            Self::Disk => "disk",
        }
    }

    /// Words for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Lag => "replica lag",
            Self::Sessions => "active sessions",
            Self::Commit => "commit latency",
            Self::Archiver => "archiver queue",
            Self::Disk => "disk queue",
        }
    }

    /// Whether the server tells it; the disk's is read on this machine.
    #[must_use]
    pub fn is_of_server(self) -> bool {
        self != Self::Disk
    }

    /// A value for people.
    #[must_use]
    pub fn show(self, value: u64) -> String {
        match self {
            Self::Lag => decimal(value, 1_000, " s"),
            Self::Commit => decimal(value, 1_000, " ms"),
            Self::Disk => decimal(value, 1_000, ""),
            Self::Sessions | Self::Archiver => value.to_string(),
        }
    }

    /// A value as it is typed: exact.
    fn typed(self, value: u64) -> String {
        match self {
            Self::Lag if value.is_multiple_of(1_000) => format!("{}s", value / 1_000),
            Self::Lag => format!("{value}ms"),
            Self::Commit if value.is_multiple_of(1_000) => format!("{}ms", value / 1_000),
            Self::Commit => format!("{value}us"),
            Self::Disk => {
                let text = format!("{}.{:03}", value / 1_000, value % 1_000);
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            Self::Sessions | Self::Archiver => value.to_string(),
        }
    }

    fn parse(self, text: &str) -> Option<u64> {
        match self {
            Self::Lag => duration(text, &[("ms", 1), ("s", 1_000), ("min", 60_000)]),
            Self::Commit => duration(text, &[("us", 1), ("ms", 1_000), ("s", 1_000_000)]),
            Self::Disk => thousandths(text),
            Self::Sessions | Self::Archiver => text.parse().ok(),
        }
    }

    /// How a bound of it is written.
    fn example(self) -> &'static str {
        match self {
            Self::Lag => "lag=10s",
            Self::Sessions => "sessions=20",
            Self::Commit => "commit=50ms",
            Self::Archiver => "archiver=5",
            Self::Disk => "disk=0.8",
        }
    }
}

/// One decimal below ten, none above.
fn decimal(value: u64, unit: u64, name: &str) -> String {
    let tenths = value.saturating_mul(10).saturating_add(unit / 2) / unit;
    if tenths >= 100 {
        format!("{}{name}", value.saturating_add(unit / 2) / unit)
    } else if tenths.is_multiple_of(10) {
        format!("{}{name}", tenths / 10)
    } else {
        format!("{}.{}{name}", tenths / 10, tenths % 10)
    }
}

/// A whole number with one of these units, or a decimal one that comes to a whole number of the
/// first.
fn duration(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim())?;
    match number.parse::<u64>() {
        Ok(number) => number.checked_mul(*factor),
        Err(_) => thousandths(number)?.checked_mul(*factor).map(|value| value / 1_000),
    }
}

/// `0.8` as 800.
fn thousandths(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction: u64 = format!("{fraction:0<3}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(1_000)?.checked_add(fraction)
}

/// The most of a signal that is allowed: `lag=10s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The signal.
    pub signal: Signal,
    /// The bound, in the signal's unit.
    pub most: u64,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.signal.word(), self.signal.typed(self.most))
    }
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, value) =
            text.split_once('=').ok_or_else(|| format!("'{text}' has no equals sign"))?;
        let signal = Signal::ALL.into_iter().find(|signal| signal.word() == word.trim());
        let signal = signal.ok_or_else(|| {
            let known = Signal::ALL.map(Signal::word).join(", ");
            format!("'{}' is no signal: known are {known}", word.trim())
        })?;
        let most = signal.parse(value.trim()).filter(|most| *most > 0);
        let most = most.ok_or_else(|| {
            format!("'{}' is no bound: write it as in {}", text.trim(), signal.example())
        })?;
        Ok(Self { signal, most })
    }
}

/// A signal that was read, beside its bound: "replica lag 14 s over 10 s".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The signal.
    pub signal: Signal,
    /// What it is.
    pub value: u64,
    /// What it may be.
    pub bound: u64,
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { signal, value, bound } = *self;
        let (shown, most) = (signal.show(value), signal.show(bound));
        match value.cmp(&bound) {
            // Rounded they may look the same.
            std::cmp::Ordering::Greater if shown == most => {
                write!(f, "{} just over {most}", signal.label())
            }
            std::cmp::Ordering::Greater => write!(f, "{} {shown} over {most}", signal.label()),
            _ => write!(f, "{} {shown} of {most}", signal.label()),
        }
    }
}

/// Why a signal could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// In words, with what to do about it.
    pub why: String,
    /// It will not be read later either.
    pub lasting: bool,
}

impl Unread {
    /// Not this time.
    #[must_use]
    pub fn now(why: impl Into<String>) -> Self {
        Self { why: why.into(), lasting: false }
    }

    /// Not as long as the job runs.
    #[must_use]
    pub fn ever(why: impl Into<String>) -> Self {
        Self { why: why.into(), lasting: true }
    }
}
