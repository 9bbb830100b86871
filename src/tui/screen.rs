//! The terminal's modes: raw input, alternate screen, mouse, bracketed paste. Whatever was turned on
//! is turned off again exactly once, on every way out.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

/// Whether the screen is ours now; also tells the panic hook.
static ACTIVE: AtomicBool = AtomicBool::new(false);

/// Alternate screen, hidden cursor, bracketed paste.
const ENTER: &str = "\x1b[?1049h\x1b[2J\x1b[H\x1b[?25l\x1b[?2004h";
/// The reverse, and an end to a frame that was cut off.
const LEAVE: &str = "\x1b[?2026l\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";
/// Buttons and wheel with wide coordinates, never motion: motion floods a slow line.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// Takes the screen.
pub(super) fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    ACTIVE.store(true, Ordering::SeqCst);
    put(ENTER)?;
    if mouse { put(MOUSE_ON) } else { Ok(()) }
}

/// Gives the screen back; does nothing when it is not ours.
pub(super) fn leave() {
    if ACTIVE.swap(false, Ordering::SeqCst) {
        // A terminal that is gone needs no restoring.
        let _ = put(LEAVE);
        let _ = disable_raw_mode();
    }
}

/// The terminal is gone: forget it without writing to it.
pub(super) fn forget() {
    ACTIVE.store(false, Ordering::SeqCst);
}

/// Whether the screen is ours.
pub(super) fn is_active() -> bool {
    ACTIVE.load(Ordering::SeqCst)
}

/// The sequence that turns mouse reports on or off.
pub(super) fn mouse(on: bool) -> &'static str {
    if on { MOUSE_ON } else { MOUSE_OFF }
}

fn put(sequence: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(sequence.as_bytes())?;
    out.flush()
}

/// Gives the screen back when it goes out of scope, on error paths too.
#[derive(Debug)]
pub(super) struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}
