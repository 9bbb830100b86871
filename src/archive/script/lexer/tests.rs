use proptest::prelude::*;

use super::*;

/// Everything in a script, cut into pieces of this size; rows joined.
fn read(text: &[u8], piece: usize, standard: bool) -> Result<Vec<Event>> {
    let mut lexer = Lexer::new(standard);
    let mut pieces = text.chunks(piece.max(1));
    let mut events: Vec<Event> = Vec::new();
    loop {
        match lexer.next_event()? {
            Some(Event::End) => return Ok(events),
            Some(Event::Rows(more)) => match events.last_mut() {
                Some(Event::Rows(rows)) => rows.extend(more),
                _ => events.push(Event::Rows(more)),
            },
            Some(event) => events.push(event),
            None => match pieces.next() {
                Some(piece) => lexer.feed(piece),
                None => lexer.finish(),
            },
        }
    }
}

fn statements(text: &str) -> Vec<String> {
    statements_where(text, true)
}

fn statements_where(text: &str, standard: bool) -> Vec<String> {
    let text_of = |event| match event {
        Event::Statement(statement) => Some(String::from_utf8(statement.sql).unwrap()),
        _ => None,
    };
    read(text.as_bytes(), 7, standard).unwrap().into_iter().filter_map(text_of).collect()
}

fn refusal(text: &str) -> String {
    let errors: Vec<String> = [1, 3, 1000]
        .into_iter()
        .map(|piece| read(text.as_bytes(), piece, true).unwrap_err().to_string())
        .collect();
    assert!(errors.iter().all(|error| *error == errors[0]), "{errors:?}");
    errors[0].clone()
}

#[test]
fn semicolons_end_statements_outside_of_quotes_comments_and_parentheses_only() {
    for one in [
        "SELECT 'a;b''c;';",
        "SELECT E'a\\';b';",
        "SELECT e'a\\\\';",
        "SELECT E'a'  -- c;'\n 'b\\';';",
        "SELECT abce'x\\';",
        "SELECT U&'d\\0061;';",
        "SELECT B'01;', x'1;', N'a;';",
        "SELECT \"a;\"\"b;\";",
        "SELECT $$a;'b$$;",
        "SELECT $a$ ; $b$ ; $$ $a$;",
        "SELECT a$b$, 1;",
        "SELECT $1, $1::text, a[1:2];",
        "SELECT /* ; /* ; */ ; */ 1;",
        "SELECT 1 -- ;\n;",
        "SELECT 1 +-- ;\n 1;",
        "CREATE RULE r AS ON DELETE TO t DO ALSO (DELETE FROM a; DELETE FROM b);",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;",
        "CREATE OR REPLACE PROCEDURE p() begin atomic select 1; end;",
        "CREATE FUNCTION public.begin() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;",
        "CREATE FUNCTION begin(atomic int DEFAULT CASE WHEN true THEN 1 END) RETURNS int AS 'x;';",
        "DO $_$ BEGIN; END; $_$;",
        "SELECT 'ü;☃';",
    ] {
        assert_eq!(statements(&format!("{one}\nSELECT 2;")), [one, "SELECT 2;"], "{one}");
    }
}

#[test]
fn a_transaction_block_is_not_the_body_of_a_function() {
    assert_eq!(statements("BEGIN; SELECT 1; END;"), ["BEGIN;", "SELECT 1;", "END;"]);
    assert_eq!(statements("BEGIN ATOMIC; END;").len(), 2);
    assert_eq!(statements("CREATE TABLE t (a int); BEGIN; END;").len(), 3);
}

#[test]
fn backslashes_escape_in_plain_literals_while_the_setting_says_so() {
    let text = "SET standard_conforming_strings = off;\nSELECT 'a\\';b';\n\
                SET standard_conforming_strings = on;\nSELECT 'a\\';";
    let expected = ["SELECT 'a\\';b';", "SELECT 'a\\';"];
    let found = statements(text);
    assert_eq!([found[1].as_str(), found[3].as_str()], expected);
    assert_eq!(statements_where("SELECT 'a\\';b';", false), ["SELECT 'a\\';b';"]);
    let by_function = "SELECT set_config('standard_conforming_strings', 'off', false);";
    assert!(refusal(by_function).contains("by a function"));
}

#[test]
fn rows_end_at_their_mark_only() {
    let text = "COPY public.t (a, \"from\") FROM stdin;\n\\\\.\n\\N\tx\n\\.x\n\\.\n\nSELECT 1;";
    for piece in 1..20 {
        let events = read(text.as_bytes(), piece, true).unwrap();
        assert_eq!(events[1], Event::Rows(b"\\\\.\n\\N\tx\n\\.x\n".to_vec()), "{piece}");
        assert_eq!(events[2], Event::RowsEnd { line: 5, marked: true });
        assert!(matches!(&events[3], Event::Statement(s) if s.line == 7), "{events:?}");
    }
    let windows = read(b"COPY t FROM STDIN ;\r\n1\r\n\\.\r\nSELECT 1;", 4, true).unwrap();
    assert_eq!(windows[1], Event::Rows(b"1\r\n".to_vec()));
    assert_eq!(windows[2], Event::RowsEnd { line: 3, marked: true });
}

#[test]
fn rows_without_a_mark_are_cut_off() {
    let events = read(b"COPY t FROM stdin;\n1\n2", 3, true).unwrap();
    assert_eq!(events[1], Event::Rows(b"1\n2".to_vec()));
    assert_eq!(events[2], Event::RowsEnd { line: 3, marked: false });
    let empty = read(b"COPY t FROM stdin;\n\\.", 3, true).unwrap();
    assert_eq!(empty[1], Event::RowsEnd { line: 2, marked: true });
}

#[test]
fn the_number_of_a_parameter_is_one_word_however_the_pieces_fall() {
    let script = b"COPY t $123FROM stdin;\nSELECT $1, $2;\n";
    let whole = read(script, script.len(), true).unwrap();
    let follow = |event: &Event| matches!(event, Event::Statement(sql) if sql.rows_follow);
    assert!(!whole.iter().any(follow), "{whole:?}");
    for piece in 1..script.len() {
        assert_eq!(read(script, piece, true).unwrap(), whole, "{piece}");
    }
}

#[test]
fn only_copy_from_stdin_is_followed_by_rows() {
    for text in [
        "COPY t FROM 'stdin';",
        "COPY (SELECT stdin FROM stdin) TO stdout;",
        "COPY t TO stdout;",
        "SELECT copy FROM stdin;",
        "COPY t FROM \"stdin\";",
    ] {
        let events = read(text.as_bytes(), 5, true).unwrap();
        assert!(matches!(&events[..], [Event::Statement(s)] if !s.rows_follow), "{text}");
    }
    assert!(refusal("COPY t FROM stdin (FORMAT binary);").contains("binary"));
    assert!(
        refusal("COPY t FROM stdin; SELECT 1;\n").starts_with("line 1 of the script: something")
    );
}

#[test]
fn commands_of_dumps_are_read() {
    let command = |text: &str| -> Result<Command> {
        let mut events = read(text.as_bytes(), 3, true)?;
        match events.remove(0) {
            Event::Command { command, .. } => Ok(command),
            other => panic!("{other:?}"),
        }
    };
    let connect = |name: &str| Command::Connect(name.to_owned());
    assert_eq!(command("\\connect shop\n").unwrap(), connect("shop"));
    assert_eq!(command("\\connect \"Shop\"").unwrap(), connect("Shop"));
    assert_eq!(
        command("\\connect -reuse-previous=on \"dbname='a\\\\b\\'c \"\"d'\"\r\n").unwrap(),
        connect("a\\b'c \"d")
    );
    assert_eq!(command("\\encoding SQL_ASCII\n").unwrap(), Command::Encoding("SQL_ASCII".into()));
    for text in [
        "\\connect shop ann\n",
        "\\connect postgres://elsewhere/x\n",
        "\\connect \"host=elsewhere dbname=x\"\n",
        "\\connect -reuse-previous=on \"host=elsewhere\"\n",
        "\\connect `id`\n",
        "\\connect\n",
        "\\connect :name\n",
    ] {
        assert!(command(text).is_err(), "{text}");
    }
}

#[test]
fn every_other_command_is_refused_by_its_line() {
    for text in ["\\! id", "\\copy t from x", "\\o x", "\\i x", "\\g |id", "\\.", "\\;", "\\set a"]
    {
        let error = refusal(&format!("SELECT 1;\n\n{text}\nSELECT 2;\n"));
        assert!(error.starts_with("line 3 of the script: "), "{error}");
    }
    assert!(
        refusal("SELECT 1\n\\g\n").contains("line 2 of the script: a backslash command within")
    );
}

#[test]
fn behind_restrict_only_the_right_unrestrict_is_taken() {
    assert!(read(b"\\restrict a+b\nSELECT 1;\n\\unrestrict a+b\n\\connect x\n", 9, true).is_ok());
    for text in [
        "\\restrict a\n\\connect x\n",
        "\\restrict a\n\\unrestrict b\n",
        "\\restrict a\n\\restrict b\n",
        "\\restrict a\n\\! id\n",
        "\\unrestrict a\n",
        "\\restrict\n",
    ] {
        refusal(text);
    }
    assert!(refusal("\\restrict a\nSELECT 1;\n").contains("without \\unrestrict"));
}

#[test]
fn what_is_left_open_is_named_with_its_line() {
    for (text, what) in [
        ("\nSELECT 'a;\n\n", "line 2 of the script: a quote"),
        ("SELECT 1;\n\nSELECT $a$ ;\n", "line 3 of the script: a quote"),
        ("SELECT (1;\n", "line 1 of the script: a statement"),
        ("SELECT 1;\nDELETE FROM t", "line 2 of the script: a statement"),
        ("\nSELECT /* ;", "line 2 of the script: a comment"),
    ] {
        assert!(refusal(text).starts_with(what), "{}", refusal(text));
    }
}

#[test]
fn a_statement_beyond_the_limit_is_refused_by_its_line() {
    let mut lexer = Lexer { limit: 100, ..Lexer::default() };
    lexer.feed(b"SELECT 1;\nSELECT '");
    assert!(lexer.next_event().unwrap().is_some());
    let mut result = lexer.next_event();
    for _ in 0..200 {
        if result.is_err() {
            break;
        }
        lexer.feed(b"aaaa");
        result = lexer.next_event();
    }
    assert!(result.unwrap_err().to_string().starts_with("line 2 of the script: the statement is"));
}

#[test]
fn comments_between_statements_are_handed_on_with_their_place() {
    let text = b"--\n-- Name: a; Type: TABLE\n\nSELECT -- not this\n1;\n/* nor this */";
    let events = read(text, 5, true).unwrap();
    let comment = |line, start, text: &str| Event::Comment { line, start, text: text.into() };
    assert_eq!(events[0], comment(1, 0, "--"));
    assert_eq!(events[1], comment(2, 3, "-- Name: a; Type: TABLE"));
    assert_eq!(events.len(), 3);
}

/// What scripts are made of, and what may confuse.
fn fragment() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "SELECT",
        " ",
        "\n",
        ";",
        "'",
        "''",
        "\\'",
        "E'",
        "\"",
        "$$",
        "$a$",
        "$1",
        "--",
        "/*",
        "*/",
        "(",
        ")",
        "COPY t FROM stdin;\n",
        "\\.\n",
        "\\.",
        "1\t\\N\n",
        "BEGIN ATOMIC",
        "END",
        "CASE",
        "CREATE FUNCTION f()",
        "a",
        "1",
        "ü",
        "\r\n",
        "\\restrict k\n",
        "\\unrestrict k\n",
        "e",
        "SET standard_conforming_strings = off;",
        "\\connect x\n",
        "\u{feff}",
        "-",
        "/",
        "*",
        "$",
    ])
}

proptest! {
    #[test]
    fn the_size_of_the_pieces_changes_nothing(
        fragments in proptest::collection::vec(fragment(), 0..40), piece in 1_usize..30,
    ) {
        let text = fragments.concat();
        let whole = read(text.as_bytes(), text.len(), true).map_err(|e| e.to_string());
        let pieces = read(text.as_bytes(), piece, true).map_err(|e| e.to_string());
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn nothing_of_the_text_is_lost_but_space_and_comments(
        fragments in proptest::collection::vec(fragment(), 0..40),
    ) {
        let text = fragments.concat();
        let mut from = 0;
        for event in read(text.as_bytes(), 11, true).unwrap_or_default() {
            if let Event::Statement(statement) = event {
                let start = usize::try_from(statement.start).unwrap();
                prop_assert!(start >= from);
                from = start + statement.sql.len();
                prop_assert_eq!(&text.as_bytes()[start..from], &statement.sql[..]);
                let line = 1 + text[..start].matches('\n').count();
                prop_assert_eq!(statement.line, line as u64);
            }
        }
    }

    #[test]
    fn bytes_of_any_kind_are_read_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..300), piece in 1_usize..40,
    ) {
        let whole = read(&bytes, 1000, false).map_err(|e| e.to_string());
        let pieces = read(&bytes, piece, false).map_err(|e| e.to_string());
        prop_assert_eq!(whole, pieces);
    }
}
