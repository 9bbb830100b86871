//! Who a hook's program runs as. Only root can lend a program to somebody else.

use std::fs;
use std::process::Stdio;

use tokio::process::Command;

/// A user of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) home: String,
}

/// The user to change to; `None` where that is who we are. An error says why it cannot be.
pub(super) async fn find(name: &str) -> Result<Option<User>, String> {
    let user = look_up(name)
        .await
        .ok_or_else(|| format!("it is to run as user {name}, whom this machine does not know"))?;
    let own = rustix::process::geteuid();
    if user.uid == own.as_raw() {
        return Ok(None);
    }
    if !own.is_root() {
        return Err(format!(
            "it is to run as user {name}, which only root can do: run dbbackup as root or as {name}"
        ));
    }
    Ok(Some(user))
}

async fn look_up(name: &str) -> Option<User> {
    let local = fs::read_to_string("/etc/passwd").unwrap_or_default();
    match in_passwd(&local, name) {
        Some(user) => Some(user),
        None => in_passwd(&getent(name).await?, name),
    }
}

/// Users of directory services.
async fn getent(name: &str) -> Option<String> {
    let mut command = Command::new("getent");
    command.args(["passwd", "--", name]).stdin(Stdio::null()).stderr(Stdio::null());
    // It is given up with whoever waits for it.
    command.kill_on_drop(true);
    let output = command.output().await.ok()?;
    String::from_utf8(output.stdout).ok()
}

fn in_passwd(passwd: &str, name: &str) -> Option<User> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    let (uid, gid) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    let home = fields.nth(1)?.to_owned();
    Some(User { name: name.to_owned(), uid, gid, home })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533::/var:/bin/false\n";

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let home = "/var".to_owned();
        let nobody = User { name: "nobody".into(), uid: 65534, gid: 65533, home };
        assert_eq!(in_passwd(PASSWD, "nobody"), Some(nobody));
        assert_eq!(in_passwd(PASSWD, "no"), None);
    }

    #[tokio::test]
    async fn an_unknown_user_is_refused_and_so_is_anybody_without_root() {
        let error = find("nobody-of-this-name").await.unwrap_err();
        assert!(error.contains("does not know"), "{error}");
        let other = find("nobody").await;
        if rustix::process::geteuid().is_root() {
            assert!(matches!(other, Ok(Some(user)) if user.name == "nobody"));
            assert_eq!(find("root").await, Ok(None));
        } else {
            assert!(other.unwrap_err().contains("only root can do"));
        }
    }
}
