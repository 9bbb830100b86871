//! Comments on objects and on their parts.

use std::collections::HashMap;

use super::graph::Key;
use super::query::Reader;
use crate::error::Result;

/// All comments by object and part (0 is the object itself, a column has its number).
#[derive(Debug, Default)]
pub(super) struct Comments(HashMap<Key, Vec<(i32, String)>>);

impl Comments {
    /// The comment on an object itself.
    pub(super) fn on(&self, key: Key) -> Option<&str> {
        self.on_part(key, 0)
    }

    /// The comment on a part.
    pub(super) fn on_part(&self, key: Key, part: i32) -> Option<&str> {
        let (_, text) = self.0.get(&key)?.iter().find(|(number, _)| *number == part)?;
        Some(text)
    }

    /// All comments on an object and its parts, the object first.
    pub(super) fn all(&self, key: Key) -> &[(i32, String)] {
        self.0.get(&key).map_or(&[], Vec::as_slice)
    }
}

/// Reads the comments on everything that is not the system's, on schemas, and on large objects, whose
/// numbers people choose.
pub(super) async fn read(reader: &Reader<'_>) -> Result<Comments> {
    let sql = "SELECT classoid, objoid, objsubid, description FROM pg_catalog.pg_description
                WHERE objoid >= 16384 OR classoid IN (2613, 2615) ORDER BY 1, 2, 3";
    let rows =
        reader.read("comments", sql, &[], |f| Ok(((f.take()?, f.take()?), (f.take()?, f.take()?))));
    let mut comments: HashMap<Key, Vec<(i32, String)>> = HashMap::new();
    for (key, comment) in rows.await? {
        comments.entry(key).or_default().push(comment);
    }
    Ok(Comments(comments))
}
