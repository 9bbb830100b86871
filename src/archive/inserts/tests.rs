use proptest::prelude::*;

use super::*;

fn shape(fields: &[Field]) -> InsertShape {
    InsertShape {
        target: "public.t".to_owned(),
        columns: None,
        fields: fields.to_vec(),
        overriding: false,
        rows_per_insert: NonZeroU32::MIN,
        on_conflict_do_nothing: false,
        multibyte: Multibyte::Safe,
    }
}

fn values(literals: &[Literal]) -> InsertShape {
    shape(&literals.iter().copied().map(Field::Value).collect::<Vec<_>>())
}

/// Converts with cuts of the input and limits on the output.
fn convert(shape: &InsertShape, copy: &[u8], step: usize, limit: usize) -> Result<Vec<u8>> {
    let mut writer = InsertWriter::new(shape.clone());
    let mut all = Vec::new();
    for mut part in copy.chunks(step) {
        while !part.is_empty() {
            let mut out = Vec::new();
            let used = writer.convert(part, &mut out, limit)?;
            assert!(used == part.len() || out.len() >= limit, "it stopped for nothing");
            part = &part[used..];
            all.extend(out);
        }
    }
    writer.finish(&mut all)?;
    Ok(all)
}

fn text(shape: &InsertShape, copy: &str) -> String {
    String::from_utf8(convert(shape, copy.as_bytes(), usize::MAX, usize::MAX).unwrap()).unwrap()
}

#[test]
fn literals_are_written_by_type() {
    use Literal::{Bits, Bool, Number, Text};
    let shape = values(&[Number, Bits, Bool, Text]);
    assert_eq!(
        text(&shape, "1\t01\tt\tit's\n-1.5e+10\t\tf\t\nNaN\t\\N\t\\N\t\\N\n\\N\t1\tf\t\\\\N\n"),
        "INSERT INTO public.t VALUES (1, B'01', true, 'it''s');\n\
         INSERT INTO public.t VALUES (-1.5e+10, B'', false, '');\n\
         INSERT INTO public.t VALUES ('NaN', NULL, NULL, NULL);\n\
         INSERT INTO public.t VALUES (NULL, B'1', false, '\\N');\n"
    );
}

#[test]
fn types_have_the_literals_that_pg_dump_gives_them() {
    for oid in [20, 21, 23, 26, 700, 701, 1700] {
        assert_eq!(Literal::of_type(oid), Literal::Number);
    }
    assert_eq!(Literal::of_type(16), Literal::Bool);
    assert_eq!(Literal::of_type(1560), Literal::Bits);
    assert_eq!(Literal::of_type(1562), Literal::Bits);
    // money, text, jsonb.
    for oid in [790, 25, 3802] {
        assert_eq!(Literal::of_type(oid), Literal::Text);
    }
}

#[test]
fn escapes_become_the_characters_they_stand_for() {
    let shape = values(&[Literal::Text]);
    assert_eq!(
        text(&shape, "\\b\\f\\n\\r\\t\\v\\\\\\'\\.\n\\.\n"),
        "INSERT INTO public.t VALUES ('\u{8}\u{c}\n\r\t\u{b}\\''.');\n\
         INSERT INTO public.t VALUES ('.');\n"
    );
}

#[test]
fn several_rows_share_a_statement() {
    let shape = InsertShape {
        rows_per_insert: NonZeroU32::new(2).unwrap(),
        on_conflict_do_nothing: true,
        columns: Some(vec!["a".to_owned(), "\"B\"".to_owned()]),
        overriding: true,
        ..values(&[Literal::Number, Literal::Text])
    };
    assert_eq!(
        text(&shape, "1\ta\n2\tb\n3\tc\n"),
        "INSERT INTO public.t (a, \"B\") OVERRIDING SYSTEM VALUE VALUES\n\
         \t(1, 'a'),\n\t(2, 'b') ON CONFLICT DO NOTHING;\n\
         INSERT INTO public.t (a, \"B\") OVERRIDING SYSTEM VALUE VALUES\n\
         \t(3, 'c') ON CONFLICT DO NOTHING;\n"
    );
}

#[test]
fn values_that_the_table_makes_are_defaults_wherever_they_stand() {
    let value = Field::Value(Literal::Number);
    let around = shape(&[Field::Default, value, Field::Default, Field::Default, value]);
    assert_eq!(
        text(&around, "1\t2\n"),
        "INSERT INTO public.t VALUES (DEFAULT, 1, DEFAULT, DEFAULT, 2);\n"
    );
    let last = shape(&[value, Field::Default]);
    assert_eq!(text(&last, "1\n"), "INSERT INTO public.t VALUES (1, DEFAULT);\n");
    let only = shape(&[Field::Default]);
    assert_eq!(text(&only, "\n\n"), "INSERT INTO public.t VALUES (DEFAULT);\n".repeat(2));
}

#[test]
fn rows_without_columns_are_statements_of_their_own() {
    let many = NonZeroU32::new(10).unwrap();
    let empty = InsertShape { rows_per_insert: many, on_conflict_do_nothing: true, ..shape(&[]) };
    assert_eq!(text(&empty, "\n\n"), "INSERT INTO public.t DEFAULT VALUES;\n".repeat(2));
}

#[test]
fn bytes_of_longer_characters_are_never_special() {
    let one = |name: &str, value: &[u8]| {
        let shape =
            InsertShape { multibyte: Multibyte::of_encoding(name), ..values(&[Literal::Text]) };
        let copy = [value, b"\n"].concat();
        let whole = convert(&shape, &copy, usize::MAX, usize::MAX).unwrap();
        for step in 1..4 {
            assert_eq!(convert(&shape, &copy, step, 1).unwrap(), whole);
        }
        let head = b"INSERT INTO public.t VALUES ('".len();
        whole[head..whole.len() - 4].to_vec()
    };
    // 5c is the second byte of a character here, and an escape behind it.
    assert_eq!(one("SJIS", b"\x95\x5c\\n\xb1\\t"), b"\x95\x5c\n\xb1\t");
    assert_eq!(one("BIG5", b"\xa5\x5c\\\\"), b"\xa5\x5c\\");
    assert_eq!(one("GB18030", b"\x81\x30\x81\x30\\n\x81\x5c\\n"), b"\x81\x30\x81\x30\n\x81\x5c\n");
    assert_eq!(one("JOHAB", b"\x8f\xa1\x5c\\n\x88\x5c\\n"), b"\x8f\xa1\x5c\n\x88\x5c\n");
    assert_eq!(one("UTF8", "ü\\n".as_bytes()), "ü\n".as_bytes());
}

#[test]
fn rows_of_another_shape_are_an_error() {
    let shape = values(&[Literal::Number, Literal::Text]);
    let error = |copy: &str| {
        let error = convert(&shape, copy.as_bytes(), 1, usize::MAX).unwrap_err();
        error.to_string().split_once(": ").unwrap().1.to_owned()
    };
    assert_eq!(error("1\n"), "one has too few fields");
    assert_eq!(error("1\ta\tb\n"), "one has too many fields");
    assert_eq!(error("1\ta"), "they end within one");
    assert_eq!(error("\\Nx\ta\n"), "something follows a null");
    assert_eq!(error(&"9".repeat(LONGEST_NUMBER + 1)), "a number is longer than numbers can be");
}

/// A value as COPY writes it.
fn copied(value: Option<&str>) -> String {
    let Some(value) = value else { return "\\N".to_owned() };
    let escaped = value.chars().map(|c| match c {
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        '\r' => "\\r".to_owned(),
        c => c.to_string(),
    });
    escaped.collect()
}

fn literal(value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
}

fn rows() -> impl Strategy<Value = Vec<Vec<Option<String>>>> {
    (1_usize..4).prop_flat_map(|width| {
        let value = proptest::option::of("([a-cü'\\\\\n\t\r.N])*");
        proptest::collection::vec(proptest::collection::vec(value, width), 0..12)
    })
}

proptest! {
    #[test]
    fn statements_say_what_the_rows_say_however_they_are_cut(
        rows in rows(), per in 1_u32..5, step in 1_usize..40, limit in 1_usize..200,
    ) {
        let width = rows.first().map_or(1, Vec::len);
        let shape = InsertShape {
            rows_per_insert: NonZeroU32::new(per).unwrap(),
            ..values(&vec![Literal::Text; width])
        };
        let line = |row: &Vec<Option<String>>| {
            row.iter().map(|value| copied(value.as_deref())).collect::<Vec<_>>().join("\t") + "\n"
        };
        let copy: String = rows.iter().map(line).collect();
        let tuple = |row: &Vec<Option<String>>| {
            let all: Vec<_> = row.iter().map(|value| literal(value.as_deref())).collect();
            format!("({})", all.join(", "))
        };
        let statement = |rows: &[Vec<Option<String>>]| {
            let rows: Vec<_> = rows.iter().map(tuple).collect();
            if per == 1 {
                format!("INSERT INTO public.t VALUES {};\n", rows.join(""))
            } else {
                format!("INSERT INTO public.t VALUES\n\t{};\n", rows.join(",\n\t"))
            }
        };
        let expected: String = rows.chunks(per as usize).map(statement).collect();
        let made = convert(&shape, copy.as_bytes(), step, limit).unwrap();
        prop_assert_eq!(String::from_utf8(made).unwrap(), expected);
    }
}
