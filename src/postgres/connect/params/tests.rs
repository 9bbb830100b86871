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
