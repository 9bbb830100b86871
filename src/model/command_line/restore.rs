//! The words of `restore single`.

use crate::model::name::quote_always;
use crate::model::pattern::Pattern;
use crate::model::spec::{RestoreOptions, RestoreSpec};

use super::Words;

pub(super) fn write(words: &mut Words, spec: &RestoreSpec) {
    words.word("restore");
    words.word("single");
    words.target(&spec.target);
    match &spec.script {
        Some(script) => words.value("-o", script),
        None => words.value("-d", &spec.database),
    }
    words.flag(spec.create_database, "--create");
    choice(words, spec);
    words.parts_and_statistics(&spec.parts, !spec.options.no_statistics, true);
    words.flag(spec.no_owner, "--no-owner");
    words.flag(spec.no_privileges, "--no-privileges");
    words.left_out(spec.options.left_out);
    manner(words, spec);
    renames(words, &spec.options);
    words.last(spec.archive.as_os_str());
}

fn choice(words: &mut Words, spec: &RestoreSpec) {
    for table in &spec.tables {
        words.value("-t", as_name(table));
    }
    words.patterns("--table-with-deps", &spec.whole_tables);
    words.texts("--exclude-table", &spec.options.exclude_tables);
    for schema in &spec.schemas {
        words.value("-n", as_name(schema));
    }
    for schema in &spec.exclude_schemas {
        words.value("-N", as_name(schema));
    }
    words.texts("-I", &spec.options.indexes);
    words.texts("-P", &spec.options.functions);
    words.texts("-T", &spec.options.triggers);
    words.flag(spec.options.strict_names, "--strict-names");
    if let Some(ids) = &spec.use_list {
        let list: Vec<String> = ids.iter().map(u32::to_string).collect();
        let value = if ids.is_empty() { String::new() } else { format!("={}", list.join(",")) };
        words.word(format!("--use-ids{value}"));
    }
}

fn manner(words: &mut Words, spec: &RestoreSpec) {
    let options = &spec.options;
    words.flag(spec.clean, "--clean");
    words.flag(spec.if_exists, "--if-exists");
    words.text("--role", spec.role.as_ref());
    words.flag(spec.single_transaction, "--single-transaction");
    words.number("--transaction-size", options.transaction_size);
    words.flag(spec.exit_on_error, "--exit-on-error");
    words.flag(options.no_data_for_failed_tables, "--no-data-for-failed-tables");
    words.flag(options.no_tuning, "--no-tuning");
    words.flag(spec.disable_triggers, "--disable-triggers");
    words.text("--superuser", options.superuser.as_ref());
    words.flag(options.use_set_session_authorization, "--use-set-session-authorization");
    words.flag(options.enable_row_security, "--enable-row-security");
    words.text("--restrict-key", options.restrict_key.as_ref());
    words.flag(spec.over_existing, "--over-existing");
    words.rate(spec.rate, &spec.pacing);
    if !spec.single_transaction {
        words.value("-j", spec.jobs.to_string());
    }
}

fn renames(words: &mut Words, options: &RestoreOptions) {
    for rename in &options.rename_schemas {
        words.value("--rename-schema", format!("{}:{}", quoted(&rename.from), quoted(&rename.to)));
    }
    for rename in &options.rename_tables {
        let (schema, table) = (quoted(&rename.from.schema), quoted(&rename.from.name));
        words.value("--rename-table", format!("{schema}.{table}:{}", quoted(&rename.to)));
    }
}

/// A name in quotes where a bare one would be read otherwise.
fn quoted(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { quote_always(name) }
}

/// Restore takes a plain word as a name, capitals and all: a pattern that folds them is written
/// folded.
fn as_name(pattern: &Pattern) -> String {
    let text = pattern.as_str();
    if text.chars().all(|c| c.is_alphanumeric() || c == '_') {
        text.to_lowercase()
    } else {
        text.to_owned()
    }
}
