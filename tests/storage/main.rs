//! Storage: one conformance kit over every store, and what only a real server can show.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails the test by a panic"
)]

#[path = "../support/mod.rs"]
mod support;

mod backup;
mod conformance;
mod faults;
mod race;
mod s3;
mod stores;
