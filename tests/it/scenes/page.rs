//! Property tests: scenes are accepted by WeChat's rules and decoded by the mini-program's module.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use haibao::{
    store::{Config, Links, Store},
    wechat::emulator::{Emulator, Options, SAMPLE_SECRET},
};
use haibao_core::{sample::SAMPLE_APPID, scene};
use proptest::{
    collection::btree_map,
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Map, Value, json};

use super::JSON;
use crate::support::send;

type Params = BTreeMap<String, String>;

/// `scene.js` in Node.js.
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

    /// Decodes a scene in each form in which WeChat may pass it to a page. The first form is the text itself.
    fn forms(&mut self, scene: &str) -> Vec<Parsed> {
        writeln!(self.input, "{}", Value::from(scene)).and_then(|()| self.input.flush()).expect("Node.js runs");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("Node.js replies");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }
}

/// Result of `parseScene`.
#[derive(Debug, PartialEq, serde::Deserialize)]
struct Parsed {
    params: Vec<(String, String)>,
    #[serde(rename = "shortId")]
    short_id: Option<String>,
}

impl Parsed {
    fn params(&self) -> Map<String, Value> {
        self.params.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// WeChat emulator that accepts or rejects scenes by requesting a code.
struct WeChat {
    emulator: Emulator,
    token: String,
}

impl WeChat {
    fn start() -> Self {
        let emulator = Emulator::start(Options::default()).expect("an emulator");
        let body = json!({ "grant_type": "client_credential", "appid": SAMPLE_APPID, "secret": SAMPLE_SECRET });
        let response = send(emulator.addr(), "POST", "/cgi-bin/stable_token", &[JSON], body.to_string().as_bytes());
        let token = response.json()["access_token"].as_str().expect("a token").to_owned();
        Self { emulator, token }
    }

    fn accepts(&self, scene: &str) -> Result<(), String> {
        let body = json!({ "scene": scene, "check_path": false, "width": 280 });
        let path = format!("/wxa/getwxacodeunlimit?access_token={}", self.token);
        let response = send(self.emulator.addr(), "POST", &path, &[JSON], body.to_string().as_bytes());
        if response.body.starts_with(b"{") { Err(format!("{scene:?}: {}", response.text())) } else { Ok(()) }
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

/// Random cases. The environment variable `HAIBAO_TEST_SEED` reproduces a run.
fn runner(cases: u32) -> TestRunner {
    let given = std::env::var("HAIBAO_TEST_SEED").ok().and_then(|text| text.parse().ok());
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_nanos() as u64;
    let seed: u64 = given.unwrap_or(clock);
    println!("HAIBAO_TEST_SEED={seed}");
    let bytes = *blake3::hash(&seed.to_le_bytes()).as_bytes();
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

#[test]
fn any_parameters_are_decoded_by_the_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let links = Links::new(Store::open(folder.path().join("data")), Config::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (page, wechat) = (Mutex::new(Page::open()), WeChat::start());
    let kinds = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let result = runner(200).run(&maps(), |params| {
        let encoded = scene::encode(&object(&params)).expect("a map of some strings");
        kinds[usize::from(encoded.needs_link())].fetch_add(1, Ordering::Relaxed);
        let text = runtime.block_on(links.text(&encoded)).expect("the link is stored");
        prop_assert!(scene::check(&text).is_ok(), "{text:?}");
        let accepted = wechat.accepts(&text);
        prop_assert!(accepted.is_ok(), "{accepted:?}");

        let forms = page.lock().expect("no panic").forms(&text);
        prop_assert!(forms.windows(2).all(|two| two[0] == two[1]), "{text:?} depends on its form: {forms:?}");
        prop_assert_eq!(forms[0].short_id.is_some(), encoded.needs_link());
        let decoded = match &forms[0].short_id {
            None => forms[0].params(),
            Some(id) => runtime.block_on(links.get(id)).expect("the link resolves").params(),
        };
        prop_assert_eq!(decoded, object(&params));
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let [readable, short] = kinds.map(AtomicUsize::into_inner);
    println!("{readable} readable scenes, {short} short links");
    assert!(readable > 20 && short > 20, "both kinds are tested: {readable}, {short}");
}

#[test]
fn any_text_is_decoded_alike_in_rust_and_on_the_page() {
    let page = Mutex::new(Page::open());
    let texts = prop_oneof![
        "[a-c=&~%E5419s]{0,24}",
        "(~[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|[a=&商]){0,9}",
        "s=[0-9a-z~%]{0,5}(&scancode_time=1)?",
        "a=(~[EF][0-9A-F]|~[89AB][0-9A-F]|%[EF][0-9A-F]|%[89AB][0-9A-F]){0,6}",
    ];
    let result = runner(500).run(&texts, |text| {
        let page = page.lock().expect("no panic").forms(&text).swap_remove(0);
        let decoded = scene::decode(&text);
        prop_assert_eq!(&decoded.short_id, &page.short_id);
        prop_assert_eq!(decoded.params, page.params());
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
