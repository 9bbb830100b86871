//! The terminal front: owns the screen, the keyboard and the signals, feeds the application state
//! with messages, carries out its effects, and draws.
//!
//! ```text
//!  keys, mouse, paste ─► input ─┐                       ┌─► link ──► engine commands
//!  engine events ─────► link ───┼─► App::update ─► effects ─► screen, clipboard, suspend, detach
//!  signals, clock ──────────────┘        │
//!                                        └─ dirty ─► pace (≥100 ms) ─► ui::draw ─► writer thread
//! ```
//! Nothing here waits for a database or a disk, and the loop never waits for the terminal either: a
//! thread of its own writes frames, and while it is busy no new frame is made, so a slow line gets
//! fewer frames, not a queue of them. A terminal that goes away (`SIGHUP`, end of input, `EIO`) ends
//! the screen and nothing else: running jobs finish without it.

mod aftermath;
mod hangup;
mod input;
mod keyboard;
mod link;
mod pace;
mod panic;
mod run;
mod screen;
mod signals;
mod writer;

pub use run::{Options, run};
