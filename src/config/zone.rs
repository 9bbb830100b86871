//! The time zone in which hours of the config and of the command line are meant.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// A time zone, with a name for people.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl Zone {
    /// The machine's own, or what `TZ` says; UTC where neither says anything.
    pub(super) fn local() -> Self {
        Self(TimeZone::system())
    }

    /// The time on the wall.
    #[must_use]
    pub fn wall(&self, at: Timestamp) -> DateTime {
        Zoned::new(at, self.0.clone()).datetime()
    }

    /// Its name, or its offset from UTC now where it has none.
    #[must_use]
    pub fn name(&self, at: Timestamp) -> String {
        if self.0.is_unknown() {
            return "UTC (the machine has no time zone)".to_owned();
        }
        let offset = || format!("UTC{}", self.0.to_offset(at));
        self.0.iana_name().map_or_else(offset, str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_those_on_the_wall() {
        let noon: Timestamp = "2026-02-13T12:00:00Z".parse().unwrap();
        assert_eq!(Zone::default().wall(noon).to_string(), "2026-02-13T12:00:00");
        assert_eq!(Zone::default().name(noon), "UTC");
        let east = Zone(TimeZone::fixed(jiff::tz::offset(5)));
        assert_eq!(east.wall(noon).to_string(), "2026-02-13T17:00:00");
        assert_eq!(east.name(noon), "UTC+05");
    }
}
