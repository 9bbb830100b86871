//! Text by PostgreSQL's names of encodings: an archive's definitions are written in the encoding of
//! its dump, and everything else here speaks UTF-8.
//!
//! Where the web's tables, which the library has, differ from the server's, the server's count: the
//! one-byte encodings that the library takes for a Windows code page, and single characters.

use std::borrow::Cow;

use encoding_rs::Encoding as Table;

mod patch;

use patch::is_doubtful_big5;

/// How text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// Bytes of no known encoding: text is what happens to be UTF-8.
    Ascii,
    /// Each byte is the character of the same number.
    Latin1,
    /// As Latin 1, with six Turkish letters.
    Latin5,
    /// A table of the library, and what of it the server has otherwise.
    Table(&'static Table, &'static [(char, char)]),
}

/// Why text could not be decoded or encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// The bytes are no text of the encoding.
    #[error("it is not {0}")]
    NotDecodable(&'static str),
    /// The text has a character that the encoding lacks.
    #[error("{0} cannot hold it")]
    NotEncodable(&'static str),
}

impl Encoding {
    /// The encoding of this name; `None` for those that cannot be read here: `EUC_TW`, `JOHAB`,
    /// `MULE_INTERNAL` and the JIS 2004 ones.
    pub fn by_name(name: &str) -> Option<Self> {
        let normal: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let plain = |table: &'static Table| Some(Self::Table(table, &[]));
        match normal.as_str() {
            "UTF8" | "UNICODE" => Some(Self::Utf8),
            "SQLASCII" => Some(Self::Ascii),
            "LATIN1" | "ISO88591" => Some(Self::Latin1),
            "LATIN5" | "ISO88599" => Some(Self::Latin5),
            "LATIN2" | "ISO88592" => plain(encoding_rs::ISO_8859_2),
            "LATIN3" | "ISO88593" => plain(encoding_rs::ISO_8859_3),
            "LATIN4" | "ISO88594" => plain(encoding_rs::ISO_8859_4),
            "LATIN6" | "ISO885910" => plain(encoding_rs::ISO_8859_10),
            "LATIN7" | "ISO885913" => plain(encoding_rs::ISO_8859_13),
            "LATIN8" | "ISO885914" => plain(encoding_rs::ISO_8859_14),
            "LATIN9" | "ISO885915" => plain(encoding_rs::ISO_8859_15),
            "LATIN10" | "ISO885916" => plain(encoding_rs::ISO_8859_16),
            "ISO88595" => plain(encoding_rs::ISO_8859_5),
            "ISO88596" => plain(encoding_rs::ISO_8859_6),
            "ISO88597" => plain(encoding_rs::ISO_8859_7),
            "ISO88598" => plain(encoding_rs::ISO_8859_8),
            "WIN866" | "ALT" => plain(encoding_rs::IBM866),
            "WIN874" => plain(encoding_rs::WINDOWS_874),
            "WIN1250" => plain(encoding_rs::WINDOWS_1250),
            "WIN1251" | "WIN" => plain(encoding_rs::WINDOWS_1251),
            "WIN1252" => plain(encoding_rs::WINDOWS_1252),
            "WIN1253" => plain(encoding_rs::WINDOWS_1253),
            "WIN1254" => plain(encoding_rs::WINDOWS_1254),
            "WIN1255" => plain(encoding_rs::WINDOWS_1255),
            "WIN1256" => plain(encoding_rs::WINDOWS_1256),
            "WIN1257" => plain(encoding_rs::WINDOWS_1257),
            "WIN1258" | "ABC" | "TCVN" | "TCVN5712" | "VSCII" => plain(encoding_rs::WINDOWS_1258),
            "KOI8R" | "KOI8" => plain(encoding_rs::KOI8_R),
            "KOI8U" => Some(Self::Table(encoding_rs::KOI8_U, patch::KOI8_U)),
            "EUCJP" => plain(encoding_rs::EUC_JP),
            "SJIS" | "MSKANJI" | "SHIFTJIS" | "WIN932" | "WINDOWS932" => {
                plain(encoding_rs::SHIFT_JIS)
            }
            "EUCKR" | "UHC" | "WIN949" | "WINDOWS949" => plain(encoding_rs::EUC_KR),
            "EUCCN" => Some(Self::Table(encoding_rs::GBK, patch::EUC_CN)),
            "GBK" | "WIN936" | "WINDOWS936" => plain(encoding_rs::GBK),
            "GB18030" => plain(encoding_rs::GB18030),
            "BIG5" | "WIN950" | "WINDOWS950" => plain(encoding_rs::BIG5),
            _ => None,
        }
    }

    /// The text that the bytes are.
    pub fn decode(self, bytes: Vec<u8>) -> Result<String, EncodingError> {
        let fail = || EncodingError::NotDecodable(self.label());
        match self {
            // Everything below agrees on ASCII.
            _ if bytes.is_ascii() => String::from_utf8(bytes).map_err(|_| fail()),
            Self::Utf8 | Self::Ascii => String::from_utf8(bytes).map_err(|_| fail()),
            Self::Latin1 => Ok(bytes.into_iter().map(char::from).collect()),
            Self::Latin5 => Ok(bytes.into_iter().map(turkish).collect()),
            Self::Table(table, _) if table == encoding_rs::BIG5 && is_doubtful_big5(&bytes) => {
                Err(fail())
            }
            Self::Table(table, patches) => {
                let text = table.decode_without_bom_handling_and_without_replacement(&bytes);
                let text = patch::apply(text.ok_or_else(fail)?, patches, |(web, own)| (web, own));
                // What does not come back as it was must not be restored as something else.
                match self.encode(&text) {
                    Ok(back) if *back == *bytes => Ok(text.into_owned()),
                    _ => Err(fail()),
                }
            }
        }
    }

    /// The bytes of the text.
    pub fn encode(self, text: &str) -> Result<Cow<'_, [u8]>, EncodingError> {
        let fail = || EncodingError::NotEncodable(self.label());
        if text.is_ascii() {
            return Ok(Cow::Borrowed(text.as_bytes()));
        }
        match self {
            Self::Utf8 | Self::Ascii => Ok(Cow::Borrowed(text.as_bytes())),
            Self::Latin1 => {
                let bytes: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
                bytes.map(Cow::Owned).map_err(|_| fail())
            }
            Self::Latin5 => {
                let bytes: Option<Vec<u8>> = text.chars().map(from_turkish).collect();
                bytes.map(Cow::Owned).ok_or_else(fail)
            }
            Self::Table(table, patches) => {
                let text = patch::apply(Cow::Borrowed(text), patches, |(web, own)| (own, web));
                let (bytes, _, unmappable) = table.encode(&text);
                if unmappable { Err(fail()) } else { Ok(Cow::Owned(bytes.into_owned())) }
            }
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Utf8 | Self::Ascii => "UTF-8",
            Self::Latin1 => "LATIN1",
            Self::Latin5 => "LATIN5",
            Self::Table(table, _) => table.name(),
        }
    }
}

/// Where Latin 5 is not Latin 1.
const TURKISH: [(u8, char); 6] = [
    (0xd0, '\u{11e}'),
    (0xdd, '\u{130}'),
    (0xde, '\u{15e}'),
    (0xf0, '\u{11f}'),
    (0xfd, '\u{131}'),
    (0xfe, '\u{15f}'),
];

fn turkish(byte: u8) -> char {
    let special = TURKISH.iter().find(|(of, _)| *of == byte);
    special.map_or(char::from(byte), |(_, letter)| *letter)
}

fn from_turkish(letter: char) -> Option<u8> {
    if let Some((byte, _)) = TURKISH.iter().find(|(_, of)| *of == letter) {
        return Some(*byte);
    }
    let byte = u8::try_from(letter).ok()?;
    TURKISH.iter().all(|(of, _)| *of != byte).then_some(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(name: &str, bytes: &[u8]) -> Result<String, EncodingError> {
        Encoding::by_name(name).unwrap().decode(bytes.to_vec())
    }

    #[test]
    fn latin_1_is_itself_and_no_windows_code_page() {
        assert_eq!(decode("LATIN1", b"caf\xe9 \x80").unwrap(), "café \u{80}");
        let all: Vec<u8> = (0..=255).collect();
        for name in ["LATIN1", "LATIN5"] {
            let encoding = Encoding::by_name(name).unwrap();
            let text = encoding.decode(all.clone()).unwrap();
            assert_eq!(*encoding.encode(&text).unwrap(), *all);
        }
        assert_eq!(decode("latin5", b"\xdd").unwrap(), "İ");
        assert!(Encoding::Latin5.encode("Ð").is_err());
    }

    #[test]
    fn names_are_postgresqls_however_they_are_spelt() {
        for name in ["UTF8", "utf-8", "ISO_8859_5", "iso-8859-5", "KOI8R", "WIN1252", "EUC_JP"] {
            assert!(Encoding::by_name(name).is_some(), "{name}");
        }
        for name in ["MULE_INTERNAL", "JOHAB", "EUC_TW", "SHIFT_JIS_2004", "x"] {
            assert!(Encoding::by_name(name).is_none(), "{name}");
        }
    }

    #[test]
    fn what_is_no_text_of_the_encoding_is_an_error() {
        assert!(decode("UTF8", b"caf\xe9").is_err());
        assert!(decode("SQL_ASCII", b"caf\xe9").is_err());
        assert!(decode("SJIS", b"\x83").is_err());
        assert!(Encoding::Latin1.encode("€").is_err());
        assert!(Encoding::by_name("WIN1251").unwrap().encode("é").is_err());
    }

    #[test]
    fn names_of_other_alphabets_are_read() {
        assert_eq!(decode("WIN1251", b"\xd6\xe5\xed\xe0").unwrap(), "Цена");
        assert_eq!(decode("EUC_JP", b"\xc9\xbd \xa1\xc1").unwrap(), "表 \u{ff5e}");
        assert_eq!(decode("SJIS", b"\x95\x5c").unwrap(), "表");
        assert_eq!(decode("LATIN9", b"\xa4").unwrap(), "€");
    }
}
