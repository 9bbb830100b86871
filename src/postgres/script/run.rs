//! The run itself: events of the lexer, one after another, carried out.

use std::collections::HashSet;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::archive::script::lexer::{Command, Event, Lexer, Setting, Statement, setting};
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::{JobEvent, Level, Phase};
use crate::model::spec::{Codec, RestoreSpec};
use crate::postgres::connect::{Canceller, ConnParams, Notice, database_error};
use crate::postgres::restore::FLUSH;
use crate::work::WorkContext;

use super::account::Account;
use super::feed::{self, Piece};
use super::filter::{Filter, Turn, Without};
use super::pipeline::{Pipeline, Sent};
use super::rows::Loading;
use super::session::Target;
use super::{Prepared, Script, check};

/// A cancel request is repeated, as one that comes between two statements cancels nothing.
const CANCEL_AGAIN: Duration = Duration::from_millis(200);
/// After this the connection is given up.
const CANCEL_PATIENCE: Duration = Duration::from_secs(10);
/// Notices that may wait to be told.
const NOTICES: usize = 1024;
/// Characters of a statement that stand for it where the script names no object.
const SHOWN: usize = 50;

/// How a run ended.
pub(super) struct Stopped {
    pub(super) account: Account,
    /// The database that it was in.
    pub(super) database: String,
    pub(super) result: Result<()>,
}

/// Carries out a script.
pub(super) struct Runner<'a> {
    pub(super) spec: &'a RestoreSpec,
    pub(super) work: &'a WorkContext,
    pub(super) target: Target,
    pub(super) account: Account,
    params: ConnParams,
    lexer: Lexer,
    pipeline: Pipeline,
    notices: mpsc::Receiver<Notice>,
    canceller: Arc<Mutex<Canceller>>,
    /// Whether the user has seen the databases that the script goes to.
    looked_through: bool,
    database: String,
    /// The entries that are wanted, for each reading; `None` is everything.
    picked: Option<Vec<HashSet<u32>>>,
    /// What of this reading is carried out.
    filter: Filter,
    /// What the script says it is about now.
    pub(super) object: Option<Arc<str>>,
    /// Rows and bytes of it.
    pub(super) moved: (u64, u64),
    pub(super) has_rows: bool,
    /// Whether it is a COPY that the script gives no name.
    pub(super) is_nameless: bool,
    pub(super) loading: Option<Loading>,
}

impl<'a> Runner<'a> {
    /// Runs a script to its end, or to what stops it.
    pub(super) async fn run(
        spec: &'a RestoreSpec,
        work: &'a WorkContext,
        prepared: Prepared,
        script: Script,
    ) -> Stopped {
        let mut runner = match Self::open(spec, work, prepared).await {
            Ok(runner) => runner,
            Err(error) => {
                let account = Account::default();
                return Stopped { account, database: spec.database.clone(), result: Err(error) };
            }
        };
        let result = runner.drive_or_stop(script).await;
        runner.tell_notices().await;
        Stopped { account: runner.account, database: runner.database, result }
    }

    async fn open(
        spec: &'a RestoreSpec,
        work: &'a WorkContext,
        prepared: Prepared,
    ) -> Result<Self> {
        let Prepared { params, looked_through, picked } = prepared;
        let (sender, notices) = mpsc::channel(NOTICES);
        let params = params.with_notices(sender);
        let target = Target::open(&params, spec.role.as_deref(), !spec.options.no_tuning).await?;
        Ok(Self {
            spec,
            work,
            canceller: Arc::new(Mutex::new(target.session.canceller.clone())),
            lexer: Lexer::new(target.standard_conforming_strings),
            target,
            account: Account::default(),
            params,
            pipeline: Pipeline::default(),
            notices,
            looked_through,
            database: spec.database.clone(),
            picked,
            filter: Filter::new(None, Without::of(spec)),
            object: None,
            moved: (0, 0),
            has_rows: false,
            is_nameless: false,
            loading: None,
        })
    }

    /// On a cancel, what runs on the server is cancelled again and again until it has ended.
    async fn drive_or_stop(&mut self, script: Script) -> Result<()> {
        let cancel = self.work.cancel.clone();
        let canceller = Arc::clone(&self.canceller);
        let mut drive = std::pin::pin!(self.drive(script));
        tokio::select! {
            biased;
            result = &mut drive => return result,
            () = cancel.cancelled() => {}
        }
        let deadline = tokio::time::Instant::now() + CANCEL_PATIENCE;
        while tokio::time::Instant::now() < deadline {
            let canceller = canceller.lock().unwrap_or_else(PoisonError::into_inner).clone();
            // A request that fails is followed by another.
            let _ = tokio::time::timeout(CANCEL_PATIENCE, canceller.cancel()).await;
            if let Ok(result) = tokio::time::timeout(CANCEL_AGAIN, &mut drive).await {
                return result.and(Err(Error::cancelled()));
            }
        }
        Err(Error::cancelled())
    }

    async fn drive(&mut self, script: Script) -> Result<()> {
        self.work.phase(Phase::Copying).await;
        let result = self.all(script).await;
        // What was sent is still carried out: its answers count.
        let rest = self.drain().await;
        if self.work.cancel.is_cancelled() {
            return Err(Error::cancelled());
        }
        result.and(rest)?;
        self.end_object().await;
        self.work.phase(Phase::Finishing).await;
        if self.spec.single_transaction {
            let committed = self.target.session.client.batch_execute("COMMIT").await;
            committed.map_err(|error| database_error("committing", error))?;
        }
        self.flush().await;
        Ok(())
    }

    async fn all(&mut self, script: Script) -> Result<()> {
        if self.spec.single_transaction {
            let begun = self.target.session.client.batch_execute("BEGIN").await;
            begun.map_err(|error| database_error("beginning a transaction", error))?;
        }
        let Some(readings) = self.picked.take() else {
            let bytes = script.bytes.into_inner().unwrap_or_else(PoisonError::into_inner);
            return self.reading(bytes, script.codec).await;
        };
        for picked in readings {
            let standard = self.lexer.standard_conforming_strings();
            self.lexer = Lexer::new(standard);
            self.filter = Filter::new(Some(picked), Without::of(self.spec));
            self.reading(script.read_again()?, script.codec).await?;
        }
        Ok(())
    }

    /// One reading of the script, as far as it is wanted.
    async fn reading(&mut self, bytes: Box<dyn Read + Send>, codec: Codec) -> Result<()> {
        let mut pieces = feed::start(bytes, codec)?;
        while !self.filter.is_over() {
            self.work.check()?;
            match self.lexer.next_event()? {
                None => match self.next_piece(&mut pieces).await? {
                    Some(piece) => {
                        self.work.meter.add_archive(piece.stored);
                        self.lexer.feed(&piece.bytes);
                    }
                    None => self.lexer.finish(),
                },
                Some(Event::End) => {
                    return self.filter.marks().check_end(self.lexer.position());
                }
                Some(event) => self.handle(event).await?,
            }
        }
        Ok(())
    }

    /// While there is nothing to read, the statements under way are not left waiting.
    async fn next_piece(
        &mut self,
        pieces: &mut mpsc::Receiver<Result<Piece>>,
    ) -> Result<Option<Piece>> {
        self.tell_notices().await;
        if let Ok(piece) = pieces.try_recv() {
            return piece.map(Some);
        }
        self.drain().await?;
        tokio::select! {
            piece = pieces.recv() => piece.transpose(),
            () = self.work.cancel.cancelled() => Err(Error::cancelled()),
        }
    }

    async fn handle(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Comment { text, .. } => self.comment(&text).await,
            Event::Statement(statement) => self.statement(statement).await?,
            Event::Rows(bytes) => self.load(bytes).await?,
            Event::RowsEnd { line, marked } => self.end_rows(line, marked).await?,
            Event::Command { line, command, .. } => self.command(line, command).await?,
            Event::End => {}
        }
        Ok(())
    }

    /// The comments of a dump tell what the statements behind them are about.
    async fn comment(&mut self, text: &[u8]) {
        let Some(turn) = self.filter.comment(&String::from_utf8_lossy(text)) else { return };
        self.end_object().await;
        if let Turn::Begins(object) = turn {
            self.begin_object(Arc::from(object)).await;
        }
    }

    pub(super) async fn begin_object(&mut self, object: Arc<str>) {
        let event = JobEvent::ObjectStarted { worker: 0, object: object.to_string(), bytes: 0 };
        self.work.emit(event).await;
        self.object = Some(object);
    }

    pub(super) async fn end_object(&mut self) {
        let (rows, bytes) = std::mem::take(&mut self.moved);
        let data = std::mem::take(&mut self.has_rows);
        let Some(object) = self.object.take() else { return };
        let object = object.to_string();
        self.work.emit(JobEvent::ObjectDone { worker: 0, object, rows, bytes, data }).await;
    }

    async fn statement(&mut self, statement: Statement) -> Result<()> {
        let Statement { line, sql, rows_follow, .. } = statement;
        if self.filter.passes_over(&sql) {
            self.loading = rows_follow.then_some(Loading::PassedOver);
            return Ok(());
        }
        let bytes = sql.len() as u64;
        self.work.pace(bytes).await?;
        self.work.meter.add_data(bytes, 0);
        if self.follows(&sql, line).await? {
            return Ok(());
        }
        let sql = match self.target.encoding.decode(sql, line) {
            Ok(sql) => sql,
            Err(error) => {
                self.loading = rows_follow.then_some(Loading::Passed);
                return self.fail(error).await;
            }
        };
        let sent = Sent { sql, line, object: self.object.clone() };
        if rows_follow {
            self.drain().await?;
            return self.begin_rows(sent).await;
        }
        while self.pipeline.is_full() {
            self.answer().await?;
        }
        self.pipeline.send(&self.target.session, sent);
        // What comes behind a failure must not run where failures stop; in a transaction it cannot.
        if self.spec.exit_on_error && !self.spec.single_transaction {
            self.drain().await?;
        }
        Ok(())
    }

    /// Whether the statement is ours to follow: the encoding of the script, and the bounds of a
    /// transaction that is already there.
    async fn follows(&mut self, sql: &[u8], line: u64) -> Result<bool> {
        const LONG: usize = 4096;
        let Some(text) = std::str::from_utf8(sql).ok().filter(|text| text.len() < LONG) else {
            return Ok(false);
        };
        match setting(sql) {
            Some(found) if found.name == "client_encoding" => {
                self.target.declare(&found.value);
                return Ok(true);
            }
            Some(found) if self.is_unknown_default(&found) => return Ok(true),
            None if text.contains("set_config") && text.contains("'client_encoding'") => {
                let text = format!("line {line}: the statement failed: it sets client_encoding");
                let error = Error::new(ErrorKind::Archive, text)
                    .with_hint("only SET client_encoding is followed");
                self.fail(error).await?;
                return Ok(true);
            }
            _ => {}
        }
        if !self.spec.single_transaction {
            return Ok(false);
        }
        let words = text.trim_end_matches(';').trim().to_ascii_lowercase();
        match words.as_str() {
            "begin" | "start transaction" | "commit" | "end" | "begin transaction" => Ok(true),
            "rollback" | "abort" => {
                let text =
                    format!("line {line}: the statement failed: it would end the transaction");
                Err(Error::new(ErrorKind::Archive, text)
                    .with_hint("run the script without --single-transaction"))
            }
            _ => Ok(false),
        }
    }

    /// Dumps of newer tools say to older servers that there is no such limit as they do not have.
    fn is_unknown_default(&self, found: &Setting) -> bool {
        let version = self.target.session.server.version_num;
        match (found.name.as_str(), found.value.as_str()) {
            ("transaction_timeout", "0") => version < 170_000,
            ("idle_session_timeout", "0") => version < 140_000,
            ("default_table_access_method", "heap") => version < 120_000,
            _ => false,
        }
    }

    /// Waits for every answer that is still to come.
    pub(super) async fn drain(&mut self) -> Result<()> {
        let mut first = Ok(());
        while let Some(result) = self.one_answer().await {
            first = first.and(result);
        }
        first
    }

    async fn answer(&mut self) -> Result<()> {
        self.one_answer().await.unwrap_or(Ok(()))
    }

    async fn one_answer(&mut self) -> Option<Result<()>> {
        let (sent, result) = self.pipeline.answer().await?;
        Some(self.note(&sent, result).await)
    }

    /// Takes the answer to a statement into account.
    pub(super) async fn note(
        &mut self,
        sent: &Sent,
        result: Result<(), tokio_postgres::Error>,
    ) -> Result<()> {
        match result {
            Ok(()) => {
                self.account.statements += 1;
                Ok(())
            }
            Err(error) => {
                let error = problem(sent, error);
                self.fail(error).await
            }
        }
    }

    /// Notes a failure; an error of its own where it ends the run.
    pub(super) async fn fail(&mut self, error: Error) -> Result<()> {
        if self.work.cancel.is_cancelled() {
            return Err(Error::cancelled());
        }
        if self.target.session.client.is_closed() || error.kind() == ErrorKind::Connection {
            let why = self.target.session.why_closed().unwrap_or("the server is gone");
            let text = format!("{} ({why})", error.chain());
            return Err(Error::new(ErrorKind::Connection, text)
                .with_hint("see whether the server is running, and its log"));
        }
        if self.spec.exit_on_error || self.spec.single_transaction {
            return Err(error);
        }
        let line = self.account.fail(&error);
        self.work.message(Level::Error, line).await;
        Ok(())
    }

    async fn command(&mut self, line: u64, command: Command) -> Result<()> {
        match command {
            Command::Restrict(_) | Command::Unrestrict => Ok(()),
            Command::Encoding(name) => {
                self.target.declare(&name);
                Ok(())
            }
            Command::Connect(database) => self.connect(line, database).await,
        }
    }

    async fn connect(&mut self, line: u64, database: String) -> Result<()> {
        if self.filter.picks() {
            // A part runs in the database that was named.
            return Ok(());
        }
        self.drain().await?;
        if !self.looked_through && !self.spec.over_existing {
            return Err(check::not_agreed(&database, line));
        }
        if self.spec.single_transaction {
            let text = format!("line {line} of the script connects to database {database}");
            return Err(Error::usage(text).with_hint("leave out --single-transaction"));
        }
        self.end_object().await;
        self.flush().await;
        let params = self.params.pinned_to(&self.target.session).with_database(&database);
        self.target =
            Target::open(&params, self.spec.role.as_deref(), !self.spec.options.no_tuning)
                .await
                .map_err(|error| error.while_doing(format_args!("line {line}, \\connect")))?;
        *self.canceller.lock().unwrap_or_else(PoisonError::into_inner) =
            self.target.session.canceller.clone();
        self.lexer.set_standard_conforming_strings(self.target.standard_conforming_strings);
        self.work.message(Level::Info, format!("line {line}: now in database {database}")).await;
        self.database = database;
        Ok(())
    }

    /// Makes durable what was committed without waiting for the disk.
    async fn flush(&mut self) {
        if self.spec.options.no_tuning {
            return;
        }
        if let Err(error) = self.target.session.client.batch_execute(FLUSH).await {
            let error = database_error("flushing", error);
            let text = format!(
                "{}: a crash of the server in the next second could still undo what ran last",
                error.chain()
            );
            self.work.message(Level::Warning, text).await;
        }
    }

    async fn tell_notices(&mut self) {
        while let Ok(notice) = self.notices.try_recv() {
            let level = if notice.is_warning { Level::Warning } else { Level::Info };
            self.work.message(level, notice.text).await;
        }
    }
}

/// The server's words with the line that they are about and the object it belongs to.
pub(super) fn problem(sent: &Sent, error: tokio_postgres::Error) -> Error {
    let line = sent.line + lines_before(sent, &error);
    let about = match &sent.object {
        Some(object) => object.to_string(),
        None => shown(&sent.sql),
    };
    database_error(&format!("line {line}: {about}"), error)
}

/// Lines of the statement in front of the place that the server points to.
fn lines_before(sent: &Sent, error: &tokio_postgres::Error) -> u64 {
    use tokio_postgres::error::ErrorPosition;
    let position = error.as_db_error().and_then(tokio_postgres::error::DbError::position);
    let Some(ErrorPosition::Original(position)) = position else { return 0 };
    let before = usize::try_from(*position).unwrap_or(usize::MAX).saturating_sub(1);
    sent.sql.chars().take(before).filter(|c| *c == '\n').count() as u64
}

fn shown(sql: &str) -> String {
    let mut text: String =
        sql.chars().take(SHOWN).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    if text.len() < sql.len() {
        text.push('…');
    }
    text
}
