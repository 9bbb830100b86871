//! What a panic does to the screen: one of the drawing thread gives it back and is shown; one of any
//! other thread is a failed job, goes into the log, and must not write over the screen.

use std::io::{self, Write};
use std::panic;
use std::thread;

use super::screen;

/// Wraps the hook that is installed already, which writes the report into the log.
pub(super) fn install() {
    let drawing = thread::current().id();
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let ours = thread::current().id() == drawing && screen::is_active();
        if ours {
            screen::leave();
        }
        report(info);
        if ours {
            let _ = writeln!(io::stderr(), "dbbackup: the console crashed: {info}");
        }
    }));
}
