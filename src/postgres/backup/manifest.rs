//! What the manifest of a run says, but for the files.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::model::command_line;
use crate::model::manifest::{
    ArchiveShape, BackupKind, DataKind, DataObject, Manifest, Recorded, RowHash, Server,
};
use crate::model::spec::{BackupSpec, JobSpec};
use crate::postgres::connect::Session;
use crate::postgres::facts;

use super::schedule::{Subject, Task};

/// Where the backup comes from and what was asked for.
pub(super) async fn of(spec: &BackupSpec, session: &Session, started: Timestamp) -> Manifest {
    let server = Server {
        product: session.server.product.clone(),
        version: session.server.version.clone(),
        version_num: session.server.version_num,
        address: session.address.clone(),
        identity: facts::identifier(session).await,
        is_replica: session.server.in_recovery,
    };
    let asked = JobSpec::Backup(spec.clone());
    let shape = ArchiveShape { format: spec.format, codec: spec.compression.codec };
    Manifest {
        database: Some(spec.database.clone()),
        archive: Some(shape),
        command: command_line::render(&asked),
        spec: Some(Recorded::Known(Box::new(asked))),
        ..Manifest::new(BackupKind::Single, server, started)
    }
}

/// What was copied, and what could not be.
pub(super) fn objects(tasks: &[Arc<Task>], failures: &[(u32, String)]) -> Vec<DataObject> {
    let failures: HashMap<u32, &String> =
        failures.iter().map(|(id, reason)| (*id, reason)).collect();
    tasks.iter().map(|task| object(task, failures.get(&task.id).copied())).collect()
}

fn object(task: &Task, failure: Option<&String>) -> DataObject {
    let (kind, schema, name, filter) = match &task.subject {
        Subject::Table(table) => {
            let name = table.name.clone();
            (DataKind::Table, name.schema, name.name, table.predicate.clone())
        }
        Subject::Objects(_) => (DataKind::LargeObjects, String::new(), task.name.clone(), None),
    };
    let (bytes, _) = task.copied();
    let RowHash { rows, .. } = task.proof();
    let there = failure.is_none();
    DataObject {
        kind,
        database: None,
        schema,
        name,
        entry: Some(task.id),
        rows: if there { rows } else { 0 },
        bytes: if there { bytes } else { 0 },
        hash: there.then(|| task.proof().content()),
        missing: failure.cloned(),
        filter,
    }
}
