//! Quoting as pg_dump does it, so that definitions read the same: identifiers bare where the server
//! takes them bare, literals single-quoted, bodies dollar-quoted.

use std::collections::HashSet;

use crate::error::Result;
use crate::model::name::{NameChars, quote_always, quote_literal};

use super::query::Reader;

/// Words that are keywords of newer servers than the one that is read, so that a definition also
/// restores there.
const NEWER_KEYWORDS: &[&str] = &[
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "merge_action",
    "normalize",
    "system_user",
];

/// Settings whose value is a list of quoted names: each element is a literal of its own.
const LIST_SETTINGS: &[&str] = &[
    "local_preload_libraries",
    "oauth_validator_libraries",
    "output_plugin_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// Quotes identifiers.
#[derive(Debug, Default)]
pub(in crate::postgres) struct Quoter {
    /// The server's keywords that may not stand bare as a name.
    keywords: HashSet<String>,
    /// Every name gets quotes.
    all: bool,
}

impl Quoter {
    /// Reads the server's keywords.
    pub(in crate::postgres) async fn read(reader: &Reader<'_>) -> Result<Self> {
        let sql = "SELECT word::text FROM pg_catalog.pg_get_keywords() WHERE catcode <> 'U'";
        let words = reader.column::<String>("keywords", sql, &[]).await?;
        Ok(Self::new(words))
    }

    /// From the words that need quotes.
    pub(in crate::postgres) fn new(words: impl IntoIterator<Item = String>) -> Self {
        Self { keywords: words.into_iter().collect(), all: false }
    }

    /// Quotes every name, if so.
    pub(in crate::postgres) fn quoting_all(self, all: bool) -> Self {
        Self { all, ..self }
    }

    /// An identifier, in quotes where it needs them.
    pub(in crate::postgres) fn ident(&self, name: &str) -> String {
        if NEWER_KEYWORDS.contains(&name) { quote_always(name) } else { self.server_ident(name) }
    }

    /// An identifier as the server itself writes it.
    pub(super) fn server_ident(&self, name: &str) -> String {
        let starts = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
        let plain = name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
        if starts && plain && !self.all && !self.keywords.contains(name) {
            name.to_owned()
        } else {
            quote_always(name)
        }
    }

    /// `schema.name`.
    pub(in crate::postgres) fn qualified(&self, schema: &str, name: &str) -> String {
        format!("{}.{}", self.ident(schema), self.ident(name))
    }

    /// Identifiers joined by commas.
    pub(in crate::postgres) fn idents<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
    ) -> String {
        names.into_iter().map(|n| self.ident(n)).collect::<Vec<_>>().join(", ")
    }

    /// `SET name TO value` from `name=value`.
    pub(in crate::postgres) fn setting(&self, setting: &str) -> String {
        self.setting_with(setting, quote_literal)
    }

    /// The same for a setting of a role or a database, which stands outside of archives too.
    pub(in crate::postgres) fn shared_setting(&self, setting: &str) -> String {
        self.setting_with(setting, escaped_literal)
    }

    fn setting_with(&self, setting: &str, literal: impl Fn(&str) -> String) -> String {
        let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
        let value = if LIST_SETTINGS.contains(&name.to_lowercase().as_str()) {
            let elements = split_names(value);
            elements.iter().map(|e| literal(e)).collect::<Vec<_>>().join(", ")
        } else {
            literal(value)
        };
        format!("SET {} TO {value}", self.ident(name))
    }

    /// Storage options (`name=value` each) for a WITH clause, each name with the prefix.
    pub(in crate::postgres) fn options(&self, options: &[String], prefix: &str) -> String {
        let one = |option: &String| {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = if self.ident(value) == value && !value.is_empty() {
                value.to_owned()
            } else {
                quote_literal(value)
            };
            format!("{prefix}{}={value}", self.ident(name))
        };
        options.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// A string literal that means the same whatever `standard_conforming_strings` is.
pub(in crate::postgres) fn escaped_literal(text: &str) -> String {
    if text.contains('\\') {
        format!("E{}", quote_literal(&text.replace('\\', "\\\\")))
    } else {
        quote_literal(text)
    }
}

/// A body between dollar signs, with a tag that the body does not contain.
pub(in crate::postgres) fn dollar_quote(body: &str) -> String {
    const SUFFIXES: &str = "_XXXXXXX";
    let mut delimiter = "$".to_owned();
    let mut suffixes = SUFFIXES.chars().cycle();
    // Without its last dollar sign: a body that ends in `$tag` must not be quoted with `$tag$`.
    while body.contains(&delimiter) {
        delimiter.extend(suffixes.next());
    }
    delimiter.push('$');
    format!("{delimiter}{body}{delimiter}")
}

/// Splits a list of names at commas outside double quotes and takes the quotes away.
fn split_names(list: &str) -> Vec<String> {
    let (mut names, mut name) = (Vec::new(), String::new());
    for (c, quoted) in NameChars::new(list) {
        match c {
            ',' if !quoted => names.push(std::mem::take(&mut name)),
            c if c.is_whitespace() && !quoted => {}
            c => name.push(c),
        }
    }
    names.push(name);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_names_are_split_outside_quotes() {
        assert_eq!(split_names("shop, \"Odd, \"\"Name\""), ["shop", "Odd, \"Name"]);
        assert_eq!(split_names("\"\""), [""]);
    }

    #[test]
    fn only_names_that_need_quotes_get_them() {
        let quoter = Quoter::new(["select".to_owned()]);
        for bare in ["a", "_a1", "plain_1"] {
            assert_eq!(quoter.ident(bare), bare);
        }
        for (name, quoted) in [
            ("select", "\"select\""),
            ("json_table", "\"json_table\""),
            ("A", "\"A\""),
            ("1a", "\"1a\""),
            ("a$", "\"a$\""),
            ("ü", "\"ü\""),
            ("", "\"\""),
            ("a\"b", "\"a\"\"b\""),
        ] {
            assert_eq!(quoter.ident(name), quoted);
        }
    }

    #[test]
    fn all_names_get_quotes_where_that_is_asked_for() {
        let quoter = Quoter::new([]).quoting_all(true);
        assert_eq!(quoter.qualified("s", "t"), "\"s\".\"t\"");
        assert_eq!(quoter.options(&["buffering=auto".to_owned()], ""), "\"buffering\"='auto'");
    }

    #[test]
    fn option_values_are_literals_unless_they_are_plain_words() {
        let quoter = Quoter::new(["true".to_owned()]);
        let options = ["fillfactor=70", "buffering=auto", "security_barrier=true"];
        let options: Vec<String> = options.iter().map(|&o| o.to_owned()).collect();
        assert_eq!(
            quoter.options(&options, "toast."),
            "toast.fillfactor='70', toast.buffering=auto, toast.security_barrier='true'"
        );
    }

    #[test]
    fn a_shared_setting_is_read_alike_by_every_session() {
        let quoter = Quoter::default();
        assert_eq!(quoter.shared_setting("a.b=c\\'d"), "SET \"a.b\" TO E'c\\\\''d'");
        assert_eq!(quoter.setting("work_mem=5MB"), quoter.shared_setting("work_mem=5MB"));
    }

    #[test]
    fn a_body_is_never_closed_early() {
        for (body, quoted) in
            [("a", "$$a$$"), ("a$b", "$_$a$b$_$"), ("$_$", "$_X$$_$$_X$"), ("a$_", "$_X$a$_$_X$")]
        {
            assert_eq!(dollar_quote(body), quoted);
        }
    }
}
