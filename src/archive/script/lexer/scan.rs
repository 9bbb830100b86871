//! Goes through SQL byte by byte: quotes, comments, parentheses.

use memchr::{memchr, memchr2};

use crate::error::Result;

use super::words::LONGEST;
use super::{Command, Event, Flow, Lexer, Mode, Statement, setting};

/// The longest tag of a dollar quote.
const LONGEST_TAG: usize = 1024;
/// Longer comments are passed over.
const LONGEST_COMMENT: usize = 1 << 20;

/// Where the scanner is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Outside of everything; whether the last byte belongs to a word or a number.
    Normal,
    Glued,
    LineComment,
    BlockComment(u32),
    Single {
        escapes: bool,
    },
    /// Behind a literal with escapes: behind a line end it may go on, still with escapes.
    BehindEscaped {
        line_end: bool,
    },
    Double,
    Dollar(Vec<u8>),
}

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_word(byte: u8) -> bool {
    starts_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.buffer.get(self.at + ahead).copied()
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    pub(super) fn step(&mut self) -> Result<Flow> {
        if self.at >= self.buffer.len() {
            return if self.ended { self.end_of_script() } else { self.more() };
        }
        match std::mem::replace(&mut self.state, State::Normal) {
            State::Normal => self.normal(false),
            State::Glued => self.normal(true),
            State::LineComment => Ok(self.line_comment()),
            State::BlockComment(depth) => Ok(self.block_comment(depth)),
            State::Single { escapes } => Ok(self.single(escapes)),
            State::BehindEscaped { line_end } => Ok(self.behind_escaped(line_end)),
            State::Double => Ok(self.double()),
            State::Dollar(tag) => Ok(self.dollar(tag)),
        }
    }

    /// More bytes are wanted, unless there are too many already.
    fn more(&mut self) -> Result<Flow> {
        if self.buffer.len() - self.begin <= self.limit {
            return Ok(Flow::NeedMore);
        }
        let (line, limit) = (self.begin_line, self.limit);
        Err(Self::error(line, format_args!("the statement is larger than {limit} bytes"))
            .with_hint("a quote or a parenthesis may have been left open there"))
    }

    /// Cannot go on without more bytes; the state stays.
    fn wait(&mut self, state: State) -> Flow {
        self.state = state;
        Flow::NeedMore
    }

    fn begin_statement(&mut self) {
        if !self.in_statement {
            self.in_statement = true;
            self.begin = self.at;
            self.count_to(self.at);
            self.begin_line = self.line;
        }
    }

    /// Passes over bytes; between statements they are gone.
    fn pass(&mut self, count: usize) {
        self.at += count;
        if !self.in_statement {
            self.begin = self.at;
        }
    }

    fn normal(&mut self, glued: bool) -> Result<Flow> {
        let Some(byte) = self.peek(0) else { return Ok(Flow::NeedMore) };
        if byte.is_ascii_whitespace() || byte == 0x0b {
            self.pass(1);
            return Ok(Flow::Go);
        }
        if self.base == 0 && self.at == 0 && byte == 0xef {
            return Ok(self.byte_order_mark());
        }
        if matches!(byte, b'-' | b'/') {
            let Some(next) = self.peek(1).or(self.ended.then_some(0)) else {
                return Ok(self.wait(if glued { State::Glued } else { State::Normal }));
            };
            match (byte, next) {
                (b'-', b'-') => {
                    self.state = State::LineComment;
                    return Ok(Flow::Go);
                }
                (b'/', b'*') => {
                    self.state = State::BlockComment(1);
                    self.pass(2);
                    return Ok(Flow::Go);
                }
                _ => {}
            }
        }
        if byte == b'\\' {
            return self.command();
        }
        self.begin_statement();
        if !glued && starts_word(byte) {
            return Ok(self.word());
        }
        if byte.is_ascii_digit() || (glued && continues_word(byte)) {
            self.at += 1;
            self.state = State::Glued;
            return Ok(Flow::Go);
        }
        self.symbol(byte)
    }

    fn symbol(&mut self, byte: u8) -> Result<Flow> {
        match byte {
            b'$' => return self.dollar_sign(),
            b'\'' => self.state = State::Single { escapes: !self.standard_conforming_strings },
            b'"' => self.state = State::Double,
            b'(' => self.words.parens = self.words.parens.saturating_add(1),
            b')' => self.words.parens = self.words.parens.saturating_sub(1),
            b';' if self.words.parens == 0 && self.words.blocks == 0 => return self.statement(),
            0 => {
                let line = self.current_line();
                return Err(Self::error(line, "a zero byte in a statement")
                    .with_hint("this is not a script in plain SQL, or it is damaged"));
            }
            _ => {}
        }
        self.words.other();
        self.at += 1;
        Ok(Flow::Go)
    }

    fn byte_order_mark(&mut self) -> Flow {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        if self.rest().starts_with(MARK) {
            self.pass(MARK.len());
        } else if MARK.starts_with(self.rest()) && !self.ended {
            return Flow::NeedMore;
        } else {
            self.begin_statement();
            self.at += 1;
            self.state = State::Glued;
        }
        Flow::Go
    }

    fn word(&mut self) -> Flow {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| !continues_word(*byte)).unwrap_or(rest.len());
        let follows = rest.get(length).copied();
        if length > LONGEST {
            self.words.word(b"?");
            self.at += length;
            self.state = State::Glued;
            return Flow::Go;
        }
        if follows.is_none() && !self.ended {
            return Flow::NeedMore;
        }
        let word = rest.get(..length).unwrap_or_default();
        if follows == Some(b'\'')
            && let [letter] = word
            && let Some(escapes) = self.escapes_behind(*letter)
        {
            self.words.other();
            self.at += 2;
            self.state = State::Single { escapes };
            return Flow::Go;
        }
        self.words.word(word);
        self.at += length;
        self.state = State::Glued;
        Flow::Go
    }

    /// Whether a backslash escapes in a literal behind this letter.
    fn escapes_behind(&self, letter: u8) -> Option<bool> {
        match letter {
            b'e' | b'E' => Some(true),
            b'b' | b'B' | b'x' | b'X' => Some(false),
            b'n' | b'N' => Some(!self.standard_conforming_strings),
            _ => None,
        }
    }

    /// A dollar sign outside words: a parameter, the beginning of a quote, or nothing.
    fn dollar_sign(&mut self) -> Result<Flow> {
        let rest = self.rest().get(1..).unwrap_or_default();
        let tag = rest.iter().position(|byte| !continues_word(*byte) || *byte == b'$');
        let first = rest.first().copied();
        let may_be_tag = first.is_none_or(|byte| starts_word(byte) || byte == b'$');
        let (state, passed) = match tag {
            None if may_be_tag && !self.ended && rest.len() < LONGEST_TAG => {
                return Ok(self.wait(State::Normal));
            }
            None if may_be_tag && rest.len() >= LONGEST_TAG => {
                let line = self.current_line();
                return Err(Self::error(line, "the tag of a dollar quote has no end"));
            }
            Some(length) if may_be_tag && rest.get(length) == Some(&b'$') => {
                let tag = self.rest().get(..length + 2).unwrap_or_default().to_vec();
                (State::Dollar(tag), length + 2)
            }
            _ => {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                // What follows the number of a parameter belongs to it, however the pieces fall.
                (if digits > 0 { State::Glued } else { State::Normal }, 1 + digits)
            }
        };
        self.words.other();
        self.state = state;
        self.at += passed;
        Ok(Flow::Go)
    }

    /// A comment between statements is handed on; `at` stays at its beginning until it is whole.
    fn line_comment(&mut self) -> Flow {
        let rest = self.rest();
        let end = memchr(b'\n', rest).or(self.ended.then_some(rest.len()));
        if self.in_statement || (end.is_none() && rest.len() > LONGEST_COMMENT) {
            let length = end.unwrap_or(rest.len());
            if end.is_none() {
                self.state = State::LineComment;
            }
            self.pass(length);
            return Flow::Go;
        }
        let Some(length) = end else { return self.wait(State::LineComment) };
        let text = rest.get(..length).unwrap_or_default();
        let text = text.strip_suffix(b"\r").unwrap_or(text).to_vec();
        let (line, start) = (self.current_line(), self.position());
        self.pass(length);
        Flow::Emit(Event::Comment { line, start, text })
    }

    fn block_comment(&mut self, depth: u32) -> Flow {
        let rest = self.rest();
        let Some(skip) = memchr2(b'/', b'*', rest) else {
            let all = rest.len();
            self.pass(all);
            self.state = State::BlockComment(depth);
            return Flow::Go;
        };
        let pair = rest.get(skip..skip + 2);
        let (first, second) = match pair {
            Some(&[first, second]) => (first, second),
            _ if self.ended => (0, 0),
            _ => {
                self.pass(skip);
                return self.wait(State::BlockComment(depth));
            }
        };
        let (passed, depth) = match (first, second) {
            (b'/', b'*') => (2, depth.saturating_add(1)),
            (b'*', b'/') => (2, depth - 1),
            _ => (1, depth),
        };
        self.pass(skip + passed);
        self.state = if depth == 0 { State::Normal } else { State::BlockComment(depth) };
        Flow::Go
    }

    fn single(&mut self, escapes: bool) -> Flow {
        let rest = self.rest();
        let found = if escapes { memchr2(b'\'', b'\\', rest) } else { memchr(b'\'', rest) };
        let Some(skip) = found else {
            self.at = self.buffer.len();
            self.state = State::Single { escapes };
            return Flow::Go;
        };
        self.at += skip;
        let Some(next) = self.peek(1).or(self.ended.then_some(0)) else {
            return self.wait(State::Single { escapes });
        };
        let doubled = self.peek(0) == Some(b'\\') || next == b'\'';
        self.at = (self.at + if doubled { 2 } else { 1 }).min(self.buffer.len());
        self.state = match (doubled, escapes && self.standard_conforming_strings) {
            (true, _) => State::Single { escapes },
            (false, true) => State::BehindEscaped { line_end: false },
            (false, false) => State::Normal,
        };
        Flow::Go
    }

    fn behind_escaped(&mut self, line_end: bool) -> Flow {
        match self.peek(0) {
            Some(b'\n' | b'\r') => {
                self.at += 1;
                self.state = State::BehindEscaped { line_end: true };
            }
            Some(byte) if byte.is_ascii_whitespace() => {
                self.at += 1;
                self.state = State::BehindEscaped { line_end };
            }
            Some(b'\'') if line_end => {
                self.at += 1;
                self.state = State::Single { escapes: true };
            }
            Some(b'-') => return self.comment_behind_escaped(line_end),
            _ => {}
        }
        Flow::Go
    }

    /// A comment does not part the two halves of a literal.
    fn comment_behind_escaped(&mut self, line_end: bool) -> Flow {
        let rest = self.rest();
        let is_comment = rest.starts_with(b"--");
        match memchr(b'\n', rest) {
            Some(end) if is_comment => {
                self.at += end;
                self.state = State::BehindEscaped { line_end: true };
                Flow::Go
            }
            None if (is_comment || rest.len() < 2) && !self.ended => {
                self.wait(State::BehindEscaped { line_end })
            }
            _ => Flow::Go,
        }
    }

    fn double(&mut self) -> Flow {
        if let Some(skip) = memchr(b'"', self.rest()) {
            // A doubled quote ends one part of the name and begins the next.
            self.at += skip + 1;
        } else {
            self.at = self.buffer.len();
            self.state = State::Double;
        }
        Flow::Go
    }

    fn dollar(&mut self, tag: Vec<u8>) -> Flow {
        let Some(skip) = memchr(b'$', self.rest()) else {
            self.at = self.buffer.len();
            self.state = State::Dollar(tag);
            return Flow::Go;
        };
        self.at += skip;
        if self.rest().starts_with(&tag) {
            self.at += tag.len();
            return Flow::Go;
        }
        if tag.starts_with(self.rest()) && !self.ended {
            return self.wait(State::Dollar(tag));
        }
        self.at += 1;
        self.state = State::Dollar(tag);
        Flow::Go
    }

    fn statement(&mut self) -> Result<Flow> {
        self.at += 1;
        let sql = self.buffer.get(self.begin..self.at).unwrap_or_default().to_vec();
        let words = std::mem::take(&mut self.words);
        let start = self.base + self.begin as u64;
        self.begin = self.at;
        self.in_statement = false;
        let line = self.begin_line;
        if sql.as_slice() == b";" {
            return Ok(Flow::Go);
        }
        self.follow_setting(&sql, line)?;
        if words.rows_follow {
            if words.binary {
                return Err(Self::error(line, "COPY in the binary format within a script"));
            }
            self.mode = Mode::BeforeRows;
        }
        Ok(Flow::Emit(Event::Statement(Statement {
            line,
            start,
            sql,
            rows_follow: words.rows_follow,
        })))
    }

    /// What a backslash means depends on a setting, so every change of it must be understood.
    fn follow_setting(&mut self, sql: &[u8], line: u64) -> Result<()> {
        const NAME: &[u8] = b"standard_conforming_strings";
        if sql.len() > 4096 || !contains_ignore_case(sql, NAME) {
            return Ok(());
        }
        match setting(sql) {
            Some(found) if found.name.as_bytes() == NAME => {
                let value = found.value.to_ascii_lowercase();
                let is_off = matches!(value.as_str(), "off" | "false" | "no" | "0");
                self.standard_conforming_strings = !is_off;
                Ok(())
            }
            None if contains_ignore_case(sql, b"set_config") => {
                let what = "standard_conforming_strings is set by a function";
                Err(Self::error(line, what).with_hint("use SET standard_conforming_strings"))
            }
            _ => Ok(()),
        }
    }

    fn command(&mut self) -> Result<Flow> {
        let line = self.current_line();
        if self.in_statement {
            return Err(Self::error(line, "a backslash command within a statement")
                .with_hint("only psql can run this script"));
        }
        let rest = self.rest();
        let Some(length) = memchr(b'\n', rest).or(self.ended.then_some(rest.len())) else {
            return self.more();
        };
        let text = rest.get(1..length).unwrap_or_default();
        let command = Command::parse(text, self.key.as_deref())
            .map_err(|(what, hint)| Self::error(line, what).with_hint(hint))?;
        match &command {
            Command::Restrict(key) => self.key = Some(key.clone()),
            Command::Unrestrict => self.key = None,
            _ => {}
        }
        let start = self.position();
        self.pass(length);
        Ok(Flow::Emit(Event::Command { line, start, command }))
    }

    fn end_of_script(&mut self) -> Result<Flow> {
        let open = match &self.state {
            State::Single { .. } | State::Double | State::Dollar(_) => Some("a quote"),
            State::BlockComment(_) => Some("a comment"),
            _ if self.in_statement => Some("a statement"),
            _ => None,
        };
        let cut_off = "the script was cut off, or a semicolon is missing at its end";
        if let Some(open) = open {
            let line = if self.in_statement { self.begin_line } else { self.current_line() };
            let what = format!("{open} that begins there has no end");
            return Err(Self::error(line, what).with_hint(cut_off));
        }
        if self.key.is_some() {
            let line = self.current_line();
            return Err(Self::error(line, "the script ends without \\unrestrict")
                .with_hint("it was cut off: make it anew"));
        }
        self.mode = Mode::Over;
        Ok(Flow::Emit(Event::End))
    }
}

fn contains_ignore_case(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}
