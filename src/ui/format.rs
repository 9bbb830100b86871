//! Numbers and times as people read them, always with their units.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// A size in at most eight cells: "212 GiB", "1.5 KiB", with a decimal only where it tells
/// something.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if value < 999.5 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if value < 99.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// A rate: "184 MiB/s".
pub fn rate(bytes_per_second: u64) -> String {
    format!("{}/s", size(bytes_per_second))
}

/// A span of time: "9 s", "3 min 05 s", "2 h 10 min", "4 d 03 h".
pub fn span(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min {:02} s", seconds % 60),
        3600..86_400 => format!("{hours} h {:02} min", minutes % 60),
        _ => format!("{days} d {:02} h", hours % 24),
    }
}

/// The seconds between two instants, none where the clock went back.
pub fn seconds_between(from: Timestamp, to: Timestamp) -> u64 {
    let passed: SignedDuration = to.duration_since(from);
    u64::try_from(passed.as_secs()).unwrap_or(0)
}

/// A range of time that is left, in the coarser unit of both: "3–4 min", "40–55 s".
pub fn range(low: u64, high: u64) -> String {
    let (low, high) = (low.min(high), low.max(high));
    let (unit, name) = match high {
        0..100 => (1, "s"),
        100..6000 => (60, "min"),
        6000..172_800 => (3600, "h"),
        _ => (86_400, "d"),
    };
    // Never promise less than the low end nor hide that the high end may be exceeded.
    let (from, to) = (low / unit, high.div_ceil(unit));
    if from == to {
        format!("{to} {name}")
    } else if from == 0 && unit > 1 {
        format!("under {to} {name}")
    } else {
        format!("{from}–{to} {name}")
    }
}

/// A time of day in UTC: "14:02:11Z".
pub fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%H:%M:%SZ").to_string()
}

/// A date and time of day in UTC: "2026-02-11 14:02Z".
pub fn date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// The version without what its packager added: "16.4 (Debian 16.4-1)" is "16.4".
pub fn version(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// "1 job", "2 jobs".
pub fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_lose_the_decimal_that_tells_nothing() {
        let rates = [0, 900, 1023, 1536, 200_000_000, 5_368_709_120, 1_072_693_248];
        let shown: Vec<String> = rates.map(rate).into();
        let expected =
            ["0 B/s", "900 B/s", "1.0 KiB/s", "1.5 KiB/s", "191 MiB/s", "5.0 GiB/s", "1.0 GiB/s"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn spans_name_two_units_at_most() {
        let shown: Vec<String> = [0, 59, 185, 7800, 4 * 86_400 + 3 * 3600].map(span).into();
        assert_eq!(shown, ["0 s", "59 s", "3 min 05 s", "2 h 10 min", "4 d 03 h"]);
    }

    #[test]
    fn a_range_keeps_both_ends() {
        let shown = [(40, 55), (185, 230), (20, 130), (7000, 9000), (5, 5), (55, 40)]
            .map(|(low, high)| range(low, high));
        assert_eq!(shown, ["40–55 s", "3–4 min", "under 3 min", "1–3 h", "5 s", "40–55 s"]);
    }

    #[test]
    fn times_are_in_utc_and_say_so() {
        let at: Timestamp = "2026-02-11T14:02:11.5Z".parse().unwrap();
        assert_eq!(clock(at), "14:02:11Z");
        assert_eq!(date(at), "2026-02-11 14:02Z");
        assert_eq!(version("16.4 (Debian 16.4-1)"), "16.4");
    }
}
