//! Objects of kinds that are seldom met.

use crate::model::spec::Section;
use crate::postgres::schema::acl::Privileges;

/// An object of a kind that is seldom met: its SQL is made where it is read.
#[derive(Debug)]
pub(in super::super) struct Plain {
    /// Type keyword of the archive.
    pub(in super::super) desc: &'static str,
    /// Place of its kind in the order, smaller first.
    pub(in super::super) rank: u8,
    /// Before or after the rows.
    pub(in super::super) section: Section,
    /// Name or composite label.
    pub(in super::super) tag: String,
    /// SQL that makes it.
    pub(in super::super) create: String,
    /// SQL that drops it.
    pub(in super::super) drop: Option<String>,
    /// Kind and quoted name for comments.
    pub(in super::super) comment: Option<(&'static str, String)>,
    /// Kind and quoted name for grants.
    pub(in super::super) grant: Option<(&'static str, String)>,
    /// Grants on single columns.
    pub(in super::super) columns: Vec<(String, Privileges)>,
    /// Whether the archive names no owner.
    pub(in super::super) ownerless: bool,
    /// Entries that come right after it.
    pub(in super::super) followers: Vec<Follower>,
}

/// An entry that has no place of its own in the catalog.
#[derive(Debug)]
pub(in super::super) struct Follower {
    pub(in super::super) desc: &'static str,
    pub(in super::super) tag: String,
    pub(in super::super) create: String,
    pub(in super::super) drop: String,
}

impl Plain {
    /// An object with a name before the rows, without comment and grants.
    pub(in super::super) fn new(
        desc: &'static str,
        rank: u8,
        tag: impl Into<String>,
        create: String,
    ) -> Self {
        Self {
            desc,
            rank,
            section: Section::PreData,
            tag: tag.into(),
            create,
            drop: None,
            comment: None,
            grant: None,
            columns: Vec::new(),
            ownerless: false,
            followers: Vec::new(),
        }
    }
}
