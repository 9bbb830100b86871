//! A form: labelled fields of text, yes or no, and one of several.

use super::text::TextField;
use crate::model::spec::{Parts, Section};

/// Names a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldId {
    /// What to back up.
    What,
    /// The file to make.
    Output,
    /// Replace the file.
    Overwrite,
    /// Codec and level.
    Compression,
    /// Which parts.
    Parts,
    /// Connections.
    Jobs,
    /// Rate limit.
    Rate,
    /// Take what the tables need.
    Dependencies,
    /// Take what the tables reference.
    References,
    /// Leave out owners.
    NoOwner,
    /// Leave out grants.
    NoPrivileges,
    /// Leave out passwords of roles.
    NoRolePasswords,
    /// New or existing database.
    Into,
    /// The database to restore into.
    Database,
    /// Databases of a cluster: one of several offers.
    Databases,
    /// Databases of a cluster, by patterns.
    DatabasePatterns,
    /// Databases of a cluster to leave out, by patterns.
    NotDatabases,
    /// Drop the objects first.
    Clean,
    /// All or nothing.
    SingleTransaction,
    /// Stop at the first error.
    ExitOnError,
    /// Disable triggers.
    DisableTriggers,
    /// `SET ROLE`.
    Role,
    /// Layout of the output.
    Format,
    /// Show the less common options too.
    More,
    /// A less common option, by its name on the command line.
    Option(&'static str),
}

/// What a field holds.
#[derive(Debug, Clone)]
pub enum Value {
    /// Free text.
    Text(TextField),
    /// Yes or no.
    Toggle(bool),
    /// One of several.
    Choice {
        /// The options.
        options: Vec<String>,
        /// Which one.
        index: usize,
    },
}

/// A field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub id: FieldId,
    /// What stands before it.
    pub label: &'static str,
    /// What it means, for the line below the form.
    pub help: &'static str,
    /// What it holds.
    pub value: Value,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Shown only with the less common options.
    pub is_more: bool,
    /// What stands in a text field while nothing is written there.
    pub empty: &'static str,
}

/// A form.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// The fields in order.
    pub fields: Vec<Field>,
    /// The field that has the keys.
    pub focus: usize,
}

impl Field {
    /// A field of text.
    #[must_use]
    pub fn text(id: FieldId, label: &'static str, value: &str, help: &'static str) -> Self {
        let value = Value::Text(TextField::new(value));
        Self { id, label, help, value, error: None, is_more: false, empty: "none" }
    }

    /// A yes or no.
    #[must_use]
    pub fn toggle(id: FieldId, label: &'static str, on: bool, help: &'static str) -> Self {
        Self {
            id,
            label,
            help,
            value: Value::Toggle(on),
            error: None,
            is_more: false,
            empty: "none",
        }
    }

    /// One of several.
    #[must_use]
    pub fn choice(
        id: FieldId,
        label: &'static str,
        options: Vec<String>,
        help: &'static str,
    ) -> Self {
        let value = Value::Choice { options, index: 0 };
        Self { id, label, help, value, error: None, is_more: false, empty: "none" }
    }

    /// The same, with these words where nothing is written.
    #[must_use]
    pub fn empty(self, empty: &'static str) -> Self {
        Self { empty, ..self }
    }

    /// The same, among the less common ones.
    #[must_use]
    pub fn more(self) -> Self {
        Self { is_more: true, ..self }
    }
}

impl Form {
    /// A form with its first field focused.
    #[must_use]
    pub fn new(fields: Vec<Field>) -> Self {
        Self { fields, focus: 0 }
    }

    /// The field that has the keys.
    #[must_use]
    pub fn focused(&self) -> Option<&Field> {
        self.fields.get(self.focus)
    }

    /// The text field that has the keys, if the focused field is one.
    pub fn text_mut(&mut self) -> Option<&mut TextField> {
        match &mut self.fields.get_mut(self.focus)?.value {
            Value::Text(field) => Some(field),
            _ => None,
        }
    }

    /// Goes to the next field; says whether there was one.
    pub fn forward(&mut self) -> bool {
        let next = (self.focus + 1..self.fields.len()).find(|at| self.is_shown(*at));
        self.focus = next.unwrap_or(self.focus);
        next.is_some()
    }

    /// Goes to the field before; says whether there was one.
    pub fn backward(&mut self) -> bool {
        let before = (0..self.focus).rev().find(|at| self.is_shown(*at));
        self.focus = before.unwrap_or(self.focus);
        before.is_some()
    }

    /// Space or a side step on the focused field.
    pub fn turn(&mut self, forward: bool) {
        let Some(field) = self.fields.get_mut(self.focus) else { return };
        match &mut field.value {
            Value::Text(_) => {}
            Value::Toggle(on) => *on = !*on,
            Value::Choice { options, index } => {
                let count = options.len().max(1);
                *index = (*index + if forward { 1 } else { count - 1 }) % count;
            }
        }
    }

    /// Whether the field at this place can be seen: a less common one only when asked for, or when
    /// something is wrong with it.
    #[must_use]
    pub fn is_shown(&self, at: usize) -> bool {
        let field = self.fields.get(at);
        field.is_some_and(|field| {
            !field.is_more || at == self.focus || field.error.is_some() || self.is_on(FieldId::More)
        })
    }

    /// The places of the fields that can be seen.
    #[must_use]
    pub fn shown(&self) -> Vec<usize> {
        (0..self.fields.len()).filter(|at| self.is_shown(*at)).collect()
    }

    fn field(&self, id: FieldId) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// A text field's trimmed text.
    #[must_use]
    pub fn text(&self, id: FieldId) -> &str {
        match self.field(id).map(|field| &field.value) {
            Some(Value::Text(field)) => field.trimmed(),
            _ => "",
        }
    }

    /// Whether a yes or no is yes.
    #[must_use]
    pub fn is_on(&self, id: FieldId) -> bool {
        matches!(self.field(id).map(|field| &field.value), Some(Value::Toggle(true)))
    }

    /// Which option a choice has.
    #[must_use]
    pub fn chosen(&self, id: FieldId) -> usize {
        match self.field(id).map(|field| &field.value) {
            Some(Value::Choice { index, .. }) => *index,
            _ => 0,
        }
    }

    /// Chooses an option of a choice.
    pub fn choose(&mut self, id: FieldId, option: usize) {
        let field = self.fields.iter_mut().find(|field| field.id == id);
        if let Some(Value::Choice { index, options }) = field.map(|field| &mut field.value) {
            *index = option.min(options.len().saturating_sub(1));
        }
    }

    /// Replaces a text field's text.
    pub fn set_text(&mut self, id: FieldId, text: &str) {
        if let Some(field) = self.fields.iter_mut().find(|field| field.id == id) {
            field.value = Value::Text(TextField::new(text));
        }
    }

    /// Takes all complaints away.
    pub fn forgive(&mut self) {
        for field in &mut self.fields {
            field.error = None;
        }
    }

    /// After the focused field was edited: its complaint is out of date.
    pub fn typed(&mut self) {
        if let Some(field) = self.fields.get_mut(self.focus) {
            field.error = None;
        }
    }

    /// Complains about a field and goes to it.
    pub fn complain(&mut self, id: FieldId, error: impl Into<String>) {
        if let Some(i) = self.fields.iter().position(|field| field.id == id) {
            if self.fields.iter().all(|field| field.error.is_none()) {
                self.focus = i;
            }
            if let Some(field) = self.fields.get_mut(i) {
                field.error = Some(error.into());
            }
        }
    }

    /// Reads a text field; a complaint and nothing if it cannot be read.
    pub fn read<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, id: FieldId) -> Option<T> {
        match self.text(id).parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.complain(id, error.to_string());
                None
            }
        }
    }

    /// Reads the number of connections.
    pub fn read_jobs(&mut self) -> Option<std::num::NonZeroUsize> {
        let jobs = self
            .text(FieldId::Jobs)
            .parse()
            .ok()
            .filter(|n: &std::num::NonZeroUsize| n.get() <= MOST_JOBS);
        if jobs.is_none() {
            self.complain(FieldId::Jobs, format!("write a number from 1 to {MOST_JOBS}"));
        }
        jobs
    }
}

/// Most connections of one job.
const MOST_JOBS: usize = 64;

/// The options of [`FieldId::Parts`]: the sections stand alone and by twos.
#[must_use]
pub fn parts_options() -> Vec<String> {
    let kinds = ["definitions and rows", "definitions only", "rows only"];
    let kinds = kinds.into_iter().map(str::to_owned);
    let sections = SECTIONS.iter().map(|sections| {
        let words: Vec<&str> = sections.iter().map(|section| section.word()).collect();
        format!("only {}", words.join(" and "))
    });
    kinds.chain(sections).collect()
}

/// The parts that an option of [`parts_options`] means.
#[must_use]
pub fn parts(option: usize) -> Parts {
    let sections = option.checked_sub(3).and_then(|at| SECTIONS.get(at)).copied();
    Parts {
        schema_only: option == 1,
        data_only: option == 2,
        sections: sections.unwrap_or_default().into(),
    }
}

/// What `--section` can say, but for all three.
const SECTIONS: [&[Section]; 6] = [
    &[Section::PreData],
    &[Section::Data],
    &[Section::PostData],
    &[Section::PreData, Section::Data],
    &[Section::Data, Section::PostData],
    &[Section::PreData, Section::PostData],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_complaint_gets_the_focus() {
        let mut form = Form::new(vec![
            Field::toggle(FieldId::Clean, "", false, ""),
            Field::text(FieldId::Jobs, "", "0", ""),
            Field::text(FieldId::Rate, "", "fast", ""),
        ]);
        assert_eq!(form.read_jobs(), None);
        assert_eq!(form.read::<crate::model::size::RateLimit>(FieldId::Rate), None);
        assert_eq!(form.focused().map(|field| field.id), Some(FieldId::Jobs));
        assert!(form.fields[2].error.as_deref().unwrap().contains("'fast' is not a size"));
    }

    #[test]
    fn choices_turn_in_a_circle() {
        let mut form = Form::new(vec![Field::choice(FieldId::Parts, "", parts_options(), "")]);
        form.turn(false);
        let sections = vec![Section::PreData, Section::PostData];
        assert_eq!(parts(form.chosen(FieldId::Parts)), Parts { sections, ..Parts::default() });
        form.turn(true);
        assert_eq!(parts(form.chosen(FieldId::Parts)), Parts::default());
    }

    #[test]
    fn what_the_parts_say_is_what_they_mean() {
        let options = parts_options();
        let at = |words: &str| options.iter().position(|option| option == words).unwrap();
        assert!(parts(at("definitions only")).schema_only);
        assert!(parts(at("rows only")).data_only);
        assert_eq!(parts(at("only post-data")).sections, [Section::PostData]);
        let both = parts(at("only data and post-data"));
        assert_eq!(both.sections, [Section::Data, Section::PostData]);
    }
}
