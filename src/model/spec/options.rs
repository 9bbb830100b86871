//! What the less common options of pg_dump and pg_restore say; each field has the meaning of the
//! option of the same name, and its default is the option left out.

use std::num::NonZeroU32;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::rename::{SchemaRename, TableRename};

/// Kinds of things that are left out of a backup, or of a restore.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// `--no-comments`.
    pub comments: bool,
    /// `--no-publications`.
    pub publications: bool,
    /// `--no-subscriptions`.
    pub subscriptions: bool,
    /// `--no-security-labels`.
    pub security_labels: bool,
    /// `--no-policies`.
    pub policies: bool,
    /// `--no-tablespaces`.
    pub tablespaces: bool,
    /// `--no-table-access-method`.
    pub table_access_method: bool,
}

/// How definitions and rows are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DumpOptions {
    /// What is left out.
    pub left_out: LeftOut,
    /// `--no-toast-compression`.
    pub no_toast_compression: bool,
    /// `--no-unlogged-table-data`.
    pub no_unlogged_table_data: bool,
    /// `-b` is true, `-B` false; without either they come with everything.
    pub large_objects: Option<bool>,
    /// `--statistics`.
    pub statistics: bool,
    /// `--sequence-data`: values of sequences in a schema-only backup too.
    pub sequence_data: bool,
    /// `--clean` of a plain script.
    pub clean: bool,
    /// `--if-exists` of a plain script.
    pub if_exists: bool,
    /// `--create` of a plain script.
    pub create: bool,
    /// `--disable-triggers` of a data-only plain script.
    pub disable_triggers: bool,
    /// `--superuser`: who disables triggers in a plain script.
    pub superuser: Option<String>,
    /// `--use-set-session-authorization` of a plain script.
    pub use_set_session_authorization: bool,
    /// `--load-via-partition-root`.
    pub load_via_partition_root: bool,
    /// `--quote-all-identifiers`.
    pub quote_all_identifiers: bool,
    /// `--enable-row-security`.
    pub enable_row_security: bool,
    /// `--inserts` and its kin.
    pub rows: RowFormat,
    /// How the sessions of the backup read.
    pub session: DumpSession,
    /// `--archive-version`: the minor number to write, 12 to 16; `None` writes the one that most
    /// readers accept.
    pub archive_version: Option<u8>,
    /// `--restrict-key` of a plain script; `None` makes a random one.
    pub restrict_key: Option<String>,
    /// `--no-sync`.
    pub no_sync: bool,
    /// Where the manifest goes.
    pub manifest: ManifestPlace,
}

/// Where the manifest of a backup goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ManifestPlace {
    /// Into the folder that is the backup, or beside the file that is it; to standard output none.
    #[default]
    Beside,
    /// `--no-manifest`.
    None,
    /// `--manifest FILE`.
    At(#[serde(with = "crate::model::path")] PathBuf),
}

/// How rows are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowFormat {
    /// As COPY text.
    #[default]
    Copy,
    /// As INSERT statements.
    Inserts {
        /// `--rows-per-insert`; `--inserts` is 1.
        rows_per_insert: NonZeroU32,
        /// `--column-inserts`.
        column_names: bool,
        /// `--on-conflict-do-nothing`.
        on_conflict_do_nothing: bool,
    },
}

/// How the sessions of a backup read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DumpSession {
    /// `--serializable-deferrable`.
    pub serializable_deferrable: bool,
    /// `--snapshot`: one that another session exported.
    pub snapshot: Option<String>,
    /// `--role`.
    pub role: Option<String>,
    /// `--lock-wait-timeout`, in milliseconds.
    pub lock_wait_timeout: Option<u64>,
    /// `--extra-float-digits`, -15 to 3.
    pub extra_float_digits: Option<i8>,
    /// `--encoding`, by PostgreSQL's name; `None` writes UTF-8.
    pub encoding: Option<String>,
}

/// How a restore is done, beyond the common options.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RestoreOptions {
    /// What is left out.
    pub left_out: LeftOut,
    /// `--no-statistics`.
    pub no_statistics: bool,
    /// `--no-data-for-failed-tables`.
    pub no_data_for_failed_tables: bool,
    /// `--no-tuning`: sessions keep the memory, helpers and durability that the server gives them.
    pub no_tuning: bool,
    /// `--transaction-size`.
    pub transaction_size: Option<NonZeroU32>,
    /// `-I`: indexes by name.
    pub indexes: Vec<String>,
    /// `-P`: functions by name and argument types.
    pub functions: Vec<String>,
    /// `-T`: triggers by name.
    pub triggers: Vec<String>,
    /// Tables to leave out with all that belongs to them (`exclude table` in a filter file).
    pub exclude_tables: Vec<String>,
    /// `--superuser`.
    pub superuser: Option<String>,
    /// `--use-set-session-authorization`.
    pub use_set_session_authorization: bool,
    /// `--enable-row-security`.
    pub enable_row_security: bool,
    /// `--strict-names`.
    pub strict_names: bool,
    /// `--rename-schema FROM:TO`: objects of one schema go into another.
    pub rename_schemas: Vec<SchemaRename>,
    /// `--rename-table SCHEMA.FROM:TO`: a table gets another name in its schema.
    pub rename_tables: Vec<TableRename>,
    /// `--restrict-key` of a script; `None` makes a random one.
    pub restrict_key: Option<String>,
}
