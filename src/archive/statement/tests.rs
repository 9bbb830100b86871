use super::*;

fn entry(desc: &str, drop: &str) -> TocEntry {
    TocEntry {
        desc: desc.to_owned(),
        tag: "Tag".to_owned(),
        namespace: Some("s".to_owned()),
        owner: Some("own\"er".to_owned()),
        drop_stmt: Some(drop.to_owned()),
        ..TocEntry::default()
    }
}

#[test]
fn owners_are_set_on_what_can_have_one() {
    let sql = |desc, drop| owner(&entry(desc, drop), Quoting::Always);
    let expect = |text: &str| Some(format!("ALTER {text} OWNER TO \"own\"\"er\";"));
    assert_eq!(sql("TABLE", "DROP TABLE s.\"Tag\";\n"), expect("TABLE \"s\".\"Tag\""));
    assert_eq!(
        sql("FUNCTION", "DROP FUNCTION s.f(a integer);\n"),
        expect("FUNCTION s.f(a integer)")
    );
    assert_eq!(sql("BLOB", "SELECT pg_catalog.lo_unlink('5');"), expect("LARGE OBJECT Tag"));
    let schema = TocEntry { namespace: None, ..entry("SCHEMA", "DROP SCHEMA x;") };
    assert_eq!(owner(&schema, Quoting::Always), expect("SCHEMA \"Tag\""));
    // An identity sequence follows its table; an index has no owner.
    assert_eq!(sql("SEQUENCE", ""), None);
    assert_eq!(sql("INDEX", "DROP INDEX s.i;"), None);
}

#[test]
fn if_exists_goes_where_the_server_wants_it() {
    for (desc, plain, rewritten) in [
        ("TABLE", "DROP TABLE s.t;", "DROP TABLE IF EXISTS s.t;"),
        (
            "FK CONSTRAINT",
            "ALTER TABLE ONLY s.t DROP CONSTRAINT c;",
            "ALTER TABLE IF EXISTS ONLY s.t DROP CONSTRAINT IF EXISTS c;",
        ),
        (
            "DEFAULT",
            "ALTER TABLE s.t ALTER COLUMN a DROP DEFAULT;",
            "ALTER TABLE IF EXISTS s.t ALTER COLUMN a DROP DEFAULT;",
        ),
        (
            "ROW SECURITY",
            "ALTER TABLE s.t DISABLE ROW LEVEL SECURITY;",
            "ALTER TABLE IF EXISTS s.t DISABLE ROW LEVEL SECURITY;",
        ),
        ("SCHEMA", "-- *not* dropping schema", "-- *not* dropping schema"),
        ("CAST", "DROP CAST (a AS b);", "DROP CAST IF EXISTS (a AS b);"),
        ("TRIGGER", "DROP TRIGGER t ON s.t;", "DROP TRIGGER IF EXISTS t ON s.t;"),
    ] {
        assert_eq!(drop(&entry(desc, plain), true).as_deref(), Some(rewritten));
        assert_eq!(drop(&entry(desc, plain), false).as_deref(), Some(plain));
    }
    assert_eq!(drop(&entry("SEQUENCE", ""), true), None);
}

#[test]
fn the_name_of_a_function_is_taken_from_its_drop() {
    let entry = entry("PROCEDURE", "DROP PROCEDURE s.\"p;\"(x integer);\n");
    let sql = owner(&entry, Quoting::AsNeeded).unwrap();
    assert_eq!(sql, "ALTER PROCEDURE s.\"p;\"(x integer) OWNER TO \"own\"\"er\";");
}

fn group() -> TocEntry {
    TocEntry {
        desc: "BLOB METADATA".into(),
        tag: "7..9".into(),
        defn: Some("7\n8\n9\n".into()),
        drop_stmt: Some("-- dummy\n".into()),
        owner: Some("a b".into()),
        ..TocEntry::default()
    }
}

#[test]
fn a_group_is_made_owned_and_dropped_object_by_object() {
    let group = group();
    assert_eq!(large_objects(&group), [7, 8, 9]);
    assert!(create_group(&group).starts_with("SELECT pg_catalog.lo_create('7');\nSELECT"));
    let owner = owner(&group, Quoting::AsNeeded).unwrap();
    assert!(owner.contains("ALTER LARGE OBJECT 9 OWNER TO \"a b\";"), "{owner}");
    assert_eq!(drop(&group, true).unwrap().matches("lo_unlink(oid)").count(), 3);
    assert_eq!(drop(&group, false).unwrap().matches("lo_unlink('").count(), 3);
}

#[test]
fn grants_of_a_group_reach_every_object_in_it() {
    let grant = TocEntry {
        desc: "ACL".into(),
        tag: "LARGE OBJECTS 7..9".into(),
        defn: Some(
            "GRANT SELECT ON LARGE OBJECT 7 TO \"a;LARGE OBJECT 1\";\n\
             GRANT ALL ON LARGE OBJECT 7 TO y;\n"
                .into(),
        ),
        ..TocEntry::default()
    };
    let sql = group_grants(&grant, Some(&group())).unwrap();
    let expected = |what: &str, to: &str| {
        [7, 8, 9].map(|oid| format!("GRANT {what} ON LARGE OBJECT {oid} TO {to};\n")).concat()
    };
    assert_eq!(sql, [expected("SELECT", "\"a;LARGE OBJECT 1\""), expected("ALL", "y")]);
    let single = TocEntry { tag: "LARGE OBJECT 7".into(), ..grant };
    assert_eq!(group_grants(&single, Some(&group())), None);
}
