//! The rules of a layout that its JSON Schema cannot say.

use super::{
    assets::{self, Names},
    expr::Expr,
    json::{Part, escape},
    layout::{
        AlignItems, BoxPx, Canvas, Code, CodeTarget, Flow, Height, Image, Item, Layer, Length, MAX_HEIGHT, SceneExpr,
        Text,
    },
    typography::TextColor,
};
use crate::{asset::OnError, code::EnvVersion, style::Radius};
use crate::{
    code::{self, CodeFields, SceneRequest},
    error::Finding,
    scene,
};

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
    let tallest = match canvas.height {
        Height::Px(height) => height,
        Height::Auto => canvas.max_height.unwrap_or(1),
    };
    let pixels = u64::from(canvas.width) * u64::from(tallest);
    if pixels > MAX_PIXELS {
        let message = format!("the canvas has {pixels} pixels, at most {MAX_PIXELS} are allowed");
        broken.push(Broken::value("/canvas", Finding::error("canvas_too_large", message)));
    }
    if let Height::Px(_) = canvas.height {
        let given = [
            ("min_height", canvas.min_height.is_some()),
            ("max_height", canvas.max_height.is_some()),
            ("padding_bottom", canvas.padding_bottom.is_some()),
        ];
        for (name, _) in given.iter().filter(|(_, given)| *given) {
            let finding = Finding::error("canvas_height", format!("`{name}` is for an automatic height"));
            let finding = finding.hint("write \"height\": \"auto\", or leave it out");
            broken.push(Broken { pointer: format!("/canvas/{name}"), part: Part::Key, finding });
        }
    } else if canvas.min_height.unwrap_or(1) > canvas.max_height.unwrap_or(MAX_HEIGHT) {
        let finding = Finding::error("canvas_height", "`min_height` is more than `max_height`");
        broken.push(Broken::value("/canvas/min_height", finding));
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
    let kind = target.kind.unwrap_or_default();
    if let Some(Expr::Value(page)) = &target.page {
        findings.extend(code::check_page(page));
    }
    if let (Some(Expr::Value(path)), Some(most)) = (&target.path, kind.longest_path()) {
        findings.extend(code::check_path(path, most));
    }
    match &target.scene {
        Some(SceneExpr::Text(Expr::Value(text))) => {
            findings.extend(scene::findings(scene::check(text).err()));
        }
        Some(SceneExpr::Map(map)) if map.values().all(|value| value.as_str().is_some_and(|v| !v.contains("{{"))) => {
            let mut params = map.clone();
            params.retain(|_, value| value.as_str() != Some(""));
            findings.extend(scene::findings(scene::encode(&params).err()));
        }
        _ => {}
    }
    let place = |finding: Finding| {
        let pointer = finding.pointer.clone().unwrap_or_default();
        Broken::value(pointer, finding)
    };
    let given = |expr: Option<()>| expr.map(|()| String::new());
    let fields = CodeFields {
        app: given(target.app.as_ref().map(drop)),
        page: given(target.page.as_ref().map(drop)),
        scene: given(target.scene.as_ref().map(drop)).map(SceneRequest::Text),
        path: given(target.path.as_ref().map(drop)),
        text: given(target.text.as_ref().map(drop)),
        env_version: target.env_version.as_ref().map(|_| EnvVersion::default()),
        check_path: target.check_path,
        ..CodeFields::default()
    };
    let foreign = fields.foreign(kind).into_iter().map(|finding| {
        let pointer = format!("/code{}", finding.pointer.as_deref().unwrap_or_default());
        Broken { pointer, part: Part::Key, finding }
    });
    findings.into_iter().map(place).chain(foreign).collect()
}

/// Deepest nesting of containers.
pub const MAX_DEPTH: usize = 8;

/// One layer with a place of its own, without the layers within it.
pub fn layer(pointer: &str, layer: &Layer, files: &Names) -> Vec<Broken> {
    let mut broken = place(pointer, layer.at(), layer.rect());
    broken.extend(content(pointer, layer, layer.rect(), files));
    broken
}

/// Where a layer stands in containers.
#[derive(Debug, Clone, Copy)]
pub struct Within<'a> {
    /// The container.
    pub flow: &'a Flow,
    /// Whether it is a column.
    pub column: bool,
    /// How many containers are around the layer.
    pub depth: usize,
    /// Whether one of them, or the layer itself, is repeated.
    pub repeated: bool,
}

/// One layer in a container, without the layers within it.
pub fn child(pointer: &str, item: &Item, layer: &Layer, within: Within<'_>, files: &Names) -> Vec<Broken> {
    let mut broken = content(pointer, layer, None, files);
    if item.element.is_some() && item.repeat.is_none() {
        let finding = Finding::error("repeat_missing", "`as` names the elements of a list, but there is no `repeat`");
        broken.push(Broken { pointer: format!("{pointer}/as"), part: Part::Key, finding });
    }
    if within.repeated && matches!(layer, Layer::Code(_)) {
        let finding = Finding::error("repeat_code", "a code cannot be repeated: a poster has one");
        broken.push(Broken::value(pointer, finding.hint("put it beside the repeated layers")));
    }
    if layer.flow().is_some() && within.depth >= MAX_DEPTH {
        let finding = Finding::error("flow_depth", format!("containers nest deeper than {MAX_DEPTH}"));
        broken.push(Broken::value(pointer, finding));
    }
    let name = match layer {
        Layer::Image(_) => "an image",
        Layer::Code(_) => "a code",
        _ => return broken,
    };
    let (along, across) = if within.column { (item.height, item.width) } else { (item.width, item.height) };
    let stretched = item.align_self.unwrap_or(within.flow.align_items) == AlignItems::Stretch;
    let known = [
        along != Length::Auto || item.grow > 0.0,
        across != Length::Auto || stretched,
        item.aspect_ratio.is_some() || matches!(layer, Layer::Code(_)),
    ];
    if known.iter().filter(|known| **known).count() < 2 {
        let finding = Finding::error("child_size", format!("{name} in a container needs a size"));
        let hint = match layer {
            Layer::Code(_) => "add `width`",
            _ => "add `width` and `height`, or one of them and `aspect_ratio`",
        };
        broken.push(Broken::value(pointer, finding.hint(hint)));
    }
    broken
}

/// What a layer draws.
fn content(pointer: &str, layer: &Layer, rect: Option<BoxPx>, files: &Names) -> Vec<Broken> {
    match layer {
        Layer::Image(it) => image(pointer, it, files),
        Layer::Code(it) => {
            let own = it.src.as_ref().and_then(|src| source(pointer, "src", src, files));
            let center = it.center.as_ref().and_then(|center| source(pointer, "center/src", &center.src, files));
            [plate(pointer, it, rect), own, center].into_iter().flatten().collect()
        }
        Layer::Text(it) => text(pointer, it),
        Layer::Shape(_) | Layer::Row(_) | Layer::Column(_) => Vec::new(),
    }
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
    let mut broken: Vec<Broken> = source(pointer, "src", &image.src, files).into_iter().collect();
    if let Some(mask) = &image.mask {
        broken.extend(masked(pointer, image, mask));
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

/// A picture's source that is known when the template is loaded.
fn source(pointer: &str, name: &str, src: &Expr<String>, files: &Names) -> Option<Broken> {
    let Expr::Value(src) = src else { return None };
    let finding = match assets::source(src, files) {
        Ok(Some(_)) => return None,
        Ok(None) => Finding::error("asset_missing", "`src` is empty"),
        Err(fault) => asset("asset_missing", fault),
    };
    Some(Broken::value(format!("{pointer}/{name}"), finding))
}

/// A picture that is cut by a shape has no box that could have an edge.
fn masked(pointer: &str, image: &Image, mask: &str) -> Vec<Broken> {
    let mut broken = Vec::new();
    if mask.strip_prefix('#').is_none_or(str::is_empty) {
        let finding = Finding::error("mask_invalid", "`mask` is `#` and the id of an SVG element");
        let finding = finding.hint(format!("write \"#{}\"", mask.trim_start_matches('#')));
        broken.push(Broken::value(format!("{pointer}/mask"), finding));
    }
    let boxed = [
        ("border_radius", image.border_radius != Radius::default()),
        ("border", image.border.is_some()),
        ("box_shadow", image.box_shadow.is_some()),
    ];
    for (name, _) in boxed.iter().filter(|(_, given)| *given) {
        let finding = Finding::error("mask_box", format!("`{name}` is the box's, but the picture is cut by `mask`"));
        let finding = finding.hint("keep one of the two; draw edges and shadows of the shape in the artwork");
        broken.push(Broken { pointer: format!("{pointer}/{name}"), part: Part::Key, finding });
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
pub fn codes<'a>(layers: impl Iterator<Item = (&'a str, &'a Code)>) -> Vec<Broken> {
    let mut layers = layers;
    let Some((first, like)) = layers.next() else { return Vec::new() };
    let first = first.trim_start_matches("/layers/");
    let mut broken = Vec::new();
    for (pointer, code) in layers {
        let differs = [
            ("is_hyaline", code.is_hyaline != like.is_hyaline),
            ("auto_color", code.auto_color != like.auto_color),
            ("line_color", code.line_color != like.line_color),
        ];
        for (name, _) in differs.iter().filter(|(_, differs)| *differs) {
            let message = format!("all code layers show one code, but `{name}` is not that of layer {first}");
            let pointer = format!("{pointer}/{}", escape(name));
            broken.push(Broken::value(pointer, Finding::error("code_differs", message)));
        }
    }
    broken
}

fn asset(code: &'static str, fault: crate::error::Message) -> Finding {
    Finding::error(code, fault)
}
