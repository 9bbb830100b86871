//! The engine: takes [`command::Command`]s, runs one task a job, reports [`event::Event`]s.
//!
//! It knows no front: the console and the headless verbs hold the same [`Handle`]. A job never waits
//! for a front that has gone: events go through a bounded channel with a consumer inside the engine
//! that keeps the job's log and result file, and forwards to the front only while there is one.

pub mod command;
pub mod event;
pub mod meter;
