//! A searchable list of actions: the help overlay and the palette are both one.

use super::App;
use super::action::{ACTIONS, ActionId, ActionSpec, Context};
use super::dialog::Dialog;
use super::filter::Fuzzy;
use super::focus::Pane;
use super::list::Cursor;
use super::text::TextField;

/// A row of a picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickerRow {
    /// The action.
    pub action: ActionId,
    /// The group it is shown under: "Tables", "Everywhere".
    pub group: &'static str,
    /// Its keys, for people: "+ =".
    pub keys: String,
    /// Its short title.
    pub title: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// Characters of the title that the search matched.
    pub matched: Vec<u32>,
    /// Why it cannot be run now.
    pub disabled: Option<String>,
}

/// The list.
#[derive(Debug, Clone, Default)]
pub struct Picker {
    /// What is searched for.
    pub field: TextField,
    /// The rows that match.
    pub rows: Vec<PickerRow>,
    /// The cursor.
    pub cursor: Cursor<ActionId>,
    /// All rows; computed when it is opened, for the state of that moment.
    all: Vec<PickerRow>,
}

impl Picker {
    /// A picker of these rows.
    #[must_use]
    pub fn new(all: Vec<PickerRow>) -> Self {
        Self { all, ..Self::default() }
    }

    /// After the search changed: back to the first row.
    pub(super) fn restart(&mut self) {
        self.cursor = Cursor::default();
    }

    /// The row under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<&PickerRow> {
        self.rows.get(self.cursor.index())
    }

    /// Computes the rows again; the best match first if asked for, else in the table's order.
    pub(super) fn settle(&mut self, page: usize, ranked: bool) {
        let mut fuzzy = Fuzzy::new(self.field.trimmed());
        let mut scored: Vec<(u32, PickerRow)> = Vec::new();
        for row in &self.all {
            let title = fuzzy.score(row.title);
            let text = format!("{} {} {} {}", row.title, row.keys, row.group, row.doc);
            // A hit in the title counts more than one somewhere in the sentence.
            let score = title.map(|score| score + 1_000).or_else(|| fuzzy.score(&text));
            if let Some(score) = score {
                scored
                    .push((score, PickerRow { matched: fuzzy.indices(row.title), ..row.clone() }));
            }
        }
        if ranked && !self.field.trimmed().is_empty() {
            scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        }
        // Where the order stays, the cursor goes to the best match.
        // Of equals the last one is the maximum, hence from the end.
        let best = scored.iter().rev().max_by_key(|(score, _)| *score);
        if let (None, Some((_, best))) = (self.cursor.key(), best) {
            self.cursor.want(best.action);
        }
        self.rows = scored.into_iter().map(|(_, row)| row).collect();
        let rows = &self.rows;
        self.cursor.settle(rows.len(), page, |i| rows.get(i).map(|row| row.action));
    }
}

impl App {
    /// Rows for those actions that `wanted` lets through.
    pub(super) fn picker_rows(&self, wanted: impl Fn(&ActionSpec) -> bool) -> Vec<PickerRow> {
        let mut rows: Vec<PickerRow> =
            ACTIONS.iter().filter(|spec| wanted(spec)).map(|spec| self.picker_row(spec)).collect();
        // Groups stay together, in the order in which they first occur.
        let mut groups: Vec<&str> = Vec::new();
        for row in &rows {
            if !groups.contains(&row.group) {
                groups.push(row.group);
            }
        }
        rows.sort_by_key(|row| groups.iter().position(|group| *group == row.group));
        rows
    }

    fn picker_row(&self, spec: &ActionSpec) -> PickerRow {
        let keys: Vec<String> = self.keymap.keys(spec.id).iter().map(ToString::to_string).collect();
        let disabled = if is_for_panes(spec) {
            (spec.enabled)(self).reason().map(str::to_owned)
        } else {
            Some(format!("only in: {}", group(spec)))
        };
        PickerRow {
            action: spec.id,
            group: group(spec),
            keys: keys.join(" "),
            title: spec.title,
            doc: spec.doc,
            matched: Vec::new(),
            disabled,
        }
    }

    /// Enter in help or palette: runs the action, or says why it cannot be run.
    pub(super) fn accept_picker(&mut self) {
        let Some(Dialog::Help(picker) | Dialog::Palette(picker)) = self.dialogs.last() else {
            return;
        };
        let Some(row) = picker.current().cloned() else { return };
        if let Some(reason) = row.disabled {
            self.warn(format!("{}: {reason}", row.title));
            return;
        }
        self.dialogs.pop();
        self.run_from_anywhere(row.action);
    }

    /// Runs an action of a pane that has not the keys: that pane gets them first.
    pub(super) fn run_from_anywhere(&mut self, action: ActionId) {
        let contexts = action.spec().map_or(&[][..], |spec| spec.contexts);
        let here = self.contexts();
        if !contexts.iter().any(|context| here.contains(context))
            && let Some(pane) = contexts.iter().find_map(|context| pane_of(*context))
        {
            self.focus_pane(pane);
        }
        self.run(action);
    }
}

/// The pane that a context belongs to.
fn pane_of(context: Context) -> Option<Pane> {
    match context {
        Context::Browser => Some(Pane::Browser),
        Context::Tables => Some(Pane::Tables),
        Context::Jobs => Some(Pane::Jobs),
        Context::Timeline => Some(Pane::Timeline),
        Context::Log => Some(Pane::Log),
        _ => None,
    }
}

/// The group an action is listed under.
fn group(spec: &ActionSpec) -> &'static str {
    spec.contexts.first().map_or("", |context| context.title())
}

/// Whether it can be run while no dialog is open.
#[must_use]
pub fn is_for_panes(spec: &ActionSpec) -> bool {
    spec.contexts.iter().any(|context| {
        matches!(
            context,
            Context::Always
                | Context::Global
                | Context::List
                | Context::Browser
                | Context::Tables
                | Context::Jobs
                | Context::Timeline
                | Context::Log
        )
    })
}
