//! One statement cut into what can hold a name and what cannot. Where a script is cut into
//! statements is the lexer's business.

/// A piece of SQL. All pieces together are the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token<'a> {
    /// An identifier, or a keyword.
    Word {
        /// As it is written.
        text: &'a str,
        /// The name it stands for.
        name: String,
        /// Whether it stands in double quotes.
        quoted: bool,
    },
    /// A literal in single quotes, its prefix included.
    Literal(&'a str),
    /// A literal in dollar quotes.
    Body(&'a str),
    /// Blanks and comments.
    Blank(&'a str),
    /// Any other character.
    Sign(&'a str),
}

impl<'a> Token<'a> {
    /// As it is written.
    pub fn text(&self) -> &'a str {
        match self {
            Self::Word { text, .. }
            | Self::Literal(text)
            | Self::Body(text)
            | Self::Blank(text)
            | Self::Sign(text) => text,
        }
    }

    /// The name, when this is an identifier.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Word { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether this is the keyword.
    pub fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self, Self::Word { text, quoted: false, .. } if text.eq_ignore_ascii_case(keyword))
    }

    /// Whether this is blanks, or a comment.
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Blank(_))
    }

    /// Whether this is the sign.
    pub fn is_sign(&self, sign: &str) -> bool {
        matches!(self, Self::Sign(text) if *text == sign)
    }
}

/// Cuts a text; what has no end reaches to the text's.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut list = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = length(rest, first).max(first.len_utf8()).min(rest.len());
        let Some((piece, after)) = rest.split_at_checked(length) else { break };
        list.push(token(piece, first));
        rest = after;
    }
    list
}

fn token(piece: &str, first: char) -> Token<'_> {
    if first == '"' {
        let inner = piece.get(1..piece.len().saturating_sub(1)).unwrap_or_default();
        return Token::Word { text: piece, name: inner.replace("\"\"", "\""), quoted: true };
    }
    if piece.starts_with("--") || piece.starts_with("/*") || first.is_whitespace() {
        return Token::Blank(piece);
    }
    if piece.ends_with('\'') && piece.len() > 1 && (first == '\'' || piece.contains('\'')) {
        return Token::Literal(piece);
    }
    if first == '$' && piece.len() > 1 {
        return Token::Body(piece);
    }
    if is_word(first) {
        return Token::Word { text: piece, name: piece.to_lowercase(), quoted: false };
    }
    if first == '\'' { Token::Literal(piece) } else { Token::Sign(piece) }
}

fn length(rest: &str, first: char) -> usize {
    match first {
        '"' => quoted(rest, '"', false),
        '\'' => quoted(rest, '\'', false),
        'e' | 'E' if rest.get(1..2) == Some("'") => {
            1 + quoted(rest.get(1..).unwrap_or(""), '\'', true)
        }
        'b' | 'B' | 'x' | 'X' | 'n' | 'N' if rest.get(1..2) == Some("'") => {
            1 + quoted(rest.get(1..).unwrap_or(""), '\'', false)
        }
        'u' | 'U' if rest.get(1..3) == Some("&'") => {
            2 + quoted(rest.get(2..).unwrap_or(""), '\'', false)
        }
        '$' => dollar(rest),
        '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
        '/' if rest.starts_with("/*") => comment(rest),
        c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()),
        c if is_word(c) => {
            let inside = |c: char| is_word(c) || c.is_ascii_digit() || c == '$';
            rest.find(|c: char| !inside(c)).unwrap_or(rest.len())
        }
        c if c.is_ascii_digit() => {
            rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len())
        }
        c => c.len_utf8(),
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

/// Bytes of a comment, and of those in it.
fn comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Bytes of quoted text, its quotes included; doubled quotes are inside.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if escapes && c == '\\' {
            chars.next();
        } else if c == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return at + c.len_utf8();
            }
        }
    }
    text.len()
}

/// Bytes of a text in dollar quotes; 1 when the dollar begins none.
fn dollar(text: &str) -> usize {
    let after = text.get(1..).unwrap_or_default();
    let Some(end) = after.find('$') else { return 1 };
    let (tag, rest) = after.split_at(end);
    let is_tag = tag.chars().all(|c| is_word(c) || c.is_ascii_digit())
        && !tag.starts_with(|c: char| c.is_ascii_digit());
    if !is_tag {
        return 1;
    }
    let mark = text.get(..end + 2).unwrap_or_default();
    let body = rest.get(1..).unwrap_or_default();
    body.find(mark).map_or(text.len(), |at| mark.len() + at + mark.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(text: &str) -> Vec<(&'static str, String)> {
        let kind = |token: &Token<'_>| match token {
            Token::Word { quoted: true, .. } => "quoted",
            Token::Word { .. } => "word",
            Token::Literal(_) => "literal",
            Token::Body(_) => "body",
            Token::Blank(_) => "blank",
            Token::Sign(_) => "sign",
        };
        let list = tokens(text);
        list.iter()
            .filter(|token| !matches!(token, Token::Blank(_)))
            .map(|token| (kind(token), token.name().unwrap_or(token.text()).to_owned()))
            .collect()
    }

    #[test]
    fn literals_bodies_and_comments_hide_what_looks_like_names() {
        let text = "a.\"B \"\"c\" 'it''s' E'x\\'y' $$ a.b $$ $t$ $$ $t$ -- a.b\n /* a.b /* c */ d */ U&'x' $1 größe";
        let word = |name: &str| ("word", name.to_owned());
        let sign = |text: &str| ("sign", text.to_owned());
        let expected = [
            word("a"),
            sign("."),
            ("quoted", "B \"c".to_owned()),
            ("literal", "'it''s'".to_owned()),
            ("literal", "E'x\\'y'".to_owned()),
            ("body", "$$ a.b $$".to_owned()),
            ("body", "$t$ $$ $t$".to_owned()),
            ("literal", "U&'x'".to_owned()),
            sign("$"),
            sign("1"),
            word("größe"),
        ];
        assert_eq!(kinds(text), expected);
    }

    proptest! {
        #[test]
        fn all_tokens_together_are_the_text(text in "[a-cE\"'$. \n\\-/*;é1]{0,60}") {
            let joined: String = tokens(&text).iter().map(Token::text).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
