//! Large objects, which may be millions: four bytes each.

use crate::postgres::schema::acl::Privileges;

/// Large objects of one owner with the same grants.
#[derive(Debug)]
pub(in super::super) struct LargeObjects {
    /// Their owner, unquoted.
    pub(in super::super) owner: String,
    /// Their grants.
    pub(in super::super) privileges: Privileges,
    /// Their oids, ascending; never empty.
    pub(in super::super) oids: Vec<u32>,
}

impl LargeObjects {
    /// The lowest oid, which stands for all of them.
    pub(in super::super) fn first(&self) -> u32 {
        self.oids.first().copied().unwrap_or_default()
    }

    /// `first..last`, or the only oid.
    pub(in super::super) fn tag(&self) -> String {
        match (self.oids.first(), self.oids.last()) {
            (Some(first), Some(last)) if first != last => format!("{first}..{last}"),
            (first, _) => first.copied().unwrap_or_default().to_string(),
        }
    }
}
