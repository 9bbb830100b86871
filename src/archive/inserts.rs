//! Rows as INSERT statements, made of the `COPY` text in which a server sends rows fastest.
//!
//! ```text
//! COPY text        1 TAB it's LF                       2 TAB \N LF
//! one a row        INSERT INTO t VALUES (1, 'it''s');  INSERT INTO t VALUES (2, NULL);
//! two a statement  INSERT INTO t VALUES LF TAB (1, 'it''s'), LF TAB (2, NULL);
//!
//! row ─► field ─┬─ number, bool ─► held until its end ─► literal
//!               └─ anything else ─► ' … ' as it comes
//! ```
//! The statements are, byte for byte, those that pg_dump writes. Any cut of the input gives the same
//! output, and memory does not grow with the length of a value.

mod multibyte;
#[cfg(test)]
mod tests;

use std::num::NonZeroU32;

use crate::archive::copy_text::unescaped;
use crate::error::{Error, ErrorKind, Result};
pub use multibyte::Multibyte;
use multibyte::Trail;

/// What follows the last statement of a table.
pub const INSERTS_END: &[u8] = b"\n\n";

/// The longest number has 131,072 digits before the point and 16,383 behind it.
const LONGEST_NUMBER: usize = 256 << 10;

/// How the values of a type are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literal {
    /// Bare, unless it is not a number, such as `NaN`.
    Number,
    /// `B'0101'`.
    Bits,
    /// `true` or `false`.
    Bool,
    /// In quotes.
    Text,
}

impl Literal {
    /// By the oid of a built-in type; all others are text.
    pub fn of_type(oid: u32) -> Self {
        match oid {
            // int8, int2, int4, oid, float4, float8, numeric.
            20 | 21 | 23 | 26 | 700 | 701 | 1700 => Self::Number,
            // bit, varbit.
            1560 | 1562 => Self::Bits,
            16 => Self::Bool,
            _ => Self::Text,
        }
    }

    fn is_held(self) -> bool {
        matches!(self, Self::Number | Self::Bool)
    }

    fn opening(self) -> &'static [u8] {
        if self == Self::Bits { b"B'" } else { b"'" }
    }
}

/// A place in the list of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The word `DEFAULT`; the rows have no field for it.
    Default,
    /// The row's next field.
    Value(Literal),
}

/// What the statements of a table look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsertShape {
    /// The table, quoted as it is to be written.
    pub target: String,
    /// Names of the columns, quoted, where they are to be written.
    pub columns: Option<Vec<String>>,
    /// The values; none of them makes rows of defaults.
    pub fields: Vec<Field>,
    /// Whether values are put in place of those that the table would always make.
    pub overriding: bool,
    /// Rows a statement.
    pub rows_per_insert: NonZeroU32,
    /// Whether rows that are there already are passed over.
    pub on_conflict_do_nothing: bool,
    /// How characters are told apart.
    pub multibyte: Multibyte,
}

impl InsertShape {
    fn head(&self) -> String {
        let target = &self.target;
        if self.fields.is_empty() {
            return format!("INSERT INTO {target} DEFAULT VALUES;\n");
        }
        let columns = self.columns.as_ref().map_or_else(String::new, |names| {
            let names = names.join(", ");
            format!("({names}) ")
        });
        let overriding = if self.overriding { "OVERRIDING SYSTEM VALUE " } else { "" };
        format!("INSERT INTO {target} {columns}{overriding}VALUES")
    }

    fn end(&self) -> &'static str {
        if self.on_conflict_do_nothing { " ON CONFLICT DO NOTHING;\n" } else { ";\n" }
    }
}

/// Where the writer stands in the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before a row.
    Row,
    /// Before the first byte of a field.
    Field(Literal),
    /// Behind the backslash that a field begins with.
    FirstEscape(Literal),
    /// Behind a null.
    Null,
    /// In a value that is written as it comes.
    Text,
    /// Behind a backslash in one.
    Escape,
    /// In a value that is held.
    Held(Literal),
    /// Behind the fields of a row: nothing but its end may come.
    RowEnd,
}

/// Makes the statements.
#[derive(Debug)]
pub struct InsertWriter {
    shape: InsertShape,
    head: String,
    at: At,
    /// Fields that the row has got so far.
    done: usize,
    rows_in_statement: u32,
    held: Vec<u8>,
    trail: Trail,
}

impl InsertWriter {
    /// For rows of one table.
    pub fn new(shape: InsertShape) -> Self {
        Self {
            head: shape.head(),
            trail: Trail::new(shape.multibyte),
            shape,
            at: At::Row,
            done: 0,
            rows_in_statement: 0,
            held: Vec::new(),
        }
    }

    /// Takes rows off the input, appends statements, and stops soon after the output has `limit`
    /// bytes. Returns how much of the input was used: all of it, unless the limit was reached.
    pub fn convert(&mut self, input: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<usize> {
        let mut rest = input;
        while let Some(&byte) = rest.first().filter(|_| out.len() < limit) {
            let used = match self.at {
                At::Text => self.text(rest, out, limit)?,
                _ => usize::from(self.step(byte, out)?),
            };
            rest = rest.get(used..).unwrap_or_default();
        }
        Ok(input.len() - rest.len())
    }

    /// Ends the statement that more rows could have been added to. The rows must be over.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.at != At::Row {
            return Err(self.broken("they end within one"));
        }
        if self.rows_in_statement > 0 {
            out.extend_from_slice(self.shape.end().as_bytes());
            self.rows_in_statement = 0;
        }
        Ok(())
    }

    /// Goes on by one byte, or without it: returns whether it was used.
    fn step(&mut self, byte: u8, out: &mut Vec<u8>) -> Result<bool> {
        match (self.at, byte) {
            (At::Row, _) => {
                self.begin_row(out);
                return Ok(false);
            }
            (At::RowEnd, b'\n') => self.end_row(out),
            (At::RowEnd, _) => return Err(self.broken("one has too many fields")),
            (At::Field(literal), b'\\') => self.at = At::FirstEscape(literal),
            (At::Field(literal), _) => {
                self.begin_value(literal, out);
                return Ok(false);
            }
            (At::FirstEscape(_), b'N') => {
                out.extend_from_slice(b"NULL");
                self.at = At::Null;
            }
            (At::FirstEscape(literal), _) => {
                self.begin_value(literal, out);
                self.escaped(byte, out);
            }
            (At::Null, b'\t' | b'\n') => return self.end_field(byte, out),
            (At::Null, _) => return Err(self.broken("something follows a null")),
            (At::Escape | At::Text, _) => self.escaped(byte, out),
            (At::Held(literal), b'\t' | b'\n') => {
                self.write_held(literal, out);
                return self.end_field(byte, out);
            }
            (At::Held(_), _) if self.held.len() >= LONGEST_NUMBER => {
                return Err(self.broken("a number is longer than numbers can be"));
            }
            (At::Held(_), _) => self.held.push(byte),
        }
        Ok(true)
    }

    fn begin_row(&mut self, out: &mut Vec<u8>) {
        if self.rows_in_statement == 0 {
            out.extend_from_slice(self.head.as_bytes());
        }
        if self.shape.fields.is_empty() {
            self.at = At::RowEnd;
            return;
        }
        let opening: &[u8] = match (self.shape.rows_per_insert.get(), self.rows_in_statement) {
            (1, _) => b" (",
            (_, 0) => b"\n\t(",
            _ => b",\n\t(",
        };
        out.extend_from_slice(opening);
        self.done = 0;
        self.next_field(out);
    }

    /// Goes to the next field of the input, over the values that have none.
    fn next_field(&mut self, out: &mut Vec<u8>) {
        self.at = loop {
            let Some(field) = self.shape.fields.get(self.done) else { break At::RowEnd };
            if self.done > 0 {
                out.extend_from_slice(b", ");
            }
            self.done += 1;
            match field {
                Field::Value(literal) => break At::Field(*literal),
                Field::Default => out.extend_from_slice(b"DEFAULT"),
            }
        };
    }

    fn begin_value(&mut self, literal: Literal, out: &mut Vec<u8>) {
        if literal.is_held() {
            self.held.clear();
            self.at = At::Held(literal);
        } else {
            out.extend_from_slice(literal.opening());
            self.at = At::Text;
        }
    }

    /// A tab or a line feed behind a value.
    fn end_field(&mut self, byte: u8, out: &mut Vec<u8>) -> Result<bool> {
        self.next_field(out);
        match (self.at, byte) {
            (At::RowEnd, b'\n') => self.end_row(out),
            (At::RowEnd, _) => return Err(self.broken("one has too many fields")),
            (_, b'\n') => return Err(self.broken("one has too few fields")),
            _ => {}
        }
        Ok(true)
    }

    fn end_row(&mut self, out: &mut Vec<u8>) {
        self.at = At::Row;
        if self.shape.fields.is_empty() {
            return;
        }
        out.push(b')');
        self.rows_in_statement += 1;
        if self.rows_in_statement >= self.shape.rows_per_insert.get() {
            out.extend_from_slice(self.shape.end().as_bytes());
            self.rows_in_statement = 0;
        }
    }

    /// The byte behind a backslash.
    fn escaped(&mut self, byte: u8, out: &mut Vec<u8>) {
        let byte = unescaped(byte);
        if let At::Held(_) = self.at {
            self.held.push(byte);
            return;
        }
        if byte == b'\'' {
            out.push(byte);
        }
        out.push(byte);
        self.at = At::Text;
    }

    /// Writes text up to what is special in it. Returns how much of the input was used.
    fn text(&mut self, input: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<usize> {
        let room = limit.saturating_sub(out.len()).max(1);
        let input = input.get(..room).unwrap_or(input);
        let plain = self.trail.plain(input);
        out.extend_from_slice(input.get(..plain).unwrap_or_default());
        let Some(&byte) = input.get(plain) else { return Ok(plain) };
        match byte {
            b'\\' => self.at = At::Escape,
            b'\'' => out.extend_from_slice(b"''"),
            _ => {
                out.push(b'\'');
                self.end_field(byte, out)?;
            }
        }
        Ok(plain + 1)
    }

    fn write_held(&self, literal: Literal, out: &mut Vec<u8>) {
        let value = self.held.as_slice();
        if literal == Literal::Bool {
            out.extend_from_slice(if value == b"t" { b"true" } else { b"false" });
        } else if value.iter().all(|byte| b"0123456789 +-eE.".contains(byte)) {
            out.extend_from_slice(value);
        } else {
            out.push(b'\'');
            out.extend_from_slice(value);
            out.push(b'\'');
        }
    }

    fn broken(&self, how: &str) -> Error {
        let text = format!("the rows of {} are not as asked for: {how}", self.shape.target);
        Error::new(ErrorKind::Internal, text)
    }
}
