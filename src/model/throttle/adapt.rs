//! `--adapt lag=10s,sessions=20,commit=50ms,archiver=5,disk=0.8,floor=1M,ceiling=200M,every=2s`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::signal::{Bound, Signal};
use crate::model::size::{exact_size, parse_bytes};

/// The lowest limit unless told: a job that crawls still ends.
const FLOOR: u64 = 1_000_000;
/// Time between two looks unless told.
const EVERY_MS: u64 = 2_000;

/// Why an adaptive limit could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}; write bounds as in lag=10s,sessions=20,commit=50ms,archiver=5,disk=0.8, or off")]
pub struct AdaptError(String);

/// Which signals lower a job's limit, and how far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdaptSpec {
    /// Bounds, one a signal at most; none switches this off.
    pub bounds: Vec<Bound>,
    /// The limit never goes below this, in bytes a second.
    pub floor: u64,
    /// Nor above this.
    pub ceiling: Option<u64>,
    /// Milliseconds between two looks at the signals.
    pub every_ms: u64,
}

impl Default for AdaptSpec {
    fn default() -> Self {
        Self { bounds: Vec::new(), floor: FLOOR, ceiling: None, every_ms: EVERY_MS }
    }
}

impl AdaptSpec {
    /// No signals.
    #[must_use]
    pub fn off() -> Self {
        Self::default()
    }

    /// Whether any signal was chosen.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.bounds.is_empty()
    }

    /// Whether this signal was chosen.
    #[must_use]
    pub fn has(&self, signal: Signal) -> bool {
        self.bounds.iter().any(|bound| bound.signal == signal)
    }

    /// Time between two looks at the signals.
    #[must_use]
    pub fn every(&self) -> Duration {
        Duration::from_millis(self.every_ms)
    }

    fn take(&mut self, part: &str) -> Result<(), AdaptError> {
        let fail = |text: String| AdaptError(text);
        let rate = |text: &str| match parse_bytes(text) {
            Ok(0) => Err(fail(format!("'{part}' is no limit: it is never zero"))),
            Ok(rate) => Ok(rate),
            Err(error) => Err(fail(error.to_string())),
        };
        match part.split_once('=').map(|(name, value)| (name.trim(), value)) {
            Some(("floor", value)) => self.floor = rate(value)?,
            Some(("ceiling", value)) => self.ceiling = Some(rate(value)?),
            Some(("every", value)) => {
                let millis = parse_every(value.trim());
                self.every_ms = millis
                    .ok_or_else(|| fail(format!("'{part}' is no interval between 100ms and 1h")))?;
            }
            _ => {
                let bound: Bound = part.parse().map_err(fail)?;
                if self.has(bound.signal) {
                    return Err(fail(format!("{} is named twice", bound.signal.word())));
                }
                self.bounds.push(bound);
            }
        }
        Ok(())
    }
}

fn parse_every(text: &str) -> Option<u64> {
    let (number, factor) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s')?, 1_000),
    };
    let millis = number.trim().parse::<u64>().ok()?.checked_mul(factor)?;
    (100..=3_600_000).contains(&millis).then_some(millis)
}

impl FromStr for AdaptSpec {
    type Err = AdaptError;

    fn from_str(text: &str) -> Result<Self, AdaptError> {
        if matches!(text.trim(), "off" | "none") {
            return Ok(Self::off());
        }
        let mut spec = Self::default();
        for part in text.split(',') {
            spec.take(part.trim())?;
        }
        if !spec.is_on() {
            return Err(AdaptError(format!("'{}' names no signal", text.trim())));
        }
        if let Some(ceiling) = spec.ceiling.filter(|ceiling| *ceiling < spec.floor) {
            let (low, high) = (exact_size(spec.floor), exact_size(ceiling));
            return Err(AdaptError(format!("the floor {low} is above the ceiling {high}")));
        }
        Ok(spec)
    }
}

impl fmt::Display for AdaptSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_on() {
            return f.write_str("off");
        }
        let mut parts: Vec<String> = self.bounds.iter().map(Bound::to_string).collect();
        if self.floor != FLOOR {
            parts.push(format!("floor={}", exact_size(self.floor)));
        }
        if let Some(ceiling) = self.ceiling {
            parts.push(format!("ceiling={}", exact_size(ceiling)));
        }
        match self.every_ms {
            EVERY_MS => {}
            whole if whole.is_multiple_of(1_000) => parts.push(format!("every={}s", whole / 1_000)),
            millis => parts.push(format!("every={millis}ms")),
        }
        f.write_str(&parts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> String {
        text.parse::<AdaptSpec>().unwrap_err().to_string()
    }

    #[test]
    fn every_signal_is_read_in_its_unit_and_written_back() {
        let text = "lag=10s,sessions=20,commit=50ms,archiver=5,disk=0.8";
        let spec: AdaptSpec = text.parse().unwrap();
        let most: Vec<u64> = spec.bounds.iter().map(|bound| bound.most).collect();
        assert_eq!(most, [10_000, 20, 50_000, 5, 800]);
        assert_eq!(spec.to_string(), text);
        for text in
            ["lag=1500ms,floor=2M,ceiling=1G,every=500ms", "disk=2", "commit=250us,every=5s", "off"]
        {
            assert_eq!(text.parse::<AdaptSpec>().unwrap().to_string(), text);
        }
        let fractions: AdaptSpec = "lag=1.5s, commit=0.5ms".parse().unwrap();
        assert_eq!(fractions.to_string(), "lag=1500ms,commit=500us");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert!(complaint("lag").contains("'lag' has no equals sign"));
        assert!(complaint("speed=1").contains("'speed' is no signal: known are lag, sessions"));
        assert!(complaint("lag=10").contains("write it as in lag=10s"));
        assert!(complaint("lag=0s").contains("is no bound"));
        assert!(complaint("lag=1s,lag=2s").contains("lag is named twice"));
        assert!(complaint("floor=1M").contains("names no signal"));
        assert!(complaint("lag=1s,floor=2M,ceiling=1M").contains("floor 2M is above"));
        assert!(complaint("lag=1s,every=1ms").contains("no interval"));
        assert!(complaint("disk=0.12345").contains("is no bound"));
    }
}
