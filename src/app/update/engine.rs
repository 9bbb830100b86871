//! What the engine reports. Answers to questions that nobody asks any more are ignored.

use crate::app::App;
use crate::app::focus::Pane;
use crate::app::notify::Level;
use crate::app::panes::browser::Node;
use crate::engine::event::Event;
use crate::model::catalog::{Catalog, DatabaseInfo};
use crate::model::conn::ConnState;
use crate::model::id::{JobId, RequestId};
use crate::model::job::{ErrorReport, JobEvent, Outcome};
use crate::model::spec::JobSpec;
use jiff::Timestamp;

impl App {
    pub(super) fn engine_event(&mut self, event: Event) {
        match event {
            Event::Connection(state) => self.connection(*state),
            Event::Databases { request, result } => self.databases_came(request, result),
            Event::Catalog { request, database, result } => {
                self.catalog_came(request, &database, result.map(|catalog| *catalog));
            }
            Event::Archive { request, result } => self.archive_came(request, result),
            Event::Look { request, result } => self.look_came(request, result),
            Event::Cluster { request, result } => self.cluster_came(request, result),
            Event::Planned { job, result } => self.planned(job, result),
            Event::History { request, records, unreadable } => {
                if self.history_request.take_if(|asked| *asked == request).is_some() {
                    self.merge_history(records);
                    for reason in &unreadable {
                        self.warn(format!("a record of the history could not be read: {reason}"));
                    }
                    self.jobs.unreadable = unreadable;
                }
            }
            Event::JobLog { job, result } => self.job_log_came(job, result),
            Event::ProcessRate { limit } => self.process_rate = limit,
            Event::Job { job, at, event } => self.job_event(job, at, &event),
        }
    }

    fn connection(&mut self, state: ConnState) {
        let was_connected = self.server.is_connected();
        let first_failure = matches!(state, ConnState::Retrying { attempt: 0 | 1, .. });
        match &state {
            ConnState::Connected { server, .. } => self.server.info = Some(server.clone()),
            ConnState::Retrying { address, reason, .. } if was_connected => {
                self.warn(format!("lost the connection to {address}: {reason}"));
            }
            ConnState::Retrying { address, reason, .. } if first_failure => {
                self.warn(format!("cannot reach {address}: {reason}"));
            }
            ConnState::Failed { address, reason, hint } => {
                let place = if address.is_empty() { "the server" } else { address };
                let text = format!("cannot connect to {place}: {reason}");
                self.note(Level::Error, text, hint.clone());
            }
            _ => {}
        }
        let is_connected = matches!(state, ConnState::Connected { .. });
        self.server.state = state;
        self.server.since = self.now;
        if self.server.name.is_empty() {
            self.server.name = self.server.address().to_owned();
        }
        match (was_connected, is_connected) {
            (true, false) => self.server.lose(),
            (false, true) => self.connected(),
            _ => {}
        }
    }

    /// Reads what is shown again.
    fn connected(&mut self) {
        self.load_databases();
        let stale: Vec<String> = self
            .server
            .catalogs
            .iter()
            .filter(|(_, entry)| entry.catalog.stale || entry.catalog.value.is_none())
            .map(|(name, _)| name.clone())
            .collect();
        if !stale.is_empty() {
            self.info("connected again");
        }
        for database in stale {
            self.load_catalog(&database, true);
        }
    }

    fn databases_came(
        &mut self,
        request: RequestId,
        result: Result<Vec<DatabaseInfo>, ErrorReport>,
    ) {
        let first = self.server.databases.value.is_none();
        let error = result.as_ref().err().cloned();
        if !self.server.databases.answer(request, self.now, result) {
            return;
        }
        if let Some(error) = error {
            self.report("the databases could not be listed", error);
        } else if first {
            self.choose_first_database();
        }
    }

    /// Opens the database that was asked for or connected to, or the only one there is.
    fn choose_first_database(&mut self) {
        let Some(list) = &self.server.databases.value else { return };
        let asked = self.server.target_database();
        let mut others = list.iter().filter(|info| info.connectable && info.name != "postgres");
        let only = match (others.next(), others.next()) {
            (Some(one), None) => Some(one.name.clone()),
            _ => None,
        };
        let known = |name: &String| list.iter().any(|i| i.name == *name && i.connectable);
        // Everybody who names no database lands in `postgres`, seldom to back it up.
        let connected = self.server.connected_database().filter(|name| *name != "postgres");
        let named = asked.filter(known).or_else(|| connected.map(str::to_owned).filter(known));
        let Some(name) = named.or(only) else { return };
        self.browser.expanded.insert(name.clone());
        self.browser.cursor.want(Node::Database(name.clone()));
        self.load_catalog(&name, false);
    }

    fn catalog_came(
        &mut self,
        request: RequestId,
        database: &str,
        result: Result<Catalog, ErrorReport>,
    ) {
        let Some(entry) = self.server.catalogs.get_mut(database) else { return };
        let error = result.as_ref().err().cloned();
        if !entry.catalog.answer(request, self.now, result) {
            return;
        }
        if let Some(error) = error {
            entry.tick_when_loaded = false;
            self.report(&format!("the tables of {database} could not be read"), error);
            return;
        }
        let gone = entry.catalog_came();
        if let Some(first) = gone.first() {
            let more = match gone.len() {
                1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            self.warn(format!("ticked tables of {database} are gone: {first}{more}"));
        }
    }

    fn report(&mut self, what: &str, error: ErrorReport) {
        self.note(Level::Error, format!("{what}: {}", error.message), error.hint);
    }

    fn job_event(&mut self, id: JobId, at: Timestamp, event: &JobEvent) {
        let Some(job) = self.jobs.jobs.iter_mut().find(|job| job.id == id) else { return };
        let was_running = job.is_running();
        job.apply(at, event);
        match event {
            JobEvent::Message { level, text } if *level >= Level::Warning => {
                let message = self.message(*level, text.clone(), None, Some(id));
                self.notes.log(message);
            }
            JobEvent::Finished { outcome, .. } if was_running => self.job_ended(id, outcome),
            _ => {}
        }
    }

    fn job_ended(&mut self, id: JobId, outcome: &Outcome) {
        let Some(job) = self.jobs.job(id) else { return };
        let title = job.title();
        let restored = job.spec.as_ref().is_some_and(JobSpec::is_restore);
        let (level, text, hint) = match outcome {
            Outcome::Complete => (Level::Info, format!("{title}: complete"), None),
            Outcome::Incomplete { reasons } => {
                let first = reasons.first().map_or("", String::as_str);
                let text = format!("{title}: incomplete, {} missing: {first}", reasons.len());
                (Level::Error, text, None)
            }
            Outcome::Damaged { findings } => {
                let first = findings.first().map_or("", String::as_str);
                let text = format!("{title}: damaged, {} found: {first}", findings.len());
                (Level::Error, text, None)
            }
            Outcome::Failed { error } => {
                (Level::Error, format!("{title}: failed: {}", error.message), error.hint.clone())
            }
            Outcome::Cancelled { left } => {
                (Level::Warning, format!("{title}: cancelled; {left}"), None)
            }
            Outcome::Panicked { message } => (
                Level::Error,
                format!("{title}: crashed: {message}"),
                Some("this is a bug in dbbackup; the job's log has the report".to_owned()),
            ),
        };
        let message = self.message(level, text, hint, Some(id));
        self.notes.toast(message);
        if self.focus == Pane::Log && level < Level::Error {
            self.notes.dismiss();
        }
        if restored && self.server.is_connected() {
            self.refresh();
        }
        self.close_what_is_settled(id);
        self.leave_if_idle();
    }
}
