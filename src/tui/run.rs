//! The loop: one source of messages at a time, then everything else that is ready, then at most one
//! frame.

use std::cell::RefCell;
use std::io::{self, Write};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;
use futures_util::FutureExt;
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use tokio::runtime::Runtime;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep_until};

use crate::app::App;
use crate::app::layout::Size;
use crate::app::msg::{Effect, Msg};
use crate::config::Config;
use crate::engine;
use crate::engine::event::Event;
use crate::error::{Error, ErrorKind, Result};
use crate::model::conn::Target;
use crate::model::id::IdSource;
use crate::model::job::JobEvent;
use crate::ui;

use super::aftermath::{self, Exit};
use super::keyboard::{Keyboard, Said};
use super::link::Link;
use super::pace::Pace;
use super::signals::{Signals, Told};
use super::writer::{Writer, Written};
use super::{hangup, input, panic, screen};

/// A frame that only hides the cursor again changes nothing.
const NOTHING: &[u8] = b"\x1b[?25l";
/// The terminal shows what comes between these at once.
const BEGIN_FRAME: &[u8] = b"\x1b[?2026h";
const END_FRAME: &[u8] = b"\x1b[?2026l";
/// More than this is not sent to the clipboard: terminals cut or refuse it.
const CLIPBOARD_LIMIT: usize = 74_000;
/// How long an exit waits for the terminal to take the last frame.
const LAST_FRAME: Duration = Duration::from_secs(2);

/// How to open the console.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The server to connect to at once.
    pub target: Target,
    /// Refuse everything that writes to the server.
    pub read_only: bool,
    /// Where backups go unless the user says otherwise.
    pub backup_folder: Option<PathBuf>,
}

/// Runs the console on this thread, the engine on the runtime's threads, until the user leaves and
/// the last job has ended.
pub fn run(runtime: &Runtime, config: &Arc<Config>, options: &Options) -> Result<()> {
    runtime.block_on(console(Arc::clone(config), options))
}

async fn console(config: Arc<Config>, options: &Options) -> Result<()> {
    let mut signals = Signals::install().map_err(|e| Error::io("handling signals", e))?;
    panic::install();
    // NO_COLOR is a theme of ours: the library's own handling drops bold and reverse as well.
    crossterm::style::force_color_output(true);
    let link = Link::new(engine::start(Arc::clone(&config)));
    let exit = {
        let _guard = screen::Guard;
        let mut console = Console::open(&config, options, &link)?;
        AssertUnwindSafe(console.run(&link, &mut signals)).catch_unwind().await
    };
    // A crash of the console is no reason to lose the jobs.
    aftermath::wait(exit.as_ref().map_or(Exit::Detached, |exit| *exit), link, &mut signals).await;
    exit.map(|_| ()).map_err(|_| {
        Error::new(ErrorKind::Internal, "the console crashed")
            .with_hint("the log file has the report; jobs that ran were waited for")
    })
}

/// Where the drawing library writes a frame to.
#[derive(Debug, Clone, Default)]
struct FrameBuffer(Rc<RefCell<Vec<u8>>>);

impl Write for FrameBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Console {
    app: App,
    terminal: Terminal<CrosstermBackend<FrameBuffer>>,
    frame: FrameBuffer,
    writer: Writer,
    keyboard: Keyboard,
    pace: Pace,
    seconds: Interval,
    last_tick: Timestamp,
    mouse: bool,
    /// A continue signal that follows our own stop.
    own_stop: bool,
    exit: Option<Exit>,
}

impl Console {
    fn open(config: &Config, options: &Options, link: &Link) -> Result<Self> {
        let mouse = config.console.mouse.unwrap_or(true);
        let taking = |e| Error::io("taking over the terminal", e);
        screen::enter(mouse).map_err(taking)?;
        let frame = FrameBuffer::default();
        let terminal = Terminal::new(CrosstermBackend::new(frame.clone())).map_err(taking)?;
        let size = terminal.size().map_err(taking)?;
        let size = Size { width: size.width, height: size.height };
        let now = Timestamp::now();
        let mut seconds = interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut console = Self {
            app: new_app(config, options, size, now),
            terminal,
            frame,
            writer: Writer::spawn().map_err(taking)?,
            keyboard: Keyboard::spawn().map_err(taking)?,
            pace: Pace::new(config.console.low_bandwidth),
            seconds,
            last_tick: now,
            mouse,
            own_stop: false,
            exit: None,
        };
        console.draw();
        for effect in console.app.start(options.target.clone()) {
            console.carry_out(effect, link);
        }
        Ok(console)
    }

    async fn run(&mut self, link: &Link, signals: &mut Signals) -> Exit {
        loop {
            self.turn(link, signals).await;
            self.take_ready_input(link);
            self.take_engine_events(link);
            if let Some(exit) = self.exit {
                return self.close(exit).await;
            }
            self.draw_if_due();
        }
    }

    /// Waits for the next thing to happen.
    async fn turn(&mut self, link: &Link, signals: &mut Signals) {
        let due = self.pace.due(Instant::now()).filter(|_| self.writer.is_idle());
        tokio::select! {
            told = signals.next() => self.obey(told, link),
            said = self.keyboard.next() => self.take_input(said, link),
            () = link.arrived() => {}
            written = self.writer.next() => self.note_written(written, link),
            _ = self.seconds.tick() => self.second(link),
            () = until(due), if due.is_some() => {}
        }
    }

    fn obey(&mut self, told: Told, link: &Link) {
        match told {
            Told::HangUp => self.exit = Some(Exit::HungUp),
            Told::Terminate => self.exit = Some(Exit::Cancelling),
            Told::Suspend => self.suspend(link),
            Told::Continue if std::mem::take(&mut self.own_stop) => {}
            Told::Continue => {
                screen::leave();
                self.come_back(link);
            }
        }
    }

    fn take_input(&mut self, said: Option<Said>, link: &Link) {
        match said {
            Some(Ok(event)) => {
                if let Some(message) = input::message(event) {
                    self.pace.touch_by_user(Instant::now());
                    self.feed(message, link);
                }
            }
            // The end of input means the same as a hang-up: nobody is there any more.
            Some(Err(_)) | None => self.exit = Some(Exit::HungUp),
        }
    }

    /// Everything typed ahead is taken in order before the next frame.
    fn take_ready_input(&mut self, link: &Link) {
        while self.exit.is_none()
            && let Some(said) = self.keyboard.ready()
        {
            self.take_input(Some(said), link);
        }
    }

    fn take_engine_events(&mut self, link: &Link) {
        let events = link.take();
        // A job that ends between two samples would be shown as having moved too little.
        if events.iter().any(ends_a_job) {
            self.sample(link);
        }
        for event in events {
            self.feed(Msg::Engine(event), link);
        }
    }

    fn second(&mut self, link: &Link) {
        self.sample(link);
        self.tick(link);
    }

    fn sample(&mut self, link: &Link) {
        let samples = link.meters.sample();
        if !samples.is_empty() {
            self.feed(Msg::Samples { at: Timestamp::now(), samples }, link);
        }
    }

    fn tick(&mut self, link: &Link) {
        let now = Timestamp::now();
        if now.as_second() != self.last_tick.as_second() {
            self.last_tick = now;
            self.update(Msg::Tick(now), link);
        }
    }

    fn feed(&mut self, message: Msg, link: &Link) {
        self.tick(link);
        self.update(message, link);
    }

    fn update(&mut self, message: Msg, link: &Link) {
        self.pace.touch();
        for effect in self.app.update(message) {
            self.carry_out(effect, link);
        }
    }

    fn carry_out(&mut self, effect: Effect, link: &Link) {
        match effect {
            Effect::Send(command) => link.send(command),
            Effect::Quit => self.exit = Some(Exit::Quit),
            Effect::QuitCancelling => self.exit = Some(Exit::Cancelling),
            Effect::Detach => self.exit = Some(Exit::Detached),
            Effect::Suspend => self.suspend(link),
            Effect::Copy(text) => self.copy(&text, link),
            Effect::CaptureMouse(on) => {
                self.mouse = on;
                self.writer.send(screen::mouse(on).into());
            }
            Effect::Redraw => self.redraw_all(),
        }
    }

    fn copy(&mut self, text: &str, link: &Link) {
        let mut sequence = String::new();
        let sent = if text.len() > CLIPBOARD_LIMIT {
            Err(format!("{} bytes are more than terminals accept", text.len()))
        } else {
            let written = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence);
            written.map(|()| text.chars().count()).map_err(|e| e.to_string())
        };
        self.writer.send(sequence.into());
        self.update(Msg::Copied(sent), link);
    }

    /// Gives the terminal back, stops the whole process group as the shell expects it, and takes the
    /// terminal again when continued.
    fn suspend(&mut self, link: &Link) {
        screen::leave();
        self.own_stop = true;
        let stop = rustix::process::Signal::STOP;
        if let Err(error) = rustix::process::kill_current_process_group(stop) {
            tracing::warn!(%error, "stopping failed");
        }
        self.come_back(link);
    }

    fn come_back(&mut self, link: &Link) {
        if screen::enter(self.mouse).is_err() {
            self.exit = Some(Exit::HungUp);
            return;
        }
        self.redraw_all();
        if let Ok(size) = self.terminal.size() {
            self.update(Msg::Resize { width: size.width, height: size.height }, link);
        }
        self.update(Msg::Resumed, link);
    }

    /// Clears the screen and forgets what was on it. Not by the library's own `clear`: that asks the
    /// terminal for the cursor's place, and the answer would be waited for on the input that the
    /// event reader holds.
    fn redraw_all(&mut self) {
        self.pace.touch();
        let size = self.terminal.size();
        let cleared = size.and_then(|size| self.terminal.resize(size.into()));
        if cleared.is_err() {
            self.exit = Some(Exit::HungUp);
        }
    }

    fn draw_if_due(&mut self) {
        let now = Instant::now();
        if self.writer.is_idle() && self.pace.due(now).is_some_and(|due| due <= now) {
            self.draw();
        }
    }

    fn draw(&mut self) {
        let app = &self.app;
        if self.terminal.draw(|frame| ui::draw(app, frame)).is_err() {
            self.exit = Some(Exit::HungUp);
            return;
        }
        self.pace.drawn(Instant::now());
        let bytes = std::mem::take(&mut *self.frame.0.borrow_mut());
        if bytes != NOTHING {
            self.writer.send([BEGIN_FRAME, &bytes, END_FRAME].concat());
        }
    }

    fn note_written(&mut self, written: Written, link: &Link) {
        match written {
            Ok(took) => {
                if let Some(slow) = self.pace.written(took) {
                    self.update(Msg::SlowLink(slow), link);
                }
            }
            Err(error) => {
                tracing::info!(%error, "the terminal takes no output any more");
                self.exit = Some(Exit::HungUp);
            }
        }
    }

    async fn close(&mut self, exit: Exit) -> Exit {
        if exit == Exit::HungUp {
            screen::forget();
            if let Err(error) = hangup::let_go() {
                tracing::error!(%error, "letting go of the terminal failed");
            }
        } else {
            self.writer.settle(LAST_FRAME).await;
            screen::leave();
        }
        exit
    }
}

fn ends_a_job(event: &Event) -> bool {
    matches!(event, Event::Job { event: JobEvent::Finished { .. }, .. })
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

fn new_app(config: &Config, options: &Options, size: Size, now: Timestamp) -> App {
    let seed = u64::try_from(now.as_millisecond()).unwrap_or_default();
    let mut app = App::new(config, IdSource::new(seed), size, now);
    app.read_only = options.read_only;
    if let Some(folder) = &options.backup_folder {
        app.output_folder.clone_from(folder);
    }
    app
}
