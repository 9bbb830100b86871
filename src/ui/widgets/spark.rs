//! A chart of a rate over time: one column a second, the newest on the right.

use ratatui::layout::Rect;

use crate::ui::painter::Painter;
use crate::ui::theme::Role;

/// What a chart shows.
#[derive(Debug, Clone, Copy)]
pub struct Chart<'s> {
    /// Bytes a second, oldest first.
    pub samples: &'s [u64],
    /// The limit in force: drawn as a line in the empty cells of its height.
    pub limit: Option<u64>,
    /// Draw a second without any bytes as a stall. Off while a job is paused: then nothing is
    /// expected to move.
    pub stalls: bool,
}

impl Chart<'_> {
    /// The value at the chart's top: the highest sample shown in `width` columns, or the limit
    /// where that is higher but not so far away that the samples would become invisible.
    pub fn top(&self, width: u16) -> u64 {
        let high = self.shown(width).iter().copied().max().unwrap_or(0);
        match self.limit {
            Some(limit) if limit > high && limit / 3 <= high => limit,
            _ => high,
        }
    }

    fn shown(&self, width: u16) -> &[u64] {
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
    for (column, value) in (free..area.width).zip(shown) {
        let cell = Rect { x: area.x + column, width: 1, ..area };
        if *value == 0 && chart.stalls {
            painter.fill(cell, painter.glyphs().stall, Role::Stall);
        } else {
            bar(painter, cell, *value, top, limit);
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

fn bar(painter: &mut Painter<'_>, cell: Rect, value: u64, top: u64, limit: Option<u16>) {
    let glyphs = painter.glyphs();
    let all = u128::from(cell.height) * 8;
    let part = if top == 0 { 0 } else { (u128::from(value) * all).div_ceil(u128::from(top)) };
    for row in 0..cell.height {
        let below = u128::from(cell.height - 1 - row) * 8;
        let level = usize::try_from(part.saturating_sub(below).min(8)).unwrap_or(8);
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

    fn chart(samples: &[u64]) -> Chart<'_> {
        Chart { samples, limit: None, stalls: true }
    }

    #[test]
    fn the_newest_second_is_on_the_right_and_a_stall_is_marked() {
        let samples = [1, 2, 4, 0, 8, 8];
        assert_eq!(unicode(8, 1, |p| draw(p, p.area(), &chart(&samples))), "  ▁▂▄╳██");
        assert_eq!(unicode(3, 1, |p| draw(p, p.area(), &chart(&samples))), "╳██");
    }

    #[test]
    fn any_movement_shows_at_least_an_eighth() {
        let samples = [1, 1_000_000];
        assert_eq!(unicode(2, 1, |p| draw(p, p.area(), &chart(&samples))), "▁█");
    }

    #[test]
    fn a_paused_job_has_no_stalls() {
        let still = Chart { stalls: false, ..chart(&[5, 0]) };
        assert_eq!(unicode(2, 1, |p| draw(p, p.area(), &still)), "█ ");
    }

    #[test]
    fn higher_charts_show_the_limit_above_the_bars() {
        let limited = Chart { samples: &[4, 8, 4], limit: Some(10), stalls: true };
        assert_eq!(unicode(4, 2, |p| draw(p, p.area(), &limited)), "┄┄▅┄\n ▇█▇");
    }

    #[test]
    fn a_limit_far_above_does_not_flatten_the_chart() {
        let far = Chart { samples: &[8], limit: Some(1_000_000), stalls: true };
        assert_eq!(unicode(1, 1, |p| draw(p, p.area(), &far)), "█");
    }

    #[test]
    fn ascii_has_its_own_ladder() {
        assert_eq!(ascii(4, 1, |p| draw(p, p.area(), &chart(&[0, 1, 4, 8]))), "!.=@");
    }
}
