//! Fonts, the starter templates, and posters without a network.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, LazyLock},
};

use bytes::Bytes;
use haibao::fetch::data_uri;
use haibao_core::{
    asset::{Asset, AssetSource},
    encode::Format,
    error::{ErrorKind, Result},
    plan::{Plan, ResolvedAssets},
    render::{Config, Rendered, Renderer},
    sample,
    text::FontSet,
};

/// Maximum px of a drawn poster. Larger ones take long and show nothing more.
pub const MAX_DRAWN: f64 = 200_000.0;
const TEMPLATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../templates");
/// Maximum size of a picture in a `data:` URI, bytes.
const MAX_DATA: usize = 1 << 20;

static FONTS: LazyLock<Arc<FontSet>> =
    LazyLock::new(|| Arc::new(FontSet::new(haibao_fonts::FONTS, Vec::new()).expect("the embedded fonts are valid")));
static RENDERER: LazyLock<Renderer> = LazyLock::new(|| Renderer::new(fonts(), Config::default()));
static LIGHT: LazyLock<Vec<(String, BTreeMap<String, Bytes>)>> =
    LazyLock::new(|| FILES.iter().map(|(id, files)| (id.clone(), light(files))).collect());
static FILES: LazyLock<Vec<(String, BTreeMap<String, Bytes>)>> = LazyLock::new(read_templates);

/// The embedded fonts, loaded once.
pub fn fonts() -> Arc<FontSet> {
    Arc::clone(&FONTS)
}

/// Id and files of every starter template, in the order of their ids.
pub fn templates() -> &'static [(String, BTreeMap<String, Bytes>)] {
    &FILES
}

/// The template that the first byte of an input selects, and the rest of the input. Letters from `a` select the templates
/// in the order of their ids, so that inputs stay readable. Its artwork has only rectangles with the same ids, and its
/// pictures are small: a target of layouts compiles them for every input.
pub fn light_template(data: &[u8]) -> Option<(&'static (String, BTreeMap<String, Bytes>), &[u8])> {
    let (first, rest) = data.split_first()?;
    let at = usize::from(first.wrapping_sub(b'a')) % LIGHT.len();
    Some((&LIGHT[at], rest))
}

fn light(files: &BTreeMap<String, Bytes>) -> BTreeMap<String, Bytes> {
    let is_picture = |name: &str| name.ends_with(".jpg") || name.ends_with(".png");
    let small = FILES.iter().flat_map(|(_, files)| files).filter(|(name, _)| is_picture(name));
    let small = small.min_by_key(|(_, bytes)| bytes.len()).expect("a picture").1;
    let replaced = files.iter().map(|(name, bytes)| match name.as_str() {
        "artwork.svg" => (name.clone(), rectangles(&String::from_utf8_lossy(bytes)).into()),
        name if is_picture(name) => (name.to_owned(), small.clone()),
        name => (name.to_owned(), bytes.clone()),
    });
    replaced.collect()
}

/// Artwork that has the ids of another one.
fn rectangles(svg: &str) -> String {
    let ids = svg.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let rectangle = |(at, id)| {
        format!("<rect id=\"{id}\" x=\"{}\" y=\"{}\" width=\"240\" height=\"160\" rx=\"9\"/>", at * 30, at * 70)
    };
    let all: String = ids.enumerate().map(rectangle).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"750\" height=\"1334\" viewBox=\"0 0 750 1334\">{all}</svg>"
    )
}

/// Whether a plan is small enough to be drawn often.
pub fn is_small(plan: &Plan) -> bool {
    let scale = f64::from(plan.scale);
    f64::from(plan.canvas.width) * scale * f64::from(plan.canvas.height) * scale <= MAX_DRAWN
}

/// Draws a poster with the files of its template and a sample code. Pictures of other hosts are replaced by a file of
/// the template. `None` if a `data:` URI is invalid or the code does not fit: the service rejects these before drawing.
pub fn draw(plan: &Plan) -> Option<Result<Rendered>> {
    let mut assets = ResolvedAssets::default();
    let picture = |name: &&String| name.ends_with(".jpg") || name.ends_with(".png");
    let other = plan.template.files.keys().find(picture).and_then(|name| plan.template.files.get(name));
    for (position, layer) in plan.layers.iter().enumerate() {
        for need in layer.kind.needs() {
            let bytes = match need.source {
                AssetSource::File(name) => plan.template.files.get(name).cloned(),
                AssetSource::Data(uri) => Some(data_uri(uri, MAX_DATA).ok()?.bytes),
                AssetSource::Url(_) | AssetSource::Upload(_) => other.cloned(),
            };
            assets.insert(position, need.role, Asset::new(bytes?));
        }
    }
    let need = match RENDERER.code_need(plan, &mut assets) {
        Ok(need) => need,
        Err(error) => return Some(Err(error)),
    };
    if let Some(need) = need {
        match sample::code(&need) {
            Ok(code) => assets.insert_code(plan, &code),
            Err(error) => {
                assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
                return None;
            }
        }
    }
    let drawn = RENDERER.render(plan, &assets, Format::Png);
    if let Ok(poster) = &drawn {
        // The target `deflate` decodes pixels.
        let size = poster.bytes.get(16..24).expect("a header of a PNG");
        assert_eq!(size, [poster.width.to_be_bytes(), poster.height.to_be_bytes()].concat());
    }
    Some(drawn)
}

fn read_templates() -> Vec<(String, BTreeMap<String, Bytes>)> {
    let folders = fs::read_dir(TEMPLATES).expect("the folder `templates` of the repository");
    let folders =
        folders.map(|entry| entry.expect("an entry").path()).filter(|path| path.join("layout.json").is_file());
    let mut all: Vec<_> = folders
        .map(|path| {
            let mut files = BTreeMap::new();
            read(&path, "", &mut files);
            (path.file_name().expect("a name").to_string_lossy().into_owned(), files)
        })
        .collect();
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}

fn read(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Bytes>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = format!("{prefix}{}", path.file_name().expect("a name").to_string_lossy());
        if path.is_dir() {
            read(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(&path).expect("a file").into());
        }
    }
}
