//! A chart of a rate over time: one column a second, the newest on the right.

use ratatui::layout::Rect;

use crate::ui::painter::Painter;
use crate::ui::theme::Role;

/// One second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Bytes moved in it.
    pub value: u64,
    /// Nothing moved although something should have.
    pub stall: bool,
}

/// What a chart shows.
#[derive(Debug, Clone, Copy)]
pub struct Chart<'s> {
    /// Seconds, oldest first.
    pub samples: &'s [Sample],
    /// The limit in force: drawn as a line in the empty cells of its height.
    pub limit: Option<u64>,
}

impl Chart<'_> {
    /// The value at the chart's top: the highest sample shown in `width` columns, or the limit
    /// where that is higher but not so far away that the samples would become invisible.
    pub fn top(&self, width: u16) -> u64 {
        let high = self.shown(width).iter().map(|sample| sample.value).max().unwrap_or(0);
        match self.limit {
            Some(limit) if limit > high && limit / 3 <= high => limit,
            _ => high,
        }
    }

    fn shown(&self, width: u16) -> &[Sample] {
        let from = self.samples.len().saturating_sub(usize::from(width));
        self.samples.get(from..).unwrap_or_default()
    }
}

/// Draws the chart over the whole area.
pub fn draw(painter: &mut Painter<'_>, area: Rect, chart: &Chart<'_>) {
    let top = chart.top(area.width);
    let limit = limit_row(chart, top, area);
    let shown = chart.shown(area.width);
    let free = area.width.saturating_sub(u16::try_from(shown.len()).unwrap_or(area.width));
    if let Some(row) = limit {
        painter.fill(line(area, row), painter.glyphs().limit, Role::Limit);
    }
    for (column, sample) in (free..area.width).zip(shown) {
        let cell = Rect { x: area.x + column, width: 1, ..area };
        if sample.stall {
            painter.fill(cell, painter.glyphs().stall, Role::Stall);
        } else {
            bar(painter, cell, height(sample.value, top, area.height), limit);
        }
    }
}

fn line(area: Rect, row: u16) -> Rect {
    Rect { y: area.y + row, height: 1, ..area }
}

/// The row, from the top, that the limit's line goes through; none in a chart of one row.
fn limit_row(chart: &Chart<'_>, top: u64, area: Rect) -> Option<u16> {
    let limit = chart.limit.filter(|limit| *limit <= top && top > 0)?;
    if area.height < 2 {
        return None;
    }
    let height = u128::from(area.height);
    let from_bottom = (u128::from(limit) * height).div_ceil(u128::from(top)).max(1);
    u16::try_from(height - from_bottom.min(height)).ok()
}

/// A bar's height in eighths of a row, at least one for anything that moved.
fn height(value: u64, top: u64, rows: u16) -> u128 {
    let all = u128::from(rows) * 8;
    if top == 0 { 0 } else { (u128::from(value) * all).div_ceil(u128::from(top)) }
}

fn bar(painter: &mut Painter<'_>, cell: Rect, eighths: u128, limit: Option<u16>) {
    let glyphs = painter.glyphs();
    for row in 0..cell.height {
        let below = u128::from(cell.height - 1 - row) * 8;
        let level = usize::try_from(eighths.saturating_sub(below).min(8)).unwrap_or(8);
        if level == 0 && limit == Some(row) {
            continue;
        }
        let glyph = glyphs.spark.get(level).copied().unwrap_or(" ");
        painter.fill(line(cell, row), glyph, Role::Chart);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::testing::{ascii, unicode};

    fn samples<const N: usize>(values: [u64; N]) -> [Sample; N] {
        values.map(|value| Sample { value, stall: value == 0 })
    }

    fn shown<const N: usize>(width: u16, height: u16, values: [u64; N], limit: u64) -> String {
        let limit = Some(limit).filter(|limit| *limit > 0);
        let chart = Chart { samples: &samples(values), limit };
        unicode(width, height, |p| draw(p, p.area(), &chart))
    }

    #[test]
    fn the_newest_second_is_on_the_right_and_a_stall_is_marked() {
        assert_eq!(shown(8, 1, [1, 2, 4, 0, 8, 8], 0), "  ▁▂▄╳██");
        assert_eq!(shown(3, 1, [1, 2, 4, 0, 8, 8], 0), "╳██");
    }

    #[test]
    fn any_movement_shows_at_least_an_eighth() {
        assert_eq!(shown(2, 1, [1, 1_000_000], 0), "▁█");
    }

    #[test]
    fn a_paused_second_is_no_stall() {
        let paused = [Sample { value: 5, stall: false }, Sample { value: 0, stall: false }];
        let chart = Chart { samples: &paused, limit: None };
        assert_eq!(unicode(2, 1, |p| draw(p, p.area(), &chart)), "█ ");
    }

    #[test]
    fn higher_charts_show_the_limit_above_the_bars() {
        assert_eq!(shown(4, 2, [4, 8, 4], 10), "┄┄▅┄\n ▇█▇");
    }

    #[test]
    fn a_limit_far_above_does_not_flatten_the_chart() {
        assert_eq!(shown(1, 1, [8], 1_000_000), "█");
    }

    #[test]
    fn ascii_has_its_own_ladder() {
        let chart = Chart { samples: &samples([0, 1, 4, 8]), limit: None };
        assert_eq!(ascii(4, 1, |p| draw(p, p.area(), &chart)), "!.=@");
    }
}
