//! The `restore.sql` of a tar archive: the script for people who unpack the archive themselves. The
//! rows are read from the unpacked files.

use crate::archive::head::Head;
use crate::archive::toc::TocEntry;
use crate::error::{Error, ErrorKind, Result};

use super::entry::Writer;
use super::{Entries, Piece, Script, ScriptOptions};

/// Stands for the folder that the archive was unpacked into.
const FOLDER: &str = "$$PATH$$";

const NOTE: &str = "--\n-- NOTE:\n--\n\
     -- File paths need to be edited. Search for $$PATH$$ and\n\
     -- replace it with the path to the directory containing\n\
     -- the extracted data files.\n--\n";

/// The text, piece by piece. `file` names the member that has an entry's data.
pub fn restore_sql<'a>(
    head: &'a Head,
    chosen: impl Entries<'a> + 'a,
    options: &'a ScriptOptions,
    file: impl Fn(&TocEntry) -> String + 'a,
) -> impl Iterator<Item = Result<String>> {
    // The COPY that reads the script stands in the piece before the rows: it is ended at once.
    let text = move |piece| match piece? {
        Piece::Sql(text) => Ok(text),
        Piece::LargeObjects(entry) => Ok(format!("\\i {FOLDER}/{}\n\n", file(&entry))),
        Piece::Rows(entry) => match &entry.copy_stmt {
            Some(copy) => Ok(format!("\\.\n{}", copy_from(copy, &file(&entry))?)),
            None => Ok(format!("\\i {FOLDER}/{}\n\n", file(&entry))),
        },
    };
    let mut writer = Writer::new(head, options);
    writer.from_files = true;
    let script = Script::new(chosen, writer);
    std::iter::once(Ok(NOTE.to_owned())).chain(script.map(text))
}

/// The same COPY from a file.
fn copy_from(copy: &str, file: &str) -> Result<String> {
    let Some(table) = copy.strip_suffix(" FROM stdin;\n") else {
        let text =
            format!("this COPY statement cannot be put into restore.sql: {}", copy.trim_end());
        return Err(Error::new(ErrorKind::Internal, text));
    };
    Ok(format!("{table} FROM '{FOLDER}/{file}';\n\n"))
}
