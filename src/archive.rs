//! Archive formats: bytes in, values out, and back. Knows no socket, no file name and no clock: it
//! takes `Read`, `Write` and slices.
//!
//! PostgreSQL's custom format, as [`head`] and [`block`] read and write it:
//!
//! ```text
//! ┌────────────┬───────────────────────┬─────────────┬─────────────┬───
//! │ header     │ table of contents     │ data block  │ data block  │ …     in any order when the
//! │ PGDMP 1.16 │ count, entries        │ of entry 12 │ of entry 9  │       entries tell their places
//! └────────────┴───────────────────────┴─────────────┴─────────────┴───
//!
//! data block of rows:    01 · id · { length · bytes }… · 0
//! large objects' block:  03 · id · { oid · { length · bytes }… · 0 }… · 0
//! ```
//!
//! The directory and tar formats have the same header and table of contents in a file `toc.dat`, and
//! the data of each entry in a file of its own: [`directory`] names them, [`tar`] joins them.
//!
//! The bytes of a block's chunks, joined, are a compressed stream: [`compress`] makes and undoes it.
//! Undone, it is `COPY` text that ends with a `\.` line: [`copy_text`] takes that off.

pub mod block;
pub mod compress;
pub mod copy_text;
pub mod directory;
pub mod encoding;
pub mod head;
pub mod inserts;
pub mod kind;
pub mod list;
pub mod names;
pub mod primitive;
pub mod row_hash;
pub mod script;
pub mod statement;
pub mod stretches;
pub mod tar;
pub mod toc;
