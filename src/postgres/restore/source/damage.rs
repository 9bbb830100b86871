//! Damaged archives of every layout: the error names the file, the place and the cause.

use super::tests::archives;
use super::*;

/// Bytes of the table of contents in a file of each layout: where they begin, and the file.
fn heads(folder: &Path) -> [(PathBuf, PathBuf, usize); 3] {
    let [custom, directory, tar] = archives(folder);
    let toc = directory.join("toc.dat");
    // In a tar file the first member begins behind its header.
    [(custom.clone(), custom, 0), (directory, toc, 0), (tar.clone(), tar, 512)]
}

fn opened(path: &Path) -> String {
    match Opened::open(path, &CancellationToken::new()) {
        Ok(_) => "it was opened".to_owned(),
        Err(error) => error.chain(),
    }
}

#[test]
fn an_archive_of_another_version_is_named_in_every_layout() {
    let folder = tempfile::tempdir().unwrap();
    for (archive, file, start) in heads(folder.path()) {
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[start + 6] = 99;
        std::fs::write(&file, bytes).unwrap();
        let text = opened(&archive);
        assert!(text.contains("archive version 1.99 is not supported"), "{archive:?}: {text}");
        assert!(text.contains(archive.to_str().unwrap()), "{text}");
    }
}

#[test]
fn a_wrong_length_in_the_table_of_contents_is_named_with_its_entry_in_every_layout() {
    let folder = tempfile::tempdir().unwrap();
    for (archive, file, start) in heads(folder.path()) {
        let mut bytes = std::fs::read(&file).unwrap();
        // The tag of the first entry, behind its length.
        let tag = bytes[start..].windows(2).position(|two| two == b"t1").unwrap() + start;
        assert_eq!(bytes[tag - 5..tag], [0, 2, 0, 0, 0]);
        bytes[tag - 2] = 0x7f;
        std::fs::write(&file, bytes).unwrap();
        let text = opened(&archive);
        assert!(text.contains("table of contents, entry 1 of 4"), "{archive:?}: {text}");
        assert!(text.contains(archive.to_str().unwrap()), "{text}");
    }
}

#[test]
fn a_table_of_contents_that_was_cut_is_named_with_its_place_in_every_layout() {
    let folder = tempfile::tempdir().unwrap();
    for (archive, file, start) in heads(folder.path()) {
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..start + 130]).unwrap();
        let text = opened(&archive);
        let place = ["byte 130", "ends at byte 642"].iter().any(|place| text.contains(place));
        assert!(place, "{archive:?}: {text}");
        assert!(text.contains(archive.to_str().unwrap()), "{text}");
    }
}

#[test]
fn any_flipped_bit_in_a_table_of_contents_is_an_error_or_another_text_but_no_crash() {
    let folder = tempfile::tempdir().unwrap();
    for (archive, file, start) in heads(folder.path()) {
        let good = std::fs::read(&file).unwrap();
        let head = &good[start..start + 300];
        for at in (0..head.len()).step_by(7) {
            let mut bytes = good[..(start + 2000).min(good.len())].to_vec();
            bytes[start + at] ^= 1 << (at % 8);
            std::fs::write(&file, bytes).unwrap();
            let text = opened(&archive);
            let names = text == "it was opened" || text.contains(archive.to_str().unwrap());
            assert!(names, "{archive:?}, byte {at}: {text}");
        }
    }
}

#[test]
fn a_chunk_longer_than_the_file_is_named_with_entry_and_place() {
    let folder = tempfile::tempdir().unwrap();
    let [custom, ..] = archives(folder.path());
    let source = Source::open(&custom).unwrap();
    let entry = &source.head.entries[3];
    let DataOffset::At(at) = entry.offset else { panic!("no place") };
    let mut bytes = std::fs::read(&custom).unwrap();
    // Behind the kind of the block and the entry's id: sign, then four bytes.
    let length = usize::try_from(at).unwrap() + 1 + 5 + 1;
    bytes[length + 3] = 0x7f;
    std::fs::write(&custom, bytes).unwrap();
    let error = source.rows(entry).and_then(|mut rows| {
        std::io::copy(&mut rows, &mut std::io::sink())
            .map_err(crate::archive::primitive::into_error)
    });
    let text = error.unwrap_err().chain();
    assert!(text.contains("data block of entry 4") && text.contains("byte"), "{text}");
}
