//! The objects of the table: each with the SQL that makes it, the text that stands for it in a script,
//! and the runs in which that text must be; in all others it must not be.

mod database;
mod overlay;
mod relations;
mod routines;
mod tables;
mod types;

/// A kind of object, or a property of one.
pub(super) struct Object {
    /// What it is, for people.
    pub(super) name: &'static str,
    /// `Type:` in the comment that a script has before it; empty for a part of another entry.
    pub(super) desc: &'static str,
    /// The first major version that takes the SQL.
    pub(super) since: u32,
    /// SQL that makes it.
    pub(super) create: &'static str,
    /// A regular expression, on several lines.
    pub(super) text: &'static str,
    /// Sets of runs, or runs, in which it must be.
    pub(super) like: &'static str,
    /// Runs in which it must not be all the same.
    pub(super) unlike: &'static str,
}

const fn object(
    (name, desc, since): (&'static str, &'static str, u32),
    create: &'static str,
    text: &'static str,
    (like, unlike): (&'static str, &'static str),
) -> Object {
    Object { name, desc, since, create, text, like, unlike }
}

/// All of them, in the order in which they can be made.
pub(super) fn objects() -> impl Iterator<Item = &'static Object> {
    let parts = [
        database::OBJECTS,
        types::OBJECTS,
        routines::OBJECTS,
        tables::OBJECTS,
        relations::OBJECTS,
        overlay::OBJECTS,
    ];
    parts.into_iter().flatten()
}

/// Those that a server knows.
pub(super) fn known_to(major: u32) -> impl Iterator<Item = &'static Object> {
    objects().filter(move |object| object.since <= major)
}
