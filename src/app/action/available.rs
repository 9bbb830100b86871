//! Which actions can be run now, and why not.

use std::borrow::Cow;

use super::Availability;
use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::dialog::plan::PlanState;
use crate::app::focus::Pane;
use crate::app::panes::browser::NOT_CONNECTABLE;
use crate::app::panes::jobs::{CancelAsked, JobRow};

/// Always.
pub(super) fn always(_: &App) -> Availability {
    Availability::Enabled
}

pub(super) fn no_jobs_run(app: &App) -> Availability {
    match app.jobs.running() {
        0 => Availability::Enabled,
        1 => Availability::because("a job runs, and would be stopped too"),
        n => Availability::because(format!("{n} jobs run, and would be stopped too")),
    }
}

pub(super) fn not_connected(app: &App) -> Availability {
    Availability::when(!app.server.is_connected(), "connected already")
}

pub(in crate::app) fn connected(app: &App) -> Availability {
    Availability::when(app.server.is_connected(), "not connected")
}

pub(super) fn has_list(app: &App) -> Availability {
    let in_dialog = app
        .dialogs
        .last()
        .is_some_and(|top| top.ticks().is_some() || matches!(top, Dialog::Look(_)));
    Availability::when(in_dialog || app.focus != Pane::Timeline, "this pane has no list")
}

pub(super) fn has_row(app: &App) -> Availability {
    Availability::when(app.browser.current().is_some(), "no database is listed")
}

pub(super) fn can_expand(app: &App) -> Availability {
    match app.dialogs.last() {
        Some(Dialog::Restore(_)) => Availability::Enabled,
        Some(Dialog::ClusterRestore(_)) => Availability::because(NO_SCHEMAS),
        _ => can_open(app),
    }
}

pub(super) fn can_collapse(app: &App) -> Availability {
    match app.dialogs.last() {
        Some(Dialog::Restore(_)) => Availability::Enabled,
        Some(Dialog::ClusterRestore(_)) => Availability::because(NO_SCHEMAS),
        _ => has_row(app),
    }
}

/// Why there is nothing to show or hide.
const NO_SCHEMAS: &str = "only an archive's list has schemas";

pub(super) fn has_archive_object(app: &App) -> Availability {
    let chosen = match app.dialogs.last() {
        Some(Dialog::Restore(dialog)) => dialog.contents.current().is_some(),
        Some(Dialog::ClusterRestore(dialog)) => match dialog.contents.current_database() {
            Some(_) => dialog.current_archive().is_some(),
            None => return Availability::because("choose a database of the backup first"),
        },
        _ => false,
    };
    Availability::when(chosen, "choose an object of an archive first")
}

pub(super) fn is_archive(app: &App) -> Availability {
    let is_archive = matches!(app.dialogs.last(), Some(Dialog::Restore(_)));
    Availability::when(is_archive, "only an archive's list has kinds")
}

pub(super) fn has_database_of_backup(app: &App) -> Availability {
    let chosen = match app.dialogs.last() {
        Some(Dialog::ClusterRestore(dialog)) => dialog.current_archive().is_some(),
        _ => false,
    };
    Availability::when(chosen, "choose a database of a cluster's backup first")
}

pub(super) fn can_open(app: &App) -> Availability {
    if app.focus == Pane::Tables && app.scoped().is_some() {
        return Availability::because("the tables were read already; refresh reads them again");
    }
    has_usable_database(app)
}

fn has_usable_database(app: &App) -> Availability {
    match app.browser.current() {
        None => Availability::because("no database is listed"),
        Some(row) if row.problem.as_deref() == Some(NOT_CONNECTABLE) => {
            Availability::because(NOT_CONNECTABLE)
        }
        Some(_) => Availability::Enabled,
    }
}

pub(super) fn can_tick(app: &App) -> Availability {
    match app.dialogs.last() {
        Some(top) if top.ticks().is_some() || top.form().is_some() => Availability::Enabled,
        _ => match app.focus {
            Pane::Browser => has_usable_database(app),
            Pane::Tables => has_table(app),
            _ => Availability::because("there is nothing to tick in this pane"),
        },
    }
}

pub(super) fn has_table(app: &App) -> Availability {
    if app.tables.cursor.key().is_some() && !app.tables.window.is_empty() {
        return Availability::Enabled;
    }
    Availability::because(no_tables(app))
}

/// Why there is no row in the tables pane.
fn no_tables(app: &App) -> &'static str {
    match (&app.tables.scope, app.scoped()) {
        (None, _) => "choose a database first",
        (Some(_), None) => "the database was not read yet: Enter reads it",
        (Some(_), Some(_)) if app.tables.filter.is_active() => "the filter shows no table",
        _ => "there are no tables",
    }
}

pub(super) fn has_rows(app: &App) -> Availability {
    match app.dialogs.last().and_then(Dialog::ticks) {
        Some(list) => Availability::when(list.has_rows(), "nothing is shown"),
        None => has_table(app),
    }
}

pub(super) fn has_rows_of_tables(app: &App) -> Availability {
    match app.scoped() {
        Some(_) => Availability::Enabled,
        None => Availability::because(no_tables(app)),
    }
}

pub(super) fn has_ticks(app: &App) -> Availability {
    match app.dialogs.last().and_then(Dialog::ticks) {
        Some(list) => Availability::when(list.has_ticks(), "nothing is ticked"),
        None => has_ticked_tables(app),
    }
}

pub(super) fn has_ticked_tables(app: &App) -> Availability {
    let ticked = app.scoped().is_some_and(|(entry, _)| !entry.selection.is_empty());
    Availability::when(ticked, "nothing is ticked")
}

pub(super) fn has_plain_table(app: &App) -> Availability {
    match app.current_relation() {
        None => Availability::because(no_tables(app)),
        Some(relation) if relation.kind.has_rows() => Availability::Enabled,
        Some(relation) => Availability::because(format!(
            "a {} has no rows of its own in a backup",
            relation.kind.label()
        )),
    }
}

pub(in crate::app) fn can_back_up(app: &App) -> Availability {
    if !app.server.is_connected() {
        return Availability::because("not connected");
    }
    match app.browser.current() {
        None => Availability::because("choose a database first"),
        Some(_) => has_usable_database(app),
    }
}

pub(in crate::app) fn can_restore(app: &App) -> Availability {
    match app.forbids_writing(&app.server.target) {
        Some(reason) => Availability::because(reason),
        None => connected(app),
    }
}

/// Enabled if there is a job for which the condition holds.
fn job(
    app: &App,
    condition: impl Fn(&JobRow) -> bool,
    reason: impl Into<Cow<'static, str>>,
) -> Availability {
    match app.jobs.current() {
        None => Availability::because("no job is listed"),
        Some(job) if condition(job) => Availability::Enabled,
        Some(_) => Availability::because(reason),
    }
}

pub(super) fn has_job(app: &App) -> Availability {
    job(app, |_| true, "")
}

pub(super) fn job_runs(app: &App) -> Availability {
    job(app, JobRow::is_running, not_running(app))
}

pub(super) fn job_can_be_cancelled(app: &App) -> Availability {
    match app.jobs.current() {
        Some(job) if job.is_running() && job.cancel == CancelAsked::Forced => {
            Availability::because("it is being dropped already")
        }
        _ => job_runs(app),
    }
}

fn not_running(app: &App) -> &'static str {
    let elsewhere = app.jobs.current().is_some_and(|job| job.state.is_running());
    if elsewhere { "another process runs it" } else { "the job is over" }
}

pub(super) fn job_is_limited(app: &App) -> Availability {
    match job_runs(app) {
        Availability::Enabled => job(app, |job| job.state.limit.is_some(), "the job has no limit"),
        disabled @ Availability::Disabled(_) => disabled,
    }
}

pub(super) fn job_has_spec(app: &App) -> Availability {
    job(app, |job| job.spec.is_some(), "it is not known what this job was asked to do")
}

pub(super) fn job_has_hooks(app: &App) -> Availability {
    job(app, |job| !job.hooks.is_empty(), "no hook has run in this job")
}

pub(super) fn job_has_output(app: &App) -> Availability {
    job(app, |job| job.state.output.is_some(), "the job has made no file")
}

pub(super) fn has_command_line(app: &App) -> Availability {
    match app.dialogs.last() {
        Some(Dialog::Plan(dialog)) => {
            Availability::when(dialog.plan().is_some(), "the plan is not there yet")
        }
        _ => job_has_spec(app),
    }
}

pub(super) fn has_any_row(app: &App) -> Availability {
    let any = match app.focus {
        Pane::Browser => app.browser.current().is_some(),
        Pane::Tables => app.current_relation().is_some(),
        Pane::Log => app.log.cursor.key().is_some(),
        Pane::Jobs | Pane::Timeline => false,
    };
    Availability::when(any, "there is no row to copy")
}

pub(super) fn has_other_half(app: &App) -> Availability {
    match app.dialogs.last() {
        Some(Dialog::Plan(dialog)) => {
            Availability::when(dialog.confirm.is_some(), "nothing has to be typed")
        }
        _ => Availability::Enabled,
    }
}

pub(super) fn plan_is_ready(app: &App) -> Availability {
    match app.dialogs.last() {
        Some(Dialog::Plan(dialog)) => match dialog.state {
            PlanState::Ready { .. } => Availability::Enabled,
            PlanState::Waiting { .. } => Availability::because("the plan is not there yet"),
            PlanState::Failed(_) => Availability::because("the plan could not be made"),
        },
        _ => Availability::because("there is no plan"),
    }
}
