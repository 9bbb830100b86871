//! The fronts: the console's state and its pictures, the real binary in a pseudo-terminal, and the
//! headless verbs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails the test by a panic"
)]

#[path = "../support/mod.rs"]
mod support;

mod cli;
mod demo;
mod fixture;
mod flows;
mod pty;
mod scenes;
mod screen;
mod screenshots;
mod shop;
mod snapshots;
mod terminal;
