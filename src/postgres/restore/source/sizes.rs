//! Bytes of each entry's data in the archive. Pure.

use super::file_of;
use super::members::Members;
use crate::archive::block::data_bytes;
use crate::archive::head::Head;
use crate::archive::toc::TocEntry;

/// Where data lies in blocks of one file of this length.
pub(super) fn of_blocks(head: &Head, length: u64) -> Vec<u64> {
    let sizes = data_bytes(&head.entries, length);
    head.entries.iter().map(|entry| sizes.get(&entry.id).copied().unwrap_or(0)).collect()
}

/// Where data lies in files. Which objects a list of large objects names is not looked up: each list
/// gets a share of them by its length.
pub(super) fn of_members(head: &Head, members: &Members) -> Vec<u64> {
    let length = |entry: &TocEntry| {
        let member = members.find(&file_of(head, entry)?)?;
        Some(member.size)
    };
    let lists = head.entries.iter().filter(|entry| entry.desc == "BLOBS");
    let all_lists: u64 = lists.filter_map(length).sum();
    let size = |entry: &TocEntry| {
        let own = length(entry).unwrap_or(0);
        if entry.desc != "BLOBS" || all_lists == 0 {
            return own;
        }
        let share = u128::from(members.object_bytes) * u128::from(own) / u128::from(all_lists);
        u64::try_from(share).unwrap_or(u64::MAX)
    };
    head.entries.iter().map(size).collect()
}
