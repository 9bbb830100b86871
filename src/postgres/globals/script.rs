//! The script of the globals: the text that pg_dumpall --globals-only writes.

use crate::model::spec::ClusterBackupSpec;
use crate::postgres::schema::quote::Quoter;

use super::{Globals, wants_tablespaces};

/// The whole script.
pub(super) fn write(
    globals: &Globals,
    spec: &ClusterBackupSpec,
    quoter: &Quoter,
    key: &str,
) -> String {
    let mut text = format!(
        "--\n-- PostgreSQL database cluster dump\n--\n\n\\restrict {key}\n\n\
         SET default_transaction_read_only = off;\n\nSET client_encoding = 'UTF8';\n\
         SET standard_conforming_strings = on;\n\n"
    );
    if spec.options.clean {
        text.push_str(&drops(globals, spec, quoter));
    }
    if spec.content.roles() {
        text.push_str(&roles(globals, quoter));
    }
    if wants_tablespaces(spec) {
        let commands = globals.tablespaces.iter().map(|tablespace| tablespace.commands(quoter));
        section(&mut text, "Tablespaces", commands);
    }
    push!(text, "\\unrestrict {key}\n\n--\n-- PostgreSQL database cluster dump complete\n--\n\n");
    text
}

fn roles(globals: &Globals, quoter: &Quoter) -> String {
    let mut text = String::new();
    if !globals.roles.is_empty() {
        text.push_str("--\n-- Roles\n--\n\n");
        globals.roles.iter().for_each(|role| text.push_str(&role.commands(quoter)));
        text.push_str("\n--\n-- User Configurations\n--\n");
        globals.roles.iter().for_each(|role| text.push_str(&role.setting_commands(quoter)));
    }
    // pg_dumpall forgets these.
    if !globals.all_settings.is_empty() {
        text.push_str("\n--\n-- Settings of all roles\n--\n\n");
        for setting in &globals.all_settings {
            push!(text, "ALTER ROLE ALL {};\n", quoter.shared_setting(setting));
        }
    }
    text.push_str("\n\n");
    let grants = globals.memberships.iter().map(|membership| membership.command(quoter));
    section(&mut text, "Role memberships", grants);
    if let Some(parameters) = &globals.parameters {
        let grants = parameters.iter().map(|parameter| parameter.commands(quoter));
        let title = "Role privileges on configuration parameters";
        section(&mut text, title, grants);
    }
    text
}

fn drops(globals: &Globals, spec: &ClusterBackupSpec, quoter: &Quoter) -> String {
    let mut text = String::new();
    let exists = if spec.options.if_exists { "IF EXISTS " } else { "" };
    let drop = |kind: &str, name: &str| format!("DROP {kind} {exists}{};\n", quoter.ident(name));
    if wants_tablespaces(spec) {
        let mut names: Vec<&str> =
            globals.tablespaces.iter().map(|tablespace| tablespace.name.as_str()).collect();
        names.sort_unstable();
        let drops = names.into_iter().map(|name| drop("TABLESPACE", name));
        section(&mut text, "Drop tablespaces", drops);
    }
    if spec.content.roles() {
        let drops = globals.roles.iter().map(|role| drop("ROLE", &role.name));
        section(&mut text, "Drop roles", drops);
    }
    text
}

/// A section stands under its heading, if it has commands; the blank lines after it are there anyway.
fn section(text: &mut String, title: &str, commands: impl ExactSizeIterator<Item = String>) {
    if commands.len() > 0 {
        push!(text, "--\n-- {title}\n--\n\n");
    }
    commands.for_each(|command| text.push_str(&command));
    text.push_str("\n\n");
}
