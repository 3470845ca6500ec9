//! One suite for every storage, what is a folder's own, and faults of a bucket.

use std::{
    io::{Read, Seek, SeekFrom, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use futures_util::{TryStreamExt, future::join_all};

use super::{folder::*, testing::Storage, *};

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// Bytes of which each part differs from the others.
fn many(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i ^ (i >> 8) ^ (i >> 16)) as u8).collect()
}

#[tokio::test]
async fn what_is_put_is_kept_read_in_parts_and_replaced() {
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
        let stream = other.stream("a/b", 2..9).await.unwrap().expect("it is there");
        let streamed: Vec<Bytes> = stream.try_collect().await.unwrap();
        assert_eq!(streamed.concat(), b"2345678", "{name}");
        blobs.put("a/b", bytes("new")).await.unwrap();
        assert_eq!(other.get("a/b").await.unwrap(), Some(bytes("new")), "{name}");
        blobs.put("a/empty", Bytes::new()).await.unwrap();
        assert_eq!(other.get("a/empty").await.unwrap(), Some(Bytes::new()), "{name}");
    }
}

#[tokio::test]
async fn the_first_one_stays() {
    for storage in Storage::all() {
        let name = storage.name;
        let blobs = storage.blobs();
        assert!(blobs.put_if_absent("a/b", bytes("first")).await.unwrap(), "{name}");
        assert!(!storage.blobs().put_if_absent("a/b", bytes("second")).await.unwrap(), "{name}");
        assert_eq!(blobs.get("a/b").await.unwrap(), Some(bytes("first")), "{name}");
        let put = join_all((0..20).map(|_| blobs.put_if_absent("c", bytes("same")))).await;
        let news = put.into_iter().filter(|new| *new.as_ref().unwrap()).count();
        assert!(news == 1 || (name == "folder" && news >= 1), "{name}: {news} were the first");
        assert_eq!(blobs.get("c").await.unwrap(), Some(bytes("same")), "{name}");
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
        assert_eq!(blobs.list("").await.unwrap(), ["ab/4", "b"], "{name}: a prefix is a whole folder");
        for wrong in ["", "a", "/"] {
            assert_eq!(blobs.remove_all(wrong).await.expect_err(wrong).code(), "internal");
        }
    }
}

#[tokio::test]
async fn large_files_go_in_and_out_by_parts() {
    for storage in Storage::all() {
        let (blobs, name) = (storage.blobs(), storage.name);
        let (from, to) = (storage.folder.path().join("from"), storage.folder.path().join("to"));
        // None, one that is whole, parts and a rest.
        for length in [0, 100, 8 << 20, (16 << 20) + 12_345] {
            let content = many(length);
            std::fs::write(&from, &content).unwrap();
            let mut file = std::fs::File::open(&from).unwrap();
            file.seek(SeekFrom::End(0)).unwrap();
            assert_eq!(blobs.put_file("big/file", &file).await.unwrap(), length as u64, "{name}");
            assert_eq!(blobs.size("big/file").await.unwrap(), Some(length as u64), "{name}");
            assert!(storage.blobs().get_file("big/file", &to).await.unwrap(), "{name}");
            assert!(std::fs::read(&to).unwrap() == content, "{name}: {length} bytes came back changed");
        }
        assert!(!blobs.get_file("big/none", &to).await.unwrap(), "{name}");
        let closed = std::fs::OpenOptions::new().append(true).open(&from).unwrap();
        let error = blobs.put_file("big/none", &closed).await.expect_err("it is not open to be read");
        assert_eq!((error.code(), blobs.size("big/none").await.unwrap()), ("file_unreadable", None), "{name}");
    }
}

#[tokio::test]
async fn nothing_is_made_before_something_is_kept() {
    let storage = Storage::folder();
    let (blobs, data) = (storage.blobs(), storage.folder.path().join("data"));
    assert_eq!((blobs.get("a").await.unwrap(), blobs.list("").await.unwrap().len()), (None, 0));
    blobs.remove("a").await.unwrap();
    blobs.remove_all("a/").await.unwrap();
    assert!(!blobs.get_file("a", &data).await.unwrap());
    assert!(!data.exists(), "a look makes nothing");
    blobs.put("a/b", bytes("one")).await.unwrap();
    assert_eq!(std::fs::read(data.join("blobs/a/b")).unwrap(), b"one", "a plain file");
    let parts: Vec<_> =
        std::fs::read_dir(data.join("blobs").join(PARTS)).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(parts, ["lock"], "no half file");
}

#[tokio::test]
async fn parts_of_dead_processes_are_removed_and_never_listed() {
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
    assert!(!old.exists() && new.exists(), "another process lives, and may be writing the new one");
    assert_eq!(blobs.list("").await.unwrap(), ["k"]);
    drop((blobs, lock));
    let blobs = Blobs::folder(folder.path());
    assert_eq!(blobs.get("k").await.unwrap(), Some(Bytes::new()));
    assert!(!new.exists(), "nobody lives who could be writing it");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let error = Blobs::folder(file.join("blobs")).put("k", Bytes::new()).await.expect_err("no folder");
    assert_eq!(error.code(), "store_failed");
    assert!(error.message().contains("file/blobs"), "{error}");
}

#[test]
fn a_url_that_cannot_be_used_is_refused_and_a_key_never_shown() {
    for (url, said) in [
        ("hush", "no URL"),
        ("s3:///hush", "no bucket"),
        ("gs://hush:hush@bucket", "unknown kind"),
        ("s3://hush@bucket", "half a key"),
        ("s3://bucket?endpoint=hush", "no http(s) URL"),
        ("s3://bucket?secret=hush", "unknown parameter \"secret\""),
        ("oss://hush:hush@bucket", "no endpoint"),
        ("cos://hush:hush@bucket", "no endpoint"),
    ] {
        let error = Blobs::new(&url.into(), "data").expect_err(url);
        assert_eq!(error.code(), "setting_invalid", "{url}");
        assert!(error.message().contains(said), "{url}: {error}");
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    }
    for (url, name) in [
        ("s3://hush:hu%2Fsh@bucket/a/b/?endpoint=http://127.0.0.1:1&region=r", "s3://bucket/a/b"),
        ("s3://bucket", "s3://bucket"),
        ("oss://hush:hush@bucket/a?endpoint=https://oss-cn-hangzhou.aliyuncs.com", "oss://bucket/a"),
        ("cos://hush:hush@bucket-1250000000?endpoint=https://cos.ap-guangzhou.myqcloud.com", "cos://bucket-1250000000"),
    ] {
        let blobs = Blobs::new(&url.into(), "data").unwrap_or_else(|e| panic!("{url}: {e}"));
        assert_eq!(format!("{blobs:?}"), format!("Blobs({name:?})"));
    }
}

/// A server that answers each connection with the next status, the last one again and again, and counts them.
fn server(answers: &'static [&'static str]) -> (Blobs, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("s3://hush:hush@bucket/p?endpoint=http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 16 << 10]);
            let answer = answers[counter.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)];
            let body = if answer.starts_with("200") { "kept" } else { "" };
            let length = body.len();
            let _ = write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        }
    });
    (Blobs::new(&url.as_str().into(), "data").unwrap(), asked)
}

#[tokio::test]
async fn faults_that_pass_are_tried_again_a_few_times_and_others_never() {
    let (blobs, asked) = server(&["500 Oops", "503 Slow Down", "200 OK"]);
    assert_eq!(blobs.get("k").await.unwrap(), Some(bytes("kept")));
    assert_eq!(asked.load(Ordering::SeqCst), 3);

    let (blobs, asked) = server(&["500 Oops"]);
    let error = blobs.put("k", bytes("x")).await.expect_err("it fails");
    assert_eq!((error.kind(), error.code(), asked.load(Ordering::SeqCst)), (Kind::Busy, "store_busy", 4));
    assert!(error.message().contains("s3://bucket/p"), "{error}");
    assert!(!format!("{error:?}").contains("hush"), "{error:?}");

    let (blobs, asked) = server(&["403 Forbidden"]);
    let error = blobs.get("k").await.expect_err("no rights");
    assert_eq!((error.kind(), error.code(), asked.load(Ordering::SeqCst)), (Kind::Internal, "store_failed", 1));
    assert!(!format!("{error:?}").contains("hush"), "{error:?}");
}
