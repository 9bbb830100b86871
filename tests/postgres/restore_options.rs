//! The options of a restore, judged by pg_restore with the same ones: into a second database, or into
//! a script.

use std::fs;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use dbbackup::model::archive::{PreviewLimits, PreviewRows};
use dbbackup::model::job::{Level, Outcome};
use dbbackup::model::name::QualifiedName;
use dbbackup::model::pattern::Pattern;
use dbbackup::model::spec::{Parts, RestoreSpec, SchemaRename, Section, TableRename};
use dbbackup::postgres::restore::{list, preview};

use crate::restore::kit::{Done, SHOP, assert_same_text, folder, plan, restore, spec};
use crate::support::{Server, run};

/// What the options are about, beside the shop.
const MORE: &str = "
    create role options_owner superuser;
    create role options_reader;
    create publication p for table shop.orders;
    comment on publication p is 'published';
    create policy mine on shop.customers for select to options_reader using (true);
    alter table shop.customers enable row level security;
    comment on policy mine on shop.customers is 'a policy';
    create event trigger et on ddl_command_end execute function shop.et();
    comment on event trigger et is 'an event trigger';
    create statistics shop.st on id, name from shop.customers;
    create index named on shop.customers (name);
    alter table shop.products owner to options_owner;
    create function shop.add(a integer, b integer) returns integer language sql as 'select a + b';
    create operator shop.### (function = shop.add, leftarg = integer, rightarg = integer);
    create aggregate shop.total(integer) (sfunc = shop.add, stype = integer);
    alter operator shop.### (integer, integer) owner to options_owner;
    grant select on shop.orders to options_reader;
    alter default privileges in schema shop grant select on tables to options_reader;
    create table public.looked (a int, \"b c\" text);
    insert into public.looked select n, case when n = 2 then null else repeat('é', n) end
        from generate_series(1, 500) n;
";

fn source() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let server = Server::shared();
        let name = server.create_database("options_source");
        server.psql(&name, SHOP);
        let event = "create function shop.et() returns event_trigger language plpgsql as \
                     'begin end';";
        server.psql(&name, &format!("{event}{MORE}"));
        name
    })
}

fn dumped(folder: &Path, options: &[&str]) -> PathBuf {
    let path = folder.join("archive");
    run(Server::shared().tool("pg_dump").args(options).arg("-f").arg(&path).arg(source()));
    path
}

/// One set of options: pg_restore's words, and ours.
struct Case {
    words: &'static [&'static str],
    change: fn(&mut RestoreSpec),
}

const fn case(words: &'static [&'static str], change: fn(&mut RestoreSpec)) -> Case {
    Case { words, change }
}

/// Options that leave something out or do it otherwise.
const CASES: &[Case] = &[
    case(&["--no-comments"], |spec| spec.options.left_out.comments = true),
    case(&["--no-publications"], |spec| spec.options.left_out.publications = true),
    case(&["--no-subscriptions"], |spec| spec.options.left_out.subscriptions = true),
    case(&["--no-security-labels"], |spec| spec.options.left_out.security_labels = true),
    case(&["--no-policies"], |spec| spec.options.left_out.policies = true),
    case(&["--no-tablespaces"], |spec| spec.options.left_out.tablespaces = true),
    case(&["--no-table-access-method"], |spec| spec.options.left_out.table_access_method = true),
    case(&["--no-privileges"], |spec| spec.no_privileges = true),
    case(&["--no-owner"], |spec| spec.no_owner = true),
    case(&["--use-set-session-authorization"], |spec| {
        spec.options.use_set_session_authorization = true;
    }),
    case(&["--schema-only"], |spec| spec.parts.schema_only = true),
    case(&["--section=pre-data", "--section=data"], |spec| {
        spec.parts.sections = vec![Section::PreData, Section::Data];
    }),
    case(&["--role=options_owner"], |spec| spec.role = Some("options_owner".into())),
    case(&["--enable-row-security"], |spec| spec.options.enable_row_security = true),
];

/// Selections of single objects: into a database that has the rest.
const SELECTIONS: &[Case] = &[
    case(&["-I", "named"], |spec| spec.options.indexes = vec!["named".into()]),
    case(&["-P", "add(integer, integer)"], |spec| {
        spec.options.functions = vec!["add( integer,integer )".into()];
    }),
    case(&["-P", "total(integer)", "-n", "shop"], |spec| {
        spec.options.functions = vec!["total(integer)".into()];
        spec.schemas = vec![Pattern::new("shop")];
    }),
    case(&["-t", "customers", "-I", "named"], |spec| {
        spec.tables = vec![Pattern::new("customers")];
        spec.options.indexes = vec!["named".into()];
    }),
    case(&["-N", "audit"], |spec| spec.exclude_schemas = vec![Pattern::new("audit")]),
    case(&["-n", "audit"], |spec| spec.schemas = vec![Pattern::new("audit")]),
];

#[test]
fn options_leave_the_same_database_behind_as_pg_restores() {
    let server = Server::shared();
    let folder = folder();
    let archive = dumped(folder.path(), &["-Fd"]);
    for case in CASES {
        let theirs = server.create_database("theirs");
        // A newer pg_restore sets what this server does not know: that counts as an error.
        server
            .tool("pg_restore")
            .args(case.words)
            .args(["-d", &theirs])
            .arg(&archive)
            .output()
            .unwrap();
        let ours = server.create_database("ours");
        let mut spec = spec(server, &archive, &ours);
        (case.change)(&mut spec);
        let done = restore(&spec);
        let messages = done.messages(Level::Warning).join("\n");
        assert!(done.result.is_ok(), "{:?}: {messages}", case.words);
        let (expected, found) = (server.dump_text(&theirs, &[]), server.dump_text(&ours, &[]));
        assert!(expected.len() > 10_000, "{:?}", case.words);
        assert_same_text(&expected, &found);
    }
}

const KEY: &str = "abcdefghijklmnopqrstuvwxyz";

fn script(archive: &Path, folder: &Path, change: fn(&mut RestoreSpec)) -> (Done, PathBuf) {
    let out = folder.join("out.sql");
    let _ = fs::remove_file(&out);
    let mut spec = spec(Server::shared(), archive, "nowhere");
    spec.script = Some(out.clone());
    spec.options.restrict_key = Some(KEY.into());
    change(&mut spec);
    (restore(&spec), out)
}

#[test]
fn scripts_of_every_layout_and_option_are_those_of_pg_restore() {
    let server = Server::shared();
    let more = [
        case(&[], |_| {}),
        case(&["--clean"], |spec| spec.clean = true),
        case(&["--clean", "--if-exists", "--create"], |spec| {
            (spec.clean, spec.if_exists, spec.create_database) = (true, true, true);
        }),
        case(&["--data-only", "--disable-triggers", "--superuser=options_owner"], |spec| {
            spec.parts = Parts { data_only: true, ..Parts::default() };
            spec.disable_triggers = true;
            spec.options.superuser = Some("options_owner".into());
        }),
        case(&["-1"], |spec| spec.single_transaction = true),
    ];
    for format in ["-Fc", "-Fd", "-Ft"] {
        let folder = folder();
        let archive = dumped(folder.path(), &[format]);
        for case in CASES.iter().chain(&more).chain(SELECTIONS) {
            let expected = run(server
                .tool("pg_restore")
                .args(["-f", "-", "--restrict-key", KEY])
                .args(case.words)
                .arg(&archive));
            let (done, out) = script(&archive, folder.path(), case.change);
            done.assert_complete();
            let found = fs::read_to_string(&out).unwrap();
            if expected != found {
                let line = expected.lines().zip(found.lines()).position(|(a, b)| a != b);
                let around = |text: &str| {
                    let from = line.unwrap_or(0).saturating_sub(5);
                    text.lines().skip(from).take(12).collect::<Vec<_>>().join("\n")
                };
                panic!(
                    "{format} {:?}\n--- expected\n{}\n--- found\n{}",
                    case.words,
                    around(&expected),
                    around(&found)
                );
            }
        }
    }
}

#[test]
fn a_script_never_replaces_a_file_unasked_and_a_damaged_archive_leaves_none() {
    let folder = folder();
    let archive = dumped(folder.path(), &["-Fd"]);
    let (done, out) = script(&archive, folder.path(), |_| {});
    done.assert_complete();
    let spec =
        RestoreSpec { script: Some(out.clone()), ..spec(Server::shared(), &archive, "nowhere") };
    assert_eq!(plan(&spec).unwrap().endangers, [format!("file {}", out.display())]);
    let error = restore(&spec).result.unwrap_err();
    assert!(error.to_string().contains("exists already"), "{error}");
    let listing = list(&archive).unwrap();
    let orders =
        listing.entries.iter().find(|e| e.desc == "TABLE DATA" && e.tag == "orders").unwrap();
    let file = archive.join(format!("{}.dat.gz", orders.id));
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let (done, out) = script(&archive, folder.path(), |_| {});
    let error = done.result.unwrap_err();
    assert!(error.to_string().contains("writing TABLE DATA shop.orders"), "{error}");
    assert!(error.hint().unwrap().contains("was not written"), "{error}");
    assert!(!out.exists());
}

#[test]
fn the_command_line_writes_a_script_to_standard_output() {
    let folder = folder();
    let archive = dumped(folder.path(), &["-Ft"]);
    let mut command = crate::support::dbbackup(folder.path());
    command.args(["restore", "single", "-o", "-", "--restrict-key", KEY]).arg(&archive);
    let found = run(&mut command);
    let expected = run(Server::shared()
        .tool("pg_restore")
        .args(["-f", "-", "--restrict-key", KEY])
        .arg(&archive));
    assert_same_text(&expected, &found);
}

#[test]
fn data_alone_goes_in_with_triggers_disabled_by_the_superuser_named() {
    let server = Server::shared();
    let folder = folder();
    let archive = dumped(folder.path(), &["-Fc"]);
    let database = server.create_database("superuser");
    let base = spec(server, &archive, &database);
    let parts = Parts { schema_only: true, ..Parts::default() };
    restore(&RestoreSpec { parts, ..base.clone() }).assert_complete();
    let parts = Parts { sections: vec![Section::Data], ..Parts::default() };
    let mut rows = RestoreSpec { parts, disable_triggers: true, ..base };
    rows.options.superuser = Some("options_owner".into());
    restore(&rows).assert_complete();
    let count = "select count(*) from shop.orders";
    assert_eq!(server.psql(&database, count), server.psql(source(), count));
}

#[test]
fn transactions_take_so_many_objects_and_an_error_stops() {
    let server = Server::shared();
    let folder = folder();
    let archive = dumped(folder.path(), &["-Fd"]);
    let database = server.create_database("transactions");
    let mut spec = spec(server, &archive, &database);
    spec.jobs = NonZeroUsize::MIN;
    spec.options.transaction_size = NonZeroU32::new(7);
    let before = server.psql("postgres", "select pg_current_xact_id()");
    restore(&spec).assert_complete();
    let after = server.psql("postgres", "select pg_current_xact_id()");
    assert_same_text(&server.dump_text(source(), &[]), &server.dump_text(&database, &[]));
    let number = |text: String| text.trim().parse::<u64>().unwrap();
    assert!(number(after) > number(before) + 10);
    // What is there already is an error, and an error stops.
    let error = restore(&RestoreSpec { over_existing: true, ..spec }).result.unwrap_err();
    assert!(error.to_string().contains("already exists"), "{error}");
}

#[test]
fn rows_of_a_table_that_could_not_be_made_are_left_out_on_request() {
    let server = Server::shared();
    let folder = folder();
    let archive = dumped(folder.path(), &["-Fc"]);
    for (left_out, expected) in [(true, "1\n"), (false, "201\n")] {
        let database = server.create_database("failed");
        server.psql(
            &database,
            "create schema shop; create table shop.categories (id int, parent int, name text);
             insert into shop.categories values (-1, null, 'mine')",
        );
        let mut spec = spec(server, &archive, &database);
        spec.over_existing = true;
        spec.options.no_data_for_failed_tables = left_out;
        let rows = server.psql(source(), "select count(*) from shop.categories");
        let done = restore(&spec);
        assert!(matches!(done.result, Ok(Outcome::Incomplete { .. })), "{:?}", done.result);
        let found = server.psql(&database, "select count(*) from shop.categories");
        let total = rows.trim().parse::<u64>().unwrap() + 1;
        let expected = if left_out { expected.to_owned() } else { format!("{total}\n") };
        assert_eq!(found, expected, "{left_out}");
    }
}

#[test]
fn tables_that_are_left_out_take_what_belongs_to_them_with_them() {
    let server = Server::shared();
    let folder = folder();
    let archive = dumped(folder.path(), &["-Fd"]);
    let database = server.create_database("left_out");
    let mut spec = spec(server, &archive, &database);
    spec.options.exclude_tables = vec!["audit.events".into()];
    restore(&spec).assert_complete();
    let tables = "select count(*) from pg_class where relname like 'events%'";
    assert_eq!(server.psql(&database, tables), "0\n");
    let orders = "select count(*) from shop.orders";
    assert_eq!(server.psql(&database, orders), server.psql(source(), orders));
    spec.options.exclude_tables = vec!["no.such".into()];
    assert!(restore(&spec).result.unwrap_err().to_string().contains("no table, view or sequence"));
}

#[test]
fn a_database_is_dropped_and_made_anew_when_that_is_agreed_to() {
    let server = Server::shared();
    let folder = folder();
    let archive = dumped(folder.path(), &["-Fd"]);
    let database = server.create_database("made_anew");
    server.psql(&database, "create table old (a int)");
    let base =
        RestoreSpec { clean: true, create_database: true, ..spec(server, &archive, &database) };
    let planned = plan(&base).unwrap().endangers;
    assert_eq!(planned, [format!("database {database} and all that is in it")]);
    assert!(restore(&base).result.is_err());
    assert_eq!(server.psql(&database, "select count(*) from old"), "0\n");
    restore(&RestoreSpec { over_existing: true, ..base }).assert_complete();
    assert_same_text(&server.dump_text(source(), &[]), &server.dump_text(&database, &[]));
}

#[test]
fn an_entry_is_looked_into_in_every_layout() {
    for format in ["-Fc", "-Fd", "-Ft"] {
        let folder = folder();
        let archive = dumped(folder.path(), &[format]);
        let listing = list(&archive).unwrap();
        let id = |desc: &str, tag: &str| {
            listing.entries.iter().find(|e| e.desc == desc && e.tag == tag).unwrap().id
        };
        let limits = PreviewLimits { rows: 3, cell_chars: 2, definition_chars: 30 };
        let look = preview(&archive, id("TABLE", "looked"), limits).unwrap();
        assert_eq!(look.title, "TABLE public.looked");
        assert!(look.definition.starts_with("CREATE TABLE public.looked") && look.definition_cut);
        let text = |text: &str| Some(text.to_owned());
        let expected = PreviewRows::Rows {
            columns: vec!["a".into(), "b c".into()],
            rows: vec![
                vec![text("1"), text("é")],
                vec![text("2"), None],
                vec![text("3"), text("éé…")],
            ],
            more: true,
        };
        assert_eq!(look.rows, expected);
        let of_rows = preview(&archive, id("TABLE DATA", "looked"), limits).unwrap();
        assert_eq!((of_rows.rows, of_rows.definition), (expected, look.definition));
        let view = preview(&archive, id("INDEX", "named"), PreviewLimits::default()).unwrap();
        assert_eq!(view.rows, PreviewRows::None);
        let blobs = listing.entries.iter().find(|e| e.desc == "BLOBS").unwrap().id;
        let PreviewRows::LargeObjects { objects, more: false } =
            preview(&archive, blobs, PreviewLimits::default()).unwrap().rows
        else {
            panic!("no large objects")
        };
        assert!(objects.contains(&(4711, 120_000)), "{objects:?}");
        assert!(preview(&archive, 1 << 30, limits).is_err());
    }
    let folder = folder();
    let archive = dumped(folder.path(), &["-Fc", "--inserts"]);
    let listing = list(&archive).unwrap();
    let entry = listing.entries.iter().find(|e| e.desc == "TABLE" && e.tag == "looked").unwrap();
    let look = preview(&archive, entry.id, PreviewLimits::default()).unwrap();
    let PreviewRows::Statements { text, more } = look.rows else { panic!("{:?}", look.rows) };
    assert!(text.starts_with("INSERT INTO public.looked VALUES (1, 'é');\n") && more, "{text}");
}

#[test]
fn a_schema_goes_into_another_with_all_that_names_it() {
    let server = Server::shared();
    let folder = folder();
    let archive = dumped(folder.path(), &["-Fd"]);
    let database = server.create_database("renamed");
    let mut spec = spec(server, &archive, &database);
    spec.options.rename_schemas = vec![
        SchemaRename { from: "shop".into(), to: "shopped".into() },
        SchemaRename { from: "public".into(), to: "public".into() },
    ];
    restore(&spec).assert_complete();
    // The same order of schemas, and of the objects in them.
    let back = |text: String| text.replace("shopped", "shop");
    assert_same_text(&server.dump_text(source(), &[]), &back(server.dump_text(&database, &[])));
    // Beside the original, in the same database.
    spec.options.rename_schemas[0].to = "Third".into();
    spec.schemas = vec![Pattern::new("shop")];
    restore(&spec).assert_complete();
    let tables = |schema: &str| {
        let ask = "select count(*) from pg_class where relnamespace = ";
        server.psql(&database, &format!("{ask} '\"{schema}\"'::regnamespace"))
    };
    assert_eq!(tables("Third"), tables("shopped"));
    let count =
        |schema: &str| server.psql(&database, &format!("select count(*) from {schema}.orders"));
    assert_eq!(count("\"Third\""), count("shopped"));
}

#[test]
fn a_table_gets_another_name_and_views_and_keys_follow() {
    let server = Server::shared();
    let folder = folder();
    let archive = dumped(folder.path(), &["-Fc"]);
    let database = server.create_database("renamed");
    let mut spec = spec(server, &archive, &database);
    spec.options.rename_tables =
        vec![TableRename { from: QualifiedName::new("shop", "customers"), to: "Kunden".into() }];
    let done = restore(&spec);
    done.assert_complete();
    assert_eq!(
        server.psql(&database, "select count(*) from shop.\"Kunden\""),
        server.psql(source(), "select count(*) from shop.customers")
    );
    let keys = "select count(*) from pg_constraint where contype = 'f'";
    assert_eq!(server.psql(&database, keys), server.psql(source(), keys));
    for view in server
        .psql(
            source(),
            "select format('%I.%I', schemaname, viewname) from pg_views where schemaname = 'shop'",
        )
        .lines()
    {
        let count = format!("select count(*) from {view}");
        assert_eq!(server.psql(&database, &count), server.psql(source(), &count), "{view}");
    }
    spec.options.rename_tables[0].from.name = "nobody".into();
    assert!(restore(&spec).result.unwrap_err().to_string().contains("is called shop.nobody"));
}
