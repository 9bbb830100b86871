//! Text as it may go to a terminal: control characters shown instead of obeyed, cut to a width in
//! cells, wrapped at words.
//!
//! Names come from databases and archives, and anybody may have written them: everything that is
//! drawn passes [`clean`].

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::glyphs::Glyphs;

/// Marks in a row that a letter may carry; further ones would climb out of the line.
const MARKS: usize = 4;

/// Whether a terminal would act on the character, or draw the text around it in another order.
fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Whether terminals disagree on how many cells the character takes where it stands: one that glues
/// emoji together, tints one, chooses its picture or makes half of a flag. Drawn as it is, it would
/// leave pieces of itself behind.
fn is_of_uncertain_width(c: char, before: Option<char>) -> bool {
    let wide = |c| unicode_width::UnicodeWidthChar::width(c) == Some(2);
    match c {
        '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{fe0f}' | '\u{20e3}' => true,
        '\u{200d}' => before.is_some_and(wide),
        _ => false,
    }
}

/// Whether the character is drawn over the one before it.
pub fn is_mark(c: char) -> bool {
    unicode_width::UnicodeWidthChar::width(c) == Some(0)
}

/// The text with active characters (`\n`, `\u{1b}`) and those of uncertain width escaped, and piles
/// of combining marks cut.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_active(c) || is_mark(c) || is_of_uncertain_width(c, None)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut marks = 0;
    let mut before = None;
    for c in text.chars() {
        if is_active(c) || is_of_uncertain_width(c, before.replace(c)) {
            out.extend(c.escape_default());
            marks = 0;
        } else if !is_mark(c) {
            out.push(c);
            marks = 0;
        } else if marks < MARKS {
            out.push(c);
            marks += 1;
        }
    }
    Cow::Owned(out)
}

/// [`clean`], and in ASCII mode with the program's own typography spelt out.
pub fn shown<'t>(text: &'t str, glyphs: &Glyphs) -> Cow<'t, str> {
    let text = clean(text);
    if !glyphs.ascii || text.is_ascii() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match Glyphs::spell(c) {
            Some(spelling) => out.push_str(spelling),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Width in cells: the sum over user-perceived characters, as the buffer lays them out.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    graphemes(text).map(|(_, width)| width).sum()
}

/// User-perceived characters with their widths in cells.
fn graphemes(text: &str) -> impl Iterator<Item = (String, usize)> {
    let all: Vec<_> = Span::raw(text)
        .styled_graphemes(Style::new())
        .map(|g| (g.symbol.to_owned(), g.symbol.width()))
        .collect();
    all.into_iter()
}

/// The longest beginning that fits into `cells`.
pub fn head(text: &str, cells: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for (symbol, width) in graphemes(text) {
        if used + width > cells {
            break;
        }
        used += width;
        out.push_str(&symbol);
    }
    out
}

/// The longest end that fits into `cells`.
pub fn tail(text: &str, cells: usize) -> String {
    let all: Vec<_> = graphemes(text).collect();
    let mut used = 0;
    let fits = |(_, width): &&(String, usize)| {
        used += width;
        used <= cells
    };
    let kept = all.iter().rev().take_while(fits).count();
    all.iter().skip(all.len() - kept).map(|(symbol, _)| symbol.as_str()).collect()
}

/// Cut at the end to fit, with the ellipsis in place of what is missing.
pub fn fit<'t>(text: &'t str, cells: usize, glyphs: &Glyphs) -> Cow<'t, str> {
    let text = shown(text, glyphs);
    if width(&text) <= cells {
        return text;
    }
    match cells {
        0 => Cow::Borrowed(""),
        _ => Cow::Owned(head(&text, cells - 1) + glyphs.ellipsis),
    }
}

/// Cut in the middle to fit: for paths, whose beginning and end both tell something.
pub fn fit_middle<'t>(text: &'t str, cells: usize, glyphs: &Glyphs) -> Cow<'t, str> {
    let text = shown(text, glyphs);
    if width(&text) <= cells {
        return text;
    }
    let Some(room) = cells.checked_sub(1) else { return Cow::Borrowed("") };
    let front = room / 3;
    Cow::Owned(head(&text, front) + glyphs.ellipsis + &tail(&text, room - front))
}

/// Wrapped at spaces into lines of at most `cells`; words that are longer are broken. Line feeds of
/// the text itself are escaped like every control character.
pub fn wrap(text: &str, cells: usize, glyphs: &Glyphs) -> Vec<String> {
    if cells == 0 {
        return Vec::new();
    }
    let mut lines = vec![String::new()];
    for word in shown(text, glyphs).split(' ') {
        push_word(&mut lines, word, cells);
    }
    lines
}

fn push_word(lines: &mut Vec<String>, word: &str, cells: usize) {
    let Some(line) = lines.last_mut() else { return };
    let space = usize::from(!line.is_empty());
    if width(line) + space + width(word) <= cells {
        if space == 1 {
            line.push(' ');
        }
        line.push_str(word);
        return;
    }
    if !line.is_empty() {
        lines.push(String::new());
    }
    let mut rest = word.to_owned();
    while width(&rest) > cells {
        let part = head(&rest, cells);
        if part.is_empty() {
            return; // a character wider than the line
        }
        rest = rest.split_off(part.len());
        if let Some(line) = lines.last_mut() {
            line.push_str(&part);
        }
        lines.push(String::new());
    }
    if let Some(line) = lines.last_mut() {
        line.push_str(&rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn control_and_direction_characters_are_shown_not_obeyed() {
        assert_eq!(clean("a\x1b[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(clean("x\u{202e}y\u{9b}"), "x\\u{202e}y\\u{9b}");
        assert!(matches!(clean("plain öäü 表"), Cow::Borrowed(_)));
    }

    #[test]
    fn emoji_that_terminals_measure_differently_are_taken_apart() {
        assert_eq!(clean("👩\u{200d}👧"), "👩\\u{200d}👧");
        assert_eq!(clean("🇩🇪"), "\\u{1f1e9}\\u{1f1ea}");
        assert_eq!(clean("❤\u{fe0f}👍\u{1f3fd}"), "❤\\u{fe0f}👍\\u{1f3fd}");
        assert!(matches!(clean("rocket🚀"), Cow::Borrowed(_)));
        assert_eq!(clean("क्\u{200d}ष"), "क्\u{200d}ष", "a joiner of letters stays");
    }

    #[test]
    fn a_pile_of_marks_is_cut() {
        let pile = format!("e{}", "\u{301}".repeat(500));
        assert_eq!(clean(&pile).chars().count(), 1 + MARKS);
    }

    #[test]
    fn cut_text_says_so_and_fits() {
        let glyphs = Glyphs::unicode();
        assert_eq!(fit("customers", 9, glyphs), "customers");
        assert_eq!(fit("customers", 6, glyphs), "custo…");
        assert_eq!(fit("表表表", 4, glyphs), "表…");
        assert_eq!(fit("customers", 0, glyphs), "");
        assert_eq!(fit_middle("/backups/shop.dump", 13, glyphs), "/bac…hop.dump");
    }

    #[test]
    fn ascii_mode_spells_our_typography() {
        assert_eq!(fit("shop → b.dump", 20, Glyphs::ascii()), "shop -> b.dump");
    }

    #[test]
    fn text_wraps_at_words_and_breaks_long_ones() {
        let glyphs = Glyphs::unicode();
        assert_eq!(wrap("one two three", 7, glyphs), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3, glyphs), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("表", 1, glyphs).concat(), "");
    }

    proptest! {
        #[test]
        fn nothing_that_is_fitted_is_wider_than_asked_or_active(text in "\\PC*|.{0,40}", cells in 0usize..30) {
            for glyphs in [Glyphs::unicode(), Glyphs::ascii()] {
                for cut in [fit(&text, cells, glyphs), fit_middle(&text, cells, glyphs)] {
                    prop_assert!(width(&cut) <= cells, "{:?}", cut);
                    prop_assert!(!cut.chars().any(is_active));
                }
                for line in wrap(&text, cells, glyphs) {
                    prop_assert!(width(&line) <= cells);
                }
            }
        }
    }
}
