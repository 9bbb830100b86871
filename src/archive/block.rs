//! Data blocks: their frame, their places, and the streams in them.

mod blobs;
mod chunks;
mod locate;
mod reader;
mod stream;

#[cfg(test)]
mod tests;

pub use blobs::BlobsReader;
pub use locate::{BlockPlace, data_bytes, locate_blocks, place_entries};
pub use reader::BlockReader;
pub use stream::{BlockStart, BlockStream};

pub(super) use chunks::{in_block, wrap};

/// First byte of a block of rows (or of SQL, where rows were dumped as statements).
pub const ROWS_BLOCK: u8 = 1;
/// First byte of a block of large objects.
pub const BLOBS_BLOCK: u8 = 3;
/// What ends `COPY` text inside a block: the end-of-data line, and two empty lines.
pub const TERMINATOR: &[u8] = b"\\.\n\n\n";
