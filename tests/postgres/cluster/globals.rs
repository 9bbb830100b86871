//! The script of the globals is pg_dumpall's to the letter, on every server, with every option.

use std::fs;

use dbbackup::model::cluster::ClusterListing;
use dbbackup::model::job::Level;
use dbbackup::model::secret::Secret;
use dbbackup::model::spec::{ClusterBackupSpec, ClusterContent, DumpOptions, JobSpec};
use dbbackup::postgres::cluster;

use super::kit::{
    assert_same_text, backup, backup_spec, comparable, dump_all, furnish, job, moved, target,
};
use crate::support::{Server, ServerOptions, installations, run};

fn globals(spec: ClusterBackupSpec) -> (String, ClusterListing) {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("c");
    backup(&ClusterBackupSpec { output: output.clone(), ..spec });
    let listing = cluster::list(&output).unwrap();
    assert_eq!(listing.damage, Vec::<String>::new());
    (comparable(&fs::read_to_string(output.join("globals.sql")).unwrap()), listing)
}

/// Options of pg_dumpall, and ours that mean the same.
type Case = (&'static [&'static str], ClusterContent, fn(&mut ClusterBackupSpec));

fn globals_only(server: &Server) -> ClusterBackupSpec {
    ClusterBackupSpec {
        content: ClusterContent::GlobalsOnly,
        ..backup_spec(server, std::path::Path::new("/"))
    }
}

#[test]
fn the_script_is_pg_dumpalls_on_every_server() {
    for (major, bin) in installations() {
        let server = Server::start(&ServerOptions { bin: Some(bin), ..ServerOptions::default() });
        furnish(&server);
        let (script, listing) = globals(globals_only(&server));
        assert!(script.contains("CREATE TABLESPACE fast OWNER app"), "{major}: {script}");
        assert_same_text(&dump_all(&server, &["-g"]), &script);
        let info = listing.catalogue.globals.unwrap();
        assert_eq!((info.roles, info.role_settings, info.passwords), (9, 5, true), "{major}");
        assert_eq!(info.tablespaces.len(), 1);
        assert_eq!(info.parameters, if major >= 15 { 3 } else { 0 });
    }
}

#[test]
fn the_script_is_pg_dumpalls_with_every_option() {
    let server = Server::start(&ServerOptions::default());
    let empty = dump_all(&server, &["-g", "-c"]);
    let clean = DumpOptions { clean: true, ..DumpOptions::default() };
    let spec = ClusterBackupSpec { options: clean.clone(), ..globals_only(&server) };
    assert_same_text(&empty, &globals(spec).0);
    furnish(&server);
    let of = |content, change: fn(&mut ClusterBackupSpec)| {
        let mut spec = ClusterBackupSpec { content, ..globals_only(&server) };
        change(&mut spec);
        globals(spec).0
    };
    let cases: [Case; 11] = [
        (&["-g", "--quote-all-identifiers"], ClusterContent::GlobalsOnly, |s| {
            s.options.quote_all_identifiers = true;
        }),
        (&["-r"], ClusterContent::RolesOnly, |_| {}),
        (&["-t"], ClusterContent::TablespacesOnly, |_| {}),
        (&["-g", "-c"], ClusterContent::GlobalsOnly, |s| s.options.clean = true),
        (&["-r", "-c", "--if-exists"], ClusterContent::RolesOnly, |s| {
            s.options.clean = true;
            s.options.if_exists = true;
        }),
        (&["-t", "-c"], ClusterContent::TablespacesOnly, |s| s.options.clean = true),
        (&["-g", "--no-role-passwords"], ClusterContent::GlobalsOnly, |s| {
            s.no_role_passwords = true;
        }),
        (&["-g", "--no-comments"], ClusterContent::GlobalsOnly, |s| {
            s.options.left_out.comments = true;
        }),
        (&["-g", "--no-tablespaces"], ClusterContent::GlobalsOnly, |s| {
            s.options.left_out.tablespaces = true;
        }),
        (&["-g", "-x"], ClusterContent::GlobalsOnly, |s| s.no_privileges = true),
        (&["-g", "-O"], ClusterContent::GlobalsOnly, |s| s.no_owner = true),
    ];
    for (options, content, change) in cases {
        assert_same_text(&dump_all(&server, options), &of(content, change));
    }
}

#[test]
fn settings_of_all_roles_are_kept_though_pg_dumpall_forgets_them() {
    let server = Server::start(&ServerOptions::default());
    server.psql("postgres", "alter role all set log_min_duration_statement = '5s'");
    let (script, _) = globals(globals_only(&server));
    assert!(script.contains("ALTER ROLE ALL SET log_min_duration_statement TO '5s';"), "{script}");
    assert!(!dump_all(&server, &["-g"]).contains("ROLE ALL"), "the section is needed no more");
}

#[test]
fn who_may_not_read_passwords_is_told_how_to_go_without() {
    let server = Server::shared();
    server.psql("postgres", "create role cluster_reader login");
    let url = server.url("postgres").replace("postgres@", "cluster_reader@");
    let folder = tempfile::tempdir().unwrap();
    let mut spec = ClusterBackupSpec {
        content: ClusterContent::GlobalsOnly,
        target: dbbackup::model::conn::Target { url: Some(Secret::new(url)), ..target(server) },
        ..backup_spec(server, &folder.path().join("c"))
    };
    let refused = job(&JobSpec::BackupCluster(spec.clone())).result.unwrap_err();
    assert!(refused.hint().unwrap().contains("--no-role-passwords"), "{refused:?}");
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "something was left");
    spec.no_role_passwords = true;
    backup(&spec);
}

#[test]
fn the_secrets_of_the_script_are_its_owners_alone_and_in_nothing_else() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start(&ServerOptions::default());
    furnish(&server);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("c");
    let spec = ClusterBackupSpec { output: output.clone(), ..globals_only(&server) };
    let done = job(&JobSpec::BackupCluster(spec));
    done.assert_complete();
    let mode = |name: &str| fs::metadata(output.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("globals.sql"), mode("cluster.json")), (0o700, 0o600, 0o600));
    assert!(fs::read_to_string(output.join("globals.sql")).unwrap().contains("SCRAM-SHA-256$"));
    assert!(!fs::read_to_string(output.join("cluster.json")).unwrap().contains("SCRAM"));
    assert!(!done.messages(Level::Info).concat().contains("SCRAM"));
}

#[test]
fn psql_runs_the_script_to_the_same_globals() {
    let source = Server::start(&ServerOptions::default());
    furnish(&source);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("c");
    backup(&ClusterBackupSpec { output: output.clone(), ..globals_only(&source) });
    let into = Server::start(&ServerOptions::default());
    // The folder of the tablespace is the only thing that cannot be had twice on one machine.
    let script = fs::read_to_string(output.join("globals.sql")).unwrap();
    let moved = |text: &str| moved(text, &source, &into);
    super::kit::tablespace_folder(&into);
    fs::write(output.join("moved.sql"), moved(&script)).unwrap();
    run(into.tool("psql").args(["-X", "-q", "-d", "postgres", "-f"]).arg(output.join("moved.sql")));
    assert_same_text(&moved(&dump_all(&source, &["-g"])), &dump_all(&into, &["-g"]));
}
