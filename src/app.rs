//! The console's state and its pure, synchronous update. Knows no screen, no terminal, no runtime,
//! no clock: time comes in as a message.
//!
//! ```text
//!  Msg ─► update ─┬─ key ──► text field? else keymap ─► ActionId ─► run ──┐
//!                 ├─ mouse ► layout ─► focus, row, toggle ────────────────┤
//!                 ├─ engine event ─► server, jobs, open dialogs ──────────┼─► settle ─► Vec<Effect>
//!                 └─ tick, samples ─► countdowns, histories, toasts ──────┘   (derived rows)
//! ```
//! What is drawn is read from [`App`]'s fields; rows that depend on filters, ticks and cursors are
//! computed once at the end of each update.

pub mod action;
pub mod command;
pub mod dialog;
pub mod filter;
pub mod focus;
pub mod form;
pub mod help;
pub mod keymap;
pub mod layout;
pub mod list;
pub mod msg;
pub mod notify;
pub mod palette;
pub mod panes;
pub mod picker;
pub mod remote;
pub mod samples;
pub mod selection;
pub mod server;
pub mod settings;
pub mod text;

mod update;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::config::Config;
use crate::model::id::{IdSource, RequestId};
use crate::model::size::RateLimit;

use dialog::Dialog;
use focus::Pane;
use keymap::Keymap;
use layout::Size;
use msg::Effect;
use notify::{Level, Notifications};
use panes::browser::BrowserPane;
use panes::jobs::{JobRow, JobsPane};
use panes::log::LogPane;
use panes::tables::TablesPane;
use panes::timeline::TimelinePane;
use server::Server;
use settings::Settings;

/// The console's state.
#[derive(Debug)]
pub struct App {
    /// The screen's size.
    pub size: Size,
    /// The time of the last tick.
    pub now: Timestamp,
    /// Looks.
    pub settings: Settings,
    /// The keys in force.
    pub keymap: Keymap,
    /// The connection and what was read over it.
    pub server: Server,
    /// The pane that has the keys.
    pub focus: Pane,
    /// The pane at the wide screen's bottom: timeline or log.
    pub bottom: Pane,
    /// Only the focused pane is shown.
    pub zoomed: bool,
    /// The databases.
    pub browser: BrowserPane,
    /// The tables.
    pub tables: TablesPane,
    /// The jobs as they are now.
    pub jobs: JobsPane,
    /// The timeline.
    pub timeline: TimelinePane,
    /// The messages.
    pub log: LogPane,
    /// All messages and the toasts.
    pub notes: Notifications,
    /// What lies over the panes, the top one last.
    pub dialogs: Vec<Dialog>,
    /// The display stands still.
    pub frozen: Option<Frozen>,
    /// Frames take long to reach the terminal.
    pub slow_link: bool,
    /// Refuse everything that writes to a server, whatever its profile says.
    pub read_only: bool,
    /// The limit of the whole process, as the engine last said.
    pub process_rate: RateLimit,
    /// Leave as soon as the last job has finished.
    pub quit_when_idle: bool,
    /// Known profiles.
    pub profiles: BTreeMap<String, ProfileInfo>,
    /// Earlier `:` lines, the newest last.
    pub command_history: Vec<String>,
    /// Where the next backup goes unless told otherwise.
    pub output_folder: PathBuf,
    ids: IdSource,
    effects: Vec<Effect>,
    interrupted: Option<Timestamp>,
    home: PathBuf,
    history_request: Option<RequestId>,
}

/// What the console has to know of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileInfo {
    /// Refuse everything that writes to this server.
    pub read_only: bool,
}

/// The display as it was when it was frozen.
#[derive(Debug, Clone)]
pub struct Frozen {
    /// Since when.
    pub since: Timestamp,
    /// The jobs as they were.
    pub jobs: Vec<JobRow>,
}

impl App {
    /// The console before anything happened.
    #[must_use]
    pub fn new(config: &Config, ids: IdSource, size: Size, now: Timestamp) -> Self {
        let (keymap, problems) = Keymap::new(&config.console.keys);
        let profiles = config.profiles.iter();
        let mut app = Self {
            size,
            now,
            settings: Settings::new(config),
            keymap,
            server: Server::new(now),
            focus: Pane::Browser,
            bottom: Pane::Timeline,
            zoomed: false,
            browser: BrowserPane::default(),
            tables: TablesPane::default(),
            jobs: JobsPane::default(),
            timeline: TimelinePane,
            log: LogPane { follow: true, ..LogPane::default() },
            notes: Notifications::default(),
            dialogs: Vec::new(),
            frozen: None,
            slow_link: false,
            read_only: false,
            process_rate: config.throttle.process_rate,
            quit_when_idle: false,
            profiles: profiles
                .map(|(name, profile)| (name.clone(), ProfileInfo { read_only: profile.read_only }))
                .collect(),
            command_history: Vec::new(),
            output_folder: output_folder(config),
            ids,
            effects: Vec::new(),
            interrupted: None,
            home: config.paths.home.clone(),
            history_request: None,
        };
        for problem in problems {
            app.note(Level::Error, problem.to_string(), Some(KEY_HINT.to_owned()));
        }
        app
    }

    /// The jobs as they are to be drawn: as they were, while the display is frozen.
    #[must_use]
    pub fn shown_jobs(&self) -> &[JobRow] {
        self.frozen.as_ref().map_or(&self.jobs.jobs, |frozen| &frozen.jobs)
    }
}

/// One hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The key, for people.
    pub key: String,
    /// What it does, a word or two.
    pub title: &'static str,
    /// Whether it can be done now.
    pub enabled: bool,
}

/// What to do about a key that cannot be used.
const KEY_HINT: &str = "the default keys stay in force; the help names every action and its keys";

/// Where backups go at first: where the program was started, else the home folder.
fn output_folder(config: &Config) -> PathBuf {
    let started_in = config.env.get("PWD").map(PathBuf::from);
    started_in.filter(|path| path.is_absolute()).unwrap_or_else(|| config.paths.home.clone())
}
