//! The PostgreSQL engine: connecting, reading the catalog, dumping definitions, copying rows out of
//! one snapshot, and restoring. Uses the archive formats; knows no front and no job supervisor.

pub mod backup;
pub mod browse;
pub mod cluster;
pub mod connect;
pub mod restore;
pub mod schema;
pub mod session;
mod tap;
