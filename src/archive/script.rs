//! Plain SQL scripts: the text of one, as pg_dump and pg_restore write it, and reading one, as psql
//! does. Pure: takes entries, bytes and readers, gives text and statements.
//!
//! ```text
//!  head, chosen entries ─ pieces ─► Sql · Rows(entry) · LargeObjects(entry) · …    the caller writes
//!                                   the text, and puts in the data where it is due
//!
//!  -- header, \restrict, settings
//!  drops, last object first                      with --clean
//!  pass 1: definitions and data                  in the order given
//!  pass 2: grants                                after all objects they may name
//!  pass 3: event triggers, refreshes             after all that they would see
//!  -- footer, \unrestrict
//! ```

mod entries;
mod entry;
pub mod heading;
pub mod index;
mod key;
pub mod large_object;
pub mod lexer;
mod options;
mod settings;
mod tar;
pub mod tokens;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::VecDeque;

use super::head::Head;
use super::toc::TocEntry;
use crate::error::Result;
use crate::model::spec::Section;

pub use entries::{Chosen, Coming, Entries};
pub use key::{KEY_LENGTH, check_key, key_from_random};
pub use options::ScriptOptions;
pub use tar::restore_sql;

use entries::Aside;
use entry::Writer;

/// A piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text, in UTF-8 whatever encoding the script declares.
    Sql(String),
    /// Here the rows of this entry stand: the contents of its data block as they are, which is
    /// `COPY` text with its end mark and two empty lines, or INSERT statements.
    Rows(Cow<'a, TocEntry>),
    /// Here the large objects of this entry stand, each as [`large_object::write`] writes it.
    LargeObjects(Cow<'a, TocEntry>),
}

/// The script of the chosen entries, in their order, piece by piece.
pub fn pieces<'a>(
    head: &'a Head,
    chosen: impl Entries<'a> + 'a,
    options: &'a ScriptOptions,
) -> impl Iterator<Item = Result<Piece<'a>>> {
    Script::new(chosen, Writer::new(head, options))
}

/// When an entry has its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    Main,
    Grants,
    Last,
}

impl Pass {
    fn of(entry: &TocEntry, section: Option<Section>) -> Self {
        let of_event_trigger = matches!(entry.desc.as_str(), "COMMENT" | "SECURITY LABEL")
            && entry.tag.starts_with("EVENT TRIGGER ");
        match entry.desc.as_str() {
            "ACL" | "ACL LANGUAGE" | "DEFAULT ACL" => Self::Grants,
            "EVENT TRIGGER" | "MATERIALIZED VIEW DATA" => Self::Last,
            "STATISTICS DATA" if section == Some(Section::PostData) => Self::Last,
            _ if of_event_trigger => Self::Last,
            _ => Self::Main,
        }
    }
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Header,
    Drops,
    Entries(Pass),
    Footer,
    End,
}

struct Script<'a, E> {
    chosen: E,
    writer: Writer<'a>,
    step: Step,
    /// What the step has still to write.
    coming: Coming<'a>,
    /// Entries of later passes.
    grants: Aside<'a>,
    last: Aside<'a>,
    ready: VecDeque<Piece<'a>>,
}

impl<'a, E: Entries<'a>> Script<'a, E> {
    fn new(chosen: E, writer: Writer<'a>) -> Self {
        Self {
            chosen,
            writer,
            step: Step::Header,
            coming: Box::new(std::iter::empty()),
            grants: Aside::default(),
            last: Aside::default(),
            ready: VecDeque::new(),
        }
    }

    fn advance(&mut self) -> Result<()> {
        if let Some(one) = self.coming.next() {
            let one = one?;
            match self.step {
                Step::Drops => self.ready.extend(self.writer.drop(&one).map(Piece::Sql)),
                Step::Entries(Pass::Main) => match Pass::of(&one.entry, one.entry.section) {
                    Pass::Main => self.writer.entry(one, &mut self.ready),
                    Pass::Grants => self.grants.push(one)?,
                    Pass::Last => self.last.push(one)?,
                },
                _ => self.writer.entry(one, &mut self.ready),
            }
            return Ok(());
        }
        self.begin_next_step()
    }

    fn begin_next_step(&mut self) -> Result<()> {
        match self.step {
            Step::Header => {
                self.writer.data_only = self.is_data_only()?;
                self.ready.push_back(Piece::Sql(self.writer.header()));
                if self.writer.drops() {
                    self.coming = self.chosen.backward();
                }
                self.step = Step::Drops;
            }
            Step::Drops => {
                self.writer.after_drops();
                self.coming = self.chosen.forward();
                self.step = Step::Entries(Pass::Main);
            }
            Step::Entries(Pass::Main) => {
                self.coming = std::mem::take(&mut self.grants).coming();
                self.step = Step::Entries(Pass::Grants);
            }
            Step::Entries(Pass::Grants) => {
                self.coming = std::mem::take(&mut self.last).coming();
                self.step = Step::Entries(Pass::Last);
            }
            Step::Entries(Pass::Last) => {
                self.ready.push_back(Piece::Sql(self.writer.footer()));
                self.step = Step::Footer;
            }
            Step::Footer | Step::End => self.step = Step::End,
        }
        Ok(())
    }

    /// Whether nothing is defined.
    fn is_data_only(&self) -> Result<bool> {
        for one in self.chosen.forward() {
            let one = one?;
            if one.wanted.definition && one.entry.desc != "STATISTICS DATA" {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl<'a, E: Entries<'a>> Iterator for Script<'a, E> {
    type Item = Result<Piece<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(Ok(piece));
            }
            if self.step == Step::End {
                return None;
            }
            if let Err(error) = self.advance() {
                self.step = Step::End;
                return Some(Err(error));
            }
        }
    }
}
