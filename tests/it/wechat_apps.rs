//! Limited and square codes, and apps configured by environment variables.

use haibao::wechat::{
    client::{Client, WaitPolicy},
    emulator::{Emulator, Options, SAMPLE_SECRET},
};
use haibao_core::{
    code::{CodeNeed, Opens},
    sample::{Payload, SAMPLE_APPID, decode},
    scene::Scene,
};

use crate::{
    support::{haibao, payload, talk},
    wechat_kit::{config, token},
};

#[tokio::test]
async fn limited_codes_report_how_many_are_used() {
    let emulator = Emulator::start(Options { total_codes: 2, ..Options::default() }).expect("an emulator");
    let client = Client::new(config(&emulator, "stable", 5000).await).expect("a client");
    let fetch = async |opens| client.fetch(&CodeNeed::new("default", opens), WaitPolicy::Refuse).await;
    let path = || "pages/a/a?id=1&b=2".to_owned();
    let limited = fetch(Opens::Limited { path: path() }).await.expect("a code");
    assert_eq!(limited.num_used, Some(1));
    let picture = image::load_from_memory(&limited.asset.bytes).expect("a picture").to_rgba8();
    let payload = decode(&picture).expect("a code");
    assert_eq!(payload.path, Some(Payload::path_of(&path())));
    let square = fetch(Opens::Square { path: path() }).await.expect("a code");
    assert_eq!(square.num_used, None);
    let error = fetch(Opens::Limited { path: path() }).await.expect_err("the total is used up");
    assert_eq!(error.code(), "wechat_quota");
    assert!(error.message().contains("45029"), "{error}");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("unlimited")), "{:?}", error.hint_text());
    let scene = Scene::Text("id=1".to_owned());
    fetch(Opens::Unlimited { page: String::new(), scene, check_path: true })
        .await
        .expect("unlimited codes have no total");
}

#[test]
fn apps_from_the_environment_support_all_token_sources() {
    let folder = tempfile::tempdir().expect("a directory");
    let emulator = Emulator::start(Options::default()).expect("an emulator");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let fixed = runtime.block_on(token(&emulator));
    let url = format!(
        "{}/cgi-bin/token?grant_type=client_credential&appid={SAMPLE_APPID}&secret={SAMPLE_SECRET}",
        emulator.url()
    );
    for (name, value) in [("TOKEN", "classic"), ("TOKEN__VALUE", fixed.as_str()), ("TOKEN__URL", url.as_str())] {
        let command = |arguments: &[&str]| {
            let mut command = haibao(folder.path());
            command.args(arguments).env("HAIBAO_LOG", "trace").env("HAIBAO_WECHAT__BASE_URL", emulator.url());
            command.env("HAIBAO_APPS__MALL__APPID", SAMPLE_APPID).env(format!("HAIBAO_APPS__MALL__{name}"), value);
            if name == "TOKEN" {
                command.env("HAIBAO_APPS__MALL__SECRET", SAMPLE_SECRET);
            }
            command.output().expect("the binary runs")
        };
        let output = command(&["code", "--app", "mall", "--scene", "id=1", "-o", "code.jpg"]);
        assert!(output.status.success(), "{name}: {}", talk(&output));
        let code = std::fs::read(folder.path().join("code.jpg")).expect("the file");
        assert_eq!(payload(&code).scene, "id=1", "{name}");
        let shown = command(&["config"]);
        let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
        assert!(shown.contains(&format!("# HAIBAO_APPS__MALL__{name}")), "{shown}");
        for secret in [SAMPLE_SECRET, fixed.as_str()] {
            assert!(!shown.contains(secret) && !talk(&output).contains(secret), "{name}: a secret is shown");
        }
    }
}
