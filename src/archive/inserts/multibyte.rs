//! Characters whose later bytes look like ASCII: the encodings that only clients use have them, and
//! a backslash or a quote in such a place is none.

/// How the bytes of an encoding make characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Multibyte {
    /// No byte of a longer character looks like ASCII.
    #[default]
    Safe,
    /// Two bytes, of which the first is not ASCII: BIG5, GBK, UHC.
    Pairs,
    /// As [`Multibyte::Pairs`], with three bytes after `8f`.
    Johab,
    /// As [`Multibyte::Pairs`], but `a1` to `df` stand alone.
    Sjis,
    /// Two bytes, or four where the second is a digit.
    Gb18030,
}

impl Multibyte {
    /// By PostgreSQL's name of the encoding.
    pub fn of_encoding(name: &str) -> Self {
        match name {
            "BIG5" | "GBK" | "UHC" => Self::Pairs,
            "JOHAB" => Self::Johab,
            "SJIS" | "SHIFT_JIS_2004" => Self::Sjis,
            "GB18030" => Self::Gb18030,
            _ => Self::Safe,
        }
    }
}

/// What is still to come of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    Bytes(u8),
    /// The second byte tells.
    Gb18030,
}

/// Finds what is special in text, wherever it is cut.
#[derive(Debug)]
pub(super) struct Trail {
    multibyte: Multibyte,
    rest: Rest,
}

impl Trail {
    pub(super) fn new(multibyte: Multibyte) -> Self {
        Self { multibyte, rest: Rest::Bytes(0) }
    }

    /// How many bytes there are before a quote, a backslash, a tab or a line feed.
    pub(super) fn plain(&mut self, text: &[u8]) -> usize {
        let special = |byte: u8| matches!(byte, b'\'' | b'\\' | b'\t' | b'\n');
        let found = if self.multibyte == Multibyte::Safe {
            text.iter().position(|byte| special(*byte))
        } else {
            text.iter().position(|byte| !self.belongs(*byte) && special(*byte))
        };
        found.unwrap_or(text.len())
    }

    /// Whether the byte belongs to a longer character.
    fn belongs(&mut self, byte: u8) -> bool {
        let (belongs, rest) = match self.rest {
            Rest::Bytes(0) if byte.is_ascii() => (false, Rest::Bytes(0)),
            Rest::Bytes(0) => (true, self.after_first(byte)),
            Rest::Bytes(left) => (true, Rest::Bytes(left - 1)),
            Rest::Gb18030 => (true, Rest::Bytes(if byte.is_ascii_digit() { 2 } else { 0 })),
        };
        self.rest = rest;
        belongs
    }

    fn after_first(&self, byte: u8) -> Rest {
        match (self.multibyte, byte) {
            (Multibyte::Sjis, 0xa1..=0xdf) | (Multibyte::Safe, _) => Rest::Bytes(0),
            (Multibyte::Johab, 0x8f) => Rest::Bytes(2),
            (Multibyte::Gb18030, _) => Rest::Gb18030,
            _ => Rest::Bytes(1),
        }
    }
}
