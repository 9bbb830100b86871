//! Manifests: what they say is true, does not depend on how the backup was written, and disturbs
//! nobody's tools.

use std::collections::BTreeMap;
use std::fs;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::Path;
use std::process::Command;

use dbbackup::model::job::Outcome;
use dbbackup::model::manifest::{BackupKind, ContentHash, DataObject, Manifest, beside};
use dbbackup::model::name::QualifiedName;
use dbbackup::model::spec::{
    ArchiveFormat, BackupSpec, DumpOptions, ManifestPlace, RowFormat, is_standard_stream,
};
use dbbackup::postgres::backup::Tuning;
use sha2::Digest;

use crate::backup::{back_up, complete, names_in, newest, restore, shop, spec, tiny};
use crate::support::{Server, run};

/// The manifest of an archive, from where it lies by itself.
pub(crate) fn manifest_of(archive: &Path) -> Manifest {
    assert!(!is_standard_stream(archive));
    let inside = archive.join("manifest.json");
    let path = if archive.is_dir() { inside } else { beside(archive) };
    Manifest::parse(&fs::read(path).unwrap()).unwrap()
}

/// Rows and hash of each table.
fn contents(manifest: &Manifest) -> BTreeMap<String, (u64, Option<ContentHash>)> {
    manifest.objects.iter().map(|one| (one.title(), (one.rows, one.hash))).collect()
}

/// Every byte of every file is under the hash that the manifest says.
fn assert_true(manifest: &Manifest, around: &Path) {
    assert!(!manifest.files.is_empty());
    for file in &manifest.files {
        let bytes = fs::read(around.join(&file.name)).unwrap();
        assert_eq!(bytes.len() as u64, file.bytes, "{}", file.name);
        for stretch in file.proofs() {
            let from = usize::try_from(stretch.offset).unwrap();
            let part = &bytes[from..from + usize::try_from(stretch.bytes).unwrap()];
            let hash: [u8; 32] = sha2::Sha256::digest(part).into();
            assert_eq!(hash, stretch.sha256.0, "{} at {from}", file.name);
        }
    }
}

const FORMATS: [(ArchiveFormat, &str); 10] = [
    (ArchiveFormat::Custom, "none"),
    (ArchiveFormat::Custom, "gzip:1"),
    (ArchiveFormat::Custom, "lz4"),
    (ArchiveFormat::Custom, "zstd:1"),
    (ArchiveFormat::Directory, "none"),
    (ArchiveFormat::Directory, "zstd:1"),
    (ArchiveFormat::Tar, "none"),
    (ArchiveFormat::Plain, "none"),
    (ArchiveFormat::Plain, "gzip:1"),
    (ArchiveFormat::Plain, "lz4"),
];

#[tokio::test(flavor = "multi_thread")]
async fn contents_hash_the_same_in_every_layout_codec_and_cut_and_as_inserts() {
    let server = newest();
    let database = shop(server);
    let folder = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for (at, (format, codec)) in FORMATS.into_iter().enumerate() {
        for (jobs, tuning) in [(1, Tuning::default()), (4, tiny())] {
            let output = folder.path().join(format!("{at}-{jobs}"));
            let spec = BackupSpec {
                format,
                compression: codec.parse().unwrap(),
                jobs: NonZeroUsize::new(jobs).unwrap(),
                ..spec(server, &database, &output)
            };
            complete(&spec, &tuning).await;
            let manifest = manifest_of(&output);
            assert_true(&manifest, if output.is_dir() { &output } else { folder.path() });
            all.push((format!("{format:?} {codec} -j{jobs}"), contents(&manifest)));
        }
    }
    for rows_per_insert in [1, 7] {
        let output = folder.path().join(format!("inserts-{rows_per_insert}.sql"));
        let rows = RowFormat::Inserts {
            rows_per_insert: NonZeroU32::new(rows_per_insert).unwrap(),
            column_names: false,
            on_conflict_do_nothing: false,
        };
        let options = DumpOptions { rows, ..DumpOptions::default() };
        let format = ArchiveFormat::Plain;
        let spec = BackupSpec { format, options, ..spec(server, &database, &output) };
        let spec = BackupSpec { compression: "none".parse().unwrap(), ..spec };
        complete(&spec, &tiny()).await;
        all.push((format!("{rows_per_insert} rows an INSERT"), contents(&manifest_of(&output))));
    }
    let (_, expected) = &all[0];
    assert!(expected.values().any(|(rows, _)| *rows > 100));
    for (how, found) in &all {
        assert_eq!(found, expected, "{how}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_manifest_says_what_the_server_counts_and_a_restored_copy_says_the_same() {
    let server = newest();
    let database = shop(server);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("shop");
    let format = ArchiveFormat::Directory;
    let backup = BackupSpec { format, ..spec(server, &database, &output) };
    complete(&backup, &tiny()).await;
    let first = manifest_of(&output);
    assert_eq!((first.kind, &first.outcome), (BackupKind::Single, &Outcome::Complete));
    assert_eq!(first.database.as_deref(), Some(database.as_str()));
    assert!(first.server.identity.is_some() && first.position.snapshot.is_some());
    assert!(first.position.lsn.is_some() && first.started <= first.ended);
    for object in first.objects.iter().filter(|object| !object.schema.is_empty()) {
        let table = QualifiedName::new(&object.schema, &object.name).sql();
        let count = format!("select count(*) from only {table}");
        let counted = server.psql(&database, &count);
        assert_eq!(counted.trim(), object.rows.to_string(), "{}", object.title());
    }
    // The stock tool reads the folder with the manifest in it.
    let restored = restore(server, &output);
    let again = folder.path().join("again.dump");
    complete(&spec(server, &restored, &again), &Tuning::default()).await;
    let second = manifest_of(&again);
    assert_eq!(contents(&second), contents(&first));
    assert_eq!(second.definitions, first.definitions);
    server.psql(&restored, "update sales.orders set id = id + 1000000 where id = 7");
    let changed = folder.path().join("changed.dump");
    complete(&spec(server, &restored, &changed), &Tuning::default()).await;
    let changed = manifest_of(&changed);
    let differ = |object: &&DataObject| {
        contents(&changed).get(&object.title()) != contents(&first).get(&object.title())
    };
    let names: Vec<String> = first.objects.iter().filter(differ).map(DataObject::title).collect();
    assert_eq!(names, ["sales.orders"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_manifest_lies_where_it_is_wanted_and_holds_no_secret() {
    let server = Server::shared();
    let database = shop(server);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("a.dump");
    let asking = |manifest: ManifestPlace| BackupSpec {
        options: DumpOptions { manifest, ..DumpOptions::default() },
        overwrite: true,
        ..spec(server, &database, &output)
    };
    complete(&asking(ManifestPlace::None), &tiny()).await;
    assert_eq!(names_in(folder.path()), [Path::new("a.dump")]);
    let elsewhere = folder.path().join("proof.json");
    complete(&asking(ManifestPlace::At(elsewhere.clone())), &tiny()).await;
    assert_eq!(names_in(folder.path()), [Path::new("a.dump"), Path::new("proof.json")]);
    let text = fs::read_to_string(&elsewhere).unwrap();
    assert!(!text.contains(&server.url(&database)) && text.contains("********"), "{text}");
    fs::remove_file(&elsewhere).unwrap();
    complete(&asking(ManifestPlace::Beside), &tiny()).await;
    let both = [Path::new("a.dump"), Path::new("a.dump.manifest.json")];
    assert_eq!(names_in(folder.path()), both);
    // Neither is replaced by somebody who did not ask for it; one that lost its archive is.
    let careful = BackupSpec { overwrite: false, ..asking(ManifestPlace::Beside) };
    let before = fs::read(folder.path().join(both[1])).unwrap();
    assert!(back_up(&careful, &tiny()).await.is_err());
    assert_eq!(fs::read(folder.path().join(both[1])).unwrap(), before);
    fs::remove_file(&output).unwrap();
    complete(&careful, &tiny()).await;
    assert_true(&manifest_of(&output), folder.path());
    // What is no manifest stays.
    fs::remove_file(&output).unwrap();
    fs::write(folder.path().join(both[1]), "{\"my\": \"notes\"}").unwrap();
    let refused = back_up(&careful, &tiny()).await.unwrap_err();
    assert!(refused.to_string().contains("a.dump.manifest.json"), "{refused}");
    assert_eq!(names_in(folder.path()), [both[1]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_replaces_another_leaves_no_manifest_of_the_old_one() {
    let server = Server::shared();
    let database = shop(server);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("a.dump");
    let elsewhere = folder.path().join("proof.json");
    for place in [ManifestPlace::None, ManifestPlace::At(elsewhere)] {
        let asking = |manifest: ManifestPlace| BackupSpec {
            options: DumpOptions { manifest, ..DumpOptions::default() },
            overwrite: true,
            ..spec(server, &database, &output)
        };
        complete(&asking(ManifestPlace::Beside), &tiny()).await;
        complete(&asking(ManifestPlace::Beside), &tiny()).await;
        assert_true(&manifest_of(&output), folder.path());
        complete(&asking(place), &tiny()).await;
        let left = names_in(folder.path());
        let ours = [Path::new("a.dump"), Path::new("proof.json")];
        assert!(left.iter().all(|name| ours.contains(&name.as_path())), "{left:?}");
    }
    // What is no manifest stays.
    let notes = beside(&output);
    fs::write(&notes, "{\"my\": \"notes\"}").unwrap();
    let options = DumpOptions { manifest: ManifestPlace::None, ..DumpOptions::default() };
    let wish = BackupSpec { options, overwrite: true, ..spec(server, &database, &output) };
    complete(&wish, &tiny()).await;
    assert_eq!(fs::read_to_string(&notes).unwrap(), "{\"my\": \"notes\"}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_backup_leaves_neither_archive_nor_manifest() {
    let server = Server::shared();
    let database = crate::faults::tables(server);
    for format in [ArchiveFormat::Custom, ArchiveFormat::Directory, ArchiveFormat::Plain] {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a");
        let spec = BackupSpec {
            format,
            compression: "none".parse().unwrap(),
            ..spec(server, &database, &output)
        };
        let (desk, job) = crate::faults::under_way(spec).await;
        desk.work.cancel.cancel();
        crate::faults::within(10, job).await.unwrap();
        assert!(names_in(folder.path()).is_empty(), "{format:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_tools_take_no_notice_of_a_manifest() {
    let server = newest();
    let database = shop(server);
    let folder = tempfile::tempdir().unwrap();
    for (format, codec) in FORMATS.into_iter().filter(|(f, _)| *f != ArchiveFormat::Plain) {
        let output = folder.path().join(format!("{format:?}-{codec}"));
        let compression = codec.parse().unwrap();
        let spec = BackupSpec { format, compression, ..spec(server, &database, &output) };
        complete(&spec, &tiny()).await;
        let pg_restore = || Command::new(server.bin.join("pg_restore"));
        let with = run(pg_restore().args(["-f", "-", "--restrict-key=k"]).arg(&output));
        let inside = output.join("manifest.json");
        fs::remove_file(if output.is_dir() { inside } else { beside(&output) }).unwrap();
        let without = run(pg_restore().args(["-f", "-", "--restrict-key=k"]).arg(&output));
        assert!(with == without, "{format:?} {codec}");
    }
}
