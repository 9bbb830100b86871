//! The rows of a table, as COPY text or as INSERT statements.

use crate::archive::inserts::{Field, InsertShape, InsertWriter, Literal, Multibyte};
use crate::archive::row_hash::RowHasher;
use crate::model::spec::RowFormat;
use crate::postgres::backup::rows::{Source, copy_statement};
use crate::postgres::backup::schedule::Share;
use crate::postgres::backup::trouble::Trouble;
use crate::postgres::connect::database_error;
use crate::postgres::schema::{TableColumn, TableData};

use super::Worker;

impl Worker<'_> {
    pub(super) async fn copy_rows(
        &mut self,
        (source, before): (&Source, &[String]),
        share: &Share,
        table: &TableData,
    ) -> Result<(), Trouble> {
        let sql = copy_statement(table, share.blocks(), self.shared.encoding.of_rows());
        // Somebody else's text, or somebody else's server, may be what is wrong.
        let others = table.foreign || table.predicate.is_some();
        let by = if others { format!(" by {sql}") } else { String::new() };
        let doing = || format!("copying {}{by}", table.name);
        let mut inserts = self.inserts(table);
        // By itself: a share that is read again is hashed again.
        let mut hasher = RowHasher::default();
        let rows = source.copy(before, &sql).await;
        let mut rows = rows.map_err(|error| Trouble::Job(database_error(&doing(), error)))?;
        while !share.task.has_failed() {
            let next = rows.next().await.map_err(|error| Trouble::of_rows(&doing(), error))?;
            self.settle(share).await?;
            let Some(part) = next else {
                share.task.prove(hasher.end());
                return Ok(self.end_rows(share, inserts).await?);
            };
            self.count(share, part.bytes.len(), part.rows);
            hasher.feed(&part.bytes);
            self.shared.work.pace(part.bytes.len() as u64).await?;
            match &mut inserts {
                None => self.press(share, part.bytes).await?,
                Some(writer) => {
                    self.insert(share, writer, &part.bytes).await?;
                    rows.recycle(part);
                }
            }
            if inserts.is_none()
                && let Some(spare) = self.spare.take()
            {
                rows.recycle(spare);
            }
        }
        Ok(())
    }

    /// Presses rows as statements, which may be many times longer.
    async fn insert(
        &mut self,
        share: &Share,
        writer: &mut InsertWriter,
        mut rows: &[u8],
    ) -> crate::error::Result<()> {
        while !rows.is_empty() {
            let mut text = self.empty_part();
            let used = writer.convert(rows, &mut text, self.shared.tuning.piece_bytes)?;
            rows = rows.get(used..).unwrap_or_default();
            self.press(share, text).await?;
        }
        Ok(())
    }

    /// The rows are over.
    async fn end_rows(
        &mut self,
        share: &Share,
        inserts: Option<InsertWriter>,
    ) -> crate::error::Result<()> {
        if let Some(mut writer) = inserts {
            let mut text = Vec::new();
            writer.finish(&mut text)?;
            if !text.is_empty() {
                self.press(share, text).await?;
                self.settle(share).await?;
            }
        }
        self.end(share)
    }

    /// What makes statements of the table's rows, where they are wanted.
    fn inserts(&self, table: &TableData) -> Option<InsertWriter> {
        let encoding = Multibyte::of_encoding(&self.shared.encoding.archive);
        insert_shape(table, self.shared.options.rows, encoding).map(InsertWriter::new)
    }
}

/// The shape of a table's statements. With names, generated columns stay out; without, they are
/// defaults.
fn insert_shape(table: &TableData, rows: RowFormat, multibyte: Multibyte) -> Option<InsertShape> {
    let RowFormat::Inserts { rows_per_insert, column_names, on_conflict_do_nothing } = rows else {
        return None;
    };
    let written: Vec<&TableColumn> =
        table.columns.iter().filter(|column| !(column_names && column.generated)).collect();
    let field = |column: &&TableColumn| {
        if column.generated {
            Field::Default
        } else {
            Field::Value(Literal::of_type(column.base_type))
        }
    };
    Some(InsertShape {
        target: table.target.clone(),
        columns: column_names.then(|| written.iter().map(|column| column.ident.clone()).collect()),
        fields: written.iter().map(field).collect(),
        overriding: table.columns.iter().any(|column| column.identity_always),
        rows_per_insert,
        on_conflict_do_nothing,
        multibyte,
    })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn table() -> TableData {
        let column = |name: &str, base_type| TableColumn {
            name: name.to_owned(),
            ident: name.to_owned(),
            base_type,
            ..TableColumn::default()
        };
        let computed = TableColumn { generated: true, ..column("twice", 23) };
        let always = TableColumn { identity_always: true, ..column("id", 23) };
        TableData {
            target: "public.t".to_owned(),
            columns: vec![always, computed, column("t", 25)],
            ..TableData::default()
        }
    }

    fn shape(column_names: bool) -> InsertShape {
        let rows_per_insert = NonZeroU32::MIN;
        let rows =
            RowFormat::Inserts { rows_per_insert, column_names, on_conflict_do_nothing: false };
        insert_shape(&table(), rows, Multibyte::Safe).unwrap()
    }

    #[test]
    fn generated_columns_are_defaults_without_names_and_absent_with_them() {
        let (number, text) = (Field::Value(Literal::Number), Field::Value(Literal::Text));
        assert_eq!(shape(false).fields, [number, Field::Default, text]);
        assert_eq!(shape(false).columns, None);
        assert_eq!(shape(true).fields, [number, text]);
        assert_eq!(shape(true).columns.unwrap(), ["id", "t"]);
        assert!(shape(true).overriding && shape(false).overriding);
    }

    #[test]
    fn copy_text_stays_copy_text() {
        assert_eq!(insert_shape(&table(), RowFormat::Copy, Multibyte::Safe), None);
    }
}
