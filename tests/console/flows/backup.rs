//! From ticks to an archive.

use dbbackup::app::dialog::Dialog;
use dbbackup::app::dialog::plan::PlanState;
use dbbackup::app::focus::Pane;
use dbbackup::app::form::FieldId;
use dbbackup::app::msg::Effect;
use dbbackup::app::panes::jobs::status_word;
use dbbackup::app::samples::Eta;
use dbbackup::engine::command::Command;
use dbbackup::engine::event::Event;
use dbbackup::model::error_kind::ErrorKind;
use dbbackup::model::job::{ErrorReport, Outcome};
use dbbackup::model::size::RateLimit;
use dbbackup::model::spec::{ArchiveFormat, Codec, RowFormat};

use super::texts;
use crate::fixture::{Script, plan};

#[test]
fn tick_three_tables_back_them_up_and_watch_to_the_end() {
    let mut script = Script::browsing().keys("/cust<enter> <esc>/.orders$<enter> <esc>");
    script = script.keys("/prod<enter> <esc>b");
    assert_eq!(script.app.tables.totals.ticked, 3);
    let Some(Dialog::Backup(dialog)) = script.app.dialogs.last() else { panic!("no options") };
    assert_eq!(dialog.database, "shop");
    script = script.keys("<enter>");
    let Some(Dialog::Plan(plan)) = script.app.dialogs.last() else { panic!("no plan") };
    assert!(matches!(plan.state, PlanState::Waiting { .. }));
    // Enter before the plan is there starts nothing.
    script = script.keys("<enter>");
    assert_eq!(script.toast(), "start: the plan is not there yet");
    script = script.serve().keys("<enter>");

    let (job, spec) = script.started_backup();
    assert_eq!(
        texts(&spec.selection.tables),
        ["public.customers", "public.orders", "public.products"]
    );
    assert!(spec.selection.with_dependencies && !spec.selection.with_references);
    assert_eq!(spec.output.to_str(), Some("/backups/shop-20260211T140211Z.dump"));
    assert!(script.app.dialogs.is_empty());
    assert_eq!(script.app.focus, Pane::Jobs);
    assert_eq!(script.app.jobs.current().map(|row| row.id), Some(job));
    assert_eq!(script.app.jobs.current().map(status_word), Some("queued"));

    script = script.copying(job, 1_000);
    for second in 0..=9 {
        script = script.moved(job, second * 50);
    }
    let progress = script.app.jobs.current().unwrap().progress();
    assert_eq!((progress.percent, progress.now, progress.average), (Some(45), Some(50), Some(50)));
    assert_eq!(progress.eta, Eta::Between { low: 11, high: 11 });

    script = script.ended(job, Outcome::Complete, Some("/backups/shop.dump"));
    assert!(script.toast().ends_with(": complete"), "{}", script.toast());
    let row = script.app.jobs.current().unwrap();
    assert_eq!((status_word(row), row.progress().percent), ("complete", Some(100)));
    script = script.keys("o");
    assert_eq!(
        script.others(),
        [Effect::CaptureMouse(true), Effect::Copy("/backups/shop.dump".into())]
    );
}

#[test]
fn nothing_ticked_means_the_whole_database_and_says_so() {
    let mut script = Script::browsing().keys("b");
    assert_eq!(what(&script), "the whole database");
    script = script.keys("<enter>").serve().keys("<enter>");
    let (_, spec) = script.started_backup();
    assert!(spec.selection.is_everything() && !spec.selection.with_dependencies);
    // On a schema of the browser it is that schema; the whole database is a step away.
    let script = Script::browsing().keys("1<down>b");
    assert_eq!(what(&script), "schema audit");
    assert_eq!(what(&script.keys("<right>")), "the whole database");
}

#[test]
fn one_table_under_the_cursor_can_be_chosen_with_its_partitions() {
    let mut script = Script::browsing().keys("b<right>");
    assert_eq!(what(&script), "audit.events");
    script = script.keys("<enter>").serve().keys("<enter>");
    let (_, spec) = script.started_backup();
    assert_eq!(
        texts(&spec.selection.tables),
        ["audit.events", "audit.events_2025", "audit.events_2026"]
    );
}

#[test]
fn rules_about_rows_go_into_the_spec() {
    let mut script =
        Script::browsing().keys("/sess<enter>x<esc>/.orders$<enter>wid > 5<enter><esc>");
    assert_eq!(script.app.tables.totals.ticked, 1, "a limited table is ticked");
    script = script.keys("b<right><enter>").serve().keys("<enter>");
    let (_, spec) = script.started_backup();
    assert!(spec.selection.is_everything());
    assert_eq!(texts(&spec.selection.exclude_table_data), ["public.sessions"]);
    assert_eq!(spec.selection.filters.len(), 1);
    assert_eq!(spec.selection.filters[0].table.as_str(), "public.orders");
    assert_eq!(spec.selection.filters[0].predicate, "id > 5");
}

#[test]
fn referenced_tables_are_ticked_and_counted() {
    let script = Script::browsing().keys("/items<enter> <esc>d");
    assert_eq!(script.toast(), "ticked 3 more tables, which the ticked ones reference");
    assert_eq!(script.app.tables.totals.ticked, 4);
    let script = script.keys("d");
    assert_eq!(script.toast(), "everything that the ticked tables reference is ticked already");
}

#[test]
fn the_options_are_read_and_wrong_ones_are_named() {
    let mut script =
        Script::browsing().keys("b<tab><tab><ctrl-u>~/x.dump<tab> <tab><right><right>");
    script = script.keys("<right><tab><tab><ctrl-u>0<tab><ctrl-u>fast<enter>");
    let Some(Dialog::Backup(dialog)) = script.app.dialogs.last() else { panic!("no options") };
    let errors: Vec<&str> =
        dialog.form.fields.iter().filter_map(|field| field.error.as_deref()).collect();
    assert_eq!(errors.len(), 2);
    assert_eq!(dialog.form.focused().map(|field| field.label), Some("Connections"));
    script = script.keys("<ctrl-u>8<tab><ctrl-u>20M<tab> <tab> <tab> <tab> <enter>").serve();
    let (_, spec) = script.keys("<enter>").started_backup();
    assert_eq!(spec.output.to_str(), Some("/home/me/x.dump"));
    assert_eq!((spec.compression.codec, spec.compression.level), (Codec::Lz4, None));
    assert_eq!((spec.jobs.get(), spec.rate), (8, RateLimit(Some(20_000_000))));
    assert!(spec.overwrite && spec.no_owner && spec.no_privileges);
}

#[test]
fn a_plan_that_fails_starts_nothing_and_leads_back_to_the_options() {
    let mut script = Script::browsing().keys("b<enter>");
    let Some(Command::Plan { job, .. }) = script.sent().pop() else { panic!("no plan asked") };
    let error = ErrorReport {
        kind: ErrorKind::Io,
        message: "/backups/shop.dump exists".into(),
        hint: Some("choose another name".into()),
        transient: false,
        sqlstate: None,
    };
    script = script.event(Event::Planned { job, result: Err(error) }).keys("<enter>");
    assert_eq!(script.toast(), "start: the plan could not be made");
    script = script.keys("<esc>");
    assert!(matches!(script.app.dialogs.last(), Some(Dialog::Backup(_))));
    assert!(script.sent().is_empty());
}

#[test]
fn a_plan_that_comes_after_its_dialog_was_closed_is_ignored() {
    let mut script = Script::browsing().keys("b<enter>");
    let Some(Command::Plan { job, spec }) = script.sent().pop() else { panic!("no plan asked") };
    script = script.keys("<esc><enter>");
    let late = Event::Planned { job, result: Ok(Box::new(plan(&spec, &[]))) };
    script = script.event(late);
    let Some(Dialog::Plan(dialog)) = script.app.dialogs.last() else { panic!("no plan") };
    assert!(matches!(dialog.state, PlanState::Waiting { .. }));
}

#[test]
fn the_plan_shows_and_copies_the_command_line() {
    let mut script = Script::browsing().keys("b<enter>").serve().keys("y");
    let copied =
        Effect::Copy("dbbackup backup single shop -o /backups/shop-20260211T140211Z.dump".into());
    assert_eq!(script.others().last(), Some(&copied));
}

fn what(script: &Script) -> &str {
    use dbbackup::app::form::Value;
    let Some(Dialog::Backup(dialog)) = script.app.dialogs.last() else { panic!("no options") };
    match &dialog.form.fields[0].value {
        Value::Choice { options, index } => &options[*index],
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_name_and_the_compression_follow_the_format() {
    let form = |script: &Script, id| match script.app.dialogs.last() {
        Some(Dialog::Backup(dialog)) => dialog.form.text(id).to_owned(),
        other => panic!("no options: {other:?}"),
    };
    let mut script = Script::browsing().keys("b<down><right>");
    assert_eq!(form(&script, FieldId::Output), "/backups/shop-20260211T140211Z");
    script = script.keys("<right>");
    assert_eq!(form(&script, FieldId::Output), "/backups/shop-20260211T140211Z.tar");
    script = script.keys("<enter>").serve().keys("<enter>");
    let (_, spec) = script.started_backup();
    assert_eq!((spec.format, spec.compression.codec), (ArchiveFormat::Tar, Codec::None));
}

#[test]
fn a_name_written_by_hand_stays_and_a_compressed_tar_is_refused() {
    let mut script = Script::browsing().keys("b<down><down><ctrl-u>/x/mine<up><right><right>");
    script = script.keys("<down><down><down><right><enter>");
    let Some(Dialog::Backup(dialog)) = script.app.dialogs.last() else { panic!("closed") };
    assert_eq!(dialog.form.text(FieldId::Output), "/x/mine");
    let error = dialog.form.fields.iter().find_map(|field| field.error.as_deref());
    assert_eq!(error, Some("the tar format is not compressed: choose none"));
    assert!(script.sent().is_empty());
}

#[test]
fn the_less_common_options_are_shown_on_demand_and_honoured() {
    let downs = "<down>".repeat(12);
    let mut script = Script::browsing().keys(&format!("b{downs} <down><right>"));
    let Some(Dialog::Backup(dialog)) = script.app.dialogs.last() else { panic!("closed") };
    assert!(dialog.form.shown().len() > 30);
    script = script.keys("<enter>").serve().keys("<enter>");
    let (_, spec) = script.started_backup();
    assert!(matches!(spec.options.rows, RowFormat::Inserts { .. }));
}
