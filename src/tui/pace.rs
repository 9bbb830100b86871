//! When to draw: only what has changed, never sooner than the frame interval, and more slowly while
//! the line is slow.

use std::time::{Duration, Instant};

/// Ten frames a second at most.
const NORMAL: Duration = Duration::from_millis(100);
/// Two frames a second on a slow line, or when asked for.
const SLOW: Duration = Duration::from_millis(500);
/// A frame that takes this long to leave means a slow line.
const SLOW_WRITE: Duration = Duration::from_millis(250);
/// Quick frames in a row after which the line counts as fast again.
const RECOVERED: u32 = 10;

/// The pace of drawing.
#[derive(Debug)]
pub(super) struct Pace {
    low_bandwidth: bool,
    slow_line: bool,
    quick_in_a_row: u32,
    dirty: bool,
    /// A key was pressed: its effect is shown at once.
    urgent: bool,
    last: Option<Instant>,
}

impl Pace {
    pub(super) fn new(low_bandwidth: bool) -> Self {
        Self {
            low_bandwidth,
            slow_line: false,
            quick_in_a_row: 0,
            dirty: true,
            urgent: false,
            last: None,
        }
    }

    /// Something may look different now.
    pub(super) fn touch(&mut self) {
        self.dirty = true;
    }

    /// The user did something after a quiet while: no need to wait out the interval.
    pub(super) fn touch_by_user(&mut self, now: Instant) {
        self.dirty = true;
        self.urgent = self.last.is_none_or(|last| now.duration_since(last) >= NORMAL);
    }

    /// When the next frame is due; `None` while there is nothing to draw.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        if !self.dirty {
            return None;
        }
        match self.last {
            Some(last) if !self.urgent => Some((last + self.interval()).max(now)),
            _ => Some(now),
        }
    }

    /// A frame was drawn.
    pub(super) fn drawn(&mut self, now: Instant) {
        self.dirty = false;
        self.urgent = false;
        self.last = Some(now);
    }

    /// A frame has left for the terminal after this long. Answers with the new state of the line
    /// when it changed.
    pub(super) fn written(&mut self, took: Duration) -> Option<bool> {
        if took >= SLOW_WRITE {
            self.quick_in_a_row = 0;
            return (!std::mem::replace(&mut self.slow_line, true)).then_some(true);
        }
        self.quick_in_a_row += 1;
        if self.slow_line && self.quick_in_a_row >= RECOVERED {
            self.slow_line = false;
            return Some(false);
        }
        None
    }

    fn interval(&self) -> Duration {
        if self.low_bandwidth || self.slow_line { SLOW } else { NORMAL }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_screen_is_not_drawn() {
        let now = Instant::now();
        let mut pace = Pace::new(false);
        assert_eq!(pace.due(now), Some(now));
        pace.drawn(now);
        assert_eq!(pace.due(now + SLOW), None);
    }

    #[test]
    fn frames_keep_their_distance() {
        let now = Instant::now();
        let mut pace = Pace::new(false);
        pace.drawn(now);
        pace.touch();
        assert_eq!(pace.due(now), Some(now + NORMAL));
        let later = now + Duration::from_secs(3);
        assert_eq!(pace.due(later), Some(later));
    }

    #[test]
    fn a_key_after_a_lull_is_shown_at_once_and_typing_fast_is_not() {
        let now = Instant::now();
        let mut pace = Pace::new(true);
        pace.drawn(now);
        pace.touch_by_user(now + NORMAL);
        assert_eq!(pace.due(now + NORMAL), Some(now + NORMAL));
        pace.drawn(now + NORMAL);
        pace.touch_by_user(now + NORMAL);
        assert_eq!(pace.due(now + NORMAL), Some(now + NORMAL + SLOW));
    }

    #[test]
    fn a_slow_line_gets_fewer_frames_until_it_is_fast_for_a_while() {
        let now = Instant::now();
        let mut pace = Pace::new(false);
        pace.drawn(now);
        assert_eq!(pace.written(SLOW_WRITE), Some(true));
        assert_eq!(pace.written(SLOW_WRITE), None);
        pace.touch();
        assert_eq!(pace.due(now), Some(now + SLOW));
        let told: Vec<_> = (0..RECOVERED).filter_map(|_| pace.written(Duration::ZERO)).collect();
        assert_eq!(told, [false]);
    }
}
