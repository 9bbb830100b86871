//! Restores of cluster backups: the whole, parts, other names, existing and older servers.

use std::fs;
use std::path::Path;

use dbbackup::config::Config;
use dbbackup::model::job::{JobEvent, Level, Outcome};
use dbbackup::model::pattern::Pattern;
use dbbackup::model::plan::Plan;
use dbbackup::model::spec::{
    ClusterBackupSpec, ClusterContent, ClusterRestoreSpec, DatabaseChoice, DumpOptions, JobSpec,
    Parts,
};
use dbbackup::postgres::cluster;

use super::kit::{
    Done, assert_same_text, backup, backup_spec, dump_all, furnish, furnish_databases, job,
    job_watched, moved, newest, tablespace_folder, target,
};
use crate::support::{Server, ServerOptions, installations, run};

fn restore_spec(server: &Server, backup: &Path) -> ClusterRestoreSpec {
    ClusterRestoreSpec {
        jobs: std::num::NonZeroUsize::new(4).unwrap(),
        ..ClusterRestoreSpec::new(target(server), backup)
    }
}

fn restore(spec: &ClusterRestoreSpec) -> Done {
    job(&JobSpec::RestoreCluster(spec.clone()))
}

fn plan(spec: &ClusterRestoreSpec) -> Plan {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(cluster::plan_restore(spec, &Config::default())).unwrap()
}

fn choice(pattern: &str, to: Option<&str>) -> DatabaseChoice {
    DatabaseChoice { pattern: Pattern::new(pattern), to: to.map(str::to_owned) }
}

/// A furnished server, and its backup in a folder, as for another server on the same machine: the
/// folder of its tablespace is another, as a user would write it into the script.
struct Fixture {
    source: Server,
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new(source: Server) -> Self {
        furnish(&source);
        furnish_databases(&source);
        let folder = tempfile::tempdir().unwrap();
        backup(&backup_spec(&source, &folder.path().join("c")));
        Self { source, folder }
    }

    fn backup(&self) -> std::path::PathBuf {
        self.folder.path().join("c")
    }

    /// The backup for this server.
    fn for_server(&self, into: &Server) -> std::path::PathBuf {
        tablespace_folder(into);
        let script = self.backup().join("globals.sql");
        let text = fs::read_to_string(&script).unwrap();
        fs::write(&script, moved(&text, &self.source, into)).unwrap();
        self.backup()
    }

    fn restored_is_equal(&self, into: &Server, options: &[&str]) {
        let expected = moved(&dump_all(&self.source, options), &self.source, into);
        assert_same_text(&expected, &dump_all(into, options));
    }
}

#[test]
fn a_restored_cluster_is_the_same_to_pg_dumpall() {
    let fixture = Fixture::new(newest());
    let into = newest();
    let done = restore(&restore_spec(&into, &fixture.for_server(&into)));
    done.assert_complete();
    fixture.restored_is_equal(&into, &[]);
    // With --clean it shows what postgres and template1 have of their own.
    fixture.restored_is_equal(&into, &["--clean"]);
    let messages = done.messages(Level::Info);
    let existing = "role postgres was there already, and get what the backup says of them";
    assert!(messages.contains(&existing), "{messages:#?}");
}

#[test]
fn a_restore_is_the_same_on_every_server() {
    // The newest of each, the oldest too; the newest alone has its own test.
    let mut seen = std::collections::BTreeSet::new();
    for (major, bin) in installations() {
        if !seen.insert(major) {
            continue;
        }
        let options = ServerOptions { bin: Some(bin), ..ServerOptions::default() };
        let fixture = Fixture::new(Server::start(&options));
        let into = Server::start(&options);
        let done = restore(&restore_spec(&into, &fixture.for_server(&into)));
        assert!(matches!(done.result, Ok(Outcome::Complete)), "{major}: {:#?}", done.result);
        fixture.restored_is_equal(&into, &[]);
    }
}

#[test]
fn an_older_server_gets_what_it_understands_and_the_rest_is_named() {
    let source = newest();
    furnish(&source);
    source.psql("postgres", "create database shop owner app; create database odd locale_provider icu icu_locale 'und' template template0");
    source.psql("shop", "create table t as select 1 as a");
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("c");
    let databases = vec![Pattern::new("shop"), Pattern::new("odd")];
    backup(&ClusterBackupSpec { databases, ..backup_spec(&source, &output) });
    let (major, bin) = installations().into_iter().next().unwrap();
    assert!(major < 15, "the oldest server is too new for this test");
    let into = Server::start(&ServerOptions { bin: Some(bin), ..ServerOptions::default() });
    let mut spec = restore_spec(&into, &output);
    spec.options.left_out.tablespaces = true;
    let planned = plan(&spec);
    let warned = |what: &str| planned.warnings.iter().any(|warning| warning.contains(what));
    assert!(warned("grants on parameters are left out"), "{:#?}", planned.warnings);
    assert!(warned("memberships lose their options"), "{:#?}", planned.warnings);
    assert!(
        warned("odd cannot be restored: it has locale provider icu"),
        "{:#?}",
        planned.warnings
    );
    let done = restore(&spec);
    let reasons = done.reasons();
    assert_eq!(reasons.len(), 1, "{reasons:#?}");
    assert!(reasons[0].starts_with("database odd was not restored"), "{reasons:#?}");
    assert_eq!(into.psql("shop", "select a from t"), "1\n");
    let granted = "select count(*) from pg_auth_members where pg_get_userbyid(member) = 'app'";
    assert_eq!(into.psql("postgres", granted), "3\n");
}

#[test]
fn any_part_can_be_restored() {
    let fixture = Fixture::new(Server::start(&ServerOptions::default()));
    let into = Server::start(&ServerOptions::default());
    let backup = fixture.for_server(&into);
    let spec = restore_spec(&into, &backup);
    let globals = ClusterRestoreSpec { content: ClusterContent::GlobalsOnly, ..spec.clone() };
    restore(&globals).assert_complete();
    fixture.restored_is_equal(&into, &["-g"]);
    assert_eq!(into.psql("postgres", "select count(*) from pg_database"), "3\n");
    // One database under its own name and under another, without globals.
    let chosen = ClusterRestoreSpec {
        content: ClusterContent::DatabasesOnly,
        databases: vec![choice("shop", None), choice("shop", Some("Shop \"copy\""))],
        ..spec.clone()
    };
    restore(&chosen).assert_complete();
    let rows = "select count(*), max(note) from sales.orders";
    assert_eq!(into.psql("shop", rows), into.psql("Shop \"copy\"", rows));
    let of = |name: &str| {
        into.psql(
            "postgres",
            &format!(
                "select datconnlimit, datacl, pg_get_userbyid(datdba), \
                 shobj_description(oid, 'pg_database'), array(select setconfig::text from \
                 pg_db_role_setting where setdatabase = d.oid order by 1) from pg_database d \
                 where datname = '{name}'"
            ),
        )
    };
    assert_eq!(of("shop"), of("Shop \"copy\""));
    assert!(of("shop").starts_with("20|"), "{}", of("shop"));
    // One table out of one database.
    let single = dbbackup::model::spec::RestoreSpec {
        tables: vec![Pattern::new("lines")],
        ..dbbackup::model::spec::RestoreSpec::new(
            target(&into),
            backup.join("databases/shop.dump"),
            into.create_database("part"),
        )
    };
    into.psql(&single.database, "create schema sales");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let listed = dbbackup::postgres::restore::list(&single.archive).unwrap();
    assert_eq!(listed.database, "shop");
    let planned = runtime.block_on(dbbackup::postgres::restore::plan(&single, &Config::default()));
    assert_eq!(planned.unwrap().data_objects, 1);
}

#[test]
fn roles_only_tablespaces_only_and_no_passwords_are_kept_to() {
    let fixture = Fixture::new(Server::start(&ServerOptions::default()));
    let into = Server::start(&ServerOptions::default());
    let spec = restore_spec(&into, &fixture.for_server(&into));
    let roles = ClusterRestoreSpec {
        content: ClusterContent::RolesOnly,
        no_role_passwords: true,
        ..spec.clone()
    };
    restore(&roles).assert_complete();
    fixture.restored_is_equal(&into, &["-r", "--no-role-passwords"]);
    assert_eq!(
        into.psql("postgres", "select count(*) from pg_authid where rolpassword <> ''"),
        "0\n"
    );
    assert_eq!(into.psql("postgres", "select count(*) from pg_tablespace"), "2\n");
    let spaces = ClusterRestoreSpec { content: ClusterContent::TablespacesOnly, ..spec };
    restore(&spaces).assert_complete();
    fixture.restored_is_equal(&into, &["-t"]);
}

#[test]
fn what_a_server_has_is_written_into_only_when_that_was_agreed_to() {
    let fixture = Fixture::new(Server::start(&ServerOptions::default()));
    let into = Server::start(&ServerOptions::default());
    let backup = fixture.for_server(&into);
    into.psql("postgres", "create database shop; create table kept as select 'y' as a");
    into.psql("shop", "create table other as select 1 as a");
    let spec = restore_spec(&into, &backup);
    assert_eq!(plan(&spec).endangers, ["postgres: public.kept", "database shop"]);
    let error = restore(&spec).result.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the restore would write into what the server has: postgres: public.kept, database shop"
    );
    assert_eq!(into.psql("postgres", "select count(*) from pg_roles where rolname = 'app'"), "0\n");
    let clean = ClusterRestoreSpec { clean: true, ..spec };
    assert_eq!(plan(&clean).endangers, ["postgres: public.kept", "database shop"]);
    assert!(restore(&clean).result.is_err(), "dropping wants an agreement too");
    let agreed = ClusterRestoreSpec { over_existing: true, ..clean };
    restore(&agreed).assert_complete();
    fixture.restored_is_equal(&into, &[]);
    // And once more, over everything that was just restored: roles and tablespaces are dropped too.
    restore(&agreed).assert_complete();
    fixture.restored_is_equal(&into, &[]);
}

#[test]
fn the_restoring_role_is_changed_last_so_that_it_does_not_lock_itself_out() {
    let source = Server::start(&ServerOptions::default());
    source.psql(
        "postgres",
        "create role boss login password 'theirs'; alter role boss set default_transaction_read_only = on;
         alter role all set statement_timeout = '7s'; create database shop owner boss",
    );
    source.psql("shop", "create table t as select 1 as a");
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("c");
    backup(&backup_spec(&source, &output));
    let into = Server::start(&ServerOptions::default());
    into.psql("postgres", "create role boss superuser login");
    let mut spec = restore_spec(&into, &output);
    let url = into.url("postgres").replace("postgres@", "boss@");
    spec.target.url = Some(dbbackup::model::secret::Secret::new(url));
    restore(&spec).assert_complete();
    assert_same_text(&dump_all(&source, &[]), &dump_all(&into, &[]));
    let super_now = "select rolsuper from pg_roles where rolname = 'boss'";
    assert_eq!(into.psql("postgres", super_now), "f\n");
    let of_all = "select setconfig::text from pg_db_role_setting where setrole = 0";
    assert_eq!(into.psql("postgres", of_all), "{statement_timeout=7s}\n");
}

#[test]
fn what_fails_is_named_and_the_rest_is_restored() {
    let fixture = Fixture::new(Server::start(&ServerOptions::default()));
    let into = Server::start(&ServerOptions::default());
    // The folder of the tablespace is the source's own, which is in use.
    let done = restore(&restore_spec(&into, &fixture.backup()));
    let reasons = done.reasons();
    let named = |what: &str| reasons.iter().any(|reason| reason.contains(what));
    assert!(named("restoring tablespace fast"), "{reasons:#?}");
    assert!(named("name another in globals.sql"), "the way out is told: {reasons:#?}");
    assert!(named("database Odd \"db', 1/2 was not restored"), "{reasons:#?}");
    assert_eq!(into.psql("shop", "select count(*) from sales.lines"), "5000\n");
    let databases = "select count(*) from pg_database where datname like 'Odd%'";
    assert_eq!(into.psql("postgres", databases), "0\n", "a failed database is not left half-made");
    let first =
        ClusterRestoreSpec { exit_on_error: true, ..restore_spec(&into, &fixture.backup()) };
    let error = restore(&ClusterRestoreSpec { over_existing: true, ..first }).result.unwrap_err();
    assert!(error.to_string().contains("tablespace fast"), "{error}");
}

#[test]
fn a_damaged_or_incomplete_backup_is_told() {
    let fixture = Fixture::new(Server::start(&ServerOptions::default()));
    let into = Server::start(&ServerOptions::default());
    let backup = fixture.for_server(&into);
    fs::remove_file(backup.join("databases/latin.dump")).unwrap();
    let shop = backup.join("databases/shop.dump");
    let bytes = fs::read(&shop).unwrap();
    fs::write(&shop, &bytes[..bytes.len() / 2]).unwrap();
    let listing = cluster::list(&backup).unwrap();
    assert_eq!(listing.damage.len(), 2, "{:#?}", listing.damage);
    let done = restore(&restore_spec(&into, &backup));
    let reasons = done.reasons();
    let named = |what: &str| reasons.iter().any(|reason| reason.contains(what));
    assert!(named("database latin was not restored"), "{reasons:#?}");
    assert!(named("shop"), "{reasons:#?}");
    assert_eq!(into.psql("postgres", "select a from kept"), "x\n");
}

#[test]
fn rows_alone_go_into_databases_that_are_there() {
    let source = Server::start(&ServerOptions::default());
    source.psql("postgres", "create database shop");
    source.psql("shop", "create table t as select 1 as a");
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("c");
    let data = Parts { data_only: true, ..Parts::default() };
    let databases = vec![Pattern::new("shop")];
    let spec =
        ClusterBackupSpec { databases, parts: data.clone(), ..backup_spec(&source, &output) };
    backup(&spec);
    let into = Server::start(&ServerOptions::default());
    into.psql("postgres", "create database shop");
    into.psql("shop", "create table t (a int)");
    let spec = ClusterRestoreSpec { parts: data, ..restore_spec(&into, &output) };
    restore(&spec).assert_complete();
    assert_eq!(into.psql("shop", "select a from t"), "1\n");
}

#[test]
fn a_cancelled_restore_says_what_is_there() {
    let fixture = Fixture::new(Server::start(&ServerOptions::default()));
    let into = Server::start(&ServerOptions::default());
    let spec = restore_spec(&into, &fixture.for_server(&into));
    let done = job_watched(&JobSpec::RestoreCluster(spec), |event, work| {
        if matches!(event, JobEvent::ObjectStarted { object, .. } if object.starts_with("shop: ")) {
            work.cancel.cancel();
        }
    });
    let Ok(Outcome::Cancelled { left }) = done.result else { panic!("{:?}", done.result) };
    assert!(left.contains("globals were restored"), "{left}");
    let shop = "select count(*) from pg_database where datname = 'shop'";
    assert_eq!(into.psql("postgres", shop), "0\n", "a database that was not finished is gone");
}

#[test]
fn a_script_with_drops_is_no_danger_to_what_was_not_to_be_dropped() {
    let source = Server::start(&ServerOptions::default());
    source.psql("postgres", "create role app");
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("c");
    let options = DumpOptions { clean: true, ..DumpOptions::default() };
    let content = ClusterContent::GlobalsOnly;
    backup(&ClusterBackupSpec { options, content, ..backup_spec(&source, &output) });
    let into = Server::start(&ServerOptions::default());
    into.psql("postgres", "create role app superuser; comment on role app is 'kept'");
    restore(&restore_spec(&into, &output)).assert_complete();
    let role =
        "select rolsuper, shobj_description(oid, 'pg_authid') from pg_authid where rolname = 'app'";
    assert_eq!(into.psql("postgres", role), "f|kept\n");
    run(into.tool("pg_dumpall").arg("-g"));
}
