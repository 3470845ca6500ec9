use serde_json::{Map, json};
use tempfile::TempDir;

use super::*;
use crate::{
    config::{Loaded, Settings},
    wechat::{
        client::AppConfig,
        emulator::{Emulator, Options, SAMPLE_SECRET},
    },
};
use haibao_core::{code::CodeFields, encode::Format, sample::SAMPLE_APPID, template::scaffold};

/// An app with the template of `haibao new`, connected to an emulated WeChat.
pub(crate) async fn app() -> (Arc<App>, Arc<Spec>, Emulator, TempDir) {
    app_with(|_| ()).await
}

/// As [`app`], with other settings.
pub(crate) async fn app_with(change: impl FnOnce(&mut Settings)) -> (Arc<App>, Arc<Spec>, Emulator, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, bytes) in scaffold("my").expect("a name") {
        let path = folder.path().join("templates/my").join(path);
        std::fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
    let wechat = Emulator::start(Options::default()).expect("an emulator");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let flags = [("data", at("data")), ("templates", at("templates"))];
    let mut settings: Settings = Loaded::read(None, [], flags).expect("settings").settings;
    let sample = AppConfig::new(SAMPLE_APPID, SAMPLE_SECRET);
    settings.emulate(&wechat.url(), sample);
    change(&mut settings);
    let app = Arc::new(App::new(&settings.service()).expect("an app"));
    let template = app.template("my").await.expect("a template");
    let spec = Spec { template, format: Format::Png, scale: 1.0, strict: false, columns: Default::default() };
    (app, Arc::new(spec), wechat, folder)
}

fn row(spec: &Spec, n: u64) -> SheetRow {
    let mut params: Map<_, _> = spec.template.samples()["usual"].as_object().cloned().expect("an object");
    params.insert("id".into(), json!(format!("n{}", n % 5)));
    SheetRow { number: n, cells: vec![n.to_string()], params, code: CodeFields::default(), file: format!("{n}.png") }
}

#[tokio::test(flavor = "multi_thread")]
async fn chunk_keeps_row_order_and_fetches_equal_codes_once() {
    let (app, spec, wechat, _folder) = app().await;
    let rows: Vec<SheetRow> = (2..9).map(|n| row(&spec, n)).collect();
    let drawn = draw(&app, &spec, 7, rows).await.expect("drawn");
    assert_eq!((drawn.record.chunk, drawn.record.failed.len()), (7, 0));
    assert_eq!(drawn.record.done.len(), 7);
    for (at, (done, bytes)) in drawn.record.done.iter().zip(&drawn.posters()).enumerate() {
        assert_eq!((done.number, &done.file), (at as u64 + 2, &format!("{}.png", at + 2)));
        assert_eq!((done.bytes, done.crc32), (bytes.len() as u64, crc32fast::hash(bytes)));
        let image = image::load_from_memory(bytes).expect("a poster").to_rgba8();
        let scene = haibao_core::sample::decode(&image).expect("its code").scene;
        assert_eq!(Some(&scene), done.scene.as_ref());
        assert!(scene.contains(&format!("n{}", done.number % 5)), "row {}: {scene}", done.number);
    }
    assert_eq!(wechat.counters().code_calls, 5, "equal codes are fetched once");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_row_is_reported_and_others_are_rendered() {
    let (app, spec, _wechat, _folder) = app().await;
    let mut rows: Vec<SheetRow> = (2..8).map(|n| row(&spec, n)).collect();
    rows[2].params.insert("unknown".into(), json!("x"));
    let drawn = draw(&app, &spec, 0, rows).await.expect("drawn");
    assert_eq!(drawn.record.done.iter().map(|d| d.number).collect::<Vec<_>>(), [2, 3, 5, 6, 7]);
    let failure = &drawn.record.failed[0];
    assert_eq!((failure.number, failure.cells.as_slice()), (4, &["4".to_owned()][..]));
    let reason = &failure.reasons[0];
    assert_eq!(
        (reason.column.as_str(), reason.value.as_str(), reason.code.as_str()),
        ("unknown", "x", "param_unknown")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fatal_error_ends_the_export() {
    let (app, spec, _wechat, _folder) = app().await;
    let mut rows: Vec<SheetRow> = (2..40).map(|n| row(&spec, n)).collect();
    rows.iter_mut().for_each(|row| row.code.app = Some("unknown".into()));
    let error = draw(&app, &spec, 0, rows).await.expect_err("no such app");
    assert_eq!(error.code(), "app_unknown");
}
