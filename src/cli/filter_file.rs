//! Filter files as pg_dump and pg_restore read them since version 17: what to include and exclude,
//! one object a line. Pure text; which objects a verb takes is its own business.
//!
//! ```text
//! # comment
//! include table public.orders*
//! exclude table_data "audit log"."2024
//! 2025"          ← a quoted name may go on; inside quotes \n is a line feed and \\ a backslash
//! ```

use std::fmt;

mod apply;
mod words;

pub(super) use apply::{into_backup, into_cluster, into_restore};

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// The file and the line that it began on.
    pub(super) place: Place,
    /// Include, else exclude.
    pub(super) include: bool,
    /// The sort of object.
    pub(super) kind: Kind,
    /// The object, white space brought into order.
    pub(super) pattern: String,
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    file: String,
    line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The sorts of objects that a filter file can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Tables, views, sequences.
    Table,
    /// The same with partitions and child tables.
    TableAndChildren,
    /// Rows of tables.
    TableData,
    /// The same with partitions and child tables.
    TableDataAndChildren,
    /// Schemas.
    Schema,
    /// Extensions.
    Extension,
    /// Rows of foreign tables, by their server.
    ForeignData,
    /// Databases of a cluster.
    Database,
    /// Functions, by name and argument types.
    Function,
    /// Indexes.
    Index,
    /// Triggers.
    Trigger,
}

impl Kind {
    const ALL: [Self; 11] = [
        Self::Table,
        Self::TableAndChildren,
        Self::TableData,
        Self::TableDataAndChildren,
        Self::Schema,
        Self::Extension,
        Self::ForeignData,
        Self::Database,
        Self::Function,
        Self::Index,
        Self::Trigger,
    ];

    /// The keyword.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::TableAndChildren => "table_and_children",
            Self::TableData => "table_data",
            Self::TableDataAndChildren => "table_data_and_children",
            Self::Schema => "schema",
            Self::Extension => "extension",
            Self::ForeignData => "foreign_data",
            Self::Database => "database",
            Self::Function => "function",
            Self::Index => "index",
            Self::Trigger => "trigger",
        }
    }
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub(super) struct FilterError {
    /// Where.
    pub(super) place: Place,
    /// What.
    pub(super) what: String,
}

/// Reads a filter file; `file` is its name in messages.
pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Item>, FilterError> {
    let mut lines = words::Lines::new(text);
    let mut items = Vec::new();
    while let Some((line, rest)) = lines.next_filled() {
        let place = Place { file: file.to_owned(), line };
        items.push(item(place, rest, &mut lines)?);
    }
    Ok(items)
}

fn item<'t>(
    place: Place,
    text: &'t str,
    lines: &mut words::Lines<'t>,
) -> Result<Item, FilterError> {
    let fail = |what: String| FilterError { place: place.clone(), what };
    let (command, rest) = words::keyword(text);
    let include = match command {
        "include" => true,
        "exclude" => false,
        "" => return Err(fail("no command: a line begins with include or exclude".to_owned())),
        other => {
            return Err(fail(format!("'{other}' is no command: write include or exclude")));
        }
    };
    let (word, rest) = words::keyword(rest);
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| {
        fail(match word {
            "" => format!("the kind of object after {command} is missing"),
            other => format!("'{other}' is not a kind of object that a filter can name"),
        })
    })?;
    let pattern = words::pattern(rest, lines).map_err(|what| fail(what.to_owned()))?;
    if pattern.is_empty() {
        return Err(fail(format!("the name of the {word} is missing")));
    }
    Ok(Item { place, include, kind, pattern })
}

#[cfg(test)]
mod tests;
