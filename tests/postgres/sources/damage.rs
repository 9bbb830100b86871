//! Directory and tar archives that are damaged: errors name the file and the place.

use std::fs;
use std::path::PathBuf;

use dbbackup::postgres::restore::list;

use super::{dump, restore_into_new};
use crate::restore::kit::{folder, shop};

fn archive(format: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = folder();
    let archive = dump(folder.path(), shop(), &[format]);
    (folder, archive)
}

/// The file of the rows of a table.
fn rows_of(archive: &std::path::Path, table: &str) -> String {
    let listing = list(archive).unwrap();
    let found = listing.entries.iter().find(|e| e.desc == "TABLE DATA" && e.tag == table).unwrap();
    format!("{}.dat.gz", found.id)
}

#[test]
fn a_missing_file_is_foretold_and_named_and_the_rest_is_restored() {
    let (_folder, archive) = archive("-Fd");
    let file = rows_of(&archive, "customers");
    fs::remove_file(archive.join(&file)).unwrap();
    let (done, _) = restore_into_new(&archive, 2, |_| {});
    let reasons = done.reasons().join("\n");
    let bare = file.trim_end_matches(".gz");
    assert!(
        reasons.contains(&format!("restoring TABLE DATA shop.customers: file {bare} is missing")),
        "{reasons}"
    );
}

#[test]
fn a_truncated_file_and_a_flipped_bit_are_named_with_their_place() {
    let (_folder, archive) = archive("-Fd");
    let path = archive.join(rows_of(&archive, "orders"));
    let good = fs::read(&path).unwrap();
    let mut flipped = good.clone();
    let middle = good.len() / 2;
    flipped[middle] ^= 0x10;
    for bad in [good[..good.len() - 10].to_vec(), flipped, Vec::new()] {
        fs::write(&path, bad).unwrap();
        let (done, database) = restore_into_new(&archive, 2, |_| {});
        let reasons = done.reasons().join("\n");
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(reasons.contains(&format!("file {name}: damaged before byte")), "{reasons}");
        let rows =
            crate::support::Server::shared().psql(&database, "select count(*) from shop.orders");
        assert_eq!(rows, "0\n", "all or nothing");
    }
}

#[test]
fn a_truncated_tar_file_is_an_error_wherever_it_is_cut() {
    let (folder, archive) = archive("-Ft");
    let good = fs::read(&archive).unwrap();
    let cut = folder.path().join("cut");
    for length in [100, 600, 20_000, good.len() / 2, good.len() - 1024] {
        fs::write(&cut, &good[..length]).unwrap();
        let error = list(&cut).unwrap_err().to_string();
        assert!(
            error.contains("ends at byte") || error.contains("not an archive"),
            "{length}: {error}"
        );
    }
}

#[test]
fn a_tar_file_with_a_damaged_header_is_an_error_with_its_place() {
    let (_folder, archive) = archive("-Ft");
    let mut bytes = fs::read(&archive).unwrap();
    let members = dbbackup::archive::tar::index(std::io::Cursor::new(&bytes)).unwrap();
    let at = usize::try_from(members[3].at).unwrap() - 512;
    bytes[at + 126] ^= 1;
    fs::write(&archive, bytes).unwrap();
    let error = list(&archive).unwrap_err().to_string();
    assert!(error.contains(&format!("the tar header at byte {at} is damaged")), "{error}");
}

#[test]
fn folders_and_files_that_are_no_archives_are_named_as_what_they_are() {
    let folder = folder();
    let error = list(folder.path()).unwrap_err();
    assert!(error.to_string().contains("it has no toc.dat"), "{error}");
    let (_other, archive) = archive("-Fd");
    let error = list(&archive.join("toc.dat")).unwrap_err();
    assert!(error.to_string().contains("table of contents of a directory archive"), "{error}");
    assert_eq!(error.hint(), Some("name the folder that it is in"));
}

#[test]
fn an_archive_that_ends_early_in_a_pipe_is_an_error() {
    let folder = folder();
    let whole = dump(folder.path(), shop(), &["-Fc"]);
    let bytes = fs::read(&whole).unwrap();
    let cut = folder.path().join("cut");
    fs::write(&cut, &bytes[..bytes.len() * 2 / 3]).unwrap();
    let (pipe, mut writer) =
        super::through_pipe(folder.path(), std::process::Command::new("cat").arg(&cut));
    let (done, _) = restore_into_new(&pipe, 1, |_| {});
    let reasons = done.reasons().join("\n");
    assert!(reasons.contains("the archive ends inside"), "{reasons}");
    writer.wait().unwrap();
}
