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

use std::collections::VecDeque;

use super::head::Head;
use super::kind::{self, Content};
use super::toc::TocEntry;
use crate::model::spec::Section;

pub use key::{KEY_LENGTH, check_key, key_from_random};
pub use options::ScriptOptions;
pub use tar::restore_sql;

use entry::Writer;

/// A piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text, in UTF-8 whatever encoding the script declares.
    Sql(String),
    /// Here the rows of this entry stand: the contents of its data block as they are, which is
    /// `COPY` text with its end mark and two empty lines, or INSERT statements.
    Rows(&'a TocEntry),
    /// Here the large objects of this entry stand, each as [`large_object::write`] writes it.
    LargeObjects(&'a TocEntry),
}

/// An entry and what is wanted of it.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    /// The entry.
    pub entry: &'a TocEntry,
    /// Which of its parts.
    pub wanted: Content,
}

impl<'a> Chosen<'a> {
    /// All that an entry carries.
    pub fn whole(entry: &'a TocEntry) -> Self {
        Self { entry, wanted: kind::content(entry) }
    }
}

/// The script of the chosen entries, in their order, piece by piece.
pub fn pieces<'a>(
    head: &'a Head,
    chosen: Vec<Chosen<'a>>,
    options: &'a ScriptOptions,
) -> impl Iterator<Item = Piece<'a>> {
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
#[derive(Debug, Clone, Copy)]
enum Step {
    Header,
    /// The drop of the entry before this one.
    Drop(usize),
    Entry(Pass, usize),
    Footer,
    End,
}

struct Script<'a> {
    chosen: Vec<Chosen<'a>>,
    writer: Writer<'a>,
    step: Step,
    ready: VecDeque<Piece<'a>>,
}

impl<'a> Script<'a> {
    fn new(chosen: Vec<Chosen<'a>>, mut writer: Writer<'a>) -> Self {
        let defines =
            |one: &Chosen<'_>| one.wanted.definition && one.entry.desc != "STATISTICS DATA";
        writer.data_only = !chosen.iter().any(defines);
        Self { chosen, writer, step: Step::Header, ready: VecDeque::new() }
    }

    fn advance(&mut self) {
        self.step = match self.step {
            Step::Header => {
                self.ready.push_back(Piece::Sql(self.writer.header()));
                Step::Drop(self.chosen.len())
            }
            Step::Drop(0) => {
                self.writer.after_drops();
                Step::Entry(Pass::Main, 0)
            }
            Step::Drop(behind) => {
                let drop = self.chosen.get(behind - 1).and_then(|one| self.writer.drop(one));
                self.ready.extend(drop.map(Piece::Sql));
                Step::Drop(behind - 1)
            }
            Step::Entry(pass, at) => match self.chosen.get(at).copied() {
                Some(one) => {
                    if Pass::of(one.entry, one.entry.section) == pass {
                        self.writer.entry(&one, &mut self.ready);
                    }
                    Step::Entry(pass, at + 1)
                }
                None => match pass {
                    Pass::Main => Step::Entry(Pass::Grants, 0),
                    Pass::Grants => Step::Entry(Pass::Last, 0),
                    Pass::Last => Step::Footer,
                },
            },
            Step::Footer => {
                self.ready.push_back(Piece::Sql(self.writer.footer()));
                Step::End
            }
            Step::End => Step::End,
        };
    }
}

impl<'a> Iterator for Script<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(piece);
            }
            if matches!(self.step, Step::End) {
                return None;
            }
            self.advance();
        }
    }
}
