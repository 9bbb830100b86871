//! Reads the list that `restore single -L` takes: one entry a line, its dump id before the first
//! semicolon; everything after a semicolon is a comment.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use crate::error::{Error, Result};

/// A list as read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct UseList {
    /// The dump ids, in the order of the file.
    pub(super) ids: Vec<u32>,
    /// Lines that say nothing usable, or what an earlier line said.
    pub(super) warnings: Vec<String>,
}

/// Reads a list file.
pub(super) fn read(path: &Path) -> Result<UseList> {
    let bytes = fs::read(path).map_err(|e| Error::io(format!("reading {}", path.display()), e))?;
    // Names in comments may have any encoding.
    Ok(parse(&String::from_utf8_lossy(&bytes)))
}

fn parse(text: &str) -> UseList {
    let mut list = UseList::default();
    let mut seen = HashSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        let content = line.split(';').next().unwrap_or_default().trim();
        if content.is_empty() {
            continue;
        }
        let id = content.split_whitespace().next().and_then(|word| word.parse().ok());
        match id {
            None => list.warnings.push(format!("line {number} of the list is ignored: {content}")),
            Some(id) if !seen.insert(id) => {
                list.warnings.push(format!("line {number} of the list repeats entry {id}"));
            }
            Some(id) => list.ids.push(id),
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_in_the_order_of_the_file_and_comments_do_not_count() {
        let list = parse(";\n; Archive\n10; 0 0 TABLE public b x\n;3; off\n\n2 ; x\r\n");
        assert_eq!(list, UseList { ids: vec![10, 2], warnings: vec![] });
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let list = parse("x; y\n7; a\n7; b\n");
        assert_eq!(list.ids, [7]);
        assert_eq!(list.warnings.len(), 2);
        assert!(list.warnings[0].contains("line 1") && list.warnings[1].contains("entry 7"));
    }
}
