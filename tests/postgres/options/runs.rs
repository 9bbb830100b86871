//! The runs of the table: options that our backup and pg_dump have in common, or our restore and
//! pg_restore, and the sets of objects that are in what they write.

/// One run of both programs with the same options.
pub(super) struct Run {
    /// Its name in the lists of objects.
    pub(super) name: &'static str,
    /// Options of both; `{file}` is the path of the file.
    pub(super) options: &'static [&'static str],
    /// Sets of objects that are in its script.
    pub(super) sets: &'static str,
    /// What the file holds.
    pub(super) file: File,
}

/// A file that an option names.
pub(super) enum File {
    /// None.
    Nothing,
    /// What to include and exclude.
    Filter(&'static str),
    /// The archive's table of contents, changed.
    List(fn(&str) -> String),
}

const fn run(name: &'static str, options: &'static [&'static str], sets: &'static str) -> Run {
    Run { name, options, sets, file: File::Nothing }
}

const fn filtered(name: &'static str, filter: &'static str, sets: &'static str) -> Run {
    Run { name, options: &["--filter={file}"], sets, file: File::Filter(filter) }
}

/// Definitions, rows, and what comes after them of all schemas; objects without a schema before and
/// after the rows; refreshes; large objects; rows of extensions' tables.
const ALL: &str = "pre data post free_pre free_post refresh objects config";
const DEFINITIONS: &str = "pre post free_pre free_post";
const ROWS: &str = "data objects config";

/// The run that all others are told apart from.
pub(super) const DEFAULT: &str = "default";

/// Backups.
pub(super) const RUNS: &[Run] = &[
    run(DEFAULT, &[], ALL),
    run("clean", &["--clean"], "pre data post free_pre free_post refresh objects config drops"),
    run(
        "clean_if_exists",
        &["--clean", "--if-exists"],
        "pre data post free_pre free_post refresh objects config drops",
    ),
    run("create", &["--create"], "pre data post free_pre free_post refresh objects config make"),
    run(
        "clean_create",
        &["--clean", "--create"],
        "pre data post free_pre free_post refresh objects config make",
    ),
    run("schema_only", &["--schema-only"], DEFINITIONS),
    run("schema_only_objects", &["--schema-only", "--large-objects"], DEFINITIONS),
    run("data_only", &["--data-only"], ROWS),
    run("no_data", &["--no-data"], DEFINITIONS),
    run("no_schema", &["--no-schema"], ROWS),
    run("statistics_only", &["--statistics-only"], "figures"),
    run("disable_triggers", &["--data-only", "--disable-triggers", "--superuser=postgres"], ROWS),
    run("pre_data", &["--section=pre-data"], "pre free_pre"),
    run("data_section", &["--section=data"], ROWS),
    run("post_data", &["--section=post-data"], "post free_post refresh"),
    run(
        "around_data",
        &["--section=pre-data", "--section=post-data"],
        "pre post free_pre free_post refresh",
    ),
    run("no_comments", &["--no-comments"], ALL),
    run("no_publications", &["--no-publications"], ALL),
    run("no_subscriptions", &["--no-subscriptions"], ALL),
    run("no_security_labels", &["--no-security-labels"], ALL),
    run("no_policies", &["--no-policies"], ALL),
    run("no_tablespaces", &["--no-tablespaces"], ALL),
    run("no_table_access_method", &["--no-table-access-method"], ALL),
    run("no_toast_compression", &["--no-toast-compression"], ALL),
    run("no_unlogged", &["--no-unlogged-table-data"], ALL),
    run("no_owner", &["--no-owner"], ALL),
    run("no_privileges", &["--no-privileges"], ALL),
    run("no_large_objects", &["--no-large-objects"], ALL),
    run("session_authorization", &["--use-set-session-authorization"], ALL),
    run("row_security", &["--enable-row-security"], ALL),
    run(
        "as_reader",
        &["--role=kit_reader", "--enable-row-security", "--data-only", "-t", "kit.main"],
        "",
    ),
    run("latin", &["--encoding=LATIN1"], ALL),
    run("short_floats", &["--extra-float-digits=0"], ALL),
    run("load_via_root", &["--load-via-partition-root"], ALL),
    run(
        "inserts",
        &["--inserts"],
        "pre data post free_pre free_post refresh objects config as_inserts",
    ),
    run(
        "column_inserts",
        &["--column-inserts"],
        "pre data post free_pre free_post refresh objects config as_inserts",
    ),
    run(
        "rows_per_insert",
        &["--rows-per-insert=2"],
        "pre data post free_pre free_post refresh objects config as_inserts",
    ),
    run(
        "on_conflict",
        &["--inserts", "--on-conflict-do-nothing"],
        "pre data post free_pre free_post refresh objects config as_inserts",
    ),
    run("quote_all", &["--quote-all-identifiers"], ALL),
    run("sequence_data", &["--schema-only", "--sequence-data"], DEFINITIONS),
    run(
        "statistics",
        &["--statistics"],
        "pre data post free_pre free_post refresh objects config figures",
    ),
    run(
        "no_data_statistics",
        &["--no-data", "--statistics"],
        "pre post free_pre free_post figures",
    ),
    run("tables_only", &["-t", "kit.main"], "main"),
    run("some_tables", &["-t", "kit.mai?", "-t", "kit.(seen|kept)", "-T", "kit.kept"], "main seen"),
    run("tables_and_children", &["--table-and-children=kit.log"], "log"),
    run(
        "exclude_tables",
        &["-T", "kit.main"],
        "pre data post free_pre free_post refresh objects config without_main",
    ),
    run(
        "exclude_children",
        &["--exclude-table-and-children=kit.log"],
        "pre data post free_pre free_post refresh objects config without_log",
    ),
    run("only_schema", &["-n", "kit"], "pre data post refresh unordered"),
    run(
        "schema_with_objects",
        &["-n", "kit", "--large-objects"],
        "pre data post refresh objects unordered",
    ),
    run(
        "schema_without_table",
        &["-n", "k?t", "-T", "kit.main"],
        "pre data post refresh without_main unordered",
    ),
    run("exclude_schema", &["-N", "kit"], "free_pre free_post objects config"),
    run("extension", &["-e", "hstore"], "pre data post refresh unordered"),
    run(
        "exclude_extension",
        &["--exclude-extension=hstore"],
        "pre data post free_pre free_post refresh objects config without_hstore",
    ),
    run("exclude_data", &["--exclude-table-data=kit.*"], ALL),
    run(
        "exclude_data_and_children",
        &["--exclude-table-data-and-children=kit.log"],
        "pre data post free_pre free_post refresh objects config without_log_rows",
    ),
    run("include_foreign", &["--include-foreign-data=kit_f*"], ALL),
    filtered("filter_include", "# one\ninclude table kit.main\n", "main"),
    filtered(
        "filter_exclude",
        "exclude table \"kit\".\"main\" # gone\n\nexclude extension hs*\nexclude table_data_and_children kit.log\n",
        "pre data post free_pre free_post refresh objects config without_main without_hstore without_log_rows",
    ),
];

/// Backups whose options say how to read: their scripts are that of the one without.
pub(super) const SAME: &[Run] = &[
    run("deferrable", &["--serializable-deferrable"], ""),
    run("patient", &["--lock-wait-timeout=20s"], ""),
    run("no_statistics", &["--no-statistics"], ""),
    run("no_sync", &["--no-sync"], ""),
    run("as_postgres", &["--role=postgres"], ""),
    run("utf8", &["--encoding=UTF8"], ""),
    run("long_floats", &["--extra-float-digits=3"], ""),
    run("strict", &["--strict-names"], ""),
    run("one_job", &["--jobs=1"], ""),
];

/// Restores of an archive of pg_dump's with everything in it.
pub(super) const RESTORES: &[Run] = &[
    run("restore", &[], "pre data post free_pre free_post refresh objects config figures"),
    run(
        "restore_clean",
        &["--clean"],
        "pre data post free_pre free_post refresh objects config figures drops clean",
    ),
    run(
        "restore_clean_if_exists",
        &["--clean", "--if-exists"],
        "pre data post free_pre free_post refresh objects config figures drops clean_if_exists",
    ),
    run(
        "restore_create",
        &["--create"],
        "pre data post free_pre free_post refresh objects config figures make",
    ),
    run(
        "restore_clean_create",
        &["--clean", "--create"],
        "pre data post free_pre free_post refresh objects config figures make clean_create",
    ),
    run("restore_schema_only", &["--schema-only"], "pre post free_pre free_post refilled"),
    run("restore_data_only", &["--data-only"], "data objects config"),
    run("restore_no_data", &["--no-data"], "pre post free_pre free_post refilled figures"),
    run("restore_no_schema", &["--no-schema"], "data objects config figures"),
    run("restore_statistics_only", &["--statistics-only"], "figures"),
    run(
        "restore_no_statistics",
        &["--no-statistics"],
        "pre data post free_pre free_post refresh objects config",
    ),
    run(
        "restore_disable_triggers",
        &["--data-only", "--disable-triggers", "--superuser=postgres"],
        "data objects config disable_triggers",
    ),
    run("restore_pre_data", &["--section=pre-data"], "pre free_pre"),
    run("restore_data_section", &["--section=data"], "data objects config figures"),
    run("restore_post_data", &["--section=post-data"], "post free_post refresh"),
    run(
        "restore_no_comments",
        &["--no-comments"],
        "pre data post free_pre free_post refresh objects config figures no_comments",
    ),
    run(
        "restore_no_publications",
        &["--no-publications"],
        "pre data post free_pre free_post refresh objects config figures no_publications",
    ),
    run(
        "restore_no_subscriptions",
        &["--no-subscriptions"],
        "pre data post free_pre free_post refresh objects config figures no_subscriptions",
    ),
    run(
        "restore_no_security_labels",
        &["--no-security-labels"],
        "pre data post free_pre free_post refresh objects config figures no_security_labels",
    ),
    run(
        "restore_no_policies",
        &["--no-policies"],
        "pre data post free_pre free_post refresh objects config figures no_policies",
    ),
    run(
        "restore_no_tablespaces",
        &["--no-tablespaces"],
        "pre data post free_pre free_post refresh objects config figures no_tablespaces",
    ),
    run(
        "restore_no_table_access_method",
        &["--no-table-access-method"],
        "pre data post free_pre free_post refresh objects config figures no_table_access_method",
    ),
    run(
        "restore_no_owner",
        &["--no-owner"],
        "pre data post free_pre free_post refresh objects config figures no_owner",
    ),
    run(
        "restore_no_privileges",
        &["--no-privileges"],
        "pre data post free_pre free_post refresh objects config figures no_privileges",
    ),
    run(
        "restore_session_authorization",
        &["--use-set-session-authorization"],
        "pre data post free_pre free_post refresh objects config figures session_authorization",
    ),
    run(
        "restore_row_security",
        &["--enable-row-security"],
        "pre data post free_pre free_post refresh objects config figures row_security",
    ),
    run(
        "restore_as_role",
        &["--role=kit_owner"],
        "pre data post free_pre free_post refresh objects config figures as_role",
    ),
    run(
        "restore_transaction",
        &["--single-transaction"],
        "pre data post free_pre free_post refresh objects config figures transaction",
    ),
    run("restore_table", &["-t", "main"], "table_alone"),
    run(
        "restore_tables",
        &["-t", "main", "-t", "seen", "--strict-names"],
        "table_alone view_alone",
    ),
    run("restore_index", &["-I", "main_name"], "index_alone"),
    run("restore_function", &["-P", "twice(integer)"], "function_alone"),
    run("restore_trigger", &["-T", "main ring"], "trigger_alone"),
    run(
        "restore_one_of_each",
        &["-t", "main", "-I", "main_name", "-P", "twice(integer)", "-T", "main ring"],
        "table_alone index_alone function_alone trigger_alone",
    ),
    run("restore_schema", &["-n", "kit"], "pre data post refresh figures by_schema"),
    run("restore_table_of_schema", &["-n", "kit", "-t", "main"], "table_alone"),
    run("restore_not_schema", &["-N", "kit"], "free_pre free_post objects config not_schema"),
    filtered(
        "restore_filter_include",
        "include table main\ninclude index main_name\n",
        "table_alone index_alone",
    ),
    filtered(
        "restore_filter_exclude",
        "exclude schema kit\n",
        "free_pre free_post objects config not_schema",
    ),
    Run {
        name: "restore_list",
        options: &["-L", "{file}"],
        sets: "listed",
        file: File::List(backwards),
    },
];

/// What belongs to two tables, the last first, with comments between.
fn backwards(list: &str) -> String {
    let wanted = |line: &&str| line.contains(" kit main ") || line.contains(" kit part_of ");
    let mut lines: Vec<&str> = list.lines().filter(wanted).collect();
    lines.reverse();
    format!(";\n; backwards\n\n{}\n", lines.join(" ; a comment\n"))
}
