use std::io::Write;

use super::*;
use crate::archive::script::lexer::Lexer;

const SCRIPT: &str = r"--
-- PostgreSQL database dump
--

SET client_encoding = 'LATIN1';

--
-- Name: t; Type: TABLE; Schema: s; Owner: ann
--

CREATE TABLE s.t (
    a integer,
    b text
);


ALTER TABLE s.t OWNER TO ann;

--
-- Name: p; Type: TABLE; Schema: s; Owner: ann
--

CREATE TABLE s.p (
    a integer
)
PARTITION BY LIST (a);


--
-- Name: e; Type: TABLE; Schema: s; Owner: ann
--

CREATE TABLE s.e (
);


--
-- Data for Name: i; Type: TABLE DATA; Schema: s; Owner: ann
--

INSERT INTO s.i VALUES (1);
INSERT INTO s.i VALUES (2);


--
-- Data for Name: t; Type: TABLE DATA; Schema: s; Owner: ann
--

COPY s.t (a, b) FROM stdin;
1	x\ty
2	\N
3	z
\.


--
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

SELECT pg_catalog.lo_open('17001', 131072);
SELECT pg_catalog.lowrite(0, '\x0102');
SELECT pg_catalog.lowrite(0, '\x03');
SELECT pg_catalog.lo_close(0);

SELECT pg_catalog.lo_open('17002', 131072);
SELECT pg_catalog.lo_close(0);

COMMIT;

--
-- Name: t k; Type: CONSTRAINT; Schema: s; Owner: ann
--

ALTER TABLE ONLY s.t
    ADD CONSTRAINT k PRIMARY KEY (a);
";

fn limits(rows: usize) -> PreviewLimits {
    PreviewLimits { rows, cell_chars: 20, definition_chars: 1000 }
}

fn seen(id: u32, limits: PreviewLimits) -> Preview {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(SCRIPT.as_bytes()).unwrap();
    look(file.path(), Codec::None, id, limits).unwrap()
}

fn cells(rows: &[&[Option<&str>]]) -> Vec<Vec<Option<String>>> {
    let row = |row: &&[Option<&str>]| row.iter().map(|cell| cell.map(str::to_owned)).collect();
    rows.iter().map(row).collect()
}

#[test]
fn a_table_is_shown_with_its_definition_and_its_first_rows() {
    for id in [1, 5] {
        let seen = seen(id, limits(2));
        assert!(seen.definition.starts_with("CREATE TABLE s.t ("), "{}", seen.definition);
        let rows = cells(&[&[Some("1"), Some("x\ty")], &[Some("2"), None]]);
        let columns = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(seen.rows, PreviewRows::Rows { columns, rows, more: true });
    }
    let PreviewRows::Rows { rows, more, .. } = seen(5, limits(9)).rows else { panic!("no rows") };
    assert_eq!((rows.len(), more), (3, false));
}

#[test]
fn what_has_no_rows_says_whether_it_should() {
    assert_eq!(seen(2, limits(9)).rows, PreviewRows::None, "partitioned");
    assert_eq!(seen(3, limits(9)).rows, PreviewRows::NotStored);
    let key = seen(7, limits(9));
    assert_eq!((key.title.as_str(), key.rows), ("CONSTRAINT k on s.t", PreviewRows::None));
    assert!(key.definition.contains("PRIMARY KEY"));
}

#[test]
fn rows_as_statements_and_large_objects_are_shown_too() {
    let statements = |text: &str, more| PreviewRows::Statements { text: text.to_owned(), more };
    let both = "INSERT INTO s.i VALUES (1);\nINSERT INTO s.i VALUES (2);";
    assert_eq!(seen(4, limits(9)).rows, statements(both, false));
    assert_eq!(seen(4, limits(2)).rows, statements("INSERT INTO s.i VALUES (1);", true));
    let objects = vec![(17001, 3), (17002, 0)];
    assert_eq!(seen(6, limits(9)).rows, PreviewRows::LargeObjects { objects, more: false });
    let objects = vec![(17001, 3)];
    assert_eq!(seen(6, limits(1)).rows, PreviewRows::LargeObjects { objects, more: true });
}

#[test]
fn no_more_is_read_than_what_is_wanted_needs() {
    let last = |id: u32, limits: PreviewLimits| {
        let mut lexer = Lexer::default();
        lexer.feed(SCRIPT.as_bytes());
        lexer.finish();
        let mut look = Look::new(id, limits);
        while look.take(&lexer.next_event().unwrap().unwrap()).unwrap() {}
        let at = usize::try_from(lexer.position()).unwrap();
        SCRIPT[..at].lines().next_back().unwrap().to_owned()
    };
    assert!(last(5, limits(9)).starts_with("-- Data for Name: BLOBS"));
    assert!(last(3, limits(9)).starts_with("-- Name: t k;"), "as there could be rows");
    assert!(last(6, limits(1)).contains("lo_open('17002'"));
}

#[test]
fn rows_that_are_cut_off_say_so_and_the_definition_is_shown() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let end = SCRIPT.find("3\tz").unwrap();
    file.write_all(&SCRIPT.as_bytes()[..end]).unwrap();
    let seen = look(file.path(), Codec::None, 1, limits(9)).unwrap();
    assert!(seen.definition.starts_with("CREATE TABLE"));
    let PreviewRows::Unreadable(why) = seen.rows else { panic!("{:?}", seen.rows) };
    assert!(why.contains("ends within rows"), "{why}");
    let error = look(file.path(), Codec::None, 9, limits(9)).unwrap_err();
    assert_eq!(error.to_string(), "the archive has no entry 9");
}
