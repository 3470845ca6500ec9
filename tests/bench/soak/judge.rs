//! Judges every response: its status and code are in the API document, its kind may fail so, and its picture shows what it must.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use serde_json::Value;
use tokio::sync::mpsc;

use super::{
    client::{Client, Response},
    readback::{self, Content},
    shots::{Kind, Shot},
};

/// Number of failures that are kept.
const MAX_FAILURES: usize = 20;
/// Number of posters that wait to be read back. The load waits for them.
const WAITING: usize = 96;
/// Threads that read posters back: enough that the service, not they, is the bottleneck.
const READERS: usize = 3;

/// Results of one kind of request.
#[derive(Debug, Default, Clone)]
pub struct Results {
    /// Latencies of successful requests, ms.
    pub times: Vec<f32>,
    /// Number of responses that say that a picture was replaced.
    pub degraded: u64,
    /// Errors by code.
    pub errors: BTreeMap<String, u64>,
}

#[derive(Debug, Default)]
pub struct Tally {
    pub by_kind: BTreeMap<Kind, Results>,
    /// Pictures that were decoded and compared.
    pub read_back: u64,
    /// Pictures that were equal to one that was read back before.
    pub equal: u64,
    failures: Vec<String>,
    pub failed: u64,
}

struct ReadBack {
    kind: Kind,
    bytes: Vec<u8>,
    content: Content,
}

/// Judges responses. Clones share the tally.
#[derive(Clone)]
pub struct Judge {
    document: Arc<Value>,
    tally: Arc<Mutex<Tally>>,
    known: Arc<Mutex<HashMap<u64, blake3::Hash>>>,
    queue: mpsc::Sender<ReadBack>,
}

impl Judge {
    /// Fetches the API document, and starts the threads that read pictures back.
    pub async fn new(client: &Client) -> Self {
        let document = Arc::new(client.json("/openapi.json").await);
        let (queue, waiting) = mpsc::channel(WAITING);
        let (waiting, tally) = (Arc::new(Mutex::new(waiting)), Arc::new(Mutex::new(Tally::default())));
        for _ in 0..READERS {
            let (waiting, tally) = (Arc::clone(&waiting), Arc::clone(&tally));
            thread::spawn(move || read_back(&waiting, &tally));
        }
        Self { document, tally, known: Arc::default(), queue }
    }

    /// Judges the response to a request. Its picture is read back only if `sample` is true.
    pub async fn judge(&self, shot: &Shot, response: std::io::Result<Response>, took: Duration, sample: bool) {
        let mut response = match response {
            Ok(response) => response,
            Err(error) => return self.fail(shot.kind, &format!("no response: {error}")),
        };
        if response.status != 200 {
            return self.error(shot, &response);
        }
        let is_degraded = response.header("x-haibao-degraded").is_some();
        {
            let mut tally = self.tally.lock().expect("no panic");
            let results = tally.by_kind.entry(shot.kind).or_default();
            results.times.push(took.as_secs_f32() * 1000.0);
            results.degraded += u64::from(is_degraded);
        }
        if is_degraded != (shot.kind == Kind::Avatar) {
            self.fail(shot.kind, &format!("degraded: {is_degraded}"));
        }
        if response.header("content-type") != Some("image/png") {
            return self.fail(shot.kind, "not a PNG");
        }
        let bytes = std::mem::take(&mut response.body);
        if let Some(number) = shot.known {
            let hash = blake3::hash(&bytes);
            let before = self.known.lock().expect("no panic").insert(number, hash);
            match before {
                Some(before) if before == hash => {
                    self.tally.lock().expect("no panic").equal += 1;
                    return;
                }
                Some(_) => self.fail(shot.kind, "differs from the response to an equal request"),
                None => {}
            }
        }
        if sample {
            let item = ReadBack { kind: shot.kind, bytes, content: shot.content.clone() };
            self.queue.send(item).await.expect("the thread reads back");
        }
    }

    fn error(&self, shot: &Shot, response: &Response) {
        let (status, code) = (response.status.to_string(), response.code());
        let documented = &self.document["paths"][shot.path][shot.method]["responses"][&status];
        let documented = documented["$ref"].as_str().and_then(|target| self.document.pointer(&target[1..]));
        let codes = documented.map(|it| &it["content"]["application/problem+json"]["schema"]["allOf"][1]);
        let codes = codes.and_then(|it| it["properties"]["code"]["enum"].as_array());
        if !codes.is_some_and(|codes| codes.iter().any(|known| *known == code)) {
            return self.fail(shot.kind, &format!("{status} {code:?} is not documented: {}", response.text()));
        }
        if !shot.kind.allows(&code) {
            self.fail(shot.kind, &format!("unexpected: {status} {}", response.text()));
        }
        if (status == "503" || status == "429") && response.header("retry-after").is_none() {
            self.fail(shot.kind, &format!("{status} {code} without Retry-After"));
        }
        let mut tally = self.tally.lock().expect("no panic");
        *tally.by_kind.entry(shot.kind).or_default().errors.entry(code).or_default() += 1;
    }

    fn fail(&self, kind: Kind, message: &str) {
        self.tally.lock().expect("no panic").fail(kind, message);
    }

    /// Takes the results since the last call. Failures and counts of pictures remain.
    pub fn take(&self) -> BTreeMap<Kind, Results> {
        std::mem::take(&mut self.tally.lock().expect("no panic").by_kind)
    }

    /// Pictures read back, equal pictures, failures.
    pub fn counts(&self) -> (u64, u64, u64) {
        let tally = self.tally.lock().expect("no panic");
        (tally.read_back, tally.equal, tally.failed)
    }

    /// The first failures.
    pub fn failures(&self) -> Vec<String> {
        self.tally.lock().expect("no panic").failures.clone()
    }

    /// Waits until all pictures are read back.
    pub async fn finish(&self) {
        while self.queue.capacity() < WAITING {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Reads posters back until there will be no more.
fn read_back(waiting: &Mutex<mpsc::Receiver<ReadBack>>, tally: &Mutex<Tally>) {
    loop {
        let next = waiting.lock().expect("no panic").blocking_recv();
        let Some(ReadBack { kind, bytes, content }) = next else { return };
        let result = readback::check(&bytes, &content);
        let mut tally = tally.lock().expect("no panic");
        tally.read_back += 1;
        if let Err(message) = result {
            tally.fail(kind, &message);
        }
    }
}

impl Tally {
    fn fail(&mut self, kind: Kind, message: &str) {
        self.failed += 1;
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(format!("{}: {message}", kind.name()));
        }
    }
}

impl Results {
    pub fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.degraded += other.degraded;
        for (code, count) in other.errors {
            *self.errors.entry(code).or_default() += count;
        }
    }

    /// Latency that this fraction of the successful requests does not exceed, ms.
    pub fn quantile(&self, fraction: f64) -> f32 {
        let mut times = self.times.clone();
        times.sort_by(f32::total_cmp);
        let last = times.len().saturating_sub(1);
        times.get((last as f64 * fraction).round() as usize).copied().unwrap_or(0.0)
    }

    /// Number of errors.
    pub fn refused(&self) -> u64 {
        self.errors.values().sum()
    }
}
