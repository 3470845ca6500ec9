//! Faults of WeChat with every token source: the number of calls, the result, and recovery afterwards.

use std::{
    collections::BTreeSet,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use futures_util::{StreamExt, future::join_all, stream};
use haibao::wechat::{
    client::{Client, Config, FetchedCode, TokenPauses, WaitPolicy},
    emulator::{Emulator, Fault, Injection, On, Options},
};
use haibao_core::{
    code::CodeNeed,
    error::{Error, Result, Retry},
    sample::decode,
    scene::Scene,
};
use serde_json::json;
use tokio::{sync::Mutex, time::timeout};

use crate::wechat_kit::{SOURCES, client, config};

/// One fault per row. The test fetches the same code twice, the second time without the fault. A cell has the number of
/// calls of a token endpoint, the number of calls of a code endpoint, and the result of the first fetch. `then` is the
/// result of the second fetch if that is not a picture: an error with the time to wait. The fixed token is never
/// fetched.
///
/// - Transient failures (-1, 5xx, a broken or stalled connection, a response that is empty or cut) are retried, at most twice.
/// - A refused token is replaced once. The stable endpoint returns the refused token again unless it was stolen, so a
///   refresh is forced. The fixed source has no other token.
/// - Invalid pictures, invalid tokens and refusals are not retried.
const MATRIX: &str = "
| fault, calls               | stable             | classic            | server              | fixed              | then
|----------------------------|--------------------|--------------------|---------------------|--------------------|-----
| nothing             code 1 | 1 1 ok             | 1 1 ok             | 1 1 ok              | 0 1 ok             |
| busy                code 2 | 1 3 ok             | 1 3 ok             | 1 3 ok              | 0 3 ok             |
| busy                code 3 | 1 3 wechat_busy    | 1 3 wechat_busy    | 1 3 wechat_busy     | 0 3 wechat_busy    |
| token_rejected      code 1 | 3 2 ok             | 2 2 ok             | 2 2 ok              | 0 1 wechat_token   | fixed wechat_token
| token_rejected      code ∞ | 3 2 wechat_token   | 2 2 wechat_token   | 2 2 wechat_token    | 0 1 wechat_token   | all wechat_token
| token_stolen        code 1 | 2 2 ok             | 2 2 ok             | 2 2 ok              | 0 1 wechat_token   | fixed wechat_token
| quota               code 1 | 1 1 wechat_quota   | 1 1 wechat_quota   | 1 1 wechat_quota    | 0 1 wechat_quota   | all wechat_quota
| delay               code 1 | 1 1 ok             | 1 1 ok             | 1 1 ok              | 0 1 ok             |
| slow_drip           code 1 | 1 2 ok             | 1 2 ok             | 1 2 ok              | 0 2 ok             |
| stall               code 1 | 1 2 ok             | 1 2 ok             | 1 2 ok              | 0 2 ok             |
| stall               code ∞ | 1 2 wechat_timeout | 1 2 wechat_timeout | 1 2 wechat_timeout  | 0 2 wechat_timeout |
| reset               code 2 | 1 3 ok             | 1 3 ok             | 1 3 ok              | 0 3 ok             |
| reset               code 3 | 1 3 wechat_unreachable | 1 3 wechat_unreachable | 1 3 wechat_unreachable | 0 3 wechat_unreachable |
| bad_gateway         code 2 | 1 3 ok             | 1 3 ok             | 1 3 ok              | 0 3 ok             |
| bad_gateway         code 3 | 1 3 wechat_status  | 1 3 wechat_status  | 1 3 wechat_status   | 0 3 wechat_status  |
| truncated           code 2 | 1 3 ok             | 1 3 ok             | 1 3 ok              | 0 3 ok             |
| truncated           code 3 | 1 3 wechat_bad_answer | 1 3 wechat_bad_answer | 1 3 wechat_bad_answer | 0 3 wechat_bad_answer |
| empty_body          code 2 | 1 3 ok             | 1 3 ok             | 1 3 ok              | 0 3 ok             |
| empty_body          code 3 | 1 3 wechat_bad_answer | 1 3 wechat_bad_answer | 1 3 wechat_bad_answer | 0 3 wechat_bad_answer |
| error_as_image      code 2 | 1 3 ok             | 1 3 ok             | 1 3 ok              | 0 3 ok             |
| image_as_json       code 1 | 1 1 ok             | 1 1 ok             | 1 1 ok              | 0 1 ok             |
| huge_body           code 1 | 1 1 wechat_bad_answer | 1 1 wechat_bad_answer | 1 1 wechat_bad_answer | 0 1 wechat_bad_answer |
| busy               token 2 | 3 1 ok             | 3 1 ok             | 3 1 ok              | 0 1 ok             |
| busy               token 3 | 3 0 wechat_busy    | 3 0 wechat_busy    | 3 0 wechat_busy     | 0 1 ok             |
| delay              token 1 | 1 1 ok             | 1 1 ok             | 1 1 ok              | 0 1 ok             |
| slow_drip          token 1 | 1 1 ok             | 1 1 ok             | 1 1 ok              | 0 1 ok             |
| stall              token 1 | 2 1 ok             | 2 1 ok             | 2 1 ok              | 0 1 ok             |
| reset              token 2 | 3 1 ok             | 3 1 ok             | 3 1 ok              | 0 1 ok             |
| reset              token 3 | 3 0 wechat_unreachable | 3 0 wechat_unreachable | 3 0 token_server_unreachable | 0 1 ok |
| bad_gateway        token 2 | 3 1 ok             | 3 1 ok             | 3 1 ok              | 0 1 ok             |
| bad_gateway        token 3 | 3 0 wechat_status  | 3 0 wechat_status  | 3 0 token_server_status | 0 1 ok         |
| truncated          token 2 | 3 1 ok             | 3 1 ok             | 3 1 ok              | 0 1 ok             |
| truncated          token 3 | 3 0 wechat_bad_answer | 3 0 wechat_bad_answer | 3 0 token_server_bad_answer | 0 1 ok |
| empty_body         token 2 | 3 1 ok             | 3 1 ok             | 3 1 ok              | 0 1 ok             |
| empty_body         token 3 | 3 0 wechat_bad_answer | 3 0 wechat_bad_answer | 3 0 token_server_bad_answer | 0 1 ok |
| error_as_image     token 2 | 3 1 ok             | 3 1 ok             | 3 1 ok              | 0 1 ok             |
| image_as_json      token 1 | 1 1 ok             | 1 1 ok             | 1 1 ok              | 0 1 ok             |
| huge_body          token 1 | 1 0 wechat_bad_answer | 1 0 wechat_bad_answer | 1 0 token_server_bad_answer | 0 1 ok |
";

/// Timeout that is not reached even on a busy machine.
const LONG_TIMEOUT_MS: u64 = 60_000;
/// Held by tests that draw many pictures, so that they do not slow each other down.
static DRAWING: Mutex<()> = Mutex::const_new(());

struct Row {
    name: String,
    /// `None` for the row without a fault.
    injection: Option<Injection>,
    /// Expected results, by source.
    cells: Vec<String>,
    /// The source whose second fetch fails (or `all`), and its error code.
    then: Option<(String, String)>,
}

impl Row {
    /// Whether the row runs into the timeout of an attempt.
    fn stalls(&self) -> bool {
        self.name.starts_with("stall") || self.name.starts_with("slow_drip")
    }
}

/// The rows, for a timeout of those that stall.
fn rows(timeout_ms: u64) -> Vec<Row> {
    MATRIX.trim().lines().skip(2).map(|line| row(line, timeout_ms)).collect()
}

fn row(line: &str, timeout_ms: u64) -> Row {
    let columns: Vec<&str> = line.trim().trim_start_matches('|').split('|').map(str::trim).collect();
    let [fault, cells @ .., then] = &columns[..] else { panic!("a row: {line}") };
    let [name, on, times] = fault.split_whitespace().collect::<Vec<_>>()[..] else { panic!("a fault: {fault}") };
    let times = if times == "∞" { json!(null) } else { json!(times.parse::<u32>().expect("a number")) };
    // Slower than the timeout for a picture, and faster for a token.
    let every_ms = timeout_ms / 40;
    let json = json!({ "fault": name, "on": on, "times": times, "ms": 300, "bytes": 64, "every_ms": every_ms });
    let injection = (name != "nothing").then(|| serde_json::from_value(json).expect("a fault of the emulator"));
    let then = then.split_once(' ').map(|(affected, code)| (affected.to_owned(), code.trim().to_owned()));
    assert_eq!(cells.len(), SOURCES.len(), "{line}");
    Row { name: (*fault).to_owned(), injection, cells: cells.iter().map(|c| (*c).to_owned()).collect(), then }
}

fn need(scene: &str) -> CodeNeed {
    let need = CodeNeed::unlimited("default", "pages/a/a", Scene::Text(scene.to_owned()));
    CodeNeed { width: 280, ..need }
}

/// The scene in the picture, or the error's code.
fn outcome(fetched: &Result<FetchedCode>) -> Result<String, &'static str> {
    let fetched = fetched.as_ref().map_err(Error::code)?;
    let picture = image::load_from_memory(&fetched.asset.bytes).expect("a picture").to_rgba8();
    Ok(decode(&picture).expect("a code of the emulator").scene)
}

/// A timeout that tests wait for, ms: as short as the speed of the machine allows. Two fifths of it suffice for the pictures of all rows
/// that stall.
async fn short_timeout_ms() -> u64 {
    let emulator = Emulator::start(Options::default()).expect("an emulator");
    let client = client(&emulator, "stable", LONG_TIMEOUT_MS).await;
    let start = Instant::now();
    client.fetch(&need("id=1"), WaitPolicy::Wait).await.expect("a code");
    (start.elapsed().as_millis() as u64 * 100).clamp(5000, LONG_TIMEOUT_MS)
}

/// Checks one cell of the matrix. Returns a message if the outcome differs.
async fn check(row: &Row, source: &str, expected: &str, timeout_ms: u64) -> Option<String> {
    let emulator = Emulator::start(Options::default()).expect("an emulator");
    let client = client(&emulator, source, timeout_ms).await;
    let before = emulator.counters();
    if let Some(injection) = row.injection {
        emulator.fault(injection);
    }
    let first = client.fetch(&need("id=1"), WaitPolicy::Wait).await;
    let after = emulator.counters();
    let result = match outcome(&first) {
        Ok(scene) if scene == "id=1" => "ok".to_owned(),
        Ok(scene) => format!("the code of {scene}"),
        Err(code) => code.to_owned(),
    };
    let calls = [after.token_calls - before.token_calls, after.code_calls - before.code_calls];
    let actual = format!("{} {} {result}", calls[0], calls[1]);
    if actual != expected {
        return Some(format!("{} with {source}: got `{actual}`, expected `{expected}`: {first:?}", row.name));
    }
    emulator.clear_faults();
    let again = client.fetch(&need("id=1"), WaitPolicy::Wait).await;
    let fails = row
        .then
        .as_ref()
        .filter(|(affected, _)| affected == "all" || affected == source)
        .map(|(_, code)| code.as_str());
    let as_expected = match (outcome(&again), fails) {
        (Ok(scene), None) => scene == "id=1",
        (Err(code), Some(expected)) => {
            let has_called = emulator.counters() != after;
            let has_retry_time =
                again.as_ref().is_err_and(|e| matches!(e.retry_advice(), Retry::After(rest) if rest.as_secs() <= 60));
            code == expected && has_retry_time && !has_called
        }
        _ => false,
    };
    (!as_expected).then(|| format!("{} with {source}, second fetch: expected {fails:?}, got {again:?}", row.name))
}

#[tokio::test]
async fn every_fault_with_every_token_source() {
    let _alone = DRAWING.lock().await;
    let short = short_timeout_ms().await;
    let (stalling, prompt): (Vec<Row>, Vec<Row>) = rows(short).into_iter().partition(Row::stalls);
    let run = async |rows: &[Row], timeout_ms: u64, concurrency: usize| {
        let cells =
            rows.iter().flat_map(|row| SOURCES.iter().zip(&row.cells).map(move |(source, cell)| (row, source, cell)));
        let checks = stream::iter(cells).map(|(row, source, cell)| check(row, source, cell, timeout_ms));
        checks.buffer_unordered(concurrency).filter_map(async |wrong| wrong).collect::<Vec<String>>().await
    };
    // Rows that stall are idle most of the time. The others, which keep the CPU busy with drawing, would use up their time.
    let wrong = [run(&prompt, LONG_TIMEOUT_MS, 8).await, run(&stalling, short, 20).await].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_matrix_has_every_fault() {
    let rows = rows(LONG_TIMEOUT_MS);
    let named: BTreeSet<&str> = rows.iter().filter_map(|row| row.name.split(' ').next()).collect();
    for fault in ALL {
        let json = serde_json::to_value(fault).expect("JSON");
        let name = json["fault"].as_str().expect("a name");
        assert!(named.contains(name), "the matrix has no {name}");
    }
}

const ALL: [Fault; 14] = [
    Fault::Busy,
    Fault::TokenRejected,
    Fault::TokenStolen,
    Fault::Quota,
    Fault::Delay { ms: 50 },
    Fault::SlowDrip { bytes: 2000, every_ms: 20 },
    Fault::Stall,
    Fault::Reset,
    Fault::BadGateway,
    Fault::Truncated,
    Fault::EmptyBody,
    Fault::ErrorAsImage,
    Fault::ImageAsJson,
    Fault::HugeBody,
];

/// For each source, twenty random faults and 50 concurrent callers, each with its own scene. Callers retry when the
/// error says so.
#[tokio::test]
async fn random_faults_under_many_callers() {
    let _alone = DRAWING.lock().await;
    let seed = std::env::var("SEED").ok().and_then(|s| s.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| RandomState::new().hash_one(0));
    let timeout_ms = 2 * short_timeout_ms().await;
    join_all(SOURCES.map(|source| random_faults(source, seed, timeout_ms))).await;
}

async fn random_faults(source: &str, seed: u64, timeout_ms: u64) {
    // With shorter pauses after refused tokens. The one between forced refreshes is shorter still for the emulator, which counts from when
    // the call arrives.
    let options = Options { force_gap: Duration::from_millis(100), ..Options::default() };
    let emulator = Emulator::start(options).expect("an emulator");
    let token_pauses =
        TokenPauses { cool_down: [500, 5000].map(Duration::from_millis), force_gap: Duration::from_secs(2) };
    let config = Config { token_pauses, ..config(&emulator, source, timeout_ms).await };
    let client = &Client::new(config).expect("a client");
    let before = emulator.counters();
    let faults = random(source, seed);
    faults.iter().for_each(|injection| emulator.fault(*injection));
    let context = &format!("SEED={seed} with {source}: {faults:?}");
    let scenes: Vec<String> = (0..50).map(|i| format!("id={i}&s={source}")).collect();
    // The time of a token and that of a code, and as much for the checks of all pictures.
    let limit = Duration::from_millis(timeout_ms) * 3;
    let callers = scenes.iter().map(async |scene| {
        // Far more than a caller may meet: each fault once, and each cool-down after one.
        for _ in 0..4 * faults.len() {
            let fetched = timeout(limit, client.fetch(&need(scene), WaitPolicy::Wait)).await;
            let error = match fetched.unwrap_or_else(|_| panic!("a call hangs: {context}")) {
                Ok(code) => return code,
                Err(error) => error,
            };
            match error.retry_advice() {
                Retry::After(rest) => tokio::time::sleep(rest).await,
                Retry::Yes => {}
                Retry::No => panic!("{error} is final: {context}"),
            }
        }
        panic!("a caller fails again and again: {context}")
    });
    for (scene, code) in scenes.iter().zip(join_all(callers).await) {
        assert_eq!(outcome(&Ok(code)).as_ref(), Ok(scene), "wrong code: {context}");
    }
    let counters = emulator.counters();
    // Faults of token calls may remain unused, since there may be fewer token calls than such faults.
    let expected = faults.iter().filter(|injection| injection.on == On::Code).count() as u64;
    assert!(counters.faults - before.faults >= expected, "faults of code calls were not used up: {context}");
    let (calls, max) = (counters.token_calls - before.token_calls, max_token_calls(source, &faults));
    assert!(calls <= max, "{calls} token calls, expected at most {max}: {context}");
}

/// Upper bound on token calls. A token is fetched at the start and after each refused one; each refusing fault costs at
/// most one token, since the calls in flight are refused together. A fetch takes at most two calls, the second forced
/// or after a cool-down. Each fault of a token call costs one call more.
fn max_token_calls(source: &str, faults: &[Injection]) -> u64 {
    let refused = faults.iter().filter(|i| matches!(i.fault, Fault::TokenRejected | Fault::TokenStolen)).count() as u64;
    let failed = faults.iter().filter(|i| i.on == On::Token).count() as u64;
    if source == "fixed" { 0 } else { 2 * (1 + refused) + failed }
}

/// Random transient faults. Excludes a used up quota, which lasts a minute, and a stolen token for the fixed source.
fn random(source: &str, seed: u64) -> Vec<Injection> {
    let mut state = seed;
    // SplitMix64 (https://prng.di.unimi.it/splitmix64.c).
    let mut next = |below: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below as u64) as usize
    };
    let is_transient = |fault: &Fault| *fault != Fault::Quota && (source != "fixed" || *fault != Fault::TokenStolen);
    let faults: Vec<Fault> = ALL.into_iter().filter(is_transient).collect();
    let injection = |_| {
        let fault = faults[next(faults.len())];
        let codes_only = source == "fixed" || matches!(fault, Fault::TokenRejected | Fault::TokenStolen);
        fault.on(if codes_only || next(4) > 0 { On::Code } else { On::Token })
    };
    (0..20).map(injection).collect()
}

/// After the cool-down the token is tried again, and WeChat accepts it.
#[tokio::test]
async fn a_fixed_token_is_used_again_after_the_cool_down() {
    let emulator = Emulator::start(Options::default()).expect("an emulator");
    let client = client(&emulator, "fixed", LONG_TIMEOUT_MS).await;
    emulator.fault(Fault::TokenRejected);
    let error = client.fetch(&need("id=1"), WaitPolicy::Wait).await.expect_err("refused");
    let Retry::After(rest) = error.retry_advice() else { panic!("no time to wait: {error:?}") };
    let start = Instant::now();
    tokio::time::sleep(rest).await;
    let code = client.fetch(&need("id=1"), WaitPolicy::Wait).await;
    assert_eq!(outcome(&code), Ok("id=1".to_owned()), "after {:?}", start.elapsed());
}
