//! A question answered by a line of text.

use std::path::PathBuf;

use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::panes::jobs::JobRow;
use crate::app::text::TextField;
use crate::model::id::JobId;
use crate::model::size::RateLimit;
use crate::model::spec::JobSpec;

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
            help: "the path of a custom-format archive, of dbbackup or of pg_dump".into(),
            field: TextField::new(field),
            error: None,
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
        Some(JobSpec::Restore(spec)) => Some(spec.archive.clone()),
        _ => None,
    })
}

fn wrong(ask: &Ask, text: &str) -> Option<String> {
    match ask {
        // The server reads the condition when the plan is made.
        Ask::Where { .. } => None,
        Ask::Rate(_) => text.parse::<RateLimit>().err().map(|error| error.to_string()),
        Ask::Archive => text.is_empty().then(|| "write the path of an archive".to_owned()),
    }
}
