//! Byte counts and rates: how they are read and how they are shown.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number of bytes, shown in binary units with one decimal ("21.0 GiB").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Bytes(pub u64);

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

impl fmt::Display for Bytes {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1024 {
            return f.pad(&format!("{} B", self.0));
        }
        let mut value = self.0 as f64 / 1024.0;
        let mut unit = UNITS[0];
        for next in &UNITS[1..] {
            if value < 999.95 {
                break;
            }
            value /= 1024.0;
            unit = next;
        }
        f.pad(&format!("{value:.1} {unit}"))
    }
}

/// A count shown short: "188M", "12.4k", "999".
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn short_count(n: u64) -> String {
    let steps = [(1_000_000_000_000, "T"), (1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    for (step, suffix) in steps {
        if n >= step {
            let value = n as f64 / step as f64;
            return if value < 99.95 {
                format!("{value:.1}{suffix}")
            } else {
                format!("{value:.0}{suffix}")
            };
        }
    }
    n.to_string()
}

/// Why a size or a rate could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a size: write a number with K, M, G (1000) or Ki, Mi, Gi (1024), such as 100M"
)]
pub struct SizeError(String);

/// Reads `100M`, `1G`, `512Ki`, `1.5MiB`, `4096`: powers of 1000 for K, M, G, T and powers of 1024
/// with an `i`; a final `B` and a final `/s` are allowed.
///
/// # Errors
/// When the text is not a number with a known unit, or exceeds 64 bits.
pub fn parse_bytes(text: &str) -> Result<u64, SizeError> {
    let fail = || SizeError(text.to_owned());
    let trimmed = text.trim().trim_end_matches("/s");
    let split = trimmed.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(split);
    let unit = unit.trim().trim_end_matches(['B', 'b']);
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" => 1,
        "k" => 1_000,
        "m" => 1_000_000,
        "g" => 1_000_000_000,
        "t" => 1_000_000_000_000,
        "ki" => 1 << 10,
        "mi" => 1 << 20,
        "gi" => 1 << 30,
        "ti" => 1 << 40,
        _ => return Err(fail()),
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor).ok_or_else(fail);
    }
    let value: f64 = number.parse().map_err(|_| fail())?;
    #[expect(clippy::cast_precision_loss, reason = "a fraction was asked for")]
    let bytes = value * factor as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be a positive number below 2^63"
    )]
    if bytes.is_finite() && (0.0..9.2e18).contains(&bytes) { Ok(bytes as u64) } else { Err(fail()) }
}

/// A number of bytes with the largest unit that keeps it exact.
#[must_use]
pub fn exact_size(bytes: u64) -> String {
    let units = [
        (1_000_000_000, "G"),
        (1 << 30, "Gi"),
        (1_000_000, "M"),
        (1 << 20, "Mi"),
        (1_000, "K"),
        (1 << 10, "Ki"),
    ];
    units
        .iter()
        .find(|(unit, _)| bytes.is_multiple_of(*unit))
        .map_or_else(|| bytes.to_string(), |(unit, name)| format!("{}{name}", bytes / unit))
}

/// A limit in bytes a second; `None` means unlimited. Written `100M` or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RateLimit(pub Option<u64>);

impl std::str::FromStr for RateLimit {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        if matches!(text.trim(), "off" | "none" | "unlimited") {
            return Ok(Self(None));
        }
        match parse_bytes(text)? {
            0 => Err(SizeError(text.to_owned())),
            rate => Ok(Self(Some(rate))),
        }
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.pad("off"),
            Some(rate) => match in_decimal_units(rate) {
                Some(text) => f.pad(&format!("{text}/s")),
                None => f.pad(&format!("{}/s", Bytes(rate))),
            },
        }
    }
}

/// `8 MB`, `1.5 GB`: the text for a number that was given in powers of 1000, where one decimal says
/// it all.
fn in_decimal_units(bytes: u64) -> Option<String> {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let (step, unit) = units.into_iter().find(|(step, _)| bytes >= *step)?;
    let tenths = (bytes % step) / (step / 10);
    match (bytes % (step / 10), tenths) {
        (0, 0) => Some(format!("{} {unit}", bytes / step)),
        (0, tenths) => Some(format!("{}.{tenths} {unit}", bytes / step)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_binary_units() {
        let shown: Vec<String> = [0, 1023, 1024, 1536, 1 << 20, 38 << 30, 1_023_990]
            .map(|n| Bytes(n).to_string())
            .into();
        assert_eq!(
            shown,
            ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB", "38.0 GiB", "1.0 MiB"]
        );
    }

    #[test]
    fn sizes_are_read_with_decimal_and_binary_units() {
        assert_eq!(parse_bytes("100M"), Ok(100_000_000));
        assert_eq!(parse_bytes("512Ki"), Ok(524_288));
        assert_eq!(parse_bytes("1.5MiB"), Ok(1_572_864));
        assert_eq!(parse_bytes(" 20MB/s"), Ok(20_000_000));
        for bad in ["", "M", "10X", "-1", "1e9", "99999999999999999999"] {
            assert!(parse_bytes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_limit_is_shown_in_the_unit_in_which_it_was_given() {
        let given = ["8M", "1.5G", "512K", "20Mi", "1.5Mi", "512Ki", "1", "8123456", "off"];
        let shown = given.map(|text| text.parse::<RateLimit>().unwrap().to_string());
        let expected = [
            "8 MB/s",
            "1.5 GB/s",
            "512 kB/s",
            "20.0 MiB/s",
            "1.5 MiB/s",
            "512.0 KiB/s",
            "1 B/s",
            "7.7 MiB/s",
            "off",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_rate_is_a_size_or_off_and_never_zero() {
        assert_eq!("off".parse(), Ok(RateLimit(None)));
        assert_eq!("1G".parse(), Ok(RateLimit(Some(1_000_000_000))));
        assert!("0".parse::<RateLimit>().is_err());
    }

    #[test]
    fn counts_are_short() {
        let shown: Vec<String> = [0, 999, 1_000, 188_400_000, 99_960].map(short_count).into();
        assert_eq!(shown, ["0", "999", "1.0k", "188M", "100k"]);
    }
}
