//! Rules of a layout that its JSON Schema cannot express. Those of the kinds of layers are in [`crate::layer`].

use super::{
    assets::{self, FilePaths},
    broken::Broken,
    expr::Expr,
    json::Part,
    layout::{Canvas, CodeTarget, Height, MAX_HEIGHT, MAX_PIXELS, SceneExpr},
};
use crate::{
    code,
    error::Finding,
    layer::{BoxPx, Layer, RuleContext, Sizing, Within, flow::item::Length, flow::sides::AlignItems},
    scene, words,
};

/// Checks the canvas.
pub fn canvas(canvas: &Canvas) -> Vec<Broken> {
    let mut broken = Vec::new();
    let tallest = match canvas.height {
        Height::Px(height) => height,
        Height::Auto => canvas.max_height.unwrap_or(1),
    };
    let pixels = u64::from(canvas.width) * u64::from(tallest);
    if pixels > MAX_PIXELS {
        broken.push(Broken::value("/canvas", words::canvas_too_large(pixels, MAX_PIXELS)));
    }
    if let Height::Px(_) = canvas.height {
        let given = [
            ("min_height", canvas.min_height.is_some()),
            ("max_height", canvas.max_height.is_some()),
            ("padding_bottom", canvas.padding_bottom.is_some()),
        ];
        for (name, _) in given.iter().filter(|(_, given)| *given) {
            broken.push(Broken::key(format!("/canvas/{name}"), words::canvas_fixed_height(name)));
        }
    } else if canvas.min_height.unwrap_or(1) > canvas.max_height.unwrap_or(MAX_HEIGHT) {
        broken.push(Broken::value("/canvas/min_height", words::canvas_min_height()));
    }
    if canvas.background.a != 255 {
        broken.push(Broken::value("/canvas/background", words::canvas_transparent()));
    }
    broken
}

/// Checks the artwork's file name.
pub fn artwork(path: &str, files: &FilePaths) -> Vec<Broken> {
    match assets::file(path, files) {
        Ok(_) => Vec::new(),
        Err(message) => vec![Broken::value("/artwork", Finding::error("artwork_missing", message))],
    }
}

/// Checks the parts of the code's target that do not use parameters.
pub fn code(target: &CodeTarget) -> Vec<Broken> {
    let mut findings = Vec::new();
    let kind = target.kind.unwrap_or_default();
    if let Some(Expr::Value(page)) = &target.page {
        findings.extend(code::check_page(page));
    }
    if let (Some(Expr::Value(path)), Some(maximum)) = (&target.path, kind.max_path_length()) {
        findings.extend(code::check_path(path, maximum));
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
    let foreign = kind.foreign(target.given());
    let values = findings.into_iter().map(|finding| Broken::below(CodeTarget::POINTER, Part::Value, finding));
    values.chain(foreign.into_iter().map(|finding| Broken::below(CodeTarget::POINTER, Part::Key, finding))).collect()
}

/// Checks a layer outside of containers, without its children.
pub fn layer(pointer: &str, layer: &Layer, files: &FilePaths) -> Vec<Broken> {
    let mut broken = place(pointer, layer.at(), layer.rect());
    broken.extend(layer.kind.rules(&RuleContext { pointer, rect: layer.rect(), files }));
    broken
}

/// Checks a layer in a container, without its children.
pub fn child(pointer: &str, layer: &Layer, within: &Within<'_, Layer>, files: &FilePaths) -> Vec<Broken> {
    let checked = RuleContext { pointer, rect: None, files };
    let mut broken = layer.kind.rules(&checked);
    if within.item.element.is_some() && within.item.repeat.is_none() {
        broken.push(Broken::key(format!("{pointer}/as"), words::repeat_missing()));
    }
    broken.extend(layer.kind.child_rules(&checked, within));
    broken.extend(size(pointer, layer.kind.sizing(), within));
    broken
}

/// Checks that a layer in a container has a size, if its kind requires one.
fn size(pointer: &str, sizing: Sizing, Within { flow, item, .. }: &Within<'_, Layer>) -> Option<Broken> {
    let Sizing::Given { finding, aspect_ratio } = sizing else { return None };
    let (along, across) = if flow.is_column { (item.height, item.width) } else { (item.width, item.height) };
    let stretched = item.align_self.unwrap_or(flow.align_items) == AlignItems::Stretch;
    let known = [
        along != Length::Auto || item.grow > 0.0,
        across != Length::Auto || stretched,
        item.aspect_ratio.or(aspect_ratio).is_some(),
    ];
    (known.iter().filter(|known| **known).count() < 2).then(|| Broken::value(pointer, finding()))
}

/// Checks `at` and `box`.
fn place(pointer: &str, at: Option<&str>, rect: Option<BoxPx>) -> Vec<Broken> {
    let here = |name: &str| format!("{pointer}/{name}");
    let mut broken = Vec::new();
    if (at, rect) == (None, None) {
        broken.push(Broken::value(pointer, words::layer_without_place()));
    }
    if let Some(at) = at.filter(|at| at.strip_prefix('#').is_none_or(str::is_empty)) {
        broken.push(Broken::value(here("at"), words::layer_slot_invalid(at.trim_start_matches('#'))));
    }
    if rect.is_some_and(|[_, _, width, height]| width <= 0.0 || height <= 0.0) {
        broken.push(Broken::value(here("box"), words::layer_box_empty()));
    }
    broken
}
