//! Finished log files that are not archived yet.
//!
//! Counted from the names in `pg_stat_archiver`, which everybody may read on every version: the
//! folder with the archiver's notes would be exact, but takes a privilege, and a listing of all
//! files just when there are many.

use super::Value;
use crate::model::throttle::Unread;

/// Reads the columns of the query.
pub(super) struct Archiver;

impl Archiver {
    pub(super) fn read<'a>(column: &impl Fn(&str) -> Option<&'a str>) -> Value {
        let standby = column("recovery") == Some("t");
        match column("archive_mode") {
            Some("off") => return Err(Unread::ever("the server does not archive (archive_mode)")),
            Some("on") if standby => {
                return Err(Unread::ever("a standby archives only with archive_mode = always"));
            }
            _ => {}
        }
        let number = |name: &str| column(name).and_then(|text| text.parse::<u64>().ok());
        let told = number("segment_size").filter(|size| *size > 0).zip(number("written"));
        let (size, written) = told.ok_or_else(|| Unread::now("the log's position is not told"))?;
        // The file that is being written is not finished.
        let finished = (written / size).saturating_sub(1);
        let archived = column("archived").and_then(|name| segment(name, size));
        // Nothing was archived ever: what failed first is the first that waits.
        let waits = column("failed").and_then(|name| segment(name, size));
        let last = archived.or_else(|| waits.map(|first| first.saturating_sub(1)));
        Ok(last.map_or(0, |last| finished.saturating_sub(last)))
    }
}

/// The number of the log file with this name, counted from the log's beginning; a backup's label or
/// a partial file stands for its log file, a timeline's history for none.
fn segment(name: &str, size: u64) -> Option<u64> {
    let hex = |from: usize| u64::from_str_radix(name.get(from..from + 8)?, 16).ok();
    let (_, high, low) = (hex(0)?, hex(8)?, hex(16)?);
    let per_high = (1_u64 << 32).checked_div(size)?;
    high.checked_mul(per_high)?.checked_add(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const SIZE: u64 = 16 << 20;

    fn queue(columns: &[(&str, &str)]) -> Value {
        let written = (3 * 256 + 9) * SIZE + 77;
        let mut all: HashMap<&str, String> = HashMap::from([
            ("archive_mode", "on".to_owned()),
            ("segment_size", SIZE.to_string()),
            ("written", written.to_string()),
        ]);
        all.extend(columns.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Archiver::read(&|name| all.get(name).map(String::as_str))
    }

    #[test]
    fn files_between_the_last_archived_and_the_current_one_wait() {
        assert_eq!(queue(&[("archived", "000000010000000300000008")]), Ok(0));
        assert_eq!(queue(&[("archived", "000000010000000300000002")]), Ok(6));
        assert_eq!(queue(&[("archived", "0000000100000002000000FE")]), Ok(10));
        let label = "000000010000000300000002.00000028.backup";
        assert_eq!(queue(&[("archived", label)]), Ok(6));
    }

    #[test]
    fn where_nothing_was_archived_yet_the_first_failure_counts() {
        assert_eq!(queue(&[("failed", "000000010000000300000007")]), Ok(2));
        assert_eq!(queue(&[]), Ok(0));
        assert_eq!(queue(&[("archived", "00000002.history")]), Ok(0));
    }

    #[test]
    fn a_server_that_does_not_archive_says_so() {
        let off = queue(&[("archive_mode", "off")]).unwrap_err();
        assert!(off.lasting && off.why.contains("archive_mode"), "{off:?}");
        assert!(queue(&[("recovery", "t")]).unwrap_err().lasting);
    }
}
