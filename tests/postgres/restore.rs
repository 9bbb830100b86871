//! Restores into real servers, from archives that pg_dump wrote; pg_dump compares the results.

mod existing;
pub(crate) mod kit;
mod part;
mod speed;
mod stopped;
mod trouble;
mod whole;
