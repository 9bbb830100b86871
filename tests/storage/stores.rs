//! The kit, run on every store.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dbbackup::model::location::Location;
use dbbackup::storage::{
    Counted, Fault, Faulty, Local, Memory, Store, Throttled, Timed, open_with,
};
use dbbackup::throttle::Throttle;

use crate::conformance;
use crate::support::s3::S3;

/// The smallest part that S3 takes.
const S3_PART: usize = 5 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn memory_keeps_to_the_contract() {
    conformance::run(Arc::new(Memory::new("t")), 1000, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_keeps_to_the_contract() {
    let around = tempfile::tempdir().unwrap();
    let root = around.path().join("not/there/yet");
    conformance::run(Arc::new(Local::new(&root)), 1000, true).await;
    let left: Vec<_> = std::fs::read_dir(root).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn decorators_keep_to_the_contract() {
    let never = Faulty::new(Memory::new("t"), Fault::Fail, u64::MAX);
    let throttled = Throttled::new(Counted::new(never), Arc::new(Throttle::new(None)));
    conformance::run(Arc::new(Timed::new(throttled, Duration::from_mins(1))), 1000, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_store_keeps_to_the_contract() {
    dbbackup::storage::mount("part", Arc::new(Memory::new("part")));
    let location = Location::parse(Path::new("mem://part/a/b")).unwrap();
    conformance::run(open_with(&location, &HashMap::new()).unwrap(), 1000, true).await;
}

fn s3(bucket: &str, prefix: &str) -> Arc<dyn Store> {
    let location = Location::parse(Path::new(&format!("s3://{bucket}{prefix}"))).unwrap();
    open_with(&location, &S3::shared().variables()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_keeps_to_the_contract() {
    let bucket = S3::shared().bucket("kit");
    conformance::run(s3(&bucket, ""), S3_PART, true).await;
    assert_eq!(S3::shared().open_uploads(&bucket), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_in_a_bucket_keeps_to_the_contract() {
    let bucket = S3::shared().bucket("kit");
    conformance::run(s3(&bucket, "/daily/shop"), S3_PART, false).await;
}
