use super::*;

fn config(env: &[(&str, &str)]) -> Config {
    let mut config = Config::default();
    config.paths.home = PathBuf::from("/nowhere");
    for (name, value) in env {
        config.env.0.insert((*name).to_owned(), Secret::new(*value));
    }
    config
}

fn url(text: &str) -> Target {
    crate::config::dsn::target(text)
}

#[test]
fn a_url_goes_over_the_environment_and_that_over_the_defaults() {
    let config =
        config(&[("PGHOST", "db2"), ("PGPORT", "6000"), ("PGUSER", "bo"), ("PGAPPNAME", "")]);
    let params = resolve(&url("postgres://ann@db1/shop"), &config).unwrap();
    assert_eq!(params.address(), "db1:6000");
    assert_eq!((params.user(), params.database()), ("ann", "shop"));
    assert_eq!(params.application_name, "dbbackup");
    let params = resolve(&Target::default(), &config).unwrap();
    assert_eq!(params.address(), "db2:6000");
    assert_eq!(params.database(), "bo", "the database defaults to the role");
    let params = resolve(&Target::default().with_database("x"), &config).unwrap();
    assert_eq!(params.database(), "x");
}

fn refusal(text: &str) -> Error {
    resolve(&url(text), &config(&[])).unwrap_err()
}

#[test]
fn limits_and_keepalive_have_defaults_and_can_be_turned_off() {
    let with = |text: &str| resolve(&url(&format!("postgres://u@h?{text}")), &config(&[])).unwrap();
    assert_eq!(with("").limit, Some(Duration::from_secs(10)));
    assert_eq!(with("connect_timeout=3").limit, Some(Duration::from_secs(3)));
    assert_eq!(with("connect_timeout=0").limit, None);
    assert_eq!(with("connect_timeout=-1").limit, None);
    assert_eq!(with("").keepalive.unwrap().idle, Duration::from_mins(1));
    let given = with("keepalives_idle=5&keepalives_interval=2&keepalives_count=9").keepalive;
    let wanted =
        Keepalive { idle: Duration::from_secs(5), interval: Duration::from_secs(2), count: 9 };
    assert_eq!(given, Some(wanted));
    assert_eq!(with("keepalives=0").keepalive, None);
    assert_eq!(with("tcp_user_timeout=1500").tcp_user_timeout, Some(Duration::from_millis(1500)));
    assert_eq!(with("fallback_application_name=x").application_name, "x");
    assert_eq!(with("options=-c%20geqo%3Doff").options.as_deref(), Some("-c geqo=off"));
}

#[test]
fn a_value_that_is_not_known_is_refused_with_its_origin() {
    let error = refusal("postgres://u@h?sslmode=on");
    assert_eq!(error.to_string(), "sslmode=on (from the connection URL) is not a known value");
    assert!(error.hint().unwrap().contains("verify-full"), "{error:?}");
    let error = resolve(&url("postgres://u@h"), &config(&[("PGCONNECT_TIMEOUT", "soon")]));
    let text = error.unwrap_err().to_string();
    assert_eq!(text, "connect_timeout=soon (from PGCONNECT_TIMEOUT) is not a whole number");
    for text in ["target_session_attrs=x", "channel_binding=x", "load_balance_hosts=x", "sslsni=x"]
    {
        assert!(refusal(&format!("postgres://u@h?{text}")).to_string().starts_with(text));
    }
    refusal("postgres://u@h?sslnegotiation=direct&sslmode=prefer");
}

#[test]
fn what_cannot_be_followed_is_refused_and_what_does_no_harm_is_ignored_aloud() {
    for name in [
        "sslcrl=x",
        "sslcrldir=x",
        "sslpassword=hunter2",
        "sslkeylogfile=x",
        "require_auth=scram-sha-256",
        "requirepeer=x",
        "replication=database",
        "scram_client_key=hunter2",
        "gssencmode=require",
        "oauth_issuer=x",
        "min_protocol_version=3.2",
    ] {
        let error = refusal(&format!("postgres://u@h?{name}"));
        let key = name.split('=').next().unwrap();
        assert!(error.to_string().contains(key), "{error}");
        assert!(error.hint().is_some() && !format!("{error:?}").contains("hunter2"), "{error:?}");
    }
    for (text, warned) in [
        ("client_encoding=latin1", true),
        ("client_encoding=UTF-8", false),
        ("client_encoding=auto", false),
        ("krbsrvname=x", true),
        ("gssencmode=prefer", false),
        ("sslcompression=0", false),
        ("max_protocol_version=latest", false),
    ] {
        let params = resolve(&url(&format!("postgres://u@h?{text}")), &config(&[])).unwrap();
        assert_eq!(!params.warnings().is_empty(), warned, "{text}: {:?}", params.warnings());
    }
}

#[test]
fn another_database_asks_the_password_file_again() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pass");
    fs::write(&file, "h:*:one:u:first\nh:*:two:u:second\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let config = config(&[("PGPASSFILE", file.to_str().unwrap())]);
    let params = resolve(&url("postgres://u@h/one"), &config).unwrap();
    let password = |params: &ConnParams| {
        let found = params.password_for(&params.endpoints[0]);
        found.map(|secret| secret.expose().to_owned())
    };
    assert_eq!(password(&params).as_deref(), Some("first"));
    assert_eq!(password(&params.with_database("two")).as_deref(), Some("second"));
    assert_eq!(password(&params.with_database("three")), None);
}

#[test]
fn the_role_defaults_to_the_user_of_the_system() {
    let params = resolve(&url("postgres://h"), &config(&[("USER", "nobody-else")])).unwrap();
    let name = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    assert_eq!(params.user(), String::from_utf8(name).unwrap().trim());
    assert_eq!(params.database(), params.user());
}
