//! What pg_dump's options do to definitions, judged by the archives that pg_dump writes with the same
//! options of the same database.

mod alone;
mod fixture;
mod objects;
mod runs;
mod table;

use std::fmt::Write as _;
use std::num::NonZeroU32;

use dbbackup::archive::toc::TocEntry;
use dbbackup::model::pattern::Pattern;
use dbbackup::model::spec::{DumpOptions, LeftOut, Parts, RowFormat, Section, Selection};
use dbbackup::postgres::schema::SchemaRequest;

use crate::judge::{differences, dump, level, order_differences, theirs};
use crate::schema::shop;
use crate::support::{self, Server, ServerOptions};

/// Options of ours with the same of pg_dump, and the first pg_dump that has them.
type Case = (u32, SchemaRequest, &'static [&'static str]);

fn with(options: DumpOptions) -> SchemaRequest {
    SchemaRequest { options, ..SchemaRequest::default() }
}

fn without(kind: fn(&mut LeftOut) -> &mut bool) -> DumpOptions {
    let mut options = DumpOptions::default();
    *kind(&mut options.left_out) = true;
    options
}

fn schema_only(options: DumpOptions) -> SchemaRequest {
    let parts = Parts { schema_only: true, ..Parts::default() };
    SchemaRequest { parts, ..with(options) }
}

fn inserts() -> RowFormat {
    RowFormat::Inserts {
        rows_per_insert: NonZeroU32::MIN,
        column_names: false,
        on_conflict_do_nothing: false,
    }
}

fn cases() -> Vec<Case> {
    let none = DumpOptions::default;
    let section = |section| Parts { sections: vec![section], ..Parts::default() };
    vec![
        (15, with(without(|o| &mut o.comments)), &["--no-comments"]),
        (15, with(without(|o| &mut o.publications)), &["--no-publications"]),
        (15, with(without(|o| &mut o.subscriptions)), &["--no-subscriptions"]),
        (15, with(without(|o| &mut o.security_labels)), &["--no-security-labels"]),
        (18, with(without(|o| &mut o.policies)), &["--no-policies"]),
        (15, with(without(|o| &mut o.tablespaces)), &["--no-tablespaces"]),
        (15, with(without(|o| &mut o.table_access_method)), &["--no-table-access-method"]),
        (
            15,
            with(DumpOptions { no_toast_compression: true, ..none() }),
            &["--no-toast-compression"],
        ),
        (
            15,
            with(DumpOptions { no_unlogged_table_data: true, ..none() }),
            &["--no-unlogged-table-data"],
        ),
        (
            15,
            with(DumpOptions { load_via_partition_root: true, ..none() }),
            &["--load-via-partition-root"],
        ),
        (
            15,
            with(DumpOptions { quote_all_identifiers: true, ..none() }),
            &["--quote-all-identifiers"],
        ),
        (15, with(DumpOptions { rows: inserts(), ..none() }), &["--inserts"]),
        (
            15,
            with(DumpOptions { rows: inserts(), load_via_partition_root: true, ..none() }),
            &["--inserts", "--load-via-partition-root"],
        ),
        (15, with(DumpOptions { large_objects: Some(false), ..none() }), &["-B"]),
        (15, schema_only(none()), &["-s"]),
        (15, schema_only(DumpOptions { large_objects: Some(true), ..none() }), &["-s", "-b"]),
        (
            18,
            schema_only(DumpOptions { sequence_data: true, ..none() }),
            &["-s", "--sequence-data"],
        ),
        (
            18,
            SchemaRequest {
                parts: section(Section::Data),
                ..with(DumpOptions { sequence_data: true, ..none() })
            },
            &["--section=data", "--sequence-data"],
        ),
    ]
}

/// pg_dump 18 leaves one name bare with --quote-all-identifiers: that of a not-null constraint on a
/// column that comes from a parent.
fn bare_constraint(entry: &mut TocEntry) {
    if let Some(defn) = &mut entry.defn {
        *defn = defn.replace("CONSTRAINT \"child_c\" NOT NULL", "CONSTRAINT child_c NOT NULL");
    }
}

/// Every difference between our entries with a request and pg_dump's with the same options.
fn compare(server: &Server, database: &str, major: u32, case: &Case) -> String {
    let (_, request, options) = case;
    let mut ours = dump(server, database, request).unwrap().entries;
    let mut theirs = theirs(&server.bin.join("pg_dump"), server, database, options);
    let everything = request.selection.is_everything();
    if !everything {
        // pg_dump adds the grants on the server's own languages to any selection.
        ours.retain(|entry| !entry.tag.starts_with("LANGUAGE "));
        theirs.retain(|entry| !entry.tag.starts_with("LANGUAGE "));
    }
    if major >= 18 && options.contains(&"-N") {
        // From 18 on it adds tables to publications that are not in the archive, which cannot be
        // restored.
        theirs.retain(|entry| entry.tag != "some_rows plain");
    }
    let leveled = |entry: &mut TocEntry| {
        level(entry, major);
        bare_constraint(entry);
    };
    ours.iter_mut().chain(&mut theirs).for_each(leveled);
    let found = differences(&ours, &theirs);
    // The order of a selection may differ by objects that are not in it.
    if found.is_empty() && everything { order_differences(&ours, &theirs) } else { found }
}

#[test]
fn options_mean_what_they_mean_to_pg_dump_of_the_same_version() {
    let mut failures = String::new();
    let mut used = 0;
    for (major, bin) in support::installations() {
        if major < 15 || !bin.join("pg_dump").exists() {
            continue;
        }
        let server = Server::start(&ServerOptions { bin: Some(bin), ..ServerOptions::default() });
        let database = shop(&server, major);
        for case in cases().iter().filter(|case| case.0 <= major) {
            used += 1;
            let found = compare(&server, &database, major, case);
            if !found.is_empty() {
                let _ = write!(failures, "PostgreSQL {major} with {:?}:\n{found}", case.2);
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(used >= 15, "no server with its own pg_dump: run tests/prepare");
}

/// Columns of every kind that the planner keeps figures of, with odd names and values.
const FIGURES: &str = "
    create table figures (plain int, \"Odd 'name\" text, list int[], span int4range, none int,
                          words tsvector, half float4);
    insert into figures
    select n, case when n % 3 = 0 then 'it''s \\ a \"text\"' else 'x' || n end, array[n, n % 5],
           case when n % 4 = 0 then 'empty'::int4range else int4range(n, n + n) end, null,
           to_tsvector('simple', 'a b' || n % 7), n / 7.0
      from generate_series(1, 300) n;
    create index on figures (lower(\"Odd 'name\"), plain, (plain + 1));
    create materialized view figures_seen as select plain, half from figures;
    create materialized view figures_unseen as select plain from figures with no data;
    create index on figures_seen ((plain * 2));
    analyze;
";

#[test]
fn what_the_planner_knows_is_written_as_the_newest_pg_dump_writes_it() {
    let newest = support::newest_tool("pg_dump");
    let mut failures = String::new();
    for (major, bin) in support::installations() {
        let server = Server::start(&ServerOptions { bin: Some(bin), ..ServerOptions::default() });
        let database = shop(&server, major);
        server.psql(&database, FIGURES);
        let request = with(DumpOptions { statistics: true, ..DumpOptions::default() });
        let mut ours = dump(&server, &database, &request).unwrap().entries;
        let mut theirs = theirs(&newest, &server, &database, &["--statistics"]);
        let kinds = ["STATISTICS DATA", "TABLE", "INDEX", "CONSTRAINT", "MATERIALIZED VIEW DATA"];
        ours.retain(|entry| kinds.contains(&entry.desc.as_str()));
        theirs.retain(|entry| kinds.contains(&entry.desc.as_str()));
        ours.iter_mut().chain(&mut theirs).for_each(|entry| level(entry, major));
        let mut found = differences(&ours, &theirs);
        if found.is_empty() {
            found = order_differences(&ours, &theirs);
        }
        if !found.is_empty() {
            let _ = write!(failures, "PostgreSQL {major}:\n{found}");
        }
        let count = ours.iter().filter(|entry| entry.desc == "STATISTICS DATA").count();
        assert!(count > 20, "PostgreSQL {major}: {count} entries of statistics");
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Tables that belong to an extension with rows that do not, in a schema of their own or not, and
/// partitions of partitions beside children.
const MEMBERS: &str = "
    set search_path = public;
    create table conf (a int, keep bool);
    insert into conf values (1, true), (2, false);
    create sequence conf_seq;
    alter extension hstore add table conf;
    alter extension hstore add sequence conf_seq;
    update pg_extension set extcondition = array['WHERE keep', ''],
                            extconfig = array['conf'::regclass::oid, 'conf_seq'::regclass::oid]
     where extname = 'hstore';
    grant select on conf to shop_reader;
    create schema kin;
    create table kin.top (a int primary key, b int) partition by range (a);
    create table kin.middle partition of kin.top for values from (0) to (10) partition by list (a);
    create table kin.leaf partition of kin.middle for values in (1);
    create table kin.old (a serial, c int generated by default as identity);
    create table kin.heir (d int) inherits (kin.old);
    create server far foreign data wrapper nowhere;
    create foreign table kin.far (a int) server far;
    alter database :\"DBNAME\" set search_path = kin, public;
";

fn select(selection: Selection) -> SchemaRequest {
    SchemaRequest { selection, ..SchemaRequest::default() }
}

/// Lists of patterns, each named by pg_dump's option, and the first pg_dump that has them all.
const SELECTIONS: &[(u32, &[&str])] = &[
    (15, &["-t", "top"]),
    (15, &["-t", "old", "--exclude-table-data=old"]),
    (15, &["-t", "old_a_seq"]),
    (15, &["-t", "old_c_seq", "-t", "leaf"]),
    (15, &["-t", "kin.*", "-T", "top"]),
    (15, &["-t", "nothing", "-t", "kin.old*"]),
    (15, &["-t", "conf"]),
    (15, &["-n", "kin", "-n", "nothing*"]),
    (15, &["-n", "public"]),
    (15, &["-T", "conf", "-T", "heir"]),
    (15, &["-N", "public"]),
    (15, &["-e", "hstore"]),
    (15, &["-e", "plpgsql"]),
    (15, &["-e", "h*", "-n", "kin"]),
    (15, &["--exclude-table-data=conf"]),
    (16, &["--table-and-children=top"]),
    (16, &["--table-and-children=old", "--exclude-table-and-children=heir"]),
    (16, &["--exclude-table-and-children=middle"]),
    (16, &["--exclude-table-data-and-children=top"]),
    (17, &["--exclude-extension=hstore"]),
    (17, &["--exclude-extension=*", "-n", "kin"]),
];

fn selection(options: &[&str]) -> Selection {
    let mut selection = Selection::default();
    let mut words = options.iter();
    while let Some(word) = words.next() {
        let (name, pattern) = match word.split_once('=') {
            Some((name, pattern)) => (name, pattern),
            None => (*word, *words.next().unwrap()),
        };
        let list = match name {
            "-t" => &mut selection.tables,
            "-T" => &mut selection.exclude_tables,
            "-n" => &mut selection.schemas,
            "-N" => &mut selection.exclude_schemas,
            "-e" => &mut selection.extensions,
            "--exclude-extension" => &mut selection.exclude_extensions,
            "--exclude-table-data" => &mut selection.exclude_table_data,
            "--table-and-children" => &mut selection.tables_and_children,
            "--exclude-table-and-children" => &mut selection.exclude_tables_and_children,
            "--exclude-table-data-and-children" => &mut selection.exclude_table_data_and_children,
            other => panic!("{other}"),
        };
        list.push(Pattern::new(pattern));
    }
    selection
}

#[test]
fn selections_mean_what_they_mean_to_pg_dump_of_the_same_version() {
    let mut failures = String::new();
    for (major, bin) in support::installations() {
        if major < 15 || !bin.join("pg_dump").exists() {
            continue;
        }
        let server = Server::start(&ServerOptions { bin: Some(bin), ..ServerOptions::default() });
        let database = shop(&server, major);
        server.psql(&database, MEMBERS);
        for (_, options) in SELECTIONS.iter().filter(|(since, _)| *since <= major) {
            let case = (major, select(selection(options)), *options);
            let found = compare(&server, &database, major, &case);
            if !found.is_empty() {
                let _ = write!(failures, "PostgreSQL {major} with {options:?}:\n{found}");
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn a_pattern_without_a_match_is_named() {
    let server = Server::shared();
    let database = server.create_database("names");
    server.psql(&database, "create table a (x int)");
    let error = |selection: Selection| {
        dump(server, &database, &select(selection)).map(|_| ()).unwrap_err().to_string()
    };
    let cases: &[(&[&str], bool, &str)] = &[
        (&["-t", "b"], false, "no table, view or sequence matches 'b'"),
        (&["-t", "a", "-t", "c"], true, "no table, view or sequence matches 'c'"),
        (&["-n", "public", "-n", "s"], true, "no schema matches 's'"),
        (&["-n", "s"], false, "no schema matches 's'"),
        (&["-e", "none"], false, "no extension matches 'none'"),
        (&["-t", "elsewhere.public.a"], false, "names the database elsewhere"),
    ];
    for (options, strict, text) in cases {
        let selection = Selection { strict_names: *strict, ..selection(options) };
        let found = error(selection);
        assert!(found.contains(text), "{options:?}: {found}");
    }
    let foreign = Selection { foreign_data: vec![Pattern::new("far")], ..Selection::default() };
    assert!(error(foreign).contains("no foreign server matches 'far'"));
    let own = format!("{database}.public.a");
    let selection = Selection { tables: vec![Pattern::new(own)], ..Selection::default() };
    assert_eq!(dump(server, &database, &select(selection)).unwrap().tables.len(), 1);
}
