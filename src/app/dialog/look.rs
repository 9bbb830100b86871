//! A look into one object of an archive: its definition, its first rows, and what comes along with
//! it.

use crate::app::App;
use crate::app::dialog::Dialog;
use crate::app::list::{Scroll, Step};
use crate::app::msg::Effect;
use crate::app::remote::Remote;
use crate::engine::command::Command;
use crate::model::archive::{ArchiveListing, EntryInfo, Object, Preview, PreviewRows, close};
use crate::model::id::RequestId;
use crate::model::job::ErrorReport;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Page {
    /// The SQL that makes it.
    #[default]
    Definition,
    /// Its first rows.
    Rows,
    /// What is restored with it.
    Along,
}

impl Page {
    /// All pages in their order.
    pub const ALL: [Self; 3] = [Self::Definition, Self::Rows, Self::Along];

    /// Its name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Definition => "definition",
            Self::Rows => "rows",
            Self::Along => "comes along",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Definition => Self::Rows,
            Self::Rows => Self::Along,
            Self::Along => Self::Definition,
        }
    }
}

/// The dialog.
#[derive(Debug, Clone)]
pub struct LookDialog {
    /// The object as people call it.
    pub title: String,
    /// What the archive says of it.
    pub preview: Remote<Preview>,
    /// What is restored with it, and why.
    pub along: Vec<(String, Option<String>)>,
    /// What is looked at.
    pub page: Page,
    /// Scrolls through the lines.
    pub scroll: Scroll,
    /// The first column of the rows that is shown.
    pub column: usize,
}

impl LookDialog {
    /// How many lines the page has.
    #[must_use]
    pub fn len(&self) -> usize {
        let Some(preview) = &self.preview.value else { return 0 };
        match self.page {
            Page::Definition => preview.definition.lines().count(),
            Page::Along => self.along.len(),
            Page::Rows => match &preview.rows {
                PreviewRows::Rows { rows, .. } => rows.len(),
                PreviewRows::Statements { text, .. } => text.lines().count(),
                PreviewRows::LargeObjects { objects, .. } => objects.len(),
                PreviewRows::None | PreviewRows::NotStored | PreviewRows::Unreadable(_) => 0,
            },
        }
    }

    /// Whether the page has no lines.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(in crate::app) fn step(&mut self, step: Step, page: usize) {
        self.scroll.step(step, self.len(), page);
    }

    /// The next page, from its top.
    pub(in crate::app) fn turn_page(&mut self) {
        self.page = self.page.next();
        self.scroll = Scroll::default();
        self.column = 0;
    }

    /// A column to the side.
    pub(in crate::app) fn sideways(&mut self, right: bool) {
        let columns = match self.preview.value.as_ref().map(|preview| &preview.rows) {
            Some(PreviewRows::Rows { columns, rows, .. }) => {
                columns.len().max(rows.first().map_or(0, Vec::len))
            }
            _ => 0,
        };
        self.column = if right {
            (self.column + 1).min(columns.saturating_sub(1))
        } else {
            self.column.saturating_sub(1)
        };
    }
}

impl App {
    /// Looks into the object under the archive's cursor.
    pub(in crate::app) fn look(&mut self) {
        let request = self.ids.request();
        let Some(Dialog::Restore(archive)) = self.dialogs.last() else { return };
        let (Some(id), Some(listing)) = (archive.contents.current(), &archive.listing.value) else {
            return;
        };
        let Some(entry) = listing.entry(id) else { return };
        let mut dialog = LookDialog {
            title: entry.object().label(),
            preview: Remote::default(),
            along: along(listing, id),
            page: Page::default(),
            scroll: Scroll::default(),
            column: 0,
        };
        dialog.preview.ask(request);
        let path = archive.path.clone();
        self.dialogs.push(Dialog::Look(Box::new(dialog)));
        self.send(Command::LookInto { request, path, id });
    }

    /// Takes the look in, unless the dialog was closed meanwhile.
    pub(in crate::app) fn look_came(
        &mut self,
        request: RequestId,
        result: Result<Box<Preview>, ErrorReport>,
    ) {
        let now = self.now;
        let asking = self.dialogs.iter_mut().find_map(|dialog| match dialog {
            Dialog::Look(look) if look.preview.pending == Some(request) => Some(look),
            _ => None,
        });
        if let Some(look) = asking {
            look.preview.answer(request, now, result.map(|preview| *preview));
        }
    }

    /// Copies the definition that is looked at.
    pub(in crate::app) fn copy_definition(&mut self) {
        let Some(Dialog::Look(look)) = self.dialogs.last() else { return };
        let Some(preview) = &look.preview.value else { return };
        self.effects.push(Effect::Copy(preview.definition.clone()));
    }
}

/// What is restored with an object: what belongs to it and what it needs, with the reasons.
fn along(listing: &ArchiveListing, id: u32) -> Vec<(String, Option<String>)> {
    let objects: Vec<Object<'_>> = listing.entries.iter().map(EntryInfo::object).collect();
    let picked = objects.iter().position(|object| object.id == id);
    let closure = close(&objects, picked);
    let open = |at: &usize| closure.open_references.contains(at);
    let reason = |at: &usize| match closure.because.get(at) {
        _ if open(at) => Some("only where the table it points to is there".to_owned()),
        because => because.cloned(),
    };
    let others = closure.taken.iter().filter(|at| Some(**at) != picked);
    others.filter_map(|at| Some((objects.get(*at)?.label(), reason(at)))).collect()
}
