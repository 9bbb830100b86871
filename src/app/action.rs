//! The one table of actions. Keymap, hint line, help, palette, config check and documentation are
//! all made from it; nothing else knows which key does what.

pub mod available;
pub mod table;

use std::borrow::Cow;

use super::App;
pub use table::ACTIONS;

/// Where a key means something. A key is looked up in the contexts that are active at the time,
/// the narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Whatever is on top.
    Always,
    /// Any pane.
    Global,
    /// Anything that scrolls.
    List,
    /// The databases.
    Browser,
    /// The tables.
    Tables,
    /// The jobs.
    Jobs,
    /// The timeline.
    Timeline,
    /// The messages.
    Log,
    /// While a filter is typed.
    Filter,
    /// Help and palette.
    Picker,
    /// The `:` line.
    Command,
    /// A form of options.
    Form,
    /// The tables of an archive.
    Archive,
    /// A plan.
    Plan,
    /// A question with yes and no.
    Confirm,
    /// A question answered by text.
    Prompt,
    /// A job's log.
    JobLog,
    /// A look into an archive.
    Look,
    /// Leaving while jobs run.
    Quit,
}

impl Context {
    /// The group's name in the help.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Always | Self::Global => "Everywhere",
            Self::List => "Lists",
            Self::Browser => "Databases",
            Self::Tables => "Tables",
            Self::Jobs => "Jobs",
            Self::Timeline => "Timeline",
            Self::Log => "Messages",
            Self::Filter => "While filtering",
            Self::Picker => "Help and palette",
            Self::Command => "Command line",
            Self::Form => "Options",
            Self::Archive => "Archive contents",
            Self::Plan => "Plan",
            Self::Confirm => "Questions",
            Self::Prompt => "Text questions",
            Self::JobLog => "Job log and hooks",
            Self::Look => "Look into an archive",
            Self::Quit => "Leaving",
        }
    }
}

/// How much harm an action can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Danger {
    /// None.
    Safe,
    /// It ends work under way, and asks first.
    Asks,
    /// It can change or drop data; never on a plain lower-case letter or a control chord.
    Destructive,
}

/// Whether an action can be run now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
    /// It can.
    Enabled,
    /// It cannot, and why.
    Disabled(Cow<'static, str>),
}

impl Availability {
    /// Enabled if the condition holds, else disabled for this reason.
    pub fn when(condition: bool, reason: &'static str) -> Self {
        if condition { Self::Enabled } else { Self::Disabled(Cow::Borrowed(reason)) }
    }

    /// Disabled for this reason.
    pub fn because(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Disabled(reason.into())
    }

    /// The reason, where it is disabled.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Enabled => None,
            Self::Disabled(reason) => Some(reason),
        }
    }
}

/// An action as the table has it.
#[derive(Debug)]
pub struct ActionSpec {
    /// Its identity in code.
    pub id: ActionId,
    /// Its identity in the config file: "job.cancel".
    pub name: &'static str,
    /// A word or two for the hint line.
    pub title: &'static str,
    /// One sentence for help, palette and documentation.
    pub doc: &'static str,
    /// Where its keys work.
    pub contexts: &'static [Context],
    /// Its keys unless the config says otherwise.
    pub keys: &'static [&'static str],
    /// How much harm it can do.
    pub danger: Danger,
    /// Its place in the hint line, 1 first; 0 is never shown there.
    pub hint: u8,
    /// Whether it can be run now.
    pub enabled: fn(&App) -> Availability,
}

impl ActionId {
    /// Its line of the table.
    #[must_use]
    pub fn spec(self) -> Option<&'static ActionSpec> {
        ACTIONS.iter().find(|spec| spec.id == self)
    }
}

/// The actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the table documents each of them")]
pub enum ActionId {
    Help,
    Palette,
    CommandLine,
    Back,
    Quit,
    Interrupt,
    Suspend,
    Redraw,
    Freeze,
    Mouse,
    Theme,
    Reconnect,
    PaneNext,
    PanePrevious,
    FocusBrowser,
    FocusTables,
    FocusJobs,
    FocusTimeline,
    FocusLog,
    Zoom,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    FilterOpen,
    FilterAccept,
    FilterClear,
    Open,
    Expand,
    Collapse,
    Refresh,
    Toggle,
    Range,
    TickAll,
    TickInvert,
    TickNone,
    TickReferenced,
    Where,
    WithoutRows,
    SortNext,
    SortReverse,
    Backup,
    BackupCluster,
    Restore,
    Cancel,
    Pause,
    Faster,
    Slower,
    Throttle,
    JobLog,
    Hooks,
    Again,
    CopyCommand,
    CopyPath,
    Copy,
    Accept,
    NextField,
    PreviousField,
    OptionLeft,
    OptionRight,
    OtherHalf,
    Look,
    AllKinds,
    Rename,
    CopyDefinition,
    PlanStart,
    ConfirmYes,
    ConfirmNo,
    Complete,
    CompleteBack,
    HistoryBack,
    HistoryForward,
    QuitDetach,
    QuitWait,
    QuitCancel,
}
