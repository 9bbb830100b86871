//! Runs the statements of the globals on a server: what is wanted of them, in the dialect of the
//! server, each by itself, with a report of those that failed.
//!
//! The role that is connected keeps its password and its attributes to the very end: the sessions of
//! the databases still have to come in.

use std::collections::BTreeSet;

use crate::error::{Error, ErrorKind, Result};
use crate::model::job::Level;
use crate::model::spec::ClusterRestoreSpec;
use crate::postgres::connect::{Session, database_error};
use crate::postgres::globals::statement::{self, About, Statement};
use crate::work::WorkContext;

/// Object exists already.
const EXISTS: &str = "42710";

/// What came of the statements.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// Statements that failed, in words.
    pub(super) problems: Vec<String>,
    /// What was there already.
    existing: BTreeSet<String>,
    /// Statements that could lock the restore out.
    late: Vec<Step>,
    /// How many were run.
    pub(super) done: usize,
}

/// A statement to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// For people: "role app".
    pub(super) label: String,
    pub(super) sql: String,
    pub(super) turn: Turn,
    /// That it exists is no failure.
    makes: bool,
    /// What to run where the grantor that it names may not grant here.
    fallback: Option<String>,
}

/// When a statement may be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// In its place.
    Now,
    /// After all databases.
    Late,
    /// It may take the right to do anything else.
    Last,
}

/// What is wanted of a script, for a server of this version and this user; and what the user should
/// know of what is left out.
pub(super) fn steps(
    script: &str,
    spec: &ClusterRestoreSpec,
    (version, user): (u32, &str),
) -> Result<(Vec<Step>, Vec<String>)> {
    let mut steps = Vec::new();
    let mut warnings = Vec::new();
    let mut parameters = 0;
    let mut memberships = 0;
    for statement in statement::split(script)? {
        let about = statement.about();
        if !is_wanted(&statement, &about, spec) {
            continue;
        }
        if version < 150_000 && matches!(about, About::Parameter(_)) {
            parameters += 1;
            continue;
        }
        memberships += usize::from(statement.loses_options(version));
        let sql = match &about {
            About::Role(_) if spec.no_role_passwords => statement.without_password(),
            _ => statement.for_server(version),
        };
        // A server's own settings for everybody reach the sessions to come, too.
        let turn = match &about {
            About::Role(Some(name)) if name == user && statement.has_attributes() => Turn::Last,
            About::Role(Some(name)) if name == user => Turn::Late,
            About::Role(None) => Turn::Late,
            _ => Turn::Now,
        };
        let makes = matches!(about, About::NewRole(_) | About::NewTablespace(_));
        let fallback = statement.without_grantor().filter(|_| version >= 160_000);
        steps.push(Step { label: label(&about), sql, turn, makes, fallback });
    }
    if parameters > 0 {
        warnings.push(format!(
            "{parameters} grants on parameters are left out: servers before 15 have none"
        ));
    }
    if memberships > 0 {
        warnings.push(format!(
            "{memberships} memberships lose their options INHERIT FALSE or SET FALSE: servers \
             before 16 have none"
        ));
    }
    Ok((steps, warnings))
}

fn is_wanted(statement: &Statement, about: &About, spec: &ClusterRestoreSpec) -> bool {
    let of_part = match about {
        About::Session => true,
        About::NewRole(_) | About::Role(_) | About::Membership(..) => spec.content.roles(),
        About::Parameter(_) => spec.content.roles() && !spec.no_privileges,
        About::NewTablespace(_) | About::Tablespace(_) => {
            spec.content.tablespaces() && !spec.options.left_out.tablespaces
        }
        // What is to be dropped is dropped before, by name.
        About::Drop => false,
        About::Other => spec.content.roles() || spec.content.tablespaces(),
    };
    of_part
        && !(statement.is_privilege() && spec.no_privileges)
        && !(statement.is_comment() && spec.options.left_out.comments)
        && !(statement.is_label() && spec.options.left_out.security_labels)
}

fn label(about: &About) -> String {
    match about {
        About::Session => "the session's settings".to_owned(),
        About::NewRole(name) | About::Role(Some(name)) => format!("role {name}"),
        About::Role(None) => "settings of all roles".to_owned(),
        About::Membership(role, member) => format!("the membership of {member} in {role}"),
        About::NewTablespace(name) | About::Tablespace(name) => format!("tablespace {name}"),
        About::Parameter(name) => format!("the privileges on parameter {name}"),
        About::Drop | About::Other => "a statement of the script".to_owned(),
    }
}

/// Names of the roles and of the tablespaces that the steps make.
pub(super) fn made(script: &str) -> Result<(Vec<String>, Vec<String>)> {
    let (mut roles, mut tablespaces) = (Vec::new(), Vec::new());
    for statement in statement::split(script)? {
        match statement.about() {
            About::NewRole(name) => roles.push(name),
            About::NewTablespace(name) => tablespaces.push(name),
            _ => {}
        }
    }
    Ok((roles, tablespaces))
}

impl Applied {
    /// Runs the steps that may be run now.
    pub(super) async fn run(
        &mut self,
        session: &Session,
        steps: Vec<Step>,
        (spec, work): (&ClusterRestoreSpec, &WorkContext),
    ) -> Result<()> {
        for step in steps {
            work.check()?;
            if step.turn > Turn::Now {
                self.late.push(step);
            } else {
                self.step(session, step, (spec, work)).await?;
            }
        }
        if !self.existing.is_empty() {
            let names: Vec<&str> = self.existing.iter().map(String::as_str).collect();
            let text = format!(
                "{} there already, and get what the backup says of them",
                match names.as_slice() {
                    [one] => format!("{one} was"),
                    many => format!("{} were", many.join(", ")),
                }
            );
            work.message(Level::Info, text).await;
        }
        Ok(())
    }

    async fn step(
        &mut self,
        session: &Session,
        step: Step,
        (spec, work): (&ClusterRestoreSpec, &WorkContext),
    ) -> Result<()> {
        let result = session.client.batch_execute(&step.sql).await;
        let Err(error) = result else {
            self.done += 1;
            return Ok(());
        };
        let error = database_error(&format!("restoring {}", step.label), error);
        if step.makes && error.sqlstate() == Some(EXISTS) {
            self.existing.insert(step.label);
            return Ok(());
        }
        if let Some(sql) = &step.fallback
            && matches!(error.kind(), ErrorKind::Database)
            && session.client.batch_execute(sql).await.is_ok()
        {
            self.done += 1;
            let text = format!("{} has another grantor now: {}", step.label, error.chain());
            work.message(Level::Warning, text).await;
            return Ok(());
        }
        self.failed(with_way_out(error, &step.label), (spec, work)).await
    }

    async fn failed(
        &mut self,
        error: Error,
        (spec, work): (&ClusterRestoreSpec, &WorkContext),
    ) -> Result<()> {
        if spec.exit_on_error || matches!(error.kind(), ErrorKind::Connection) {
            return Err(error);
        }
        let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
        let text = format!("{}{hint}", error.chain());
        work.message(Level::Error, text.clone()).await;
        self.problems.push(text);
        Ok(())
    }

    /// Whether something waits for the end.
    pub(super) fn has_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// Runs what had to wait: the connected role's own attributes last of all.
    pub(super) async fn run_late(
        &mut self,
        session: &Session,
        job: (&ClusterRestoreSpec, &WorkContext),
    ) -> Result<()> {
        let mut late = std::mem::take(&mut self.late);
        late.sort_by_key(|step| step.turn);
        for step in late {
            self.step(session, step, job).await?;
        }
        Ok(())
    }
}

/// What to do about a tablespace whose folder is not there.
fn with_way_out(error: Error, label: &str) -> Error {
    if label.starts_with("tablespace ") && error.hint().is_none() {
        return error.with_hint(
            "make its folder on the server, empty and owned by the server's user, or name another \
             in globals.sql, or restore with --no-tablespaces",
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::conn::Target;
    use crate::model::spec::ClusterContent;

    const SCRIPT: &str = "SET a = 1;\nDROP ROLE x;\nCREATE ROLE app;\n\
        ALTER ROLE app WITH LOGIN PASSWORD 'x';\nCREATE ROLE boss;\nALTER ROLE boss WITH SUPERUSER;\n\
        ALTER ROLE ALL SET a TO '1';\nGRANT a TO b WITH INHERIT FALSE GRANTED BY c;\n\
        GRANT SET ON PARAMETER p TO app;\nCREATE TABLESPACE t OWNER o LOCATION '/x';\n\
        GRANT ALL ON TABLESPACE t TO app;\nCOMMENT ON TABLESPACE t IS 'c';\n";

    fn wanted(version: u32, change: impl FnOnce(&mut ClusterRestoreSpec)) -> Vec<String> {
        let mut spec = ClusterRestoreSpec::new(Target::default(), "/b");
        change(&mut spec);
        let (steps, _) = steps(SCRIPT, &spec, (version, "boss")).unwrap();
        steps.into_iter().map(|step| step.sql).collect()
    }

    #[test]
    fn parts_of_the_globals_are_chosen() {
        assert_eq!(
            wanted(180_000, |spec| spec.content = ClusterContent::TablespacesOnly),
            [
                "SET a = 1",
                "CREATE TABLESPACE t OWNER o LOCATION '/x'",
                "GRANT ALL ON TABLESPACE t TO app",
                "COMMENT ON TABLESPACE t IS 'c'"
            ]
        );
        let roles = wanted(180_000, |spec| {
            spec.options.left_out.tablespaces = true;
            spec.no_role_passwords = true;
            spec.no_privileges = true;
        });
        assert_eq!(roles.len(), 7, "{roles:?}");
        assert!(roles.contains(&"ALTER ROLE app WITH LOGIN".to_owned()), "{roles:?}");
    }

    #[test]
    fn an_older_server_is_spared_what_it_does_not_know_and_the_user_is_told() {
        let spec = ClusterRestoreSpec::new(Target::default(), "/b");
        let (steps, warnings) = steps(SCRIPT, &spec, (140_000, "boss")).unwrap();
        assert!(steps.iter().all(|step| !step.sql.contains("PARAMETER")));
        assert!(steps.iter().any(|step| step.sql == "GRANT a TO b"));
        assert_eq!(warnings.len(), 2, "{warnings:?}");
    }

    #[test]
    fn what_could_lock_the_restore_out_comes_last() {
        let spec = ClusterRestoreSpec::new(Target::default(), "/b");
        let (steps, _) = steps(SCRIPT, &spec, (180_000, "boss")).unwrap();
        let late: Vec<(Turn, &str)> = steps
            .iter()
            .filter(|step| step.turn > Turn::Now)
            .map(|step| (step.turn, step.sql.as_str()))
            .collect();
        assert_eq!(
            late,
            [
                (Turn::Last, "ALTER ROLE boss WITH SUPERUSER"),
                (Turn::Late, "ALTER ROLE ALL SET a TO '1'")
            ]
        );
    }
}
