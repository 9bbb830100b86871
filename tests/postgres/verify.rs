//! Verification: sound backups of every layout are proved, every kind of damage is named by its file
//! and its place, and a restore into a scratch database leaves nothing behind.

use std::fs;
use std::path::{Path, PathBuf};

use dbbackup::config::Config;
use dbbackup::model::conn::Target;
use dbbackup::model::job::{JobEvent, Outcome};
use dbbackup::model::manifest::{Manifest, beside};
use dbbackup::model::pattern::Pattern;
use dbbackup::model::secret::Secret;
use dbbackup::model::size::RateLimit;
use dbbackup::model::spec::{
    ArchiveFormat, BackupSpec, ClusterBackupSpec, DumpOptions, Parts, RowFormat, Section,
    Selection, VerifySpec,
};
use dbbackup::model::verify::VerifyReport;
use dbbackup::postgres::backup::Tuning;
use dbbackup::postgres::{cluster, verify};

use crate::backup::{complete, names_in, newest, shop, spec};
use crate::job::{Done, run_watched};
use crate::proof::manifest_of;
use crate::support::{Server, run};

/// Verifies a backup; the report is there unless there was nothing to verify.
fn verified(spec: &VerifySpec) -> (Done, Option<VerifyReport>) {
    let spec = spec.clone();
    let done = run_watched(
        RateLimit(None),
        |_, _| {},
        move |work| async move { verify::run(&spec, &Config::default(), &work).await },
    );
    let report = done.events.iter().find_map(|event| match event {
        JobEvent::Verified { report } => Some((**report).clone()),
        _ => None,
    });
    (done, report)
}

fn four(backup: &Path) -> VerifySpec {
    VerifySpec { jobs: std::num::NonZeroUsize::new(4).unwrap(), ..VerifySpec::new(backup) }
}

fn report(backup: &Path) -> VerifyReport {
    let (done, report) = verified(&four(backup));
    report.unwrap_or_else(|| panic!("no report: {:?}", done.result))
}

fn assert_sound(backup: &Path, manifest: bool) -> VerifyReport {
    let (done, report) = verified(&four(backup));
    let report = report.unwrap_or_else(|| panic!("no report: {:?}", done.result));
    assert_eq!(done.result.unwrap(), Outcome::Complete, "{:#?}", report.findings);
    assert_eq!(report.manifest, manifest);
    report
}

/// All that is wrong, one on a line.
fn findings(backup: &Path) -> String {
    let lines: Vec<String> = report(backup).findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

async fn back_up(
    server: &Server,
    database: &str,
    output: &Path,
    format: ArchiveFormat,
    codec: &str,
) {
    let compression = codec.parse().unwrap();
    let spec = BackupSpec { format, compression, ..spec(server, database, output) };
    complete(&spec, &Tuning::default()).await;
}

const KINDS: [(ArchiveFormat, &str); 9] = [
    (ArchiveFormat::Custom, "none"),
    (ArchiveFormat::Custom, "gzip:1"),
    (ArchiveFormat::Custom, "lz4"),
    (ArchiveFormat::Custom, "zstd:1"),
    (ArchiveFormat::Directory, "gzip:1"),
    (ArchiveFormat::Directory, "zstd:1"),
    (ArchiveFormat::Tar, "none"),
    (ArchiveFormat::Plain, "none"),
    (ArchiveFormat::Plain, "zstd:1"),
];

#[test]
fn sound_backups_of_every_layout_are_proved_with_and_without_a_manifest() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = newest();
    let database = shop(server);
    let folder = tempfile::tempdir().unwrap();
    for (format, codec) in KINDS {
        let output = folder.path().join(format!("{format:?}-{codec}"));
        runtime.block_on(back_up(server, &database, &output, format, codec));
        let manifest = manifest_of(&output);
        let with = assert_sound(&output, true);
        assert_eq!(with.rows, manifest.rows() - large_objects(&manifest, format), "{format:?}");
        assert!(with.files > 0 && with.bytes >= manifest.bytes() && with.compared > 3);
        let there = output.join("manifest.json");
        fs::remove_file(if output.is_dir() { there } else { beside(&output) }).unwrap();
        let without = assert_sound(&output, false);
        assert_eq!((without.rows, without.compared), (with.rows, 0));
        assert!(without.notes[0].starts_with("there is no manifest"), "{:?}", without.notes);
    }
}

/// A script's are statements, and not counted.
fn large_objects(manifest: &Manifest, format: ArchiveFormat) -> u64 {
    use dbbackup::model::manifest::DataKind;
    let objects = manifest.objects.iter().filter(|one| one.kind == DataKind::LargeObjects);
    if format == ArchiveFormat::Plain { objects.map(|one| one.rows).sum() } else { 0 }
}

#[test]
fn archives_of_the_stock_tool_are_verified_by_themselves() {
    let server = newest();
    let database = shop(server);
    let folder = tempfile::tempdir().unwrap();
    for format in ["custom", "directory", "tar", "plain"] {
        let output = folder.path().join(format);
        let dump = &mut server.tool("pg_dump");
        run(dump.arg("-F").arg(format).arg("-d").arg(&database).arg("-f").arg(&output));
        assert!(assert_sound(&output, false).objects > 3, "{format}");
    }
}

#[test]
fn rows_as_inserts_are_read_and_said_not_to_be_compared() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = newest();
    let database = shop(server);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("a.dump");
    let rows = RowFormat::Inserts {
        rows_per_insert: std::num::NonZeroU32::MIN,
        column_names: true,
        on_conflict_do_nothing: false,
    };
    let options = DumpOptions { rows, ..DumpOptions::default() };
    let spec = BackupSpec { options, ..spec(server, &database, &output) };
    runtime.block_on(complete(&spec, &Tuning::default()));
    let report = assert_sound(&output, true);
    assert!(report.notes.iter().any(|note| note.contains("INSERT")), "{:?}", report.notes);
}

/// A small database whose archive has known tables.
const TABLES: &str = "
    create table first (id int primary key, word text);
    insert into first select i, md5(i::text) from generate_series(1, 3000) i;
    create table second (id int primary key, word text);
    insert into second select i, md5((i * 7)::text) from generate_series(1, 2000) i;
    select lo_from_bytea(5001, 'one large object'), lo_from_bytea(5002, 'another');";

/// A backup that may be damaged, in a folder of its own.
struct Patient {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Patient {
    fn copy_of(original: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(original.file_name().unwrap());
        if original.is_dir() {
            fs::create_dir(&path).unwrap();
            for name in names_in(original) {
                fs::copy(original.join(&name), path.join(&name)).unwrap();
            }
        } else {
            fs::copy(original, &path).unwrap();
            fs::copy(beside(original), beside(&path)).unwrap();
        }
        Self { _folder: folder, path }
    }

    fn edit(&self, file: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = if file.is_empty() { self.path.clone() } else { self.path.join(file) };
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
    }

    fn edit_manifest(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let there = self.path.join("manifest.json");
        let path = if self.path.is_dir() { there } else { beside(&self.path) };
        let mut value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut value);
        fs::write(&path, value.to_string()).unwrap();
    }
}

struct Ward {
    folder: tempfile::TempDir,
}

impl Ward {
    fn open() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = newest();
        let database = server.create_database("damage");
        server.psql(&database, TABLES);
        let folder = tempfile::tempdir().unwrap();
        for (format, codec) in KINDS {
            let output = folder.path().join(Self::name(format, codec));
            runtime.block_on(back_up(server, &database, &output, format, codec));
        }
        server.psql(&database, "update first set word = 'other'; create table third (i int)");
        let other = folder.path().join("other");
        runtime.block_on(back_up(server, &database, &other, ArchiveFormat::Custom, "gzip:1"));
        Self { folder }
    }

    fn name(format: ArchiveFormat, codec: &str) -> String {
        format!("{}-{}", format.word(), codec.split(':').next().unwrap())
    }

    fn patient(&self, name: &str) -> Patient {
        Patient::copy_of(&self.folder.path().join(name))
    }
}

/// Where the data of a table begins in a custom archive, by its manifest's sizes: behind the head.
fn head_end(patient: &Patient) -> usize {
    let head = manifest_of(&patient.path).files[0].stretches[0].bytes;
    usize::try_from(head).unwrap()
}

/// Kind of damage, the backup, how it is done to it, and what must be said of it.
type Damage = (&'static str, &'static str, fn(&Patient), &'static [&'static str]);

const CATALOGUE: &[Damage] = &[
    (
        "truncated in the head",
        "custom-gzip",
        |p| p.edit("", |b| b.truncate(60)),
        &["custom-gzip, byte 60", "the file has 60 bytes"],
    ),
    (
        "truncated in the table of contents",
        "custom-zstd",
        |p| {
            let end = head_end(p);
            p.edit("", |b| b.truncate(end / 2));
        },
        &["custom-zstd, byte ", "table of contents"],
    ),
    (
        "truncated in a block",
        "custom-lz4",
        |p| p.edit("", |b| b.truncate(b.len() * 2 / 3)),
        &["custom-lz4, byte ", "the file has ", "public."],
    ),
    (
        "truncated at its end",
        "custom-none",
        |p| p.edit("", |b| b.truncate(b.len() - 1)),
        &["custom-none, byte "],
    ),
    (
        "flipped bit in the header",
        "custom-gzip",
        |p| p.edit("", |b| b[14] ^= 1),
        &["custom-gzip, byte 0: bytes 0 to "],
    ),
    (
        "flipped bit in the table of contents",
        "custom-none",
        |p| {
            let end = head_end(p);
            p.edit("", |b| b[end - 40] ^= 4);
        },
        &["custom-none, byte 0: bytes 0 to "],
    ),
    (
        "flipped bit in stored rows",
        "custom-none",
        |p| {
            let end = head_end(p);
            p.edit("", |b| b[end + 500] ^= 1);
        },
        &["custom-none, byte ", "are not those that were written", "rows with hash"],
    ),
    (
        "flipped bit in gzip",
        "custom-gzip",
        |p| {
            let end = head_end(p);
            p.edit("", |b| b[end + 500] ^= 1);
        },
        &["custom-gzip, byte ", "are not those that were written", "damaged before byte"],
    ),
    (
        "flipped bit in lz4",
        "custom-lz4",
        |p| {
            let end = head_end(p);
            p.edit("", |b| b[end + 500] ^= 1);
        },
        &["custom-lz4, byte ", "are not those that were written", "public."],
    ),
    (
        "flipped bit in zstd",
        "custom-zstd",
        |p| {
            let end = head_end(p);
            p.edit("", |b| b[end + 500] ^= 1);
        },
        &["custom-zstd, byte ", "are not those that were written", "public."],
    ),
    (
        "wrong length of a chunk",
        "custom-gzip",
        |p| {
            // The block of a table: its kind, its entry's number, and the first length.
            let objects = manifest_of(&p.path).objects;
            let id = objects.iter().find(|one| one.name == "first").unwrap().entry.unwrap();
            let start = [&[1, 0][..], &id.to_le_bytes()].concat();
            let end = head_end(p);
            p.edit("", |b| {
                let at = end + position(&b[end..], &start);
                b[at + 9] = 0x7f;
            });
        },
        &["custom-gzip, byte ", "data block of entry "],
    ),
    (
        "other version",
        "custom-gzip",
        |p| p.edit("", |b| b[6] = 99),
        &["archive version 1.99 is not supported"],
    ),
    (
        "zeroed page",
        "custom-zstd",
        |p| {
            let end = head_end(p);
            p.edit("", |b| b[end + 64..end + 4160].fill(0));
        },
        &["custom-zstd, byte ", "public."],
    ),
    (
        "appended garbage",
        "custom-gzip",
        |p| p.edit("", |b| b.extend(b"garbage")),
        &["custom-gzip, byte ", "the file has ", "block's kind"],
    ),
    (
        "missing file",
        "directory-gzip",
        |p| fs::remove_file(p.path.join(data_file(p, "first"))).unwrap(),
        &[".dat.gz: the file is missing", "public.first: file "],
    ),
    (
        "swapped files",
        "directory-zstd",
        |p| {
            let (a, b) = (p.path.join(data_file(p, "first")), p.path.join(data_file(p, "second")));
            let aside = p.path.join("aside");
            fs::rename(&a, &aside).unwrap();
            fs::rename(&b, &a).unwrap();
            fs::rename(&aside, &b).unwrap();
        },
        &[
            "public.first: 2000 rows, and the manifest says 3000",
            "public.second: 3000 rows, and the manifest says 2000",
        ],
    ),
    (
        "extra file",
        "directory-gzip",
        |p| fs::write(p.path.join("9999.dat.gz"), "x").unwrap(),
        &["9999.dat.gz: the file is no part of the backup"],
    ),
    (
        "truncated table of contents",
        "directory-zstd",
        |p| p.edit("toc.dat", |b| b.truncate(200)),
        &["toc.dat, byte 200: the file has 200 bytes", "toc.dat, byte "],
    ),
    (
        "flipped bit in a file",
        "directory-gzip",
        |p| {
            let name = data_file(p, "first");
            p.edit(&name, |b| b[200] ^= 8);
        },
        &[".dat.gz, byte 0: bytes 0 to ", "public.first: "],
    ),
    (
        "flipped bit in a large object",
        "directory-zstd",
        |p| {
            p.edit("blob_5001.dat.zst", |b| {
                let at = b.len() / 2;
                b[at] ^= 8;
            });
        },
        &["blob_5001.dat.zst, byte 0: bytes 0 to ", "large objects"],
    ),
    (
        "changed row count in the manifest",
        "custom-gzip",
        |p| p.edit_manifest(|m| m["objects"][0]["rows"] = 1.into()),
        &["3000 rows, and the manifest says 1"],
    ),
    (
        "changed hash in the manifest",
        "tar-none",
        |p| {
            p.edit_manifest(|m| {
                m["objects"][0]["hash"] = format!("xxh3-128-sum:{}", "0".repeat(32)).into();
            });
        },
        &["tar-none, byte ", "3000 rows with hash "],
    ),
    (
        "damaged manifest",
        "custom-gzip",
        |p| {
            let at = beside(&p.path);
            let text = fs::read(&at).unwrap();
            fs::write(&at, &text[..text.len() / 2]).unwrap();
        },
        &["custom-gzip.manifest.json, byte ", "the manifest cannot be used: it is damaged"],
    ),
    (
        "flipped bit in a member",
        "tar-none",
        |p| {
            p.edit("", |b| {
                let at = position(b, b"2999\t");
                b[at + 8] ^= 1;
            });
        },
        &["tar-none, byte ", "public.first: 3000 rows with hash"],
    ),
    (
        "flipped bit in a member's header",
        "tar-none",
        |p| {
            p.edit("", |b| {
                let at = 1000 + position(&b[1000..], b"ustar\0");
                b[at - 127] ^= 1;
            });
        },
        &["tar-none, byte ", "tar header at byte"],
    ),
    (
        "garbage behind a tar file",
        "tar-none",
        |p| p.edit("", |b| b.extend(b"garbage")),
        &["something follows the end of the tar file"],
    ),
    (
        "script cut between statements",
        "plain-none",
        |p| {
            p.edit("", |b| {
                let at = position(b, b"-- PostgreSQL database dump complete");
                b.truncate(at - 3);
            });
        },
        &["plain-none, byte ", r"ends without \unrestrict"],
    ),
    (
        "script cut within rows",
        "plain-none",
        |p| {
            p.edit("", |b| {
                let at = position(b, b"1500\t");
                b.truncate(at);
            });
        },
        &["plain-none, byte ", "ends within rows"],
    ),
    (
        "changed row in a script",
        "plain-none",
        |p| {
            p.edit("", |b| {
                let at = position(b, b"1500\t");
                b[at + 7] ^= 1;
            });
        },
        &["plain-none, byte ", "public.", "rows with hash"],
    ),
    (
        "row taken out of a script",
        "plain-none",
        |p| {
            p.edit("", |b| {
                let at = position(b, b"\n2500\t");
                b.drain(at..at + 38);
            });
        },
        &["plain-none, byte ", "public.first: 2999 rows, and the manifest says 3000"],
    ),
    (
        "flipped bit in a compressed script",
        "plain-zstd",
        |p| {
            p.edit("", |b| {
                let at = b.len() / 2;
                b[at] ^= 8;
            });
        },
        &["plain-zstd, byte "],
    ),
];

fn position(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).position(|window| window == what).unwrap()
}

/// The file of a table's rows.
fn data_file(patient: &Patient, table: &str) -> String {
    let manifest = manifest_of(&patient.path);
    let entry = manifest.objects.iter().find(|one| one.name == table).unwrap().entry.unwrap();
    let file = manifest.files.iter().find(|file| file.name.starts_with(&format!("{entry}.dat")));
    file.unwrap().name.clone()
}

#[test]
fn every_damage_of_the_catalogue_is_named_by_file_and_place() {
    let ward = Ward::open();
    for (format, codec) in KINDS {
        assert_sound(&ward.patient(&Ward::name(format, codec)).path, true);
    }
    let mut wrong = Vec::new();
    for (kind, name, damage, expected) in CATALOGUE {
        let patient = ward.patient(name);
        damage(&patient);
        let (done, report) = verified(&four(&patient.path));
        let said: Vec<String> = report
            .iter()
            .flat_map(|report| report.findings.iter().map(ToString::to_string))
            .collect();
        let said = said.join("\n");
        let damaged = matches!(&done.result, Ok(outcome) if outcome.exit_code() == 4);
        let lacks: Vec<_> = expected.iter().filter(|text| !said.contains(**text)).collect();
        if !damaged || !lacks.is_empty() {
            let result = done.result.map_err(|error| error.chain());
            wrong.push(format!("{kind}: {result:?}, not said: {lacks:?}\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_manifest_of_another_archive_is_recognised_and_the_archive_read_by_itself() {
    let ward = Ward::open();
    let patient = ward.patient("custom-gzip");
    fs::copy(beside(&ward.folder.path().join("other")), beside(&patient.path)).unwrap();
    let report = report(&patient.path);
    let said: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said[0].contains("the manifest is of another backup of damage"), "{said:?}");
    assert!(!report.manifest && report.objects >= 3);
}

#[test]
fn all_damage_is_listed_not_only_the_first() {
    let ward = Ward::open();
    let patient = ward.patient("directory-gzip");
    for table in ["first", "second"] {
        let name = data_file(&patient, table);
        patient.edit(&name, |bytes| bytes[150] ^= 2);
    }
    fs::remove_file(patient.path.join("blob_5002.dat.gz")).unwrap();
    fs::write(patient.path.join("note.txt"), "x").unwrap();
    let said = findings(&patient.path);
    for text in
        ["public.first", "public.second", "blob_5002.dat.gz: the file is missing", "note.txt"]
    {
        assert!(said.contains(text), "{text}: {said}");
    }
}

#[test]
fn what_is_no_backup_and_a_newer_manifest_are_errors_not_damage() {
    let ward = Ward::open();
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.txt");
    fs::write(&notes, "dear diary\n").unwrap();
    for path in [notes, folder.path().join("nothing")] {
        let (done, report) = verified(&four(&path));
        assert!(report.is_none() && done.result.is_err(), "{path:?}");
    }
    let patient = ward.patient("custom-gzip");
    patient.edit_manifest(|manifest| manifest["version"] = 7.into());
    let (done, _) = verified(&four(&patient.path));
    let error = done.result.unwrap_err();
    assert!(error.to_string().contains("layout 7"), "{error}");
}

#[test]
fn the_backup_of_a_cluster_is_verified_with_all_its_archives() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = newest();
    let database = server.create_database("cluster_damage");
    server.psql(&database, TABLES);
    for format in [ArchiveFormat::Custom, ArchiveFormat::Directory] {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("c");
        let url = Some(Secret::new(server.url("postgres")));
        let target = Target { url, ..Target::default() };
        let pattern = Pattern::new(database.clone());
        let wish = ClusterBackupSpec {
            format,
            databases: vec![pattern],
            ..ClusterBackupSpec::new(target, &output)
        };
        let desk = crate::backup::Desk::new();
        let made = runtime.block_on(cluster::backup(&wish, &Config::default(), &desk.work));
        assert_eq!(made.unwrap(), Outcome::Complete);
        let manifest = manifest_of(&output);
        assert_eq!(manifest.objects[0].database.as_deref(), Some(database.as_str()));
        let report = assert_sound(&output, true);
        assert!(report.rows >= 5000 && report.compared >= 3, "{report:#?}");
        let globals = output.join("globals.sql");
        let mut text = fs::read(&globals).unwrap();
        text[5] ^= 1;
        fs::write(&globals, text).unwrap();
        let archive = manifest.files.iter().max_by_key(|file| file.bytes).unwrap();
        let mut bytes = fs::read(output.join(&archive.name)).unwrap();
        let at = bytes.len() - 900;
        bytes[at] ^= 1;
        fs::write(output.join(&archive.name), bytes).unwrap();
        let said = findings(&output);
        assert!(said.contains("globals.sql, byte 0: "), "{said}");
        assert!(said.contains(&format!("{}, byte ", archive.name)), "{said}");
    }
}

fn restoring(server: &Server, backup: &Path) -> VerifySpec {
    let url = Some(Secret::new(server.url("postgres")));
    VerifySpec { target: Target { url, ..Target::default() }, restore: true, ..four(backup) }
}

fn scratch_databases(server: &Server) -> String {
    server
        .psql("postgres", "select datname from pg_database where datname like 'dbbackup_verify_%'")
}

#[test]
fn a_restore_into_a_scratch_database_proves_the_backup_and_leaves_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = Server::start(&crate::support::ServerOptions {
        bin: Some(newest().bin.clone()),
        ..crate::support::ServerOptions::default()
    });
    let database = shop(&server);
    let folder = tempfile::tempdir().unwrap();
    for (format, codec) in [KINDS[3], KINDS[4], KINDS[6], KINDS[7]] {
        let output = folder.path().join(format.word());
        runtime.block_on(back_up(&server, &database, &output, format, codec));
        let (done, report) = verified(&restoring(&server, &output));
        let report = report.unwrap_or_else(|| panic!("{format:?}: {:?}", done.result));
        assert_eq!(done.result.unwrap(), Outcome::Complete, "{format:?} {:#?}", report.findings);
        let proof = report.restored.unwrap();
        assert_eq!(proof.rows, manifest_of(&output).rows());
        assert!(proof.constraints > 0 && proof.definitions > 5);
        assert_eq!(scratch_databases(&server), "");
    }
    let output = folder.path().join("custom");
    // A cancel in the midst of it drops the database too.
    let spec = restoring(&server, &output);
    let cancelled = run_watched(
        RateLimit(None),
        |event, work| {
            if let JobEvent::Message { text, .. } = event
                && text.starts_with("restoring into scratch database")
            {
                work.cancel.cancel();
            }
        },
        move |work| async move { verify::run(&spec, &Config::default(), &work).await },
    );
    assert!(matches!(cancelled.result, Ok(Outcome::Cancelled { .. })), "{:?}", cancelled.result);
    assert_eq!(scratch_databases(&server), "");
}

#[test]
fn rows_of_foreign_tables_are_never_restored_for_a_proof() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = newest();
    let database = crate::rows::foreign::foreign(server);
    // Rows with it could not be loaded; without it they would be, into the source.
    server.psql(&database, "alter foreign table far drop column twice");
    let folder = tempfile::tempdir().unwrap();
    let selection = Selection { foreign_data: vec![Pattern::new("lo*")], ..Selection::default() };
    let back_up = |format| {
        let output = folder.path().join(format!("{format:?}"));
        let selection = selection.clone();
        let wish = BackupSpec { format, selection, ..spec(server, &database, &output) };
        runtime.block_on(complete(&wish, &Tuning::default()));
        output
    };
    let (archive, script) = (back_up(ArchiveFormat::Custom), back_up(ArchiveFormat::Plain));
    let (done, report) = verified(&restoring(server, &archive));
    assert_eq!(server.psql(&database, "select count(*) from source"), "50\n");
    let report = report.unwrap_or_else(|| panic!("no report: {:?}", done.result));
    assert_eq!(done.result.unwrap(), Outcome::Complete, "{:#?}", report.findings);
    assert!(report.restored.is_some());
    let noted =
        |note: &String| note.contains("foreign table public.far were read, and not restored");
    assert!(report.notes.iter().any(noted), "{:?}", report.notes);
    // A script runs whole.
    let (done, _) = verified(&restoring(server, &script));
    assert_eq!(server.psql(&database, "select count(*) from source"), "50\n");
    let error = done.result.unwrap_err();
    assert!(error.to_string().contains("rows of the foreign table public.far"), "{error}");
}

#[test]
fn an_incomplete_backup_is_never_called_sound() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = newest();
    let database = crate::rows::foreign::foreign(server);
    let folder = tempfile::tempdir().unwrap();
    let selection = Selection { foreign_data: vec![Pattern::new("*")], ..Selection::default() };
    for format in [ArchiveFormat::Custom, ArchiveFormat::Directory, ArchiveFormat::Plain] {
        let output = folder.path().join(format.word());
        let selection = selection.clone();
        let wish = BackupSpec { format, selection, ..spec(server, &database, &output) };
        let made = runtime.block_on(crate::backup::back_up(&wish, &Tuning::default())).unwrap();
        let Outcome::Incomplete { reasons } = made else { panic!("{made:?}") };
        let (done, report) = verified(&four(&output));
        assert_eq!(done.reasons(), reasons, "{format:?}");
        let report = report.unwrap();
        assert!(report.findings.is_empty(), "{:#?}", report.findings);
        assert!(report.summary().starts_with("incomplete: 1 missing"), "{}", report.summary());
    }
}

#[test]
fn what_the_catalogue_of_a_cluster_misses_is_missing_with_and_without_its_manifest() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = newest();
    let database = crate::rows::foreign::foreign(server);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("c");
    let url = Some(Secret::new(server.url("postgres")));
    let wish = ClusterBackupSpec {
        databases: vec![Pattern::new(database)],
        ..ClusterBackupSpec::new(Target { url, ..Target::default() }, &output)
    };
    let desk = crate::backup::Desk::new();
    let made = runtime.block_on(cluster::backup(&wish, &Config::default(), &desk.work));
    assert_eq!(made.unwrap(), Outcome::Complete);
    fs::remove_file(output.join("manifest.json")).unwrap();
    let catalogue = output.join("cluster.json");
    let mut value: serde_json::Value =
        serde_json::from_slice(&fs::read(&catalogue).unwrap()).unwrap();
    value["missing"] = serde_json::json!(["database lost is not in the backup: it was closed"]);
    fs::write(&catalogue, value.to_string()).unwrap();
    let (done, _) = verified(&four(&output));
    assert_eq!(done.reasons(), ["database lost is not in the backup: it was closed"]);
}

/// Verifies with a restore, which must find nothing wrong.
fn assert_proved(server: &Server, backup: &Path) -> VerifyReport {
    let (done, report) = verified(&restoring(server, backup));
    let report = report.unwrap_or_else(|| panic!("no report: {:?}", done.result));
    let name = backup.display();
    assert_eq!(done.result.unwrap(), Outcome::Complete, "{name} {:#?}", report.findings);
    assert!(report.restored.is_some(), "{name} {:?}", report.notes);
    report
}

const OWNED: &str = "
    create table held (id serial primary key, word text);
    insert into held (word) values ('a'), ('b');
    select lo_from_bytea(7001, 'one'), lo_from_bytea(7002, 'two'), lo_from_bytea(7003, 'three');
    do $$ begin create role of_objects; exception when duplicate_object then null; end $$;
    alter large object 7002 owner to of_objects;
    grant select on large object 7003 to of_objects;";

#[test]
fn a_restore_is_read_as_the_backup_was_asked_for() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = newest();
    let database = server.create_database("owned");
    server.psql(&database, OWNED);
    let folder = tempfile::tempdir().unwrap();
    let wish = |name: &str| spec(server, &database, &folder.path().join(name));
    let with_version =
        |minor| DumpOptions { archive_version: Some(minor), ..DumpOptions::default() };
    let schema_only = Parts { schema_only: true, ..Parts::default() };
    let without_rows = Parts { sections: vec![Section::PreData], ..Parts::default() };
    let wishes = [
        wish("default"),
        BackupSpec { options: with_version(14), ..wish("v14") },
        BackupSpec { options: with_version(16), ..wish("v16") },
        BackupSpec { parts: schema_only, ..wish("schema") },
        BackupSpec { parts: without_rows, ..wish("section") },
        BackupSpec { format: ArchiveFormat::Plain, ..wish("plain") },
    ];
    for wish in &wishes {
        runtime.block_on(complete(wish, &Tuning::default()));
        let report = assert_proved(server, &wish.output);
        let rows = manifest_of(&wish.output).rows();
        assert_eq!(report.restored.unwrap().rows, rows, "{:?}", wish.output);
    }
    // One whose large object differs is found.
    let sound = wishes[5].output.clone();
    let patient = Patient::copy_of(&sound);
    patient.edit_manifest(|manifest| {
        let objects = manifest["objects"].as_array_mut().unwrap();
        let group = objects.iter_mut().find(|one| one["kind"] == "large-objects").unwrap();
        group["hash"] = format!("xxh3-128-sum:{}", "1".repeat(32)).into();
    });
    let (done, report) = verified(&restoring(server, &patient.path));
    assert_eq!(done.result.unwrap().exit_code(), 4);
    let report = report.unwrap();
    let found = report.findings[0].to_string();
    assert!(found.contains("large objects: restored") && report.restored.is_some(), "{found}");
}

#[test]
fn a_backup_without_definitions_is_refused_for_a_restore() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = newest();
    let database = server.create_database("data_only");
    server.psql(&database, TABLES);
    let folder = tempfile::tempdir().unwrap();
    for format in [ArchiveFormat::Custom, ArchiveFormat::Plain] {
        let output = folder.path().join(format.word());
        let parts = Parts { data_only: true, ..Parts::default() };
        let wish = BackupSpec { format, parts, ..spec(server, &database, &output) };
        runtime.block_on(complete(&wish, &Tuning::default()));
        for _ in 0..2 {
            let (done, _) = verified(&restoring(server, &output));
            let error = done.result.unwrap_err();
            assert!(error.to_string().contains("has no definitions"), "{error}");
            let _ = fs::remove_file(beside(&output));
        }
    }
}

#[test]
fn a_restored_database_is_measured_by_the_manifest() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = newest();
    let database = server.create_database("measured");
    server.psql(&database, TABLES);
    server.psql(&database, "create index on first (word)");
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    runtime.block_on(back_up(server, &database, &plain, ArchiveFormat::Plain, "none"));
    let inserts = folder.path().join("inserts");
    let rows = RowFormat::Inserts {
        rows_per_insert: std::num::NonZeroU32::new(100).unwrap(),
        column_names: false,
        on_conflict_do_nothing: false,
    };
    let options = DumpOptions { rows, ..DumpOptions::default() };
    let wish = BackupSpec { options, ..spec(server, &database, &inserts) };
    runtime.block_on(complete(&wish, &Tuning::default()));
    for output in [&plain, &inserts] {
        assert_proved(server, output);
    }
    let tampered = |path: &Path, change: fn(&mut serde_json::Value)| {
        let patient = Patient::copy_of(path);
        patient.edit_manifest(change);
        let (done, report) = verified(&restoring(server, &patient.path));
        assert_eq!(done.result.unwrap().exit_code(), 4);
        let report = report.unwrap();
        assert!(report.restored.is_some());
        assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
        report.findings[0].to_string()
    };
    let said = tampered(&plain, |manifest| manifest["definitions"]["INDEX"] = 99.into());
    let expected = "restored there are 1 definitions of kind INDEX, and were 99";
    assert!(said.contains(expected), "{said}");
    let said = tampered(&inserts, |manifest| {
        let objects = manifest["objects"].as_array_mut().unwrap();
        let table = objects.iter_mut().find(|one| one["name"] == "first").unwrap();
        table["hash"] = format!("xxh3-128-sum:{}", "0".repeat(32)).into();
    });
    let expected = "public.first: restored its rows are not those that were backed up";
    assert!(said.contains(expected), "{said}");
    let said = tampered(&inserts, |manifest| {
        let objects = manifest["objects"].as_array_mut().unwrap();
        let table = objects.iter_mut().find(|one| one["name"] == "second").unwrap();
        table["rows"] = 2001.into();
    });
    assert!(said.contains("public.second: restored it has 2000 rows, and had 2001"), "{said}");
}

#[test]
fn a_constraint_that_is_not_enforced_is_no_damage() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = newest();
    let version: u32 = server.psql("postgres", "show server_version_num").trim().parse().unwrap();
    assert!(version >= 180_000, "the newest server knows NOT ENFORCED");
    let database = server.create_database("unenforced");
    server.psql(
        &database,
        "create table loose (i int constraint positive check (i > 0) not enforced);
         insert into loose values (-1)",
    );
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("a.dump");
    runtime.block_on(back_up(server, &database, &output, ArchiveFormat::Custom, "none"));
    let report = assert_proved(server, &output);
    assert!(!report.notes.iter().any(|note| note.contains("NOT VALID")), "{:?}", report.notes);
}
