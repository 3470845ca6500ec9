//! The rules of a layout that its JSON Schema cannot say.

use super::{
    assets::{self, Names},
    expr::Expr,
    json::{Part, escape},
    layout::{BoxPx, Canvas, Code, CodeTarget, Image, Layer, OnError, SceneExpr, Text},
    typography::TextColor,
};
use crate::{code, error::Finding, scene};

/// Most pixels of a canvas, and of a scaled one: 32 million. At RGB8 that is 96 MB uncompressed.
pub const MAX_PIXELS: u64 = 32_000_000;

/// A broken rule: where in layout.json, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// JSON pointer.
    pub pointer: String,
    /// Which part of the member is wrong.
    pub part: Part,
    /// The finding, still without a place.
    pub finding: Finding,
}

impl Broken {
    fn value(pointer: impl Into<String>, finding: Finding) -> Self {
        Self { pointer: pointer.into(), part: Part::Value, finding }
    }
}

/// The canvas.
pub fn canvas(canvas: &Canvas) -> Vec<Broken> {
    let mut broken = Vec::new();
    let pixels = u64::from(canvas.width) * u64::from(canvas.height);
    if pixels > MAX_PIXELS {
        let message = format!("the canvas has {pixels} pixels, at most {MAX_PIXELS} are allowed");
        broken.push(Broken::value("/canvas", Finding::error("canvas_too_large", message)));
    }
    if canvas.background.a != 255 {
        let finding = Finding::error("canvas_transparent", "the canvas must have an opaque background");
        broken.push(Broken::value("/canvas/background", finding.hint("write it as #rgb or #rrggbb")));
    }
    broken
}

/// The artwork's file.
pub fn artwork(path: &str, files: &Names) -> Vec<Broken> {
    match assets::file(path, files) {
        Ok(_) => Vec::new(),
        Err(fault) => vec![Broken::value("/artwork", asset("artwork_missing", fault))],
    }
}

/// The parts of the code's target that are known when the template is loaded.
pub fn code(target: &CodeTarget) -> Vec<Broken> {
    let mut findings = Vec::new();
    if let Some(Expr::Value(page)) = &target.page {
        findings.extend(code::check_page(page));
    }
    match &target.scene {
        Some(SceneExpr::Text(Expr::Value(text))) => {
            findings.extend(scene_findings(scene::check(text).err()));
        }
        Some(SceneExpr::Map(map)) if map.values().all(|value| value.as_str().is_some_and(|v| !v.contains("{{"))) => {
            let mut params = map.clone();
            params.retain(|_, value| value.as_str() != Some(""));
            findings.extend(scene_findings(scene::encode(&params).err()));
        }
        _ => {}
    }
    let place = |finding: Finding| {
        let pointer = finding.pointer.clone().unwrap_or_default();
        Broken::value(pointer, finding)
    };
    findings.into_iter().map(place).collect()
}

/// What is wrong with a scene, pointers below `/code/scene`.
pub(crate) fn scene_findings(error: Option<crate::error::Error>) -> Vec<Finding> {
    let all = error.iter().flat_map(|error| error.all_findings().iter().cloned());
    all.map(|finding| {
        let below = finding.pointer.clone().unwrap_or_default();
        finding.pointer(format!("/code/scene{below}"))
    })
    .collect()
}

/// One layer.
pub fn layer(index: usize, layer: &Layer, files: &Names) -> Vec<Broken> {
    let pointer = format!("/layers/{index}");
    let mut broken = place(&pointer, layer.at(), layer.rect());
    match layer {
        Layer::Image(it) => broken.extend(image(&pointer, it, files)),
        Layer::Code(it) => broken.extend(plate(&pointer, it, it.rect)),
        Layer::Text(it) => broken.extend(text(&pointer, it)),
        Layer::Shape(_) => {}
    }
    broken
}

fn place(pointer: &str, at: Option<&str>, rect: Option<BoxPx>) -> Vec<Broken> {
    let here = |name: &str| format!("{pointer}/{name}");
    let mut broken = Vec::new();
    match (at, rect) {
        (None, None) => {
            let finding = Finding::error("layer_place", "the layer has no place");
            broken.push(Broken::value(pointer, finding.hint("add \"at\": \"#id\" or \"box\": [x, y, width, height]")));
        }
        (Some(_), Some(_)) => {
            let finding = Finding::error("layer_place", "the layer has both `at` and `box`").hint("keep one of them");
            broken.push(Broken { pointer: here("box"), part: Part::Key, finding });
        }
        (Some(at), None) if at.strip_prefix('#').is_none_or(str::is_empty) => {
            let finding = Finding::error("layer_place", "`at` is `#` and the id of an SVG element");
            broken.push(Broken::value(here("at"), finding.hint(format!("write \"#{}\"", at.trim_start_matches('#')))));
        }
        (None, Some([_, _, width, height])) if width <= 0.0 || height <= 0.0 => {
            let finding = Finding::error("layer_place", "the box's width and height must be more than 0");
            broken.push(Broken::value(here("box"), finding.hint("a box is [x, y, width, height]")));
        }
        _ => {}
    }
    broken
}

fn image(pointer: &str, image: &Image, files: &Names) -> Vec<Broken> {
    let mut broken = Vec::new();
    if let Expr::Value(src) = &image.src {
        match assets::source(src, files) {
            Ok(Some(_)) => {}
            Ok(None) => {
                let finding = Finding::error("asset_missing", "`src` is empty");
                broken.push(Broken::value(format!("{pointer}/src"), finding));
            }
            Err(fault) => broken.push(Broken::value(format!("{pointer}/src"), asset("asset_missing", fault))),
        }
    }
    match &image.fallback {
        Some(path) => {
            if let Err(fault) = assets::file(path, files) {
                broken.push(Broken::value(format!("{pointer}/fallback"), asset("asset_missing", fault)));
            }
        }
        None if image.on_error == OnError::Fallback => {
            let finding = Finding::error("fallback_missing", "`on_error` is \"fallback\", but there is no `fallback`");
            let finding = finding.hint("add \"fallback\": \"assets/FILE\"");
            broken.push(Broken::value(format!("{pointer}/on_error"), finding));
        }
        None => {}
    }
    broken
}

fn text(pointer: &str, text: &Text) -> Vec<Broken> {
    let mut broken = Vec::new();
    match (&text.text, &text.spans) {
        (None, None) => {
            let finding = Finding::error("text_missing", "the layer says nothing");
            broken.push(Broken::value(
                pointer,
                finding.hint("add \"text\": \"...\" or \"spans\": [{ \"text\": \"...\" }]"),
            ));
        }
        (Some(_), Some(_)) => {
            let finding =
                Finding::error("text_twice", "the layer has both `text` and `spans`").hint("keep one of them");
            broken.push(Broken { pointer: format!("{pointer}/spans"), part: Part::Key, finding });
        }
        _ => {}
    }
    if let Some(least) = text.min_font_size.filter(|least| *least > text.font_size) {
        let message = format!("`min_font_size` is {least} px, more than `font_size`");
        broken.push(Broken::value(format!("{pointer}/min_font_size"), Finding::error("font_size_range", message)));
    }
    let spans = text.spans.iter().flatten().enumerate();
    let spans = spans.filter_map(|(at, span)| Some((format!("{pointer}/spans/{at}/color"), span.color.as_ref()?)));
    for (pointer, color) in std::iter::once((format!("{pointer}/color"), &text.color)).chain(spans) {
        if let TextColor::Gradient(gradient) = color
            && !gradient.stops.is_sorted_by(|one, next| one.0 <= next.0)
        {
            let finding = Finding::error("gradient_order", "the places of a gradient's stops must ascend");
            broken.push(Broken::value(format!("{pointer}/gradient/stops"), finding));
        }
    }
    broken
}

/// A plate whose padding leaves no room for the code in a box.
pub(crate) fn plate(pointer: &str, code: &Code, rect: Option<BoxPx>) -> Option<Broken> {
    let (plate, [_, _, width, height]) = (code.plate.as_ref()?, rect?);
    (plate.padding * 2.0 >= width.min(height)).then(|| {
        let message = format!("a padding of {} px leaves no room for the code", plate.padding);
        Broken::value(format!("{pointer}/plate/padding"), Finding::error("plate_padding", message))
    })
}

/// All code layers show one picture, so they must want the same one.
pub fn codes<'a>(layers: impl Iterator<Item = (usize, &'a Code)>) -> Vec<Broken> {
    let mut layers = layers;
    let Some((first, like)) = layers.next() else { return Vec::new() };
    let mut broken = Vec::new();
    for (index, code) in layers {
        let differs = [
            ("is_hyaline", code.is_hyaline != like.is_hyaline),
            ("auto_color", code.auto_color != like.auto_color),
            ("line_color", code.line_color != like.line_color),
        ];
        for (name, _) in differs.iter().filter(|(_, differs)| *differs) {
            let message = format!("all code layers show one code, but `{name}` is not that of layer {first}");
            let pointer = format!("/layers/{index}/{}", escape(name));
            broken.push(Broken::value(pointer, Finding::error("code_differs", message)));
        }
    }
    broken
}

fn asset(code: &'static str, fault: assets::Fault) -> Finding {
    Finding { hint: fault.hint, ..Finding::error(code, fault.message) }
}
