//! What a newer server understands otherwise than the one the backup is of. Definitions are written so
//! that their own server takes them again, without words that only newer ones know. Pure.

use crate::archive::toc::TocEntry;

/// An option of subscriptions that older servers do not have and newer ones have another default for:
/// servers before the first major version behave as the words say where their dump says nothing, those
/// from the second on do not. Up to 17, pg_dump says nothing where nothing is streamed.
const OF_SUBSCRIPTIONS: [(u32, u32, &str); 2] =
    [(16, 16, "run_as_owner = true"), (18, 18, "streaming = off")];

/// The major version of the server that was dumped, of the version that the backup tells.
pub(super) fn major(version: &str) -> Option<u32> {
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// A warning for each subscription that would work in another way.
pub(super) fn subscriptions<'a>(
    server_version: &str,
    wanted: impl Iterator<Item = &'a TocEntry> + 'a,
    target: u32,
) -> impl Iterator<Item = String> + 'a {
    let source = major(server_version).unwrap_or(u32::MAX);
    wanted.filter(|entry| entry.desc == "SUBSCRIPTION").filter_map(move |entry| {
        let words = changed(entry.defn.as_deref().unwrap_or_default(), source, target);
        (!words.is_empty()).then(|| {
            format!(
                "subscription {} will not work as on PostgreSQL {source}: the target has other \
                 defaults; ALTER SUBSCRIPTION … SET ({words}) keeps the old way",
                entry.tag
            )
        })
    })
}

fn changed(definition: &str, source: u32, target: u32) -> String {
    let differs = |(before, from, words): &(u32, u32, &str)| {
        let option = words.split_inclusive('=').next().unwrap_or_default();
        source < *before && target >= *from && !definition.contains(option)
    };
    let words: Vec<&str> =
        OF_SUBSCRIPTIONS.iter().filter(|one| differs(one)).map(|(_, _, words)| *words).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_newer_server_with_other_defaults_changes_a_subscription() {
        let bare = "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false);";
        assert_eq!(changed(bare, 13, 18), "run_as_owner = true, streaming = off");
        assert_eq!(changed(bare, 13, 17), "run_as_owner = true");
        assert_eq!(changed(bare, 15, 16), "run_as_owner = true");
        assert_eq!(changed(bare, 15, 15), "");
        assert_eq!(changed(bare, 16, 18), "streaming = off");
        assert_eq!(changed(bare, 18, 18), "");
        let told = "CREATE SUBSCRIPTION s … WITH (connect = false, run_as_owner = true);";
        assert_eq!(changed(told, 15, 17), "");
        assert_eq!(changed(told, 15, 18), "streaming = off");
        let all =
            "CREATE SUBSCRIPTION s … WITH (connect = false, streaming = off, run_as_owner = true);";
        assert_eq!(changed(all, 13, 18), "");
        let named = "CREATE SUBSCRIPTION streaming … WITH (connect = false);";
        assert_eq!(changed(named, 17, 18), "streaming = off");
    }
}
