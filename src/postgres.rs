//! The PostgreSQL engine: connecting, reading the catalog, dumping definitions, copying rows out of
//! one snapshot, and restoring. Uses the archive formats; knows no front and no job supervisor.

/// Appends formatted text to a string, which cannot fail.
macro_rules! push {
    ($text:expr, $($format:tt)*) => {{
        use std::fmt::Write as _;
        let _ = write!($text, $($format)*);
    }};
}

pub mod backup;
pub mod browse;
pub mod cluster;
pub mod connect;
mod facts;
mod globals;
mod newer;
pub mod restore;
pub mod schema;
mod script;
pub mod session;
pub mod signals;
mod tap;
pub mod vacuum;
pub mod verify;
