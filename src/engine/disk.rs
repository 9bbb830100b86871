//! The queue of the block device under a path, as Linux counts it.
//!
//! `/sys/dev/block/MAJOR:MINOR/stat` has the same figures for disks and partitions; the eleventh is
//! the time in milliseconds that all requests together spent in the queue and at the device. What it
//! grows by in a millisecond is the number of requests, on average.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::model::spec::is_standard_stream;
use crate::model::throttle::Unread;

/// Place of the weighted time among the figures.
const WEIGHTED: usize = 10;

/// The queue of one device.
#[derive(Debug)]
pub(super) struct DiskQueue {
    path: Option<PathBuf>,
    last: Option<(Instant, u64)>,
}

impl DiskQueue {
    /// Of the device that this path is on, or will be on.
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Self { path, last: None }
    }

    /// Requests in thousandths since the last call; nothing at the first.
    pub(super) async fn read(&mut self) -> Option<Result<u64, Unread>> {
        let path = self.path.clone();
        let read = tokio::task::spawn_blocking(move || weighted(path.as_deref())).await;
        let now = Instant::now();
        match read.unwrap_or_else(|error| Err(Unread::now(error.to_string()))) {
            Err(unread) => Some(Err(unread)),
            Ok(weighted) => {
                let (since, before) = self.last.replace((now, weighted))?;
                let millis = u64::try_from(now.duration_since(since).as_millis()).ok()?.max(1);
                // The counter may have 32 bits and begin again.
                let grown = weighted.checked_sub(before)?;
                Some(Ok(grown.saturating_mul(1_000) / millis))
            }
        }
    }
}

fn weighted(path: Option<&Path>) -> Result<u64, Unread> {
    let path = path
        .filter(|path| !is_standard_stream(path))
        .ok_or_else(|| Unread::ever("standard input and output are on no disk"))?;
    let device = device_of(path)?;
    let file = format!("/sys/dev/block/{device}/stat");
    let text = fs::read_to_string(&file).map_err(|error| {
        let path = path.display();
        Unread::ever(format!(
            "{path} is on no block device of its own that counts its requests ({file}: {error})"
        ))
    })?;
    parse(&text).ok_or_else(|| Unread::ever(format!("{file} is not understood")))
}

fn parse(stat: &str) -> Option<u64> {
    stat.split_whitespace().nth(WEIGHTED)?.parse().ok()
}

/// "259:2", of the path or of the nearest folder above it that exists.
fn device_of(path: &Path) -> Result<String, Unread> {
    let found = path.ancestors().find_map(|path| fs::metadata(path).ok());
    let found = found.ok_or_else(|| Unread::now(format!("{} is not there", path.display())))?;
    let of = |device: u64| (rustix::fs::major(device), rustix::fs::minor(device));
    let (major, minor) = of(found.dev());
    if major != 0 {
        return Ok(format!("{major}:{minor}"));
    }
    // btrfs and the like show a number of their own; the table of mounts knows the device below.
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let source = source_of(&mounts, &format!("{major}:{minor}"));
    let below = source.and_then(|source| fs::metadata(source).ok()).map(|meta| of(meta.rdev()));
    match below {
        Some((major, minor)) if major != 0 => Ok(format!("{major}:{minor}")),
        _ => Err(Unread::ever(format!("{} is on no block device of this machine", path.display()))),
    }
}

/// The device's file of the mount with this number: `ID PARENT MAJ:MIN ROOT POINT … - TYPE SOURCE …`.
fn source_of(mounts: &str, device: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let (mount, rest) = line.split_once(" - ")?;
        let number = mount.split(' ').nth(2)?;
        let source = rest.split(' ').nth(1)?;
        (number == device && source.starts_with("/dev/")).then(|| PathBuf::from(source))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weighted_time_is_the_eleventh_figure() {
        let stat = "  4711  12 99 31 815 7 66 42 3 1200 98765 0 0 0 0 5 6\n";
        assert_eq!(parse(stat), Some(98_765));
        assert_eq!(parse("1 2 3"), None);
    }

    #[test]
    fn a_file_system_without_a_device_of_its_own_is_found_in_the_mounts() {
        let mounts = "25 1 0:23 / / rw,relatime shared:1 - btrfs /dev/sda2 rw\n\
                      26 25 0:24 / /tmp rw - tmpfs tmpfs rw\n";
        assert_eq!(source_of(mounts, "0:23"), Some(PathBuf::from("/dev/sda2")));
        assert_eq!(source_of(mounts, "0:24"), None);
    }

    #[tokio::test]
    async fn standard_output_and_memory_are_told_to_be_no_disk() {
        let mut stream = DiskQueue::new(Some("-".into()));
        let unread = stream.read().await.unwrap().unwrap_err();
        assert!(unread.lasting && unread.why.contains("no disk"), "{unread:?}");
        let mut memory = DiskQueue::new(Some("/proc/none".into()));
        let unread = memory.read().await.unwrap().unwrap_err();
        assert!(unread.lasting && unread.why.contains("/proc/none"), "{unread:?}");
    }
}
