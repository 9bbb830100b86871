//! `VACUUM (ANALYZE)` on the oldest and the newest server there is.

use std::time::Duration;

use dbbackup::config::Config;
use dbbackup::model::conn::Target;
use dbbackup::model::pattern::Pattern;
use dbbackup::model::secret::Secret;
use dbbackup::model::spec::BackupSpec;
use dbbackup::postgres::vacuum::{VacuumRequest, Vacuumed, vacuum_analyze};
use tokio::sync::mpsc;

use crate::support::{Server, ServerOptions, installations, wait_for};

const SCHEMA: &str = "
    create table plain (i int); insert into plain select generate_series(1, 100);
    create schema \"odd.one\"; create table \"odd.one\".\"q\"\"t\" (i int);
    create table parted (i int) partition by range (i);
    create table part_1 partition of parted for values from (0) to (10);
    create table part_2 partition of parted for values from (10) to (20);
    insert into parted select i % 20 from generate_series(1, 100) i;
    create materialized view mat as select * from plain;
    create view seen as select * from plain;";

fn ends() -> Vec<Server> {
    let all = installations();
    let picked = [all.first().unwrap(), all.last().unwrap()];
    let start = |(_, bin): &(u32, std::path::PathBuf)| {
        Server::start(&ServerOptions { bin: Some(bin.clone()), ..ServerOptions::default() })
    };
    picked.into_iter().map(start).collect()
}

/// Vacuums, and returns the result with what was told.
fn vacuum(
    target: &Target,
    database: &str,
    tables_of: Option<&BackupSpec>,
) -> (dbbackup::error::Result<()>, Vec<Vacuumed>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (told, mut queue) = mpsc::channel(4);
        let request = VacuumRequest { target, database, tables_of };
        let config = Config::default();
        let reading = async {
            let mut all = Vec::new();
            while let Some(said) = queue.recv().await {
                all.push(said);
            }
            all
        };
        tokio::join!(vacuum_analyze(request, &config, told), reading)
    })
}

fn target(server: &Server, database: &str) -> Target {
    Target { url: Some(Secret::new(server.url(database))), ..Target::default() }
}

fn vacuumed(server: &Server, database: &str) -> String {
    let sql = "select string_agg(relname, ' ' order by relname) from pg_stat_user_tables
                where last_vacuum is not null";
    server.psql(database, sql).trim().to_owned()
}

fn names(told: &[Vacuumed]) -> Vec<&str> {
    told.iter()
        .map(|said| match said {
            Vacuumed::Done(text) | Vacuumed::Failed(text) => text.split(" in ").next().unwrap(),
        })
        .collect()
}

#[test]
fn a_whole_database_and_chosen_tables_are_vacuumed_on_old_and_new_servers() {
    for server in ends() {
        let database = server.create_database("vacuum");
        server.psql(&database, SCHEMA);
        let target = target(&server, &database);
        let mut spec = BackupSpec::new(target.clone(), database.as_str(), "unused");
        spec.selection.tables = vec![Pattern::new("parted"), Pattern::new("part_1")];
        let (result, told) = vacuum(&target, &database, Some(&spec));
        result.unwrap();
        assert_eq!(names(&told), ["public.part_1"]);
        wait_for("statistics", Duration::from_secs(20), || {
            vacuumed(&server, &database) == "part_1"
        });

        let (result, told) = vacuum(&target, &database, None);
        result.unwrap();
        let expected = ["odd.one.q\"t", "public.mat", "public.parted", "public.plain"];
        let shown: Vec<String> =
            names(&told).iter().map(|name| name.replace("\"\"", "\"")).collect();
        let plain: Vec<String> =
            shown.iter().map(|name| name.replace("\"odd.one\".\"q\"t\"", "odd.one.q\"t")).collect();
        assert_eq!(plain, expected);
        let all = "mat part_1 part_2 plain q\"t";
        wait_for("statistics", Duration::from_secs(20), || {
            vacuumed(&server, &database).replace("parted ", "") == all
        });
    }
}

#[test]
fn tables_of_others_are_named_and_do_not_keep_own_ones_from_it() {
    for server in ends() {
        let database = server.create_database("vacuum");
        server.psql(
            &database,
            "create role worker login; create table theirs (i int); create table own (i int);
             alter table own owner to worker",
        );
        let url = server.url(&database).replacen("postgres@", "worker@", 1);
        let target = Target { url: Some(Secret::new(url)), ..Target::default() };
        let (result, told) = vacuum(&target, &database, None);
        let error = result.unwrap_err();
        assert!(
            error.to_string().contains("these tables were not vacuumed: public.theirs"),
            "{error}"
        );
        assert!(matches!(&told[0], Vacuumed::Done(text) if text.starts_with("public.own in ")));
        assert!(matches!(&told[1], Vacuumed::Failed(text) if text.contains("somebody else")));
        let version: u32 =
            server.psql("postgres", "show server_version_num").trim().parse().unwrap();
        if version >= 170_000 {
            server.psql(&database, "grant maintain on theirs to worker");
            vacuum(&target, &database, None).0.unwrap();
        }
    }
}
