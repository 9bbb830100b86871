//! What every store has to do, as a function over a store that is empty.

use std::sync::Arc;

use bytes::Bytes;
use dbbackup::storage::{Key, Layout, Listing, Meta, Mode, PAGE, Put, Store, Writer, list_all};

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

/// Runs the whole kit; `part` is a part's size that the store takes. With `pages` a listing is longer
/// than a page, which takes a while on a slow server.
pub(crate) async fn run(store: Arc<dyn Store>, part: usize, pages: bool) {
    whole_objects(&*store).await;
    one_of_many_makes_a_new_object(&store).await;
    ranges(&*store).await;
    odd_names(&*store).await;
    listings(&store).await;
    if pages {
        long_listings(&store).await;
    }
    parts(&store, part).await;
    writers(&store, part).await;
    given_up(&store, part).await;
    assert!(list_all(&*store, None).await.unwrap().is_empty(), "the kit left something");
}

async fn put(store: &dyn Store, name: &str, bytes: &[u8], mode: Mode) -> Put {
    store.put(&key(name), Bytes::copy_from_slice(bytes), mode).await.unwrap()
}

async fn get(store: &dyn Store, name: &str) -> Option<Bytes> {
    store.get(&key(name), 100 << 20).await.unwrap()
}

async fn names(store: &dyn Store) -> Vec<String> {
    let all = list_all(store, None).await.unwrap();
    all.into_iter().map(|meta| meta.key.to_string()).collect()
}

async fn whole_objects(store: &dyn Store) {
    assert_eq!(get(store, "a/b").await, None);
    assert_eq!(store.head(&key("a/b")).await.unwrap(), None);
    store.delete(&key("a/b")).await.unwrap();

    assert_eq!(put(store, "a/b", b"one", Mode::New).await, Put::Done);
    assert_eq!(put(store, "a/b", b"two", Mode::New).await, Put::Exists);
    assert_eq!(get(store, "a/b").await.unwrap(), "one");
    assert_eq!(put(store, "a/b", b"three", Mode::Replace).await, Put::Done);
    assert_eq!(get(store, "a/b").await.unwrap(), "three");
    let meta = store.head(&key("a/b")).await.unwrap();
    assert_eq!(meta, Some(Meta { key: key("a/b"), size: 5 }));
    // A name that others lie under is none of an object.
    assert_eq!(store.head(&key("a")).await.unwrap(), None);
    assert!(store.get(&key("a/b"), 4).await.is_err(), "more bytes than were to be had");

    assert_eq!(put(store, "empty", b"", Mode::New).await, Put::Done);
    assert_eq!(get(store, "empty").await.unwrap(), "");
    store.delete(&key("empty")).await.unwrap();
    store.delete(&key("a/b")).await.unwrap();
    store.delete(&key("a/b")).await.unwrap();
    assert_eq!(get(store, "a/b").await, None);
}

async fn one_of_many_makes_a_new_object(store: &Arc<dyn Store>) {
    let writers: Vec<_> = (0..8)
        .map(|number| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                let text = format!("writer {number}");
                (put(&*store, "race", text.as_bytes(), Mode::New).await, text)
            })
        })
        .collect();
    let mut winners = Vec::new();
    for writer in writers {
        let (put, text) = writer.await.unwrap();
        winners.extend((put == Put::Done).then_some(text));
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(get(&**store, "race").await.unwrap(), winners[0]);
    store.delete(&key("race")).await.unwrap();
}

async fn ranges(store: &dyn Store) {
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    put(store, "r", &bytes, Mode::New).await;
    for range in [0..1, 0..10_000, 9_999..10_000, 300..5_000, 7..7] {
        let read = store.read(&key("r"), range.start as u64..range.end as u64).await.unwrap();
        assert_eq!(read, bytes[range.clone()], "{range:?}");
    }
    for range in [0..10_001, 9_000..10_500, 10_000..10_001, 20_000..20_010] {
        assert!(store.read(&key("r"), range.clone()).await.is_err(), "{range:?} is not there");
    }
    let error = store.read(&key("nothing"), 0..1).await.unwrap_err();
    assert!(error.to_string().contains("nothing"), "{error}");
    store.delete(&key("r")).await.unwrap();
}

async fn odd_names(store: &dyn Store) {
    let odd = ["sp ace/pl+us", "ünïcode/☃", "per%20cent", "a'b\"c", "x&y=z;#?", "[1]{2}~", ".h/.i"];
    for name in odd {
        put(store, name, name.as_bytes(), Mode::New).await;
    }
    let mut sorted: Vec<&str> = odd.to_vec();
    sorted.sort_unstable();
    assert_eq!(names(store).await, sorted);
    for name in odd {
        assert_eq!(get(store, name).await.unwrap(), name);
        store.delete(&key(name)).await.unwrap();
    }
}

async fn put_all(store: &Arc<dyn Store>, names: &[String]) {
    for some in names.chunks(50) {
        let puts = some.iter().map(|name| {
            let (store, name) = (Arc::clone(store), name.clone());
            tokio::spawn(async move { put(&*store, &name, name.as_bytes(), Mode::New).await })
        });
        for put in puts.collect::<Vec<_>>() {
            put.await.unwrap();
        }
    }
}

async fn delete_all(store: &Arc<dyn Store>, names: &[String]) {
    for name in names {
        store.delete(&key(name)).await.unwrap();
    }
}

async fn listings(store: &Arc<dyn Store>) {
    // In the order of bytes a slash comes behind a dot and before a digit.
    let all = ["d.e", "d/e/f", "d/g", "d0", "many/1", "many/2"].map(str::to_owned);
    put_all(store, &all).await;
    assert_eq!(names(&**store).await, all);
    let whole_names = store.list(&Listing { under: Some(key("man")), after: None }).await.unwrap();
    assert!(whole_names.objects.is_empty(), "many is not under man");
    assert_eq!(store.folders(None).await.unwrap(), ["d", "many"]);
    assert_eq!(store.folders(Some(&key("d"))).await.unwrap(), ["e"]);
    assert!(store.folders(Some(&key("many"))).await.unwrap().is_empty());
    assert!(store.folders(Some(&key("nothing"))).await.unwrap().is_empty());
    delete_all(store, &all).await;
}

async fn long_listings(store: &Arc<dyn Store>) {
    let all: Vec<String> = (0..PAGE + 200).map(|number| format!("many/{number:05}.dat")).collect();
    put_all(store, &all).await;
    assert_eq!(names(&**store).await, all);
    let under = Some(key("many"));
    let first = store.list(&Listing { under: under.clone(), after: None }).await.unwrap();
    assert_eq!((first.objects.len(), first.more), (PAGE, true));
    assert_eq!(first.objects[7], Meta { key: key("many/00007.dat"), size: 14 });
    // Resumed anywhere, also behind a name that is not there.
    let after = Some(key("many/01149"));
    let rest = store.list(&Listing { under, after }).await.unwrap();
    assert_eq!((rest.objects.len(), rest.more), (51, false));
    delete_all(store, &all).await;
}

fn filled(length: usize, seed: u8) -> Bytes {
    (0..length).map(|at| u8::try_from(at % 241).unwrap() ^ seed).collect()
}

/// Parts in any order, at the same time, and one that comes again.
async fn parts(store: &Arc<dyn Store>, part: usize) {
    let name = key("in/parts");
    let pieces = [filled(part, 1), filled(part, 2), filled(part, 3), filled(part / 3, 4)];
    let upload = store.begin(&name, part, Mode::Replace).await.unwrap();
    upload.part(1, filled(part, 9)).await.unwrap();
    let sending: Vec<_> = [3, 0, 2, 1]
        .into_iter()
        .map(|number: usize| {
            let (upload, piece) = (Arc::clone(&upload), pieces[number].clone());
            tokio::spawn(async move { upload.part(number, piece).await })
        })
        .collect();
    for sent in sending {
        sent.await.unwrap().unwrap();
    }
    assert_eq!(store.head(&name).await.unwrap(), None, "it appears before it is whole");
    assert!(list_all(&**store, None).await.unwrap().is_empty());
    assert_eq!(upload.finish().await.unwrap(), Put::Done);
    assert!(get(&**store, "in/parts").await.unwrap() == pieces.concat());

    let second = store.begin(&name, part, Mode::New).await.unwrap();
    second.part(0, filled(10, 1)).await.unwrap();
    assert_eq!(second.finish().await.unwrap(), Put::Exists);
    assert_eq!(get(&**store, "in/parts").await.unwrap().len(), part * 3 + part / 3);
    store.delete(&name).await.unwrap();
}

async fn writers(store: &Arc<dyn Store>, part: usize) {
    let layout = Layout { part_bytes: part, parallel: 3, held_bytes: part as u64 + 5 };
    for length in [0, 10, part, part * 2 + 7, part * 4] {
        let bytes = filled(length, 5);
        let mut writer = Writer::new(Arc::clone(store), key("w"), Mode::Replace, layout);
        for piece in bytes.chunks(part / 3 + 1) {
            writer.write(piece).await.unwrap();
        }
        let changed = length.min(part + 5);
        writer.patch(&vec![7; changed], 0).unwrap();
        assert_eq!(writer.finish().await.unwrap(), Put::Done);
        let found = get(&**store, "w").await.unwrap();
        assert!(found[..changed].iter().all(|byte| *byte == 7), "{length}");
        assert!(found[changed..] == bytes[changed..], "{length}");
    }
    store.delete(&key("w")).await.unwrap();
}

async fn given_up(store: &Arc<dyn Store>, part: usize) {
    put(&**store, "g", b"old", Mode::New).await;
    let layout = Layout { part_bytes: part, parallel: 2, held_bytes: 0 };
    let mut writer = Writer::new(Arc::clone(store), key("g"), Mode::Replace, layout);
    writer.write(&filled(part * 3, 6)).await.unwrap();
    writer.abort().await.unwrap();
    assert_eq!(get(&**store, "g").await.unwrap(), "old");
    store.delete(&key("g")).await.unwrap();
}
