//! Where things are kept: the platform's usual folders, moved by HOME and XDG_* of the given
//! environment.

use std::path::{Path, PathBuf};

use directories::{BaseDirs, ProjectDirs};

use super::{Env, Paths};
use crate::error::{Error, Result};

const NAME: &str = "dbbackup";

impl Paths {
    /// The folders for an environment.
    pub(super) fn find(env: &Env) -> Result<Self> {
        let system = BaseDirs::new();
        let home = env.get("HOME").map(PathBuf::from);
        let home = home.or_else(|| system.as_ref().map(|dirs| dirs.home_dir().to_owned()));
        let home = home.ok_or_else(|| {
            Error::usage("there is no home folder").with_hint("set HOME to an absolute path")
        })?;
        let usual = Usual { home: &home, system, project: ProjectDirs::from("", "", NAME) };
        let folder = |variable: &str, usual: PathBuf| {
            // A relative path there is to be ignored, as the XDG rules have it.
            let moved = env.get(variable).map(Path::new).filter(|path| path.is_absolute());
            moved.map_or(usual, |path| path.join(NAME))
        };
        let config = folder("XDG_CONFIG_HOME", usual.config());
        Ok(Self {
            config_file: config.join("config.toml"),
            state_dir: folder("XDG_STATE_HOME", usual.state()),
            cache_dir: folder("XDG_CACHE_HOME", usual.cache()),
            home,
        })
    }
}

/// The platform's folders, moved below another home.
struct Usual<'a> {
    home: &'a Path,
    system: Option<BaseDirs>,
    project: Option<ProjectDirs>,
}

impl Usual<'_> {
    fn config(&self) -> PathBuf {
        self.moved(self.project.as_ref().map(ProjectDirs::config_dir), ".config")
    }

    fn state(&self) -> PathBuf {
        // Not every platform has a folder for state; its folder for data is the next best.
        let state =
            |dirs: &'_ ProjectDirs| dirs.state_dir().unwrap_or(dirs.data_local_dir()).to_owned();
        self.moved(self.project.as_ref().map(state).as_deref(), ".local/state")
    }

    fn cache(&self) -> PathBuf {
        self.moved(self.project.as_ref().map(ProjectDirs::cache_dir), ".cache")
    }

    /// A folder as it lies below the process's home; one that lies elsewhere was moved by the
    /// process's own environment, which does not count here.
    fn moved(&self, folder: Option<&Path>, otherwise: &str) -> PathBuf {
        let home = self.system.as_ref().map(BaseDirs::home_dir);
        let below = folder.zip(home).and_then(|(folder, home)| folder.strip_prefix(home).ok());
        below.map_or_else(|| self.home.join(otherwise).join(NAME), |below| self.home.join(below))
    }
}
