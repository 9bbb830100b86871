//! Where things are on the screen: pure geometry, used to draw, to find what was clicked, and to
//! know how many rows a page has.
//!
//! ```text
//!  wide (≥120×36)                     normal (≥80×24)        narrow (≥60×15)
//!  header                             header                 header
//!  browser │ tables │ jobs            tab bar                tab bar
//!  ────────┴────────┴─────            focused pane           focused pane
//!  timeline, or log                   hints                  hints
//!  hints
//! ```

use super::focus::Pane;

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rect {
    /// First column.
    pub x: u16,
    /// First row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Rect {
    /// A rectangle at a place.
    #[must_use]
    pub const fn new(x: u16, y: u16, width: u16, height: u16) -> Self {
        Self { x, y, width, height }
    }

    /// Whether the cell lies inside.
    #[must_use]
    pub fn contains(self, column: u16, row: u16) -> bool {
        column >= self.x
            && row >= self.y
            && column - self.x < self.width
            && row - self.y < self.height
    }

    /// What is left inside a border of one cell.
    #[must_use]
    pub fn inside(self) -> Self {
        Self {
            x: self.x.saturating_add(1),
            y: self.y.saturating_add(1),
            width: self.width.saturating_sub(2),
            height: self.height.saturating_sub(2),
        }
    }

    /// Cuts rows off the top: (the cut, the rest).
    #[must_use]
    pub fn take_top(self, rows: u16) -> (Self, Self) {
        let rows = rows.min(self.height);
        (
            Self { height: rows, ..self },
            Self { y: self.y + rows, height: self.height - rows, ..self },
        )
    }

    /// Cuts rows off the bottom: (the rest, the cut).
    #[must_use]
    pub fn take_bottom(self, rows: u16) -> (Self, Self) {
        let rows = rows.min(self.height);
        self.take_top(self.height - rows)
    }

    /// Cuts columns off the left: (the cut, the rest).
    #[must_use]
    pub fn take_left(self, columns: u16) -> (Self, Self) {
        let columns = columns.min(self.width);
        (
            Self { width: columns, ..self },
            Self { x: self.x + columns, width: self.width - columns, ..self },
        )
    }

    /// A rectangle of at most this size in the middle.
    #[must_use]
    pub fn centered(self, width: u16, height: u16) -> Self {
        let width = width.min(self.width);
        let height = height.min(self.height);
        Self {
            x: self.x + (self.width - width) / 2,
            y: self.y + (self.height - height) / 2,
            width,
            height,
        }
    }
}

/// The screen's size in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// Smallest size at which anything can be done.
pub const MINIMUM: Size = Size { width: 60, height: 15 };
/// From here on panes are tabs with room for a second column of facts.
pub const NORMAL: Size = Size { width: 80, height: 24 };
/// From here on all panes are seen at once.
pub const WIDE: Size = Size { width: 120, height: 36 };
/// Rows of one job in the list of jobs.
pub const JOB_ROWS: u16 = 2;

/// How much is shown at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breakpoint {
    /// Too small for anything but saying so.
    TooSmall,
    /// One pane.
    Narrow,
    /// One pane with room.
    Normal,
    /// All panes.
    Wide,
}

impl Size {
    /// How much fits.
    #[must_use]
    pub fn breakpoint(self) -> Breakpoint {
        let fits = |wanted: Self| self.width >= wanted.width && self.height >= wanted.height;
        match self {
            _ if fits(WIDE) => Breakpoint::Wide,
            _ if fits(NORMAL) => Breakpoint::Normal,
            _ if fits(MINIMUM) => Breakpoint::Narrow,
            _ => Breakpoint::TooSmall,
        }
    }
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// How much is shown at once.
    pub breakpoint: Breakpoint,
    /// The whole screen.
    pub screen: Rect,
    /// The line on top.
    pub header: Rect,
    /// The numbered tabs, when only one pane is shown.
    pub tabs: Option<Rect>,
    /// The panes that are seen, with their borders.
    pub panes: Vec<(Pane, Rect)>,
    /// The line at the bottom: hints, or the `:` command.
    pub hints: Rect,
}

impl Layout {
    /// Lays the screen out. `bottom` is the pane that shares the wide screen's bottom, timeline or
    /// log, when neither is focused.
    #[must_use]
    pub fn new(size: Size, focus: Pane, zoomed: bool, bottom: Pane) -> Self {
        let screen = Rect::new(0, 0, size.width, size.height);
        let breakpoint = size.breakpoint();
        let (header, rest) = screen.take_top(1);
        let (body, hints) = rest.take_bottom(1);
        let mut layout = Self { breakpoint, screen, header, tabs: None, panes: Vec::new(), hints };
        match breakpoint {
            Breakpoint::TooSmall => {}
            Breakpoint::Wide if !zoomed => layout.panes = wide(body, bottom),
            _ => {
                let (tabs, pane) = body.take_top(1);
                layout.tabs = Some(tabs);
                layout.panes = vec![(focus, pane)];
            }
        }
        layout
    }

    /// Where a pane is, if it is seen.
    #[must_use]
    pub fn pane(&self, pane: Pane) -> Option<Rect> {
        self.panes.iter().find(|(shown, _)| *shown == pane).map(|(_, rect)| *rect)
    }

    /// The pane under a cell.
    #[must_use]
    pub fn pane_at(&self, column: u16, row: u16) -> Option<Pane> {
        self.panes.iter().find(|(_, rect)| rect.contains(column, row)).map(|(pane, _)| *pane)
    }

    /// Where each tab's label is: `" 1 Databases "`, one after the other.
    #[must_use]
    pub fn tab_labels(&self) -> Vec<(Pane, Rect)> {
        let Some(mut rest) = self.tabs else { return Vec::new() };
        let label = |pane: Pane| {
            let width = u16::try_from(tab_label(pane).len()).unwrap_or(u16::MAX);
            let (cut, after) = rest.take_left(width);
            rest = after;
            (pane, cut)
        };
        Pane::ALL.into_iter().map(label).collect()
    }
}

/// The text of a pane's tab.
#[must_use]
pub fn tab_label(pane: Pane) -> String {
    format!(" {} {} ", pane.number(), pane.title())
}

fn wide(body: Rect, bottom: Pane) -> Vec<(Pane, Rect)> {
    let (top, low) = body.take_bottom((body.height / 4).clamp(8, 12));
    let (browser, rest) = top.take_left((top.width / 5).clamp(24, 36));
    let jobs_width = (top.width * 2 / 5).clamp(46, 72);
    let (tables, jobs) = rest.take_left(rest.width.saturating_sub(jobs_width));
    vec![(Pane::Browser, browser), (Pane::Tables, tables), (Pane::Jobs, jobs), (bottom, low)]
}

/// The parts of a pane that is a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListAreas {
    /// Column heads, where the list has columns.
    pub head: Rect,
    /// The rows.
    pub rows: Rect,
    /// The filter, one row while there is one.
    pub filter: Rect,
}

/// Splits a list pane's inside (see [`Rect::inside`]).
#[must_use]
pub fn list_areas(inside: Rect, has_head: bool, has_filter: bool) -> ListAreas {
    let (head, rest) = inside.take_top(u16::from(has_head && inside.height > 2));
    let (rows, filter) = rest.take_bottom(u16::from(has_filter && rest.height > 1));
    ListAreas { head, rows, filter }
}

/// The parts of the jobs pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobAreas {
    /// The list, [`JOB_ROWS`] rows a job.
    pub list: Rect,
    /// The filter, one row while there is one.
    pub filter: Rect,
    /// The chosen job's details.
    pub detail: Rect,
}

/// Splits the jobs pane's inside: the list takes what it needs, up to two fifths, in whole jobs.
#[must_use]
pub fn job_areas(inside: Rect, jobs: usize, has_filter: bool) -> JobAreas {
    let wanted = u16::try_from(jobs).unwrap_or(u16::MAX).max(1).saturating_mul(JOB_ROWS);
    let limit = (inside.height * 2 / 5 / JOB_ROWS).max(1) * JOB_ROWS;
    let (list, rest) = inside.take_top(wanted.min(limit));
    let (filter, detail) = rest.take_top(u16::from(has_filter && rest.height > 1));
    JobAreas { list, filter, detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn layout(width: u16, height: u16, zoomed: bool) -> Layout {
        Layout::new(Size { width, height }, Pane::Jobs, zoomed, Pane::Timeline)
    }

    #[test]
    fn breakpoints_are_the_documented_ones() {
        let at = |width, height| Size { width, height }.breakpoint();
        assert_eq!(at(120, 36), Breakpoint::Wide);
        assert_eq!(at(119, 50), Breakpoint::Normal);
        assert_eq!(at(200, 35), Breakpoint::Normal);
        assert_eq!(at(79, 24), Breakpoint::Narrow);
        assert_eq!(at(60, 15), Breakpoint::Narrow);
        assert_eq!(at(59, 15), Breakpoint::TooSmall);
        assert_eq!(at(0, 0), Breakpoint::TooSmall);
    }

    #[test]
    fn the_wide_screen_shows_four_panes_and_zoom_shows_one() {
        assert_eq!(layout(120, 36, false).panes.len(), 4);
        let zoomed = layout(120, 36, true);
        assert_eq!(zoomed.panes.len(), 1);
        assert_eq!(zoomed.pane(Pane::Jobs), Some(Rect::new(0, 2, 120, 33)));
    }

    #[test]
    fn tab_labels_lie_where_they_are_drawn() {
        let labels = layout(80, 24, false).tab_labels();
        assert_eq!(labels.len(), 5);
        assert_eq!(labels[0].1, Rect::new(0, 1, 13, 1));
        assert_eq!(labels[1].1.x, 13);
    }

    proptest! {
        #[test]
        fn panes_never_overlap_nor_leave_the_screen(
            width in 0u16..300, height in 0u16..120, zoomed: bool,
        ) {
            let layout = layout(width, height, zoomed);
            let mut used = vec![false; usize::from(width) * usize::from(height)];
            let parts = layout.panes.iter().map(|(_, rect)| *rect)
                .chain([layout.header, layout.hints]).chain(layout.tabs);
            for rect in parts {
                for y in rect.y..rect.y + rect.height {
                    for x in rect.x..rect.x + rect.width {
                        let cell = &mut used[usize::from(y) * usize::from(width) + usize::from(x)];
                        prop_assert!(!*cell);
                        *cell = true;
                    }
                }
            }
            if layout.breakpoint != Breakpoint::TooSmall {
                prop_assert!(used.into_iter().all(|cell| cell));
            }
        }
    }
}
