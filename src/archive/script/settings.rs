//! What a script says besides its entries: header, settings, connections, footer.

use std::fmt::Write as _;

use crate::archive::head::Head;
use crate::archive::statement::{Quoting, literal};

use super::ScriptOptions;

/// A name that must not break out of the comment it stands in.
pub(super) fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// The comment at the beginning, up to the settings.
pub(super) fn header(head: &Head, options: &ScriptOptions) -> String {
    let restrict = match &options.restrict_key {
        Some(key) => format!("\\restrict {key}\n\n"),
        None => String::new(),
    };
    let begin = if options.single_transaction { "BEGIN;\n\n" } else { "" };
    format!(
        "--\n-- PostgreSQL database dump\n--\n\n{restrict}\
         -- Dumped from database version {}\n-- Dumped by pg_dump version {}\n\n{begin}",
        one_line(&head.header.server_version),
        one_line(&head.header.dumper_version),
    )
}

/// The comment at the end.
pub(super) fn footer(options: &ScriptOptions) -> String {
    let commit = if options.single_transaction { "COMMIT;\n\n" } else { "" };
    let unrestrict = match &options.restrict_key {
        Some(key) => format!("\\unrestrict {key}\n\n"),
        None => String::new(),
    };
    format!("{commit}--\n-- PostgreSQL database dump complete\n--\n\n{unrestrict}")
}

/// What every session of the script is set to.
pub(super) fn session(head: &Head, options: &ScriptOptions, quoting: Quoting) -> String {
    let encoding = head.client_encoding().unwrap_or("UTF8");
    let standard = head.standard_conforming_strings();
    let on_off = |on| if on { "on" } else { "off" };
    let mut text = format!(
        "SET statement_timeout = 0;\nSET lock_timeout = 0;\n\
         SET idle_in_transaction_session_timeout = 0;\nSET transaction_timeout = 0;\n\
         SET client_encoding = '{encoding}';\n\
         SET standard_conforming_strings = {};\n",
        on_off(standard)
    );
    if let Some(role) = &options.role {
        let _ = writeln!(text, "SET ROLE {};", quoting.ident(role));
    }
    text.push_str(head.search_path_statement().unwrap_or_default());
    text.push_str(
        "SET check_function_bodies = false;\nSET xmloption = content;\n\
         SET client_min_messages = warning;\n",
    );
    if !standard {
        text.push_str("SET escape_string_warning = off;\n");
    }
    let _ = write!(text, "SET row_security = {};\n\n", on_off(options.enable_row_security));
    text
}

/// The commands that go on in another database.
pub(super) fn connect(database: &str, options: &ScriptOptions, quoting: Quoting) -> String {
    let connect = connect_command(database, quoting);
    match &options.restrict_key {
        Some(key) => format!("\\unrestrict {key}\n{connect}\\restrict {key}\n\n"),
        // pg_dump writes the empty line after the second command only.
        None => format!("{connect}\n"),
    }
}

/// A name that psql takes as it is needs no more; any other goes in as a connection string.
fn connect_command(database: &str, quoting: Quoting) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    if database.chars().all(plain) {
        return format!("\\connect {}\n", quoting.ident(database));
    }
    let value = database.replace('\\', "\\\\").replace('\'', "\\'");
    let target = quoting.ident(&format!("dbname='{value}'"));
    format!("\\encoding SQL_ASCII\n\\connect -reuse-previous=on {target}\n")
}

/// `SET SESSION AUTHORIZATION`, by name or back to the one who connected.
pub(super) fn session_authorization(user: &str, standard_conforming_strings: bool) -> String {
    if user.is_empty() {
        return "SET SESSION AUTHORIZATION DEFAULT;\n\n".to_owned();
    }
    format!("SET SESSION AUTHORIZATION {};\n\n", literal(user, standard_conforming_strings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_database_names_are_connected_to_by_a_connection_string() {
        let connect = |name| connect_command(name, Quoting::AsNeeded);
        assert_eq!(connect("shop"), "\\connect shop\n");
        assert_eq!(connect("Shop.1"), "\\connect \"Shop.1\"\n");
        assert_eq!(
            connect("a'b\\c\"d e"),
            "\\encoding SQL_ASCII\n\
             \\connect -reuse-previous=on \"dbname='a\\'b\\\\c\"\"d e'\"\n"
        );
    }
}
