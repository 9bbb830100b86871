use super::*;
use crate::archive::script::lexer::Lexer;

const SCRIPT: &str = r#"--
-- PostgreSQL database dump
--

-- Dumped from database version 15.1
-- Dumped by pg_dump version 17.2

SET client_encoding = 'UTF8';

--
-- Name: shop; Type: SCHEMA; Schema: -; Owner: ann
--

CREATE SCHEMA shop;


SET default_tablespace = '';

--
-- Name: a b; Type: TABLE; Schema: shop; Owner: ann
--

CREATE TABLE shop."a b" (
    id integer NOT NULL
);


ALTER TABLE shop."a b" OWNER TO ann;

--
-- Name: a b_id_seq; Type: SEQUENCE; Schema: shop; Owner: ann
--

CREATE SEQUENCE shop."a b_id_seq";


--
-- Name: a b_id_seq; Type: SEQUENCE OWNED BY; Schema: shop; Owner: ann
--

ALTER SEQUENCE shop."a b_id_seq" OWNED BY shop."a b".id;


--
-- Name: a b id; Type: DEFAULT; Schema: shop; Owner: ann
--

ALTER TABLE ONLY shop."a b" ALTER COLUMN id SET DEFAULT nextval('shop."a b_id_seq"'::regclass);


--
-- Data for Name: a b; Type: TABLE DATA; Schema: shop; Owner: ann
--

COPY shop."a b" (id) FROM stdin;
1
\.


--
-- Name: a b pk; Type: CONSTRAINT; Schema: shop; Owner: ann
--

ALTER TABLE ONLY shop."a b"
    ADD CONSTRAINT pk PRIMARY KEY (id);


--
-- Name: i; Type: INDEX; Schema: shop; Owner: ann
--

CREATE INDEX i ON shop."a b" USING btree (id);


--
-- Name: TABLE "a b"; Type: ACL; Schema: shop; Owner: ann
--

GRANT SELECT ON TABLE shop."a b" TO bob;


--
-- PostgreSQL database dump complete
--
"#;

fn index(script: &str) -> Index {
    fill(Index::default(), script)
}

fn fill(mut index: Index, script: &str) -> Index {
    let mut lexer = Lexer::default();
    lexer.feed(script.as_bytes());
    lexer.finish();
    loop {
        match lexer.next_event().unwrap() {
            Some(Event::End) => break,
            Some(event) => index.take(&event),
            None => {}
        }
    }
    index.finish(lexer.position());
    index
}

#[test]
fn the_entries_of_a_script_are_found_with_their_text_and_size() {
    let index = index(SCRIPT);
    let tags: Vec<&str> = index.entries.iter().map(|entry| entry.tag.as_str()).collect();
    let expected = [
        "shop",
        "a b",
        "a b_id_seq",
        "a b_id_seq",
        "a b id",
        "a b",
        "a b pk",
        "i",
        "TABLE \"a b\"",
    ];
    assert_eq!(tags, expected);
    assert!(index.is_dump);
    assert_eq!((index.server_version.as_str(), index.dumper_version.as_str()), ("15.1", "17.2"));
    assert_eq!(index.encoding, "UTF8");
    let table = &index.entries[1];
    assert!(table.defn.as_deref().unwrap().starts_with("CREATE TABLE"));
    assert!(table.defn.as_deref().unwrap().ends_with("OWNER TO ann;\n"));
    assert_eq!(index.entries[0].defn.as_deref(), Some("CREATE SCHEMA shop;\n"));
    assert_eq!(index.sizes.len(), index.entries.len());
    let from = SCRIPT.find("-- Name: shop").unwrap();
    let to = SCRIPT.find("-- PostgreSQL database dump complete").unwrap();
    assert_eq!(index.sizes.iter().sum::<u64>(), (to - from) as u64);
}

#[test]
fn an_index_of_some_kinds_keeps_these_as_the_whole_one_has_them() {
    let whole = index(SCRIPT);
    let part = fill(Index::of_kinds(&["INDEX", "SCHEMA"]), SCRIPT);
    let found: Vec<(u32, &str, Option<&str>, u64)> = part
        .entries
        .iter()
        .zip(&part.sizes)
        .map(|(entry, size)| (entry.id, entry.desc.as_ref(), entry.defn.as_deref(), *size))
        .collect();
    let expected: Vec<_> = whole
        .entries
        .iter()
        .zip(&whole.sizes)
        .filter(|(entry, _)| ["INDEX", "SCHEMA"].contains(&entry.desc.as_ref()))
        .map(|(entry, size)| (entry.id, entry.desc.as_ref(), entry.defn.as_deref(), *size))
        .collect();
    assert_eq!(found, expected);
    assert_eq!((found.len(), part.is_dump, part.loose), (2, whole.is_dump, whole.loose));
    assert_eq!(part.dumper_version, whole.dumper_version);
}

#[test]
fn what_belongs_to_a_table_is_linked_to_it() {
    let index = index(SCRIPT);
    let links: Vec<&[u32]> = index.entries.iter().map(|e| e.dependencies.as_slice()).collect();
    let expected: [&[u32]; 9] =
        [&[], &[1], &[1, 2], &[3, 2, 1], &[2, 3, 1], &[2], &[2, 1], &[2, 1], &[2]];
    assert_eq!(links, expected);
}

#[test]
fn a_script_of_somebody_else_has_no_entries() {
    let index = index("-- mine\nCREATE TABLE t ();\n");
    assert!(!index.is_dump && index.entries.is_empty());
}

#[test]
fn a_label_is_linked_to_what_it_names_whatever_the_quotes() {
    let heading =
        |tag: &str, desc: &str| format!("-- Name: {tag}; Type: {desc}; Schema: s; Owner: -\n");
    let entries = [
        ("t", "TABLE"),
        ("t My key", "CONSTRAINT"),
        ("t tr", "TRIGGER"),
        ("f(integer)", "FUNCTION"),
        ("Odd Type", "TYPE"),
        ("conf", "TEXT SEARCH CONFIGURATION"),
        ("CONSTRAINT \"My key\" ON t", "COMMENT"),
        ("TRIGGER tr ON t", "COMMENT"),
        ("CONSTRAINT inline ON t", "COMMENT"),
        ("FUNCTION f(integer)", "ACL"),
        ("TYPE \"Odd Type\"", "ACL"),
        ("TEXT SEARCH CONFIGURATION conf", "COMMENT"),
        ("COLUMN t.i", "COMMENT"),
        ("FUNCTION g()", "COMMENT"),
    ];
    let script: String = entries.iter().map(|(tag, desc)| heading(tag, desc)).collect();
    let index = index(&script);
    let links: Vec<Option<&u32>> =
        index.entries.iter().skip(6).map(|entry| entry.dependencies.first()).collect();
    let expected = [Some(&2), Some(&3), Some(&1), Some(&4), Some(&5), Some(&6), Some(&1), None];
    assert_eq!(links, expected);
}

#[test]
fn a_script_of_many_databases_is_none_of_one() {
    let index = index("-- PostgreSQL database cluster dump\n-- PostgreSQL database dump\n");
    assert!(index.is_cluster && !index.is_dump);
}

#[test]
fn what_stands_in_front_of_the_entries_is_told_from_settings() {
    let index = index("SET a = 1;\nSELECT pg_catalog.set_config('a', '', false);\nDROP TABLE t;\n");
    assert_eq!(index.loose, 1);
}

#[test]
fn statistics_are_restored_behind_what_they_are_of() {
    let index = index(
        "-- Name: t; Type: TABLE; Schema: s; Owner: -\n\
         -- Statistics for Name: t; Type: STATISTICS DATA; Schema: s; Owner: -\n\
         -- Name: i; Type: INDEX; Schema: s; Owner: -\n\
         -- Statistics for Name: i; Type: STATISTICS DATA; Schema: s; Owner: -\n",
    );
    let sections: Vec<_> = index.entries.iter().map(|entry| entry.section).collect();
    let expected = [Section::PreData, Section::Data, Section::PostData, Section::PostData];
    assert_eq!(sections, expected.map(Some));
}
