//! Keys on SQLite: lookup, revocation, limits, sessions, and an unreachable store.

use std::time::{Duration, Instant};

use secrecy::ExposeSecret;

use super::{reader::REFRESH, *};
use crate::store::{self, Store, keys::KeyStore, testing::TestDatabase};

async fn add(store: &Store, name: &str, scopes: &str, rate: &str, limited_quota: u32) -> String {
    let (scopes, rate) = (scopes.parse().expect("scopes"), rate.parse().expect("a rate"));
    let new = NewKey { name: name.into(), scopes, rate, limited_quota };
    let (key, record) = new.generate(1).expect("a key");
    assert!(KeyStore::new(store.clone()).add(&record).await.expect("a store"), "the name is taken");
    key.expose_secret().to_owned()
}

fn keys(engine: &TestDatabase) -> Keys {
    Keys::new(engine.store(), Config::default())
}

#[tokio::test]
async fn a_key_is_found_as_soon_as_it_is_made_and_closes_the_service() {
    for engine in TestDatabase::all().await {
        println!("{}", engine.name);
        let keys = keys(&engine);
        assert!(keys.is_open().await.expect("a store"));
        let key = add(&engine.store(), "shop", "posters,exports", "none", 0).await;
        let caller = keys.caller(&key).await.expect("a store").expect("the key is valid");
        assert_eq!((&**caller.name(), caller.owner()), ("shop", Some("shop")));
        assert!(caller.may(Scope::Posters) && caller.may(Scope::Exports) && !caller.may(Scope::Codes));
        assert!(caller.sees(Some("shop")) && !caller.sees(Some("other")) && !caller.sees(None) && !caller.sees_all());
        assert!(!keys.is_open().await.expect("a store"));
    }
}

/// A read between the closing of the store and the end of the process would be logged as a failure.
#[tokio::test]
async fn keys_are_not_read_after_the_stop() {
    let engine = TestDatabase::sqlite();
    let keys = keys(&engine);
    assert!(keys.is_open().await.expect("a store"));
    assert_eq!(std::sync::Arc::weak_count(&keys.reader), 1, "the task that reads them at intervals");
    keys.stop().await;
    assert_eq!(std::sync::Arc::weak_count(&keys.reader), 0);
    // Other reads begin no further task.
    assert!(keys.reader.by_id("unknown", |_| true).await.expect("a store").is_none());
    assert_eq!(std::sync::Arc::weak_count(&keys.reader), 0);
}

#[tokio::test]
async fn other_keys_are_unknown() {
    let engine = TestDatabase::sqlite();
    let key = add(&engine.store(), "shop", "posters", "none", 0).await;
    let other = add(&engine.store(), "other", "posters", "none", 0).await;
    let keys = keys(&engine);
    let changed = format!("{}{}", &key[..key.len() - 1], if key.ends_with('A') { 'E' } else { 'A' });
    // The id of one key with the secret of another.
    let mixed = format!("{}{}", &key[..15], &other[15..]);
    let upper = key.to_uppercase();
    for wrong in ["", "hb_", &key[..key.len() - 1], &format!("{key}x"), &changed, &mixed, &upper, &key[3..], "hb_é_é"]
    {
        assert!(keys.caller(wrong).await.expect("a store").is_none(), "{wrong}");
        assert!(keys.log_in(wrong).await.expect("few attempts").is_none(), "{wrong}");
    }
    assert!(keys.caller(&key).await.expect("a store").is_some());
}

#[tokio::test]
async fn a_wrong_secret_takes_as_long_as_an_unknown_id() {
    let engine = TestDatabase::sqlite();
    let key = add(&engine.store(), "shop", "posters", "none", 0).await;
    let keys = keys(&engine);
    let wrong = format!("{}{}", &key[..key.len() - 1], if key.ends_with('A') { 'E' } else { 'A' });
    let unknown = format!("hb_{}{}", store::generate_id().expect("an id"), &key[15..]);
    let mut times = Vec::new();
    for text in [&wrong, &unknown, &wrong, &unknown] {
        let start = std::time::Instant::now();
        assert!(keys.caller(text).await.expect("a store").is_none());
        times.push(start.elapsed());
    }
    // The first one finds keys that were read some time ago, or reads them.
    assert!(times[1..].iter().all(|time| *time >= Duration::from_millis(150)), "{times:?}");
}

#[tokio::test]
async fn a_revoked_key_stops_working_and_the_service_stays_closed() {
    let engine = TestDatabase::sqlite();
    let store = engine.store();
    let key = add(&store, "shop", "posters", "none", 0).await;
    let keys = keys(&engine);
    let session = keys.log_in(&key).await.expect("a store").expect("a session");
    assert!(keys.session(&session).await.expect("a store").is_some());
    assert!(KeyStore::new(store.clone()).revoke("shop", 2).await.expect("a store"));
    for _ in 0..100 {
        if keys.caller(&key).await.expect("a store").is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(keys.caller(&key).await.expect("a store").is_none(), "after five seconds");
    assert!(keys.session(&session).await.expect("a store").is_none(), "its sessions have ended");
    assert!(!keys.is_open().await.expect("a store"));
    let restarted = Keys::new(engine.store(), Config::default());
    assert!(!restarted.is_open().await.expect("a store"), "a revoked key closes the service too");
    KeyStore::new(store).forget("shop").await.expect("a store");
    assert!(Keys::new(engine.store(), Config::default()).is_open().await.expect("a store"));
    assert!(!restarted.is_open().await.expect("a store"), "it never opens while it runs");
}

#[tokio::test]
async fn each_key_has_its_own_rate_which_survives_reading_the_keys_again() {
    let engine = TestDatabase::sqlite();
    let (slow, fast) = (
        add(&engine.store(), "slow", "posters", "1/min", 0).await,
        add(&engine.store(), "fast", "posters", "none", 0).await,
    );
    let keys = keys(&engine);
    let caller = async |key: &str| keys.caller(key).await.expect("a store").expect("a key");
    caller(&slow).await.take().expect("the first one");
    let error = caller(&slow).await.take().expect_err("the second one");
    assert_eq!((error.code(), error.kind()), ("rate_limited", haibao_core::error::ErrorKind::Limited));
    let haibao_core::error::Retry::After(wait) = error.retry_advice() else { panic!("{error:?}") };
    assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60), "{wait:?}");
    for _ in 0..1000 {
        caller(&fast).await.take().expect("not limited");
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    // An unknown id makes it read the keys.
    let unknown = format!("hb_000000000000_{}", "A".repeat(43));
    assert!(keys.caller(&unknown).await.expect("a store").is_none());
    assert!(caller(&slow).await.take().is_err());
}

#[tokio::test]
async fn limited_codes_need_their_scope_and_are_counted() {
    let engine = TestDatabase::sqlite();
    add(&engine.store(), "shop", "posters,limited-codes", "none", 1).await;
    add(&engine.store(), "other", "posters", "none", 0).await;
    let keys = keys(&engine);
    keys.check_limited("").await.expect("the operator may");
    keys.take_limited("").await.expect("and has no quota");
    keys.check_limited("shop").await.expect("it has the scope");
    for name in ["other", "public", "nobody"] {
        assert_eq!(keys.check_limited(name).await.expect_err("no scope").code(), "key_scope", "{name}");
    }
    keys.take_limited("shop").await.expect("one is left");
    assert_eq!(keys.take_limited("shop").await.expect_err("none is left").code(), "limited_quota");
    keys.return_limited("shop").await;
    keys.take_limited("shop").await.expect("one was given back");
}

#[tokio::test]
async fn guessing_keys_is_limited_and_valid_ones_still_work() {
    let engine = TestDatabase::sqlite();
    let key = add(&engine.store(), "shop", "posters", "none", 0).await;
    let keys = keys(&engine);
    let mut codes = Vec::new();
    for _ in 0..20 {
        codes.extend(keys.log_in("hb_guess").await.err().map(|error| error.code()));
    }
    assert!(codes.len() >= 9 && codes.iter().all(|code| *code == "rate_limited"), "{codes:?}");
    let session = keys.log_in(&key).await.expect("a valid key is always accepted").expect("a session");
    let other = keys.log_in(&key).await.expect("a store").expect("a session");
    assert_ne!(session.expose_secret(), other.expose_secret());
    keys.log_out(&session).await.expect("a store");
    assert!(keys.session(&session).await.expect("a store").is_none());
    assert!(keys.session(&other).await.expect("a store").is_some());
    assert!(keys.session(&"x".into()).await.expect("a store").is_none());
}

#[tokio::test]
async fn an_unusable_store_is_neither_open_nor_asked_by_every_request() {
    loop {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("haibao.db");
        std::fs::create_dir_all(&file).expect("a folder in place of the file");
        let (keys, start) = (Keys::new(Store::open(folder.path()), Config::default()), Instant::now());
        let error = keys.is_open().await.expect_err("the file is a folder");
        assert_eq!(error.code(), "store_unusable");
        // The store could be opened now.
        std::fs::remove_dir(&file).expect("it is empty");
        let again = keys.is_open().await;
        // A machine that takes longer shows nothing.
        if start.elapsed() < REFRESH {
            assert!(again.is_err(), "it is not asked again at once");
            break;
        }
    }
}

#[test]
fn names_scopes_and_rates_are_checked() {
    assert!(["shop", "a", "my-shop_2.cn"].iter().all(|name| is_name(name)));
    assert!(["", "Shop", "a b", "public", "商", "a\n", &"x".repeat(41)].iter().all(|name| !is_name(name)));
    let usual = Scopes::usual();
    assert_eq!(usual.to_string(), "posters,codes,scenes,assets,templates,exports");
    assert_eq!(usual.to_string().parse(), Ok(usual));
    assert_eq!("all".parse(), Ok(Scopes::all()));
    assert_eq!(" admin , posters ".parse::<Scopes>().map(|scopes| scopes.to_string()), Ok("posters,admin".into()));
    let error = "poster".parse::<Scopes>().expect_err("unknown");
    assert!(error.contains("\"poster\"") && error.contains("limited-codes"), "{error}");
    assert!("".parse::<Scopes>().is_err() && ",".parse::<Scopes>().is_err());
    assert_eq!("10/s".parse(), Ok(Rate { per_minute: 600, burst: 60 }));
    assert_eq!("5/min".parse(), Ok(Rate { per_minute: 5, burst: 1 }));
    assert_eq!("none".parse(), Ok(Rate::NONE));
    for wrong in ["", "10", "0/s", "-1/s", "10/h", "99999999999/s", "4000000000/s"] {
        assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
    }
}
