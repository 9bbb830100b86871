//! How far the slowest replica is behind, in time.
//!
//! The server's own figure (`replay_lag`) comes with the replica's answers and is forgotten when
//! there are none, so the positions are watched beside it: a replica is at least as far behind as
//! the time since the log first was further than what it has replayed.
//!
//! A standby tells of itself only when the last commit that it replayed was made: long ago, too, when
//! nothing was committed or one long transaction comes in. It is behind no longer than the time since
//! it was first seen to have received more than it has replayed.

use std::collections::VecDeque;
use std::time::Instant;

use super::Value;
use crate::model::throttle::Unread;

/// Positions that are remembered; beyond that every second one is forgotten.
const KEPT: usize = 4_096;

/// What is known of the lag over time.
#[derive(Debug, Default)]
pub(super) struct LagWatch {
    /// Of the slowest replica.
    replicas: Positions,
    /// Of the server itself, a standby.
    own: Positions,
}

/// Positions of a log over time.
#[derive(Debug, Default)]
struct Positions {
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
        let own = if column("recovery") == Some("t") { self.own_lag(now, &number)? } else { 0 };
        let position = number("position");
        let position = position.ok_or_else(|| Unread::now("the log's position is not told"))?;
        let Some(replayed) = number("replayed") else {
            // Nobody follows now: nobody lags.
            self.replicas.seen.clear();
            return Ok(own);
        };
        let watched = self.replicas.watched(now, position, replayed);
        let told = if replayed >= position { 0 } else { number("behind").unwrap_or(0) };
        Ok(own.max(watched).max(told))
    }

    /// How far a standby itself is behind.
    fn own_lag(&mut self, now: Instant, number: &impl Fn(&str) -> Option<u64>) -> Value {
        let received = number("position").ok_or_else(|| {
            Unread::now("the standby receives no stream, so its lag is not known")
        })?;
        let nothing = || Unread::now("the standby has replayed nothing yet");
        let replayed = number("replayed_here").ok_or_else(nothing)?;
        let watched = self.own.watched(now, received, replayed);
        if replayed >= received {
            return Ok(0);
        }
        Ok(number("behind_here").ok_or_else(nothing)?.min(watched))
    }
}

impl Positions {
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
    fn a_standby_that_replays_one_long_transaction_as_it_comes_is_not_behind() {
        let mut watch = LagWatch::default();
        let start = Instant::now();
        for second in 0..300_u64 {
            let (position, replayed) = ((second + 2) * 100, (second + 1) * 100);
            let behind = (second * 1_000).to_string();
            let columns = [
                ("recovery", "t"),
                ("position", &position.to_string()),
                ("replayed_here", &replayed.to_string()),
                ("behind_here", &behind),
            ];
            let lag = value(&mut watch, start + Duration::from_secs(second), &columns);
            assert!(lag.as_ref().is_ok_and(|lag| *lag <= 1_000), "{second}: {lag:?}");
        }
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
        assert_eq!(value(&mut watch, now, &standby("150")), Ok(0), "an idle time before is no lag");
        let later = now + Duration::from_secs(3);
        assert_eq!(value(&mut watch, later, &standby("150")), Ok(3_000), "open since then");
        let later = now + Duration::from_secs(9);
        assert_eq!(
            value(&mut watch, later, &standby("160")),
            Ok(7_000),
            "that commit was replayed"
        );
        let cut_off = value(&mut watch, now, &[("recovery", "t")]).unwrap_err();
        assert!(cut_off.why.contains("receives no stream") && !cut_off.lasting);
    }
}
