//! Shared helpers for golden tests, render tests and benchmarks: posters of the starter templates without a network.

#![allow(dead_code, reason = "each test binary uses a subset")]

pub mod hostile;
pub mod qr;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock},
};

use bytes::Bytes;
use haibao_core::{
    asset::{Asset, AssetSource},
    code::{CodeFields, CodeNeed},
    plan::{self, Plan, ResolvedAssets},
    render::{self, Config, Renderer},
    sample,
    template::Template,
    text::FontSet,
};
use serde_json::{Value, json};

/// Samples of each starter template.
pub const SAMPLES: [&str; 3] = ["usual", "longest", "poorest"];

/// The embedded fonts, loaded once.
pub fn fonts() -> Arc<FontSet> {
    static SET: OnceLock<Arc<FontSet>> = OnceLock::new();
    SET.get_or_init(|| Arc::new(FontSet::new(haibao_fonts::FONTS, Vec::new()).expect("embedded fonts are valid")))
        .clone()
}

/// Root folder of the repository.
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    if package.join("templates").is_dir() { package.to_owned() } else { package.join("..") }
}

/// Names of the starter templates, sorted: the folders in `templates`.
pub fn templates() -> Vec<String> {
    let entries = std::fs::read_dir(root().join("templates")).expect("a folder").map(|entry| entry.expect("an entry"));
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<_> = folders.map(|entry| entry.file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    assert!(!names.is_empty(), "no templates");
    names
}

/// Values by key, each made once. Making one blocks only those who want the same.
pub struct Table<V>(Mutex<BTreeMap<String, Arc<OnceLock<V>>>>);

impl<V: Clone> Table<V> {
    pub const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    pub fn get(&self, key: &str, make: impl FnOnce() -> V) -> V {
        let value = self.0.lock().unwrap().entry(key.to_owned()).or_default().clone();
        value.get_or_init(make).clone()
    }
}

/// Loads a template from the `templates` folder of the repository. Compiled once.
pub fn template(id: &str) -> Arc<Template> {
    static COMPILED: Table<Arc<Template>> = Table::new();
    COMPILED.get(id, || compile(id, files(&root().join("templates").join(id))))
}

/// A renderer that all tests of a binary share. Its caches hold all starter templates and their samples, so each of these is
/// drawn once.
pub fn renderer() -> &'static Renderer {
    static SHARED: OnceLock<Renderer> = OnceLock::new();
    let config = Config { band_bytes: 64 << 20, artwork_bytes: 256 << 20, ..Config::default() };
    SHARED.get_or_init(|| Renderer::new(fonts(), config))
}

/// Compiles a template from its files.
pub fn compile(id: &str, files: BTreeMap<String, Bytes>) -> Arc<Template> {
    let compiled = render::compile(id, files, &fonts());
    Arc::new(compiled.unwrap_or_else(|e| panic!("template {id}: {e} {:#?}", e.all_findings())))
}

/// Contents of all files in a folder, keyed by relative path.
pub fn files(folder: &Path) -> BTreeMap<String, Bytes> {
    fn walk(folder: &Path, name: &str, files: &mut BTreeMap<String, Bytes>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = format!("{name}{}", path.file_name().expect("a name").to_str().expect("UTF-8"));
            if path.is_dir() {
                walk(&path, &format!("{name}/"), files);
            } else {
                files.insert(name, std::fs::read(&path).expect("a file").into());
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(folder, "", &mut all);
    all
}

/// Parameters of a sample.
pub fn sample(template: &Template, name: &str) -> Value {
    template.samples().get(name).unwrap_or_else(|| panic!("{} has no sample {name}", template.id)).clone()
}

/// Plans a poster.
pub fn plan(template: &Arc<Template>, params: Value, scale: f32) -> Plan {
    let request = plan::Request { params, code: CodeFields::default(), scale };
    let planned = plan::plan(template.clone(), &request, &fonts());
    planned.unwrap_or_else(|e| panic!("{e} {:#?}", e.all_findings()))
}

/// Plans a poster of `layers` on a white canvas, without parameters.
pub fn plan_of([width, height]: [u32; 2], layers: Value, scale: f32) -> Plan {
    let layout = json!({ "title": "layers", "canvas": { "width": width, "height": height }, "layers": layers });
    let files = BTreeMap::from([("layout.json".to_owned(), layout.to_string().into_bytes().into())]);
    plan(&compile("layers", files), json!({}), scale)
}

/// The pictures of a plan: files of the template, and the code.
pub fn gather(plan: &Plan) -> ResolvedAssets {
    let mut assets = ResolvedAssets::default();
    for (position, layer) in plan.layers.iter().enumerate() {
        for need in layer.kind.needs() {
            let AssetSource::File(name) = need.source else { panic!("a sample fetches {:?}", need.source) };
            if let Some(file) = plan.template.files.get(name) {
                assets.insert(position, need.role, Asset::new(file.clone()));
            }
        }
    }
    let need = renderer().code_need(plan, &mut assets).unwrap_or_else(|e| panic!("{e} {:#?}", e.all_findings()));
    if let Some(need) = need {
        assets.insert_code(plan, &code(&need));
    }
    assets
}

/// A sample code. Drawn once, because several tests draw the same posters.
fn code(need: &CodeNeed) -> Asset {
    static DRAWN: Table<Asset> = Table::new();
    DRAWN.get(&format!("{need:?}"), || sample::code(need).expect("a code is drawn"))
}
