//! The words of `backup single`.

use std::ffi::OsStr;

use crate::model::spec::{
    ArchiveFormat, BackupSpec, Compression, DumpOptions, DumpSession, ManifestPlace, RowFormat,
    Selection,
};

use super::Words;

pub(super) fn write(words: &mut Words, spec: &BackupSpec) {
    words.word("backup");
    words.word("single");
    words.target(&spec.target);
    output(words, spec);
    selection(words, &spec.selection, spec.options.large_objects);
    words.parts_and_statistics(&spec.parts, spec.options.statistics, false);
    words.flag(spec.no_owner, "--no-owner");
    words.flag(spec.no_privileges, "--no-privileges");
    how(words, &spec.options);
    words.rate(spec.rate, &spec.pacing);
    words.value("-j", spec.jobs.to_string());
    words.last(OsStr::new(&spec.database));
}

fn output(words: &mut Words, spec: &BackupSpec) {
    if spec.format != ArchiveFormat::default() {
        words.value("-F", spec.format.word());
    }
    if spec.compression != Compression::default_for(spec.format) {
        words.value("-Z", spec.compression.to_string());
    }
    words.value("-o", &spec.output);
    words.flag(spec.overwrite, "--overwrite");
    file(words, &spec.options);
}

/// How the files of an archive are written.
pub(super) fn file(words: &mut Words, options: &DumpOptions) {
    let version = options.archive_version.map(|minor| format!("1.{minor}"));
    words.text("--archive-version", version.as_ref());
    words.flag(options.no_sync, "--no-sync");
    match &options.manifest {
        ManifestPlace::Beside => {}
        ManifestPlace::None => words.word("--no-manifest"),
        ManifestPlace::At(path) => words.value("--manifest", path),
    }
}

/// How definitions and rows are read and written.
pub(super) fn how(words: &mut Words, options: &DumpOptions) {
    left_out(words, options);
    rows(words, options);
    script(words, options);
    session(words, &options.session);
    words.flag(options.enable_row_security, "--enable-row-security");
}

fn selection(words: &mut Words, selection: &Selection, large_objects: Option<bool>) {
    for (flag, patterns) in [
        ("-t", &selection.tables),
        ("-T", &selection.exclude_tables),
        ("--table-and-children", &selection.tables_and_children),
        ("--exclude-table-and-children", &selection.exclude_tables_and_children),
        ("-n", &selection.schemas),
        ("-N", &selection.exclude_schemas),
        ("-e", &selection.extensions),
        ("--exclude-extension", &selection.exclude_extensions),
        ("--exclude-table-data", &selection.exclude_table_data),
        ("--exclude-table-data-and-children", &selection.exclude_table_data_and_children),
        ("--include-foreign-data", &selection.foreign_data),
    ] {
        words.patterns(flag, patterns);
    }
    for filter in &selection.filters {
        words.value("--where", format!("{}:{}", filter.table, filter.predicate));
    }
    words.number("--min-rows", selection.min_rows);
    words.number("--max-rows", selection.max_rows);
    words.flag(selection.strict_names, "--strict-names");
    words.flag(selection.with_dependencies, "--with-dependencies");
    words.flag(selection.with_references, "--with-references");
    words.flag(large_objects == Some(true), "--large-objects");
    words.flag(large_objects == Some(false), "--no-large-objects");
}

fn left_out(words: &mut Words, options: &DumpOptions) {
    words.left_out(options.left_out);
    words.flag(options.no_toast_compression, "--no-toast-compression");
    words.flag(options.no_unlogged_table_data, "--no-unlogged-table-data");
}

fn rows(words: &mut Words, options: &DumpOptions) {
    if let RowFormat::Inserts { rows_per_insert, column_names, on_conflict_do_nothing } =
        options.rows
    {
        words.word(if column_names { "--column-inserts" } else { "--inserts" });
        let several = Some(rows_per_insert).filter(|n| n.get() > 1);
        words.number("--rows-per-insert", several);
        words.flag(on_conflict_do_nothing, "--on-conflict-do-nothing");
    }
    words.flag(options.load_via_partition_root, "--load-via-partition-root");
    words.flag(options.sequence_data, "--sequence-data");
    words.flag(options.quote_all_identifiers, "--quote-all-identifiers");
}

fn script(words: &mut Words, options: &DumpOptions) {
    words.flag(options.clean, "--clean");
    words.flag(options.if_exists, "--if-exists");
    words.flag(options.create, "--create");
    words.flag(options.disable_triggers, "--disable-triggers");
    words.text("--superuser", options.superuser.as_ref());
    words.flag(options.use_set_session_authorization, "--use-set-session-authorization");
    words.text("--restrict-key", options.restrict_key.as_ref());
}

fn session(words: &mut Words, session: &DumpSession) {
    words.text("--role", session.role.as_ref());
    words.text("--encoding", session.encoding.as_ref());
    words.text("--snapshot", session.snapshot.as_ref());
    words.flag(session.serializable_deferrable, "--serializable-deferrable");
    words.number("--lock-wait-timeout", session.lock_wait_timeout);
    words.number("--extra-float-digits", session.extra_float_digits);
}
