//! Several instances on one database and one bucket. They run when `HAIBAO_TEST_POSTGRES` and `HAIBAO_TEST_S3` name
//! servers, which `tests/run` starts.

use std::{
    io::{self, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{crash::Random, *};

/// A schema and a prefix of the test's own.
fn servers() -> Option<(String, String)> {
    let (Ok(postgres), Ok(bucket)) = (std::env::var("HAIBAO_TEST_POSTGRES"), std::env::var("HAIBAO_TEST_S3")) else {
        let _ =
            writeln!(io::stderr(), "HAIBAO_TEST_POSTGRES or HAIBAO_TEST_S3 is not set: several instances are left out");
        return None;
    };
    let name = format!("jobs_{:016x}", getrandom::u64().expect("random bytes"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut connection = PgConnection::connect(&postgres).await.expect("HAIBAO_TEST_POSTGRES answers");
        connection.execute(AssertSqlSafe(format!("CREATE SCHEMA {name}"))).await.expect("a schema");
    });
    let separator = if postgres.contains('?') { '&' } else { '?' };
    let mut url = url::Url::parse(&bucket).expect("HAIBAO_TEST_S3 is a URL");
    url.set_path(&format!("/{name}"));
    Some((format!("{postgres}{separator}options[search_path]={name}"), url.into()))
}

#[test]
fn two_instances_share_an_export_and_no_row_is_there_twice() {
    const ROWS: usize = 240;
    let Some((store, blobs)) = servers() else { return };
    let settings = [("HAIBAO_STORE", store.as_str()), ("HAIBAO_BLOBS", blobs.as_str())];
    let (place, mut random) = (Place::new(), Random::new());
    let (mut one, mut two) = (place.start(&settings), place.start(&settings));
    let id = one.begin(&small(), &sheet(ROWS));
    for kill in 0..8 {
        thread::sleep(Duration::from_millis(100 + random.below(900)));
        if two.export(&id)["state"] == "done" {
            println!("{kill} kills");
            break;
        }
        // The one or the other; the one that stays goes on.
        let killed = if random.below(2) == 0 { &mut one } else { &mut two };
        *killed = place.start(&settings);
    }
    let export = two.until_state(&id, "done");
    assert_eq!((&export["done"], &export["failed"]), (&json!(ROWS), &json!(0)), "{export:#}");
    assert_rows(&one.archive(&id), ROWS, &[]);
    assert_eq!(files(&place.data()), Vec::<String>::new(), "nothing is kept on an instance");
    assert_eq!(one.ask("DELETE", &format!("/v1/exports/{id}")).status, 204);
}

#[test]
fn two_instances_work_at_the_same_time() {
    let Some((store, blobs)) = servers() else { return };
    let settings = [("HAIBAO_STORE", store.as_str()), ("HAIBAO_BLOBS", blobs.as_str())];
    let place = Place::new();
    let (one, two) = (place.start(&settings), place.start(&settings));
    let id = one.begin(&small(), &sheet(160));
    let export = two.until_state(&id, "done");
    assert_eq!(export["done"], 160);
    assert_rows(&two.archive(&id), 160, &[]);
    let calls = place.wechat.counters().code_calls;
    assert_eq!(calls, 160, "no code was asked for twice");
}

/// A way to a server that can be cut.
struct Way {
    addr: SocketAddr,
    cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Way {
    fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = listener.local_addr().expect("an address");
        let (cut, open) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (is_cut, streams) = (Arc::clone(&cut), Arc::clone(&open));
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(far) = TcpStream::connect(&server) else { continue };
                for (mut from, mut to) in [(near.try_clone(), far.try_clone()), (far.try_clone(), near.try_clone())]
                    .map(|(from, to)| (from.expect("a stream"), to.expect("a stream")))
                {
                    thread::spawn(move || {
                        let _ = io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
                streams.lock().expect("no panic").extend([near, far]);
            }
        });
        Self { addr, cut, open }
    }

    /// The server is away for a while.
    fn cut_for(&self, time: Duration) {
        self.cut.store(true, Ordering::SeqCst);
        let open: Vec<TcpStream> = self.open.lock().expect("no panic").drain(..).collect();
        assert!(!open.is_empty(), "nobody went this way");
        for stream in open {
            let _ = stream.shutdown(Shutdown::Both);
        }
        thread::sleep(time);
        self.cut.store(false, Ordering::SeqCst);
    }
}

#[test]
fn a_database_and_a_bucket_that_go_away_for_a_while_cost_no_row() {
    const ROWS: usize = 160;
    let Some((store, blobs)) = servers() else { return };
    // Both URLs with another way in the place of the server.
    let by_way = |url: &str| {
        let url = url::Url::parse(url).expect("a URL");
        let inner = url.query_pairs().find(|(name, _)| name == "endpoint").map(|(_, endpoint)| endpoint.into_owned());
        let server = inner.as_deref().map_or_else(|| url.clone(), |inner| url::Url::parse(inner).expect("a URL"));
        let host = format!("{}:{}", server.host_str().expect("a host"), server.port_or_known_default().unwrap_or(5432));
        (host.clone(), Way::to(host))
    };
    let ((database, to_database), (bucket, to_bucket)) = (by_way(&store), by_way(&blobs));
    let port = |host: &str| host.rsplit(':').next().expect("a port").to_owned();
    let store = store.replacen(&port(&database), &to_database.addr.port().to_string(), 1);
    let blobs = blobs.replacen(&port(&bucket), &to_bucket.addr.port().to_string(), 1);
    let place = Place::new();
    let node = place.start(&[("HAIBAO_STORE", store.as_str()), ("HAIBAO_BLOBS", blobs.as_str())]);
    let id = node.begin(&small(), &sheet(ROWS));
    thread::sleep(Duration::from_secs(1));
    to_database.cut_for(Duration::from_secs(5));
    thread::sleep(Duration::from_secs(1));
    to_bucket.cut_for(Duration::from_secs(5));
    let start = Instant::now();
    while node.get(&format!("/v1/exports/{id}")).status != 200 {
        assert!(start.elapsed() < Duration::from_secs(30), "the database is never found again\n{}", node.log());
        thread::sleep(Duration::from_millis(100));
    }
    let export = node.until_state(&id, "done");
    assert_eq!((&export["done"], &export["failed"]), (&json!(ROWS), &json!(0)), "{export:#}\n{}", node.log());
    assert_rows(&node.archive(&id), ROWS, &[]);
}
