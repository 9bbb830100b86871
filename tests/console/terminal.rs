//! The real binary in a pseudo-terminal: what a person at a keyboard does and sees.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::support::wait_for;

/// How long a screen may take to show what it should on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A pseudo-terminal with the program in it.
pub(crate) struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    screen: Arc<Mutex<vt100::Parser>>,
    raw: Arc<Mutex<Vec<u8>>>,
    received: Arc<AtomicU64>,
    enough: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

fn nonzero(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a terminal has a size")
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

impl Terminal {
    /// Starts the program with a home of its own.
    pub(crate) fn start(home: &Path, arguments: &[&str], columns: u16, rows: u16) -> Self {
        Self::start_with(home, arguments, (columns, rows), &[])
    }

    /// The same, with more environment.
    pub(crate) fn start_with(
        home: &Path,
        arguments: &[&str],
        (columns, rows): (u16, u16),
        environment: &[(&str, &str)],
    ) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_dbbackup"));
        command.args(arguments);
        command.env_clear();
        command.cwd(home);
        let path = std::env::var("PATH").unwrap_or_default();
        for (name, value) in [
            ("PATH", path.as_str()),
            ("HOME", home.to_str().unwrap()),
            ("LANG", "C.UTF-8"),
            ("TERM", "xterm-256color"),
            ("USER", "tester"),
        ]
        .iter()
        .chain(environment)
        {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = vt100::Parser::new(nonzero(rows), nonzero(columns), 0);
        let mut terminal = Self {
            keyboard: pair.master.take_writer().unwrap(),
            child,
            screen: Arc::new(Mutex::new(screen)),
            raw: Arc::default(),
            received: Arc::default(),
            enough: Arc::default(),
            reader: None,
            master: Some(pair.master),
        };
        terminal.listen();
        terminal
    }

    fn listen(&mut self) {
        let mut source = self.master.as_ref().unwrap().try_clone_reader().unwrap();
        let (screen, raw) = (Arc::clone(&self.screen), Arc::clone(&self.raw));
        let (received, enough) = (Arc::clone(&self.received), Arc::clone(&self.enough));
        self.reader = Some(std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n @ 1..) = source.read(&mut buffer) {
                screen.lock().unwrap().process(&buffer[..n]);
                raw.lock().unwrap().extend_from_slice(&buffer[..n]);
                received.fetch_add(n as u64, Ordering::SeqCst);
                if enough.load(Ordering::SeqCst) {
                    return;
                }
            }
        }));
    }

    /// Types, in one go.
    pub(crate) fn send(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// What is on the screen now.
    pub(crate) fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub(crate) fn see(&self, text: &str) {
        self.see_that(&format!("'{text}'"), |screen| screen.contains(text));
    }

    /// Waits until the screen no longer shows a text.
    #[track_caller]
    pub(crate) fn see_gone(&self, text: &str) {
        self.see_that(&format!("'{text}' to go"), |screen| !screen.contains(text));
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    pub(crate) fn see_that(&self, what: &str, ready: impl Fn(&str) -> bool) {
        let begun = std::time::Instant::now();
        while !ready(&self.text()) {
            assert!(
                begun.elapsed() < PATIENCE,
                "waited in vain for {what} on the screen:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Every byte that the program has written so far.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.raw.lock().unwrap().clone()
    }

    /// How many bytes the program has written so far.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::SeqCst)
    }

    /// The terminal gets another size.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.screen.lock().unwrap().screen_mut().set_size(nonzero(rows), nonzero(columns));
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
    }

    /// The program's process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().expect("the program runs")
    }

    /// The line drops: the terminal is gone, as when an SSH connection is lost.
    pub(crate) fn hang_up(&mut self) {
        self.hang_up_behind("", Duration::ZERO);
    }

    /// The same so long after these keys were typed.
    pub(crate) fn hang_up_behind(&mut self, keys: &str, time: Duration) {
        // The listening thread holds the terminal open until it has read something more.
        self.enough.store(true, Ordering::SeqCst);
        self.send("?");
        self.reader.take().unwrap().join().unwrap();
        self.send(keys);
        std::thread::sleep(time);
        self.keyboard = Box::new(std::io::sink());
        self.master = None;
    }

    /// Waits for the program's end and for the last of what it wrote, and gives its exit code.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> u32 {
        let mut code = None;
        wait_for("the program to end", PATIENCE, || {
            code = self.child.try_wait().unwrap().map(|status| status.exit_code());
            code.is_some()
        });
        // With the program the terminal's other side is gone: the reader comes to an end.
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        code.unwrap()
    }
}

impl Drop for Terminal {
    #[expect(clippy::print_stderr, reason = "what a failed test saw last")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the screen at the end:\n{}", self.text());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
