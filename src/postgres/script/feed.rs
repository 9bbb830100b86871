//! Brings the bytes of a script from a thread of its own: reading and decompressing block.

use std::io::{BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::sync::mpsc;

use crate::archive::compress::FileDecoder;
use crate::archive::primitive::into_error;
use crate::error::{Error, Result};
use crate::model::spec::Codec;

/// Bytes handed over at once, and how often.
const PIECE: usize = 256 << 10;
const PIECES: usize = 4;

/// A piece of a script, and how many bytes of the file it took.
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    pub(super) stored: u64,
}

/// Counts what is read from the file.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.read.fetch_add(read as u64, Relaxed);
        Ok(read)
    }
}

/// Reads a script piece by piece; stops when the other side says so by `false`.
pub(super) fn read(
    bytes: impl Read,
    codec: Codec,
    mut take: impl FnMut(Piece) -> bool,
) -> Result<()> {
    let read = Arc::new(AtomicU64::new(0));
    let counted = Counted { inner: bytes, read: Arc::clone(&read) };
    let reader = BufReader::with_capacity(PIECE, counted);
    let mut decoder = FileDecoder::new(codec, reader).map_err(into_error)?;
    loop {
        let mut bytes = Vec::with_capacity(PIECE);
        let limited = Read::take(&mut decoder, PIECE as u64).read_to_end(&mut bytes);
        limited.map_err(into_error)?;
        let stored = read.swap(0, Relaxed);
        if bytes.is_empty() || !take(Piece { bytes, stored }) {
            return Ok(());
        }
    }
}

/// Starts the thread. The queue ends where the script does, or behind an error.
pub(super) fn start(
    bytes: Box<dyn Read + Send>,
    codec: Codec,
) -> Result<mpsc::Receiver<Result<Piece>>> {
    let (sender, pieces) = mpsc::channel(PIECES);
    let work = move || {
        let result = read(bytes, codec, |piece| sender.blocking_send(Ok(piece)).is_ok());
        if let Err(error) = result {
            // Nobody reads any more if this does not arrive.
            let _ = sender.blocking_send(Err(error));
        }
    };
    let thread = std::thread::Builder::new().name("script".to_owned()).spawn(work);
    thread.map_err(|error| Error::io("starting a thread", error))?;
    Ok(pieces)
}
