//! Tests of the store on each engine: statements, short links (deduplication, expiry, scans, concurrency), files, URLs.

#[cfg(feature = "cluster")]
mod away;
mod full;
#[cfg(feature = "cluster")]
mod shared;
#[cfg(feature = "cluster")]
mod url;

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use sqlx::Executor;

use sqlx::SqlSafeStr;

use super::{engines::on_engine, link::Edge, testing::TestDatabase, *};
use haibao_core::scene::Scene;

/// Links with a manual clock, and ids chosen by the test before random ones.
struct Fixture {
    engine: TestDatabase,
    now: Arc<AtomicI64>,
    ids: Arc<Mutex<Vec<String>>>,
}

impl Fixture {
    fn new(engine: TestDatabase) -> Self {
        let (now, ids) = (Arc::new(AtomicI64::new(1_000)), Arc::default());
        Self { engine, now, ids }
    }

    async fn all() -> impl Iterator<Item = Self> {
        TestDatabase::all().await.into_iter().map(Self::new)
    }

    fn links(&self) -> Links {
        let (now, ids) = (Arc::clone(&self.now), Arc::clone(&self.ids));
        let edge = Edge {
            now: Arc::new(move || now.load(Ordering::SeqCst)),
            id: Arc::new(move || ids.lock().unwrap().pop().map_or_else(id::generate, Ok)),
        };
        Links::with(self.engine.store(), Config::default(), edge)
    }
}

const NO_EXPIRY: LinkOptions = LinkOptions { expires_in: None, count_scans: false };

fn expiring(seconds: u32) -> LinkOptions {
    LinkOptions { expires_in: Some(seconds), count_scans: false }
}

fn code(result: Result<Link>) -> &'static str {
    result.expect_err("the lookup fails").code()
}

#[tokio::test]
async fn a_payload_keeps_its_id_across_restarts() {
    for fixture in Fixture::all().await {
        println!("{}", fixture.engine.name);
        let links = fixture.links();
        let first = links.put(r#"{"a":"1"}"#, NO_EXPIRY).await.unwrap();
        assert!(first.created && is_valid_id(&first.link.id), "{first:?}");
        let again = links.put(r#"{"a":"1"}"#, NO_EXPIRY).await.unwrap();
        assert_eq!((again.created, &again.link), (false, &first.link));
        let other = links.put(r#"{"a":"2"}"#, NO_EXPIRY).await.unwrap();
        assert_ne!(other.link.id, first.link.id);
        let restarted = fixture.links();
        assert_eq!(restarted.get(&first.link.id).await.unwrap(), first.link);
        assert_eq!(restarted.put(r#"{"a":"1"}"#, NO_EXPIRY).await.unwrap().link, first.link);
        let scene = Scene::Long(r#"{"a":"1"}"#.to_owned());
        assert_eq!(restarted.text(&scene).await.unwrap(), format!("s={}", first.link.id));
        assert_eq!(restarted.text(&Scene::Text("id=1".to_owned())).await.unwrap(), "id=1");
    }
}

#[tokio::test]
async fn files_are_created_by_the_first_write_and_private_to_the_owner() {
    let fixture = Fixture::new(TestDatabase::sqlite());
    let links = fixture.links();
    for id in ["0123456789ab", "x", "../../etc/pass", ""] {
        assert_eq!(code(links.get(id).await), "scene_unknown", "{id}");
    }
    links.flush().await;
    assert_eq!(fs::read_dir(fixture.engine.folder.path()).unwrap().count(), 0, "a lookup creates no file");
    links.put("{}", NO_EXPIRY).await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let data = fixture.engine.folder.path().join("data");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data), 0o700);
        for file in fs::read_dir(&data).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
}

/// Otherwise a service whose keys cannot be read would be open.
#[tokio::test]
async fn only_a_missing_file_is_no_store() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Store::open(folder.path().join("none")).existing().await.unwrap().is_none());
    assert!(Store::open(folder.path()).existing().await.unwrap().is_none());
    fs::write(folder.path().join("data"), "a file").unwrap();
    let error = Store::open(folder.path().join("data")).existing().await.unwrap_err();
    assert_eq!(error.code(), "store_unusable");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_was_replaced_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path());
    store.check_writable().await.unwrap();
    let file = folder.path().join("haibao.db");
    fs::copy(&file, folder.path().join("copy")).unwrap();
    fs::rename(folder.path().join("copy"), &file).unwrap();
    assert_eq!(store.check_writable().await.unwrap_err().code(), "store_failed");
    fs::remove_file(&file).unwrap();
    assert_eq!(store.check_writable().await.unwrap_err().code(), "store_failed");
}

#[tokio::test]
async fn an_unusable_folder_is_named_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data"), "a file").unwrap();
    let links = Links::new(Store::open(folder.path().join("data")), Config::default());
    let error = links.put("{}", NO_EXPIRY).await.expect_err("the folder is a file");
    assert_eq!(error.code(), "store_unusable");
    assert!(error.message().contains("haibao.db") && error.hint_text().is_some(), "{error}");
    assert_eq!(links.put(&"x".repeat(4097), NO_EXPIRY).await.expect_err("too large").code(), "scene_too_large");
}

#[tokio::test]
async fn an_expiry_is_extended_and_never_shortened() {
    for fixture in Fixture::all().await {
        println!("{}", fixture.engine.name);
        let links = fixture.links();
        let put = async |options| links.put(r#"{"a":"1"}"#, options).await.unwrap().link;
        let link = put(expiring(100)).await;
        assert_eq!(link.expires_at, Some(1_100));
        assert_eq!(links.get(&link.id).await.unwrap(), link);
        assert_eq!(put(expiring(50)).await.expires_at, Some(1_100), "the expiry is not shortened");
        assert_eq!(put(expiring(200)).await.expires_at, Some(1_200));
        fixture.now.store(1_199, Ordering::SeqCst);
        assert_eq!(links.get(&link.id).await.unwrap().expires_at, Some(1_200), "the cached link has the new expiry");
        fixture.now.store(1_200, Ordering::SeqCst);
        assert_eq!(code(links.get(&link.id).await), "scene_expired");
        assert_eq!(code(fixture.links().get(&link.id).await), "scene_expired");
        let again = put(expiring(10)).await;
        assert_eq!((again.id.as_str(), again.expires_at), (link.id.as_str(), Some(1_210)), "the code works again");
        assert_eq!(put(NO_EXPIRY).await.expires_at, None);
        assert_eq!(put(expiring(10)).await.expires_at, None, "no expiry stays no expiry");
        fixture.now.store(i64::MAX / 2, Ordering::SeqCst);
        assert_eq!(links.get(&link.id).await.unwrap().expires_at, None);
    }
}

#[tokio::test]
async fn a_cached_link_is_counted_soon_after_another_process_enables_it() {
    for fixture in Fixture::all().await {
        println!("{}", fixture.engine.name);
        let (links, other) = (fixture.links(), fixture.links());
        let id = links.put("1", NO_EXPIRY).await.unwrap().link.id;
        assert_eq!(links.scan(&id).await.unwrap().scans, None);
        other.put("1", LinkOptions { count_scans: true, ..NO_EXPIRY }).await.unwrap();
        fixture.now.fetch_add(4, Ordering::SeqCst);
        assert_eq!(links.scan(&id).await.unwrap().scans, None, "the cached link is used for 5 s");
        fixture.now.fetch_add(1, Ordering::SeqCst);
        assert_eq!(links.scan(&id).await.unwrap().scans, Some(1));
        fixture.now.fetch_sub(3, Ordering::SeqCst);
        assert_eq!(links.scan(&id).await.unwrap().scans, Some(2), "the earlier state is not cached any longer");
    }
}

#[tokio::test]
async fn only_links_that_expired_long_ago_are_removed() {
    for fixture in Fixture::all().await {
        println!("{}", fixture.engine.name);
        let links = fixture.links();
        let old = links.put("1", expiring(10)).await.unwrap().link;
        let lasting = links.put("2", NO_EXPIRY).await.unwrap().link;
        let recent = links.put("3", expiring(86_400 * 30)).await.unwrap().link;
        fixture.now.fetch_add(86_400 * 31, Ordering::SeqCst);
        assert_eq!(code(links.get(&old.id).await), "scene_expired");
        links.put("4", NO_EXPIRY).await.unwrap();
        assert_eq!(code(links.get(&old.id).await), "scene_unknown");
        assert_eq!(code(links.get(&recent.id).await), "scene_expired", "reported as expired for 30 more days");
        assert_eq!(links.get(&lasting.id).await.unwrap(), lasting);
    }
}

#[tokio::test]
async fn scans_are_counted_on_request_and_survive_a_restart() {
    for fixture in Fixture::all().await {
        println!("{}", fixture.engine.name);
        let links = fixture.links();
        let counted = LinkOptions { expires_in: None, count_scans: true };
        let plain = links.put("1", NO_EXPIRY).await.unwrap().link;
        assert_eq!(links.scan(&plain.id).await.unwrap().scans, None);
        let link = links.put("1", counted).await.unwrap().link;
        assert_eq!((link.id.as_str(), link.scans), (plain.id.as_str(), Some(0)), "counting starts now");
        for expected in 1..=5 {
            assert_eq!(links.scan(&link.id).await.unwrap().scans, Some(expected));
        }
        assert_eq!(links.get(&link.id).await.unwrap().scans, Some(5), "a lookup is not a scan");
        links.flush().await;
        assert_eq!(links.scan(&link.id).await.unwrap().scans, Some(6));
        assert!(links.put("1", NO_EXPIRY).await.unwrap().link.scans.is_some(), "counting continues");
        assert_eq!(fixture.links().get(&link.id).await.unwrap().scans, Some(5), "another process sees written scans");
        let mut waited = 0;
        while fixture.links().get(&link.id).await.unwrap().scans != Some(6) {
            waited += 1;
            assert!(waited < 100, "the last scan is never written");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test]
async fn a_taken_id_is_replaced_by_a_new_one() {
    for fixture in Fixture::all().await {
        println!("{}", fixture.engine.name);
        let links = fixture.links();
        let first = links.put("1", NO_EXPIRY).await.unwrap().link;
        *fixture.ids.lock().unwrap() = vec![first.id.clone(), first.id.clone()];
        let second = links.put("2", NO_EXPIRY).await.unwrap();
        assert!(second.created && second.link.id != first.id, "{second:?}");
        assert!(fixture.ids.lock().unwrap().is_empty(), "the test's ids were used");
        assert_eq!(&*links.get(&first.id).await.unwrap().payload, "1");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_create_one_link_per_payload() {
    for fixture in Fixture::all().await {
        println!("{}", fixture.engine.name);
        let links = Arc::new(fixture.links());
        let start = std::time::Instant::now();
        // Each payload twice, through two stores of one database.
        let other = Arc::new(fixture.links());
        let request = |n: usize| {
            let links = Arc::clone(if n.is_multiple_of(2) { &links } else { &other });
            tokio::spawn(async move { links.put(&format!("{}", n / 2), NO_EXPIRY).await.unwrap() })
        };
        let tasks: Vec<_> = (0..2_000).map(request).collect();
        let mut ids = std::collections::BTreeMap::new();
        let mut created = 0;
        for task in tasks {
            let put = task.await.unwrap();
            created += usize::from(put.created);
            let id = ids.entry(put.link.payload).or_insert_with(|| put.link.id.clone());
            assert_eq!(*id, put.link.id, "one payload, one id");
        }
        println!("2000 concurrent creations of 1000 links took {:?} on {}", start.elapsed(), fixture.engine.name);
        assert_eq!((ids.len(), created), (1_000, 1_000));
        let distinct: std::collections::BTreeSet<_> = ids.values().collect();
        assert_eq!(distinct.len(), 1_000, "one id, one payload");
        let fresh = fixture.links();
        for (payload, id) in &ids {
            assert_eq!(fresh.get(id).await.unwrap().payload, *payload);
        }
    }
}

#[tokio::test]
async fn links_are_listed_by_owner_newest_first() {
    for fixture in Fixture::all().await {
        println!("{}", fixture.engine.name);
        let links = fixture.links();
        assert!(links.latest(9, None).await.unwrap().is_empty());
        let mut ids = Vec::new();
        for (owner, payload) in
            [(Some("a"), "{\"n\":1}"), (Some("b"), "{\"n\":2}"), (None, "{\"n\":3}"), (Some("a"), "{\"n\":4}")]
        {
            ids.push(links.put_by(owner, payload, NO_EXPIRY).await.unwrap().link.id);
            fixture.now.fetch_add(1, Ordering::SeqCst);
        }
        let list = async |limit, owner| {
            let all = links.latest(limit, owner).await.unwrap();
            all.into_iter().map(|link| ids.iter().position(|id| *id == link.id).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(list(9, Some("a")).await, [3, 0]);
        assert_eq!(list(1, Some("a")).await, [3]);
        assert_eq!(list(9, Some("b")).await, [1]);
        assert_eq!(list(9, None).await, [3, 2, 1, 0]);
        // An existing link keeps its owner, and one without an owner gets one when it is written again.
        let extended = LinkOptions { expires_in: None, count_scans: true };
        links.put_by(Some("b"), "{\"n\":1}", extended).await.unwrap();
        links.put_by(Some("b"), "{\"n\":3}", extended).await.unwrap();
        assert_eq!((list(9, Some("a")).await, list(9, Some("b")).await), (vec![3, 0], vec![2, 1]));
    }
}

#[tokio::test]
async fn every_statement_can_be_prepared() {
    for engine in TestDatabase::all().await {
        let shared = if engine.name == "Postgres" { sql::SHARED } else { &[] };
        let store = engine.store();
        let db = store.db().await.unwrap();
        for sql in sql::BOTH.iter().chain(shared) {
            let prepared = on_engine!(db, Db { writer, .. } => writer.prepare(sql.into_sql_str()).await.map(drop));
            prepared.unwrap_or_else(|e| panic!("{} rejects {sql}: {e}", engine.name));
        }
    }
}

#[test]
fn both_engines_have_the_same_tables() {
    // Only Postgres has `shared`, which serves several processes.
    let names = |all: &[sql::Migration]| all.iter().map(|(version, what, _)| (*version, *what)).collect::<Vec<_>>();
    let postgres: Vec<_> = names(sql::POSTGRES).into_iter().filter(|(_, what)| *what != "shared").collect();
    assert_eq!(names(sql::SQLITE), postgres);
}

#[tokio::test]
async fn a_transaction_is_rolled_back_unless_committed() {
    for engine in TestDatabase::all().await {
        let (store, other) = (engine.store(), engine.store());
        let values = |id: &'static str| {
            let hash = id.as_bytes();
            [id.into(), hash.into(), "{}".into(), Param::from(1), None::<i64>.into(), 0.into(), None::<&str>.into()]
        };
        let mut tx = store.db().await.unwrap().begin().await.unwrap();
        assert_eq!(tx.one(sql::PUT_LINK, &values("a")).await.unwrap().unwrap().get::<String>("id").unwrap(), "a");
        let find = async |id: &'static str| other.db().await.unwrap().one(sql::LINK_BY_ID, &[id.into()]).await.unwrap();
        assert!(find("a").await.is_none(), "{}: not committed", engine.name);
        drop(tx);
        let mut tx = store.db().await.unwrap().begin().await.unwrap();
        tx.one(sql::PUT_LINK, &values("b")).await.unwrap();
        tx.commit().await.unwrap();
        assert!(find("a").await.is_none() && find("b").await.is_some(), "{}", engine.name);
        let mut tx = store.db().await.unwrap().begin().await.unwrap();
        let mut taken = values("b");
        taken[1] = "another hash".as_bytes().into();
        assert_eq!(tx.one(sql::PUT_LINK, &taken).await.expect_err("the id is taken").code(), "store_conflict");
    }
}
