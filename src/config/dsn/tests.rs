use super::*;

fn read(text: &str) -> Vec<(&'static str, String)> {
    parse(text).unwrap().into_iter().map(|(name, value)| (name, value.expose().into())).collect()
}

fn pairs(list: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    list.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[test]
fn a_url_gives_its_parts() {
    for (url, expected) in [
        ("postgres://", vec![]),
        ("postgresql:///shop", vec![("dbname", "shop")]),
        (
            "postgres://ann:s%40crt@db1:5433/shop?sslmode=require&application_name=a%20b",
            vec![
                ("application_name", "a b"),
                ("dbname", "shop"),
                ("host", "db1"),
                ("password", "s@crt"),
                ("port", "5433"),
                ("sslmode", "require"),
                ("user", "ann"),
            ],
        ),
        ("postgres://[2001:db8::7]:6000/", vec![("host", "2001:db8::7"), ("port", "6000")]),
        ("postgres://[::1]", vec![("host", "::1")]),
        (
            "postgres://%2Frun%2Fpg:6000/x",
            vec![("dbname", "x"), ("host", "/run/pg"), ("port", "6000")],
        ),
        (
            "postgres://a:1,b,[::2]:3/x",
            vec![("dbname", "x"), ("host", "a,b,::2"), ("port", "1,,3")],
        ),
        (
            "postgres:///x?host=/run/pg&user=bo",
            vec![("dbname", "x"), ("host", "/run/pg"), ("user", "bo")],
        ),
        ("postgres://h?ssl=true", vec![("host", "h"), ("sslmode", "require")]),
        ("postgres://ann@/x", vec![("dbname", "x"), ("user", "ann")]),
        ("postgres://ann:@h", vec![("host", "h"), ("user", "ann")]),
        ("postgres://ann:a:b@h", vec![("host", "h"), ("password", "a:b"), ("user", "ann")]),
        ("postgres://h?", vec![("host", "h")]),
        ("postgres://h?user=x&", vec![("host", "h"), ("user", "x")]),
        // A later parameter wins, as in libpq.
        ("postgres://h/x?dbname=y", vec![("dbname", "y"), ("host", "h")]),
    ] {
        assert_eq!(read(url), pairs(&expected), "{url}");
    }
}

#[test]
fn key_value_text_is_read_with_quotes_and_escapes() {
    for (text, expected) in [
        ("", vec![]),
        ("host=db1 port = 5433", vec![("host", "db1"), ("port", "5433")]),
        (
            r"password='it\'s \\ here' user=a\ b",
            vec![("password", r"it's \ here"), ("user", "a b")],
        ),
        ("dbname='' user=x", vec![("dbname", ""), ("user", "x")]),
        ("user= host=x", vec![("user", "host=x")]),
        ("\n host=a\n\tuser=b\n", vec![("host", "a"), ("user", "b")]),
    ] {
        assert_eq!(read(text), pairs(&expected), "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_a_usage_error_that_shows_no_secret() {
    for text in [
        "postgres://ann:hunter2@db1:x/shop",
        "postgres://ann:hunter2/hunter2@db1/shop",
        "postgres://ann:hunter2%zz@db1",
        "postgres://ann:hunter2%00@db1",
        "postgres://ann:hunter2%ff@db1",
        "postgres://[::1/hunter2",
        "postgres://[::1]hunter2/",
        "postgres://h?hunter2",
        "postgres://h?password=hunter2=hunter2",
        "mysql://ann:hunter2@db1/shop",
        "hunter2",
        "password=a hunter2 host=b",
        "password='hunter2",
        "ann:hunter2@db1:5432/shop",
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::Usage, "{text}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        assert!(!without_password(text).contains("hunter2"), "{text}");
    }
}

#[test]
fn an_unknown_parameter_is_named_with_the_nearest_one() {
    let error = parse("postgres://h?ssl_mode=require").unwrap_err();
    assert_eq!(error.to_string(), "'ssl_mode' is not a connection parameter");
    assert_eq!(error.hint(), Some("did you mean sslmode?"));
    assert_eq!(parse("database=x").unwrap_err().hint(), Some("did you mean dbname?"));
    assert!(parse("host=a frobnicate=1").unwrap_err().to_string().contains("'frobnicate'"));
}

#[test]
fn the_shown_text_keeps_everything_but_the_secrets() {
    for (text, shown) in [
        ("postgres://ann:hunter2@db1/shop", "postgres://ann@db1/shop"),
        ("postgresql://ann@db1", "postgresql://ann@db1"),
        (
            "postgres://db1/shop?password=hunter2&sslmode=require&sslpassword=x",
            "postgres://db1/shop?sslmode=require",
        ),
        ("postgres://db1?p%61ssword=hunter2", "postgres://db1"),
        ("postgres://ann:hunter2@%2Frun:1,b/x?ssl=true", "postgres://ann@%2Frun:1,b/x?ssl=true"),
        ("host=db1 password=hunter2 user='a b'", "host=db1 user='a b'"),
        ("password=hunter2", ""),
    ] {
        assert_eq!(without_password(text), shown);
        assert!(parse(shown).is_ok(), "{shown}");
    }
    assert_eq!(target(" postgres://a:b@c ").url_shown.as_deref(), Some("postgres://a@c"));
}

#[test]
fn parameters_are_sorted_and_unlike() {
    assert!(PARAMETERS.is_sorted_by(|a, b| a.name < b.name));
}
