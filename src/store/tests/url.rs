//! The setting `store`: invalid URLs, and a server that is unreachable.

use super::*;
use haibao_core::error::ErrorKind;

#[tokio::test]
async fn invalid_urls_are_rejected_without_leaking_passwords() {
    for (url, expected) in [
        ("mysql://hush:hush@host/db", "unknown scheme"),
        ("hush", "not a URL"),
        ("postgres://host/db?secret=hush", "unknown parameter \"secret\""),
        ("postgres://host/db?sslmode=hush", "cannot be read"),
        (
            "postgres://me:hush@host/db?sslrootcert=/no/ca.pem",
            "sslrootcert of `store` names /no/ca.pem, which cannot be read",
        ),
        ("postgres://me:hush@host/db?sslmode=verify-full&sslkey=/no/key.pem", "sslkey of `store` names /no/key.pem"),
    ] {
        let error = Store::new(&url.into(), "data").expect_err(url);
        assert_eq!(error.code(), "setting_invalid");
        assert!(error.message().contains(expected), "{error}");
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    }
    // A port without a listener.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let store = Store::new(&format!("postgres://me:hush@127.0.0.1:{port}/db").into(), "data").unwrap();
    assert!(!format!("{store:?}").contains("hush"));
    let error = Links::new(store, Config::default()).put("{}", NO_EXPIRY).await.expect_err("the server is unreachable");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Busy, "store_busy"), "{error}");
    assert!(error.message().contains(&format!("127.0.0.1:{port}")), "{error}");
    assert!(!format!("{error:?}").contains("hush"), "{error:?}");
}
