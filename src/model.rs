//! Pure data that every room shares: ids, sizes, names, patterns, the catalog as browsed, the
//! selection tree, job specs, plans and job state.
//!
//! Nothing here does I/O, reads a clock, or knows a database driver or a screen. Everything that
//! crosses the engine's channels is defined here and is `serde` data.

pub mod archive;
pub mod catalog;
pub mod cluster;
pub mod command_line;
pub mod conn;
pub mod course;
pub mod error_kind;
pub mod hook;
pub mod id;
pub mod job;
pub mod location;
pub mod manifest;
pub mod meter;
pub mod name;
pub mod path;
pub mod pattern;
pub mod plan;
pub mod record;
pub mod secret;
pub mod size;
pub mod spec;
pub mod throttle;
pub mod verify;
