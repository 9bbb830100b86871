//! Rows as `COPY` text, without the line that ends them.
//!
//! ```text
//! row LF row LF … \. LF LF LF
//! ```
//!
//! A field can never be `\.`: a backslash in it is doubled. So a line of just these two bytes is the
//! end, wherever a buffer happens to be cut.

use std::io::{self, BufRead, Read};

use super::block::wrap;
use crate::error::{Error, ErrorKind};

const BUFFER: usize = 128 << 10;
const MARKER: &[u8] = b"\\.";

/// Hands out the rows of a stream of `COPY` text, and counts them. The end marker is taken off; what
/// its absence means is for the caller to judge.
#[derive(Debug)]
pub struct CopyText<R> {
    inner: R,
    buffer: Vec<u8>,
    /// What may be handed out.
    ready: std::ops::Range<usize>,
    /// End of what was read; what lies between is the beginning of a marker, perhaps.
    filled: usize,
    at_line_start: bool,
    marked: bool,
    ended: bool,
    rows: u64,
}

impl<R: Read> CopyText<R> {
    /// Reads from the decompressed bytes of a block.
    pub fn new(inner: R) -> Self {
        Self::with_buffer(inner, BUFFER)
    }

    /// The buffer must be larger than what may be held back.
    fn with_buffer(inner: R, size: usize) -> Self {
        Self {
            inner,
            buffer: vec![0; size],
            ready: 0..0,
            filled: 0,
            at_line_start: true,
            marked: false,
            ended: false,
            rows: 0,
        }
    }

    /// Rows seen so far: read ahead of what was handed out, and final at the end.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether the end marker was there. Tells something only at the end.
    pub fn was_marked(&self) -> bool {
        self.marked
    }

    /// The reader of the block.
    pub fn get_ref(&self) -> &R {
        &self.inner
    }

    /// Fills the buffer and finds out how much of it is rows.
    fn advance(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.ready.end..self.filled, 0);
        self.filled -= self.ready.end;
        self.fill()?;
        self.scan();
        if self.ended && !self.marked {
            self.end_of_input();
        }
        if self.marked { self.check_tail() } else { Ok(()) }
    }

    /// Reads until the buffer is full: an archive without compression gives a row a call.
    fn fill(&mut self) -> io::Result<()> {
        while let Some(spare) = self.buffer.get_mut(self.filled..).filter(|s| !s.is_empty()) {
            match self.inner.read(spare) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Goes through the lines in the buffer, which begins where the last scan held back.
    fn scan(&mut self) {
        let bytes = self.buffer.get(..self.filled).unwrap_or_default();
        let mut line = 0;
        loop {
            let rest = bytes.get(line..).unwrap_or_default();
            let length = memchr::memchr(b'\n', rest);
            let text = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
            if self.at_line_start {
                match (may_be_marker(text), length) {
                    (Marker::Whole, Some(_)) => {
                        self.marked = true;
                        break;
                    }
                    (Marker::Whole | Marker::Begun, None) => break,
                    _ => {}
                }
            }
            let Some(length) = length else {
                line = bytes.len();
                self.at_line_start = false;
                break;
            };
            self.rows += 1;
            self.at_line_start = true;
            line += length + 1;
        }
        self.ready = 0..line;
    }

    /// Decides about what the scan held back.
    fn end_of_input(&mut self) {
        let held = self.buffer.get(self.ready.end..self.filled).unwrap_or_default();
        if self.at_line_start && may_be_marker(held) == Marker::Whole {
            self.marked = true;
        } else {
            // A last line without a line feed.
            self.rows += u64::from(!held.is_empty() || !self.at_line_start);
            self.ready.end = self.filled;
        }
    }

    /// After the marker only line ends may come; the block is read to its end, which checks it.
    fn check_tail(&mut self) -> io::Result<()> {
        let was_ended = std::mem::replace(&mut self.ended, true);
        let tail = self.buffer.get(self.ready.end..self.filled).unwrap_or_default();
        let after_marker = tail.get(MARKER.len()..).unwrap_or_default();
        let mut clean = only_line_ends(after_marker);
        let mut more = [0; 4096];
        while clean {
            let read = if was_ended { 0 } else { self.inner.read(&mut more)? };
            if read == 0 {
                self.filled = self.ready.end;
                return Ok(());
            }
            clean = only_line_ends(more.get(..read).unwrap_or_default());
        }
        let text = format!("data follows the end of the rows, after row {}", self.rows);
        Err(wrap(
            Error::new(ErrorKind::Archive, text)
                .with_hint("the file was changed after it was written: use another copy of it"),
        ))
    }
}

#[derive(PartialEq)]
enum Marker {
    Whole,
    Begun,
    No,
}

/// Whether a line, without its line feed, is the end marker or could still become it.
fn may_be_marker(line: &[u8]) -> Marker {
    match line {
        b"\\." | b"\\.\r" => Marker::Whole,
        b"" | b"\\" => Marker::Begun,
        _ => Marker::No,
    }
}

fn only_line_ends(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\n' | b'\r'))
}

impl<R: Read> BufRead for CopyText<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.ready.is_empty() && !self.ended {
            self.advance()?;
        }
        Ok(self.buffer.get(self.ready.clone()).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.ready.start = self.ready.end.min(self.ready.start.saturating_add(amount));
    }
}

impl<R: Read> Read for CopyText<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buf)?;
        self.consume(read);
        Ok(read)
    }
}

/// What a byte behind a backslash stands for.
pub fn unescaped(byte: u8) -> u8 {
    match byte {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::archive::primitive::into_error;

    /// Gives a few bytes a call: the cuts that a decoder makes.
    struct Cut<'a>(&'a [u8], usize);

    impl Read for Cut<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(buf.len());
            self.0.read(&mut buf[..most])
        }
    }

    /// Reads with buffers of many sizes, so that each is full at another place.
    fn read_all(text: &[u8], step: usize) -> Result<(Vec<u8>, u64, bool), Error> {
        let read = |size| -> Result<(Vec<u8>, u64, bool), Error> {
            let mut reader = CopyText::with_buffer(Cut(text, step), size);
            let mut rows = Vec::new();
            reader.read_to_end(&mut rows).map_err(into_error)?;
            Ok((rows, reader.rows(), reader.was_marked()))
        };
        let whole = read(BUFFER);
        for size in 4..24 {
            match (&whole, read(size)) {
                (Ok(whole), Ok(small)) => assert_eq!(whole, &small, "buffer of {size}"),
                (Err(whole), Err(small)) => assert_eq!(whole.to_string(), small.to_string()),
                (whole, small) => panic!("{whole:?} but {small:?} with a buffer of {size}"),
            }
        }
        whole
    }

    #[test]
    fn the_marker_is_taken_off_wherever_the_input_is_cut() {
        for step in 1..12 {
            let rows = b"a\tb\n\\N\t\\\\.\n\n\\.x\n".to_vec();
            let text = [&rows[..], b"\\.\n\n\n"].concat();
            assert_eq!(read_all(&text, step).unwrap(), (rows, 4, true), "step {step}");
        }
    }

    #[test]
    fn a_missing_marker_and_a_missing_last_line_feed_are_taken() {
        for step in 1..5 {
            assert_eq!(read_all(b"", step).unwrap(), (Vec::new(), 0, false));
            assert_eq!(read_all(b"a\nb", step).unwrap(), (b"a\nb".to_vec(), 2, false));
            assert_eq!(read_all(b"a\n\\", step).unwrap(), (b"a\n\\".to_vec(), 2, false));
            assert_eq!(read_all(b"a\n\\.", step).unwrap(), (b"a\n".to_vec(), 1, true));
            assert_eq!(read_all(b"\\.\r\n", step).unwrap(), (Vec::new(), 0, true));
        }
    }

    #[test]
    fn rows_without_columns_are_counted() {
        assert_eq!(read_all(b"\n\n\n\\.\n\n\n", 2).unwrap(), (b"\n\n\n".to_vec(), 3, true));
    }

    #[test]
    fn data_after_the_marker_is_an_error_that_says_where() {
        for step in [1, 3, 100] {
            let error = read_all(b"a\nb\n\\.\n\nc\n", step).unwrap_err();
            assert_eq!(error.to_string(), "data follows the end of the rows, after row 2");
        }
    }

    proptest! {
        #[test]
        fn rows_come_out_as_they_went_in(
            lines in proptest::collection::vec("([a-z\\.\t]|\\\\[\\\\nt])*", 0..40),
            step in 1_usize..50,
        ) {
            let rows: Vec<u8> = lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect();
            let text = [&rows[..], b"\\.\n\n\n"].concat();
            prop_assert_eq!(read_all(&text, step).unwrap(), (rows, lines.len() as u64, true));
        }
    }
}
