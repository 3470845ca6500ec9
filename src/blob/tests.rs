//! One test suite for every storage, and tests specific to folders.

#[cfg(feature = "cluster")]
mod bucket;

use std::{
    io::{Read, Seek, SeekFrom},
    sync::mpsc,
    time::{Duration, Instant, SystemTime},
};

use futures_util::{TryStreamExt, future::join_all};
use tokio::sync::oneshot;

use super::{folder::*, testing::Storage, *};
use crate::net::caller::waiting_until;
use haibao_core::error::Retry;

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// Test data in which no two parts are equal.
fn pattern(length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 8);
    // By words: an iterator of megabytes takes seconds in a debug build.
    for number in 0..length.div_ceil(8) as u64 {
        bytes.extend_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

#[tokio::test]
async fn a_stream_buffers_little() {
    let storage = Storage::folder();
    let (blobs, content) = (storage.blobs(), pattern(3_000_000));
    blobs.put("a/large", content.clone().into()).await.unwrap();
    for range in [0..3_000_000, 1000..2_999_999, 5..6] {
        let stream = blobs.stream("a/large", range.clone()).await.unwrap().expect("the key exists");
        let parts: Vec<Bytes> = stream.try_collect().await.unwrap();
        assert!(parts.iter().all(|part| part.len() <= 64 << 10), "{range:?}");
        assert_eq!(parts.concat(), content[range.start as usize..range.end as usize], "{range:?}");
    }
}

#[tokio::test]
async fn values_can_be_read_by_range_and_replaced() {
    for storage in Storage::all() {
        let (blobs, other, name) = (storage.blobs(), storage.blobs(), storage.name);
        assert_eq!(blobs.get("a/b").await.unwrap(), None, "{name}");
        assert_eq!(blobs.size("a/b").await.unwrap(), None, "{name}");
        assert_eq!(blobs.get_range("a/b", 0..5).await.unwrap(), None, "{name}");
        assert!(blobs.stream("a/none", 0..1).await.is_ok(), "{name}");
        blobs.put("a/b", bytes("0123456789")).await.unwrap();
        assert_eq!(other.get("a/b").await.unwrap(), Some(bytes("0123456789")), "{name}");
        assert_eq!(other.size("a/b").await.unwrap(), Some(10), "{name}");
        for (range, part) in
            [(0..3, "012"), (4..6, "45"), (8..20, "89"), (10..11, ""), (3..3, ""), (0..10, "0123456789")]
        {
            assert_eq!(other.get_range("a/b", range.clone()).await.unwrap(), Some(bytes(part)), "{name} {range:?}");
        }
        let stream = other.stream("a/b", 2..9).await.unwrap().expect("the key exists");
        let streamed: Vec<Bytes> = stream.try_collect().await.unwrap();
        assert_eq!(streamed.concat(), b"2345678", "{name}");
        blobs.put("a/b", bytes("new")).await.unwrap();
        assert_eq!(other.get("a/b").await.unwrap(), Some(bytes("new")), "{name}");
        blobs.put("a/empty", Bytes::new()).await.unwrap();
        assert_eq!(other.get("a/empty").await.unwrap(), Some(Bytes::new()), "{name}");
    }
}

#[tokio::test]
async fn entries_have_sizes_and_times() {
    for storage in Storage::all() {
        let (blobs, name) = (storage.blobs(), storage.name);
        assert_eq!(blobs.entry("e/a").await.unwrap(), None, "{name}");
        assert_eq!(blobs.entries("e/").await.unwrap(), [], "{name}");
        blobs.put("e/a", bytes("12345")).await.unwrap();
        blobs.put("e/b/c", bytes("123")).await.unwrap();
        blobs.put("f", bytes("x")).await.unwrap();
        let mut entries = blobs.entries("e/").await.unwrap();
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        let sizes: Vec<_> = entries.iter().map(|entry| (entry.key.as_str(), entry.bytes)).collect();
        assert_eq!(sizes, [("e/a", 5), ("e/b/c", 3)], "{name}");
        for entry in entries {
            // The clock of a bucket may differ, and some count in seconds.
            let age = SystemTime::now().duration_since(entry.modified).unwrap_or_default();
            assert!(age.as_secs() < 60, "{name}: {age:?}");
            let single = blobs.entry(&entry.key).await.unwrap().expect("the key exists");
            assert_eq!((single.key, single.bytes), (entry.key, entry.bytes), "{name}");
        }
    }
}

#[tokio::test]
async fn put_if_absent_keeps_the_first_value() {
    for storage in Storage::all() {
        let name = storage.name;
        let blobs = storage.blobs();
        assert!(blobs.put_if_absent("a/b", bytes("first")).await.unwrap(), "{name}");
        assert!(!storage.blobs().put_if_absent("a/b", bytes("second")).await.unwrap(), "{name}");
        assert_eq!(blobs.get("a/b").await.unwrap(), Some(bytes("first")), "{name}");
        let others: Vec<_> = (0..20).map(|_| storage.blobs()).collect();
        let put = others.iter().enumerate().map(|(at, own)| own.put_if_absent("c", bytes(&format!("value {at}"))));
        let put = join_all(put).await;
        let written: Vec<usize> = (0..20).filter(|at| *put[*at].as_ref().unwrap()).collect();
        assert_eq!(written.len(), 1, "{name}: {written:?} succeeded");
        let kept = blobs.get("c").await.unwrap();
        assert_eq!(kept, Some(bytes(&format!("value {}", written[0]))), "{name}");
    }
}

#[tokio::test]
async fn keys_are_listed_and_removed_by_prefix() {
    for storage in Storage::all() {
        let (blobs, name) = (storage.blobs(), storage.name);
        assert_eq!(blobs.list("").await.unwrap(), Vec::<String>::new(), "{name}");
        blobs.remove("x").await.unwrap();
        blobs.remove_all("x/").await.unwrap();
        let keys = ["a/1", "a/2/3", "ab/4", "b"];
        for key in keys {
            blobs.put(key, bytes(key)).await.unwrap();
        }
        assert_eq!(blobs.list("").await.unwrap(), keys, "{name}");
        assert_eq!(blobs.list("a/").await.unwrap(), ["a/1", "a/2/3"], "{name}");
        assert_eq!(blobs.list("none/").await.unwrap(), Vec::<String>::new(), "{name}");
        blobs.remove("a/1").await.unwrap();
        blobs.remove("a/1").await.unwrap();
        assert_eq!(blobs.get("a/1").await.unwrap(), None, "{name}");
        blobs.put("a/5", bytes("5")).await.unwrap();
        blobs.remove_all("a/").await.unwrap();
        assert_eq!(blobs.list("").await.unwrap(), ["ab/4", "b"], "{name}: a prefix ends at a folder boundary");
        for wrong in ["", "a", "/"] {
            assert_eq!(blobs.remove_all(wrong).await.expect_err(wrong).code(), "internal");
        }
    }
}

/// As two tasks that clean up after one export do.
#[tokio::test(flavor = "multi_thread")]
async fn removals_of_one_prefix_do_not_disturb_each_other() {
    let storage = Storage::folder();
    let blobs = storage.blobs();
    for round in 0..20 {
        blobs.put("a/b/first", bytes("x")).await.unwrap();
        let folder = storage.folder.path().join("data/blobs/a/b");
        for number in 0..500 {
            std::fs::write(folder.join(number.to_string()), "x").unwrap();
        }
        let removals = (0..6).map(|_| {
            let blobs = blobs.clone();
            tokio::spawn(async move { blobs.remove_all("a/").await })
        });
        for removed in join_all(removals).await {
            removed.unwrap().unwrap_or_else(|error| panic!("round {round}: {error}"));
        }
        assert_eq!(blobs.list("a/").await.unwrap(), Vec::<String>::new(), "round {round}");
    }
}

#[tokio::test]
async fn large_files_are_transferred_in_parts() {
    for storage in Storage::all() {
        let (blobs, name) = (storage.blobs(), storage.name);
        let from = storage.folder.path().join("from");
        // No part, one partial part, one full part, several parts with a remainder.
        for length in [0, 100, 8 << 20, (16 << 20) + 12_345] {
            let content = pattern(length);
            std::fs::write(&from, &content).unwrap();
            let mut file = std::fs::File::open(&from).unwrap();
            file.seek(SeekFrom::End(0)).unwrap();
            assert_eq!(blobs.put_file("big/file", &file).await.unwrap(), length as u64, "{name}");
            assert_eq!(blobs.size("big/file").await.unwrap(), Some(length as u64), "{name}");
            let mut copy = Vec::new();
            storage.blobs().get_file("big/file").await.unwrap().expect("a file").read_to_end(&mut copy).unwrap();
            assert!(copy == content, "{name}: {length} bytes came back changed");
        }
        assert!(blobs.get_file("big/none").await.unwrap().is_none(), "{name}");
        let write_only = std::fs::OpenOptions::new().append(true).open(&from).unwrap();
        let error = blobs.put_file("big/none", &write_only).await.expect_err("the file is not open for reading");
        assert_eq!((error.code(), blobs.size("big/none").await.unwrap()), ("file_unreadable", None), "{name}");
    }
}

#[tokio::test]
async fn nothing_is_created_before_the_first_write() {
    let storage = Storage::folder();
    let (blobs, data) = (storage.blobs(), storage.folder.path().join("data"));
    assert_eq!((blobs.get("a").await.unwrap(), blobs.list("").await.unwrap().len()), (None, 0));
    blobs.remove("a").await.unwrap();
    blobs.remove_all("a/").await.unwrap();
    assert!(blobs.get_file("a").await.unwrap().is_none());
    assert!(!data.exists(), "reads create nothing");
    blobs.put("a/b", bytes("one")).await.unwrap();
    assert_eq!(std::fs::read(data.join("blobs/a/b")).unwrap(), b"one", "a plain file");
    let parts: Vec<_> =
        std::fs::read_dir(data.join("blobs").join(PARTS)).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(parts, ["lock"], "no partial file");
}

#[tokio::test]
async fn partial_files_of_dead_processes_are_removed_and_never_listed() {
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join(PARTS);
    std::fs::create_dir(&parts).unwrap();
    let (old, new) = (parts.join("old"), parts.join("new"));
    std::fs::write(&old, "x").unwrap();
    std::fs::write(&new, "x").unwrap();
    let then = SystemTime::now() - STALE * 2;
    std::fs::File::options().write(true).open(&old).and_then(|f| f.set_modified(then)).unwrap();
    let lock = std::fs::File::create(parts.join("lock")).unwrap();
    lock.lock_shared().unwrap();
    let blobs = Blobs::folder(folder.path());
    blobs.put("k", Bytes::new()).await.unwrap();
    assert!(!old.exists() && new.exists(), "a running process may still be writing the new file");
    assert_eq!(blobs.list("").await.unwrap(), ["k"]);
    drop((blobs, lock));
    let blobs = Blobs::folder(folder.path());
    assert_eq!(blobs.get("k").await.unwrap(), Some(Bytes::new()));
    assert!(!new.exists(), "no running process can be writing it");
}

#[tokio::test]
async fn an_unusable_folder_is_named_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let error =
        Blobs::folder(file.join("blobs")).put("k", Bytes::new()).await.expect_err("the folder cannot be created");
    assert_eq!(error.code(), "store_failed");
    assert!(error.message().contains("file/blobs"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn files_of_a_folder_belong_to_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let outer = tempfile::tempdir().unwrap();
    let data = outer.path().join("data");
    let blobs = Blobs::folder(data.join("blobs"));
    blobs.put("codes/ab/one", bytes("1")).await.unwrap();
    blobs.put_if_absent("posters/two", bytes("2")).await.unwrap();
    let mut sheet = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut sheet, b"3").unwrap();
    blobs.put_file("exports/x/sheet", &sheet).await.unwrap();
    let (mut folders, mut seen) = (vec![data], 0);
    while let Some(folder) = folders.pop() {
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                seen += 1;
                assert_eq!(mode(&entry), 0o600, "{}", entry.display());
            }
        }
    }
    assert_eq!(seen, 4, "three keys and the lock");
}

#[tokio::test]
async fn a_file_whose_turn_to_be_written_does_not_come_in_time_is_refused() {
    let storage = Storage::folder();
    let blobs = storage.blobs();
    let (mut gates, mut busy) = (Vec::new(), Vec::new());
    for _ in 0..Work::Files.width() {
        let (release, wait) = mpsc::channel::<()>();
        let (started, running) = oneshot::channel();
        busy.push(tokio::spawn(FILES.run(move || (started.send(()), wait.recv().is_ok()))));
        running.await.expect("a thread");
        gates.push(release);
    }
    let soon = Some(Instant::now() + Duration::from_millis(50));
    let late = waiting_until(soon, blobs.put("a", bytes("x"))).await.expect_err("no thread is free");
    assert_eq!((late.code(), late.kind()), ("busy", ErrorKind::Busy));
    assert!(matches!(late.retry_advice(), Retry::After(_)), "{late:?}");
    drop(gates);
    blobs.put("a", bytes("x")).await.expect("written");
}
