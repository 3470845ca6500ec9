//! Hostile clients: the peak memory of the process, and whether codes are still served meanwhile.

use std::{
    collections::BTreeMap,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    client::{self, Client, post},
    hostile,
    process::{Service, load},
};

/// Target for the peak memory, MiB.
const MAX_MEMORY: f64 = 400.0;
/// Time for which connections are held.
const HELD: Duration = Duration::from_secs(12);
/// Number of hosts of pictures: each has a limit of its own.
const HOSTS: usize = 12;

/// Outcomes of the requests of a flood: statuses with codes, and broken connections.
type Outcomes = Arc<Mutex<BTreeMap<String, u64>>>;
type Flood = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What the floods send.
#[derive(Clone)]
struct Hostile {
    addr: SocketAddr,
    hosts: Arc<Vec<SocketAddr>>,
    outcomes: Outcomes,
}

/// Runs each flood, then all at once. Returns whether all promises hold.
pub async fn run(only: Option<&str>) -> bool {
    let hostile = prepare().await;
    let names = [
        "300 idle connections",
        "1200 idle connections",
        "1200 unfinished headers",
        "2000 headers of 390 KB",
        "1200 unfinished bodies",
        "40 bodies of 19 MiB",
        "bodies of 100 000 values",
        "120 posters with slow hosts",
        "96 pictures of up to 51 megapixels",
        "20 photos of 12 megapixels",
        "40 part headers of 1 MiB",
        "12 XLSX bombs",
        "60 explanations at scale 3",
        "400 posters that nobody reads",
        "2000 watchers of an export",
        "large pictures at scale 3",
        "all of these at once",
    ];
    println!("{:<36} peak MiB  after  codes: served  refused  p50 ms  max ms  load  outcomes", "flood");
    let mut holds = true;
    for (number, name) in names.iter().enumerate() {
        if only.is_some_and(|only| !only.split(',').any(|part| name.contains(part))) {
            continue;
        }
        let hosts: Vec<_> = hostile.hosts.to_vec();
        let mut service = Service::start("http://127.0.0.1:1", &hosts, &[]).await;
        let outcomes = Outcomes::default();
        let hostile = Hostile { addr: service.addr, outcomes: Arc::clone(&outcomes), ..hostile.clone() };
        let probe = Arc::new(Probe::default());
        let probing = tokio::spawn(Arc::clone(&probe).run(service.addr));
        sleep(Duration::from_millis(500)).await;
        if number + 1 == names.len() {
            futures_util::future::join_all((0..number).map(|one| hostile.flood(one))).await;
        } else {
            hostile.flood(number).await;
        }
        let peak = service.memory().peak;
        probe.is_over.store(true, SeqCst);
        probing.await.expect("no panic");
        sleep(Duration::from_secs(2)).await;
        let (served, refused, p50, max) = probe.results();
        println!(
            "{name:<36} {peak:>8.1}  {:>5.1}  {served:>13}  {refused:>7}  {p50:>6.1}  {max:>6.0}  {:>4.2}  {:?}",
            service.memory().now,
            load(),
            outcomes.lock().expect("no panic"),
        );
        holds &= service.is_running() && peak < MAX_MEMORY && served > 0;
    }
    println!("{}", if holds { "everything holds" } else { "NOT everything holds" });
    holds
}

async fn prepare() -> Hostile {
    let photos = Arc::new(super::assets::Photos::new());
    let mut hosts = Vec::new();
    for _ in 0..HOSTS {
        hosts.push(super::assets::start(Arc::clone(&photos)).await);
    }
    Hostile { addr: hosts[0], hosts: Arc::new(hosts), outcomes: Outcomes::default() }
}

/// Asks for codes all the time: by turns on a kept connection and on a new one.
#[derive(Default)]
struct Probe {
    is_over: AtomicBool,
    served: Mutex<Vec<f64>>,
    refused: Mutex<u64>,
}

impl Probe {
    async fn run(self: Arc<Self>, addr: SocketAddr) {
        let kept = Client::new(addr);
        let mut number = 0;
        while !self.is_over.load(SeqCst) {
            number += 1;
            let request = post("/v1/codes", &json!({ "kind": "qr", "text": format!("https://a.example/{number}") }));
            let start = Instant::now();
            let fresh = Client::new(addr);
            let client = if number % 2 == 0 { &kept } else { &fresh };
            match timeout(Duration::from_secs(60), client.send(&request)).await {
                Ok(Ok(response)) if response.status == 200 => {
                    self.served.lock().expect("no panic").push(start.elapsed().as_secs_f64() * 1000.0);
                }
                _ => *self.refused.lock().expect("no panic") += 1,
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Number of served and refused codes, median and longest time, ms.
    fn results(&self) -> (usize, u64, f64, f64) {
        let mut times = self.served.lock().expect("no panic").clone();
        times.sort_by(f64::total_cmp);
        let of = |index: usize| times.get(index).copied().unwrap_or(0.0);
        (times.len(), *self.refused.lock().expect("no panic"), of(times.len() / 2), of(times.len().saturating_sub(1)))
    }
}

impl Hostile {
    fn flood(&self, number: usize) -> Flood {
        let me = self.clone();
        match number {
            0 => Box::pin(me.hold(300, |_| Vec::new())),
            1 => Box::pin(me.hold(1200, |_| Vec::new())),
            2 => Box::pin(me.hold(1200, |_| {
                format!("POST /v1/posters HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: {}", "a".repeat(15_000)).into_bytes()
            })),
            3 => Box::pin(me.many(2000, 250, |_, _| {
                format!("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: {}\r\n\r\n", "a".repeat(390_000)).into_bytes()
            })),
            4 => Box::pin(me.hold(1200, |_| {
                let mut request = head("/v1/posters", "application/json", 15_000_000);
                request.extend([b' '; 1 << 20]);
                request
            })),
            5 => Box::pin(me.many(40, 40, |_, n| {
                let photo = format!("data:image/jpeg;base64,{}", "A".repeat((19 << 20) + n));
                poster(json!({ "product": photo }), 1)
            })),
            6 => Box::pin(me.many(60, 60, |_, n| {
                let values = vec![json!([n]); 49_000];
                post("/v1/posters", &json!({ "template": "product-share", "params": { "title": values } }))
            })),
            7 => Box::pin(me.many(120, 120, |me, n| {
                let host = me.hosts[n % HOSTS];
                poster(json!({ "product": format!("http://{host}/heavy/{n}") }), 1)
            })),
            8 => Box::pin(me.many(96, 24, |_, n| {
                poster(json!({ "product": data_uri(&hostile::PICTURES[n % hostile::PICTURES.len()], n) }), 1)
            })),
            9 => Box::pin(me.many(20, 20, |_, n| poster(json!({ "product": data_uri(&hostile::PHOTO, n) }), 1))),
            10 => Box::pin(me.many(40, 40, |_, _| {
                let name = "a".repeat(1 << 20);
                let part = format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
                multipart(part.as_bytes(), b"")
            })),
            11 => Box::pin(me.many(12, 12, |_, n| {
                let sheet = &hostile::SHEETS[n % hostile::SHEETS.len()];
                let options = "{\"template\": \"product-share\"}";
                let start = format!(
                    "--b\r\nContent-Disposition: form-data; name=\"options\"\r\n\r\n{options}\r\n\
                     --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"rows.xlsx\"\r\n\r\n"
                );
                multipart(start.as_bytes(), sheet)
            })),
            12 => Box::pin(me.many(60, 60, |_, n| explained(poster(json!({ "nickname": n.to_string() }), 3)))),
            13 => Box::pin(me.hold(400, |n| poster(json!({ "nickname": n.to_string() }), 3))),
            14 => Box::pin(me.watch(2000)),
            _ => Box::pin(me.large()),
        }
    }

    /// Posters at scale 3 of the largest pictures: clients that read them, that do not, that ask for boxes, bodies that stay
    /// unfinished, and an export.
    async fn large(self) {
        let picture = |n: usize| {
            let pictures = &hostile::PICTURES;
            poster(json!({ "product": data_uri(&pictures[n % pictures.len()], n) }), 3)
        };
        let explanation = move |n: usize| explained(picture(n));
        let unfinished = |_| [head("/v1/posters", "application/json", 19 << 20), vec![b' '; 18 << 20]].concat();
        let me = || self.clone();
        tokio::join!(
            me().many(96, 24, |_, n| picture(n)),
            me().hold(24, picture),
            me().many(24, 8, |_, n| explanation(n)),
            me().hold(8, unfinished),
            me().watch(4),
        );
    }

    /// Opens connections at once, sends on each, and holds them without reading.
    async fn hold(self, count: usize, request: impl Fn(usize) -> Vec<u8>) {
        let mut held = JoinSet::new();
        for number in 0..count {
            let (request, addr) = (request(number), self.addr);
            held.spawn(async move {
                let Ok(mut stream) = TcpStream::connect(addr).await else { return };
                // The service may close the connection.
                let _ = stream.write_all(&request).await;
                sleep(HELD).await;
            });
        }
        let _ = timeout(HELD * 3, held.join_all()).await;
    }

    /// Sends requests, some at a time, and reads their responses.
    async fn many(self, count: usize, at_a_time: usize, request: impl Fn(&Self, usize) -> Vec<u8>) {
        let mut running = JoinSet::new();
        for number in 0..count {
            if running.len() >= at_a_time {
                running.join_next().await;
            }
            let (request, me) = (request(&self, number), self.clone());
            running.spawn(async move {
                let client = Client::new(me.addr);
                let response = timeout(Duration::from_secs(90), client.send(&request)).await;
                me.count(match response {
                    Ok(Ok(response)) if response.status < 300 => response.status.to_string(),
                    Ok(Ok(response)) => format!("{} {}", response.status, response.code()),
                    Ok(Err(error)) => format!("{:?}", error.kind()),
                    Err(_) => "no response".to_owned(),
                });
            });
        }
        running.join_all().await;
    }

    /// Watches an export.
    async fn watch(self, count: usize) {
        let rows: String = (0..3000).map(|n| format!("花瓶 {n},12800,{n},assets/vase.jpg\n")).collect();
        let options =
            "{\"template\": \"product-share\", \"code\": {\"kind\": \"qr\", \"text\": \"https://a.example\"}}";
        let start = format!(
            "--b\r\nContent-Disposition: form-data; name=\"options\"\r\n\r\n{options}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"rows.csv\"\r\n\r\ntitle,price,goods_id,product\n"
        );
        let response = Client::new(self.addr).send(&multipart(start.as_bytes(), rows.as_bytes())).await;
        let started: Value = response.ok().and_then(|it| serde_json::from_slice(&it.body).ok()).unwrap_or_default();
        let events = started["links"]["events"].as_str().unwrap_or("/v1/exports/none/events").to_owned();
        let mut watching = JoinSet::new();
        for _ in 0..count {
            let (me, request) = (self.clone(), client::get(&events));
            watching.spawn(async move {
                let Ok(mut stream) = TcpStream::connect(me.addr).await else { return me.count("refused".into()) };
                let _ = stream.write_all(&request).await;
                let mut bytes = [0; 4096];
                let first = timeout(HELD, stream.read(&mut bytes)).await;
                let read = first.ok().and_then(Result::ok).unwrap_or(0);
                me.count(String::from_utf8_lossy(bytes.get(9..12.min(read).max(9)).unwrap_or_default()).into_owned());
                let until = Instant::now() + HELD;
                while Instant::now() < until && read > 0 {
                    if let Ok(Ok(0) | Err(_)) = timeout(Duration::from_secs(2), stream.read(&mut bytes)).await {
                        return;
                    }
                }
            });
        }
        watching.join_all().await;
    }

    fn count(&self, outcome: String) {
        *self.outcomes.lock().expect("no panic").entry(outcome).or_default() += 1;
    }
}

fn head(path: &str, media_type: &str, length: usize) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n")
        .into_bytes()
}

/// A picture with a number behind its end, so that each is another one for the caches.
fn data_uri(picture: &[u8], number: usize) -> String {
    let bytes = [picture, &number.to_be_bytes()].concat();
    format!("data:image/png;base64,{}", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes))
}

/// A poster with a QR code and these parameters.
fn poster(params: Value, scale: u8) -> Vec<u8> {
    let mut all =
        json!({ "product": "assets/vase.jpg", "title": "天青釉手作花瓶", "price": 12800, "goods_id": "8801" });
    for (name, value) in params.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    let code = json!({ "kind": "qr", "text": "https://a.example" });
    post("/v1/posters", &json!({ "template": "product-share", "params": all, "code": code, "scale": scale }))
}

/// Asks for the poster with its boxes instead.
fn explained(mut request: Vec<u8>) -> Vec<u8> {
    let line = b"POST /v1/posters";
    request.splice(..line.len(), *b"POST /v1/posters/explain HTTP/1.1\r\nAccept: image/png\r\nX-A: /v1/posters");
    request
}

fn multipart(start: &[u8], file: &[u8]) -> Vec<u8> {
    let body = [start, file, b"\r\n--b--\r\n"].concat();
    let mut request = head("/v1/exports", "multipart/form-data; boundary=b", body.len());
    request.extend(body);
    request
}
