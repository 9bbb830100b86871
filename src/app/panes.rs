//! The panes' states, one module each.

pub mod browser;
pub mod jobs;
pub mod log;
pub mod tables;
pub mod timeline;
