//! The table itself, in the order of the help.

use super::ActionId as Id;
use super::Context as In;
use super::Danger::{Asks, Destructive};
use super::available as can;
use super::{ActionSpec, Availability};
use crate::app::App;

/// All actions.
pub static ACTIONS: &[ActionSpec] = &[
    action(
        Id::Help,
        "app.help",
        "help",
        "Shows every action by group; type to search, Enter runs one.",
    )
    .on(&[In::Global], &["?", "f1"])
    .hint(90),
    action(Id::Palette, "app.palette", "palette", "Searches all actions and runs one.")
        .on(&[In::Global], &["ctrl-p"])
        .hint(92),
    action(
        Id::CommandLine,
        "app.command",
        "command",
        "Takes a typed command such as :throttle 20M.",
    )
    .on(&[In::Global], &[":"])
    .hint(91),
    action(
        Id::Back,
        "app.back",
        "back",
        "Backs out one level: closes a dialog, clears a filter, a range, a message or the zoom.",
    )
    .on(
        &[
            In::Global,
            In::Picker,
            In::Command,
            In::Form,
            In::Archive,
            In::Plan,
            In::Confirm,
            In::Prompt,
            In::JobLog,
            In::Look,
            In::Quit,
        ],
        &["esc"],
    )
    .hint(80),
    action(
        Id::Quit,
        "app.quit",
        "quit",
        "Closes what is open, or leaves; asks first while jobs run.",
    )
    .on(&[In::Global, In::Archive, In::Plan, In::Confirm, In::JobLog, In::Look, In::Quit], &["q"])
    .danger(Asks)
    .hint(95),
    action(
        Id::Interrupt,
        "app.interrupt",
        "leave",
        "Leaves when pressed twice; asks first while jobs run.",
    )
    .on(&[In::Always], &["ctrl-c"])
    .danger(Asks),
    action(
        Id::Suspend,
        "app.suspend",
        "suspend",
        "Stops the program until the shell's fg; refused while jobs run, which it would stop too.",
    )
    .on(&[In::Always], &["ctrl-z"])
    .when(can::no_jobs_run),
    action(Id::Redraw, "app.redraw", "redraw", "Draws the screen again.")
        .on(&[In::Always], &["ctrl-l"]),
    action(Id::Freeze, "app.freeze", "freeze", "Stops the display, not the work; again to go on.")
        .on(&[In::Global], &["f"])
        .hint(70),
    action(
        Id::Mouse,
        "app.mouse",
        "mouse",
        "Gives the mouse back to the terminal, so that it can mark text; again to take it.",
    )
    .on(&[In::Global], &["m"]),
    action(Id::Theme, "app.theme", "theme", "Changes to the next theme: dark, light, mono.")
        .on(&[In::Global], &["f2"]),
    action(Id::Reconnect, "app.reconnect", "reconnect", "Tries to connect now instead of waiting.")
        .on(&[In::Global], &["ctrl-r"])
        .hint(60)
        .when(can::not_connected),
    action(Id::PaneNext, "pane.next", "next pane", "Goes to the next pane.")
        .on(&[In::Global], &["tab"])
        .hint(75),
    action(Id::PanePrevious, "pane.previous", "previous pane", "Goes to the pane before.")
        .on(&[In::Global], &["shift-tab"]),
    action(Id::FocusBrowser, "pane.databases", "databases", "Goes to the databases.")
        .on(&[In::Global], &["1"]),
    action(Id::FocusTables, "pane.tables", "tables", "Goes to the tables.")
        .on(&[In::Global], &["2"]),
    action(Id::FocusJobs, "pane.jobs", "jobs", "Goes to the jobs.").on(&[In::Global], &["3"]),
    action(Id::FocusTimeline, "pane.timeline", "timeline", "Goes to the timeline.")
        .on(&[In::Global], &["4"]),
    action(
        Id::FocusLog,
        "pane.messages",
        "messages",
        "Goes to the messages: all that was ever reported.",
    )
    .on(&[In::Global], &["5"]),
    action(
        Id::Zoom,
        "pane.zoom",
        "zoom",
        "Gives the whole screen to the pane; again to give it back.",
    )
    .on(&[In::Global], &["z"])
    .hint(76),
    action(Id::Up, "list.up", "up", "Moves up.")
        .on(&[In::List, In::Picker, In::Filter], &["up", "k"]),
    action(Id::Down, "list.down", "down", "Moves down.")
        .on(&[In::List, In::Picker, In::Filter], &["down", "j"]),
    action(Id::PageUp, "list.page_up", "page up", "Moves up a page.")
        .on(&[In::List, In::Picker, In::Filter], &["pageup", "ctrl-u"]),
    action(Id::PageDown, "list.page_down", "page down", "Moves down a page.")
        .on(&[In::List, In::Picker, In::Filter], &["pagedown", "ctrl-d"]),
    action(Id::First, "list.first", "top", "Goes to the first row.")
        .on(&[In::List], &["home", "g"]),
    action(
        Id::Last,
        "list.last",
        "bottom",
        "Goes to the last row, and follows it where rows are added.",
    )
    .on(&[In::List], &["end", "G"]),
    action(
        Id::FilterOpen,
        "filter.open",
        "filter",
        "Filters the list as you type: letters in order, 'word for exact, ^ start, end $, !not.",
    )
    .on(&[In::Browser, In::Tables, In::Jobs, In::Log, In::Archive], &["/"])
    .hint(20)
    .when(can::has_list),
    action(
        Id::FilterAccept,
        "filter.accept",
        "keep",
        "Keeps the filter and goes back to the list.",
    )
    .on(&[In::Filter], &["enter"])
    .hint(1),
    action(Id::FilterClear, "filter.clear", "clear", "Clears the filter.")
        .on(&[In::Filter], &["esc"])
        .hint(2),
    action(Id::Open, "browser.open", "open", "Reads the database's catalog and shows its tables.")
        .on(&[In::Browser, In::Tables], &["enter"])
        .hint(1)
        .when(can::can_open),
    action(
        Id::Expand,
        "browser.expand",
        "expand",
        "Shows the database's schemas, or what is in a schema.",
    )
    .on(&[In::Browser, In::Archive], &["right", "l"])
    .hint(3)
    .when(can::can_expand),
    action(
        Id::Collapse,
        "browser.collapse",
        "collapse",
        "Hides the database's schemas, or what is in a schema.",
    )
    .on(&[In::Browser, In::Archive], &["left", "h"])
    .when(can::can_collapse),
    action(
        Id::Refresh,
        "browser.refresh",
        "refresh",
        "Reads the databases, and the chosen one's catalog, again.",
    )
    .on(&[In::Browser, In::Tables], &["r"])
    .hint(30)
    .when(can::connected),
    action(Id::Toggle, "select.toggle", "tick", "Ticks or unticks the row, or the marked range.")
        .on(&[In::Browser, In::Tables, In::Archive, In::Form], &["space"])
        .hint(2)
        .when(can::can_tick),
    action(Id::Range, "select.range", "range", "Begins to mark a range of rows; again to end it.")
        .on(&[In::Tables], &["v"])
        .hint(9)
        .when(can::has_table),
    action(Id::TickAll, "select.all", "all", "Ticks all rows that the filter shows.")
        .on(&[In::Tables, In::Archive], &["a"])
        .hint(5)
        .when(can::has_rows),
    action(
        Id::TickInvert,
        "select.invert",
        "invert",
        "Turns over the ticks of all rows that the filter shows.",
    )
    .on(&[In::Tables, In::Archive], &["i"])
    .hint(6)
    .when(can::has_rows),
    action(Id::TickNone, "select.none", "none", "Unticks everything.")
        .on(&[In::Tables, In::Archive], &["u"])
        .hint(10)
        .when(can::has_ticks),
    action(
        Id::TickReferenced,
        "select.referenced",
        "deps",
        "Ticks also the tables that the ticked ones reference by foreign key.",
    )
    .on(&[In::Tables], &["d"])
    .hint(4)
    .when(can::has_ticked_tables),
    action(
        Id::Where,
        "table.where",
        "where",
        "Limits the rows that are backed up by a SQL condition.",
    )
    .on(&[In::Tables], &["w"])
    .hint(7)
    .when(can::has_plain_table),
    action(
        Id::WithoutRows,
        "table.without_rows",
        "no rows",
        "Backs up the table's definition without its rows; again to take them.",
    )
    .on(&[In::Tables], &["x"])
    .hint(8)
    .when(can::has_plain_table),
    action(Id::SortNext, "table.sort", "sort", "Sorts by name, size, rows in turn.")
        .on(&[In::Tables], &["s"])
        .hint(11)
        .when(can::has_rows_of_tables),
    action(Id::SortReverse, "table.sort_reverse", "reverse", "Turns the order round.")
        .on(&[In::Tables], &["o"])
        .when(can::has_rows_of_tables),
    action(Id::Backup, "backup.open", "backup", "Opens the options of a backup of what is ticked.")
        .on(&[In::Global], &["b"])
        .hint(12)
        .when(can::can_back_up),
    action(
        Id::BackupCluster,
        "backup.cluster",
        "backup cluster",
        "Opens the options of a backup of the whole server: roles, tablespaces, every database.",
    )
    .on(&[In::Global], &["B"])
    .hint(14)
    .when(can::connected),
    action(
        Id::Restore,
        "restore.open",
        "restore",
        "Asks for an archive, or a cluster's backup, and opens the options of a restore.",
    )
    .on(&[In::Global], &["R"])
    .danger(Destructive)
    .hint(13)
    .when(can::can_restore),
    action(
        Id::Cancel,
        "job.cancel",
        "cancel",
        "Cancels the job after a question; again to drop it by force.",
    )
    .on(&[In::Jobs], &["c"])
    .danger(Asks)
    .hint(3)
    .when(can::job_can_be_cancelled),
    action(Id::Pause, "job.pause", "pause", "Holds the job, or lets it go on.")
        .on(&[In::Jobs], &["p"])
        .hint(2)
        .when(can::job_runs),
    action(Id::Faster, "job.faster", "faster", "Raises the job's rate limit by a step.")
        .on(&[In::Jobs], &["+", "="])
        .hint(4)
        .when(can::job_is_limited),
    action(Id::Slower, "job.slower", "slower", "Lowers the job's rate limit by a step.")
        .on(&[In::Jobs], &["-"])
        .hint(5)
        .when(can::job_runs),
    action(Id::Throttle, "job.throttle", "throttle", "Asks for the job's rate limit.")
        .on(&[In::Jobs], &["t"])
        .hint(6)
        .when(can::job_runs),
    action(Id::JobLog, "job.log", "log", "Shows the job's log.")
        .on(&[In::Jobs], &["enter", "l"])
        .hint(1)
        .when(can::has_job),
    action(Id::Hooks, "job.hooks", "hooks", "Shows what the job's hooks do and say, line by line.")
        .on(&[In::Jobs], &["h"])
        .hint(10)
        .when(can::job_has_hooks),
    action(Id::Again, "job.again", "again", "Plans the same job once more.")
        .on(&[In::Jobs], &["a"])
        .hint(7)
        .when(can::job_has_spec),
    action(
        Id::CopyCommand,
        "job.copy_command",
        "copy command",
        "Copies the command line that does the same.",
    )
    .on(&[In::Jobs, In::Plan, In::JobLog], &["y"])
    .hint(8)
    .when(can::has_command_line),
    action(
        Id::CopyPath,
        "job.copy_path",
        "copy path",
        "Copies the path of the archive that was made.",
    )
    .on(&[In::Jobs], &["o"])
    .hint(9)
    .when(can::job_has_output),
    action(Id::Copy, "row.copy", "copy", "Copies the row's name or text.")
        .on(&[In::Browser, In::Tables, In::Log], &["y"])
        .hint(40)
        .when(can::has_any_row),
    action(Id::Accept, "dialog.accept", "accept", "Goes on with what is chosen or typed.")
        .on(
            &[In::Picker, In::Command, In::Form, In::Archive, In::Confirm, In::Prompt, In::Quit],
            &["enter"],
        )
        .hint(1),
    action(Id::NextField, "form.next", "next", "Goes to the next field.")
        .on(&[In::Form], &["tab", "down"])
        .hint(3),
    action(Id::PreviousField, "form.previous", "previous", "Goes to the field before.")
        .on(&[In::Form], &["shift-tab", "up"]),
    action(Id::OptionLeft, "form.left", "left", "Chooses the option before.")
        .on(&[In::Form, In::Confirm, In::Look], &["left"]),
    action(Id::OptionRight, "form.right", "choose", "Chooses the next option.")
        .on(&[In::Form, In::Confirm, In::Look], &["right"])
        .hint(4),
    action(
        Id::Look,
        "archive.look",
        "look",
        "Shows the object's definition and first rows, or the archive of a cluster's database.",
    )
    .on(&[In::Archive], &["p"])
    .hint(4)
    .when(can::has_archive_object),
    action(
        Id::AllKinds,
        "archive.all_kinds",
        "all kinds",
        "Shows also functions, types and all other kinds, or just tables and views again.",
    )
    .on(&[In::Archive], &["o"])
    .hint(5)
    .when(can::is_archive),
    action(
        Id::Rename,
        "archive.rename",
        "rename",
        "Restores the database of a cluster's backup under another name.",
    )
    .on(&[In::Archive], &["n"])
    .hint(5)
    .when(can::has_database_of_backup),
    action(Id::CopyDefinition, "archive.copy_definition", "copy", "Copies the definition.")
        .on(&[In::Look], &["y"])
        .hint(3),
    action(
        Id::OtherHalf,
        "dialog.other_half",
        "other part",
        "Goes to the options, to the next page, or to the field of a plan to be confirmed.",
    )
    .on(&[In::Archive, In::Plan, In::Look], &["tab"])
    .hint(3)
    .when(can::has_other_half),
    action(
        Id::PlanStart,
        "plan.start",
        "start",
        "Starts the job; where rows are endangered the database's name has to be typed first.",
    )
    .on(&[In::Plan], &["enter"])
    .danger(Destructive)
    .hint(1)
    .when(can::plan_is_ready),
    action(Id::ConfirmYes, "confirm.yes", "yes", "Answers yes.")
        .on(&[In::Confirm], &["y"])
        .danger(Asks)
        .hint(2),
    action(Id::ConfirmNo, "confirm.no", "no", "Answers no.").on(&[In::Confirm], &["n"]).hint(3),
    action(
        Id::Complete,
        "command.complete",
        "complete",
        "Completes the word; again for the next proposal.",
    )
    .on(&[In::Command], &["tab"])
    .hint(2),
    action(
        Id::CompleteBack,
        "command.complete_back",
        "complete back",
        "Goes back to the proposal before.",
    )
    .on(&[In::Command], &["shift-tab"]),
    action(Id::HistoryBack, "command.older", "older", "Brings back the command before.")
        .on(&[In::Command], &["up"])
        .hint(3),
    action(Id::HistoryForward, "command.newer", "newer", "Brings back the command after.")
        .on(&[In::Command], &["down"]),
    action(
        Id::QuitDetach,
        "quit.detach",
        "detach",
        "Chooses to leave while the jobs finish without the screen.",
    )
    .on(&[In::Quit], &["d"])
    .hint(2),
    action(Id::QuitWait, "quit.wait", "wait", "Chooses to leave when the last job has finished.")
        .on(&[In::Quit], &["w"])
        .hint(3),
    action(Id::QuitCancel, "quit.cancel", "cancel", "Chooses to cancel the jobs and leave.")
        .on(&[In::Quit], &["c"])
        .hint(4),
];

/// A harmless action that is always possible, shown in no hint line and bound to no key.
const fn action(id: Id, name: &'static str, title: &'static str, doc: &'static str) -> ActionSpec {
    ActionSpec {
        id,
        name,
        title,
        doc,
        contexts: &[],
        keys: &[],
        danger: super::Danger::Safe,
        hint: 0,
        enabled: can::always,
    }
}

impl ActionSpec {
    const fn on(mut self, contexts: &'static [In], keys: &'static [&'static str]) -> Self {
        self.contexts = contexts;
        self.keys = keys;
        self
    }

    const fn danger(mut self, danger: super::Danger) -> Self {
        self.danger = danger;
        self
    }

    const fn hint(mut self, place: u8) -> Self {
        self.hint = place;
        self
    }

    const fn when(mut self, enabled: fn(&App) -> Availability) -> Self {
        self.enabled = enabled;
        self
    }
}
