//! A whole cluster: from the options to a folder, and from a folder back.

use std::path::Path;

use dbbackup::app::dialog::Dialog;
use dbbackup::app::dialog::cluster::restore::ClusterRestoreDialog;
use dbbackup::app::dialog::restore::Half;
use dbbackup::app::form::{FieldId, Form};
use dbbackup::engine::command::Command;
use dbbackup::engine::event::Event;
use dbbackup::model::conn::Target;
use dbbackup::model::error_kind::ErrorKind;
use dbbackup::model::job::{ErrorReport, Outcome};
use dbbackup::model::size::RateLimit;
use dbbackup::model::spec::{ArchiveFormat, ClusterContent, Codec};

use super::texts;
use crate::fixture::{Script, config};

fn form(script: &Script) -> &Form {
    match script.app.dialogs.last() {
        Some(Dialog::ClusterBackup(dialog)) => &dialog.form,
        Some(Dialog::ClusterRestore(dialog)) => &dialog.form,
        other => panic!("no options: {other:?}"),
    }
}

/// What the form complains about.
fn complaint(script: &Script) -> &str {
    form(script).fields.iter().find_map(|field| field.error.as_deref()).unwrap_or_default()
}

/// Goes from the first field to the one of this label.
fn to(script: Script, label: &str) -> Script {
    let at = form(&script).fields.iter().position(|field| field.label == label).unwrap();
    script.keys(&"<down>".repeat(at))
}

/// What a cluster's backup holds, on the screen.
fn opened() -> Script {
    Script::browsing().keys("R/backups/cluster-1<enter>").serve()
}

fn dialog(script: &Script) -> &ClusterRestoreDialog {
    match script.app.dialogs.last() {
        Some(Dialog::ClusterRestore(dialog)) => dialog,
        other => panic!("no cluster's backup is shown: {other:?}"),
    }
}

fn labels(script: &Script) -> Vec<&str> {
    dialog(script).contents.rows.iter().map(|row| row.label.as_str()).collect()
}

#[test]
fn everything_goes_into_a_folder_named_by_the_time_and_again_into_another() {
    let mut script = Script::browsing().keys("B<enter>").serve().keys("<enter>");
    let (job, spec) = script.started_cluster_backup();
    assert_eq!(spec.content, ClusterContent::Everything);
    assert!(spec.databases.is_empty() && spec.exclude_databases.is_empty() && !spec.overwrite);
    assert_eq!(spec.output, Path::new("/backups/cluster-20260211T140211Z"));
    assert_eq!((spec.format, spec.jobs.get()), (ArchiveFormat::Custom, 4));
    let output = "/backups/cluster-20260211T140211Z";
    script = script.ended(job, Outcome::Complete, Some(output)).wait(60);
    script = script.keys("a").serve().keys("<enter>");
    let (_, spec) = script.started_cluster_backup();
    assert_eq!(spec.output, Path::new("/backups/cluster-20260211T140311Z"));
}

#[test]
fn ticked_databases_and_the_one_under_the_cursor_are_offered_as_patterns() {
    let chosen = |keys: &str| {
        let mut script = Script::browsing().keys(keys).keys("<enter>").serve().keys("<enter>");
        let (_, spec) = script.started_cluster_backup();
        texts(&spec.databases).join(" ")
    };
    assert_eq!(chosen("B<down><right>"), "shop", "the one under the cursor");
    assert_eq!(chosen("B<down><right><right>"), "shop", "by pattern: it can be edited");
    assert_eq!(chosen("1<up>B<down><right>"), "postgres");
    // A tick is an offer of its own; back at the first one all are meant again.
    assert_eq!(chosen("a1<up>B<down><right>"), "shop");
    assert_eq!(chosen("a1<up>B<down><right><right>"), "postgres");
    assert_eq!(chosen("B<down><right><left>"), "");
}

#[test]
fn a_pattern_that_is_written_is_no_offer_any_more() {
    let mut script = Script::browsing().keys("B<down><down>sh* \"Odd Name\"<down>test*");
    assert_eq!(form(&script).chosen(FieldId::Databases), 2);
    script = script.keys("<enter>").serve().keys("<enter>");
    let (_, spec) = script.started_cluster_backup();
    assert_eq!(texts(&spec.databases), ["sh*", "\"Odd Name\""]);
    assert_eq!(texts(&spec.exclude_databases), ["test*"]);
    let script = Script::browsing().keys("B<down><down>x<ctrl-u>");
    assert_eq!(form(&script).chosen(FieldId::Databases), 0);
    let script = Script::browsing().keys(":backup-cluster sh* postgres<enter>");
    assert_eq!(form(&script).text(FieldId::DatabasePatterns), "sh* postgres");
    assert_eq!(form(&script).chosen(FieldId::Databases), 2);
}

#[test]
fn the_options_of_a_cluster_are_read() {
    let mut script = to(Script::browsing().keys("B"), "Format").keys("<right>");
    script = script.keys("<down><ctrl-u>~/all<down> <down><right><right><right><down><right>");
    script = script.keys("<down><ctrl-u>8<down><ctrl-u>20M<down> <down> <down> <down> ");
    script = script.keys("<down><right><enter>").serve().keys("<enter>");
    let (_, spec) = script.started_cluster_backup();
    assert_eq!(spec.output, Path::new("/home/me/all"));
    assert_eq!((spec.format, spec.compression.codec), (ArchiveFormat::Directory, Codec::Lz4));
    assert!(spec.overwrite && spec.parts.schema_only);
    assert_eq!((spec.jobs.get(), spec.rate), (8, RateLimit(Some(20_000_000))));
    assert!(spec.no_owner && spec.no_privileges && spec.no_role_passwords);
    assert_ne!(spec.options, dbbackup::model::spec::DumpOptions::default(), "rows as INSERT");
}

#[test]
fn contradictions_are_refused_in_the_words_of_the_command_line() {
    let refused = |script: Script| {
        let mut script = script.keys("<enter>");
        assert!(script.sent().is_empty());
        complaint(&script).to_owned()
    };
    let open = || Script::browsing().keys("B");
    assert_eq!(
        refused(open().keys("<right><down><right>")),
        "options --database and --globals-only cannot be used together"
    );
    assert_eq!(
        refused(open().keys("<right><right><down><down><down>x")),
        "options --exclude-database and --roles-only cannot be used together"
    );
    let rows = |script: Script| to(script, "Take").keys("<right><right>");
    assert_eq!(
        refused(rows(open().keys("<right>"))),
        "options -a/--data-only and --globals-only cannot be used together"
    );
    let script = Script::browsing().keys("B");
    let at = |label: &str| form(&script).fields.iter().position(|f| f.label == label).unwrap();
    let (more_at, if_there) = (at("More options"), at("Script drops if there"));
    let script = to(open(), "More options").keys(" ").keys(&"<down>".repeat(if_there - more_at));
    assert_eq!(refused(script.keys(" ")), "option --if-exists requires option -c/--clean");
    assert_eq!(refused(open().keys("<down><left>")), "write patterns of databases, or choose all");
    assert_eq!(
        refused(open().keys("<down><down>a.b")),
        "pattern 'a.b' has too many dotted names: write name or schema.name"
    );
}

#[test]
fn a_folder_of_a_cluster_shows_its_parts_and_restores_all_of_them() {
    let mut script = opened();
    assert_eq!(labels(&script), ["roles", "tablespaces", "legacy", "postgres", "shop", "staging"]);
    assert_eq!(dialog(&script).contents.count(), (5, 5), "legacy has no archive");
    script.endangers = vec!["database shop".into()];
    script = script.keys("<enter>").serve().keys("<enter>");
    assert!(script.sent().is_empty(), "databases that are there want a word typed");
    script = script.keys("cluster<enter>");
    let (_, spec) = script.started_cluster_restore();
    assert_eq!(spec.backup, Path::new("/backups/cluster-1"));
    assert_eq!((spec.content, spec.databases.len()), (ClusterContent::Everything, 0));
    assert!(spec.over_existing && !spec.clean);
}

#[test]
fn one_database_is_restored_under_another_name() {
    let mut script = opened().keys("u/shop<enter>n");
    let Some(Dialog::Prompt(prompt)) = script.app.dialogs.last() else { panic!("not asked") };
    assert_eq!(
        (prompt.title.as_str(), prompt.field.value()),
        ("Restore shop under the name", "shop")
    );
    script = script.keys("<ctrl-u>template0<enter>");
    assert!(matches!(script.app.dialogs.last(), Some(Dialog::Prompt(p)) if p.error.is_some()));
    script = script.keys("<ctrl-u>shop copy<enter>");
    assert_eq!(dialog(&script).contents.rows[0].to.as_deref(), Some("shop copy"));
    script = script.keys("<enter>").serve().keys("<enter>");
    let (_, spec) = script.started_cluster_restore();
    assert_eq!(spec.content, ClusterContent::DatabasesOnly);
    let [choice] = &spec.databases[..] else { panic!("{:?}", spec.databases) };
    assert_eq!((choice.pattern.as_str(), choice.to.as_deref()), ("shop", Some("shop copy")));
}

#[test]
fn parts_are_ticked_by_filter_and_what_does_not_go_together_is_named() {
    let content = |keys: &str| {
        let mut script = opened().keys(keys).keys("<enter>").serve().keys("<enter>");
        let (_, spec) = script.started_cluster_restore();
        let names: Vec<&str> = spec.databases.iter().map(|c| c.pattern.as_str()).collect();
        (spec.content, names.join(" "))
    };
    assert_eq!(content("u/roles<enter> "), (ClusterContent::RolesOnly, String::new()));
    assert_eq!(content("u/tablesp<enter> "), (ClusterContent::TablespacesOnly, String::new()));
    assert_eq!(content("ug <down> "), (ClusterContent::GlobalsOnly, String::new()));
    assert_eq!(content("g <down> "), (ClusterContent::DatabasesOnly, String::new()));
    assert_eq!(content("/staging<enter>i"), (ClusterContent::Everything, "postgres shop".into()));
    let mut script = opened().keys("g <enter>");
    assert_eq!(
        complaint(&script),
        "with databases both roles and tablespaces are restored, or neither"
    );
    assert!(script.sent().is_empty());
    script = opened().keys("u<enter>");
    assert_eq!(complaint(&script), "nothing is ticked: tab goes back to the list");
    assert_eq!(dialog(&script).half, Half::Options);
    let rows_of_roles = opened().keys("u/roles<enter> <esc><tab><right><right><enter>");
    let words = "options -a/--data-only and --roles-only cannot be used together";
    assert_eq!(complaint(&rows_of_roles), words);
    let dropped = opened().keys("<tab><right><right><down> <enter>");
    let words = "options -c/--clean and -a/--data-only cannot be used together";
    assert_eq!(complaint(&dropped), words);
}

#[test]
fn a_database_without_an_archive_is_neither_ticked_nor_opened() {
    let mut script = opened().keys("/legacy<enter> ap");
    assert_eq!(dialog(&script).contents.count(), (5, 5));
    assert!(script.sent().is_empty());
    assert_eq!(script.keys("n").toast(), "rename: choose a database of a cluster's backup first");
}

#[test]
fn any_part_of_a_database_is_restored_from_its_own_archive() {
    let mut script = opened().keys("/staging<enter>p");
    let Some(Command::ListArchive { path, .. }) = script.sent().pop() else { panic!("not asked") };
    assert_eq!(path, Path::new("/backups/cluster-1/databases/staging.dump"));
    script = opened().keys("/shop<enter>p").serve().keys("u/items<enter>a<enter>").serve();
    script = script.keys("<enter>");
    let (_, spec) = script.started_restore();
    assert_eq!(spec.archive, Path::new("/backups/cluster-1/databases/shop.dump"));
    assert_eq!(texts(&spec.whole_tables), ["public.order_items"]);
    // Escape from the archive leads back to the cluster.
    let script = opened().keys("/shop<enter>p").serve().keys("<esc>");
    assert_eq!(labels(&script), ["shop"]);
}

#[test]
fn a_catalogue_that_leads_out_of_its_folder_opens_nothing() {
    let mut script = Script::browsing().keys("R/backups/cluster-1<enter>");
    let Some(Command::ListArchive { request, path, .. }) = script.sent().pop() else { panic!() };
    let mut listing = crate::fixture::cluster(&path);
    listing.catalogue.databases[2].archive = Some("../../etc/passwd".into());
    script = script.event(Event::Cluster { request, result: Ok(Box::new(listing)) });
    script = script.keys("/shop<enter>p");
    assert!(script.sent().is_empty());
    assert_eq!(dialog(&script).contents.rows[0].ticked, None);
}

#[test]
fn a_catalogue_that_cannot_be_read_is_an_error_and_a_late_one_is_ignored() {
    let error = ErrorReport {
        kind: ErrorKind::Archive,
        message: "/backups/cluster-1/cluster.json cannot be read".into(),
        hint: None,
        transient: false,
        sqlstate: None,
    };
    let mut script = Script::browsing().keys("R/backups/cluster-1<enter>");
    let Some(Command::ListArchive { request, .. }) = script.sent().pop() else { panic!() };
    let answer = Event::Cluster { request, result: Err(error) };
    let closed = Script::browsing().event(answer.clone());
    assert!(closed.app.dialogs.is_empty());
    script = script.event(answer).keys("<enter>");
    let Some(Dialog::Restore(dialog)) = script.app.dialogs.last() else { panic!("closed") };
    assert!(dialog.listing.error.as_ref().unwrap().message.ends_with("cannot be read"));
    assert!(script.sent().is_empty());
}

#[test]
fn a_read_only_server_is_backed_up_and_never_restored_into() {
    let mut script = Script::with(&config(), 120, 36);
    let target = Target { profile: Some("prod".into()), ..Target::default() };
    script.app.start(target);
    script = script.connect().serve().keys(":restore /backups/cluster-1<enter>");
    let Some(Dialog::Command(line)) = script.app.dialogs.last() else { panic!("closed") };
    assert!(line.error.as_deref().unwrap().contains("read-only"));
    script = script.keys("<esc>B<enter>").serve().keys("<enter>");
    script.started_cluster_backup();
    // A dialog that was open when the console became read-only refuses too.
    let mut script = opened();
    script.app.read_only = true;
    script = script.keys("<enter>");
    assert!(script.sent().is_empty() && script.toast().contains("read-only"));
}
