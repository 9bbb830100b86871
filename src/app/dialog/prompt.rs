//! A question answered by a line of text.

use std::path::{Path, PathBuf};

use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::panes::jobs::JobRow;
use crate::app::text::TextField;
use crate::model::id::JobId;
use crate::model::size::RateLimit;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A predicate for this table of this database.
    Where {
        /// The database.
        database: String,
        /// The table.
        oid: u32,
    },
    /// A rate limit for this job.
    Rate(JobId),
    /// The archive to restore from.
    Archive,
    /// The name under which this database of a cluster's backup is restored.
    DatabaseName(String),
}

/// The dialog.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What is asked for.
    pub ask: Ask,
    /// The question.
    pub title: String,
    /// Examples, or what an empty answer means.
    pub help: String,
    /// The answer.
    pub field: TextField,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl App {
    /// Asks for a table's predicate.
    pub(in crate::app) fn ask_where(&mut self) {
        let Some(scope) = &self.tables.scope else { return };
        let Some((entry, _)) = self.scoped() else { return };
        let Some(relation) = self.current_relation() else { return };
        let predicate = entry.selection.predicate(relation.oid).unwrap_or_default();
        self.dialogs.push(Dialog::Prompt(Prompt {
            ask: Ask::Where { database: scope.database.clone(), oid: relation.oid },
            title: format!("Rows of {} where", relation.name),
            help: "a SQL condition, such as created_at >= '2026-01-01'; empty for all rows".into(),
            field: TextField::new(predicate),
            error: None,
        }));
    }

    /// Asks for the archive to restore from.
    pub(in crate::app) fn ask_archive(&mut self) {
        let of_job = self.jobs.current().and_then(archive_of);
        let path = of_job.or_else(|| self.jobs.jobs.iter().find_map(archive_of));
        let field = path.map(|path| path.display().to_string()).unwrap_or_default();
        self.dialogs.push(Dialog::Prompt(Prompt {
            ask: Ask::Archive,
            title: "Restore from archive".into(),
            help: "an archive of dbbackup or pg_dump, or the folder of a cluster's backup".into(),
            field: TextField::new(field),
            error: None,
        }));
    }

    /// Asks for the name of the database under the cursor in a cluster's backup.
    pub(in crate::app) fn ask_database_name(&mut self) {
        let Some(Dialog::ClusterRestore(dialog)) = self.dialogs.last() else { return };
        let Some(database) = dialog.contents.current_database() else { return };
        self.dialogs.push(Dialog::Prompt(Prompt {
            title: format!("Restore {database} under the name"),
            help: "the name of a new or an existing database; empty for its own".into(),
            field: TextField::new(dialog.contents.target_of(database)),
            error: None,
            ask: Ask::DatabaseName(database.to_owned()),
        }));
    }

    /// Enter: takes the answer, or says what is wrong with it.
    pub(in crate::app) fn answer_prompt(&mut self) {
        let Some(Dialog::Prompt(prompt)) = self.dialogs.last_mut() else { return };
        let (ask, text) = (prompt.ask.clone(), prompt.field.trimmed().to_owned());
        if let Some(error) = wrong(&ask, &text) {
            prompt.error = Some(error);
            return;
        }
        self.dialogs.pop();
        match ask {
            Ask::Where { database, oid } => self.set_predicate(&database, oid, &text),
            Ask::Archive => self.open_archive(&text),
            Ask::DatabaseName(database) => {
                if let Some(Dialog::ClusterRestore(dialog)) = self.dialogs.last_mut() {
                    dialog.contents.rename(&database, &text);
                }
            }
            Ask::Rate(job) => {
                if let Ok(limit) = text.parse() {
                    self.set_rate(job, limit);
                }
            }
        }
    }
}

/// The archive that a job made or read.
fn archive_of(job: &JobRow) -> Option<PathBuf> {
    job.state.output.clone().or_else(|| match &job.spec {
        Some(spec) => spec.source().map(Path::to_owned),
        None => None,
    })
}

fn wrong(ask: &Ask, text: &str) -> Option<String> {
    match ask {
        // The server reads the condition when the plan is made.
        Ask::Where { .. } => None,
        Ask::DatabaseName(_) => {
            (text == "template0").then(|| "a restore never writes into template0".to_owned())
        }
        Ask::Rate(_) => text.parse::<RateLimit>().err().map(|error| error.to_string()),
        Ask::Archive => text.is_empty().then(|| "write the path of an archive".to_owned()),
    }
}
