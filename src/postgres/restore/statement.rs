//! How the sessions of a restore are set up. Pure text; runs nothing. What belongs to single entries
//! is in [`crate::archive::statement`].

use crate::archive::head::Head;
use crate::model::name::quote_always;
use crate::model::spec::RestoreSpec;

/// What every session of a restore is set to before it does anything.
pub(super) fn session_setup(head: &Head, spec: &RestoreSpec, server_version: u32) -> String {
    let mut sql = String::from(
        "SET statement_timeout = 0;\nSET lock_timeout = 0;\n\
         SET idle_in_transaction_session_timeout = 0;\nSET client_encoding = 'UTF8';\n\
         SET check_function_bodies = false;\nSET xmloption = content;\n\
         SET client_min_messages = warning;\n",
    );
    sql.push_str(if spec.options.enable_row_security {
        "SET row_security = on;\n"
    } else {
        "SET row_security = off;\n"
    });
    if server_version >= 140_000 {
        sql.push_str("SET idle_session_timeout = 0;\n");
    }
    if server_version >= 170_000 {
        sql.push_str("SET transaction_timeout = 0;\n");
    }
    if !spec.single_transaction && !spec.options.no_tuning {
        // The end of the restore flushes the log once for all.
        sql.push_str("SET synchronous_commit = off;\n");
    }
    sql.push_str("SET escape_string_warning = off;\nSET standard_conforming_strings = ");
    sql.push_str(if head.standard_conforming_strings() { "on;\n" } else { "off;\n" });
    if let Some(role) = &spec.role {
        sql.push_str("SET ROLE ");
        sql.push_str(&quote_always(role));
        sql.push_str(";\n");
    }
    if let Some(statement) = head.search_path_statement() {
        sql.push_str(statement);
    }
    sql
}
