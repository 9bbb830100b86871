//! Archives of PostgreSQL's own tools through our reader, and ours through theirs.

use std::fmt::Write;
use std::fs::{self, File};
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dbbackup::archive::block::TERMINATOR;
use dbbackup::archive::block::{BlobsReader, BlockReader, locate_blocks, place_entries};
use dbbackup::archive::compress::{BlockAssembler, Compressor, Form};
use dbbackup::archive::copy_text::CopyText;
use dbbackup::archive::head::{Head, default_version, encode_head, read_head};
use dbbackup::archive::list::{read_use_list, write_list};
use dbbackup::archive::toc::{CivilTime, DataOffset, Header, TocEntry};
use dbbackup::model::spec::{Codec, Compression, Section};

use crate::support::{self, Server, ServerOptions, run};

/// An ordinary database: rows that need every escape, tables without rows and without columns, a
/// table of many blocks, a partition, large objects.
const SAMPLE: &str = r#"
    create table escapes (id int primary key, t text, b bytea, j jsonb);
    insert into escapes values
        (1, E'tab\there, line\nfeed, back\\slash, return\rend', '\x00ff5c2e', '{"a": [1, null]}'),
        (2, '\.', '\x', null), (3, '', null, '"\u00e9"'), (4, E'\\.\n\\.', null, null),
        (5, 'žluťoučký 🐘', null, null);
    create table empty (a int, b text);
    create table no_columns ();
    insert into no_columns select from generate_series(1, 3);
    create table large (id bigint primary key, u uuid, at timestamptz, price numeric(12,2), note text);
    insert into large select n, md5(n::text)::uuid, '2026-01-01Z'::timestamptz + n * interval '1 s',
        n * 1.37, repeat('note ' || n % 100, 1 + (n % 9)::int) from generate_series(1, 60000) n;
    create table parent (id int, k int) partition by list (k);
    create table child partition of parent for values in (1);
    insert into parent select n, 1 from generate_series(1, 500) n;
    create index on large (price);
    comment on table large is 'many rows';
    select lo_from_bytea(16500, convert_to(repeat('large object ', 200000), 'UTF8'));
    select lo_from_bytea(16501, '\x');
    select lo_from_bytea(16502, '\x00010203fffe');
    select lo_put(16503, 0, '\xabcd') from (select lo_create(16503)) made;
"#;

fn sample_database(server: &Server) -> String {
    let database = server.create_database("interop");
    server.psql(&database, SAMPLE);
    database
}

/// The server's own program where it has it, of its own version.
fn own_tool(server: &Server, name: &str) -> Command {
    let mut command = server.tool(name);
    let own = server.bin.join(name);
    if own.exists() {
        let mut replaced = Command::new(own);
        replaced.envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
        command = replaced;
    }
    command
}

fn open(path: &Path) -> Head {
    read_head(&mut BufReader::new(File::open(path).unwrap())).unwrap()
}

fn at(path: &Path, entry: &TocEntry) -> (File, u64) {
    let DataOffset::At(start) = entry.offset else { panic!("{} has no place", entry.tag) };
    let mut file = File::open(path).unwrap();
    file.seek(SeekFrom::Start(start)).unwrap();
    (file, start)
}

fn rows_of(path: &Path, head: &Head, entry: &TocEntry) -> (String, u64) {
    let (file, start) = at(path, entry);
    let mut rows = CopyText::new(BlockReader::open(file, start, head.format, entry.id).unwrap());
    let mut text = String::new();
    rows.read_to_string(&mut text).unwrap_or_else(|error| panic!("{}: {error}", entry.tag));
    assert!(rows.was_marked(), "{} has no end marker", entry.tag);
    (text, rows.rows())
}

/// Compares every row and every large object of an archive with what the server has.
fn assert_same_data(server: &Server, database: &str, path: &Path, head: &Head) {
    let mut tables = 0;
    for entry in head.entries.iter().filter(|entry| entry.desc == "TABLE DATA") {
        let (rows, count) = rows_of(path, head, entry);
        let copy = entry.copy_stmt.as_deref().unwrap().replace("FROM stdin", "TO STDOUT");
        let expected = server.psql(database, &copy);
        assert!(rows == expected, "rows of {} differ", entry.tag);
        assert_eq!(count, expected.lines().count() as u64, "{}", entry.tag);
        tables += 1;
    }
    assert_eq!(tables, 5);
    let mut objects: Vec<String> = head
        .entries
        .iter()
        .filter(|entry| entry.desc == "BLOBS")
        .flat_map(|entry| {
            let (file, start) = at(path, entry);
            let mut blobs = BlobsReader::open(file, start, head.format, entry.id).unwrap();
            let mut objects = Vec::new();
            while let Some(oid) = blobs.next_object().unwrap() {
                let mut data = Vec::new();
                blobs.read_to_end(&mut data).unwrap();
                let mut line = format!("{oid}|");
                for byte in &data {
                    write!(line, "{byte:02x}").unwrap();
                }
                objects.push(line);
            }
            objects
        })
        .collect();
    objects.sort();
    let expected = server.psql(
        database,
        "select oid, encode(lo_get(oid), 'hex') from pg_largeobject_metadata order by oid",
    );
    assert!(objects == expected.lines().collect::<Vec<_>>(), "large objects differ");
    assert_eq!(objects.len(), 4);
}

#[test]
fn archives_of_pg_dump_hold_the_rows_that_copy_gives_in_every_compression() {
    let server = Server::shared();
    let database = sample_database(server);
    let folder = tempfile::tempdir().unwrap();
    for (compression, codec) in
        [("none", Codec::None), ("gzip:6", Codec::Gzip), ("lz4", Codec::Lz4), ("zstd", Codec::Zstd)]
    {
        let path = folder.path().join(format!("{compression}.dump"));
        run(server
            .tool("pg_dump")
            .args(["-Fc", "-Z", compression, "-f"])
            .arg(&path)
            .arg(&database));
        let head = open(&path);
        assert_eq!((head.header.codec, head.header.version), (codec, (1, 16, 0)));
        assert_eq!(head.header.database, database);
        assert_eq!(head.client_encoding(), Some("UTF8"));
        assert!(head.standard_conforming_strings());
        assert!(head.search_path_statement().unwrap().contains("search_path"));
        assert_same_data(server, &database, &path, &head);
    }
}

#[test]
fn archives_of_the_servers_own_pg_dump_hold_them_too() {
    let server = Server::shared();
    let database = sample_database(server);
    let folder = tempfile::tempdir().unwrap();
    for (level, codec) in [("0", Codec::None), ("9", Codec::Gzip)] {
        let path = folder.path().join(format!("level-{level}.dump"));
        run(own_tool(server, "pg_dump").args(["-Fc", "-Z", level, "-f"]).arg(&path).arg(&database));
        let head = open(&path);
        assert_eq!(head.header.codec, codec);
        assert_same_data(server, &database, &path, &head);
    }
}

#[test]
fn blocks_of_an_archive_that_went_through_a_pipe_are_found() {
    let server = Server::shared();
    let database = sample_database(server);
    let folder = tempfile::tempdir().unwrap();
    for compression in ["none", "gzip", "lz4", "zstd"] {
        let path = folder.path().join(format!("{compression}.piped"));
        let mut dump = server
            .tool("pg_dump")
            .args(["-Fc", "-Z", compression, &database])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // `cat` keeps the dumper's output from being a file that it could seek in.
        let mut cat = Command::new("cat");
        cat.stdin(dump.stdout.take().unwrap()).stdout(File::create(&path).unwrap());
        assert!(cat.status().unwrap().success() && dump.wait().unwrap().success());
        let mut head = open(&path);
        let unplaced = head.entries.iter().filter(|entry| entry.offset == DataOffset::NotSet);
        assert!(unplaced.count() >= 6);
        let places = locate_blocks(File::open(&path).unwrap(), &head).unwrap();
        place_entries(&mut head.entries, &places).unwrap();
        assert_same_data(server, &database, &path, &head);
    }
}

#[test]
fn a_damaged_archive_of_pg_dump_is_refused_and_not_half_read() {
    let server = Server::shared();
    let database = sample_database(server);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.dump");
    run(server.tool("pg_dump").args(["-Fc", "-Z", "gzip", "-f"]).arg(&path).arg(&database));
    let head = open(&path);
    let large = head.entries.iter().find(|e| e.tag == "large" && e.desc == "TABLE DATA").unwrap();
    let (_, start) = at(&path, large);
    let mut bytes = fs::read(&path).unwrap();
    bytes[usize::try_from(start).unwrap() + 5000] ^= 0x10;
    let mut file = Cursor::new(bytes);
    file.set_position(start);
    let mut reader = BlockReader::open(file, start, head.format, large.id).unwrap();
    let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
    assert!(error.to_string().starts_with(&format!("data block of entry {}", large.id)), "{error}");
}

#[test]
fn the_list_of_an_archive_is_the_list_that_pg_restore_prints() {
    let server = Server::shared();
    let database = sample_database(server);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.dump");
    run(server.tool("pg_dump").args(["-Fc", "-f"]).arg(&path).arg(&database));
    let listing = dbbackup::postgres::restore::list(&path).unwrap();
    // pg_restore leaves these out as long as the database is not to be created.
    let left_out = ["ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE"];
    let selected = listing.entries.iter().filter(|e| !left_out.contains(&e.desc.as_str()));
    let ours = write_list(&listing, selected);
    let theirs = run(server.tool("pg_restore").arg("-l").arg(&path));
    let entries = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with(';')).map(str::to_owned).collect()
    };
    assert_eq!(entries(&ours), entries(&theirs));
    assert_eq!(read_use_list(&ours).unwrap(), read_use_list(&theirs).unwrap());
    for line in ours.lines().filter(|line| line.starts_with(';') && !line.contains("created at")) {
        assert!(theirs.contains(line), "{line}");
    }
}

/// An archive written by hand: two tables with rows, a primary key, an index and a foreign key.
struct Handmade {
    path: PathBuf,
    parents: String,
    children: String,
}

fn entry(id: u32, desc: &str, tag: &str, section: Section, defn: &str) -> TocEntry {
    TocEntry {
        id,
        desc: desc.into(),
        tag: tag.into(),
        section: Some(section),
        defn: Some(defn.into()).filter(|defn: &String| !defn.is_empty()),
        ..TocEntry::default()
    }
}

fn table(id: u32, name: &str, columns: &str) -> TocEntry {
    TocEntry {
        table_oid: 1259,
        oid: 50_000 + id,
        drop_stmt: Some(format!("DROP TABLE public.{name};\n")),
        namespace: Some("public".into()),
        tablespace: Some(String::new()),
        table_am: Some("heap".into()),
        relkind: Some('r'),
        owner: Some("postgres".into()),
        ..entry(
            id,
            "TABLE",
            name,
            Section::PreData,
            &format!("CREATE TABLE public.{name} ({columns});\n"),
        )
    }
}

fn table_data(id: u32, table: &TocEntry, columns: &str) -> TocEntry {
    TocEntry {
        has_data: true,
        oid: table.oid,
        copy_stmt: Some(format!("COPY public.{} ({columns}) FROM stdin;\n", table.tag)),
        namespace: table.namespace.clone(),
        owner: table.owner.clone(),
        dependencies: vec![table.id],
        offset: DataOffset::NotSet,
        ..entry(id, "TABLE DATA", &table.tag, Section::Data, "")
    }
}

fn post(id: u32, desc: &str, tag: &str, defn: &str, dependencies: &[u32]) -> TocEntry {
    TocEntry {
        table_oid: 2606,
        oid: 50_000 + id,
        drop_stmt: Some(String::new()),
        namespace: Some("public".into()),
        owner: Some("postgres".into()),
        dependencies: dependencies.to_vec(),
        ..entry(id, desc, tag, Section::PostData, defn)
    }
}

fn entries() -> Vec<TocEntry> {
    let parent = table(10, "parent", "id integer NOT NULL, name text");
    let child = table(11, "child", "id integer NOT NULL, parent_id integer, note text");
    let data = [table_data(20, &parent, "id, name"), table_data(21, &child, "id, parent_id, note")];
    let search_path = "SELECT pg_catalog.set_config('search_path', '', false);\n";
    let mut entries = vec![
        entry(1, "ENCODING", "ENCODING", Section::PreData, "SET client_encoding = 'UTF8';\n"),
        entry(
            2,
            "STDSTRINGS",
            "STDSTRINGS",
            Section::PreData,
            "SET standard_conforming_strings = 'on';\n",
        ),
        entry(3, "SEARCHPATH", "SEARCHPATH", Section::PreData, search_path),
        parent,
        child,
    ];
    entries.extend(data);
    entries.extend([
        post(
            30,
            "CONSTRAINT",
            "parent parent_pkey",
            "ALTER TABLE ONLY public.parent ADD CONSTRAINT parent_pkey PRIMARY KEY (id);\n",
            &[10],
        ),
        post(31, "INDEX", "note", "CREATE INDEX note ON public.child USING btree (note);\n", &[11]),
        post(
            32,
            "FK CONSTRAINT",
            "child child_parent",
            "ALTER TABLE ONLY public.child ADD CONSTRAINT child_parent \
             FOREIGN KEY (parent_id) REFERENCES public.parent(id);\n",
            &[11, 30, 10],
        ),
    ]);
    entries
}

fn handmade(folder: &Path, compression: Compression) -> Handmade {
    let codec = compression.codec;
    let path = folder.join(format!("{codec:?}.dump"));
    let parents: Vec<String> = (0..20_000).map(|n| format!("{n}\tparent é {n}\n")).collect();
    let children: Vec<String> =
        (0..50_000).map(|n| format!("{n}\t{}\tline\\nfeed \\\\. {n}\n", n % 20_000)).collect();
    let header = Header {
        version: default_version(codec),
        codec,
        created: CivilTime { year: 2026, month: 2, day: 11, is_dst: -1, ..CivilTime::default() },
        database: "handmade".into(),
        server_version: "15.18".into(),
        dumper_version: "dbbackup test".into(),
    };
    let mut entries = entries();
    let mut bytes = encode_head(&header, &entries).unwrap();
    let head_length = bytes.len();
    // The blocks lie in the opposite order of the entries.
    for (id, rows) in [(21, &children), (20, &parents)] {
        let start = bytes.len() as u64;
        put_block(&mut bytes, compression, id, rows);
        let entry = entries.iter_mut().find(|entry| entry.id == id).unwrap();
        entry.offset = DataOffset::At(start);
    }
    let head = encode_head(&header, &entries).unwrap();
    assert_eq!(head.len(), head_length);
    bytes[..head_length].copy_from_slice(&head);
    fs::write(&path, bytes).unwrap();
    Handmade { path, parents: parents.concat(), children: children.concat() }
}

/// A block of pieces that two compressors made and that arrive from the last to the first.
fn put_block(out: &mut Vec<u8>, compression: Compression, id: u32, rows: &[String]) {
    let mut compressors =
        [compression, compression].map(|c| Compressor::new(c, Form::Block).unwrap());
    let pieces: Vec<_> = rows
        .chunks(3000)
        .enumerate()
        .map(|(n, rows)| compressors[n % 2].piece(rows.concat().as_bytes()).unwrap())
        .collect();
    assert!(pieces.len() > 5);
    let mut block = BlockAssembler::new(compression.codec, id);
    block.start(out).unwrap();
    for piece in pieces.iter().rev() {
        block.add(piece, out).unwrap();
    }
    block.add(&compressors[0].piece(TERMINATOR).unwrap(), out).unwrap();
    block.finish(out).unwrap();
}

fn assert_restorable(server: &Server, archive: &Handmade, pg_restore: impl Fn() -> Command) {
    let list = run(pg_restore().arg("-l").arg(&archive.path));
    assert!(list.contains("21; 0 50011 TABLE DATA public child postgres\n"), "{list}");
    for jobs in ["1", "2"] {
        let database = server.create_database("handmade");
        let mut restore = pg_restore();
        run(restore.args(["-e", "-j", jobs, "-d", &database]).arg(&archive.path));
        let copied = |query: &str| server.psql(&database, query);
        let parents = copied("copy (select * from public.parent order by id) to stdout");
        let children = copied("copy (select * from public.child order by id) to stdout");
        assert!(parents == archive.parents, "rows of parent differ with -j {jobs}");
        assert!(children == archive.children, "rows of child differ with -j {jobs}");
        assert_eq!(
            copied(
                "select count(*) from pg_constraint where conname in ('parent_pkey', 'child_parent')"
            ),
            "2\n"
        );
    }
    // A script must hold the terminator too, or psql would take the next statement for a row.
    let database = server.create_database("script");
    let script = run(pg_restore().args(["-f", "-"]).arg(&archive.path));
    server.psql(&database, &script);
    assert_eq!(server.psql(&database, "select count(*) from public.child"), "50000\n");
}

#[test]
fn our_archives_are_restored_by_pg_restore_in_every_compression() {
    // A newer pg_restore sets parameters that the default server does not know.
    let bin = support::newest_tool("pg_restore").parent().map(Path::to_owned);
    let server = &Server::start(&ServerOptions { bin, ..ServerOptions::default() });
    let folder = tempfile::tempdir().unwrap();
    for compression in ["none", "gzip", "gzip:9", "lz4", "zstd", "zstd:12"] {
        let archive = handmade(folder.path(), compression.parse().unwrap());
        assert_restorable(server, &archive, || server.tool("pg_restore"));
    }
}

#[test]
fn our_archives_without_a_new_codec_are_restored_by_the_servers_own_pg_restore() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    for compression in ["none", "gzip"] {
        let archive = handmade(folder.path(), compression.parse().unwrap());
        assert_restorable(server, &archive, || own_tool(server, "pg_restore"));
    }
}
