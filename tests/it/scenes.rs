//! Scenes from end to end: what is encoded passes WeChat's rules and is read back by the page's own module; short links
//! outlive a killed process.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use haibao::{
    scene::{self, Scene},
    store::{Config, Links, Store},
    wechat::emulator::{Emulator, Options, SAMPLE_APPID, SAMPLE_SECRET},
};
use proptest::{
    collection::btree_map,
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Map, Value, json};

use crate::support::{Answer, Service, errors, haibao, run, send, talk};

type Params = BTreeMap<String, String>;

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// `scene.js` in a JavaScript engine.
struct Page {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Page {
    fn open() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/miniprogram/lines.js");
        let mut command = Command::new("node");
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("Node.js is installed");
        let (input, output) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        Self { child, input, output: BufReader::new(output) }
    }

    /// What the page reads from a scene, the same from every form in which WeChat hands it over: parameters, short id.
    fn read(&mut self, scene: &str) -> (Params, Option<String>) {
        writeln!(self.input, "{}", Value::from(scene)).and_then(|()| self.input.flush()).expect("Node.js runs");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("Node.js answers");
        let forms: Vec<Value> = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"));
        assert!(forms.windows(2).all(|two| two[0] == two[1]), "{scene:?} depends on its form: {forms:?}");
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        let pairs = forms[0]["params"].as_array().expect("a list").iter();
        (pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect(), forms[0]["shortId"].as_str().map(str::to_owned))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A WeChat that is asked for a code, so that its own rules decide.
struct WeChat {
    emulator: Emulator,
    token: String,
}

impl WeChat {
    fn start() -> Self {
        let emulator = Emulator::start(Options::default()).expect("an emulator");
        let body = json!({ "grant_type": "client_credential", "appid": SAMPLE_APPID, "secret": SAMPLE_SECRET });
        let answer = send(emulator.addr(), "POST", "/cgi-bin/stable_token", &[JSON], body.to_string().as_bytes());
        let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
        Self { emulator, token }
    }

    fn takes(&self, scene: &str) -> Result<(), String> {
        let body = json!({ "scene": scene, "check_path": false, "width": 280 });
        let path = format!("/wxa/getwxacodeunlimit?access_token={}", self.token);
        let answer = send(self.emulator.addr(), "POST", &path, &[JSON], body.to_string().as_bytes());
        if answer.body.starts_with(b"{") { Err(format!("{scene:?}: {}", answer.text())) } else { Ok(()) }
    }
}

fn object(params: &Params) -> Map<String, Value> {
    params.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect()
}

fn maps() -> impl Strategy<Value = Params> {
    let odd =
        prop::sample::select(vec!["", "s", "~", "~41", "__proto__", "constructor", "scancode_time", "%41", "a=b"]);
    let key = prop_oneof![3 => "[a-z]{1,3}", 2 => odd.clone().prop_map(String::from), 1 => "\\PC{0,3}"];
    let value = prop_oneof![
        4 => "[0-9a-zA-Z]{0,9}",
        3 => "[0-9a-zA-Z!#$&'()*+,/:;=?@._~-]{0,12}",
        2 => "[商品二维码海报]{0,4}",
        1 => "[😀👨‍👩‍👧🇨🇳]{0,2}",
        2 => odd.prop_map(String::from),
        1 => "\\PC{0,12}",
        1 => ".{0,40}",
        1 => "[a-z&=商~]{200,400}",
    ];
    btree_map(key, value, 1..4)
}

#[test]
fn any_parameters_reach_the_page() {
    const CASES: u32 = 200;
    let given = std::env::var("HAIBAO_TEST_SEED").ok().and_then(|text| text.parse().ok());
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_nanos() as u64;
    let seed: u64 = given.unwrap_or(clock);
    println!("HAIBAO_TEST_SEED={seed}");
    let bytes = *blake3::hash(&seed.to_le_bytes()).as_bytes();
    let config = ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));

    let folder = tempfile::tempdir().expect("a folder");
    let links = Links::new(Store::open(folder.path().join("data")), Config::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (page, wechat) = (Mutex::new(Page::open()), WeChat::start());
    let kinds = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let result = runner.run(&maps(), |params| {
        let encoded = scene::encode(&object(&params)).expect("a map of some strings");
        kinds[usize::from(encoded.is_link())].fetch_add(1, Ordering::Relaxed);
        let text = runtime.block_on(links.text(&encoded)).expect("a link is kept");
        prop_assert!(scene::check(&text).is_ok(), "{text:?}");
        let taken = wechat.takes(&text);
        prop_assert!(taken.is_ok(), "{taken:?}");

        let (read, short_id) = page.lock().expect("no panic").read(&text);
        let ours = scene::decode(&text);
        prop_assert_eq!(&ours.short_id, &short_id);
        prop_assert_eq!(&ours.params, &object(&read));
        prop_assert_eq!(short_id.is_some(), encoded.is_link());
        let read = match short_id {
            None => object(&read),
            Some(id) => runtime.block_on(links.get(&id)).expect("the link resolves").params(),
        };
        prop_assert_eq!(read, object(&params));
        Ok(())
    });
    let kinds = kinds.map(AtomicUsize::into_inner);
    println!("{} readable scenes, {} short links", kinds[0], kinds[1]);
    result.unwrap_or_else(|error| panic!("HAIBAO_TEST_SEED={seed}: {error}"));
    assert!(kinds.iter().all(|n| *n > 20), "both kinds are tested: {kinds:?}");
}

#[test]
fn any_text_is_read_alike_here_and_on_the_page() {
    let mut runner = TestRunner::new(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() });
    let page = Mutex::new(Page::open());
    let texts = prop_oneof![
        "[a-c=&~%E5419s]{0,24}",
        "(~[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|[a=&商]){0,9}",
        "s=[0-9a-z~%]{0,5}(&scancode_time=1)?",
    ];
    let result = runner.run(&texts, |text| {
        // Encoded once more it is read the same, if it is not encoded already.
        let read = match text.contains('%') {
            true => return Ok(()),
            false => page.lock().expect("no panic").read(&text),
        };
        let ours = scene::decode(&text);
        prop_assert_eq!(ours.short_id, read.1);
        prop_assert_eq!(ours.params, object(&read.0));
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

fn scenes(addr: SocketAddr, body: &Value) -> Answer {
    send(addr, "POST", "/v1/scenes", &[JSON], body.to_string().as_bytes())
}

#[test]
fn a_scene_is_readable_when_it_fits_and_a_short_link_otherwise() {
    let service = Service::start();
    let fits = scenes(service.addr, &json!({ "params": { "id": 8801, "n": "商", "x": null } }));
    assert_eq!(fits.status, 200);
    let expected = json!({ "scene": "id=8801&n=~E5~95~86", "kind": "text", "params": { "id": "8801", "n": "商" },
        "launch_parameter": "scene=id%3D8801%26n%3D~E5~95~86" });
    assert_eq!(fits.json(), expected);

    let body = json!({ "params": { "title": "中秋限时拼团", "id": 7, "tags": ["a", 1] } });
    let made = scenes(service.addr, &body);
    let link = made.json();
    let id = link["id"].as_str().expect("an id").to_owned();
    assert_eq!((made.status, made.header("location")), (201, format!("/v1/scenes/{id}").as_str()), "{link:#}");
    assert_eq!((&link["scene"], &link["kind"]), (&json!(format!("s={id}")), &json!("link")));
    assert_eq!(link["launch_parameter"], format!("scene=s%3D{id}"));
    let params = json!({ "title": "中秋限时拼团", "id": "7", "tags": ["a", 1] });
    assert_eq!(link["params"], params);
    // The same, in another order and with another type.
    let again = scenes(service.addr, &json!({ "params": { "id": "7", "tags": ["a", 1], "title": "中秋限时拼团" } }));
    assert_eq!((again.status, again.json()["id"].as_str()), (200, Some(id.as_str())));

    let path = format!("/v1/scenes/{id}");
    let got = service.get(&path);
    assert_eq!(got.json(), json!({ "id": id, "params": params }));
    assert_eq!(got.header("cache-control"), "public, max-age=86400");
    assert_eq!(got.header("access-control-allow-origin"), "*");
    let same = send(service.addr, "GET", &path, &[("If-None-Match", got.header("etag"))], b"");
    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, got.header("etag")));

    let forced = scenes(service.addr, &json!({ "params": { "id": 1 }, "force_link": true }));
    assert_eq!((forced.status, &forced.json()["kind"]), (201, &json!("link")));
}

#[test]
fn expiry_and_scans_are_as_they_were_asked_for() {
    let service = Service::start();
    let soon = scenes(service.addr, &json!({ "params": { "id": 1 }, "expires_in": 1 })).json();
    let expires_at = soon["expires_at"].as_u64().unwrap_or_else(|| panic!("{soon:#}"));
    let path = format!("/v1/scenes/{}", soon["id"].as_str().expect("a link, for a readable scene cannot expire"));
    let first = service.get(&path);
    if first.status == 200 {
        assert_eq!(first.json()["expires_at"], expires_at);
        assert!(["public, max-age=0", "public, max-age=1"].contains(&first.header("cache-control")), "{first:?}");
    }
    let start = Instant::now();
    while service.get(&path).status == 200 {
        assert!(start.elapsed() < Duration::from_secs(10), "it never expires");
        thread::sleep(Duration::from_millis(50));
    }
    let gone = service.get(&path);
    assert!(gone.problem(410, "scene_expired")["hint"].is_string());
    assert_eq!((gone.header("cache-control"), gone.header("access-control-allow-origin")), ("no-store", "*"));

    let counted = scenes(service.addr, &json!({ "params": { "id": 2 }, "count_scans": true })).json();
    assert_eq!(counted["scans"], 0, "{counted:#}");
    let path = format!("/v1/scenes/{}", counted["id"].as_str().expect("a link"));
    for scans in 1..=3 {
        let got = service.get(&path);
        assert_eq!((&got.json()["scans"], got.header("cache-control")), (&json!(scans), "no-store"));
    }
    assert_eq!(send(service.addr, "HEAD", &path, &[], b"").status, 200);
    assert_eq!(service.get(&path).json()["scans"], 4, "HEAD is no scan");

    for wrong in ["0123456789ab", "x", "..%2f..", "%ff", "0123456789ab0"] {
        let unknown = service.get(&format!("/v1/scenes/{wrong}"));
        unknown.problem(404, "scene_unknown");
        assert_eq!(unknown.header("cache-control"), "no-store", "it may be made in a moment");
    }
}

#[test]
fn wrong_parameters_are_refused_with_their_place() {
    let service = Service::start();
    let cases = [
        (json!({}), "request_invalid", vec![("field_missing", "/params")]),
        (json!({ "params": [1] }), "request_invalid", vec![("field_type", "/params")]),
        (json!({ "params": {} }), "scene_empty", vec![("scene_empty", "/params")]),
        (json!({ "params": { "a": null } }), "scene_empty", vec![("scene_empty", "/params")]),
        (json!({ "params": { "a": "x".repeat(5000) } }), "scene_too_large", vec![("scene_too_large", "/params")]),
        (
            json!({ "params": { "a": 1 }, "expires_in": 0, "count_scans": "yes", "expire": 1 }),
            "request_invalid",
            vec![("value_range", "/expires_in"), ("field_type", "/count_scans"), ("field_unknown", "/expire")],
        ),
    ];
    for (body, code, expected) in cases {
        let problem = scenes(service.addr, &body).problem(422, code);
        assert_eq!(errors(&problem), expected, "{body}");
    }
    send(service.addr, "GET", "/v1/scenes", &[], b"").problem(405, "method_not_allowed");
}

#[test]
fn a_wrong_scene_is_shown_with_carets_and_a_good_one_with_its_launch_parameter() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = run(folder.path(), &["scene", "check", "id=商&x y"]);
    let said = talk(&wrong);
    assert_eq!(wrong.status.code(), Some(1), "{said}");
    for word in
        ["`商` at character 4", "U+0020 at character 7", "scene:1:4", "scene:1:7", "1 | id=商&x y", "^", "hint: "]
    {
        assert!(said.contains(word), "{word:?} is missing in\n{said}");
    }
    let long = talk(&run(folder.path(), &["scene", "check", &"a".repeat(40)]));
    assert!(long.contains("40 characters") && long.contains(&format!("{}^^^^^^^^", " ".repeat(32))), "{long}");

    let good = run(folder.path(), &["scene", "check", "id=123&type=product"]);
    assert_eq!(good.status.code(), Some(0), "{}", talk(&good));
    assert!(talk(&good).contains("scene=id%3D123%26type%3Dproduct"), "{}", talk(&good));

    let encoded = run(folder.path(), &["scene", "encode", "id=123", "n=商&"]);
    assert_eq!(String::from_utf8_lossy(&encoded.stdout), "id=123&n=~E5~95~86~26\n");
    assert_eq!(fs_entries(folder.path()), 0, "nothing is written for a scene that fits");
}

fn fs_entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).expect("a folder").count()
}

#[test]
fn the_command_line_writes_and_reads_scenes_and_short_links() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| run(folder.path(), arguments);
    let out = |arguments: &[&str]| {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}\n{}", talk(&output));
        String::from_utf8(output.stdout).expect("UTF-8").trim_end().to_owned()
    };
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let pairs = ["id=8801", "t=中秋限时拼团"];
    let refused = run(&[&["scene", "encode"][..], &pairs].concat());
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0));
    assert!(talk(&refused).contains("64 characters") && talk(&refused).contains("--link"), "{}", talk(&refused));
    assert_eq!(fs_entries(folder.path()), 0);

    let scene = out(&[&["scene", "encode", "--link"][..], &pairs].concat());
    assert!(scene.starts_with("s=") && scene.len() == 14, "{scene}");
    assert!(folder.path().join("data/haibao.db").is_file());
    let expected = json(r#"{"id":"8801","t":"中秋限时拼团"}"#);
    assert_eq!(json(&out(&["scene", "decode", &scene])), expected);
    assert_eq!(json(&out(&["scene", "decode", &format!("scene=s%3D{}", &scene[2..])])), expected);
    assert_eq!(json(&out(&["scene", "decode", "id=~E5~95~86&k=a=b"])), json(r#"{"id":"商","k":"a=b"}"#));
    let unknown = run(&["scene", "decode", "s=0123456789ab"]);
    assert!(unknown.status.code() == Some(1) && talk(&unknown).contains("data folder"), "{}", talk(&unknown));

    std::fs::write(folder.path().join("p.json"), r#"{ "id": 5, "from": "x" }"#).expect("a file");
    assert_eq!(out(&["scene", "encode", "--json", "p.json", "from=y"]), "id=5&from=y");
    let mut child = haibao(folder.path())
        .args(["scene", "encode", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("piped").write_all(b"{\"a\":true}").expect("written");
    assert_eq!(child.wait_with_output().expect("it ends").stdout, b"a=true\n");
    assert_eq!(run(&["scene", "encode"]).status.code(), Some(2));
    assert_eq!(run(&["scene", "encode", "--json", "p.json", "novalue"]).status.code(), Some(2));
}

/// A connection that stays open, to a service that may be killed.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(addr: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(addr).ok()?;
        stream.set_nodelay(true).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        Some(Self(BufReader::new(stream)))
    }

    /// Status and body; none when the connection breaks.
    fn ask(&mut self, method: &str, path: &str, body: &str) -> Option<(u16, Vec<u8>)> {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
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
fn every_answered_link_survives_a_kill() {
    const LINKS: usize = 1000;
    let data = tempfile::tempdir().expect("a folder");
    let folder = data.path().join("data");
    let settings = [("HAIBAO_DATA", folder.to_str().expect("UTF-8"))];
    let mut service = Service::set(&settings);
    let addr = service.addr;
    let params = |n: usize| json!({ "n": n.to_string(), "title": "一张会被印出来的海报" });
    let (next, answered) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
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
                        connection.ask("POST", "/v1/scenes", &json!({ "params": params(n) }).to_string())?;
                    let body: Value = serde_json::from_slice(&body).expect("JSON");
                    assert_eq!(status, 201, "{body:#}");
                    let id = body["id"].as_str().expect("an id").to_owned();
                    answered.lock().expect("no panic").insert(n, id);
                }
            });
        }
        // In the middle: SIGKILL, without any chance to write.
        while answered.lock().expect("no panic").len() < LINKS / 2 {
            assert!(start.elapsed() < Duration::from_secs(60), "too slow");
            thread::yield_now();
        }
        service.child.kill().expect("killed");
    });
    let took = start.elapsed();
    let answered = answered.into_inner().expect("no panic");
    println!("{} of {LINKS} links answered in {took:?} before the kill", answered.len());
    assert!((LINKS / 2..LINKS).contains(&answered.len()), "killed in the middle: {}", answered.len());

    let service = Service::set(&settings);
    let mut connection = Connection::open(service.addr).expect("it serves");
    for (n, id) in &answered {
        let (status, body) = connection.ask("GET", &format!("/v1/scenes/{id}"), "").expect("an answer");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!((status, &body["params"]), (200, &params(*n)), "link {n}");
    }
    let mut ids = std::collections::BTreeSet::new();
    for n in 0..LINKS {
        let (_, body) =
            connection.ask("POST", "/v1/scenes", &json!({ "params": params(n) }).to_string()).expect("an answer");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        let id = body["id"].as_str().expect("an id").to_owned();
        assert!(answered.get(&n).is_none_or(|known| *known == id), "the same payload has the same id");
        assert!(ids.insert(id), "no id stands for two payloads");
    }
}

#[cfg(unix)]
#[test]
fn scans_are_written_when_the_service_stops() {
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
fn a_lookup_costs_little_more_than_an_empty_answer() {
    const TIMES: usize = 300;
    let service = Service::start();
    let mut connection = Connection::open(service.addr).expect("it serves");
    let link = |counted: bool| {
        let body = json!({ "params": { "id": 2, "counted": counted }, "force_link": true, "count_scans": counted });
        format!("/v1/scenes/{}", scenes(service.addr, &body).json()["id"].as_str().expect("a link"))
    };
    let mut median = |path: &str| {
        let time = |_| {
            let start = Instant::now();
            assert_eq!(connection.ask("GET", path, "").expect("an answer").0, 200, "{path}");
            start.elapsed()
        };
        let mut times: Vec<_> = (0..TIMES).map(time).collect();
        times.sort_unstable();
        times[TIMES / 2]
    };
    let (empty, cached, counted) = (median("/healthz"), median(&link(false)), median(&link(true)));
    println!("medians over HTTP: empty {empty:?}, cached link {cached:?}, counted link {counted:?}");
    for (name, time) in [("cached", cached), ("counted", counted)] {
        assert!(
            time < empty * 10 + Duration::from_millis(20),
            "a {name} link takes {time:?}, an empty answer {empty:?}"
        );
    }

    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let open = |cache_bytes| Links::new(Store::open(folder.path()), Config { cache_bytes, ..Config::default() });
        let (cached, uncached) = (open(1 << 20), open(0));
        let payload = r#"{"id":"1"}"#;
        let text = cached.text(&Scene::Link(payload.to_owned())).await.expect("a link");
        let id = text.strip_prefix("s=").expect("a short link");
        for (name, links) in [("cached", &cached), ("uncached", &uncached)] {
            let mut times = Vec::new();
            for _ in 0..TIMES {
                let start = Instant::now();
                assert_eq!(&*links.get(id).await.expect("it resolves").payload, payload);
                times.push(start.elapsed());
            }
            times.sort_unstable();
            println!("{name} lookup: median {:?}, slowest {:?}", times[TIMES / 2], times[TIMES - 1]);
            assert!(times[TIMES / 2] < Duration::from_millis(20), "{name}: {:?}", times[TIMES / 2]);
        }
    });
}
