//! The files that flags name beside the archive: filter files and lists of entries.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::archive::list::read_use_list;
use crate::error::{Error, Result};
use crate::model::spec::is_standard_stream;

use super::filter_file::{self, FilterError, Item};

/// The lines of all filter files, in order.
pub(super) fn filters(paths: &[PathBuf]) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for path in paths {
        let name = path.to_string_lossy();
        items.extend(filter_file::parse(&name, &text(path)?).map_err(bad_line)?);
    }
    Ok(items)
}

/// What a filter file says wrong is a wrong request.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
pub(super) fn bad_line(error: FilterError) -> Error {
    Error::usage(format!("filter file {error}")).with_hint(
        "a line reads: include|exclude KIND PATTERN, such as: exclude table_data audit.*",
    )
}

/// The dump ids of an edited list.
pub(super) fn use_list(path: &Path) -> Result<Vec<u32>> {
    let doing = format!("reading {}", path.display());
    let bytes = fs::read(path).map_err(|e| Error::io(&doing, e))?;
    // Only numbers count; the names in the comments may have any encoding.
    read_use_list(&String::from_utf8_lossy(&bytes)).map_err(|error| error.while_doing(doing))
}

fn text(path: &Path) -> Result<String> {
    let doing = format!("reading filter file {}", path.display());
    let mut bytes = Vec::new();
    let read = if is_standard_stream(path) {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        fs::read(path).map(|content| bytes = content)
    };
    read.map_err(|e| Error::io(&doing, e))?;
    String::from_utf8(bytes).map_err(|_| {
        Error::usage(format!("{doing}: it is not in UTF-8")).with_hint("save it as UTF-8")
    })
}
