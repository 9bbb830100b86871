//! Characters that the server decodes otherwise than the library: the library's, then the server's.

use std::borrow::Cow;

pub(super) type Patches = &'static [(char, char)];

pub(super) const KOI8_U: Patches = &[('\u{45e}', '\u{255d}'), ('\u{40e}', '\u{256c}')];
pub(super) const EUC_CN: Patches = &[('\u{b7}', '\u{30fb}'), ('\u{2014}', '\u{2015}')];

/// What of Big5 the library and the server have otherwise, as lead and trail bytes: nothing tells
/// which of the two a dump means.
const BIG5_DOUBTFUL: [(u8, u8); 16] = [
    (0xa1, 0x45),
    (0xa1, 0x4e),
    (0xa1, 0x5a),
    (0xa1, 0xc2),
    (0xa1, 0xc3),
    (0xa1, 0xc5),
    (0xa1, 0xe3),
    (0xa1, 0xf2),
    (0xa1, 0xf3),
    (0xa1, 0xfe),
    (0xa2, 0x40),
    (0xa2, 0x41),
    (0xa2, 0x42),
    (0xa2, 0x44),
    (0xa2, 0x46),
    (0xa2, 0x47),
];

/// Whether Big5 text has characters that two readers read otherwise.
pub(super) fn is_doubtful_big5(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((lead, after)) = rest.split_first() {
        let Some((trail, after)) = after.split_first().filter(|_| *lead >= 0x80) else {
            rest = after;
            continue;
        };
        let extension = (*lead == 0xc6 && *trail >= 0xa1) || matches!(*lead, 0xc7 | 0xc8);
        if extension || BIG5_DOUBTFUL.contains(&(*lead, *trail)) {
            return true;
        }
        rest = after;
    }
    false
}

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
