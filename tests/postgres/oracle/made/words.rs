//! What names and texts are made of.

/// Words of the language, quotes, control characters.
pub(super) const PARTS: &[&str] = &[
    "select",
    "table",
    "a",
    "B",
    "Ab c",
    "\"",
    "'",
    "\n",
    "\\",
    ".",
    ",",
    ";",
    "$",
    "$$",
    "%s",
    "--",
    "/*",
    "*/",
    "\t",
    "1",
    "_",
    "(",
    ")",
    "[]",
    "user",
    "{x}",
    ":a",
    "\r",
    "column",
    "?",
    "=",
    "\\N",
    "\\.\n",
    "\u{1}",
    "\u{7f}",
    " ",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];

/// The encoding of a database, and what it has beyond ASCII.
pub(super) struct Encoding {
    pub(super) name: &'static str,
    pub(super) parts: &'static [&'static str],
    /// Bytes of a character beyond ASCII, where they are not those of UTF-8.
    bytes: Option<usize>,
}

impl Encoding {
    /// Bytes that a name has in the database.
    pub(super) fn length(&self, name: &str) -> usize {
        let beyond = name.chars().filter(|c| !c.is_ascii()).count();
        self.bytes.map_or(name.len(), |bytes| name.chars().count() - beyond + beyond * bytes)
    }
}

const UTF8: Encoding = Encoding {
    name: "UTF8",
    parts: &["ž", "Ω", "🐘", "e\u{301}", "\u{a0}", "\u{202e}"],
    bytes: None,
};

/// Each third database is in one of these, in turn.
const OTHERS: [Encoding; 4] = [
    Encoding { name: "LATIN1", parts: &["é", "ß", "\u{a0}", "ÿ"], bytes: Some(1) },
    Encoding { name: "EUC_JP", parts: &["日本", "あ", "表"], bytes: Some(2) },
    // No encoding at all: whatever bytes come.
    Encoding { name: "SQL_ASCII", parts: &["ž", "日本"], bytes: None },
    Encoding { name: "WIN1251", parts: &["ж", "Я"], bytes: Some(1) },
];

/// The encoding of the database of a number.
pub(super) fn encoding(seed: u64) -> &'static Encoding {
    let turn = usize::try_from(seed / 3).unwrap() % OTHERS.len();
    if seed.is_multiple_of(3) { &OTHERS[turn] } else { &UTF8 }
}

pub(super) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
