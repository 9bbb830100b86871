//! Names of files after names of databases.

use std::collections::HashSet;

use crate::model::spec::ArchiveFormat;

/// The archive's name in the folder of databases: the database's own, with every byte that a file's
/// name should not have written as `%XX`. Different databases get different names, also where a
/// file system knows no capitals.
pub(super) fn archive_names<'a>(
    databases: impl IntoIterator<Item = &'a str>,
    format: ArchiveFormat,
) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |database: &str| {
        let safe = safe(database);
        let mut name = safe.clone();
        let mut number = 1;
        while !taken.insert(name.to_lowercase()) {
            number += 1;
            name = format!("{safe}%{number}");
        }
        match format {
            ArchiveFormat::Directory => name,
            _ => name + ".dump",
        }
    };
    databases.into_iter().map(name).collect()
}

fn safe(name: &str) -> String {
    let mut text = String::new();
    for (at, byte) in name.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || byte == b'_';
        if plain || (at > 0 && matches!(byte, b'-' | b'.')) {
            text.push(char::from(byte));
        } else {
            push!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_database_has_a_file_of_its_own_that_no_shell_minds() {
        let databases = ["shop", "a/b", "..", "-x", "Öl", "Shop", "a b%", "sh.op-1"];
        assert_eq!(
            archive_names(databases, ArchiveFormat::Custom),
            [
                "shop.dump",
                "a%2Fb.dump",
                "%2E..dump",
                "%2Dx.dump",
                "%C3%96l.dump",
                "Shop%2.dump",
                "a%20b%25.dump",
                "sh.op-1.dump"
            ]
        );
        assert_eq!(archive_names(["shop"], ArchiveFormat::Directory), ["shop"]);
    }
}
