//! How far the slowest replica is behind, in time.
//!
//! The server's own figure (`replay_lag`) comes with the replica's answers and is forgotten when
//! there are none, so the positions are watched beside it: a replica is at least as far behind as
//! the time since the log first was further than what it has replayed.

use std::collections::VecDeque;
use std::time::Instant;

use super::Value;
use crate::model::throttle::Unread;

/// Positions that are remembered; beyond that every second one is forgotten.
const KEPT: usize = 4_096;

/// Positions of the log over time.
#[derive(Debug, Default)]
pub(super) struct LagWatch {
    seen: VecDeque<(Instant, u64)>,
}

impl LagWatch {
    /// Milliseconds, from the columns of the query.
    pub(super) fn value<'a>(
        &mut self,
        now: Instant,
        column: &impl Fn(&str) -> Option<&'a str>,
    ) -> Value {
        let number = |name: &str| column(name).and_then(|text| text.parse::<u64>().ok());
        let own = if column("recovery") == Some("t") { own_lag(&number)? } else { 0 };
        let position = number("position");
        let position = position.ok_or_else(|| Unread::now("the log's position is not told"))?;
        let Some(replayed) = number("replayed") else {
            // Nobody follows now: nobody lags.
            self.seen.clear();
            return Ok(own);
        };
        let watched = self.watched(now, position, replayed);
        let told = if replayed >= position { 0 } else { number("behind").unwrap_or(0) };
        Ok(own.max(watched).max(told))
    }

    /// Milliseconds since the log was first seen further than what was replayed.
    fn watched(&mut self, now: Instant, position: u64, replayed: u64) -> u64 {
        while self.seen.front().is_some_and(|(_, at)| *at <= replayed) {
            self.seen.pop_front();
        }
        if self.seen.back().is_none_or(|(_, at)| *at < position) && position > replayed {
            self.seen.push_back((now, position));
        }
        if self.seen.len() > KEPT {
            let mut keep = false;
            self.seen.retain(|_| {
                keep = !keep;
                keep
            });
        }
        let since = self.seen.front().map(|(since, _)| now.duration_since(*since));
        since.map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }
}

/// How far a standby itself is behind.
fn own_lag(number: &impl Fn(&str) -> Option<u64>) -> Value {
    let received = number("position")
        .ok_or_else(|| Unread::now("the standby receives no stream, so its lag is not known"))?;
    if number("replayed_here").is_some_and(|replayed| replayed >= received) {
        return Ok(0);
    }
    number("behind_here").ok_or_else(|| Unread::now("the standby has replayed nothing yet"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::time::Duration;

    fn value(watch: &mut LagWatch, now: Instant, columns: &[(&str, &str)]) -> Value {
        let columns: HashMap<String, String> =
            columns.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        watch.value(now, &|name| columns.get(name).map(String::as_str))
    }

    #[test]
    fn a_replica_that_stands_still_lags_more_and_more_though_the_server_tells_nothing() {
        let mut watch = LagWatch::default();
        let start = Instant::now();
        let mut look = |second: u64, position: &str, replayed: &str| {
            let columns = [("position", position), ("replayed", replayed)];
            value(&mut watch, start + Duration::from_secs(second), &columns)
        };
        assert_eq!(look(0, "100", "100"), Ok(0));
        assert_eq!(look(1, "200", "100"), Ok(0), "seen for the first time");
        assert_eq!(look(5, "300", "100"), Ok(4_000));
        assert_eq!(look(9, "300", "200"), Ok(4_000), "what came by second 5 is open since then");
        assert_eq!(look(10, "300", "300"), Ok(0));
        assert_eq!(look(20, "400", "300"), Ok(0), "an idle time before is no lag");
    }

    #[test]
    fn the_servers_own_figure_counts_until_the_replica_has_everything() {
        let mut watch = LagWatch::default();
        let now = Instant::now();
        let behind = [("position", "200"), ("replayed", "100"), ("behind", "14000")];
        assert_eq!(value(&mut watch, now, &behind), Ok(14_000));
        let there = [("position", "200"), ("replayed", "200"), ("behind", "14000")];
        assert_eq!(value(&mut watch, now, &there), Ok(0));
        assert_eq!(value(&mut watch, now, &[("position", "200")]), Ok(0), "no replica");
    }

    #[test]
    fn a_standby_is_behind_by_what_it_received_and_did_not_replay() {
        let mut watch = LagWatch::default();
        let now = Instant::now();
        let standby = |replayed| {
            [
                ("recovery", "t"),
                ("position", "200"),
                ("replayed_here", replayed),
                ("behind_here", "7000"),
            ]
        };
        assert_eq!(value(&mut watch, now, &standby("200")), Ok(0));
        assert_eq!(value(&mut watch, now, &standby("150")), Ok(7_000));
        let cut_off = value(&mut watch, now, &[("recovery", "t")]).unwrap_err();
        assert!(cut_off.why.contains("receives no stream") && !cut_off.lasting);
    }
}
