//! Security labels of objects and of their parts.

use std::collections::HashMap;

use super::graph::Key;
use super::query::Reader;
use crate::error::Result;
use crate::model::name::quote_literal;
use crate::postgres::schema::quote::Quoter;

/// One label.
#[derive(Debug)]
pub(super) struct Label {
    /// 0 is the object itself, a column has its number.
    pub(super) part: i32,
    provider: String,
    text: String,
}

impl Label {
    /// The command that sets it on something, such as `TABLE s.t`.
    pub(super) fn command(&self, quoter: &Quoter, on: &str) -> String {
        let provider = quoter.ident(&self.provider);
        format!("SECURITY LABEL FOR {provider} ON {on} IS {};\n", quote_literal(&self.text))
    }
}

/// All labels by object.
#[derive(Debug, Default)]
pub(super) struct Labels(HashMap<Key, Vec<Label>>);

impl Labels {
    /// The labels of an object and its parts, the object first.
    pub(super) fn of(&self, key: Key) -> &[Label] {
        self.0.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The commands that label an object itself, named as there; empty where it has no label.
    pub(super) fn commands(&self, quoter: &Quoter, key: Key, on: &str) -> String {
        let own = self.of(key).iter().filter(|label| label.part == 0);
        own.map(|label| label.command(quoter, on)).collect()
    }
}

/// Reads all of this database, and those of the database itself.
pub(super) async fn read(reader: &Reader<'_>) -> Result<Labels> {
    let sql = "SELECT classoid, objoid, objsubid, provider, label FROM pg_catalog.pg_seclabel
               UNION ALL
               SELECT classoid, objoid, 0, provider, label FROM pg_catalog.pg_shseclabel
                WHERE classoid = 1262
                ORDER BY 1, 2, 3, 4";
    let rows = reader.read("security labels", sql, &[], |f| {
        let key: Key = (f.take()?, f.take()?);
        Ok((key, Label { part: f.take()?, provider: f.take()?, text: f.take()? }))
    });
    let mut labels: HashMap<Key, Vec<Label>> = HashMap::new();
    for (key, label) in rows.await? {
        labels.entry(key).or_default().push(label);
    }
    Ok(Labels(labels))
}
