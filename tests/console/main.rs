//! The fronts: the console's state and its pictures, the real binary in a pseudo-terminal, and the
//! headless verbs.

#[path = "../support/mod.rs"]
mod support;

mod cli;
mod flows;
mod pty;
mod screenshots;
mod snapshots;
