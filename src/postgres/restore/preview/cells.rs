//! The first rows of `COPY` text as cells. Pure; memory does not follow the length of a value.

use std::io::{self, Read};

use crate::archive::copy_text::unescaped;
use crate::archive::primitive::into_error;
use crate::error::Result;
use crate::model::archive::PreviewLimits;

/// Bytes read at once.
const PIECE: usize = 64 << 10;
/// Stands after what was cut off.
const CUT: char = '…';

/// Takes rows in, up to a limit.
#[derive(Debug)]
pub(super) struct Cells {
    limits: PreviewLimits,
    has_columns: bool,
    rows: Vec<Vec<Option<Cell>>>,
    row: Vec<Option<Cell>>,
    cell: Cell,
    escaped: bool,
    /// Whether bytes of a row have come that is not ended.
    inside: bool,
}

#[derive(Debug, Default)]
struct Cell {
    bytes: Vec<u8>,
    cut: bool,
    /// Exactly `\N`.
    null: bool,
    /// Bytes, those cut off too.
    length: usize,
}

impl Cells {
    pub(super) fn new(limits: PreviewLimits, has_columns: bool) -> Self {
        Self {
            limits,
            has_columns,
            rows: Vec::new(),
            row: Vec::new(),
            cell: Cell::default(),
            escaped: false,
            inside: false,
        }
    }

    /// Reads as many rows as are wanted; returns whether there are more.
    pub(super) fn read(&mut self, mut text: impl Read) -> Result<bool> {
        let mut piece = vec![0; PIECE];
        loop {
            let length = match text.read(&mut piece) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(into_error(error)),
            };
            if length == 0 {
                // Rows end with a line end: what is unfinished was cut by who reads.
                return Ok(self.inside);
            }
            if self.feed(piece.get(..length).unwrap_or_default()) {
                return Ok(true);
            }
        }
    }

    /// Takes bytes in; returns whether there are more than are wanted.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> bool {
        for byte in bytes {
            if self.rows.len() >= self.limits.rows {
                return true;
            }
            self.take(*byte);
        }
        false
    }

    fn take(&mut self, byte: u8) {
        self.inside = true;
        if std::mem::take(&mut self.escaped) {
            self.cell.null = byte == b'N' && self.cell.length == 0;
            self.push(unescaped(byte));
            return;
        }
        match byte {
            b'\\' => self.escaped = true,
            b'\t' => self.end_cell(),
            b'\n' => {
                self.end_cell();
                let row = std::mem::take(&mut self.row);
                self.rows.push(if self.has_columns { row } else { Vec::new() });
                self.inside = false;
            }
            byte => {
                self.cell.null = false;
                self.push(byte);
            }
        }
    }

    fn push(&mut self, byte: u8) {
        // A character has four bytes at most.
        if self.cell.bytes.len() < self.limits.cell_chars.saturating_mul(4) {
            self.cell.bytes.push(byte);
        } else {
            self.cell.cut = true;
        }
        self.cell.length += 1;
    }

    fn end_cell(&mut self) {
        let cell = std::mem::take(&mut self.cell);
        let is_null = cell.null && cell.length == 1;
        self.row.push((!is_null).then_some(cell));
    }

    /// The rows, their bytes made text.
    pub(super) fn into_rows(self, text: impl Fn(&[u8]) -> String) -> Vec<Vec<Option<String>>> {
        let most = self.limits.cell_chars;
        let shown = |cell: Cell| {
            let whole = text(&cell.bytes);
            match whole.char_indices().nth(most) {
                Some((end, _)) => format!("{}{CUT}", whole.get(..end).unwrap_or(&whole)),
                None if cell.cut => format!("{whole}{CUT}"),
                None => whole,
            }
        };
        let row = |row: Vec<Option<Cell>>| row.into_iter().map(|cell| cell.map(&shown)).collect();
        self.rows.into_iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(rows: usize, cell_chars: usize) -> PreviewLimits {
        PreviewLimits { rows, cell_chars, ..PreviewLimits::default() }
    }

    fn read(text: &str, limits: PreviewLimits) -> (Vec<Vec<Option<String>>>, bool) {
        let mut cells = Cells::new(limits, true);
        let more = cells.read(text.as_bytes()).unwrap();
        (cells.into_rows(|bytes| String::from_utf8_lossy(bytes).into_owned()), more)
    }

    #[test]
    fn cells_are_unescaped_and_null_is_told_from_its_letter() {
        let (rows, more) = read("1\\ta\t\\N\tN\t\\\\N\t\nx\\n\t\\N\n", limits(9, 9));
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(rows[0], [text("1\ta"), None, text("N"), text("\\N"), text("")]);
        assert_eq!(rows[1], [text("x\n"), None]);
        assert!(!more);
    }

    #[test]
    fn long_cells_and_many_rows_are_cut_and_said_to_be() {
        let long = "ä".repeat(1_000_000);
        let (rows, more) = read(&format!("{long}\n1\n2\n"), limits(2, 3));
        assert_eq!(rows, [[Some("äää…".to_owned())], [Some("1".to_owned())]]);
        assert!(more);
        assert!(!read("1\n2\n", limits(2, 3)).1);
        assert!(read("1\n2", limits(9, 3)).1);
    }
}
