//! From parts to pieces in the archive: compression, and what becomes of the memory.

use crate::error::Result;
use crate::postgres::tap::Part;

use super::Worker;
use crate::postgres::backup::press::{Packed, Packing};
use crate::postgres::backup::schedule::Share;

impl Worker<'_> {
    /// Gives up what the last share left.
    pub(super) fn forget(&mut self) {
        self.under_way = None;
    }

    /// Counts what was read.
    pub(super) fn count(&self, share: &Share, bytes: usize, rows: u64) {
        share.task.add(bytes as u64, rows);
        self.shared.work.meter.add_data(bytes as u64, rows);
    }

    /// Begins to compress bytes, after what is under way is delivered.
    pub(super) async fn press(&mut self, share: &Share, bytes: Vec<u8>) -> Result<()> {
        self.settle(share).await?;
        match self.press.begin(Part { bytes, rows: 0 })? {
            Packing::Done(packed) => self.deliver(share, packed).await?,
            Packing::UnderWay(packing) => self.under_way = Some(packing),
        }
        Ok(())
    }

    /// Delivers what is under way.
    pub(super) async fn settle(&mut self, share: &Share) -> Result<()> {
        if let Some(packing) = self.under_way.take() {
            let packed = self.press.finish(packing).await?;
            self.deliver(share, packed).await?;
        }
        Ok(())
    }

    async fn deliver(&mut self, share: &Share, packed: Packed) -> Result<()> {
        if packed.spare.is_some() {
            self.spare = packed.spare;
        }
        self.shared.blocks.add(self.stretch(share), packed.piece).await
    }

    /// Memory for another part.
    pub(super) fn empty_part(&mut self) -> Vec<u8> {
        let mut bytes = self.spare.take().unwrap_or_default().bytes;
        bytes.clear();
        if bytes.capacity() == 0 {
            bytes.reserve_exact(self.shared.tuning.piece_bytes);
        }
        bytes
    }
}
