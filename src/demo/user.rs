//! Who the server runs as: a server refuses to run as root, so root lends it to somebody else.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::error::{Error, Result};

/// Unprivileged users to run a server as, the better one first.
const CANDIDATES: [&str; 2] = ["postgres", "nobody"];

/// A user and its group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerUser {
    /// Name, for people.
    pub(super) name: String,
    uid: u32,
    gid: u32,
}

/// Another user to run the server as; `None` while this process is not root.
pub(super) fn other() -> Result<Option<ServerUser>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd")
        .map_err(|e| Error::io("looking for an unprivileged user in /etc/passwd", e))?;
    let found = CANDIDATES.iter().find_map(|name| in_passwd(&passwd, name));
    found.map(Some).ok_or_else(|| {
        Error::usage("as root the demo needs an unprivileged user for its server")
            .with_hint("run it as an ordinary user, or make a user named postgres")
    })
}

fn in_passwd(passwd: &str, name: &str) -> Option<ServerUser> {
    let mut fields = passwd
        .lines()
        .map(|line| line.split(':'))
        .find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(ServerUser { name: name.to_owned(), uid, gid })
}

/// Makes a command run as the user.
pub(super) fn run_as(command: &mut Command, user: Option<&ServerUser>) {
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
}

/// Gives a folder to the user.
pub(super) fn give(path: &Path, user: Option<&ServerUser>) -> Result<()> {
    let Some(user) = user else { return Ok(()) };
    chown(path, Some(user.uid), Some(user.gid))
        .map_err(|e| Error::io(format!("giving {} to {}", path.display(), user.name), e))
}

/// Whether the user can enter the folder by way of all that are above it.
pub(super) fn can_enter(path: &Path, user: Option<&ServerUser>) -> bool {
    let Some(user) = user else { return true };
    let existing = path.ancestors().filter_map(|folder| fs::metadata(folder).ok());
    existing.into_iter().all(|folder| {
        let bit = if folder.uid() == user.uid {
            0o100
        } else if folder.gid() == user.gid {
            0o010
        } else {
            0o001
        };
        folder.mode() & bit != 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n";

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let nobody = ServerUser { name: "nobody".into(), uid: 65534, gid: 65533 };
        assert_eq!(in_passwd(PASSWD, "nobody"), Some(nobody));
        assert_eq!(in_passwd(PASSWD, "no"), None);
        assert_eq!(in_passwd(PASSWD, "postgres"), None);
    }

    #[test]
    fn a_closed_folder_anywhere_above_is_noticed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("closed/inner");
        fs::create_dir_all(&inner).unwrap();
        let stranger = ServerUser { name: "x".into(), uid: 4_000_000_000, gid: 4_000_000_000 };
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(can_enter(&inner, Some(&stranger)));
        let closed = fs::Permissions::from_mode(0o700);
        fs::set_permissions(folder.path().join("closed"), closed).unwrap();
        assert!(!can_enter(&inner, Some(&stranger)));
        assert!(can_enter(&inner, None));
    }
}
