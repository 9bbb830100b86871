//! Plain SQL scripts, judged by pg_restore, which writes them, and by psql, which runs them.

mod parts;
mod runs;
mod text;
mod trouble;
