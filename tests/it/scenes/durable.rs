//! Durability of short links and scan counts, and the latency of lookups.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use haibao::store::{Config, Links, Store};
use haibao_core::scene::Scene;
use serde_json::{Value, json};

use super::scenes;
use crate::support::Service;

/// A keep-alive connection to a service that may be killed.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(addr: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(addr).ok()?;
        stream.set_nodelay(true).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        Some(Self(BufReader::new(stream)))
    }

    /// Sends a request and returns status and body. `None` if the connection breaks.
    fn request(&mut self, method: &str, path: &str, body: &str) -> Option<(u16, Vec<u8>)> {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.0.get_mut().write_all(request.as_bytes()).ok()?;
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).ok().filter(|n| *n > 0)?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            } else if status.is_none() {
                status = line.split(' ').nth(1)?.parse().ok();
            } else if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).ok()?;
        Some((status?, body))
    }
}

#[test]
fn acknowledged_links_survive_sigkill() {
    const LINKS: usize = 1000;
    let data = tempfile::tempdir().expect("a folder");
    let folder = data.path().join("data");
    let settings = [("HAIBAO_DATA", folder.to_str().expect("UTF-8"))];
    let mut service = Service::set(&settings);
    let addr = service.addr;
    let params = |n: usize| json!({ "n": n.to_string(), "title": "一张会被印出来的海报" });
    let (next, answered) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let child = Mutex::new(&mut service.child);
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut connection = Connection::open(addr)?;
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    if n >= LINKS {
                        return Some(());
                    }
                    let (status, body) =
                        connection.request("POST", "/v1/scenes", &json!({ "params": params(n) }).to_string())?;
                    let body: Value = serde_json::from_slice(&body).expect("JSON");
                    assert_eq!(status, 201, "{body:#}");
                    let id = body["id"].as_str().expect("an id").to_owned();
                    let mut answered = answered.lock().expect("no panic");
                    answered.insert(n, id);
                    if answered.len() == LINKS / 2 {
                        // SIGKILL in the middle: the process cannot flush anything.
                        child.lock().expect("no panic").kill().expect("killed");
                    }
                }
            });
        }
    });
    let took = start.elapsed();
    let answered = answered.into_inner().expect("no panic");
    println!("{} of {LINKS} links answered in {took:?} before the kill", answered.len());
    assert!((LINKS / 2..LINKS).contains(&answered.len()), "killed in the middle: {}", answered.len());

    let service = Service::set(&settings);
    let mut connection = Connection::open(service.addr).expect("it serves");
    for (n, id) in &answered {
        let (status, body) = connection.request("GET", &format!("/v1/scenes/{id}"), "").expect("a response");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!((status, &body["params"]), (200, &params(*n)), "link {n}");
    }
    let mut ids = BTreeSet::new();
    for n in 0..LINKS {
        let (_, body) =
            connection.request("POST", "/v1/scenes", &json!({ "params": params(n) }).to_string()).expect("a response");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        let id = body["id"].as_str().expect("an id").to_owned();
        assert!(answered.get(&n).is_none_or(|known| *known == id), "the same payload has the same id");
        assert!(ids.insert(id), "each id belongs to one payload");
    }
}

#[cfg(unix)]
#[test]
fn scans_are_written_on_shutdown() {
    let data = tempfile::tempdir().expect("a folder");
    let settings = [("HAIBAO_DATA", data.path().to_str().expect("UTF-8"))];
    let mut service = Service::set(&settings);
    let link = scenes(service.addr, &json!({ "params": { "id": 2 }, "count_scans": true })).json();
    let path = format!("/v1/scenes/{}", link["id"].as_str().expect("a link"));
    for _ in 0..5 {
        service.get(&path);
    }
    let id = service.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().is_ok_and(|s| s.success()));
    assert_eq!(service.child.wait().expect("it ends").code(), Some(0));
    let service = Service::set(&settings);
    assert_eq!(service.get(&path).json()["scans"], 6);
}

#[test]
fn a_lookup_is_nearly_as_fast_as_an_empty_response() {
    const TIMES: usize = 300;
    let service = Service::start();
    let mut connection = Connection::open(service.addr).expect("it serves");
    let link = |counted: bool| {
        let body = json!({ "params": { "id": 2, "counted": counted }, "force_link": true, "count_scans": counted });
        format!("/v1/scenes/{}", scenes(service.addr, &body).json()["id"].as_str().expect("a link"))
    };
    let paths = ["/healthz".to_owned(), link(false), link(true)];
    // Alternately, so that whatever else the machine does slows all of them down.
    let mut times = [const { Vec::new() }; 4];
    for n in 0..TIMES {
        for (path, times) in paths.iter().zip(&mut times) {
            let start = Instant::now();
            assert_eq!(connection.request("GET", path, "").expect("a response").0, 200, "{path}");
            times.push(start.elapsed());
        }
        let body = json!({ "params": { "n": n }, "force_link": true }).to_string();
        let start = Instant::now();
        assert_eq!(connection.request("POST", "/v1/scenes", &body).expect("a response").0, 201);
        times[3].push(start.elapsed());
    }
    let [empty, cached, counted, created] = times.map(median);
    println!("medians over HTTP: empty {empty:?}, cached {cached:?}, counted {counted:?}, creation {created:?}");
    assert!(cached < empty * 10, "a cached link takes {cached:?}, an empty response {empty:?}");
    // It is read from the store, but its scan is written later.
    let most = created.max(empty * 10);
    assert!(counted < most, "a counted link takes {counted:?}, an empty response {empty:?}, a creation {created:?}");

    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let open = |cache_bytes| Links::new(Store::open(folder.path()), Config { cache_bytes, ..Config::default() });
        let (cached, uncached) = (open(1 << 20), open(0));
        let payload = r#"{"id":"1"}"#;
        let text = cached.text(&Scene::Long(payload.to_owned())).await.expect("a link");
        let id = text.strip_prefix("s=").expect("a short link");
        let mut times = [const { Vec::new() }; 3];
        for n in 0..TIMES {
            for (links, times) in [&cached, &uncached].into_iter().zip(&mut times) {
                let start = Instant::now();
                assert_eq!(&*links.get(id).await.expect("it resolves").payload, payload);
                times.push(start.elapsed());
            }
            let start = Instant::now();
            cached.text(&Scene::Long(format!(r#"{{"n":"{n}"}}"#))).await.expect("a link");
            times[2].push(start.elapsed());
        }
        let [cached, uncached, created] = times.map(median);
        println!("medians: cached {cached:?}, uncached {uncached:?}, creation {created:?}");
        // From memory, from the store, and from the store before it is written.
        assert!(cached * 2 < uncached, "cached {cached:?}, uncached {uncached:?}");
        assert!(uncached < created, "uncached {uncached:?}, creation {created:?}");
    });
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
