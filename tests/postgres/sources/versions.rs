//! Archives of every version, written by hand.

use std::fs;

use dbbackup::archive::head::{encode_head, encode_toc, read_head, read_toc};
use dbbackup::archive::toc::TocEntry;
use dbbackup::model::spec::Codec;
use dbbackup::postgres::restore::list;

use super::{assert_restores, dump};
use crate::restore::kit::{folder, shop};
use crate::support::{Server, run};

#[test]
fn archives_of_every_version_are_restored_from_blocks_and_from_files() {
    let folder = folder();
    let custom = dump(folder.path(), shop(), &["-Fc", "-Z", "gzip", "--no-large-objects"]);
    let whole = fs::read(&custom).unwrap();
    let head = read_head(&mut &whole[..]).unwrap();
    let directory = folder.path().join("directory");
    run(Server::shared()
        .tool("pg_dump")
        .args(["-Fd", "-Z", "gzip", "--no-large-objects", "-f"])
        .arg(&directory)
        .arg(shop()));
    let toc = read_toc(&mut &fs::read(directory.join("toc.dat")).unwrap()[..]).unwrap();
    for minor in 12..=16 {
        let mut header = head.header.clone();
        header.version = (1, minor, 0);
        // The places move with the length of the head.
        let length = encode_head(&header, &head.entries).unwrap().len() as u64;
        let entries: Vec<TocEntry> =
            head.entries.iter().map(|entry| moved(entry, head.data_start, length)).collect();
        let mut bytes = encode_head(&header, &entries).unwrap();
        bytes.extend(&whole[usize::try_from(head.data_start).unwrap()..]);
        let path = folder.path().join("custom");
        fs::write(&path, bytes).unwrap();
        assert_without_objects(&path);
        assert_eq!(list(&path).unwrap().version, format!("1.{minor}"));

        let header =
            dbbackup::archive::toc::Header { version: (1, minor, 0), ..toc.header.clone() };
        fs::write(directory.join("toc.dat"), encode_toc(&header, &toc.entries).unwrap()).unwrap();
        assert_without_objects(&directory);
    }
    assert_eq!(head.header.codec, Codec::Gzip);
}

fn moved(entry: &TocEntry, from: u64, to: u64) -> TocEntry {
    use dbbackup::archive::toc::DataOffset;
    let offset = match entry.offset {
        DataOffset::At(at) => DataOffset::At(at - from + to),
        other => other,
    };
    TocEntry { offset, ..entry.clone() }
}

fn assert_without_objects(archive: &std::path::Path) {
    let (done, database) = super::restore_into_new(archive, 3, |_| {});
    done.assert_complete();
    let server = Server::shared();
    let text = |name: &str| server.dump_text(name, &["--no-large-objects"]);
    crate::restore::kit::assert_same_text(&text(shop()), &text(&database));
}

#[test]
fn versions_before_and_after_are_refused() {
    let folder = folder();
    let archive = dump(folder.path(), shop(), &["-Fd"]);
    let good = fs::read(archive.join("toc.dat")).unwrap();
    for (minor, word) in [(10, "older"), (17, "newer")] {
        let mut bytes = good.clone();
        bytes[6] = minor;
        fs::write(archive.join("toc.dat"), bytes).unwrap();
        let error = list(&archive).unwrap_err();
        assert!(error.to_string().contains(&format!("archive version 1.{minor} is not supported")));
        assert!(error.hint().unwrap().contains(word), "{error}");
    }
    fs::write(archive.join("toc.dat"), good).unwrap();
    assert_restores(&archive, 2);
}
