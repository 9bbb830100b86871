//! Every mark the console draws, in one table for Unicode terminals and one for ASCII ones.
//!
//! All glyphs of a table are one cell wide unless they are words (`[x]`), and a word has the same
//! width in both tables, so the choice never moves a column.

use ratatui::symbols::border;

/// The marks of one kind of terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Whether own texts must be spelt in ASCII too.
    pub ascii: bool,
    /// Lines and corners of panes.
    pub border: border::Set<'static>,
    /// Lines and corners of dialogs.
    pub dialog: border::Set<'static>,
    /// A progress line's cell by eighths, from nothing to full.
    pub bar: [&'static str; 9],
    /// Brackets around a progress line, where the cells alone do not show its ends.
    pub bar_ends: Option<(&'static str, &'static str)>,
    /// A chart's cell by eighths of its height, from nothing to full.
    pub spark: [&'static str; 9],
    /// A second in which nothing moved.
    pub stall: &'static str,
    /// A chart's limit line.
    pub limit: &'static str,
    /// Ticked whole.
    pub tick_all: &'static str,
    /// Ticked in part.
    pub tick_some: &'static str,
    /// Not ticked.
    pub tick_none: &'static str,
    /// An open branch.
    pub open: &'static str,
    /// A closed branch.
    pub closed: &'static str,
    /// Cut text.
    pub ellipsis: &'static str,
    /// Between two ends of a way.
    pub arrow: &'static str,
    /// Bytes coming in.
    pub down: &'static str,
    /// Bytes going out.
    pub up: &'static str,
    /// Connected.
    pub connected: &'static str,
    /// Waiting, connecting, queued.
    pub waiting: &'static str,
    /// Running.
    pub running: &'static str,
    /// Paused.
    pub paused: &'static str,
    /// Complete.
    pub done: &'static str,
    /// Finished, but something is missing.
    pub incomplete: &'static str,
    /// Failed.
    pub failed: &'static str,
    /// Cancelled.
    pub cancelled: &'static str,
    /// A scrollbar's thumb.
    pub thumb: &'static str,
    /// Points at the chosen one of several.
    pub pointer: &'static str,
    /// Separates facts on one line.
    pub dot: &'static str,
    /// A hidden character of a secret.
    pub secret: &'static str,
}

static UNICODE: Glyphs = Glyphs {
    ascii: false,
    border: border::PLAIN,
    dialog: border::ROUNDED,
    bar: ["·", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    bar_ends: None,
    spark: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    stall: "╳",
    limit: "┄",
    tick_all: "[x]",
    tick_some: "[~]",
    tick_none: "[ ]",
    open: "▾",
    closed: "▸",
    ellipsis: "…",
    arrow: "→",
    down: "↓",
    up: "↑",
    connected: "●",
    waiting: "◌",
    running: "▶",
    paused: "‖",
    done: "✔",
    incomplete: "▲",
    failed: "✖",
    cancelled: "■",
    thumb: "┃",
    pointer: "›",
    dot: "·",
    secret: "•",
};

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

static ASCII: Glyphs = Glyphs {
    ascii: true,
    border: ASCII_BORDER,
    dialog: ASCII_BORDER,
    bar: [".", ".", ".", ".", "#", "#", "#", "#", "#"],
    bar_ends: Some(("[", "]")),
    spark: [" ", ".", ":", "-", "=", "+", "*", "#", "@"],
    stall: "!",
    limit: "-",
    tick_all: "[x]",
    tick_some: "[~]",
    tick_none: "[ ]",
    open: "v",
    closed: ">",
    ellipsis: "~",
    arrow: ">",
    down: "v",
    up: "^",
    connected: "*",
    waiting: "o",
    running: ">",
    paused: "=",
    done: "+",
    incomplete: "!",
    failed: "x",
    cancelled: "-",
    thumb: "#",
    pointer: ">",
    dot: "-",
    secret: "*",
};

impl Glyphs {
    /// For terminals that show Unicode.
    #[must_use]
    pub fn unicode() -> &'static Self {
        &UNICODE
    }

    /// For terminals that show only ASCII.
    #[must_use]
    pub fn ascii() -> &'static Self {
        &ASCII
    }

    /// The ASCII spelling of a typographic character that the program's own texts use.
    #[must_use]
    pub fn spell(c: char) -> Option<&'static str> {
        Some(match c {
            '→' => "->",
            '←' => "<-",
            '↑' => "up",
            '↓' => "down",
            '…' => "...",
            '–' | '—' | '−' | '·' | '•' => "-",
            '×' => "x",
            '≥' => ">=",
            '≤' => "<=",
            '‘' | '’' => "'",
            '“' | '”' => "\"",
            '\u{a0}' | '\u{202f}' => " ",
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    fn cells(glyphs: &Glyphs) -> Vec<&'static str> {
        let mut all = vec![
            glyphs.stall,
            glyphs.limit,
            glyphs.open,
            glyphs.closed,
            glyphs.ellipsis,
            glyphs.arrow,
            glyphs.down,
            glyphs.up,
            glyphs.connected,
            glyphs.waiting,
            glyphs.running,
            glyphs.paused,
            glyphs.done,
            glyphs.incomplete,
            glyphs.failed,
            glyphs.cancelled,
            glyphs.thumb,
            glyphs.pointer,
            glyphs.dot,
            glyphs.secret,
        ];
        all.extend(glyphs.bar);
        all.extend(glyphs.spark);
        all
    }

    #[test]
    fn every_mark_is_one_cell_wide() {
        for glyph in cells(&UNICODE).into_iter().chain(cells(&ASCII)) {
            assert_eq!(glyph.width(), 1, "{glyph}");
        }
    }

    #[test]
    fn the_ascii_table_is_ascii() {
        assert!(cells(&ASCII).into_iter().all(str::is_ascii));
    }

    #[test]
    fn states_differ_by_shape_and_not_only_by_colour() {
        for glyphs in [&UNICODE, &ASCII] {
            let mut states =
                [glyphs.running, glyphs.paused, glyphs.done, glyphs.incomplete, glyphs.failed];
            states.sort_unstable();
            assert!(states.windows(2).all(|pair| pair[0] != pair[1]));
        }
    }
}
