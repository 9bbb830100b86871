//! Living on after the terminal has gone.
//!
//! The event reader's thread would spin on a dead terminal for ever, and every write would fail. So
//! the three standard streams are put onto something harmless first: input onto a pipe that nobody
//! writes to, output onto `/dev/null`.

use std::fs::OpenOptions;
use std::io;

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

/// Detaches the standard streams from the terminal.
pub(super) fn let_go() -> io::Result<()> {
    let (silence, writer) = pipe_with(PipeFlags::CLOEXEC)?;
    dup2_stdin(&silence)?;
    // Closing the writing end would make the reader see an end of file again and again.
    std::mem::forget(writer);
    let nowhere = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    dup2_stdout(&nowhere)?;
    dup2_stderr(&nowhere)?;
    Ok(())
}
