//! Large objects: each a stream of its own, or all of them as statements of a script.

use crate::archive::row_hash::ObjectHasher;
use crate::archive::script::large_object::{self, Style};
use crate::error::Result;
use crate::postgres::backup::layout::ObjectForm;
use crate::postgres::backup::objects::{Found, ObjectRows, objects_statement};
use crate::postgres::backup::rows::Source;
use crate::postgres::backup::schedule::Share;
use crate::postgres::backup::trouble::Trouble;
use crate::postgres::connect::database_error;
use crate::postgres::schema::LargeObjectGroup;

use super::Worker;

/// What has come of the object at hand and is not pressed yet.
#[derive(Debug, Default)]
struct Gathered {
    /// Bytes of the object, or statements.
    text: Vec<u8>,
    /// Bytes that do not fill a statement yet.
    held: Vec<u8>,
    /// Whether an object is open.
    open: bool,
}

impl Worker<'_> {
    pub(super) async fn copy_objects(
        &mut self,
        (source, before): (&Source, &[String]),
        share: &Share,
        group: &LargeObjectGroup,
    ) -> Result<(), Trouble> {
        let oids = share.objects(group);
        let doing = format!("copying {}", share.task.name);
        let mut parser = ObjectRows::new(oids);
        let mut gathered = Gathered::default();
        let mut hasher = ObjectHasher::default();
        let rows = source.copy_binary(before, &objects_statement(oids)).await;
        let mut rows = rows.map_err(|error| Trouble::Job(database_error(&doing, error)))?;
        while !share.task.has_failed() {
            let next = rows.next().await.map_err(|error| Trouble::of_rows(&doing, error))?;
            let Some(part) = next else {
                parser.finish()?;
                share.task.prove(hasher.end());
                self.end_object(share, &mut gathered).await?;
                self.flush(share, &mut gathered).await?;
                self.settle(share).await?;
                return Ok(self.end(share)?);
            };
            self.count(share, part.bytes.len(), 0);
            self.shared.work.pace(part.bytes.len() as u64).await?;
            let mut rest = part.bytes.as_slice();
            while let Some(found) = parser.next(&mut rest)? {
                match found {
                    Found::Object(oid) => hasher.begin(oid),
                    Found::Bytes(bytes) => hasher.feed(bytes),
                }
                self.gather(share, &mut gathered, found).await?;
            }
            rows.recycle(part);
        }
        Ok(())
    }

    async fn gather(
        &mut self,
        share: &Share,
        gathered: &mut Gathered,
        found: Found<'_>,
    ) -> Result<()> {
        let form = self.shared.blocks.object_form();
        match (found, form) {
            (Found::Object(oid), _) => {
                self.end_object(share, gathered).await?;
                gathered.open = true;
                match form {
                    ObjectForm::Bytes => {
                        self.flush(share, gathered).await?;
                        self.settle(share).await?;
                        self.shared.blocks.begin_object(self.stretch(share), oid)?;
                    }
                    ObjectForm::Statements(style) => {
                        gathered.text.extend(large_object::opening(oid, style).into_bytes());
                    }
                }
            }
            (Found::Bytes(bytes), ObjectForm::Bytes) => gathered.text.extend_from_slice(bytes),
            (Found::Bytes(bytes), ObjectForm::Statements(style)) => gathered.write(bytes, style),
        }
        if gathered.text.len() >= self.shared.tuning.piece_bytes {
            self.flush(share, gathered).await?;
        }
        Ok(())
    }

    /// The object at hand is over.
    async fn end_object(&mut self, share: &Share, gathered: &mut Gathered) -> Result<()> {
        if let ObjectForm::Statements(style) = self.shared.blocks.object_form()
            && std::mem::take(&mut gathered.open)
        {
            gathered.close(style);
        }
        if gathered.text.len() >= self.shared.tuning.piece_bytes {
            self.flush(share, gathered).await?;
        }
        Ok(())
    }

    /// Presses what was gathered.
    async fn flush(&mut self, share: &Share, gathered: &mut Gathered) -> Result<()> {
        if gathered.text.is_empty() {
            return Ok(());
        }
        let next = self.empty_part();
        let text = std::mem::replace(&mut gathered.text, next);
        self.press(share, text).await
    }
}

impl Gathered {
    /// Adds bytes as statements, each full but the object's last.
    fn write(&mut self, mut bytes: &[u8], style: Style) {
        while !bytes.is_empty() {
            let room = large_object::PIECE.saturating_sub(self.held.len()).min(bytes.len());
            let (taken, rest) = bytes.split_at(room);
            self.held.extend_from_slice(taken);
            bytes = rest;
            if self.held.len() >= large_object::PIECE {
                self.write_held(style);
            }
        }
    }

    fn write_held(&mut self, style: Style) {
        large_object::write_piece(&self.held, style, &mut self.text);
        self.held.clear();
    }

    fn close(&mut self, style: Style) {
        if !self.held.is_empty() {
            self.write_held(style);
        }
        self.text.extend_from_slice(large_object::CLOSING);
    }
}
