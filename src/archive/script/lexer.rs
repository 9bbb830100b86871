//! Splits a script into statements, rows and commands, as psql does, from bytes in pieces of any
//! size. Runs nothing.
//!
//! ```text
//!             ┌──────────── ; outside quotes, parentheses, BEGIN ATOMIC … END
//!             ▼                                      │
//!  bytes ─► Between ─► Statement ────────────────────┤
//!             ▲  │                                   │ COPY … FROM stdin
//!             │  └► Comment, Command (\connect …)    ▼
//!             └────────────── \. ──────────────── Rows
//! ```
//! A statement is kept whole, up to [`LIMIT`]; rows are handed on as they come. Backslash commands
//! other than those of dumps are errors, whatever they are, and none stands within a statement.

mod command;
mod scan;
mod setting;
mod words;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use memchr::memchr_iter;
use memchr::memmem::Finder;

use crate::error::{Error, ErrorKind, Result};

pub use command::{Command, connection_target};
pub use setting::{Setting, setting};

use scan::State;
use words::Words;

/// What may be the end mark of rows.
static LINE_WITH_BACKSLASH: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\n\\"));

/// The largest statement: the server takes none that is larger.
pub const LIMIT: usize = 1 << 30;

/// What comes next in a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A line comment between statements.
    Comment {
        /// Its line.
        line: u64,
        /// Position of its first byte.
        start: u64,
        /// Its text, without the line end.
        text: Vec<u8>,
    },
    /// A statement with its semicolon.
    Statement(Statement),
    /// Bytes of rows, as they are; their end mark is not among them.
    Rows(Vec<u8>),
    /// The rows are over.
    RowsEnd {
        /// Line of the end mark.
        line: u64,
        /// Whether there was one; if not, the script is cut off.
        marked: bool,
    },
    /// A backslash command.
    Command {
        /// Its line.
        line: u64,
        /// Position of the backslash.
        start: u64,
        /// The command.
        command: Command,
    },
    /// The script is over.
    End,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Line of its first word.
    pub line: u64,
    /// Position of its first byte.
    pub start: u64,
    /// Its text.
    pub sql: Vec<u8>,
    /// Whether rows follow.
    pub rows_follow: bool,
}

/// What is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// SQL.
    Sql,
    /// What is left of the line of a COPY.
    BeforeRows,
    /// Rows; whether the next byte begins a line.
    Rows(bool),
    /// Nothing more.
    Over,
}

/// The splitter.
#[derive(Debug)]
pub struct Lexer {
    buffer: Vec<u8>,
    /// Where the statement under way begins.
    begin: usize,
    /// The next byte to look at.
    at: usize,
    /// Position of the buffer's first byte in the script.
    base: u64,
    /// Line of the byte at `counted`.
    line: u64,
    counted: usize,
    /// Line in which the statement under way begins.
    begin_line: u64,
    ended: bool,
    mode: Mode,
    state: State,
    words: Words,
    /// Whether a statement has begun.
    in_statement: bool,
    standard_conforming_strings: bool,
    /// The key of the `\restrict` in force.
    key: Option<Vec<u8>>,
    limit: usize,
}

impl Default for Lexer {
    fn default() -> Self {
        Self::new(true)
    }
}

/// What a step of the scanner came to.
enum Flow {
    Go,
    NeedMore,
    Emit(Event),
}

impl Lexer {
    /// At the beginning of a script; whether the session's strings conform to the standard.
    pub fn new(standard_conforming_strings: bool) -> Self {
        Self {
            buffer: Vec::new(),
            begin: 0,
            at: 0,
            base: 0,
            line: 1,
            counted: 0,
            begin_line: 1,
            ended: false,
            mode: Mode::Sql,
            state: State::Normal,
            words: Words::default(),
            in_statement: false,
            standard_conforming_strings,
            key: None,
            limit: LIMIT,
        }
    }

    /// The setting where the script has come to.
    pub fn standard_conforming_strings(&self) -> bool {
        self.standard_conforming_strings
    }

    /// A new session's setting.
    pub fn set_standard_conforming_strings(&mut self, on: bool) {
        self.standard_conforming_strings = on;
    }

    /// Takes more of the script.
    pub fn feed(&mut self, bytes: &[u8]) {
        let done = self.begin.min(self.at);
        self.count_to(done);
        self.buffer.drain(..done);
        self.base += done as u64;
        self.begin -= done;
        self.at -= done;
        self.counted -= done.min(self.counted);
        self.buffer.extend_from_slice(bytes);
    }

    /// Says that there is no more.
    pub fn finish(&mut self) {
        self.ended = true;
    }

    /// What comes next; `None` wants more bytes. After an error nothing sensible follows.
    pub fn next_event(&mut self) -> Result<Option<Event>> {
        loop {
            let flow = match self.mode {
                Mode::Sql => self.step()?,
                Mode::BeforeRows => self.before_rows()?,
                Mode::Rows(line_start) => self.rows(line_start),
                Mode::Over => Flow::Emit(Event::End),
            };
            match flow {
                Flow::Go => {}
                Flow::NeedMore => return Ok(None),
                Flow::Emit(event) => return Ok(Some(event)),
            }
        }
    }

    /// Position of the next byte to look at.
    pub fn position(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Line of the next byte to look at.
    pub fn current_line(&mut self) -> u64 {
        self.count_to(self.at);
        self.line
    }

    fn count_to(&mut self, to: usize) {
        if to > self.counted {
            let passed = self.buffer.get(self.counted..to).unwrap_or_default();
            self.line += memchr_iter(b'\n', passed).count() as u64;
            self.counted = to;
        }
    }

    fn error(line: u64, what: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Archive, format!("line {line} of the script: {what}"))
    }

    /// Between the COPY and its rows stands the rest of a line.
    fn before_rows(&mut self) -> Result<Flow> {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest);
        if end.is_none() && !self.ended {
            return Ok(Flow::NeedMore);
        }
        let line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        if !line.iter().all(u8::is_ascii_whitespace) {
            let line = self.current_line();
            return Err(Self::error(line, "something follows COPY … FROM stdin in its line")
                .with_hint("the rows begin in the line behind it: put the rest elsewhere"));
        }
        self.at += end.map_or(rest.len(), |end| end + 1);
        self.begin = self.at;
        self.mode = Mode::Rows(true);
        Ok(Flow::Go)
    }

    /// Rows up to their end, or as far as the buffer reaches.
    fn rows(&mut self, line_start: bool) -> Flow {
        let bytes = self.buffer.get(self.at..).unwrap_or_default();
        let mut from = 0;
        let mut candidate = line_start.then_some(0);
        loop {
            if let Some(at) = candidate {
                match end_mark(bytes.get(at..).unwrap_or_default(), self.ended) {
                    Mark::No => {}
                    Mark::Perhaps => return self.hand_on(at, at == 0, line_start || at > 0),
                    Mark::Yes(length) if at == 0 => return self.end_rows(length),
                    Mark::Yes(_) => return self.hand_on(at, false, true),
                }
            }
            let rest = bytes.get(from..).unwrap_or_default();
            let Some(found) = LINE_WITH_BACKSLASH.find(rest) else {
                let ends_line = bytes.last().map_or(line_start, |byte| *byte == b'\n');
                return self.hand_on(bytes.len(), bytes.is_empty(), ends_line);
            };
            from += found + 1;
            candidate = Some(from);
        }
    }

    fn hand_on(&mut self, length: usize, stuck: bool, line_start: bool) -> Flow {
        if stuck && self.ended {
            self.mode = Mode::Sql;
            let line = self.current_line();
            return Flow::Emit(Event::RowsEnd { line, marked: false });
        }
        if stuck {
            return Flow::NeedMore;
        }
        let end = self.at + length;
        let rows = self.buffer.get(self.at..end).unwrap_or_default().to_vec();
        self.at = end;
        self.begin = end;
        self.mode = Mode::Rows(line_start);
        Flow::Emit(Event::Rows(rows))
    }

    fn end_rows(&mut self, length: usize) -> Flow {
        let line = self.current_line();
        self.at += length;
        self.begin = self.at;
        self.mode = Mode::Sql;
        Flow::Emit(Event::RowsEnd { line, marked: true })
    }
}

/// Whether a line is the end mark.
enum Mark {
    No,
    /// There are too few bytes to tell.
    Perhaps,
    /// It is, and has so many bytes.
    Yes(usize),
}

fn end_mark(bytes: &[u8], ended: bool) -> Mark {
    for mark in [&b"\\.\n"[..], b"\\.\r\n"] {
        if bytes.starts_with(mark) {
            return Mark::Yes(mark.len());
        }
        if mark.starts_with(bytes) {
            return match (ended, bytes) {
                (false, _) => Mark::Perhaps,
                (true, b"\\." | b"\\.\r") => Mark::Yes(bytes.len()),
                (true, _) => Mark::No,
            };
        }
    }
    Mark::No
}
