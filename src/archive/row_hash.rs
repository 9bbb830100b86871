//! Hashes of a table's rows, and of large objects, that do not depend on their order: each row, as the
//! server's COPY text has it and without its newline, is hashed by itself, and the hashes are summed.
//!
//! ```text
//!  part ─ "1\tone\n2\ttw" ─► hash("1\tone")  +
//!  part ─ "o\n"           ─► hash("2\ttwo")  =  RowHash, which sums of other ranges are added to
//! ```
//! So parts may be cut anywhere, ranges of a table may be read by several workers, and a table that
//! was restored gives the same hash wherever its rows came to lie.

use memchr::memchr;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use crate::model::manifest::RowHash;

/// Hashes rows of COPY text that come in parts.
#[derive(Default)]
pub struct RowHasher {
    sum: RowHash,
    /// A row that goes on in the next part.
    open: Option<Box<Xxh3>>,
}

impl RowHasher {
    /// Takes the next bytes.
    pub fn feed(&mut self, mut text: &[u8]) {
        if let Some(mut row) = self.open.take() {
            let end = memchr(b'\n', text);
            let (head, rest) = text.split_at(end.unwrap_or(text.len()));
            row.update(head);
            match end {
                None => self.open = Some(row),
                Some(_) => self.sum.add(row.digest128()),
            }
            text = rest.get(1..).unwrap_or_default();
        }
        while let Some(end) = memchr(b'\n', text) {
            let (row, rest) = text.split_at(end);
            self.sum.add(xxh3_128(row));
            text = rest.get(1..).unwrap_or_default();
        }
        if !text.is_empty() {
            let mut row = Box::new(Xxh3::new());
            row.update(text);
            self.open = Some(row);
        }
    }

    /// The rows are over; a last one without a newline counts.
    #[must_use]
    pub fn end(mut self) -> RowHash {
        if let Some(row) = self.open.take() {
            self.sum.add(row.digest128());
        }
        self.sum
    }
}

/// Hashes large objects: each by its number and its bytes.
#[derive(Default)]
pub struct ObjectHasher {
    sum: RowHash,
    open: Option<Box<Xxh3>>,
}

impl ObjectHasher {
    /// Another object begins.
    pub fn begin(&mut self, oid: u32) {
        self.close();
        let mut object = Box::new(Xxh3::new());
        object.update(format!("{oid}\n").as_bytes());
        self.open = Some(object);
    }

    /// Takes the next bytes of the object.
    pub fn feed(&mut self, bytes: &[u8]) {
        if let Some(object) = &mut self.open {
            object.update(bytes);
        }
    }

    /// The objects are over.
    #[must_use]
    pub fn end(mut self) -> RowHash {
        self.close();
        self.sum
    }

    fn close(&mut self) {
        if let Some(object) = self.open.take() {
            self.sum.add(object.digest128());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(parts: &[&[u8]]) -> RowHash {
        let mut hasher = RowHasher::default();
        for part in parts {
            hasher.feed(part);
        }
        hasher.end()
    }

    #[test]
    fn rows_without_columns_and_a_last_row_without_a_newline_count() {
        assert_eq!(of(&[]).rows, 0);
        assert_eq!(of(&[b"\n\n\n"]).rows, 3);
        assert_eq!(of(&[b"1\n2"]), of(&[b"2\n1\n"]));
        // What the algorithm's own test vectors say of nothing.
        assert_eq!(of(&[b"\n"]).sum, 0x99aa_06d3_0147_98d8_6001_c324_468d_497f);
    }

    #[test]
    fn a_changed_moved_or_doubled_byte_shows() {
        let whole = of(&[b"1\tone\n2\ttwo\n"]);
        for other in ["1\tone\n2\ttwp\n", "1\tone2\n\ttwo\n", "1\tone\n", "1\tone\n1\tone\n"] {
            assert_ne!(of(&[other.as_bytes()]), whole, "{other}");
        }
    }

    /// The hash is part of the manifest's layout: it must never change by itself.
    #[test]
    fn the_hash_of_known_rows_is_the_known_one() {
        let hash = of(&[b"1\tone\n2\ttwo\n"]).content().to_string();
        assert_eq!(hash, "xxh3-128-sum:4d34c324988f61b69d08dd158196f563");
    }

    #[test]
    fn objects_are_told_apart_by_number_and_bytes() {
        let of = |objects: &[(u32, &[&[u8]])]| {
            let mut hasher = ObjectHasher::default();
            for (oid, parts) in objects {
                hasher.begin(*oid);
                parts.iter().copied().for_each(|part| hasher.feed(part));
            }
            hasher.end()
        };
        let two = of(&[(1, &[b"ab", b"c"]), (2, &[])]);
        assert_eq!(two.rows, 2);
        assert_eq!(two, of(&[(2, &[]), (1, &[b"a", b"bc"])]));
        assert_ne!(two, of(&[(1, &[]), (2, &[b"abc"])]));
    }

    proptest! {
        #[test]
        fn cuts_and_order_do_not_matter(
            mut rows in prop::collection::vec("[a-c\t]{0,9}", 0..12),
            cuts in prop::collection::vec(0_usize..100, 0..6),
        ) {
            let text = |rows: &[String]| -> Vec<u8> {
                rows.iter().flat_map(|row| format!("{row}\n").into_bytes()).collect()
            };
            let whole = text(&rows);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|at| at.min(whole.len())).collect();
            cuts.sort_unstable();
            let mut hasher = RowHasher::default();
            let mut from = 0;
            for to in cuts.into_iter().chain([whole.len()]) {
                hasher.feed(&whole[from..to]);
                from = to;
            }
            let found = hasher.end();
            prop_assert_eq!(found.rows, rows.len() as u64);
            rows.reverse();
            prop_assert_eq!(found, of(&[&text(&rows)]));
        }
    }
}
