//! Fetching of codes, with an emulated WeChat.

use std::path::Path;

use futures_util::future::join_all;

use super::*;
use crate::{
    config::Loaded,
    wechat::{
        client::AppConfig,
        emulator::{Emulator, Options, SAMPLE_SECRET},
    },
};
use haibao_core::{sample::SAMPLE_APPID, scene::Scene};

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
    let coder = CodeService::new(&settings(&wechat.url(), data.path())).expect("a coder");
    let all = join_all((0..1000).map(|_| coder.code(need("id=1"), WaitPolicy::Wait))).await;
    let pictures: Vec<Bytes> = all.into_iter().map(|result| result.expect("a code").1.bytes).collect();
    assert!(pictures.iter().all(|picture| picture == &pictures[0]));
    let image = image::load_from_memory(&pictures[0]).expect("a picture").to_rgba8();
    assert_eq!(haibao_core::sample::decode(&image).expect("a code").scene, "id=1");
    let counters = wechat.counters();
    assert_eq!((counters.token_calls, counters.code_calls), (1, 1));
}

#[tokio::test]
async fn a_plain_qr_code_is_drawn_once() {
    let data = tempfile::tempdir().expect("a folder");
    let coder = CodeService::new(&settings("http://127.0.0.1:1", data.path())).expect("a coder");
    let qr = |text: &str, width| CodeNeed { width, ..CodeNeed::new("default", Opens::Qr { text: text.to_owned() }) };
    let mut seen = std::collections::HashSet::new();
    for need in [qr("a", 280), qr("b", 280), qr("a", 430), qr("a", 280), qr("b", 280), qr("a", 430)] {
        let (_, code) = coder.code(need.clone(), WaitPolicy::Wait).await.expect("a code");
        let Opens::Qr { text } = &need.opens else { unreachable!() };
        assert_eq!(code.bytes, qr::draw(&need, text).expect("a code"), "{need:?}");
        let origin = if seen.insert((text.clone(), need.width)) { Origin::Drawn } else { Origin::Memory };
        assert_eq!(code.origin, origin, "{need:?}");
    }
}
