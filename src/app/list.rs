//! A cursor in a list whose rows come and go: it remembers the row by its identity, so that a
//! reload does not move it.

/// A list's cursor and scroll position.
#[derive(Debug, Clone)]
pub struct Cursor<K> {
    /// The row's identity.
    key: Option<K>,
    /// Its index when the list was last settled.
    index: usize,
    /// The first row that is shown.
    offset: usize,
}

// Derived, it would ask for a default key.
impl<K> Default for Cursor<K> {
    fn default() -> Self {
        Self { key: None, index: 0, offset: 0 }
    }
}

/// A step in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// That many rows down, or up.
    By(isize),
    /// That many pages down, or up.
    Pages(isize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// To that row.
    To(usize),
}

impl<K: PartialEq + Clone> Cursor<K> {
    /// The row's identity.
    #[must_use]
    pub fn key(&self) -> Option<&K> {
        self.key.as_ref()
    }

    /// The row's index.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The first row that is shown.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Asks for a row by identity; it takes effect when the list is settled.
    pub fn want(&mut self, key: K) {
        self.key = Some(key);
    }

    /// After the rows changed: finds the row again, or stays at the same place in the list, and
    /// keeps it in sight.
    pub fn settle(&mut self, len: usize, page: usize, key_at: impl Fn(usize) -> Option<K>) {
        let found = self.key.as_ref().and_then(|key| {
            // Mostly nothing moved.
            if key_at(self.index).as_ref() == Some(key) {
                return Some(self.index);
            }
            (0..len).find(|i| key_at(*i).as_ref() == Some(key))
        });
        self.index = found.unwrap_or(self.index).min(len.saturating_sub(1));
        self.key = key_at(self.index);
        self.scroll(len, page);
    }

    /// Moves the cursor.
    pub fn step(
        &mut self,
        step: Step,
        len: usize,
        page: usize,
        key_at: impl Fn(usize) -> Option<K>,
    ) {
        let last = len.saturating_sub(1);
        let page_step = isize::try_from(page.max(1)).unwrap_or(isize::MAX);
        self.index = match step {
            Step::By(n) => self.index.saturating_add_signed(n).min(last),
            Step::Pages(n) => {
                self.index.saturating_add_signed(n.saturating_mul(page_step)).min(last)
            }
            Step::First => 0,
            Step::Last => last,
            Step::To(row) => row.min(last),
        };
        self.key = key_at(self.index);
        self.scroll(len, page);
    }

    fn scroll(&mut self, len: usize, page: usize) {
        let page = page.max(1);
        let lowest = self.index.saturating_sub(page - 1);
        self.offset = self.offset.clamp(lowest, self.index).min(len.saturating_sub(page));
        self.offset = self.offset.max(lowest);
    }
}

/// Scrolling without a cursor: text that is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scroll {
    /// The first line that is shown.
    pub offset: usize,
}

impl Scroll {
    /// Scrolls within `len` lines shown `page` at a time.
    pub fn step(&mut self, step: Step, len: usize, page: usize) {
        let last = len.saturating_sub(page.max(1));
        let page_step = isize::try_from(page.max(1)).unwrap_or(isize::MAX);
        self.offset = match step {
            Step::By(n) => self.offset.saturating_add_signed(n).min(last),
            Step::Pages(n) => {
                self.offset.saturating_add_signed(n.saturating_mul(page_step)).min(last)
            }
            Step::First => 0,
            Step::Last => last,
            Step::To(row) => row.min(last),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(rows: &[u32]) -> impl Fn(usize) -> Option<u32> + '_ {
        |i| rows.get(i).copied()
    }

    #[test]
    fn a_reload_does_not_move_the_cursor_off_its_row() {
        let mut cursor = Cursor::default();
        let rows = [1, 2, 3, 4];
        cursor.settle(4, 2, at(&rows));
        cursor.step(Step::By(2), 4, 2, at(&rows));
        assert_eq!((cursor.key(), cursor.offset()), (Some(&3), 1));
        let more = [0, 9, 1, 2, 3, 4];
        cursor.settle(6, 2, at(&more));
        assert_eq!((cursor.key(), cursor.index()), (Some(&3), 4));
        cursor.settle(2, 2, at(&[7, 8]));
        assert_eq!((cursor.key(), cursor.index(), cursor.offset()), (Some(&8), 1, 0));
        cursor.settle(0, 2, at(&[]));
        assert_eq!((cursor.key(), cursor.index(), cursor.offset()), (None, 0, 0));
    }

    proptest! {
        #[test]
        fn the_cursor_is_always_in_the_list_and_in_sight(
            len in 0usize..40, page in 0usize..12, steps in prop::collection::vec(-50isize..50, 0..20),
        ) {
            let rows: Vec<u32> = (0..40).take(len).collect();
            let mut cursor = Cursor::default();
            cursor.settle(len, page, at(&rows));
            for step in steps {
                cursor.step(Step::By(step), len, page, at(&rows));
                prop_assert!(len == 0 || cursor.index() < len);
                prop_assert!(cursor.offset() <= cursor.index());
                prop_assert!(cursor.index() < cursor.offset() + page.max(1));
                prop_assert_eq!(cursor.key().copied(), at(&rows)(cursor.index()));
            }
        }
    }
}
