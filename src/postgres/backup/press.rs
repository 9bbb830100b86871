//! Compression of rows, beside their reading where there are processors for both: while another
//! thread works on one part, the next comes off the connection. Otherwise the server would wait once
//! the socket is full. Where all processors are busy anyway, handing parts over only costs.
//!
//! ```text
//!  part ─► begin ─┬─ codec none, few bytes, no processor to spare ─┬─► piece
//!                 └─ other thread … (the next part comes) … finish ┘
//! ```

use tokio::task::{JoinHandle, spawn_blocking};

use crate::archive::compress::{Compressor, Form, Piece};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::{Codec, Compression};
use crate::postgres::tap::Part;

/// Less than this fits into a socket while it is compressed.
const FEW: usize = 64 << 10;

/// A worker's compressor. It is away while a part is under way.
#[derive(Debug)]
pub(super) struct Press {
    compression: Compression,
    form: Form,
    /// Whether another thread may work beside.
    beside: bool,
    idle: Option<Compressor>,
}

/// What became of a part.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) piece: Piece,
    /// Memory that can be filled again.
    pub(super) spare: Option<Part>,
}

/// A part that another thread works on. Dropping it drops the part.
#[derive(Debug)]
pub(super) struct UnderWay(JoinHandle<Result<(Compressor, Packed)>>);

/// What [`Press::begin`] did.
#[derive(Debug)]
pub(super) enum Packing {
    Done(Packed),
    UnderWay(UnderWay),
}

impl Press {
    pub(super) fn new(compression: Compression, form: Form, beside: bool) -> Result<Self> {
        let idle = Some(Compressor::new(compression, form)?);
        Ok(Self { compression, form, beside, idle })
    }

    /// Takes a part; what is under way must be finished, or given up, before the next.
    pub(super) fn begin(&mut self, part: Part) -> Result<Packing> {
        if self.compression.codec == Codec::None {
            return Ok(Packing::Done(stored(part, self.form)));
        }
        let compressor = match self.idle.take() {
            Some(compressor) => compressor,
            // The last one went away with a part that was given up.
            None => Compressor::new(self.compression, self.form)?,
        };
        if self.beside && part.bytes.len() >= FEW {
            let task = spawn_blocking(move || compressed(compressor, part));
            return Ok(Packing::UnderWay(UnderWay(task)));
        }
        let (compressor, packed) = compressed(compressor, part)?;
        self.idle = Some(compressor);
        Ok(Packing::Done(packed))
    }

    /// Waits for the part.
    pub(super) async fn finish(&mut self, UnderWay(task): UnderWay) -> Result<Packed> {
        let (compressor, packed) = task.await.map_err(|error| {
            Error::new(ErrorKind::Internal, "compressing rows crashed").with_source(error)
        })??;
        self.idle = Some(compressor);
        Ok(packed)
    }
}

fn compressed(mut compressor: Compressor, part: Part) -> Result<(Compressor, Packed)> {
    let piece = compressor.piece(&part.bytes)?;
    Ok((compressor, Packed { piece, spare: Some(part) }))
}

fn stored(part: Part, form: Form) -> Packed {
    let mut stored = part.bytes;
    // Thousands of small tables may have to wait for their turn.
    if stored.len() < stored.capacity() / 2 {
        stored.shrink_to_fit();
    }
    Packed { piece: Piece::stored(stored, form), spare: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(bytes: usize) -> Part {
        Part { bytes: (0..bytes).map(|n| b"0123456789\n"[n % 11]).collect(), rows: 5 }
    }

    fn press(codec: &str, beside: bool) -> Press {
        Press::new(codec.parse().unwrap(), Form::Block, beside).unwrap()
    }

    async fn pack(press: &mut Press, part: Part) -> (Packed, bool) {
        match press.begin(part).unwrap() {
            Packing::Done(packed) => (packed, false),
            Packing::UnderWay(task) => (press.finish(task).await.unwrap(), true),
        }
    }

    #[tokio::test]
    async fn a_piece_is_the_same_whoever_makes_it() {
        for codec in ["none", "gzip:1", "lz4", "zstd:1"] {
            let (mut beside, mut alone) = (press(codec, true), press(codec, false));
            for bytes in [1, FEW - 1, FEW, 5 * FEW, 7] {
                let (packed, other) = pack(&mut beside, part(bytes)).await;
                assert_eq!(other, codec != "none" && bytes >= FEW);
                let (expected, other) = pack(&mut alone, part(bytes)).await;
                assert!(!other);
                assert!(packed.piece == expected.piece, "{codec}, {bytes} bytes");
                assert_eq!(packed.piece.raw_len(), bytes as u64);
            }
        }
    }

    #[tokio::test]
    async fn a_part_that_was_given_up_leaves_nothing_behind() {
        let mut press = press("zstd:1", true);
        drop(press.begin(part(9 * FEW)).unwrap());
        let (packed, _) = pack(&mut press, part(FEW)).await;
        assert_eq!(packed.piece.raw_len(), FEW as u64);
    }

    #[test]
    fn stored_rows_that_wait_hold_no_more_memory_than_they_need() {
        let mut bytes = Vec::with_capacity(1 << 20);
        bytes.extend_from_slice(b"one\n");
        let packed = stored(Part { bytes, rows: 1 }, Form::Block);
        assert_eq!(packed.piece, Piece::stored(b"one\n".to_vec(), Form::Block));
        assert!(packed.spare.is_none());
    }
}
