//! Filter files against what pg_dump and pg_restore make of the same text.

use super::super::args::{ChoiceArgs, SelectionArgs};
use super::*;
use crate::model::pattern::Pattern;

fn patterns(text: &str) -> Vec<String> {
    parse("f", text).unwrap().into_iter().map(|item| item.pattern).collect()
}

#[track_caller]
fn refused(text: &str) -> String {
    parse("f", text).unwrap_err().to_string()
}

#[test]
fn blank_lines_and_comments_say_nothing() {
    assert_eq!(parse("f", "").unwrap(), []);
    let text = "\n  \t\n# include table a\n  # b\n\tinclude\ttable  orders   # the big one\n";
    let items = parse("f", text).unwrap();
    let [item] = items.as_slice() else { panic!("{items:?}") };
    assert!(item.include);
    assert_eq!((item.kind, item.pattern.as_str()), (Kind::Table, "orders"));
    assert_eq!(item.place.to_string(), "f:5");
}

#[test]
fn every_kind_has_its_word() {
    for kind in Kind::ALL {
        let items = parse("f", &format!("exclude {} x", kind.word())).unwrap();
        assert_eq!(items.iter().map(|item| item.kind).collect::<Vec<_>>(), [kind]);
        assert!(items.iter().all(|item| !item.include));
    }
}

#[test]
fn white_space_in_a_name_is_brought_into_order() {
    for (text, pattern) in [
        ("public . orders", "public.orders"),
        ("add ( int4 ,int4 )  # two", "add(int4, int4)"),
        ("f(double   precision,  text)", "f(double precision, text)"),
        ("orders check_orders", "orders check_orders"),
        ("\"my table\"", "\"my table\""),
        ("strange \"aaa\nbbb\"", "strange \"aaa\nbbb\""),
        ("\"a#b\" # c", "\"a#b\""),
        ("a.\"b\"\"c\"", "a.\"b\"\"c\""),
    ] {
        assert_eq!(patterns(&format!("include table {text}\n")), [pattern]);
    }
}

#[test]
fn a_quoted_name_goes_over_lines_and_has_escapes() {
    let spellings = ["\"\nt\n\"", "\"\\nt\\n\""];
    for spelling in spellings {
        let text = format!("include table {spelling}.x\ninclude table b\n");
        assert_eq!(patterns(&text), ["\"\nt\n\".x", "b"]);
    }
    assert_eq!(patterns("include table \"a\\\\b\""), ["\"a\\b\""]);
    let items = parse("f", "include table \"a\n\nb\"\ninclude nothing x").unwrap_err();
    assert_eq!(items.place.line, 4);
}

#[test]
fn a_bad_line_is_named() {
    for (text, message) in [
        ("table orders", "f:1: 'table' is no command: write include or exclude"),
        ("include", "f:1: the kind of object after include is missing"),
        ("\ninclude table", "f:2: the name of the table is missing"),
        ("include table # x", "f:1: the name of the table is missing"),
        (
            "exclude table-data x",
            "f:1: 'table-data' is not a kind of object that a filter can name",
        ),
        ("include table \"a", "f:1: the file ends inside a quoted name"),
        ("include table \"a\\t\"", "f:1: inside quotes a backslash stands before n or a backslash"),
    ] {
        assert_eq!(refused(text), message);
    }
}

/// What pg_dump 18 accepts (`d`) and pg_restore 18 (`r`), asked of both.
const ACCEPTED: &[(&str, Kind, &str)] = &[
    ("include", Kind::Table, "dr"),
    ("include", Kind::TableAndChildren, "d"),
    ("include", Kind::Schema, "dr"),
    ("include", Kind::Extension, "d"),
    ("include", Kind::ForeignData, "d"),
    ("include", Kind::Function, "r"),
    ("include", Kind::Index, "r"),
    ("include", Kind::Trigger, "r"),
    ("exclude", Kind::Table, "d"),
    ("exclude", Kind::TableAndChildren, "d"),
    ("exclude", Kind::TableData, "d"),
    ("exclude", Kind::TableDataAndChildren, "d"),
    ("exclude", Kind::Schema, "dr"),
    ("exclude", Kind::Extension, "d"),
];

#[test]
fn each_verb_takes_what_its_model_takes() {
    for command in ["include", "exclude"] {
        for kind in Kind::ALL {
            let text = format!("{command} {} x", kind.word());
            let items = parse("f", &text).unwrap();
            let row = ACCEPTED.iter().find(|(c, k, _)| *c == command && *k == kind);
            let verbs = row.map_or("", |(_, _, verbs)| verbs);
            let backup = into_backup(&items, &mut SelectionArgs::default());
            assert_eq!(backup.is_ok(), verbs.contains('d'), "backup: {text}");
            let restore = into_restore(&items, &mut ChoiceArgs::default());
            assert_eq!(restore.is_ok(), verbs.contains('r'), "restore: {text}");
        }
    }
}

#[test]
fn the_lines_add_to_the_flags() {
    let text = "include table a.b\nexclude table_data c\ninclude schema \"S\"\n";
    let mut selection = SelectionArgs::default();
    selection.tables.push("first".parse().unwrap());
    into_backup(&parse("f", text).unwrap(), &mut selection).unwrap();
    let tables: Vec<&str> = selection.tables.iter().map(Pattern::as_str).collect();
    assert_eq!(tables, ["first", "a.b"]);
    assert_eq!(selection.exclude_table_data.len(), 1);
    let schemas: Vec<&str> = selection.schemas.iter().map(Pattern::as_str).collect();
    assert_eq!(schemas, ["\"S\""]);
}

#[test]
fn a_pattern_that_cannot_be_read_is_named_with_its_line() {
    let items = parse("f", "include table a\ninclude schema a.b.c\n").unwrap();
    let error = into_backup(&items, &mut SelectionArgs::default()).unwrap_err();
    assert!(error.to_string().starts_with("f:2: pattern 'a.b.c' has too many"), "{error}");
}
