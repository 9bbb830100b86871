//! The `:` line: typed commands with completion and history.

pub mod complete;
pub mod connect;

use super::App;
use super::action::ACTIONS;
use super::dialog::Dialog;
use super::focus::Pane;
use super::settings::{THEMES, theme};
use super::text::{TextField, words};
use crate::engine::command::Command;
use crate::model::id::JobId;
use crate::model::pattern::Pattern;
use crate::model::size::RateLimit;
use crate::model::throttle::{AdaptError, AdaptSpec};

/// The line.
#[derive(Debug, Clone, Default)]
pub struct CommandLine {
    /// What was typed, without the colon.
    pub field: TextField,
    /// What tab offers for the last word.
    pub completions: Vec<String>,
    /// Which of them is in the field.
    pub chosen: Option<usize>,
    /// What is wrong with the line.
    pub error: Option<String>,
    /// How far back in the history the line is; 0 is the new line.
    back: usize,
    /// The new line, while an old one is shown.
    draft: String,
}

/// A typed command as the help has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandSpec {
    /// Its name.
    pub name: &'static str,
    /// What follows it.
    pub arguments: &'static str,
    /// What it does.
    pub doc: &'static str,
}

const fn command(name: &'static str, arguments: &'static str, doc: &'static str) -> CommandSpec {
    CommandSpec { name, arguments, doc }
}

/// All typed commands. Beside them every action can be typed by its name.
pub const COMMANDS: [CommandSpec; 16] = [
    command("backup", "[PATTERN…]", "options of a backup of what matches, or of what is ticked"),
    command("backup-cluster", "[PATTERN…]", "options of a backup of all databases, or of those"),
    command("restore", "[PATH]", "contents of an archive or a cluster's backup, and options"),
    command("connect", "URL|PROFILE", "browses another server"),
    command("throttle", "RATE|off|auto", "limits the chosen job; auto gives it back"),
    command("throttle-all", "RATE|off", "limits all jobs of this process together"),
    command("adapt", "BOUNDS|off", "lowers the chosen job's limit by signals: lag=10s,sessions=20"),
    command("pause", "", "holds the chosen job, or lets it go on"),
    command("cancel", "", "cancels the chosen job after a question"),
    command("filter", "[TEXT]", "filters the focused list; without a text shows everything"),
    command("refresh", "", "reads the databases and the chosen catalog again"),
    command("messages", "", "goes to the messages"),
    command("theme", "dark|light|mono", "changes the colours"),
    command("help", "", "shows all actions"),
    command("quit", "", "leaves; asks first while jobs run"),
    command("q", "", "the same as quit"),
];

impl CommandLine {
    /// After the text changed: completions and complaints are out of date.
    pub(super) fn edited(&mut self) {
        self.completions.clear();
        self.chosen = None;
        self.error = None;
        self.back = 0;
    }

    /// Shows a line of the history, `back` lines from the new one.
    fn recall(&mut self, history: &[String], back: usize) {
        if self.back == 0 {
            self.field.value().clone_into(&mut self.draft);
        }
        let line = match back {
            0 => Some(self.draft.clone()),
            back => history.len().checked_sub(back).and_then(|i| history.get(i)).cloned(),
        };
        if let Some(line) = line {
            let draft = std::mem::take(&mut self.draft);
            self.field.set(line);
            self.edited();
            self.draft = draft;
            self.back = back;
        }
    }
}

fn read_rate(text: &str) -> Result<RateLimit, String> {
    text.parse().map_err(|error: crate::model::size::SizeError| error.to_string())
}

impl App {
    /// Opens the line.
    pub(super) fn open_command(&mut self) {
        self.dialogs.push(Dialog::Command(CommandLine::default()));
    }

    /// An older or a newer line of the history.
    pub(super) fn recall_command(&mut self, older: bool) {
        let Some(Dialog::Command(line)) = self.dialogs.last_mut() else { return };
        let back = if older { line.back + 1 } else { line.back.saturating_sub(1) };
        line.recall(&self.command_history, back);
    }

    /// Enter: runs the line; a wrong one stays open with the complaint.
    pub(super) fn accept_command(&mut self) {
        let Some(Dialog::Command(line)) = self.dialogs.pop() else { return };
        let text = line.field.trimmed().to_owned();
        if text.is_empty() {
            return;
        }
        match self.run_command(&text) {
            Ok(()) => {
                let kept = connect::without_password(&text);
                self.command_history.retain(|old| *old != kept);
                self.command_history.push(kept);
            }
            Err(error) => {
                self.dialogs.push(Dialog::Command(CommandLine { error: Some(error), ..line }));
            }
        }
    }

    fn run_command(&mut self, text: &str) -> Result<(), String> {
        let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        let takes = COMMANDS.iter().find(|command| command.name == name);
        if takes.is_some_and(|command| command.arguments.is_empty()) && !rest.is_empty() {
            return Err(format!("{name} takes no argument"));
        }
        match name {
            "backup" => self.command_backup(rest),
            "backup-cluster" => self.command_backup_cluster(rest),
            "restore" => self.command_restore(rest),
            "connect" => self.connect_to(rest),
            "throttle" => self.command_throttle(rest),
            "throttle-all" => self.command_throttle_all(rest),
            "adapt" => self.command_adapt(rest),
            "pause" => self.run_named("job.pause"),
            "cancel" => self.run_named("job.cancel"),
            "filter" => self.command_filter(rest),
            "refresh" => self.run_named("browser.refresh"),
            "messages" => self.run_named("pane.messages"),
            "theme" => self.command_theme(rest),
            "help" => self.run_named("app.help"),
            "quit" | "q" => {
                self.quit();
                Ok(())
            }
            other => self.run_named(other),
        }
    }

    /// Runs an action by its name in the table.
    fn run_named(&mut self, name: &str) -> Result<(), String> {
        let spec = ACTIONS
            .iter()
            .find(|spec| spec.name == name && super::picker::is_for_panes(spec))
            .ok_or_else(|| format!("there is no command '{name}': tab shows all of them"))?;
        if let Some(reason) = (spec.enabled)(self).reason() {
            return Err(format!("{}: {reason}", spec.title));
        }
        self.run_from_anywhere(spec.id);
        Ok(())
    }

    fn command_backup(&mut self, rest: &str) -> Result<(), String> {
        let mut patterns = Vec::new();
        for word in rest.split_whitespace() {
            let pattern: Pattern =
                word.parse().map_err(|e: crate::model::pattern::PatternError| e.to_string())?;
            patterns.push(pattern);
        }
        if patterns.is_empty() {
            return self.run_named("backup.open");
        }
        if let Some(reason) = super::action::available::can_back_up(self).reason() {
            return Err(reason.to_owned());
        }
        self.open_backup(patterns);
        Ok(())
    }

    fn command_backup_cluster(&mut self, rest: &str) -> Result<(), String> {
        let mut patterns = Vec::new();
        for word in words(rest) {
            let pattern = Pattern::new(word);
            pattern.compile_schema().map_err(|error| error.to_string())?;
            patterns.push(pattern);
        }
        if let Some(reason) = super::action::available::connected(self).reason() {
            return Err(format!("backup cluster: {reason}"));
        }
        self.open_cluster_backup(&patterns);
        Ok(())
    }

    fn command_restore(&mut self, rest: &str) -> Result<(), String> {
        if rest.is_empty() {
            return self.run_named("restore.open");
        }
        if let Some(reason) = super::action::available::can_restore(self).reason() {
            return Err(reason.to_owned());
        }
        self.open_archive(rest);
        Ok(())
    }

    fn command_throttle(&mut self, rest: &str) -> Result<(), String> {
        if rest == "auto" {
            let job = self.steered_job()?;
            self.release_rate(job);
            return Ok(());
        }
        let limit = read_rate(rest)?;
        let job = self.steered_job()?;
        self.set_rate(job, limit);
        Ok(())
    }

    fn command_throttle_all(&mut self, rest: &str) -> Result<(), String> {
        let limit = read_rate(rest)?;
        self.send(Command::SetProcessRate { limit });
        Ok(())
    }

    fn command_adapt(&mut self, rest: &str) -> Result<(), String> {
        let adapt: AdaptSpec = rest.parse().map_err(|e: AdaptError| e.to_string())?;
        let job = self.steered_job()?;
        self.send(Command::SetAdapt { job, adapt });
        Ok(())
    }

    /// The chosen job, if it runs.
    fn steered_job(&self) -> Result<JobId, String> {
        match self.jobs.current() {
            Some(job) if job.is_running() => Ok(job.id),
            Some(_) => Err("the chosen job does not run".to_owned()),
            None => Err("no job is listed".to_owned()),
        }
    }

    fn command_filter(&mut self, rest: &str) -> Result<(), String> {
        let Some(filter) = self.filter_mut(self.focus) else {
            return Err(format!("{} has no list to filter", Pane::Timeline.title()));
        };
        filter.field.set(rest);
        filter.editing = false;
        Ok(())
    }

    fn command_theme(&mut self, rest: &str) -> Result<(), String> {
        let known = theme(rest);
        self.settings.theme =
            known.ok_or_else(|| format!("there is no theme '{rest}': {}", THEMES.join(", ")))?;
        Ok(())
    }
}
