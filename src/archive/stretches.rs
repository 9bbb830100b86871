//! SHA-256 of a file while it is written, stretch by stretch, so that one whose head comes last need
//! not be read again.
//!
//! ```text
//!  ┌ room ┐┌ stretch ┐┌ stretch ┐┌ open …        append feeds the open stretch
//!   no hash  hash       hash       hasher        patch and cut take away the hash of what they touch
//! ```
//! At the end only stretches without a hash are read: the head of a custom-format archive; in a tar
//! file those with a member's beginning in them, whose length is known late.

use sha2::Digest;

use crate::model::manifest::{Sha256, Stretch};

/// Length of a stretch: damage is told to lie in one, and one is read again where it was written over.
pub const STRETCH: u64 = 16 << 20;

/// Hashes one file that is written at its end, and here and there over what is written.
#[derive(Debug, Clone)]
pub struct Stretches {
    limit: u64,
    closed: Vec<Closed>,
    start: u64,
    end: u64,
    /// Nothing where the open stretch was written over.
    hasher: Option<sha2::Sha256>,
}

#[derive(Debug, Clone, Copy)]
struct Closed {
    offset: u64,
    bytes: u64,
    sha256: Option<Sha256>,
}

impl Closed {
    fn end(&self) -> u64 {
        self.offset.saturating_add(self.bytes)
    }
}

impl Default for Stretches {
    fn default() -> Self {
        Self::of(STRETCH)
    }
}

impl Stretches {
    /// With stretches of this length.
    #[must_use]
    pub fn of(limit: u64) -> Self {
        let hasher = Some(sha2::Sha256::new());
        Self { limit: limit.max(1), closed: Vec::new(), start: 0, end: 0, hasher }
    }

    /// Bytes were written at the end.
    pub fn append(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = self.limit.saturating_sub(self.end - self.start);
            let count = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
            let (taken, rest) = bytes.split_at(count);
            if let Some(hasher) = &mut self.hasher {
                hasher.update(taken);
            }
            self.end += taken.len() as u64;
            bytes = rest;
            if self.end - self.start >= self.limit {
                self.close();
            }
        }
    }

    /// Room was left at the end: a stretch by itself.
    pub fn reserve(&mut self, bytes: u64) {
        self.close();
        self.end += bytes;
        self.hasher = None;
        self.close();
    }

    /// What was written here is not there any more, but something else of the same length.
    pub fn patch(&mut self, offset: u64, bytes: u64) {
        let end = offset.saturating_add(bytes);
        for closed in &mut self.closed {
            if closed.offset < end && offset < closed.end() {
                closed.sha256 = None;
            }
        }
        if end > self.start {
            self.hasher = None;
        }
        // Room that was left may be filled beyond what was counted.
        self.end = self.end.max(end);
    }

    /// What was behind this place was taken off.
    pub fn cut(&mut self, to: u64) {
        if to >= self.end {
            return;
        }
        self.end = to;
        if to > self.start {
            self.hasher = None;
            return;
        }
        self.closed.retain(|closed| closed.offset < to);
        let cut_into = self.closed.pop_if(|last| last.end() > to);
        self.start = cut_into.map_or(to, |cut| cut.offset);
        self.hasher = (self.start == to).then(sha2::Sha256::new);
    }

    /// The proofs; what has no hash is read by the given function, from an offset so many bytes.
    pub fn finish<E>(
        mut self,
        mut read: impl FnMut(u64, u64, &mut sha2::Sha256) -> Result<(), E>,
    ) -> Result<Vec<Stretch>, E> {
        self.close();
        let proof = |closed: Closed| {
            let Closed { offset, bytes, sha256 } = closed;
            let sha256 = if let Some(sha256) = sha256 {
                sha256
            } else {
                let mut hasher = sha2::Sha256::new();
                read(offset, bytes, &mut hasher)?;
                finished(hasher)
            };
            Ok(Stretch { offset, bytes, sha256 })
        };
        self.closed.into_iter().map(proof).collect()
    }

    fn close(&mut self) {
        if self.end > self.start {
            let sha256 = self.hasher.take().map(finished);
            let bytes = self.end - self.start;
            self.closed.push(Closed { offset: self.start, bytes, sha256 });
        }
        self.start = self.end;
        self.hasher = Some(sha2::Sha256::new());
    }
}

/// The hash as the manifest has it.
#[must_use]
pub fn finished(hasher: sha2::Sha256) -> Sha256 {
    Sha256(hasher.finalize().into())
}

/// The hash of bytes that are at hand.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone)]
    enum Step {
        Append(Vec<u8>),
        Reserve(u64),
        Patch(usize, Vec<u8>),
        Cut(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::Append),
            1 => (0_u64..20).prop_map(Step::Reserve),
            1 => (0_usize..90, prop::collection::vec(any::<u8>(), 0..9))
                .prop_map(|(at, bytes)| Step::Patch(at, bytes)),
            1 => (0_usize..120).prop_map(Step::Cut),
        ]
    }

    fn run(steps: &[Step]) -> (Vec<u8>, Stretches) {
        let (mut file, mut stretches) = (Vec::<u8>::new(), Stretches::of(16));
        for step in steps {
            match step {
                Step::Append(bytes) => {
                    file.extend(bytes);
                    stretches.append(bytes);
                }
                Step::Reserve(bytes) => {
                    file.resize(file.len() + usize::try_from(*bytes).unwrap(), 0);
                    stretches.reserve(*bytes);
                }
                Step::Patch(at, bytes) if at + bytes.len() <= file.len() => {
                    file[*at..at + bytes.len()].copy_from_slice(bytes);
                    stretches.patch(*at as u64, bytes.len() as u64);
                }
                Step::Cut(to) if *to <= file.len() => {
                    file.truncate(*to);
                    stretches.cut(*to as u64);
                }
                Step::Patch(..) | Step::Cut(_) => {}
            }
        }
        (file, stretches)
    }

    fn part(file: &[u8], offset: u64, bytes: u64) -> &[u8] {
        let from = usize::try_from(offset).unwrap();
        &file[from..from + usize::try_from(bytes).unwrap()]
    }

    proptest! {
        #[test]
        fn whatever_is_written_every_byte_is_under_its_hash(
            steps in prop::collection::vec(step(), 0..30),
        ) {
            let (file, stretches) = run(&steps);
            let proofs = stretches.finish(|offset, bytes, hasher| {
                hasher.update(part(&file, offset, bytes));
                Ok::<_, ()>(())
            }).unwrap();
            let mut at = 0;
            for stretch in proofs {
                prop_assert_eq!(stretch.offset, at);
                prop_assert!(stretch.bytes > 0 && stretch.bytes <= 20);
                prop_assert_eq!(stretch.sha256, sha256(part(&file, at, stretch.bytes)));
                at += stretch.bytes;
            }
            prop_assert_eq!(at, file.len() as u64);
        }
    }

    #[test]
    fn only_what_came_late_is_read_again() {
        let mut stretches = Stretches::of(1000);
        stretches.reserve(100);
        for _ in 0..50 {
            stretches.append(&[7; 99]);
        }
        stretches.patch(0, 100);
        let mut read = Vec::new();
        let note = |offset, bytes, _: &mut sha2::Sha256| {
            read.push((offset, bytes));
            Ok::<_, ()>(())
        };
        assert_eq!(stretches.finish(note).unwrap().len(), 6);
        assert_eq!(read, [(0, 100)]);
    }
}
