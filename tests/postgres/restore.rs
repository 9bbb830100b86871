//! Restores into real servers, from archives that pg_dump wrote; pg_dump compares the results.

mod kit;
mod whole;
