//! The program's own log: a file in the state folder, never the screen.
//!
//! `DBBACKUP_LOG` sets the level (`debug`, `dbbackup::engine=trace`, …). Headless verbs also say
//! warnings on stderr. A panic's report goes into the log and to stderr.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Mutex;

use color_eyre::config::{EyreHook, HookBuilder, PanicHook};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::error::{Error, ErrorKind, Result};

/// A log of this size is put aside when the program starts.
const ROTATE_AT: u64 = 4 << 20;

/// Where the talk of the log may appear besides the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// The console draws there: nothing may.
    Console,
    /// Warnings as text.
    Text,
    /// Warnings as JSON lines.
    Json,
}

/// Opens the log and sends the program's traces there.
pub fn start(file: &Path, filter: Option<&str>, screen: Screen) -> Result<()> {
    let filter = filter.unwrap_or("info");
    let filter = EnvFilter::try_new(filter).map_err(|e| {
        Error::usage(format!("DBBACKUP_LOG is not a filter: {filter}"))
            .with_source(e)
            .with_hint("write a level such as debug, or module=level")
    })?;
    let log = open(file)?;
    let to_file = fmt::layer().with_ansi(false).with_writer(Mutex::new(log)).with_filter(filter);
    let to_stderr = match screen {
        Screen::Console => None,
        Screen::Text => {
            let layer = fmt::layer().without_time().with_target(false).with_ansi(false);
            Some(layer.with_writer(std::io::stderr).with_filter(LevelFilter::WARN).boxed())
        }
        Screen::Json => {
            let layer = fmt::layer().json().flatten_event(true);
            Some(layer.with_writer(std::io::stderr).with_filter(LevelFilter::WARN).boxed())
        }
    };
    tracing_subscriber::registry()
        .with(to_file)
        .with(to_stderr)
        .try_init()
        .map_err(|e| Error::new(ErrorKind::Internal, "starting the log failed").with_source(e))
}

fn open(path: &Path) -> Result<File> {
    let fail = |e| Error::io(format!("opening the log {}", path.display()), e);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
    }
    if fs::metadata(path).is_ok_and(|file| file.len() > ROTATE_AT) {
        fs::rename(path, path.with_extension("log.1")).map_err(fail)?;
    }
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).map_err(fail)
}

/// Installs color-eyre's reports: panics go into the log and to stderr. The console wraps this hook
/// in one of its own, which gives the screen back first.
pub fn install_hooks() -> Result<()> {
    let (panic, eyre) = hooks();
    eyre.install().map_err(|e| {
        Error::new(ErrorKind::Internal, "installing the error report failed").with_source(e)
    })?;
    std::panic::set_hook(Box::new(move |info| {
        let report = panic.panic_report(info).to_string();
        tracing::error!("{report}");
        // With nobody there to read it, the log has it.
        let _ = writeln!(std::io::stderr(), "{report}");
    }));
    Ok(())
}

fn hooks() -> (PanicHook, EyreHook) {
    HookBuilder::default().display_env_section(false).into_hooks()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_put_aside_and_the_new_one_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/dbbackup.log");
        writeln!(open(&path).unwrap(), "first").unwrap();
        File::options().write(true).open(&path).unwrap().set_len(ROTATE_AT + 1).unwrap();
        let log = open(&path).unwrap();
        assert_eq!(log.metadata().unwrap().len(), 0);
        assert_eq!(log.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(folder.path().join("state/dbbackup.log.1").exists());
    }
}
