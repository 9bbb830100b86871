//! From an archive into a database.

use std::path::Path;

use dbbackup::app::dialog::Dialog;
use dbbackup::app::dialog::look::Page;
use dbbackup::app::dialog::restore::{Half, RestoreDialog};
use dbbackup::app::msg::Effect;
use dbbackup::app::selection::Tick;
use dbbackup::engine::command::Command;
use dbbackup::model::conn::Target;
use dbbackup::model::job::Outcome;

use super::texts;
use crate::fixture::{Script, config};

/// The contents of an archive on the screen.
fn opened() -> Script {
    Script::browsing().keys("R/backups/shop.dump<enter>").serve()
}

fn dialog(script: &Script) -> &RestoreDialog {
    match script.app.dialogs.last() {
        Some(Dialog::Restore(dialog)) => dialog,
        other => panic!("no archive is shown: {other:?}"),
    }
}

#[test]
fn a_whole_archive_into_a_new_database() {
    let mut script = opened();
    assert!(dialog(&script).contents.is_everything());
    script = script.keys("<enter>").serve().keys("<enter>");
    let (job, spec) = script.started_restore();
    assert_eq!(spec.archive, Path::new("/backups/shop.dump"));
    assert_eq!((spec.database.as_str(), spec.create_database), ("shop_restored", true));
    assert!(spec.whole_tables.is_empty() && !spec.over_existing && !spec.clean);
    // At its end the databases are read again: there is a new one.
    script = script.ended(job, Outcome::Complete, None);
    assert!(matches!(script.sent().first(), Some(Command::LoadDatabases { .. })));
}

#[test]
fn some_tables_are_chosen_by_schema_filter_and_tick() {
    let mut script = opened().keys("u");
    assert!(dialog(&script).contents.ticked.is_empty());
    script = script.keys("/items<enter>a<esc>").keys("g ");
    let rows = &dialog(&script).contents.rows;
    assert_eq!((rows[0].label.as_str(), rows[0].tick), ("audit", Tick::On));
    assert_eq!((rows[2].label.as_str(), rows[2].tick), ("public", Tick::Partial));
    script = script.keys("<enter>").serve().keys("<enter>");
    let (_, spec) = script.started_restore();
    assert_eq!(texts(&spec.whole_tables), ["audit.events", "public.order_items"]);
}

#[test]
fn writing_over_rows_wants_the_databases_name_typed_to_the_letter() {
    let mut script = opened();
    script.endangers = vec!["public.orders: 188M rows".into()];
    // Into an existing database, dropping what is there.
    script = script.keys("<tab><right><tab><ctrl-u>staging<tab><tab> <enter>").serve();
    script = script.keys("<enter>");
    assert!(script.sent().is_empty(), "the first Enter only leads to the field");
    script = script.keys("stagin<enter>");
    let Some(Dialog::Plan(plan)) = script.app.dialogs.last() else { panic!("closed") };
    assert_eq!(plan.confirm.as_ref().unwrap().error.as_deref(), Some("this is not 'staging'"));
    assert!(script.sent().is_empty());
    script = script.keys("g<enter>");
    let (_, spec) = script.started_restore();
    assert!(spec.over_existing && spec.clean && spec.if_exists && !spec.create_database);
    assert_eq!(spec.database, "staging");
}

#[test]
fn an_agreement_does_not_hold_for_the_next_time() {
    let mut script = opened();
    script.endangers = vec!["public.orders".into()];
    script = script.keys("<tab><right><tab><ctrl-u>staging<enter>").serve();
    script = script.keys("<enter>staging<enter>");
    let (job, _) = script.started_restore();
    script = script.ended(job, Outcome::Complete, None).serve().keys("a").serve().keys("<enter>");
    assert!(script.sent().is_empty());
    let Some(Dialog::Plan(plan)) = script.app.dialogs.last() else { panic!("closed") };
    assert!(plan.confirm.as_ref().is_some_and(|confirm| confirm.field.value().is_empty()));
}

#[test]
fn wrong_targets_are_named_before_anything_is_planned() {
    let mut script = opened().keys("<tab><tab><ctrl-u>shop<enter>");
    let error = |script: &Script| {
        dialog(script).form.fields.iter().find_map(|field| field.error.clone()).unwrap()
    };
    assert_eq!(error(&script), "there is a database 'shop' already");
    script = script.keys("<shift-tab><right><tab><ctrl-u>shp<enter>");
    assert_eq!(error(&script), "there is no database 'shp' on this server");
    script = script.keys("<ctrl-u><enter>");
    assert_eq!(error(&script), "write the name of a database");
    assert!(script.sent().is_empty());
}

#[test]
fn nothing_ticked_is_not_everything() {
    let mut script = opened().keys("u<enter>");
    assert!(script.sent().is_empty());
    assert_eq!(dialog(&script).half, Half::Options);
}

#[test]
fn an_archive_that_cannot_be_read_is_an_error_and_goes_no_further() {
    let mut script = Script::browsing().keys("R<ctrl-u>/backups/broken.dump<enter>").serve();
    let error = dialog(&script).listing.error.as_ref().unwrap();
    assert!(error.message.contains("is not an archive"));
    script = script.keys("<enter>");
    assert!(script.sent().is_empty());
    script = script.keys("<esc>");
    assert!(script.app.dialogs.is_empty());
}

#[test]
fn a_script_whose_entries_nobody_knows_is_run_whole() {
    let mut script = Script::browsing().keys("R<ctrl-u>/backups/by-hand.sql.gz<enter>").serve();
    assert!(dialog(&script).contents.is_everything());
    script = script.keys("<enter>").serve().keys("<enter>");
    let (_, spec) = script.started_restore();
    assert_eq!(spec.archive, Path::new("/backups/by-hand.sql.gz"));
    assert_eq!((spec.database.as_str(), spec.create_database), ("by-hand_restored", true));
    assert!(spec.whole_tables.is_empty() && spec.use_list.is_none());
}

#[test]
fn the_chosen_jobs_archive_is_offered() {
    let mut script = Script::browsing().keys("b<enter>").serve().keys("<enter>");
    let (job, _) = script.started_backup();
    script = script.copying(job, 10).ended(job, Outcome::Complete, Some("/backups/a.dump"));
    script = script.keys("R");
    let Some(Dialog::Prompt(prompt)) = script.app.dialogs.last() else { panic!("not asked") };
    assert_eq!(prompt.field.value(), "/backups/a.dump");
}

#[test]
fn a_read_only_profile_refuses_and_says_why() {
    let mut script = Script::with(&config(), 120, 36);
    let target = Target { profile: Some("prod".into()), ..Target::default() };
    script.app.start(target);
    script = script.connect().keys("R");
    assert!(script.app.dialogs.is_empty());
    assert_eq!(
        script.toast(),
        "restore: profile prod is read-only: nothing may write to its server"
    );
    script = script.keys(":restore /x.dump<enter>");
    let Some(Dialog::Command(line)) = script.app.dialogs.last() else { panic!("closed") };
    assert!(line.error.as_deref().unwrap().contains("read-only"));
}

#[test]
fn a_console_that_was_started_read_only_refuses_on_every_server() {
    let mut script = Script::new();
    script.app.read_only = true;
    script = script.keys(":connect test<enter>").connect().serve().keys("R");
    assert!(script.app.dialogs.is_empty() && script.app.server.read_only);
    assert_eq!(script.toast(), "restore: the console was started read-only: nothing may write");
}

#[test]
fn all_or_nothing_needs_one_connection() {
    let mut script = opened().keys("<tab>");
    let fields = dialog(&script).form.fields.iter();
    let at = fields.take_while(|field| field.label != "All or nothing").count();
    script = script.keys(&"<down>".repeat(at)).keys(" <enter>");
    let form = &dialog(&script).form;
    assert_eq!(
        form.focused().and_then(|field| field.error.as_deref()),
        Some("all or nothing needs a single connection: write 1")
    );
    script = script.keys("<ctrl-u>1<enter>").serve().keys("<enter>");
    assert!(script.started_restore().1.single_transaction);
}

#[test]
fn any_kind_of_object_is_picked_with_what_it_needs() {
    let mut script = opened().keys("uo/note<enter><down> <esc>");
    assert_eq!(dialog(&script).contents.count(), (1, 6));
    script = script.keys("<enter>").serve().keys("<enter>");
    let (_, spec) = script.started_restore();
    assert_eq!((spec.use_list, spec.whole_tables.len()), (Some(vec![50]), 0));
}

#[test]
fn a_schema_is_folded_and_unfolded() {
    let mut script = opened().keys("g<left>");
    let labels = |script: &Script| -> Vec<String> {
        dialog(script).contents.rows.iter().map(|row| row.label.clone()).collect()
    };
    assert_eq!(labels(&script), ["audit", "public", "customers", "order_items", "orders"]);
    script = script.keys("<right>");
    assert_eq!(labels(&script)[1], "events");
}

#[test]
fn a_look_shows_definition_rows_and_what_comes_along() {
    let mut script = opened().keys("g<down>p").serve();
    let look = |script: &Script| match script.app.dialogs.last() {
        Some(Dialog::Look(look)) => look.clone(),
        other => panic!("no look: {other:?}"),
    };
    assert_eq!((look(&script).page, look(&script).len()), (Page::Definition, 5));
    script = script.keys("y");
    let copied = script.others();
    assert!(copied.iter().any(|e| matches!(e, Effect::Copy(sql) if sql.contains("events"))));
    script = script.keys("<tab><right>");
    assert_eq!((look(&script).page, look(&script).column), (Page::Rows, 1));
    script = script.keys("<tab>");
    assert_eq!(look(&script).page, Page::Along);
    script = script.keys("<esc>");
    assert_eq!(dialog(&script).half, Half::Tables);
}

#[test]
fn rows_alone_come_without_statistics() {
    let mut script =
        opened().keys("<tab><down><down><right><right><enter>").serve().keys("<enter>");
    let (_, spec) = script.started_restore();
    assert!(spec.parts.data_only && spec.options.no_statistics);
}
