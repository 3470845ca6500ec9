//! Bucket URLs and bucket faults.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::*;

#[test]
fn invalid_urls_are_rejected_without_leaking_keys() {
    for (url, expected) in [
        ("hush", "not a URL"),
        ("s3:///hush", "no bucket"),
        ("gs://hush:hush@bucket", "unknown scheme"),
        ("s3://hush@bucket", "incomplete access key"),
        ("s3://bucket?endpoint=hush", "not an http(s) URL"),
        ("s3://bucket?secret=hush", "unknown parameter \"secret\""),
        ("oss://hush:hush@bucket", "no endpoint"),
        ("cos://hush:hush@bucket", "no endpoint"),
    ] {
        let error = Blobs::new(&url.into(), "data").expect_err(url);
        assert_eq!(error.code(), "setting_invalid", "{url}");
        assert!(error.message().contains(expected), "{url}: {error}");
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

/// A server that replies to each connection with the next status, repeats the last one, and counts the requests.
fn server(responses: &'static [&'static str]) -> (Blobs, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("s3://hush:hush@bucket/p?endpoint=http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 16 << 10]);
            let response = responses[counter.fetch_add(1, Ordering::SeqCst).min(responses.len() - 1)];
            let body = if response.starts_with("200") { "kept" } else { "" };
            let length = body.len();
            let _ =
                write!(stream, "HTTP/1.1 {response}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        }
    });
    (Blobs::new(&url.as_str().into(), "data").unwrap(), requests)
}

#[tokio::test]
async fn transient_faults_are_retried_and_permanent_ones_are_not() {
    let (blobs, requests) = server(&["500 Oops", "503 Slow Down", "200 OK"]);
    assert_eq!(blobs.get("k").await.unwrap(), Some(bytes("kept")));
    assert_eq!(requests.load(Ordering::SeqCst), 3);

    let (blobs, requests) = server(&["500 Oops"]);
    let error = blobs.put("k", bytes("x")).await.expect_err("the server fails");
    assert_eq!((error.kind(), error.code(), requests.load(Ordering::SeqCst)), (ErrorKind::Busy, "store_busy", 4));
    assert!(error.message().contains("s3://bucket/p"), "{error}");
    assert!(!format!("{error:?}").contains("hush"), "{error:?}");

    let (blobs, requests) = server(&["403 Forbidden"]);
    let error = blobs.get("k").await.expect_err("access is denied");
    assert_eq!((error.kind(), error.code(), requests.load(Ordering::SeqCst)), (ErrorKind::Internal, "store_failed", 1));
    assert!(!format!("{error:?}").contains("hush"), "{error:?}");
}
