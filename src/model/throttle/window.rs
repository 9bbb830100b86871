//! `mon-fri 08:00-18:00=20M`: a limit for hours of the week.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{DateTime, Weekday};
use serde::{Deserialize, Serialize};

use crate::model::size::{RateLimit, exact_size};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const ALL_DAYS: u8 = 0b111_1111;
const MINUTES_A_DAY: u16 = 24 * 60;

/// Why a window could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is no window: {why}; write it as in 'mon-fri 08:00-18:00=20M'")]
pub struct WindowError {
    text: String,
    why: String,
}

/// Hours of the week in which a limit applies, in the local time of whoever runs the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateWindow {
    /// One bit a day, Monday the lowest. A window over midnight belongs to the day it begins on.
    days: u8,
    /// Minutes since midnight, included.
    from: u16,
    /// Minutes since midnight, not included; at or before `from` it is on the next day.
    to: u16,
    /// The limit; off is none.
    pub limit: RateLimit,
}

impl RateWindow {
    /// Whether it is open at this local time.
    #[must_use]
    pub fn is_open(&self, at: DateTime) -> bool {
        let minute = minute_of(at);
        let today = at.weekday();
        if self.from < self.to {
            return self.has(today) && (self.from..self.to).contains(&minute);
        }
        let began_today = self.has(today) && minute >= self.from;
        let began_yesterday = self.has(today.previous()) && minute < self.to;
        began_today || began_yesterday
    }

    fn has(&self, day: Weekday) -> bool {
        self.days & bit(usize::from(day.to_monday_zero_offset().unsigned_abs())) != 0
    }

    /// Days and hours without the limit: "mon-fri 08:00-18:00".
    #[must_use]
    pub fn hours(&self) -> String {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        format!("{} {}-{}", days_text(self.days), clock(self.from), clock(self.to))
    }
}

fn minute_of(at: DateTime) -> u16 {
    u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs())
}

fn bit(day: usize) -> u8 {
    1_u8.checked_shl(u32::try_from(day).unwrap_or(u32::MAX)).unwrap_or(0)
}

/// Runs of days: "mon-fri", "sat,sun", "daily".
fn days_text(days: u8) -> String {
    if days == ALL_DAYS {
        return "daily".to_owned();
    }
    let on = |day: usize| days & bit(day) != 0;
    let mut parts = Vec::new();
    let mut day = 0;
    while day < DAYS.len() {
        let end = (day..DAYS.len()).find(|at| !on(*at)).unwrap_or(DAYS.len());
        let name = |at: usize| DAYS.get(at).copied().unwrap_or_default();
        match end - day {
            0 => {}
            1 => parts.push(name(day).to_owned()),
            2 => parts.extend([name(day).to_owned(), name(day + 1).to_owned()]),
            _ => parts.push(format!("{}-{}", name(day), name(end - 1))),
        }
        day = end + 1;
    }
    parts.join(",")
}

fn parse_days(text: &str) -> Result<u8, String> {
    if matches!(text, "daily" | "*") {
        return Ok(ALL_DAYS);
    }
    let mut days = 0;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut day, last) = (parse_day(first)?, parse_day(last)?);
        loop {
            days |= bit(day);
            if day == last {
                break;
            }
            // Over the end of the week: sat-mon.
            day = (day + 1) % DAYS.len();
        }
    }
    Ok(days)
}

fn parse_day(text: &str) -> Result<usize, String> {
    let text = text.trim().to_ascii_lowercase();
    let known = DAYS.iter().position(|day| *day == text);
    known.ok_or_else(|| format!("'{text}' is no day (mon, tue, wed, thu, fri, sat, sun, daily)"))
}

fn parse_clock(text: &str) -> Result<u16, String> {
    let fail = || format!("'{text}' is no time of day (HH:MM)");
    let (hour, minute) = text.split_once(':').ok_or_else(fail)?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return Err(fail());
    }
    let hour: u16 = hour.parse().map_err(|_| fail())?;
    let minute: u16 = minute.parse().map_err(|_| fail())?;
    let minutes = hour * 60 + minute;
    if minute < 60 && minutes <= MINUTES_A_DAY { Ok(minutes) } else { Err(fail()) }
}

fn parse(text: &str) -> Result<RateWindow, String> {
    let (when, limit) = text.rsplit_once('=').ok_or("there is no equals sign before the limit")?;
    let limit = limit.parse::<RateLimit>().map_err(|error| error.to_string())?;
    let when = when.trim();
    let (days, hours) = match when.split_once(char::is_whitespace) {
        Some((days, hours)) => (parse_days(days)?, hours.trim()),
        None => (ALL_DAYS, when),
    };
    let (from, to) = hours.split_once('-').ok_or("there are no hours (HH:MM-HH:MM)")?;
    let (from, to) = (parse_clock(from.trim())?, parse_clock(to.trim())?);
    if from == to {
        return Err("it begins when it ends; the whole day is 00:00-24:00".to_owned());
    }
    if from == MINUTES_A_DAY {
        return Err("24:00 is only an end".to_owned());
    }
    Ok(RateWindow { days, from, to, limit })
}

impl FromStr for RateWindow {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, WindowError> {
        parse(text.trim()).map_err(|why| WindowError { text: text.to_owned(), why })
    }
}

impl fmt::Display for RateWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RateLimit(limit) = self.limit;
        let limit = limit.map_or_else(|| "off".to_owned(), exact_size);
        write!(f, "{}={limit}", self.hours())
    }
}

impl Serialize for RateWindow {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RateWindow {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn window(text: &str) -> RateWindow {
        text.parse().unwrap_or_else(|e| panic!("{e}"))
    }

    fn at(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_is_open_on_its_days_from_its_first_minute_to_before_its_last() {
        let work = window("mon-fri 08:00-18:00=20M");
        // 2026-02-13 is a Friday.
        for (time, open) in [
            ("2026-02-13T07:59:59", false),
            ("2026-02-13T08:00:00", true),
            ("2026-02-13T17:59:59", true),
            ("2026-02-13T18:00:00", false),
            ("2026-02-14T12:00:00", false),
        ] {
            assert_eq!(work.is_open(at(time)), open, "{time}");
        }
        assert_eq!(work.limit, RateLimit(Some(20_000_000)));
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_on_which_it_begins() {
        let night = window("fri 22:00-06:00=off");
        for (time, open) in [
            ("2026-02-13T21:59:00", false),
            ("2026-02-13T22:00:00", true),
            ("2026-02-14T05:59:00", true),
            ("2026-02-14T06:00:00", false),
            ("2026-02-14T22:00:00", false),
            ("2026-02-13T05:00:00", false),
        ] {
            assert_eq!(night.is_open(at(time)), open, "{time}");
        }
    }

    #[test]
    fn windows_are_written_as_they_are_read() {
        for text in [
            "mon-fri 08:00-18:00=20M",
            "sat,sun 00:00-24:00=off",
            "daily 22:00-06:00=1Gi",
            "mon,wed-fri,sun 01:30-02:00=512Ki",
        ] {
            assert_eq!(window(text).to_string(), text);
        }
        assert_eq!(window("12:00-13:00=1M").to_string(), "daily 12:00-13:00=1M");
        assert_eq!(window("Sat-Mon 12:00-13:00=1M").to_string(), "mon,sat,sun 12:00-13:00=1M");
    }

    #[test]
    fn what_is_no_window_is_refused_with_its_reason() {
        for (text, why) in [
            ("mon 08:00-18:00", "no equals sign"),
            ("mon=1M", "no hours"),
            ("noday 08:00-18:00=1M", "'noday' is no day"),
            ("mon 8:00-18:00=1M", "'8:00' is no time of day"),
            ("mon 08:00-24:01=1M", "'24:01' is no time of day"),
            ("mon 24:00-02:00=1M", "24:00 is only an end"),
            ("mon 08:00-08:00=1M", "00:00-24:00"),
            ("mon 08:00-18:00=fast", "'fast' is not a size"),
        ] {
            let error = text.parse::<RateWindow>().unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    proptest! {
        #[test]
        fn every_window_comes_back_from_its_text(
            days in 1_u8..=ALL_DAYS, from in 0_u16..1440, to in 0_u16..=1440, limit in 1_u64..1 << 40
        ) {
            prop_assume!(from != to);
            let window = RateWindow { days, from, to, limit: RateLimit(Some(limit)) };
            prop_assert_eq!(window.to_string().parse(), Ok(window));
        }
    }
}
