//! Whole archives into empty databases.

use std::num::NonZeroUsize;

use dbbackup::model::job::JobEvent;

use super::kit::{assert_same_dump, dump, folder, restore, shop, spec};
use crate::support::Server;

/// Restores the fixture and compares it with its source.
fn restored_equals_source(options: &[&str], jobs: usize) {
    let server = Server::shared();
    let folder = folder();
    let archive = dump(folder.path(), shop(), options);
    let database = server.create_database("restored");
    let mut spec = spec(server, &archive, &database);
    spec.jobs = NonZeroUsize::new(jobs).unwrap();
    let done = restore(&spec);
    done.assert_complete();
    assert_same_dump(&server.dump_text(shop(), &[]), &server.dump_text(&database, &[]));
    let rows: u64 = done
        .events
        .iter()
        .filter_map(|event| match event {
            JobEvent::ObjectDone { rows, data: true, .. } => Some(*rows),
            _ => None,
        })
        .sum();
    assert_eq!(rows, done.meter.rows, "every row is counted once");
}

#[test]
fn every_compression_restores_to_an_equal_database_on_one_connection_and_on_four() {
    for compression in ["none", "gzip", "lz4", "zstd"] {
        for jobs in [1, 4] {
            restored_equals_source(&["-Z", compression], jobs);
        }
    }
}
