//! Where the demo keeps its things, and how what a dead run left is found and removed.
//!
//! ```text
//! GROUND/            the user's cache, or a private folder where the server's user gets in
//!   lock             held while a run folder is made or leftovers are removed
//!   postgresql/…     programs that were obtained
//!   run-…/           one run: 0700, the server's user's
//!     marker         locked as long as the run's keeper lives; without it nothing is removed
//!     data/ backups/ server.log .s.PGSQL.5432
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::cli::say;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};

use super::user::{self, ServerUser};

const MARKER: &str = "marker";
const MARKER_TEXT: &str = "A folder of dbbackup demo: removed when the demo ends.\n";
const RUN_PREFIX: &str = "run-";
/// The longest path of a socket that every system takes, with its terminator.
const SOCKET_LIMIT: usize = 103;

/// The folder under which runs are made.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    /// The folder.
    pub(super) path: PathBuf,
    /// Who the server runs as, where that is not this process's user.
    pub(super) user: Option<ServerUser>,
}

/// Finds a place that is private, that the server's user can reach, and whose path is short enough
/// for a socket.
pub(super) fn ground(config: &Config) -> Result<Ground> {
    let user = user::other()?;
    let cache = config.paths.cache_dir.join("demo");
    let fits = socket_length(&cache) <= SOCKET_LIMIT && user::can_enter(&cache, user.as_ref());
    if fits {
        return Ok(Ground { path: private(&cache)?, user });
    }
    let own = format!("dbbackup-demo-{}", rustix::process::geteuid().as_raw());
    let named = config.env.get("TMPDIR").map(PathBuf::from);
    let path = named
        .into_iter()
        .chain(["/tmp", "/var/tmp"].map(PathBuf::from))
        .map(|folder| folder.join(&own))
        .find(|path| socket_length(path) <= SOCKET_LIMIT && user::can_enter(path, user.as_ref()))
        .ok_or_else(|| {
            Error::usage("no folder was found that the demo's server can use")
                .with_hint("set TMPDIR to a folder that every user can enter")
        })?;
    let path = private(&path)?;
    match &user {
        Some(user) => say(format_args!(
            "demo: as root, the server runs as user {} in {}",
            user.name,
            path.display()
        )),
        None => say(format_args!("demo: working in {}", path.display())),
    }
    Ok(Ground { path, user })
}

fn socket_length(ground: &Path) -> usize {
    ground.join("run-1234567890-9").join(".s.PGSQL.5432").as_os_str().len()
}

/// Makes the folder, or makes sure that the one that is there is ours alone to write.
fn private(path: &Path) -> Result<PathBuf> {
    let fail = |e| Error::io(format!("making the folder {}", path.display()), e);
    if let Some(above) = path.parent() {
        fs::create_dir_all(above).map_err(fail)?;
    }
    match DirBuilder::new().create(path) {
        // Set apart from the making: a umask would take away what the server's user needs.
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(0o755)).map_err(fail)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(fail(error)),
    }
    let found = fs::symlink_metadata(path).map_err(fail)?;
    let ours = found.uid() == rustix::process::geteuid().as_raw();
    if !found.is_dir() || !ours || found.mode() & 0o022 != 0 {
        let text = format!("{} is not a folder that only this user can write", path.display());
        return Err(Error::new(ErrorKind::Io, text).with_hint("remove it and try again"));
    }
    Ok(path.to_owned())
}

/// Holds off every other demo of this user while folders come and go.
pub(super) fn lock(ground: &Ground) -> Result<File> {
    let path = ground.path.join("lock");
    let fail = |e| Error::io(format!("locking {}", path.display()), e);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(fail)?;
    flock(&file, FlockOperation::LockExclusive).map_err(|e| fail(e.into()))?;
    Ok(file)
}

/// Makes the folder of a run, with its marker. Call it under [`lock`].
pub(super) fn new_run(ground: &Ground) -> Result<PathBuf> {
    let pid = std::process::id();
    let folder = (0..10)
        .map(|number| ground.path.join(format!("{RUN_PREFIX}{pid}-{number}")))
        .find(|path| !path.exists())
        .ok_or_else(|| Error::new(ErrorKind::Io, "no name is free for the demo's folder"))?;
    let fail = |e| Error::io(format!("making the folder {}", folder.display()), e);
    DirBuilder::new().mode(0o700).create(&folder).map_err(fail)?;
    fs::write(folder.join(MARKER), MARKER_TEXT).map_err(fail)?;
    DirBuilder::new().mode(0o700).create(folder.join("backups")).map_err(fail)?;
    user::give(&folder, ground.user.as_ref())?;
    Ok(folder)
}

/// Takes the lock that says that a run lives. `None`: somebody else holds it, so it does.
pub(super) fn take_marker(run: &Path) -> Result<Option<File>> {
    let path = run.join(MARKER);
    let fail = |e| Error::io(format!("opening {}", path.display()), e);
    let text = fs::read_to_string(&path).map_err(fail)?;
    if text != MARKER_TEXT {
        let text = format!("{} is not a folder of the demo", run.display());
        return Err(Error::new(ErrorKind::Io, text));
    }
    let file = File::open(&path).map_err(fail)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(fail(error.into())),
    }
}

/// Removes a run's folder. The marker, whose lock the caller holds, proves that it is one.
pub(super) fn remove(run: &Path, _marker: &File) -> Result<()> {
    fs::remove_dir_all(run).map_err(|e| Error::io(format!("removing {}", run.display()), e))
}

/// The runs that are there, living or not.
pub(super) fn runs(ground: &Ground) -> Vec<PathBuf> {
    let entries = fs::read_dir(&ground.path).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(RUN_PREFIX))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> (tempfile::TempDir, Ground) {
        let folder = tempfile::tempdir().unwrap();
        let path = private(&folder.path().join("demo")).unwrap();
        (folder, Ground { path, user: None })
    }

    #[test]
    fn a_run_is_taken_for_dead_only_when_nobody_holds_its_marker() {
        let (_folder, ground) = here();
        let run = new_run(&ground).unwrap();
        let held = take_marker(&run).unwrap().unwrap();
        assert!(take_marker(&run).unwrap().is_none());
        assert_eq!(runs(&ground), std::slice::from_ref(&run));
        drop(held);
        let marker = take_marker(&run).unwrap().unwrap();
        remove(&run, &marker).unwrap();
        assert!(runs(&ground).is_empty());
    }

    #[test]
    fn a_folder_without_our_marker_is_never_taken() {
        let (_folder, ground) = here();
        let foreign = ground.path.join("run-1-0");
        fs::create_dir(&foreign).unwrap();
        assert!(take_marker(&foreign).is_err());
        fs::write(foreign.join(MARKER), "something else").unwrap();
        assert!(take_marker(&foreign).is_err());
    }

    #[test]
    fn a_ground_that_others_can_write_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let open = folder.path().join("demo");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(private(&open).is_err());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/tmp", &link).unwrap();
        assert!(private(&link).is_err());
    }
}
