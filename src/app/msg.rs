//! What goes into the update and what comes out of it.

use jiff::Timestamp;

use crate::engine::command::Command;
use crate::engine::event::Event;
use crate::model::id::JobId;
use crate::model::meter::MeterSample;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// The mouse did something.
    Mouse(Mouse),
    /// Text was pasted: goes into the focused text field, never triggers actions.
    Paste(String),
    /// The terminal has a new size in cells.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// Time passed; sent once a second, and before other messages when the clock moved on.
    Tick(Timestamp),
    /// The engine reported something.
    Engine(Event),
    /// The meters, once a second.
    Samples {
        /// When they were read.
        at: Timestamp,
        /// All jobs' counters.
        samples: Vec<(JobId, MeterSample)>,
    },
    /// The shell came back after a suspend.
    Resumed,
    /// Frames take long to reach the terminal (or no longer do): the header says so.
    SlowLink(bool),
    /// A copy to the clipboard was sent, or why not.
    Copied(Result<usize, String>),
}

/// A key press without any terminal library's types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// With control held.
    pub ctrl: bool,
    /// With alt held.
    pub alt: bool,
    /// With shift held; never set for characters, whose case tells it already.
    pub shift: bool,
}

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyCode {
    /// A character as typed, upper case with shift.
    Char(char),
    /// Function key 1 to 12.
    F(u8),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tabulator.
    Tab,
    /// Shift and tabulator.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// A mouse event in cell coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// Column from 0.
    pub column: u16,
    /// Row from 0.
    pub row: u16,
    /// What it did.
    pub kind: MouseKind,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// Left button pressed.
    Press,
    /// Wheel away from the user.
    WheelUp,
    /// Wheel towards the user.
    WheelDown,
}

/// What the update wants done outside. The terminal room carries them out, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send to the engine.
    Send(Command),
    /// Leave the console; running jobs are cancelled gracefully first and waited for.
    QuitCancelling,
    /// Leave the console now (nothing runs).
    Quit,
    /// Leave the screen, let running jobs finish in this process without it.
    Detach,
    /// Stop the process group as ctrl-z does.
    Suspend,
    /// Put text on the clipboard by OSC 52.
    Copy(String),
    /// Turn mouse reporting on or off, so that the terminal's own selection works.
    CaptureMouse(bool),
    /// Clear and draw everything again.
    Redraw,
}
