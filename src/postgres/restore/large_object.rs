//! Large objects: the three ways in which archives keep them, and loading their bytes.
//!
//! ```text
//! ≤ 1.11        BLOBS                            data, made while loading
//! 1.12 … 1.15   BLOB (one each, makes it)        + BLOBS (data of all)
//! 1.16          BLOB METADATA (up to 1000, one   + BLOBS (data of the group)
//!               oid a line) and one ACL for all
//! ```

use std::io::Read;

use tokio_postgres::types::Oid;

use crate::archive::toc::TocEntry;
use crate::error::Result;
use crate::postgres::connect::database_error;

use super::job::Job;
use super::rows::Moved;
use super::worker::Worker;

/// Bytes written with one call.
const PIECE: usize = 256 << 10;

/// Loads the bytes of one `BLOBS` entry, in one transaction.
pub(super) async fn load(worker: &Worker, entry: &TocEntry) -> Result<Moved> {
    let job = &worker.job;
    let mut objects = job.source.objects(entry)?;
    let put = worker
        .session
        .client
        .prepare("SELECT pg_catalog.lo_put($1, $2, $3)")
        .await
        .map_err(|error| database_error("preparing to write large objects", error))?;
    let mut moved = Moved::default();
    while let Some(oid) = objects.next_object()? {
        worker.check()?;
        if !prepare_object(worker, job, oid).await? {
            continue;
        }
        moved.rows += 1;
        moved.bytes += write_object(worker, &put, oid, &mut objects).await?;
        job.work.meter.add_data(0, 1);
    }
    Ok(moved)
}

/// Makes the object where the archive has no entry for that. An object that was there before this
/// restore is not written into.
async fn prepare_object(worker: &Worker, job: &Job, oid: Oid) -> Result<bool> {
    if job.source.head.header.version >= (1, 12, 0) {
        return Ok(!job.is_foreign_object(oid));
    }
    let sql = format!("SELECT pg_catalog.lo_create('{oid}')");
    worker
        .session
        .client
        .batch_execute(&sql)
        .await
        .map_err(|error| database_error(&format!("making large object {oid}"), error))?;
    Ok(true)
}

async fn write_object(
    worker: &Worker,
    put: &tokio_postgres::Statement,
    oid: Oid,
    objects: &mut impl Read,
) -> Result<u64> {
    let mut buffer = vec![0; PIECE];
    let mut offset: i64 = 0;
    loop {
        let length = read_full(objects, &mut buffer)?;
        let piece = buffer.get(..length).unwrap_or_default();
        if piece.is_empty() {
            return Ok(u64::try_from(offset).unwrap_or(0));
        }
        worker.job.work.pace(length as u64).await?;
        worker
            .session
            .client
            .execute(put, &[&oid, &offset, &piece])
            .await
            .map_err(|error| database_error(&format!("writing large object {oid}"), error))?;
        worker.job.work.meter.add_data(length as u64, 0);
        offset = offset.saturating_add(i64::try_from(length).unwrap_or(i64::MAX));
    }
}

/// Fills the buffer as far as the reader reaches.
pub(super) fn read_full(reader: &mut impl Read, buffer: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest).map_err(crate::archive::primitive::into_error)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}
