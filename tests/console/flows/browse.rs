//! Databases, schemas, tables; losing the server and finding it again.

use dbbackup::app::focus::Pane;
use dbbackup::app::msg::Msg;
use dbbackup::app::panes::tables::Sort;
use dbbackup::app::selection::Tick;
use dbbackup::engine::command::Command;
use dbbackup::engine::event::Event;
use dbbackup::model::catalog::ServerInfo;
use dbbackup::model::conn::{ConnState, Target};
use dbbackup::model::error_kind::ErrorKind;
use dbbackup::model::id::RequestId;
use dbbackup::model::job::{ErrorReport, Level};

use super::labels;
use crate::fixture::{ADDRESS, Script, catalog, server};

#[test]
fn at_the_start_it_connects_and_reads_the_history_then_the_databases_and_the_catalog() {
    let mut script = Script::new();
    assert!(matches!(
        script.sent().as_slice(),
        [Command::Connect { .. }, Command::LoadHistory { .. }]
    ));
    let mut script = script.connect();
    assert!(matches!(script.sent().as_slice(), [Command::LoadDatabases { .. }]));
    let script = Script::new().connect().serve();
    assert_eq!(script.app.browser.rows.len(), 4 + 3);
    assert_eq!(script.app.browser.current().map(|row| row.label.as_str()), Some("shop"));
    assert_eq!(script.app.tables.totals.all, 10);
}

#[test]
fn ticks_show_in_the_tree() {
    let script = Script::browsing().keys("/events<enter>a<esc>1");
    let audit = script.app.browser.rows.iter().find(|row| row.label == "audit").unwrap();
    assert_eq!(audit.tick, Tick::On);
    let shop = script.app.browser.rows.iter().find(|row| row.label == "shop").unwrap();
    assert_eq!(shop.tick, Tick::Partial);
    assert_eq!(labels(&script).len(), 10);
}

#[test]
fn another_database_is_read_when_it_is_opened() {
    let mut script = Script::browsing().keys("1/stag<enter><esc>");
    assert_eq!(script.app.tables.scope.as_ref().map(|s| s.database.as_str()), Some("staging"));
    assert!(script.sent().is_empty(), "moving the cursor asks for nothing");
    script = script.keys("<enter>");
    assert_eq!(script.app.focus, Pane::Tables);
    assert!(matches!(
        script.sent().as_slice(),
        [Command::LoadCatalog { database, .. }] if database == "staging"
    ));
    // While it is on its way it is not asked for again.
    script = script.keys("1<enter>");
    assert!(script.sent().is_empty());
}

#[test]
fn the_database_that_the_environment_named_opens_by_itself() {
    let info = ServerInfo { database: "staging".into(), ..server() };
    let state = ConnState::Connected { address: ADDRESS.into(), server: info };
    let mut script = Script::new();
    script.app.server.target = Target::default();
    let script = script.connection(state).serve();
    assert_eq!(script.app.tables.scope.as_ref().map(|s| s.database.as_str()), Some("staging"));
    assert!(script.app.server.catalog("staging").is_some());
}

#[test]
fn enter_reads_the_tables_from_their_own_pane_too() {
    let mut script = Script::browsing().keys("1/stag<enter><esc>2<enter>");
    assert!(matches!(
        script.sent().as_slice(),
        [Command::LoadCatalog { database, .. }] if database == "staging"
    ));
    script = script.serve().keys("<enter>");
    assert!(script.sent().is_empty(), "what was read is not read again by a slip");
}

#[test]
fn a_database_that_takes_no_connections_says_so() {
    let script = Script::browsing().keys("1G<enter>");
    assert_eq!(script.toast(), "open: the database does not accept connections");
}

#[test]
fn a_lost_server_keeps_what_was_read_marked_and_counts_down() {
    let retrying = ConnState::Retrying {
        address: ADDRESS.into(),
        reason: "connection reset".into(),
        in_seconds: 4,
        attempt: 1,
    };
    let mut script = Script::browsing().keys(" ").connection(retrying);
    assert_eq!(script.toast(), "lost the connection to db.example:5432: connection reset");
    assert_eq!(script.app.server.retry_in(script.app.now), Some(4));
    script = script.wait(3);
    assert_eq!(script.app.server.retry_in(script.app.now), Some(1));
    assert!(script.app.browser.rows.iter().all(|row| row.stale));
    assert_eq!(labels(&script).len(), 10);
    script = script.keys("b");
    assert_eq!(script.toast(), "backup: not connected");
    script = script.keys("<ctrl-r>");
    assert_eq!(script.sent(), [Command::RetryNow]);
    // Back again: everything shown is read anew, and the ticks are still there.
    script = script.connect();
    let asked = script.sent();
    assert!(matches!(
        asked.as_slice(),
        [Command::LoadDatabases { .. }, Command::LoadCatalog { .. }]
    ));
    script.effects = asked.into_iter().map(dbbackup::app::msg::Effect::Send).collect();
    script = script.serve();
    assert!(!script.app.browser.rows.iter().any(|row| row.stale));
    assert_eq!(script.app.tables.totals.ticked, 3);
}

#[test]
fn a_refused_connection_stays_an_error_until_it_is_seen() {
    let failed = ConnState::Failed {
        address: ADDRESS.into(),
        reason: "password authentication failed".into(),
        hint: Some("check the password".into()),
    };
    let mut script = Script::new().connection(failed).wait(60);
    let toast = script.app.notes.toasts().last().unwrap();
    assert_eq!(toast.level, Level::Error);
    assert_eq!(toast.hint.as_deref(), Some("check the password"));
    script = script.keys("<esc>");
    assert_eq!(script.toast(), "");
    assert_eq!(script.app.notes.messages().len(), 1);
}

#[test]
fn answers_to_old_questions_are_ignored() {
    let mut script = Script::browsing().keys("r");
    let old = script.sent();
    script = script.keys("r");
    let request = old.iter().find_map(|command| match command {
        Command::LoadDatabases { request } => Some(*request),
        _ => None,
    });
    script = script.event(Event::Databases { request: request.unwrap(), result: Ok(Vec::new()) });
    assert_eq!(script.app.server.databases.value.as_ref().map(Vec::len), Some(4));
    let unknown = Event::Catalog {
        request: RequestId(1),
        database: "shop".into(),
        result: Ok(Box::default()),
    };
    assert_eq!(script.event(unknown).app.tables.totals.all, 10);
}

#[test]
fn a_catalog_that_cannot_be_read_keeps_the_old_one_and_is_reported() {
    let mut script = Script::browsing().keys("r");
    let asked = script.sent();
    let request = asked.iter().find_map(|command| match command {
        Command::LoadCatalog { request, .. } => Some(*request),
        _ => None,
    });
    let error = ErrorReport {
        kind: ErrorKind::Database,
        message: "permission denied".into(),
        hint: None,
        transient: false,
        sqlstate: Some("42501".into()),
    };
    let answer =
        Event::Catalog { request: request.unwrap(), database: "shop".into(), result: Err(error) };
    script = script.event(answer);
    assert_eq!(script.toast(), "the tables of shop could not be read: permission denied");
    assert_eq!(script.app.tables.totals.all, 10);
    let shop = script.app.browser.rows.iter().find(|row| row.label == "shop").unwrap();
    assert_eq!(shop.problem.as_deref(), Some("permission denied"));
}

#[test]
fn a_reload_keeps_cursor_and_ticks_by_identity_and_names_what_is_gone() {
    let mut script = Script::browsing().keys("/sess<enter> <esc>/prod<enter> <esc>");
    assert_eq!(script.app.tables.cursor.key(), Some(&15));
    script = script.keys("r");
    let request = script.sent().iter().find_map(|command| match command {
        Command::LoadCatalog { request, .. } => Some(*request),
        _ => None,
    });
    let mut changed = catalog("shop");
    changed.relations.retain(|relation| relation.oid != 17);
    changed.relations.remove(0);
    script = script.event(Event::Catalog {
        request: request.unwrap(),
        database: "shop".into(),
        result: Ok(Box::new(changed)),
    });
    assert_eq!(script.toast(), "ticked tables of shop are gone: public.sessions");
    assert_eq!(script.app.tables.cursor.key(), Some(&15));
    assert_eq!(script.app.tables.totals.ticked, 1);
}

#[test]
fn tables_sort_by_name_size_and_rows_either_way() {
    let mut script = Script::browsing().keys("s");
    assert_eq!(script.app.tables.sort, Sort::Size);
    assert_eq!(labels(&script)[..2], ["public.orders", "public.order_items"]);
    script = script.keys("s");
    assert_eq!(labels(&script)[0], "public.orders");
    script = script.keys("so");
    assert_eq!(labels(&script)[0], "public.sessions");
}

#[test]
fn a_filter_is_live_marks_what_matched_and_escape_clears_it() {
    let mut script = Script::browsing().keys("/ord");
    assert_eq!(script.app.tables.totals.shown, 3);
    let row = &script.app.tables.window[0];
    assert_eq!(row.matched, [7, 8, 9]);
    // Keys are text while it is typed, paste too; arrows move in the list.
    script = script.msg(Msg::Paste("ers_\n".into()));
    assert_eq!(labels(&script), ["public.orders_id_seq"]);
    assert!(script.app.tables.filter.editing);
    script = script.keys("<esc>");
    assert_eq!(script.app.tables.totals.shown, 10);
    assert!(!script.app.tables.filter.is_shown());
}

#[test]
fn all_and_invert_touch_only_what_the_filter_shows() {
    let mut script = Script::browsing().keys("/audit<enter>a");
    assert_eq!(script.app.tables.totals.ticked, 3);
    script = script.keys("<esc>/public<enter>i<esc>");
    assert_eq!(script.app.tables.totals.ticked, 10);
    script = script.keys("/seq<enter>i<esc>");
    assert_eq!(script.app.tables.totals.ticked, 9);
    assert_eq!(script.keys("u").app.tables.totals.ticked, 0);
}

#[test]
fn of_twenty_thousand_tables_only_those_in_sight_are_computed() {
    let mut script = Script::browsing().keys("r");
    let request = script.sent().iter().find_map(|command| match command {
        Command::LoadCatalog { request, .. } => Some(*request),
        _ => None,
    });
    let mut big = catalog("shop");
    let model = big.relations.pop().unwrap();
    for n in 0..20_000 {
        let mut relation = model.clone();
        relation.oid = 100 + n;
        relation.name.name = format!("measure_{n:05}_data");
        big.relations.push(relation);
    }
    script = script.event(Event::Catalog {
        request: request.unwrap(),
        database: "shop".into(),
        result: Ok(Box::new(big)),
    });
    assert_eq!(script.app.tables.totals.all, 20_009);
    let page = script.app.tables.window.len();
    assert!((5..60).contains(&page));
    script = script.keys("/measure 123");
    assert_eq!(script.app.tables.window.len(), page - 1, "the filter takes a row");
    assert!(script.app.tables.totals.shown < 2_000);
    let best = &script.app.tables.window[0];
    assert!(best.label.contains("123") && !best.matched.is_empty(), "{best:?}");
    script = script.keys("<enter>a<esc>");
    assert!(script.app.tables.totals.ticked > 0);
    script = script.keys("G");
    assert_eq!(labels(&script).last(), Some(&"public.measure_19999_data"));
}

#[test]
fn a_range_is_marked_and_ticked_at_once() {
    let mut script = Script::browsing().keys("<down><down><down>v<down><down>");
    let marked = script.app.tables.window.iter().filter(|row| row.in_range).count();
    assert_eq!(marked, 3);
    script = script.keys(" ");
    assert_eq!(script.app.tables.totals.ticked, 3);
    assert_eq!(script.app.tables.anchor, None);
    // Escape leaves a range without ticking.
    script = script.keys("v<up><esc>");
    assert_eq!(script.app.tables.anchor, None);
    assert_eq!(script.app.tables.totals.ticked, 3);
}

#[test]
fn a_whole_database_is_ticked_in_the_tree_even_before_it_was_read() {
    let mut script = Script::new();
    script.sent();
    script = script.connect().serve().keys("g").keys(" ");
    assert!(matches!(script.sent().as_slice(), [Command::LoadCatalog { .. }]));
    let script = Script::browsing().keys("1 ");
    let shop = script.app.browser.rows.iter().find(|row| row.label == "shop").unwrap();
    assert_eq!(shop.tick, Tick::On);
    let empty = script.app.browser.rows.iter().find(|row| row.label == "empty").unwrap();
    assert_eq!((empty.tick, empty.relations), (Tick::Off, Some(0)));
}

#[test]
fn rows_make_no_sense_for_a_view_and_the_reason_is_told() {
    let script = Script::browsing().keys("/rev<enter>w");
    assert_eq!(script.toast(), "where: a view has no rows of its own in a backup");
}
