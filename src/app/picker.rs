//! A searchable list of actions: the help overlay and the palette are both one.

use super::action::ActionId;
use super::list::Cursor;
use super::text::TextField;

/// A row of a picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickerRow {
    /// The action.
    pub action: ActionId,
    /// The group it is shown under: "Tables", "Everywhere".
    pub group: &'static str,
    /// Its keys, for people: "ctrl-p, :".
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
    pub cursor: Cursor<(ActionId, &'static str)>,
}
