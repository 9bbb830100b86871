//! Box lines and blocks as shapes that fill their cells exactly.

use std::fmt::Write as _;

use super::{CELL, Run};

/// Arms of a line character from the middle of its cell: up, right, down, left.
type Arms = [bool; 4];

/// Whether the character is drawn as a shape.
pub(super) fn is_shape(c: char) -> bool {
    arms(c).is_some() || block(c).is_some()
}

/// Draws a run of shapes whose upper left corner is at `(x, y)`.
pub(super) fn draw(out: &mut String, run: &Run, (x, y): (u32, u32)) {
    let mut lines = String::new();
    let mut blocks = String::new();
    let mut at = x;
    for c in run.text.chars() {
        if let Some(arms) = arms(c) {
            line(&mut lines, c, arms, (at, y));
        } else if let Some(part) = block(c) {
            let (width, height) = part;
            let top = y + CELL.1 - height;
            let _ = write!(blocks, "M{at} {top}h{width}v{height}h-{width}z");
        }
        at += CELL.0;
    }
    let (fore, opacity) = (&run.look.fore, run.look.opacity());
    if !lines.is_empty() {
        let heavy = if run.text.contains('┃') { "3" } else { "1" };
        let dash = if run.text.contains('┄') { " stroke-dasharray=\"3 3\"" } else { "" };
        let _ = writeln!(
            out,
            "<path d=\"{lines}\" fill=\"none\" stroke=\"{fore}\" stroke-width=\"{heavy}\"{dash}{opacity}/>"
        );
    }
    if !blocks.is_empty() {
        let _ = writeln!(out, "<path d=\"{blocks}\" fill=\"{fore}\"{opacity}/>");
    }
}

fn line(out: &mut String, c: char, [up, right, down, left]: Arms, (x, y): (u32, u32)) {
    // Half a pixel off the grid: a line of one pixel then covers exactly one row of pixels.
    let (half_x, half_y) = (CELL.0 / 2, CELL.1 / 2);
    let (mid_x, mid_y) = (format!("{}.5", x + half_x), format!("{}.5", y + half_y));
    let (end_x, end_y) = (x + CELL.0, y + CELL.1);
    let rounded = matches!(c, '╭' | '╮' | '╰' | '╯');
    if rounded {
        let (edge_x, edge_y) = (if right { end_x } else { x }, if down { end_y } else { y });
        let _ = write!(out, "M{mid_x} {edge_y}Q{mid_x} {mid_y} {edge_x} {mid_y}");
        return;
    }
    if left || right {
        let from = if left { x.to_string() } else { mid_x.clone() };
        let to = if right { end_x.to_string() } else { mid_x.clone() };
        let _ = write!(out, "M{from} {mid_y}H{to}");
    }
    if up || down {
        let from = if up { y.to_string() } else { mid_y.clone() };
        let to = if down { end_y.to_string() } else { mid_y };
        let _ = write!(out, "M{mid_x} {from}V{to}");
    }
}

fn arms(c: char) -> Option<Arms> {
    Some(match c {
        '─' | '┄' => [false, true, false, true],
        '│' | '┃' => [true, false, true, false],
        '┌' | '╭' => [false, true, true, false],
        '┐' | '╮' => [false, false, true, true],
        '└' | '╰' => [true, true, false, false],
        '┘' | '╯' => [true, false, false, true],
        '├' => [true, true, true, false],
        '┤' => [true, false, true, true],
        _ => return None,
    })
}

/// Width and height of a block that stands on the cell's lower left corner.
fn block(c: char) -> Option<(u32, u32)> {
    let code = u32::from(c);
    match code {
        0x2581..=0x2588 => Some((CELL.0, (CELL.1 * (code - 0x2580)).div_ceil(8))),
        0x2589..=0x258f => Some(((CELL.0 * (0x2590 - code)).div_ceil(8), CELL.1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_grow_from_the_lower_left_corner() {
        assert_eq!(block('█'), Some(CELL));
        assert_eq!(block('▁'), Some((9, 3)));
        assert_eq!(block('▏'), Some((2, 19)));
        assert_eq!(block('x'), None);
    }

    #[test]
    fn every_line_the_console_draws_is_a_shape() {
        assert!("─│┌┐└┘╭╮╰╯├┤┃┄▏▉▁█".chars().all(is_shape));
    }
}
