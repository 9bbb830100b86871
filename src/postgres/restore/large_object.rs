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

use crate::archive::block::BlobsReader;
use crate::archive::toc::TocEntry;
use crate::error::{Error, ErrorKind, Result};
use crate::model::name::quote_always;
use crate::postgres::connect::database_error;

use super::job::Job;
use super::rows::Moved;
use super::worker::Worker;

/// Bytes written with one call.
const PIECE: usize = 256 << 10;

/// The oids that an entry makes.
pub(super) fn oids(entry: &TocEntry) -> Vec<Oid> {
    match entry.desc.as_str() {
        "BLOB" => entry.tag.parse().into_iter().collect(),
        "BLOB METADATA" => {
            let lines = entry.defn.as_deref().unwrap_or_default().lines();
            lines.filter_map(|line| line.trim().parse().ok()).collect()
        }
        _ => Vec::new(),
    }
}

/// The SQL that makes the objects of a `BLOB METADATA` entry.
pub(super) fn create_group(entry: &TocEntry) -> String {
    each(entry, |oid| format!("SELECT pg_catalog.lo_create('{oid}');\n"))
}

/// The SQL that gives the objects of a group their owner.
pub(super) fn group_owner(entry: &TocEntry) -> Option<String> {
    let owner = quote_always(entry.owner.as_deref().filter(|owner| !owner.is_empty())?);
    Some(each(entry, |oid| format!("ALTER LARGE OBJECT {oid} OWNER TO {owner};\n")))
}

/// The SQL that removes the objects of a group.
pub(super) fn drop_group(entry: &TocEntry, if_exists: bool) -> String {
    each(entry, |oid| {
        if if_exists {
            format!(
                "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata \
                 WHERE oid = '{oid}';\n"
            )
        } else {
            format!("SELECT pg_catalog.lo_unlink('{oid}');\n")
        }
    })
}

fn each(entry: &TocEntry, sql: impl Fn(Oid) -> String) -> String {
    oids(entry).into_iter().map(sql).collect()
}

/// Grants of a group are written for its first object only: the same for every one of them. `None`
/// when the entry is no such grant.
pub(super) fn group_grants(entry: &TocEntry, group: Option<&TocEntry>) -> Option<String> {
    if entry.desc != "ACL" || !entry.tag.starts_with("LARGE OBJECTS ") {
        return None;
    }
    let oids = oids(group.filter(|group| group.desc == "BLOB METADATA")?);
    let defn = entry.defn.as_deref()?;
    let from = format!(" ON LARGE OBJECT {} ", oids.first()?);
    let one = |oid: &Oid| defn.replace(&from, &format!(" ON LARGE OBJECT {oid} "));
    Some(oids.iter().map(one).collect())
}

/// Loads the bytes of one `BLOBS` entry, in one transaction.
pub(super) async fn load(worker: &Worker, entry: &TocEntry) -> Result<Moved> {
    let job = &worker.job;
    let Some((reader, at)) = job.source.at_block(entry)? else {
        return Err(Error::new(ErrorKind::Archive, "the entry has no data block"));
    };
    let mut objects = BlobsReader::open(reader, at, job.source.head.format, entry.id)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn group() -> TocEntry {
        TocEntry {
            desc: "BLOB METADATA".into(),
            tag: "7..9".into(),
            defn: Some("7\n8\n9\n".into()),
            owner: Some("a b".into()),
            ..TocEntry::default()
        }
    }

    #[test]
    fn a_group_is_made_owned_and_dropped_object_by_object() {
        let group = group();
        assert_eq!(oids(&group), [7, 8, 9]);
        assert!(create_group(&group).starts_with("SELECT pg_catalog.lo_create('7');\nSELECT"));
        let owner = group_owner(&group).unwrap();
        assert!(owner.contains("ALTER LARGE OBJECT 9 OWNER TO \"a b\";"), "{owner}");
        assert_eq!(drop_group(&group, true).matches("lo_unlink(oid)").count(), 3);
    }

    #[test]
    fn grants_of_a_group_reach_every_object_in_it() {
        let grant = TocEntry {
            desc: "ACL".into(),
            tag: "LARGE OBJECTS 7..9".into(),
            defn: Some("GRANT SELECT ON LARGE OBJECT 7 TO x;\n".into()),
            ..TocEntry::default()
        };
        let sql = group_grants(&grant, Some(&group())).unwrap();
        let expected: String =
            [7, 8, 9].map(|oid| format!("GRANT SELECT ON LARGE OBJECT {oid} TO x;\n")).concat();
        assert_eq!(sql, expected);
        let single = TocEntry { tag: "LARGE OBJECT 7".into(), ..grant };
        assert_eq!(group_grants(&single, Some(&group())), None);
    }
}
