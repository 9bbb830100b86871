//! The database that goes there and back: all kinds of objects that a server has, and rows that are
//! hard to carry.

use std::sync::OnceLock;

use crate::schema::shop;
use crate::support::{self, Server, ServerOptions};

/// Scripts, each with the first major version that takes it.
const PARTS: &[(u32, &str)] = &[
    (10, include_str!("../coverage/types.sql")),
    (12, include_str!("../coverage/types_12.sql")),
    (14, include_str!("../coverage/types_14.sql")),
    (10, include_str!("../coverage/tables.sql")),
    (12, include_str!("../coverage/tables_12.sql")),
    (14, include_str!("../coverage/tables_14.sql")),
    (15, include_str!("../coverage/tables_15.sql")),
    (16, include_str!("../coverage/tables_16.sql")),
    (17, include_str!("../coverage/tables_17.sql")),
    (18, include_str!("../coverage/tables_18.sql")),
    (10, include_str!("values.sql")),
    (11, include_str!("values_11.sql")),
    (14, include_str!("values_14.sql")),
];

/// What no dump can carry: labels without a provider; rows of a table that an extension owns in a
/// schema that comes after the extension; rows whose place among hashed partitions depends on the
/// object numbers of an enumeration.
const LEVEL: &str = "
    delete from pg_seclabel;
    delete from pg_shseclabel;
    alter extension citext drop table shop.settings;
";
const LEVEL_11: &str = "truncate shop.hashed";

/// What the newest pg_dump writes of older servers in words that only newer ones know: a first major
/// version that needs nothing of it, and what the database is then without.
const BEYOND: &[(u32, &str)] = &[
    (18, "drop table shop.child3"),
    (
        11,
        "do $$ declare name text; begin
            for name in select evtname from pg_event_trigger loop
                execute format('drop event trigger %I', name);
            end loop;
            for name in select oid::regoperator from pg_operator where oid >= 16384
                and not exists (select from pg_depend where objid = pg_operator.oid and deptype = 'e') loop
                execute 'drop operator if exists ' || name || ' cascade';
            end loop;
        end $$",
    ),
];

/// A database, and what the newest pg_dump writes of it.
pub(super) struct Subject {
    pub(super) database: String,
    pub(super) text: String,
}

impl Subject {
    fn new(server: &Server, database: String) -> Self {
        let text = dump_text(server, &database);
        Self { database, text }
    }
}

/// A server with the fixture.
pub(super) struct Source {
    pub(super) server: Server,
    pub(super) major: u32,
    pub(super) whole: Subject,
    /// Without what the newest pg_dump writes in words that this server does not know.
    plainer: Option<Subject>,
}

impl Source {
    fn start((major, bin): (u32, std::path::PathBuf)) -> Self {
        let config = ["wal_level = logical", "allow_system_table_mods = on"].map(str::to_owned);
        let options =
            ServerOptions { bin: Some(bin), config: config.to_vec(), ..ServerOptions::default() };
        let server = Server::start(&options);
        let database = shop(&server, major);
        for (_, script) in PARTS.iter().filter(|(since, _)| *since <= major) {
            server.psql(&database, script);
        }
        server.psql(&database, LEVEL);
        if major >= 11 {
            server.psql(&database, LEVEL_11);
        }
        let whole = Subject::new(&server, database);
        let beyond: Vec<&str> =
            BEYOND.iter().filter(|(since, _)| major < *since).map(|(_, script)| *script).collect();
        let plainer = (!beyond.is_empty()).then(|| {
            let database = format!("{}_plainer", whole.database);
            let copy = format!("create database {database} template {}", whole.database);
            server.psql("postgres", &copy);
            for script in &beyond {
                drop(server.psql(&database, script));
            }
            Subject::new(&server, database)
        });
        Self { server, major, whole, plainer }
    }

    /// What a pg_dump of a version can write so that this server takes it.
    pub(super) fn subject_of(&self, tools: u32) -> &Subject {
        self.plainer.as_ref().filter(|_| tools > self.major).unwrap_or(&self.whole)
    }

    /// Drops a database with its subscriptions, which were never connected.
    pub(super) fn drop_database(&self, database: &str) {
        let subscriptions = format!(
            "delete from pg_subscription where subdbid =
                 (select oid from pg_database where datname = '{database}')"
        );
        self.server.psql("postgres", &subscriptions);
        self.server.psql("postgres", &format!("drop database {database}"));
    }
}

/// What the newest pg_dump writes of a database.
pub(super) fn dump_text(server: &Server, database: &str) -> String {
    without_marks(server.dump_text(database, &[]))
}

/// A dump without the mark that the newest minor releases keep on columns, which differs from table to
/// table.
pub(super) fn without_marks(text: String) -> String {
    if !text.contains("pg_attver=") {
        return text;
    }
    let mark = regex::Regex::new(r"pg_attver=\d+").unwrap();
    mark.replace_all(&text, "pg_attver").into_owned()
}

/// The fixture on every server on this machine, oldest first.
pub(super) fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let starting = support::installations()
            .into_iter()
            .map(|installation| std::thread::spawn(|| Source::start(installation)));
        let starting: Vec<_> = starting.collect();
        starting.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
