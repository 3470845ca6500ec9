//! Fetching of codes, with an emulated WeChat.

use std::{path::Path, time::Duration};

use futures_util::{FutureExt, future::join_all};

use super::*;
use crate::{
    access::{NewKey, Rate},
    config::Loaded,
    store::keys::KeyStore,
    wechat::{
        client::AppConfig,
        emulator::{Emulator, Fault, Options, SAMPLE_SECRET},
    },
};
use haibao_core::{error::Retry, sample::SAMPLE_APPID, scene::Scene};

fn settings(base_url: &str, data: &Path) -> super::super::Config {
    let loaded = Loaded::read(None, [], [("data", data.display().to_string())]).expect("settings");
    let mut settings = loaded.settings;
    let app = AppConfig::new(SAMPLE_APPID, SAMPLE_SECRET);
    settings.emulate(base_url, app);
    settings.service()
}

fn need(scene: &str) -> CodeNeed {
    CodeNeed::unlimited("default", "pages/a", Scene::Text(scene.to_owned()))
}

#[tokio::test]
async fn a_thousand_concurrent_callers_of_one_code_share_one_fetch() {
    let (wechat, data) =
        (Emulator::start(Options::default()).expect("an emulator"), tempfile::tempdir().expect("a folder"));
    let service = CodeService::new(&settings(&wechat.url(), data.path())).expect("a code service");
    let all = join_all((0..1000).map(|_| service.code(need("id=1"), WaitPolicy::Wait))).await;
    let pictures: Vec<Bytes> = all.into_iter().map(|result| result.expect("a code").1.asset.bytes).collect();
    assert!(pictures.iter().all(|picture| picture == &pictures[0]));
    let image = image::load_from_memory(&pictures[0]).expect("a picture").to_rgba8();
    assert_eq!(haibao_core::sample::decode(&image).expect("a code").scene, "id=1");
    let counters = wechat.counters();
    assert_eq!((counters.token_calls, counters.code_calls), (1, 1));
}

#[tokio::test]
async fn a_plain_qr_code_is_drawn_once() {
    let data = tempfile::tempdir().expect("a folder");
    let service = CodeService::new(&settings("http://127.0.0.1:1", data.path())).expect("a code service");
    let qr = |text: &str, width| CodeNeed { width, ..CodeNeed::new("default", Opens::Qr { text: text.to_owned() }) };
    let mut seen = std::collections::HashSet::new();
    for need in [qr("a", 280), qr("b", 280), qr("a", 430), qr("a", 280), qr("b", 280), qr("a", 430)] {
        let (_, code) = service.code(need.clone(), WaitPolicy::Wait).await.expect("a code");
        let Opens::Qr { text } = &need.opens else { unreachable!() };
        assert_eq!(code.asset.bytes, qr::draw(&need, text).expect("a code"), "{need:?}");
        let origin = if seen.insert((text.clone(), need.width)) { CodeOrigin::Drawn } else { CodeOrigin::Memory };
        assert_eq!(code.origin, origin, "{need:?}");
    }
}

#[tokio::test]
async fn a_limited_code_that_was_not_requested_is_given_back() {
    let (wechat, data) =
        (Emulator::start(Options::default()).expect("an emulator"), tempfile::tempdir().expect("a folder"));
    let mut settings = settings(&wechat.url(), data.path());
    settings.wechat.per_minute = 1;
    let service = CodeService::new(&settings).expect("a code service");
    let keys = KeyStore::new(service.store());
    let scopes = "codes,limited-codes".parse().expect("scopes");
    let new = NewKey { name: "shop".into(), scopes, rate: Rate::NONE, limited_quota: 1 };
    assert!(keys.add(&new.generate(1).expect("a key").1).await.expect("a store"));
    let used = async || keys.all().await.expect("a store")[0].limited_used;
    service.code(need("id=1"), WaitPolicy::Wait).await.expect("the only code of this minute");

    let limited = |path: &str| CodeNeed::new("default", Opens::Limited { path: path.to_owned() });
    let ask = |path: &str| {
        let call = Call::new("shop", Duration::from_secs(60));
        let (service, need) = (service.clone(), limited(path));
        call.scope(async move { service.code(need, WaitPolicy::Wait).await })
    };
    let left = tokio::time::timeout(Duration::from_millis(500), ask("pages/a")).await;
    assert!(left.is_err(), "the caller goes away while the code waits for its turn");
    for _ in 0..100 {
        if used().await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(used().await, 0, "the place is given back");
    assert_eq!(wechat.counters().code_calls, 1);
}

#[tokio::test]
async fn a_limited_code_whose_response_was_cut_is_not_given_back() {
    let (wechat, data) =
        (Emulator::start(Options::default()).expect("an emulator"), tempfile::tempdir().expect("a folder"));
    let service = CodeService::new(&settings(&wechat.url(), data.path())).expect("a code service");
    let keys = KeyStore::new(service.store());
    let scopes = "codes,limited-codes".parse().expect("scopes");
    let new = NewKey { name: "shop".into(), scopes, rate: Rate::NONE, limited_quota: 9 };
    assert!(keys.add(&new.generate(1).expect("a key").1).await.expect("a store"));
    for (fault, used) in [(Fault::Truncated, 1), (Fault::Busy, 1), (Fault::EmptyBody, 2)] {
        wechat.fault(fault.times(3));
        let need = CodeNeed::new("default", Opens::Limited { path: format!("pages/a?id={used}") });
        let call = Call::new("shop", Duration::from_secs(60));
        let code = call.scope(async { service.code(need, WaitPolicy::Wait).await });
        assert!(code.await.is_err(), "{fault:?}");
        let known = keys.all().await.expect("a store");
        assert_eq!(known[0].limited_used, used, "{fault:?}");
    }
}

#[tokio::test]
async fn callers_that_go_away_give_back_their_places_in_the_quota() {
    const GONE: u32 = 8;
    /// Time between two codes, with one a minute.
    const TURN: Duration = Duration::from_secs(65);
    let (wechat, data) =
        (Emulator::start(Options::default()).expect("an emulator"), tempfile::tempdir().expect("a folder"));
    let mut settings = settings(&wechat.url(), data.path());
    settings.wechat.per_minute = 1;
    let service = CodeService::new(&settings).expect("a code service");
    let ask = |scene: String, wait_policy| {
        let service = service.clone();
        Box::pin(async move { service.code(need(&scene), wait_policy).await })
    };
    ask("first".to_owned(), WaitPolicy::Wait).await.expect("the only code of this minute");
    // How long another caller would wait.
    let wait = async || {
        let refused = ask("next".to_owned(), WaitPolicy::Refuse).await.expect_err("no turn is free");
        let Retry::After(wait) = refused.retry_advice() else { panic!("no time to wait: {refused:?}") };
        wait
    };
    let until = async |is_reached: fn(Duration) -> bool, what: &str| {
        let reached = async {
            while !is_reached(wait().await) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(TURN / 2, reached).await.expect(what);
    };
    let mut gone: Vec<_> = (0..GONE).map(|n| ask(format!("gone={n}"), WaitPolicy::Wait)).collect();
    assert!(gone.iter_mut().all(|code| code.now_or_never().is_none()));
    until(|wait| wait >= TURN * GONE, "all wait for their turns").await;
    drop(gone);
    until(|wait| wait <= TURN + Duration::from_millis(1), "the caller is behind those that are gone").await;
    assert_eq!(wechat.counters().code_calls, 1, "none of the others had its turn");
}

#[tokio::test]
async fn a_code_without_a_turn_in_the_time_of_its_call_is_refused() {
    let (wechat, data) =
        (Emulator::start(Options::default()).expect("an emulator"), tempfile::tempdir().expect("a folder"));
    let mut settings = settings(&wechat.url(), data.path());
    settings.wechat.per_minute = 1;
    let service = CodeService::new(&settings).expect("a code service");
    service.code(need("id=1"), WaitPolicy::Wait).await.expect("the only code of this minute");
    // Time enough to ask the store before.
    let waiting = Call::new("", Duration::from_secs(4)).scope(service.code(need("id=2"), WaitPolicy::Wait));
    let refused = tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("its time is over");
    let refused = refused.expect_err("no turn is free");
    assert_eq!(refused.code(), "quota_minute");
    let advice = refused.retry_advice();
    assert!(matches!(advice, Retry::After(wait) if wait >= Duration::from_secs(60)), "{advice:?}");
    assert_eq!(wechat.counters().code_calls, 1);
}

#[tokio::test]
async fn lookups_of_codes_count_once() {
    let data = tempfile::tempdir().expect("a folder");
    let (wechat, lookups) = (Emulator::start(Options::default()).expect("an emulator"), |service: &CodeService| {
        let Usage { hits, misses, .. } = service.cache_usage();
        (hits, misses)
    });
    let service = CodeService::new(&settings(&wechat.url(), data.path())).expect("a code service");
    assert!(service.peek(&need("id=1")).is_none());
    assert_eq!(lookups(&service), (0, 0), "the code was only peeked at");
    service.code(need("id=1"), WaitPolicy::Wait).await.expect("a code");
    assert_eq!(lookups(&service), (0, 1));
    service.code(need("id=1"), WaitPolicy::Wait).await.expect("a code");
    assert_eq!(lookups(&service), (1, 1));
    let (key, code) = service.peek(&need("id=1")).expect("it is in memory");
    assert_eq!((lookups(&service), code.bytes.is_empty()), ((1, 1), false));
    service.count(key);
    assert_eq!(lookups(&service), (2, 1));
}

#[tokio::test]
async fn the_codes_of_a_key_do_not_hold_up_those_of_another() {
    let (wechat, data) =
        (Emulator::start(Options::default()).expect("an emulator"), tempfile::tempdir().expect("a folder"));
    let mut settings = settings(&wechat.url(), data.path());
    // A burst of 6, then a code every 1.2 s.
    settings.wechat.per_minute = 60;
    let service = CodeService::new(&settings).expect("a code service");
    let ask = |key: &'static str, scene: String| {
        let (service, need) = (service.clone(), need(&scene));
        let call = Call::new(key, Duration::from_secs(60));
        call.scope(async move { service.code(need, WaitPolicy::Wait).await.map(|(_, code)| code.origin) })
    };
    let flood = join_all((0..26).map(|n| ask("flood", format!("flood={n}"))));
    let light = async {
        // The flood waits for its turns.
        while wechat.counters().code_calls < 6 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // The flood wants the last one, too, and would have it at its end.
        join_all(["light=0", "light=1", "flood=25"].map(|scene| ask("light", scene.to_owned()))).await
    };
    tokio::select! {
        _ = flood => panic!("the light caller waited for all of the flood"),
        codes = light => assert!(codes.iter().all(Result::is_ok), "{codes:?}"),
    }
    let calls = wechat.counters().code_calls;
    assert!(calls <= 6 + 8, "{calls} calls: the callers take turns");
}
