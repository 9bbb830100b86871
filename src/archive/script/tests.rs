use super::*;
use crate::archive::head::DataFormat;
use crate::archive::toc::{CivilTime, Header};
use crate::model::spec::Codec;

fn special(desc: &str, defn: &str) -> TocEntry {
    TocEntry { desc: desc.into(), defn: Some(defn.into()), ..TocEntry::default() }
}

fn head(entries: Vec<TocEntry>) -> Head {
    let mut all = vec![
        special("ENCODING", "SET client_encoding = 'UTF8';\n"),
        special("STDSTRINGS", "SET standard_conforming_strings = 'on';\n"),
        special("SEARCHPATH", "SELECT pg_catalog.set_config('search_path', '', false);\n"),
    ];
    all.extend(entries);
    Head {
        header: Header {
            version: (1, 16, 0),
            codec: Codec::None,
            created: CivilTime::default(),
            database: "shop".into(),
            server_version: "18.6".into(),
            dumper_version: "dbbackup".into(),
        },
        entries: all,
        data_start: 0,
        format: DataFormat::new(Codec::None),
        warnings: Vec::new(),
    }
}

fn table(id: u32, name: &str) -> TocEntry {
    TocEntry {
        id,
        desc: "TABLE".into(),
        tag: name.into(),
        namespace: Some("public".into()),
        owner: Some("ann".into()),
        section: Some(Section::PreData),
        defn: Some(format!("CREATE TABLE public.\"{name}\" ();\n")),
        drop_stmt: Some(format!("DROP TABLE public.\"{name}\";\n")),
        tablespace: Some(String::new()),
        table_am: Some("heap".into()),
        ..TocEntry::default()
    }
}

fn rows(id: u32, name: &str) -> TocEntry {
    TocEntry {
        desc: "TABLE DATA".into(),
        has_data: true,
        section: Some(Section::Data),
        defn: None,
        drop_stmt: None,
        tablespace: None,
        table_am: None,
        copy_stmt: Some(format!("COPY public.{name} FROM stdin;\n")),
        ..table(id, name)
    }
}

fn text(head: &Head, options: &ScriptOptions) -> String {
    let chosen: Vec<Chosen<'_>> = head.entries.iter().skip(3).map(Chosen::whole).collect();
    pieces(head, &chosen[..], options)
        .map(|piece| match piece.unwrap() {
            Piece::Sql(text) => text,
            Piece::Rows(entry) => format!("<rows {}>\n", entry.tag),
            Piece::LargeObjects(entry) => format!("<objects {}>\n", entry.tag),
        })
        .collect()
}

#[test]
fn names_with_line_ends_stay_in_their_comment() {
    let head = head(vec![table(1, "a\n\\! rm\r\nDROP TABLE x;")]);
    let text = text(&head, &ScriptOptions::default());
    assert!(text.contains("-- Name: a \\! rm  DROP TABLE x;; Type: TABLE;"), "{text}");
}

#[test]
fn settings_are_written_on_change_only() {
    let fast = TocEntry { tablespace: Some("fast".into()), ..table(3, "c") };
    let head = head(vec![table(1, "a"), table(2, "b"), fast]);
    let text = text(&head, &ScriptOptions::default());
    assert_eq!(text.matches("SET default_table_access_method = heap;").count(), 1);
    assert_eq!(text.matches("SET default_tablespace = '';").count(), 1);
    assert_eq!(text.matches("SET default_tablespace = fast;").count(), 1);
    assert!(text.contains("; Owner: ann; Tablespace: fast\n"));
}

#[test]
fn grants_and_event_triggers_come_after_all_else() {
    let label = |id, desc: &str, tag: &str| TocEntry {
        id,
        desc: desc.into(),
        tag: tag.into(),
        defn: Some(format!("-- {desc} {tag}\n")),
        ..TocEntry::default()
    };
    let head = head(vec![
        label(1, "EVENT TRIGGER", "e"),
        label(2, "COMMENT", "EVENT TRIGGER e"),
        label(3, "ACL", "TABLE a"),
        table(4, "a"),
    ]);
    let text = text(&head, &ScriptOptions::default());
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what} in {text}"));
    assert!(at("CREATE TABLE") < at("-- ACL TABLE a"));
    assert!(at("-- ACL TABLE a") < at("-- EVENT TRIGGER e"));
    assert!(at("-- EVENT TRIGGER e") < at("-- COMMENT EVENT TRIGGER e"));
}

#[test]
fn triggers_are_disabled_around_rows_when_there_are_no_definitions() {
    let options = ScriptOptions { disable_triggers: true, ..ScriptOptions::default() };
    let both = text(&head(vec![table(1, "a"), rows(2, "a")]), &options);
    assert!(!both.contains("TRIGGER"), "{both}");
    let rows_only = text(&head(vec![rows(2, "a")]), &options);
    let expected = "SET SESSION AUTHORIZATION DEFAULT;\n\n\
                    ALTER TABLE public.a DISABLE TRIGGER ALL;\n\n\
                    COPY public.a FROM stdin;\n<rows a>\n\
                    ALTER TABLE public.a ENABLE TRIGGER ALL;\n\n";
    assert!(rows_only.contains(expected), "{rows_only}");
}

#[test]
fn a_script_that_makes_its_database_drops_only_that_and_goes_on_in_it() {
    let database = TocEntry {
        desc: "DATABASE".into(),
        tag: "Shop".into(),
        defn: Some("CREATE DATABASE \"Shop\";\n".into()),
        drop_stmt: Some("DROP DATABASE \"Shop\";\n".into()),
        owner: Some("ann".into()),
        ..TocEntry::default()
    };
    let options = ScriptOptions {
        clean: true,
        create: true,
        restrict_key: Some("k".into()),
        ..ScriptOptions::default()
    };
    let text = text(&head(vec![database, table(2, "a")]), &options);
    assert!(text.contains("\n\\unrestrict k\n\\connect \"Shop\"\n\\restrict k\n\nSET statement"));
    assert_eq!(text.matches("DROP ").count(), 1);
    assert!(text.ends_with("dump complete\n--\n\n\\unrestrict k\n\n"));
}

#[test]
fn the_tar_script_reads_files() {
    let head = head(vec![table(1, "a"), rows(2, "a")]);
    let chosen: Vec<Chosen<'_>> = head.entries.iter().skip(3).map(Chosen::whole).collect();
    let options = ScriptOptions::default();
    let text: Result<String, _> =
        restore_sql(&head, &chosen[..], &options, |entry| format!("{}.dat", entry.id)).collect();
    let text = text.unwrap();
    assert!(text.starts_with("--\n-- NOTE:\n"));
    assert!(
        text.contains("COPY public.a FROM stdin;\n\\.\nCOPY public.a FROM '$$PATH$$/2.dat';\n\n")
    );
}
