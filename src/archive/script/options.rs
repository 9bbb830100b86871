//! What is asked of a script.

use crate::model::spec::{BackupSpec, RestoreSpec};

/// Options of a script, with the meaning of pg_dump's and pg_restore's of the same names. What is
/// chosen, and the parts of it, is decided before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScriptOptions {
    /// The key between `\restrict` and `\unrestrict`; `None` leaves both out.
    pub restrict_key: Option<String>,
    /// Drop the objects first.
    pub clean: bool,
    /// With `clean`: IF EXISTS.
    pub if_exists: bool,
    /// The script makes the database and connects to it.
    pub create: bool,
    /// No owners.
    pub no_owner: bool,
    /// Owners by SET SESSION AUTHORIZATION.
    pub use_set_session_authorization: bool,
    /// SET ROLE at the beginning.
    pub role: Option<String>,
    /// No tablespaces.
    pub no_tablespaces: bool,
    /// No table access methods.
    pub no_table_access_method: bool,
    /// Disable triggers around rows, when the script has no definitions.
    pub disable_triggers: bool,
    /// Who disables them.
    pub superuser: Option<String>,
    /// `row_security` on.
    pub enable_row_security: bool,
    /// One transaction around all.
    pub single_transaction: bool,
    /// Every identifier in quotes.
    pub quote_all_identifiers: bool,
}

impl ScriptOptions {
    /// What a plain backup asks for, with this key.
    pub fn of_backup(spec: &BackupSpec, restrict_key: String) -> Self {
        let options = &spec.options;
        Self {
            restrict_key: Some(restrict_key),
            clean: options.clean,
            if_exists: options.if_exists,
            create: options.create,
            no_owner: spec.no_owner,
            use_set_session_authorization: options.use_set_session_authorization,
            role: None,
            no_tablespaces: options.left_out.tablespaces,
            no_table_access_method: options.left_out.table_access_method,
            disable_triggers: options.disable_triggers,
            superuser: options.superuser.clone(),
            enable_row_security: options.enable_row_security,
            single_transaction: false,
            quote_all_identifiers: options.quote_all_identifiers,
        }
    }

    /// What a restore into a script asks for, with this key.
    pub fn of_restore(spec: &RestoreSpec, restrict_key: String) -> Self {
        let options = &spec.options;
        Self {
            restrict_key: Some(restrict_key),
            clean: spec.clean,
            if_exists: spec.if_exists,
            create: spec.create_database,
            no_owner: spec.no_owner,
            use_set_session_authorization: options.use_set_session_authorization,
            role: spec.role.clone(),
            no_tablespaces: options.left_out.tablespaces,
            no_table_access_method: options.left_out.table_access_method,
            disable_triggers: spec.disable_triggers,
            superuser: options.superuser.clone(),
            enable_row_security: options.enable_row_security,
            single_transaction: spec.single_transaction,
            quote_all_identifiers: false,
        }
    }

    /// What the `restore.sql` of a tar archive has: the drop and the making of everything, the
    /// database too.
    pub fn of_tar(spec: &BackupSpec) -> Self {
        Self {
            restrict_key: None,
            clean: true,
            create: true,
            superuser: None,
            ..Self::of_backup(spec, String::new())
        }
    }
}
