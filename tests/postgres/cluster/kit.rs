//! What the tests of clusters share: servers with odd globals, running a job, and pg_dumpall.

use std::path::Path;

use dbbackup::config::Config;
use dbbackup::model::conn::Target;
use dbbackup::model::job::JobEvent;
use dbbackup::model::secret::Secret;
use dbbackup::model::spec::{ClusterBackupSpec, JobSpec};
use dbbackup::postgres::cluster;
use dbbackup::work::WorkContext;

use crate::job::run_watched;
pub(super) use crate::job::{Done, assert_same_text};
use crate::support::{Server, ServerOptions, installations, run};

/// Roles with everything that a role can have, and names that want quotes.
pub(super) const ROLES: &str = include_str!("roles.sql");
/// What servers from 15 on have besides.
pub(super) const PARAMETERS: &str = include_str!("parameters.sql");
/// What servers from 16 on have besides.
pub(super) const GRANTORS: &str = include_str!("grantors.sql");

/// Gives a server roles, memberships, parameter privileges and a tablespace.
pub(super) fn furnish(server: &Server) {
    let version: u32 = server.psql("postgres", "show server_version_num").trim().parse().unwrap();
    server.psql("postgres", ROLES);
    if version >= 150_000 {
        server.psql("postgres", PARAMETERS);
    }
    if version >= 160_000 {
        server.psql("postgres", GRANTORS);
    }
    let folder = tablespace_folder(server);
    let sql = format!(
        "create tablespace fast owner app location '{}';\n\
         alter tablespace fast set (random_page_cost = 1.1, seq_page_cost = 0.9);\n\
         grant create on tablespace fast to reader with grant option;\n\
         comment on tablespace fast is 'a\\b';\n",
        folder.display()
    );
    server.psql("postgres", &sql);
}

/// Gives a furnished server databases of all sorts, with owners, grants, settings and rows.
pub(super) fn furnish_databases(server: &Server) {
    server.psql("postgres", include_str!("databases.sql"));
}

/// The text of one server as it would be of another: their tablespaces lie in different folders.
pub(super) fn moved(text: &str, from: &Server, to: &Server) -> String {
    text.replace(&*from.folder.to_string_lossy(), &to.folder.to_string_lossy())
}

/// A server of the newest version: the newest pg_restore wants settings that older ones do not have.
pub(super) fn newest() -> Server {
    let (_, bin) = installations().pop().unwrap();
    Server::start(&ServerOptions { bin: Some(bin), ..ServerOptions::default() })
}

/// A folder for the tablespace `fast`, made for the server's user.
pub(super) fn tablespace_folder(server: &Server) -> std::path::PathBuf {
    let folder = server.folder.join("fast");
    if !folder.exists() {
        run(crate::support::as_server_user(Path::new("/bin/mkdir")).arg("-m700").arg(&folder));
    }
    folder
}

/// The target of a server, as its superuser.
pub(super) fn target(server: &Server) -> Target {
    Target { url: Some(Secret::new(server.url("postgres"))), ..Target::default() }
}

/// A backup of everything.
pub(super) fn backup_spec(server: &Server, output: &Path) -> ClusterBackupSpec {
    ClusterBackupSpec {
        jobs: std::num::NonZeroUsize::new(4).unwrap(),
        ..ClusterBackupSpec::new(target(server), output)
    }
}

/// Runs a job to its end.
pub(super) fn job(spec: &JobSpec) -> Done {
    job_watched(spec, |_, _| {})
}

/// Runs a job; `watch` sees every event, and may cancel.
pub(super) fn job_watched(spec: &JobSpec, watch: impl FnMut(&JobEvent, &WorkContext)) -> Done {
    let whole = spec.clone();
    run_watched(spec.rate(), watch, move |work| async move {
        match &whole {
            JobSpec::BackupCluster(spec) => cluster::backup(spec, &Config::default(), &work).await,
            JobSpec::RestoreCluster(spec) => {
                cluster::restore(spec, &Config::default(), &work).await
            }
            _ => panic!("no job of a cluster"),
        }
    })
}

/// Runs a backup that has to be complete.
pub(super) fn backup(spec: &ClusterBackupSpec) {
    job(&JobSpec::BackupCluster(spec.clone())).assert_complete();
}

/// pg_dumpall's text, without the lines that differ from run to run.
pub(super) fn dump_all(server: &Server, options: &[&str]) -> String {
    let output = server.tool("pg_dumpall").args(options).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "pg_dumpall failed: {errors}");
    // Databases may have other encodings: then every byte is a character.
    let text = String::from_utf8(output.stdout);
    let text = text.unwrap_or_else(|e| e.as_bytes().iter().map(|byte| char::from(*byte)).collect());
    comparable(&text)
}

/// A script without what differs from run to run: the restrict keys, and the mark that some servers
/// give each table's columns anew.
pub(super) fn comparable(script: &str) -> String {
    let mark = regex::Regex::new(r"pg_attver=\d+").unwrap();
    mark.replace_all(script, "pg_attver")
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
        .collect()
}
