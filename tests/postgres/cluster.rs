//! Backup and restore of whole clusters, judged by pg_dumpall, psql and pg_restore.

mod globals;
mod killed;
mod kit;
mod restore;
mod verbs;
mod whole;
