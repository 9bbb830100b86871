//! A look through a whole script before anything of it runs. Blocking I/O; call it off the runtime.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::archive::script::index::Index;
use crate::archive::script::lexer::{Command, Event};
use crate::error::{Error, ErrorKind, Result};
use crate::model::spec::Codec;

use super::walk::walk;

/// What is in a script.
#[derive(Debug, Default)]
pub(super) struct Overview {
    /// Every database that it goes on in, with the line.
    pub(super) connects: Vec<(u64, String)>,
    /// Statements.
    pub(super) statements: u64,
    /// Blocks of rows.
    pub(super) tables: u64,
    /// Bytes of the script itself.
    pub(super) bytes: u64,
    /// Its entries, where it is one of pg_dump's, and who wrote it.
    pub(super) index: Index,
}

impl Overview {
    /// Reads the file to its end. What would be refused while running is refused here. The index takes
    /// what it keeps.
    pub(super) fn read(
        path: &Path,
        codec: Codec,
        (standard_conforming_strings, index): (bool, Index),
        stop: &CancellationToken,
    ) -> Result<Self> {
        let mut overview = Self { index, ..Self::default() };
        let end = walk(path, codec, standard_conforming_strings, |event| {
            if stop.is_cancelled() {
                return Err(Error::cancelled());
            }
            overview.take(event).map(|()| true)
        })?;
        let whole = overview.index.marks.check_end(end);
        whole.map_err(|error| error.while_doing(format_args!("{}", path.display())))?;
        overview.bytes = end;
        overview.index.finish(end);
        Ok(overview)
    }

    /// The databases, each once.
    pub(super) fn databases(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (_, name) in &self.connects {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    fn take(&mut self, event: Event) -> Result<()> {
        self.index.take(&event);
        match event {
            Event::Statement(_) => self.statements += 1,
            Event::RowsEnd { marked: true, .. } => self.tables += 1,
            Event::RowsEnd { line, marked: false } => return Err(cut_off(line)),
            Event::Command { line, command: Command::Connect(name), .. } => {
                self.connects.push((line, name));
            }
            Event::Comment { .. } | Event::Rows(_) | Event::Command { .. } | Event::End => {}
        }
        Ok(())
    }
}

/// Rows without their end mark.
pub(in crate::postgres) fn cut_off(line: u64) -> Error {
    let text = format!("line {line} of the script: it ends within rows, without their end mark");
    Error::new(ErrorKind::Archive, text).with_hint("the script was cut off: make it anew")
}
