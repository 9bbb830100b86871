//! Characters that the server decodes otherwise than the library: the library's, then the server's.

use std::borrow::Cow;

pub(super) type Patches = &'static [(char, char)];

pub(super) const EUC_JP: Patches = &[
    ('\u{ff5e}', '\u{301c}'),
    ('\u{2225}', '\u{2016}'),
    ('\u{ff0d}', '\u{2212}'),
    ('\u{ffe0}', '\u{a2}'),
    ('\u{ffe1}', '\u{a3}'),
    ('\u{ffe2}', '\u{ac}'),
];
pub(super) const SJIS: Patches = &[];
pub(super) const EUC_CN: Patches = &[];
pub(super) const GBK: Patches = &[];
pub(super) const BIG5: Patches = &[];

/// Exchanges characters.
pub(super) fn apply(
    text: Cow<'_, str>,
    patches: Patches,
    pair: fn((char, char)) -> (char, char),
) -> Cow<'_, str> {
    let other = |c: char| {
        let mut pairs = patches.iter().map(|both| pair(*both));
        pairs.find(|(from, _)| *from == c).map(|(_, to)| to)
    };
    if !text.chars().any(|c| other(c).is_some()) {
        return text;
    }
    Cow::Owned(text.chars().map(|c| other(c).unwrap_or(c)).collect())
}
