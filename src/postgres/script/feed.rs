//! Brings the bytes of a script from a thread of its own: reading and decompressing block.

use std::io::Read;

use tokio::sync::mpsc;

use crate::archive::directory::FileReader;
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

/// Reads a script piece by piece; stops when the other side says so by `false`.
pub(super) fn read(
    bytes: impl Read,
    codec: Codec,
    mut take: impl FnMut(Piece) -> bool,
) -> Result<()> {
    let mut reader = FileReader::open(bytes, codec, "the script")?;
    let mut before = 0;
    loop {
        let mut bytes = Vec::with_capacity(PIECE);
        let limited = Read::take(&mut reader, PIECE as u64).read_to_end(&mut bytes);
        limited.map_err(into_error)?;
        let stored = reader.position().saturating_sub(before);
        before += stored;
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
