//! The real binary in a real pseudo-terminal against a real server: what a person does over SSH.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::{Server, ServerOptions, dbbackup, newest_tool, run, wait_for};
use crate::terminal::Terminal;

/// Everything that is turned off again when the console leaves.
const LEFT: &[&str] = &["\x1b[?1000l", "\x1b[?1006l", "\x1b[?2004l", "\x1b[?25h", "\x1b[?1049l"];

const SHOP: &str = "
    create schema shop;
    create table shop.customers (id int primary key, name text not null);
    create table shop.products (id int primary key, name text not null, price numeric(8,2));
    create table shop.orders (
        id int primary key, customer int not null references shop.customers,
        product int not null references shop.products, note text);
    create table shop.unwanted (id int primary key);
    create index on shop.orders (customer);
    insert into shop.customers select n, 'customer ' || n from generate_series(1, 200) n;
    insert into shop.products select n, 'product ' || n, n * 1.5 from generate_series(1, 50) n;
    insert into shop.orders
        select n, 1 + n % 200, 1 + n % 50, md5(n::text) from generate_series(1, 5000) n;
    insert into shop.unwanted values (1);
";

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A database with one table whose backup takes as long as its rate says: about 40 MB of rows.
fn slow_database(server: &Server) -> String {
    let database = server.create_database("slow");
    server.psql(
        &database,
        "create table public.big as
             select n as id, repeat(md5(n::text), 12) as note from generate_series(1, 100000) n",
    );
    database
}

fn connected(home: &Path, server: &Server, database: &str, columns: u16, rows: u16) -> Terminal {
    let terminal = Terminal::start(home, &["--url", &server.url(database)], columns, rows);
    terminal.see("connected");
    terminal
}

/// Backs up the table `big` at this rate, from the options dialog.
fn start_slow_backup_at(terminal: &mut Terminal, rate: &str) {
    terminal.see("public.big");
    terminal.send("\t b");
    terminal.see("Rate limit");
    // Down to the rate's field: it is the eighth.
    terminal.send(&"\t".repeat(7));
    terminal.send("\x15");
    terminal.send(rate);
    terminal.see(rate);
    terminal.send("\r");
    terminal.see("The same as a command");
    terminal.send("\r");
    terminal.see("copying rows");
}

fn dumps_in(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "dump"))
        .collect();
    found.sort();
    found
}

/// Processor time that a process has used, in clock ticks (hundredths of a second), and its state.
fn cpu_and_state(pid: u32) -> Option<(u64, char)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after_name = stat.rsplit(')').next()?;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some((ticks, fields.first()?.chars().next()?))
}

#[test]
fn a_person_backs_up_three_tables_and_restores_them_into_a_new_database() {
    let server = Server::shared();
    let database = server.create_database("walk");
    server.psql(&database, SHOP);
    let home = home();
    let mut terminal = connected(home.path(), server, &database, 120, 40);

    // Browse, and tick three tables.
    terminal.see("shop.customers");
    terminal.send("\t");
    for table in ["customers", "products", "orders"] {
        terminal.send(&format!("/{table}\r"));
        terminal.see_gone("shop.unwanted");
        terminal.see(&format!("[ ] shop.{table}"));
        terminal.send(" ");
        terminal.see(&format!("[x] shop.{table}"));
        terminal.send("\x1b");
        terminal.see("shop.unwanted");
    }
    terminal.see("3 ticked");

    // Back them up and watch to the end.
    terminal.send("b");
    terminal.see("With what they need");
    terminal.send("\r");
    terminal.see("The same as a command");
    terminal.send("\r");
    terminal.see("3 of 3 tables");
    let [archive] = &dumps_in(home.path())[..] else {
        panic!("one archive, not {:?}", dumps_in(home.path()))
    };
    let list = run(std::process::Command::new(newest_tool("pg_restore")).arg("-l").arg(archive));
    for table in ["customers", "products", "orders"] {
        assert!(list.contains(&format!("TABLE DATA shop {table} ")), "{list}");
    }
    assert!(!list.contains("unwanted"), "{list}");

    // Restore them into a new database, and compare.
    let copy = format!("{database}_restored");
    terminal.send("R");
    terminal.see("Restore from archive");
    terminal.send("\r");
    terminal.see(&copy);
    terminal.send("\r");
    terminal.see("made first");
    terminal.send("\r");
    terminal.see_that("the restore's end", |screen| {
        screen.lines().any(|line| line.contains("✔ restore ") && line.contains("complete"))
    });
    let tables = ["-t", "shop.customers", "-t", "shop.products", "-t", "shop.orders"];
    assert_eq!(server.dump_text(&database, &tables), server.dump_text(&copy, &tables));

    terminal.send("q");
    assert_eq!(terminal.wait(), 0);
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    for sequence in LEFT {
        assert!(raw.contains(sequence), "{sequence:?} is missing");
    }
}

#[test]
fn a_person_backs_up_the_cluster_and_restores_one_database_under_another_name() {
    let server = Server::start(&ServerOptions::default());
    server.psql("postgres", "create role clerk login");
    let database = server.create_database("till");
    server.psql(&database, SHOP);
    server.psql(&database, "alter table shop.orders owner to clerk");
    let home = home();
    let mut terminal = connected(home.path(), &server, "postgres", 120, 40);
    terminal.see(&database);

    terminal.send("B");
    terminal.see("Back up the cluster");
    terminal.send("\r");
    terminal.see("The same as a command");
    terminal.send("\r");
    terminal.see_that("the backup's end", |screen| {
        screen.lines().any(|line| line.contains("✔ backup cluster ") && line.contains("complete"))
    });

    // The folder is offered; of its parts the one database, under another name.
    terminal.send("R");
    terminal.see("Restore from archive");
    terminal.send("\r");
    terminal.see("Restore the cluster from");
    terminal.see("roles");
    terminal.send(&format!("u/{database}\r"));
    terminal.see("parts: 0 of");
    terminal.send("n");
    terminal.see("under the name");
    terminal.send("_copy\r");
    terminal.see(&format!("{database} → {database}_copy"));
    terminal.send("\r");
    terminal.see("--no-globals");
    terminal.send("\r");
    terminal.see_that("the restore's end", |screen| {
        screen.lines().any(|line| line.contains("✔ restore cluster ") && line.contains("complete"))
    });
    let copy = format!("{database}_copy");
    assert_eq!(server.dump_text(&database, &[]), server.dump_text(&copy, &[]));
    terminal.send("q");
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn keys_show_at_once_and_not_when_the_clock_moves_on() {
    let server = Server::shared();
    let database = server.create_database("keys");
    let home = home();
    let mut terminal = connected(home.path(), server, &database, 80, 24);
    // Each key is pressed when the one before it has shown: if they waited for the clock, which
    // draws once a second, eight of them would take about as many seconds.
    let begun = std::time::Instant::now();
    for _ in 0..4 {
        terminal.send("2");
        terminal.see("┌ 2 Tables");
        terminal.send("1");
        terminal.see("┌ 1 Databases");
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(4), "{took:?}");
    terminal.send("q");
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn a_read_only_profile_forbids_writing_to_its_own_server_alone() {
    let server = Server::shared();
    let database = server.create_database("profiles");
    let home = home();
    let folder = home.path().join(".config/dbbackup");
    fs::create_dir_all(&folder).unwrap();
    let url = server.url(&database);
    let profiles = format!(
        "[profiles.safe]\nurl = {url:?}\nread_only = true\n[profiles.free]\nurl = {url:?}\n"
    );
    let file = folder.join("config.toml");
    fs::write(&file, profiles).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let mut terminal = Terminal::start(home.path(), &["--profile", "safe"], 80, 24);
    terminal.see("READ-ONLY");
    terminal.send(":connect free\r");
    terminal.see("dbbackup  free  ● connected");
    assert!(!terminal.text().contains("READ-ONLY"), "{}", terminal.text());
    terminal.send("q");
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn a_lost_terminal_neither_stops_the_job_nor_burns_the_processor() {
    let server = Server::shared();
    let database = slow_database(server);
    let home = home();
    let mut terminal = connected(home.path(), server, &database, 120, 40);
    start_slow_backup_at(&mut terminal, "8M");
    let pid = terminal.pid();

    terminal.hang_up();
    wait_for("the process to notice", Duration::from_secs(10), || {
        fs::read_link(format!("/proc/{pid}/fd/1")).is_ok_and(|path| path == Path::new("/dev/null"))
    });
    let (before, _) = cpu_and_state(pid).expect("the process lives on");
    std::thread::sleep(Duration::from_secs(2));
    let (after, _) = cpu_and_state(pid).expect("the job goes on");
    // The job itself moves 16 MB meanwhile; a reader that spins would take 100 ticks or more.
    assert!(after - before < 40, "{} ticks in two seconds", after - before);

    assert_eq!(terminal.wait(), 0);
    let [archive] = &dumps_in(home.path())[..] else {
        panic!("one archive, not {:?}", dumps_in(home.path()))
    };
    run(std::process::Command::new(newest_tool("pg_restore")).arg("-l").arg(archive));

    // The history knows how it ended, headless and in the next console.
    let history = run(dbbackup(home.path()).env_remove("XDG_STATE_HOME").arg("list"));
    assert!(history.contains("complete"), "{history}");
    let next = connected(home.path(), server, &database, 120, 40);
    next.see(&format!("backup {database}"));
    next.see("complete");
}

#[test]
fn a_terminal_lost_while_somebody_types_ends_the_console_every_time() {
    let home = home();
    for milliseconds in [0, 1, 2, 3, 5, 7, 10, 14, 20, 28, 40, 56] {
        let mut terminal = Terminal::start(home.path(), &[], 80, 24);
        terminal.see("Databases");
        // Many, so that the line drops sooner or later while they are being looked at.
        let time = Duration::from_millis(milliseconds);
        terminal.hang_up_behind(&"jk".repeat(500), time);
        assert_eq!(terminal.wait(), 0, "{milliseconds} ms");
    }
}

#[test]
fn watching_one_job_takes_less_than_8_kilobytes_a_second() {
    let server = Server::shared();
    let database = slow_database(server);
    let home = home();
    let mut terminal = connected(home.path(), server, &database, 120, 40);
    start_slow_backup_at(&mut terminal, "3M");
    let before = terminal.received();
    std::thread::sleep(Duration::from_secs(5));
    let per_second = (terminal.received() - before) / 5;
    assert!(terminal.text().contains("copying rows"), "{}", terminal.text());
    assert!(per_second < 8_000, "{per_second} bytes a second");
    assert!(per_second > 50, "nothing moves: {per_second} bytes a second");
}

#[test]
fn a_cancelled_backup_leaves_nothing() {
    let server = Server::shared();
    let database = slow_database(server);
    let home = home();
    let mut terminal = connected(home.path(), server, &database, 120, 40);
    start_slow_backup_at(&mut terminal, "1M");
    terminal.send("3c");
    terminal.see("y yes");
    terminal.send("y");
    terminal.see("cancelled");
    let left: Vec<_> = fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("dump"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn quitting_while_a_job_runs_asks_and_can_let_it_finish_without_the_screen() {
    let server = Server::shared();
    let database = slow_database(server);
    let home = home();
    let mut terminal = connected(home.path(), server, &database, 120, 40);
    start_slow_backup_at(&mut terminal, "8M");
    terminal.send("q");
    terminal.see("1 job is running");
    terminal.send("d");
    terminal.see("still running in process");
    assert_eq!(terminal.wait(), 0);
    assert_eq!(dumps_in(home.path()).len(), 1);
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_a_continue_draws_everything_again() {
    let server = Server::shared();
    let database = server.create_database("stop");
    let home = home();
    let mut terminal = connected(home.path(), server, &database, 80, 24);
    let pid = terminal.pid();
    terminal.send("\x1a");
    wait_for("the program to stop", Duration::from_secs(10), || {
        cpu_and_state(pid).is_some_and(|(_, state)| state == 'T')
    });
    wait_for("the screen to be given back", Duration::from_secs(10), || {
        String::from_utf8_lossy(&terminal.raw()).contains("\x1b[?1049l")
    });
    let before = terminal.received();
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    wait_for("a new drawing", Duration::from_secs(10), || terminal.received() > before + 500);
    terminal.see("connected");
    terminal.send("q");
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn a_dead_server_is_a_state_with_a_reason_and_the_console_stays_alive() {
    let server = Server::start(&ServerOptions::default());
    let database = server.create_database("dies");
    let home = home();
    let mut terminal = connected(home.path(), &server, &database, 120, 40);
    drop(server);
    terminal.see("retry in");
    // Still at the user's command.
    terminal.send("?");
    terminal.see("type to search");
    terminal.send("\x1b");
    terminal.see_gone("type to search");
    terminal.send("q");
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn no_color_means_no_colour_and_still_a_visible_selection() {
    let server = Server::shared();
    let database = server.create_database("mono");
    server.psql(&database, "create table public.invoices (id int)");
    let home = home();
    let url = server.url(&database);
    let mut terminal =
        Terminal::start_with(home.path(), &["--url", &url], (120, 40), &[("NO_COLOR", "1")]);
    terminal.see("public.invoices");
    let before = terminal.raw().len();
    terminal.send("2");
    wait_for("the focus to move", Duration::from_secs(10), || terminal.raw().len() > before + 50);
    terminal.send("q");
    assert_eq!(terminal.wait(), 0);
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    let attributes = regex::Regex::new("\x1b\\[([0-9;:]*)m").unwrap();
    let sent: BTreeSet<u16> = attributes
        .captures_iter(&raw)
        .flat_map(|found| found[1].split([';', ':']).map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|number| number.parse().ok())
        .collect();
    let colour = |n: &u16| matches!(n, 30..=38 | 40..=48 | 90..=97 | 100..=107);
    assert!(!sent.iter().any(colour), "a colour was sent: {sent:?}");
    assert!(sent.contains(&7), "the selected row is not shown in reverse: {sent:?}");
}

#[test]
fn a_small_terminal_says_so_and_a_larger_one_shows_everything_again() {
    let server = Server::shared();
    let database = server.create_database("small");
    let home = home();
    let mut terminal = connected(home.path(), server, &database, 80, 24);
    terminal.resize(40, 10);
    terminal.see("60");
    terminal.see_gone("connected");
    terminal.resize(120, 40);
    terminal.see("connected");
    terminal.see("4 Timeline");
    terminal.send("q");
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn the_signal_to_terminate_cancels_the_job_and_restores_the_screen() {
    let server = Server::shared();
    let database = slow_database(server);
    let home = home();
    let mut terminal = connected(home.path(), server, &database, 120, 40);
    start_slow_backup_at(&mut terminal, "1M");
    let pid = rustix::process::Pid::from_raw(i32::try_from(terminal.pid()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    terminal.wait();
    assert!(dumps_in(home.path()).is_empty());
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    for sequence in LEFT {
        assert!(raw.contains(sequence), "{sequence:?} is missing");
    }
}

#[test]
fn a_name_is_copied_to_the_clipboard_of_the_terminal_itself() {
    let server = Server::shared();
    let database = server.create_database("copy");
    server.psql(&database, "create table public.invoices (id int)");
    let home = home();
    let mut terminal = connected(home.path(), server, &database, 120, 40);
    terminal.see("public.invoices");
    terminal.send("\ty");
    terminal.see("copied");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    // "public.invoices" in base64, as OSC 52 wants it.
    assert!(raw.contains("\x1b]52;c;cHVibGljLmludm9pY2Vz"), "no clipboard sequence");
}
