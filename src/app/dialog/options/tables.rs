//! What the less common options are called, what they mean, and what they change.

use crate::model::pattern::Pattern;
use crate::model::spec::{DumpOptions, LeftOut, RestoreOptions, Selection};

/// A yes or no of `T`.
pub(super) struct Flag<T> {
    /// Its name on the command line.
    pub(super) name: &'static str,
    /// What stands before the field.
    pub(super) label: &'static str,
    /// What it means.
    pub(super) help: &'static str,
    /// Where it is.
    pub(super) place: fn(&mut T) -> &mut bool,
}

/// A list of patterns in a selection.
pub(super) struct Patterns {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) help: &'static str,
    pub(super) place: fn(&mut Selection) -> &mut Vec<Pattern>,
}

pub(super) const PATTERNS: [Patterns; 9] = [
    Patterns {
        name: "--exclude-table",
        label: "Not the tables",
        help: "-T: patterns by psql's rules, with blanks between",
        place: |s| &mut s.exclude_tables,
    },
    Patterns {
        name: "--exclude-schema",
        label: "Not the schemas",
        help: "-N: patterns by psql's rules, with blanks between",
        place: |s| &mut s.exclude_schemas,
    },
    Patterns {
        name: "--exclude-table-data",
        label: "Not the rows of",
        help: "--exclude-table-data: these tables are made empty",
        place: |s| &mut s.exclude_table_data,
    },
    Patterns {
        name: "--table-and-children",
        label: "Tables with heirs",
        help: "--table-and-children: only these, with all partitions and heirs",
        place: |s| &mut s.tables_and_children,
    },
    Patterns {
        name: "--exclude-table-and-children",
        label: "Not with heirs",
        help: "--exclude-table-and-children: neither these nor their partitions and heirs",
        place: |s| &mut s.exclude_tables_and_children,
    },
    Patterns {
        name: "--exclude-table-data-and-children",
        label: "Not the rows with heirs",
        help: "--exclude-table-data-and-children: these and their partitions are made empty",
        place: |s| &mut s.exclude_table_data_and_children,
    },
    Patterns {
        name: "--extension",
        label: "Extensions",
        help: "-e: only these extensions, besides what is chosen above",
        place: |s| &mut s.extensions,
    },
    Patterns {
        name: "--exclude-extension",
        label: "Not the extensions",
        help: "--exclude-extension: patterns with blanks between",
        place: |s| &mut s.exclude_extensions,
    },
    Patterns {
        name: "--include-foreign-data",
        label: "Rows of servers",
        help: "--include-foreign-data: foreign servers whose tables' rows are copied too",
        place: |s| &mut s.foreign_data,
    },
];

pub(super) const LEFT_OUT: [Flag<LeftOut>; 7] = [
    Flag {
        name: "--no-comments",
        label: "Without comments",
        help: "--no-comments: no COMMENT ON is stored",
        place: |o| &mut o.comments,
    },
    Flag {
        name: "--no-publications",
        label: "Without publications",
        help: "--no-publications",
        place: |o| &mut o.publications,
    },
    Flag {
        name: "--no-subscriptions",
        label: "Without subscriptions",
        help: "--no-subscriptions",
        place: |o| &mut o.subscriptions,
    },
    Flag {
        name: "--no-security-labels",
        label: "Without security labels",
        help: "--no-security-labels",
        place: |o| &mut o.security_labels,
    },
    Flag {
        name: "--no-policies",
        label: "Without policies",
        help: "--no-policies: row-level security is not stored",
        place: |o| &mut o.policies,
    },
    Flag {
        name: "--no-tablespaces",
        label: "Without tablespaces",
        help: "--no-tablespaces: everything goes to the default one",
        place: |o| &mut o.tablespaces,
    },
    Flag {
        name: "--no-table-access-method",
        label: "Without access methods",
        help: "--no-table-access-method: tables get the target's default one",
        place: |o| &mut o.table_access_method,
    },
];

pub(super) const DUMP_FLAGS: [Flag<DumpOptions>; 9] = [
    Flag {
        name: "--no-toast-compression",
        label: "Without TOAST compression",
        help: "--no-toast-compression: columns get the target's default one",
        place: |o| &mut o.no_toast_compression,
    },
    Flag {
        name: "--no-unlogged-table-data",
        label: "Not unlogged rows",
        help: "--no-unlogged-table-data: unlogged tables are made empty",
        place: |o| &mut o.no_unlogged_table_data,
    },
    Flag {
        name: "--statistics",
        label: "Planner statistics",
        help: "--statistics: for a restore into PostgreSQL 18 or newer",
        place: |o| &mut o.statistics,
    },
    Flag {
        name: "--sequence-data",
        label: "Values of sequences",
        help: "--sequence-data: also where only definitions are taken",
        place: |o| &mut o.sequence_data,
    },
    Flag {
        name: "--load-via-partition-root",
        label: "Load through the root",
        help: "--load-via-partition-root: rows find their partition anew",
        place: |o| &mut o.load_via_partition_root,
    },
    Flag {
        name: "--quote-all-identifiers",
        label: "Quote all names",
        help: "--quote-all-identifiers",
        place: |o| &mut o.quote_all_identifiers,
    },
    Flag {
        name: "--enable-row-security",
        label: "Row security",
        help: "--enable-row-security: take just the rows that this user may see",
        place: |o| &mut o.enable_row_security,
    },
    Flag {
        name: "--serializable-deferrable",
        label: "Serializable",
        help: "--serializable-deferrable: wait for a snapshot without anomalies",
        place: |o| &mut o.session.serializable_deferrable,
    },
    Flag {
        name: "--no-sync",
        label: "Not synced to disk",
        help: "--no-sync: quicker, and a crash of the machine may lose the backup",
        place: |o| &mut o.no_sync,
    },
];

pub(super) const SCRIPT_FLAGS: [Flag<DumpOptions>; 5] = [
    Flag {
        name: "--clean",
        label: "Script drops first",
        help: "--clean: the plain script drops what it makes",
        place: |o| &mut o.clean,
    },
    Flag {
        name: "--if-exists",
        label: "Script drops if there",
        help: "--if-exists: its DROPs find nothing wrong with absent objects",
        place: |o| &mut o.if_exists,
    },
    Flag {
        name: "--create",
        label: "Script makes database",
        help: "--create: the plain script makes the database and connects to it",
        place: |o| &mut o.create,
    },
    Flag {
        name: "--disable-triggers",
        label: "Script stops triggers",
        help: "--disable-triggers: of a plain script of rows only, while they are loaded",
        place: |o| &mut o.disable_triggers,
    },
    Flag {
        name: "--use-set-session-authorization",
        label: "Script acts as owners",
        help: "--use-set-session-authorization: instead of ALTER … OWNER TO, in a plain script",
        place: |o| &mut o.use_set_session_authorization,
    },
];

/// Of the script of a cluster's globals.
pub(super) const GLOBALS_FLAGS: [Flag<DumpOptions>; 2] = [
    Flag {
        name: "--clean",
        label: "Script drops first",
        help: "--clean: the script of the globals drops roles and tablespaces, psql runs it",
        place: |o| &mut o.clean,
    },
    Flag {
        name: "--if-exists",
        label: "Script drops if there",
        help: "--if-exists: its DROPs find nothing wrong with absent roles and tablespaces",
        place: |o| &mut o.if_exists,
    },
];

pub(super) const RESTORE_FLAGS: [Flag<RestoreOptions>; 3] = [
    Flag {
        name: "--no-statistics",
        label: "Without statistics",
        help: "--no-statistics: run ANALYZE afterwards",
        place: |o| &mut o.no_statistics,
    },
    Flag {
        name: "--no-data-for-failed-tables",
        label: "No rows for failed tables",
        help: "--no-data-for-failed-tables: rows are left out where the table could not be made",
        place: |o| &mut o.no_data_for_failed_tables,
    },
    Flag {
        name: "--no-tuning",
        label: "Sessions as they are",
        help: "--no-tuning: no more memory and helpers for index builds, each commit waits for the disk",
        place: |o| &mut o.no_tuning,
    },
];

/// How rows can be written: the options of `--inserts`.
pub(super) const ROWS: [&str; 4] = ["COPY", "INSERT", "INSERT with names", "INSERT of 100 rows"];
pub(super) const LARGE_OBJECTS: [&str; 3] = ["with everything", "yes", "no"];

/// Of a restore of one database.
pub(super) const SINGLE_RESTORE_FLAGS: [Flag<RestoreOptions>; 2] = [
    Flag {
        name: "--enable-row-security",
        label: "Row security",
        help: "--enable-row-security: rows go in only as far as policies let this user",
        place: |o| &mut o.enable_row_security,
    },
    Flag {
        name: "--use-set-session-authorization",
        label: "Acts as the owners",
        help: "--use-set-session-authorization: instead of ALTER … OWNER TO; needs a superuser",
        place: |o| &mut o.use_set_session_authorization,
    },
];

/// The minor versions of archives that can be asked for, behind the choice of none.
pub(super) const ARCHIVE_VERSIONS: [(&str, Option<u8>); 6] = [
    ("that most readers accept", None),
    ("1.12", Some(12)),
    ("1.13", Some(13)),
    ("1.14", Some(14)),
    ("1.15", Some(15)),
    ("1.16", Some(16)),
];
