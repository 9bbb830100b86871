//! From bytes to lines that can be shown anywhere. Sans-IO; holds one line at most.

/// Bytes of a line that are kept.
const LONGEST: usize = 2048;

/// Cuts a stream into lines: overlong ones short, what is not UTF-8 or steers terminals replaced.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    line: Vec<u8>,
    /// Bytes of the line that were not kept.
    cut: u64,
}

impl Splitter {
    /// Takes bytes in, and returns the lines that they end.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            match part.strip_suffix(b"\n") {
                Some(end) => {
                    self.keep(end);
                    lines.push(self.take());
                }
                None => self.keep(part),
            }
        }
        lines
    }

    /// The last line, where it was not ended.
    pub(super) fn finish(&mut self) -> Option<String> {
        (!self.line.is_empty() || self.cut > 0).then(|| self.take())
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LONGEST.saturating_sub(self.line.len()).min(bytes.len());
        let (kept, cut) = bytes.split_at(room);
        self.line.extend_from_slice(kept);
        self.cut += cut.len() as u64;
    }

    fn take(&mut self) -> String {
        let line = std::mem::take(&mut self.line);
        let text = clean(&String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line)));
        match std::mem::take(&mut self.cut) {
            0 => text,
            cut => format!("{text}… ({cut} bytes more)"),
        }
    }
}

/// One line without characters that could steer a terminal.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => ' ',
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(chunks: &[&[u8]]) -> Vec<String> {
        let mut splitter = Splitter::default();
        let mut lines: Vec<String> = chunks.iter().flat_map(|bytes| splitter.push(bytes)).collect();
        lines.extend(splitter.finish());
        lines
    }

    #[test]
    fn lines_are_whole_wherever_the_chunks_are_cut() {
        assert_eq!(all(&[b"one\ntw", b"o\r\n", b"\nlast"]), ["one", "two", "", "last"]);
        assert_eq!(all(&["caf\u{e9}\n".as_bytes()]), ["café"]);
        assert_eq!(all(&[b"caf\xc3", b"\xa9\n"]), ["café"]);
    }

    #[test]
    fn what_is_not_text_is_shown_as_well_as_can_be() {
        assert_eq!(all(&[b"a\xffb\x1b[2Jc\td\n"]), ["a\u{fffd}b\u{fffd}[2Jc d"]);
    }

    #[test]
    fn an_endless_line_is_cut_and_not_held() {
        let mut splitter = Splitter::default();
        for _ in 0..1000 {
            assert!(splitter.push(&[b'x'; 8192]).is_empty());
            assert!(splitter.line.capacity() <= 4 * LONGEST);
        }
        let line = splitter.finish().unwrap();
        assert!(line.ends_with(&format!("x… ({} bytes more)", 8_192_000 - LONGEST)), "{line}");
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_lines(bytes: Vec<u8>, at in 0_usize..200) {
            let at = at.min(bytes.len());
            prop_assert_eq!(all(&[&bytes]), all(&[&bytes[..at], &bytes[at..]]));
        }
    }
}
