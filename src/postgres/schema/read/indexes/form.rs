//! Which indexes are written without asking the server for their definitions: those over plain columns
//! with what is usual for the columns' types. To deparse one the server reads all of its table first.

use std::collections::HashMap;

use crate::error::Result;
use crate::postgres::schema::body::{Column, Index, IndexText, Relation};
use crate::postgres::schema::query::Reader;

/// What the catalog tells of an index beside its columns.
pub(super) struct Form {
    pub(super) unique: bool,
    pub(super) partitioned: bool,
    /// Oid of the access method.
    pub(super) method: u32,
    /// Of all rows.
    pub(super) whole: bool,
    /// Operator classes of the keys.
    pub(super) classes: Vec<u32>,
    /// Collations of the keys; 0 for types without one.
    pub(super) collations: Vec<u32>,
    /// `indoption` of the keys.
    pub(super) order: Vec<i16>,
}

/// The server's access methods, whose oids are the same everywhere.
const METHODS: &[(u32, &str)] = &[
    (BTREE, "btree"),
    (405, "hash"),
    (783, "gist"),
    (2742, "gin"),
    (3580, "brin"),
    (4000, "spgist"),
];
/// The only one of them that knows an order.
const BTREE: u32 = 403;

const TEXT: u32 = 25;
const VARCHAR: u32 = 1043;

/// Default operator classes: each with its access method and type.
pub(super) struct Usual(HashMap<u32, (u32, u32)>);

impl Usual {
    pub(super) async fn read(reader: &Reader<'_>) -> Result<Self> {
        let sql = "SELECT oid, opcmethod, opcintype FROM pg_catalog.pg_opclass WHERE opcdefault";
        let rows = reader
            .read("operator classes", sql, &[], |f| Ok((f.take::<u32>()?, (f.take()?, f.take()?))));
        Ok(Self(rows.await?.into_iter().collect()))
    }

    /// Whether the class is the one that a column of the type gets by itself. An exact match is, and
    /// text's class for varchar, which has none unless somebody made one.
    fn is_default(&self, class: u32, method: u32, data_type: u32) -> bool {
        let Some(&(of_method, of_type)) = self.0.get(&class) else { return false };
        let exact = of_type == data_type;
        let as_text = data_type == VARCHAR
            && of_type == TEXT
            && !self.0.values().any(|&other| other == (method, VARCHAR));
        of_method == method && (exact || as_text)
    }
}

impl Form {
    /// What CREATE INDEX says, without the server's words where they are still to be asked for.
    pub(super) fn text(self, index: &Index, table: &Relation, usual: &Usual) -> IndexText {
        let method = METHODS.iter().find(|(oid, _)| *oid == self.method);
        let Some((_, method)) = method.filter(|_| self.is_plain(index, table, usual)) else {
            return IndexText::Theirs(Box::default());
        };
        let ordered = self.method == BTREE && self.order.iter().any(|&order| order != 0);
        IndexText::Columns {
            unique: self.unique,
            only: self.partitioned,
            method,
            order: if ordered { self.order.into() } else { Box::default() },
        }
    }

    fn is_plain(&self, index: &Index, table: &Relation, usual: &Usual) -> bool {
        let columns: Option<Vec<&Column>> =
            index.columns.iter().map(|&number| table.column(number)).collect();
        let Some(columns) = columns else { return false };
        let mut keys = columns.iter().take(index.keys.into()).enumerate();
        self.whole
            && index.rare().options.is_empty()
            && keys.all(|(at, column)| self.is_usual(at, column, usual))
    }

    fn is_usual(&self, at: usize, column: &Column, usual: &Usual) -> bool {
        let (Some(&class), Some(&collation)) = (self.classes.get(at), self.collations.get(at))
        else {
            return false;
        };
        (collation == 0 || collation == column.collation_oid)
            && self.order.get(at).is_some_and(|&order| (0..=3).contains(&order))
            && usual.is_default(class, self.method, column.base_type())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varchar_takes_the_class_of_text_unless_it_has_its_own() {
        let text = (3126, (BTREE, TEXT));
        let usual = Usual([text, (1978, (BTREE, 23))].into());
        assert!(usual.is_default(3126, BTREE, TEXT));
        assert!(usual.is_default(3126, BTREE, VARCHAR));
        assert!(!usual.is_default(3126, 405, TEXT));
        assert!(!usual.is_default(1978, BTREE, TEXT));
        assert!(!usual.is_default(99, BTREE, TEXT));
        let usual = Usual([text, (99, (BTREE, VARCHAR))].into());
        assert!(!usual.is_default(3126, BTREE, VARCHAR));
        assert!(usual.is_default(99, BTREE, VARCHAR));
    }
}
