//! Archives that are not in UTF-8: names and rows come right into databases of any encoding.

use dbbackup::archive::encoding::Encoding;
use dbbackup::model::spec::RestoreSpec;

use crate::restore::kit::{assert_same_text, folder, restore, spec};
use crate::support::{Server, run};

/// A database of this encoding with names and rows beyond ASCII.
fn database(encoding: &str, text: &str) -> String {
    let server = Server::shared();
    let name = format!("source_{}", encoding.to_lowercase());
    let exists = format!("select 1 from pg_database where datname = '{name}'");
    if server.psql("postgres", &exists).is_empty() {
        server.psql(
            "postgres",
            &format!("create database {name} template template0 encoding '{encoding}' locale 'C'"),
        );
        let script = format!(
            "set client_encoding = 'UTF8';
             create schema \"s {text}\";
             create table \"s {text}\".\"t {text}\" (\"c {text}\" text primary key);
             insert into \"s {text}\".\"t {text}\" values ('{text} 1'), ('{text} 2');
             comment on table \"s {text}\".\"t {text}\" is 'it is {text}';
             create function \"s {text}\".f() returns text language sql as $$ select '{text}' $$;"
        );
        server.psql(&name, &script);
    }
    name
}

#[test]
fn archives_of_a_latin_1_database_are_restored_from_every_layout_and_both_ways() {
    let server = Server::shared();
    let latin = database("LATIN1", "é");
    let folder = folder();
    for format in ["-Fc", "-Fd", "-Ft"] {
        for options in [&[][..], &["--inserts"]] {
            let archive = folder.path().join(format!("archive{format}{}", options.len()));
            run(server
                .tool("pg_dump")
                .arg(format)
                .args(options)
                .arg("-f")
                .arg(&archive)
                .arg(&latin));
            for (target, encoding) in [("into_utf8", "UTF8"), ("into_latin1", "LATIN1")] {
                let into = format!("{target}{format}{}", options.len());
                server.psql(
                    "postgres",
                    &format!(
                        "create database \"{into}\" template template0 encoding '{encoding}' locale 'C'"
                    ),
                );
                restore(&spec(server, &archive, &into)).assert_complete();
                let text = |database: &str| server.dump_text(database, &["-E", "UTF8"]);
                assert_same_text(&text(&latin), &text(&into));
            }
        }
    }
}

#[test]
fn a_utf_8_archive_is_restored_into_a_latin_1_database() {
    let server = Server::shared();
    let source = database("UTF8", "é");
    let folder = folder();
    let archive = folder.path().join("archive");
    run(server.tool("pg_dump").arg("-Fd").arg("-f").arg(&archive).arg(&source));
    server.psql(
        "postgres",
        "create database from_utf8 template template0 encoding 'LATIN1' locale 'C'",
    );
    restore(&spec(server, &archive, "from_utf8")).assert_complete();
    let text = |database: &str| server.dump_text(database, &["-E", "UTF8"]);
    assert_same_text(&text(&source), &text("from_utf8"));
}

#[test]
fn archives_in_many_encodings_are_restored() {
    let server = Server::shared();
    for (encoding, text) in [
        ("WIN1251", "Цена"),
        ("KOI8R", "Цена"),
        ("LATIN9", "10 €"),
        ("EUC_JP", "表～"),
        ("EUC_KR", "가격"),
        ("EUC_CN", "价格"),
    ] {
        let source = database(encoding, text);
        let folder = folder();
        let archive = folder.path().join("archive");
        run(server.tool("pg_dump").arg("-Fc").arg("-f").arg(&archive).arg(&source));
        let target = server.create_database("from_encoding");
        restore(&spec(server, &archive, &target)).assert_complete();
        let text = |database: &str| server.dump_text(database, &["-E", "UTF8"]);
        assert_same_text(&text(&source), &text(&target));
    }
    // Encodings of clients only.
    let source = database("UTF8", "é");
    for (encoding, text) in [("SJIS", "表"), ("BIG5", "表"), ("GB18030", "é"), ("UHC", "각")] {
        let own = server.create_database("client_encoding");
        server.psql(
            &own,
            &format!("create table \"{text}\" (a text); insert into \"{text}\" values ('{text}')"),
        );
        let folder = folder();
        let archive = folder.path().join("archive");
        run(server.tool("pg_dump").args(["-Fc", "-E", encoding, "-f"]).arg(&archive).arg(&own));
        let target = server.create_database("from_encoding");
        restore(&spec(server, &archive, &target)).assert_complete();
        let text = |database: &str| server.dump_text(database, &["-E", "UTF8"]);
        assert_same_text(&text(&own), &text(&target));
    }
    drop(source);
}

#[test]
fn the_new_database_of_a_latin_1_archive_has_its_encoding_and_name() {
    let server = Server::shared();
    let latin = database("LATIN1", "é");
    let folder = folder();
    let archive = folder.path().join("archive");
    run(server.tool("pg_dump").arg("-Fd").arg("-f").arg(&archive).arg(&latin));
    let base = spec(server, &archive, "made_latin1");
    restore(&RestoreSpec { create_database: true, ..base }).assert_complete();
    let encoding =
        "select pg_encoding_to_char(encoding) from pg_database where datname = 'made_latin1'";
    assert_eq!(server.psql("postgres", encoding), "LATIN1\n");
}

#[test]
fn names_of_no_known_encoding_are_refused_with_a_way_out() {
    let server = Server::shared();
    server.psql(
        "postgres",
        "create database no_encoding template template0 encoding 'SQL_ASCII' locale 'C'",
    );
    server.psql("no_encoding", "do $$ begin execute convert_from('\\x637265617465207461626c652022e9222028612074657874293b', 'SQL_ASCII'); end $$");
    let folder = folder();
    let archive = folder.path().join("archive");
    run(server.tool("pg_dump").arg("-Fc").arg("-f").arg(&archive).arg("no_encoding"));
    let target = server.create_database("from_ascii");
    let error = restore(&spec(server, &archive, &target)).result.unwrap_err();
    assert!(error.to_string().contains("is damaged") || error.hint().is_some(), "{error}");
    assert!(error.hint().unwrap().contains("--encoding"), "{error}");
}

/// Every character of every encoding, as the server decodes it.
#[test]
fn every_character_is_decoded_and_encoded_as_the_server_does() {
    let server = Server::shared();
    let database = server.create_database("characters");
    server.psql(
        &database,
        "create function pg_temp.x() returns void language sql as ''; drop function pg_temp.x();
         create function decoded(b bytea, e name) returns text language plpgsql immutable as $$
         begin return convert_from(b, e); exception when others then return null; end $$",
    );
    let single = "select set_byte('\\x00', 0, a) b from generate_series(128, 255) a";
    let double = "select set_byte(set_byte('\\x0000', 0, a), 1, b) b \
                  from generate_series(129, 254) a, generate_series(64, 254) b";
    let mut wrong = Vec::new();
    for (encodings, bytes) in [
        (
            &[
                "LATIN1",
                "LATIN2",
                "LATIN3",
                "LATIN4",
                "LATIN5",
                "LATIN6",
                "LATIN7",
                "LATIN8",
                "LATIN9",
                "LATIN10",
                "ISO_8859_5",
                "ISO_8859_6",
                "ISO_8859_7",
                "ISO_8859_8",
                "WIN866",
                "WIN874",
                "WIN1250",
                "WIN1251",
                "WIN1252",
                "WIN1253",
                "WIN1254",
                "WIN1255",
                "WIN1256",
                "WIN1257",
                "WIN1258",
                "KOI8R",
                "KOI8U",
            ][..],
            single,
        ),
        (&["EUC_JP", "EUC_KR", "EUC_CN", "SJIS", "BIG5", "GBK", "UHC"], double),
    ] {
        for encoding in encodings {
            let ask = format!(
                "select encode(b, 'hex'), decoded(b, '{encoding}') from ({bytes}) b \
                 where decoded(b, '{encoding}') is not null"
            );
            let ours = Encoding::by_name(encoding).unwrap();
            for line in server.psql(&database, &ask).lines() {
                let Some((hex, text)) = line.split_once('|') else { continue };
                let raw: Vec<u8> = (0..hex.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                    .collect();
                let decoded = ours.decode(raw.clone());
                // What cannot be decoded for certain is an error, never another character.
                if decoded.as_deref().is_ok_and(|found| found != text) {
                    wrong.push(format!("{encoding} {hex}: {decoded:?}, the server has {text:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {:#?}", wrong.len(), &wrong[..wrong.len().min(600)]);
}
