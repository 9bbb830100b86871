//! Restores from archives of every layout, from files and through pipes; pg_dump compares.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;

use dbbackup::model::job::Level;
use dbbackup::model::spec::RestoreSpec;
use dbbackup::postgres::restore::list;

use crate::restore::kit::{Done, assert_same_text, folder, patterns, restore, shop, spec};
use crate::support::{Server, installations, run};

mod damage;
mod encodings;
mod versions;

const CODECS: [&str; 4] = ["none", "gzip", "lz4", "zstd"];

/// Dumps a database of the shared server in a layout.
fn dump(folder: &Path, database: &str, options: &[&str]) -> PathBuf {
    let path = folder.join("archive");
    run(Server::shared().tool("pg_dump").args(options).arg("-f").arg(&path).arg(database));
    path
}

fn restore_into_new(
    archive: &Path,
    jobs: usize,
    change: impl FnOnce(&mut RestoreSpec),
) -> (Done, String) {
    let server = Server::shared();
    let database = server.create_database("source");
    let mut spec = spec(server, archive, &database);
    spec.jobs = NonZeroUsize::new(jobs).unwrap();
    change(&mut spec);
    (restore(&spec), database)
}

fn assert_restores(archive: &Path, jobs: usize) -> Done {
    let (done, database) = restore_into_new(archive, jobs, |_| {});
    done.assert_complete();
    let server = Server::shared();
    assert_same_text(&server.dump_text(shop(), &[]), &server.dump_text(&database, &[]));
    done
}

/// A named pipe that a command writes to.
fn through_pipe(folder: &Path, writer: &mut Command) -> (PathBuf, std::process::Child) {
    let pipe = folder.join("pipe");
    run(Command::new("mkfifo").arg(&pipe));
    let out = pipe.clone();
    // Opening it waits for the reader: a shell does that in a process of its own.
    let mut shell = Command::new("sh");
    shell.envs(writer.get_envs().filter_map(|(key, value)| Some((key, value?))));
    shell.args(["-c", "out=$1; shift; exec \"$@\" > \"$out\"", "sh"]).arg(out);
    shell.arg(writer.get_program()).args(writer.get_args());
    let child = shell.spawn().unwrap();
    (pipe, child)
}

#[test]
fn directories_of_every_compression_restore_to_an_equal_database() {
    for codec in CODECS {
        let folder = folder();
        let archive = dump(folder.path(), shop(), &["-Fd", "-Z", codec]);
        for jobs in [1, 4] {
            let done = assert_restores(&archive, jobs);
            assert!(done.meter.rows > 28_000, "{}", done.meter.rows);
        }
    }
}

#[test]
fn a_tar_archive_restores_to_an_equal_database_on_one_connection_and_on_four() {
    let folder = folder();
    let archive = dump(folder.path(), shop(), &["-Ft"]);
    for jobs in [1, 4] {
        assert_restores(&archive, jobs);
    }
}

#[test]
fn archives_of_every_layout_by_every_pg_dump_on_this_machine_are_restored() {
    let server = Server::shared();
    let own = installations().into_iter().find(|(_, bin)| *bin == server.bin).unwrap().0;
    let mut count = 0;
    for (_, bin) in installations().iter().filter(|(major, _)| *major >= own) {
        let pg_dump = bin.join("pg_dump");
        if !pg_dump.exists() {
            continue;
        }
        for format in ["-Fd", "-Ft"] {
            let folder = folder();
            let archive = folder.path().join("archive");
            run(Command::new(&pg_dump)
                .args([format, "-d", &server.url(shop()), "-f"])
                .arg(&archive));
            assert_restores(&archive, 3);
            count += 1;
        }
    }
    assert!(count >= 4, "the server's own pg_dump and a newer one");
}

#[test]
fn every_file_of_a_directory_is_compressed_in_its_own_way() {
    let folder = folder();
    let archive = dump(folder.path(), shop(), &["-Fd", "-Z", "none"]);
    for (number, file) in fs::read_dir(&archive).unwrap().enumerate() {
        let file = file.unwrap().path();
        let plain = fs::read(&file).unwrap();
        let (ending, bytes) = match number % 3 {
            0 => ("zst", zstd::encode_all(&plain[..], 3).unwrap()),
            1 => ("gz", in_two_members(&plain)),
            _ => continue,
        };
        fs::remove_file(&file).unwrap();
        fs::write(format!("{}.{ending}", file.display()), bytes).unwrap();
    }
    assert_restores(&archive, 4);
}

fn in_two_members(plain: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let (first, second) = plain.split_at(plain.len() / 2);
    let member = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    [member(first), member(second)].concat()
}

#[test]
fn archives_through_a_pipe_are_restored_in_passing() {
    let server = Server::shared();
    for format in ["-Fc", "-Ft"] {
        for jobs in [1, 4] {
            let folder = folder();
            let (pipe, mut writer) =
                through_pipe(folder.path(), server.tool("pg_dump").args([format, shop()]));
            let done = assert_restores(&pipe, jobs);
            assert!(writer.wait().unwrap().success());
            let kept = done.messages(Level::Warning).iter().any(|m| m.contains("before its turn"));
            // In a tar file the large objects come before the list that names them.
            assert_eq!(kept, format == "-Ft", "{format}");
        }
    }
}

#[test]
fn data_that_comes_through_a_pipe_before_its_turn_is_kept() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &["-Fc"]);
    let listing = list(&archive).unwrap();
    // Rows in the reverse of their order.
    let mut ids: Vec<u32> = listing.entries.iter().map(|entry| entry.id).collect();
    let places: Vec<usize> =
        (0..ids.len()).filter(|at| listing.entries[*at].desc == "TABLE DATA").collect();
    for (a, b) in places.iter().zip(places.iter().rev()).take(places.len() / 2) {
        ids.swap(*a, *b);
    }
    let special = ["ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE"];
    ids.retain(|id| !special.contains(&listing.entry(*id).unwrap().desc.as_str()));
    let (pipe, mut writer) = through_pipe(folder.path(), Command::new("cat").arg(&archive));
    let (done, database) = restore_into_new(&pipe, 1, |spec| spec.use_list = Some(ids));
    assert!(writer.wait().unwrap().success());
    done.assert_complete();
    assert!(done.messages(Level::Warning).iter().any(|m| m.contains("before its turn")));
    assert_same_text(&server.dump_text(shop(), &[]), &server.dump_text(&database, &[]));
}

#[test]
fn the_command_line_restores_from_standard_input() {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), &["-Fc"]);
    let database = server.create_database("stdin");
    let mut command = crate::support::dbbackup(folder.path());
    command.args(["restore", "single", "-", "--url", &server.url(&database)]);
    run(command.stdin(fs::File::open(&archive).unwrap()));
    assert_same_text(&server.dump_text(shop(), &[]), &server.dump_text(&database, &[]));
}

#[test]
fn one_table_of_any_layout_is_restored_though_nothing_else_can_be_read() {
    let server = Server::shared();
    for format in ["-Fc", "-Fd", "-Ft"] {
        let folder = folder();
        let archive = dump(folder.path(), shop(), &[format]);
        spoil_all_but(&archive, "customers");
        let (done, database) = restore_into_new(&archive, 2, |spec| {
            spec.whole_tables = patterns(&["shop.customers"]);
        });
        done.assert_complete();
        let count = "select count(*), sum(id) from shop.customers";
        assert_eq!(server.psql(&database, count), server.psql(shop(), count), "{format}");
    }
}

/// Destroys the rows of every table but one.
fn spoil_all_but(archive: &Path, table: &str) {
    let listing = list(archive).unwrap();
    let others = listing.entries.iter().filter(|e| e.desc == "TABLE DATA" && e.tag != table);
    if archive.is_dir() {
        for entry in others {
            fs::remove_file(archive.join(format!("{}.dat.gz", entry.id))).unwrap();
        }
        return;
    }
    let bytes = fs::read(archive).unwrap();
    let ids: Vec<u32> = others.map(|entry| entry.id).collect();
    let spoilt = if bytes.starts_with(b"PGDMP") {
        spoil_blocks(bytes, &ids)
    } else {
        spoil_members(bytes, &ids)
    };
    fs::write(archive, spoilt).unwrap();
}

fn spoil_blocks(mut bytes: Vec<u8>, ids: &[u32]) -> Vec<u8> {
    use dbbackup::archive::head::read_head;
    use dbbackup::archive::toc::DataOffset;
    let head = read_head(&mut &bytes[..]).unwrap();
    for entry in head.entries.iter().filter(|entry| ids.contains(&entry.id)) {
        let DataOffset::At(at) = entry.offset else { panic!("no place") };
        let at = usize::try_from(at).unwrap();
        // The block's kind is impossible.
        bytes[at] = 0xff;
    }
    bytes
}

fn spoil_members(mut bytes: Vec<u8>, ids: &[u32]) -> Vec<u8> {
    let members = dbbackup::archive::tar::index(std::io::Cursor::new(&bytes)).unwrap();
    for member in members {
        if ids.iter().any(|id| member.name == format!("{id}.dat")) {
            let start = usize::try_from(member.at).unwrap();
            let end = start + usize::try_from(member.size).unwrap();
            bytes[start..end].fill(0);
        }
    }
    bytes
}

#[test]
fn the_list_tells_layout_and_sizes_of_every_layout() {
    let (shop, mut sizes) = (shop(), Vec::new());
    for (format, word) in [("-Fc", "custom"), ("-Fd", "directory"), ("-Ft", "tar")] {
        let folder = folder();
        let archive = dump(folder.path(), shop, &[format, "-Z0"]);
        let listing = list(&archive).unwrap();
        assert_eq!((listing.format.word(), listing.encoding.as_str()), (word, "UTF8"));
        let rows = listing.entries.iter().filter(|entry| entry.desc == "TABLE DATA");
        sizes.push(rows.filter_map(|entry| entry.data_bytes).sum::<u64>());
        assert!(listing.bytes > sizes[sizes.len() - 1]);
    }
    assert_eq!(sizes[1], sizes[2], "the same bytes in files and in members");
    assert!(sizes[0] > sizes[1], "blocks have lengths of their own");
}
