//! Backups of a whole cluster, and restores from them.

use crate::app::form::{Field, FieldId, Form};
use crate::model::spec::ClusterContent;

pub mod backup;
pub mod contents;
pub mod restore;

/// The field that leaves passwords out.
fn no_role_passwords(help: &'static str) -> Field {
    Field::toggle(FieldId::NoRolePasswords, "Without passwords", false, help)
}

/// Refuses two options at once, in the words of the command line; says whether it did.
fn refuses_both(form: &mut Form, at: FieldId, one: &str, other: &str) -> bool {
    form.complain(at, format!("options {one} and {other} cannot be used together"));
    true
}

/// Refuses what goes with neither definitions nor databases; says whether it did.
fn refuses_rows_alone(form: &mut Form, content: ClusterContent, clean: (FieldId, bool)) -> bool {
    const DATA_ONLY: &str = "-a/--data-only";
    match content.flag() {
        _ if clean.1 => refuses_both(form, clean.0, "-c/--clean", DATA_ONLY),
        Some(flag) if !content.databases() => refuses_both(form, FieldId::Parts, DATA_ONLY, flag),
        _ => false,
    }
}
