//! Security labels on objects, and on tables with their columns.

use super::Emitter;
use super::extras::Place;
use crate::postgres::schema::body::Relation;
use crate::postgres::schema::graph::Object;

impl Emitter<'_> {
    /// The labels on an object itself, in one entry.
    pub(super) fn label(&mut self, object: &Object, place: Place<'_>) {
        let on = format!("{} {}", place.kind, self.with_schema(object, place.name));
        let sql = self.labels.commands(self.quoter, object.key, &on);
        if object.take.comment && !sql.is_empty() {
            self.remark(object, place, "SECURITY LABEL", sql);
        }
    }

    /// The labels on a relation and its columns, in one entry.
    pub(super) fn table_labels(&mut self, object: &Object, place: Place<'_>, body: &Relation) {
        let table = self.with_schema(object, place.name);
        let mut sql = String::new();
        for label in self.labels.of(object.key) {
            let column = i16::try_from(label.part).ok().and_then(|number| body.column(number));
            let on = match column {
                Some(column) => format!("COLUMN {table}.{}", self.quoter.ident(&column.name)),
                None => format!("{} {table}", place.kind),
            };
            sql += &label.command(self.quoter, &on);
        }
        if object.take.comment && !sql.is_empty() {
            self.remark(object, place, "SECURITY LABEL", sql);
        }
    }
}
