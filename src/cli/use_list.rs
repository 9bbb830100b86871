//! Reads the file that `restore single -L` names.

use std::fs;
use std::path::Path;

use crate::archive::list::read_use_list;
use crate::error::{Error, Result};

/// The dump ids, in the order of the file.
pub(super) fn read(path: &Path) -> Result<Vec<u32>> {
    let bytes = fs::read(path).map_err(|e| Error::io(format!("reading {}", path.display()), e))?;
    // Names in comments may have any encoding.
    read_use_list(&String::from_utf8_lossy(&bytes))
        .map_err(|error| error.while_doing(path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_named_in_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        fs::write(&path, b"; caf\xe9\n7; 0 0 TABLE\n").unwrap();
        assert_eq!(read(&path).unwrap(), [7]);
        fs::write(&path, "x; y\n").unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("list: line 1 of the list: 'x' is not"), "{error}");
    }
}
