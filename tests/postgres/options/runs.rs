//! The runs of the table: options that our backup and pg_dump have in common, and the sets that a
//! run belongs to.

/// One run of both programs with the same options.
pub(super) struct Run {
    /// Its name in the lists of objects.
    pub(super) name: &'static str,
    /// Options of both.
    pub(super) options: &'static str,
    /// Sets of objects that are in its script.
    pub(super) sets: &'static str,
}

const fn run(name: &'static str, options: &'static str, sets: &'static str) -> Run {
    Run { name, options, sets }
}

/// Definitions, rows, and what comes after them of all schemas; objects without a schema before and
/// after the rows; refreshes; large objects.
const ALL: &str = "pre data post free_pre free_post refresh objects";
const DEFINITIONS: &str = "pre post free_pre free_post";
const OF_SCHEMAS: &str = "pre data post refresh";

/// The run that all others are told apart from.
pub(super) const DEFAULT: &str = "default";

/// All of them.
pub(super) const RUNS: &[Run] = &[
    run(DEFAULT, "", ALL),
    run("clean", "--clean", ALL),
    run("clean_if_exists", "--clean --if-exists", ALL),
    run("create", "--create", ALL),
    run("schema_only", "--schema-only", DEFINITIONS),
    run("data_only", "--data-only", "data objects"),
    run("disable_triggers", "--data-only --disable-triggers --superuser=postgres", "data objects"),
    run("pre_data", "--section=pre-data", "pre free_pre"),
    run("data_section", "--section=data", "data objects"),
    run("post_data", "--section=post-data", "post free_post refresh"),
    run("no_comments", "--no-comments", ALL),
    run("no_publications", "--no-publications", ALL),
    run("no_subscriptions", "--no-subscriptions", ALL),
    run("no_security_labels", "--no-security-labels", ALL),
    run("no_policies", "--no-policies", ALL),
    run("no_tablespaces", "--no-tablespaces", ALL),
    run("no_table_access_method", "--no-table-access-method", ALL),
    run("no_toast_compression", "--no-toast-compression", ALL),
    run("no_unlogged", "--no-unlogged-table-data", ALL),
    run("no_owner", "--no-owner", ALL),
    run("no_privileges", "--no-privileges", ALL),
    run("no_large_objects", "--no-large-objects", ALL),
    run("session_authorization", "--use-set-session-authorization", ALL),
    run("row_security", "--enable-row-security", ALL),
    run("latin", "--encoding=LATIN1", ALL),
    run("short_floats", "--extra-float-digits=0", ALL),
    run("load_via_root", "--load-via-partition-root", ALL),
    run("inserts", "--inserts", ALL),
    run("column_inserts", "--column-inserts", ALL),
    run("rows_per_insert", "--rows-per-insert=2", ALL),
    run("on_conflict", "--inserts --on-conflict-do-nothing", ALL),
    run("quote_all", "--quote-all-identifiers", ALL),
    run("sequence_data", "--schema-only --sequence-data", DEFINITIONS),
    run("statistics", "--statistics", ALL),
    run("tables_only", "-t kit.main", ""),
    run("tables_and_children", "--table-and-children=kit.log", ""),
    run("exclude_tables", "-T kit.main", ALL),
    run("exclude_children", "--exclude-table-and-children=kit.log", ALL),
    run("only_schema", "-n kit", OF_SCHEMAS),
    run("schema_with_objects", "-n kit --large-objects", "pre data post refresh objects"),
    run("exclude_schema", "-N kit", "free_pre free_post objects"),
    run("extension", "-e hstore", OF_SCHEMAS),
    run("exclude_extension", "--exclude-extension=hstore", ALL),
    run("exclude_data", "--exclude-table-data=kit.*", ALL),
    run("exclude_data_and_children", "--exclude-table-data-and-children=kit.log", ALL),
];
