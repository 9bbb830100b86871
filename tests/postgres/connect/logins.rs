//! Passwords: where they come from, and what is said when they do not fit.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::OnceLock;

use dbbackup::config::{Config, dsn};
use dbbackup::error::{Error, ErrorKind, Result};
use dbbackup::model::conn::Target;
use dbbackup::model::secret::Secret;
use dbbackup::postgres::connect::{self, ConnParams, Session};

use crate::support::{Server, ServerOptions};

const SECRET: &str = "hunter2:\\é";

/// A server that wants SCRAM of `ann` and MD5 of `old`, and knows the superuser.
fn server() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| {
        let hba = "local all all trust\nhost all postgres all trust\nhost all ann all scram-sha-256\n\
                   host all old all md5\nhost all full all trust\nhost all nologin all trust\n";
        let server =
            Server::start(&ServerOptions { hba: Some(hba.to_owned()), ..ServerOptions::default() });
        server.psql(
            "postgres",
            &format!(
                "create role ann login password '{SECRET}'; create role nologin;
                 create role full login connection limit 0;
                 set password_encryption = md5; create role old login password '{SECRET}';"
            ),
        );
        server
    })
}

fn config(home: &Path, env: &[(&str, &str)]) -> Config {
    let mut config = super::config(env);
    home.clone_into(&mut config.paths.home);
    config
}

async fn open(target: &Target, config: &Config) -> Result<Session> {
    connect::open(&ConnParams::resolve(target, config)?).await
}

fn url(user: &str) -> Target {
    dsn::target(&format!("postgres://{user}@127.0.0.1:{}/postgres", server().port))
}

/// An error that mentions no secret anywhere.
fn discreet(error: Error) -> Error {
    let all = format!("{error} {error:?} {} {:?}", error.chain(), error.report());
    assert!(!all.contains("hunter2"), "{all}");
    error
}

#[tokio::test]
async fn a_password_is_taken_from_every_place() {
    let home = tempfile::tempdir().unwrap();
    let escaped = r"hunter2\:\\é";
    let line = format!("127.0.0.1:{}:*:ann:{escaped}\n", server().port);
    let (usual, named) = (home.path().join(".pgpass"), home.path().join("named"));
    for file in [&usual, &named] {
        fs::write(file, &line).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let nowhere = Path::new("/nonexistent");
    let encoded = "ann:hunter2%3A%5C%C3%A9";
    for (user, home, env) in [
        (encoded, nowhere, vec![]),
        ("ann", nowhere, vec![("PGPASSWORD", SECRET)]),
        ("ann", home.path(), vec![]),
        ("ann", nowhere, vec![("PGPASSFILE", named.to_str().unwrap())]),
    ] {
        let session = open(&url(user), &config(home, &env)).await.unwrap();
        assert_eq!(session.server.user, "ann");
    }
    let old = open(&url("old"), &config(nowhere, &[("PGPASSWORD", SECRET)])).await.unwrap();
    assert_eq!(old.server.user, "old");
}

#[tokio::test]
async fn a_wrong_password_says_where_it_came_from_and_never_what_it_is() {
    let home = tempfile::tempdir().unwrap();
    let error = open(&url("ann:hunter2"), &config(home.path(), &[])).await.unwrap_err();
    let error = discreet(error);
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Authentication, Some("28P01")));
    assert!(!error.is_transient());
    let hint = error.hint().unwrap();
    assert!(hint.contains("role ann") && hint.contains("came from the connection URL"), "{hint}");
    let error = open(&url("ann"), &config(home.path(), &[("PGPASSWORD", "hunter2")])).await;
    let error = discreet(error.unwrap_err());
    assert!(error.hint().unwrap().contains("came from PGPASSWORD"), "{error:?}");
}

#[tokio::test]
async fn without_a_password_the_places_that_were_searched_are_named() {
    let home = tempfile::tempdir().unwrap();
    let error = open(&url("ann"), &config(home.path(), &[])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    let (hint, file) = (error.hint().unwrap(), home.path().join(".pgpass"));
    let line = format!("127.0.0.1:{}:postgres:ann", server().port);
    assert!(hint.contains(file.to_str().unwrap()) && hint.contains(&line), "{hint}");

    fs::write(&file, "*:*:*:*:hunter2\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let params = ConnParams::resolve(&url("ann"), &config(home.path(), &[])).unwrap();
    assert!(params.warnings()[0].contains(".pgpass was not used"), "{:?}", params.warnings());
    let error = discreet(connect::open(&params).await.unwrap_err());
    assert!(error.hint().unwrap().contains("chmod 0600"), "{error:?}");
}

#[tokio::test]
async fn a_service_and_a_profile_name_a_server() {
    let home = tempfile::tempdir().unwrap();
    let port = server().port;
    fs::write(
        home.path().join(".pg_service.conf"),
        format!(
            "[shop]\nhost=127.0.0.1\nport={port}\nuser=ann\npassword={SECRET}\ndbname=postgres\n"
        ),
    )
    .unwrap();
    for (target, env) in [
        (dsn::target("service=shop"), vec![]),
        (dsn::target("postgres://?service=shop"), vec![("PGHOST", "192.0.2.1")]),
        (Target::default(), vec![("PGSERVICE", "shop"), ("PGUSER", "weaker")]),
    ] {
        let session = open(&target, &config(home.path(), &env)).await.unwrap();
        assert_eq!(session.server.user, "ann");
    }
    let mut config = config(home.path(), &[("PGUSER", "weaker")]);
    let mut profile = dbbackup::config::Profile {
        url: Some(Secret::new(format!("postgres://weaker@127.0.0.1:{port}/postgres"))),
        ..Default::default()
    };
    profile.parameters.insert("user".into(), Secret::new("ann"));
    profile.parameters.insert("password".into(), Secret::new(SECRET));
    config.profiles.insert("prod".into(), profile);
    let target = Target { profile: Some("prod".into()), ..Target::default() };
    assert_eq!(open(&target, &config).await.unwrap().server.user, "ann");
    let target = Target { profile: Some("prd".into()), ..Target::default() };
    let error = open(&target, &config).await.unwrap_err();
    assert_eq!((error.kind(), error.hint().unwrap().contains("prod")), (ErrorKind::Usage, true));
}

#[tokio::test]
async fn what_the_server_refuses_is_told_with_what_to_do() {
    for (user, kind, sqlstate, hint) in [
        ("stranger", ErrorKind::Authentication, "28000", "pg_hba.conf"),
        ("nologin", ErrorKind::Authentication, "28000", "LOGIN"),
        ("full", ErrorKind::Connection, "53300", "max_connections"),
    ] {
        let error = open(&url(user), &super::config(&[])).await.unwrap_err();
        assert_eq!((error.kind(), error.sqlstate()), (kind, Some(sqlstate)), "{error}");
        assert_eq!(error.is_transient(), kind == ErrorKind::Connection, "{error}");
        assert!(error.hint().unwrap().contains(hint), "{:?}", error.hint());
        assert!(error.to_string().contains(user), "{error}");
    }
}

#[tokio::test]
async fn no_value_of_a_connection_shows_its_password() {
    let config = super::config(&[("PGPASSWORD", "hunter2-env")]);
    let target = dsn::target(&format!(
        "postgres://ann:hunter2%3A%5C%C3%A9@127.0.0.1:{}/postgres",
        server().port
    ));
    let params = ConnParams::resolve(&target, &config).unwrap();
    let session = connect::open(&params).await.unwrap();
    let shown = format!(
        "{target:?} {params:?} {session:?} {:?} {config:?} {} {}",
        session.canceller,
        params.address(),
        serde_json::to_string(&target).unwrap()
    );
    assert!(!shown.contains("hunter2"), "{shown}");
}
