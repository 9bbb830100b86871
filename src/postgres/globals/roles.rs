//! Roles: attributes, passwords, comments, labels and settings.

use crate::error::Result;
use crate::model::secret::Secret;
use crate::model::spec::ClusterBackupSpec;
use crate::postgres::schema::query::Reader;
use crate::postgres::schema::quote::{Quoter, escaped_literal};

use super::{Label, label_columns, label_commands, labels, needs_superuser};

/// The words for what a role may do, with the prefix `NO` for what it may not, in pg_dumpall's order.
const ATTRIBUTES: [&str; 7] =
    ["SUPERUSER", "INHERIT", "CREATEROLE", "CREATEDB", "LOGIN", "REPLICATION", "BYPASSRLS"];

/// A role; those of the system are none.
#[derive(Debug, Clone)]
pub(super) struct Role {
    pub(super) name: String,
    /// What it may do, in the order of [`ATTRIBUTES`].
    attributes: [bool; 7],
    /// -1 means any number.
    connection_limit: i32,
    /// As the server keeps it.
    password: Option<Secret>,
    valid_until: Option<String>,
    comment: Option<String>,
    labels: Vec<Label>,
    /// `name=value`, in every database.
    pub(super) settings: Vec<String>,
}

/// Reads the roles by name.
pub(super) async fn read(reader: &Reader<'_>, spec: &ClusterBackupSpec) -> Result<Vec<Role>> {
    let catalog = if spec.no_role_passwords { "pg_roles" } else { "pg_authid" };
    let password = if spec.no_role_passwords { "NULL::text" } else { "r.rolpassword" };
    let comment = if spec.options.left_out.comments {
        "NULL::text"
    } else {
        "pg_catalog.shobj_description(r.oid, 'pg_authid')"
    };
    let sql = format!(
        "SELECT r.rolname::text, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb,
                r.rolcanlogin, r.rolreplication, r.rolbypassrls, r.rolconnlimit, {password},
                r.rolvaliduntil::text, {comment}, {labels},
                ARRAY(SELECT x.setting FROM pg_catalog.pg_db_role_setting s,
                             unnest(s.setconfig) WITH ORDINALITY AS x (setting, i)
                       WHERE s.setdatabase = 0 AND s.setrole = r.oid ORDER BY x.i)
           FROM pg_catalog.{catalog} r
          WHERE r.rolname !~ '^pg_'
          ORDER BY r.rolname",
        labels = label_columns("pg_authid", "r.oid"),
    );
    let rows = reader.read("roles", &sql, &[], |f| {
        let name = f.take()?;
        let mut attributes = [false; 7];
        for attribute in &mut attributes {
            *attribute = f.take()?;
        }
        Ok(Role {
            name,
            attributes,
            connection_limit: f.take()?,
            password: f.take::<Option<String>>()?.map(Secret::new),
            valid_until: f.take()?,
            comment: f.take()?,
            labels: labels(f.list()?, f.list()?),
            settings: f.list()?,
        })
    });
    let mut roles = rows.await.map_err(needs_superuser)?;
    if spec.options.left_out.security_labels {
        for role in &mut roles {
            role.labels.clear();
        }
    }
    Ok(roles)
}

/// Settings that hold for all roles in all databases.
pub(super) async fn read_settings_of_all(reader: &Reader<'_>) -> Result<Vec<String>> {
    let sql = "SELECT x.setting
                 FROM pg_catalog.pg_db_role_setting s,
                      unnest(s.setconfig) WITH ORDINALITY AS x (setting, i)
                WHERE s.setdatabase = 0 AND s.setrole = 0 ORDER BY x.i";
    reader.column("settings of all roles", sql, &[]).await
}

impl Role {
    /// The commands that make the role. The second gives it its attributes also where it exists.
    pub(super) fn commands(&self, quoter: &Quoter) -> String {
        let name = quoter.ident(&self.name);
        let mut text = format!("CREATE ROLE {name};\nALTER ROLE {name} WITH");
        for (word, has) in ATTRIBUTES.into_iter().zip(self.attributes) {
            push!(text, " {}{word}", if has { "" } else { "NO" });
        }
        if self.connection_limit != -1 {
            push!(text, " CONNECTION LIMIT {}", self.connection_limit);
        }
        if let Some(password) = &self.password {
            push!(text, " PASSWORD {}", escaped_literal(password.expose()));
        }
        if let Some(time) = &self.valid_until {
            push!(text, " VALID UNTIL {}", escaped_literal(time));
        }
        text.push_str(";\n");
        if let Some(comment) = &self.comment {
            push!(text, "COMMENT ON ROLE {name} IS {};\n", escaped_literal(comment));
        }
        text + &label_commands(quoter, &self.labels, "ROLE", &name)
    }

    /// The commands of its settings, under a heading; empty where it has none.
    pub(super) fn setting_commands(&self, quoter: &Quoter) -> String {
        if self.settings.is_empty() {
            return String::new();
        }
        let heading = self.name.replace(['\n', '\r'], " ");
        let mut text = format!("\n--\n-- User Config \"{heading}\"\n--\n\n");
        for setting in &self.settings {
            let (name, setting) = (quoter.ident(&self.name), quoter.shared_setting(setting));
            push!(text, "ALTER ROLE {name} {setting};\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_made_and_then_altered_so_that_one_that_exists_gets_the_same() {
        let role = Role {
            name: "Odd \"R\"".into(),
            attributes: [true, false, true, false, true, false, true],
            connection_limit: 0,
            password: Some(Secret::new("md5'x\\")),
            valid_until: Some("infinity".into()),
            comment: Some("a\nb".into()),
            labels: labels(vec!["selinux".into()], vec!["it's".into()]),
            settings: Vec::new(),
        };
        assert_eq!(
            role.commands(&Quoter::default()),
            "CREATE ROLE \"Odd \"\"R\"\"\";\n\
             ALTER ROLE \"Odd \"\"R\"\"\" WITH SUPERUSER NOINHERIT CREATEROLE NOCREATEDB LOGIN \
             NOREPLICATION BYPASSRLS CONNECTION LIMIT 0 PASSWORD E'md5''x\\\\' \
             VALID UNTIL 'infinity';\n\
             COMMENT ON ROLE \"Odd \"\"R\"\"\" IS 'a\nb';\n\
             SECURITY LABEL FOR selinux ON ROLE \"Odd \"\"R\"\"\" IS 'it''s';\n"
        );
        assert!(!format!("{role:?}").contains("md5"), "a password is never shown");
    }

    #[test]
    fn a_name_with_a_line_break_cannot_leave_its_comment() {
        let role = Role {
            name: "a\n\\! rm".into(),
            attributes: [false; 7],
            connection_limit: -1,
            password: None,
            valid_until: None,
            comment: None,
            labels: Vec::new(),
            settings: vec!["work_mem=1MB".into()],
        };
        let text = role.setting_commands(&Quoter::default());
        assert!(text.starts_with("\n--\n-- User Config \"a \\! rm\"\n--\n\n"), "{text}");
    }
}
