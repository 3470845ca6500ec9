//! The rules of a layout that its JSON Schema cannot say.

use super::{
    assets::{self, Names},
    broken::{Broken, asset},
    expr::Expr,
    layout::{Canvas, CodeTarget, Height, MAX_HEIGHT, MAX_PIXELS, SceneExpr},
};
use crate::{
    code::{self, CodeFields, EnvVersion, SceneRequest},
    error::Finding,
    layer::{BoxPx, Checked, Layer, Sizing, Within, flow::item::Length, flow::sides::AlignItems},
    scene,
};

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
            broken.push(Broken::key(format!("/canvas/{name}"), finding));
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
        Broken::key(pointer, finding)
    });
    findings.into_iter().map(place).chain(foreign).collect()
}

/// One layer with a place of its own, without the layers within it.
pub fn layer(pointer: &str, layer: &Layer, files: &Names) -> Vec<Broken> {
    let mut broken = place(pointer, layer.at(), layer.rect());
    broken.extend(layer.kind.rules(&Checked { pointer, rect: layer.rect(), files }));
    broken
}

/// One layer in a container, without the layers within it.
pub fn child(pointer: &str, layer: &Layer, within: &Within<'_, Layer>, files: &Names) -> Vec<Broken> {
    let checked = Checked { pointer, rect: None, files };
    let mut broken = layer.kind.rules(&checked);
    if within.item.element.is_some() && within.item.repeat.is_none() {
        let finding = Finding::error("repeat_missing", "`as` names the elements of a list, but there is no `repeat`");
        broken.push(Broken::key(format!("{pointer}/as"), finding));
    }
    broken.extend(layer.kind.child_rules(&checked, within));
    broken.extend(size(pointer, layer.kind.sizing(), within));
    broken
}

/// A layer in a container that must be given a size, and has too little of it.
fn size(pointer: &str, sizing: Sizing, Within { flow, item, .. }: &Within<'_, Layer>) -> Option<Broken> {
    let Sizing::Given { name, hint, aspect_ratio } = sizing else { return None };
    let (along, across) = if flow.is_column { (item.height, item.width) } else { (item.width, item.height) };
    let stretched = item.align_self.unwrap_or(flow.align_items) == AlignItems::Stretch;
    let known = [
        along != Length::Auto || item.grow > 0.0,
        across != Length::Auto || stretched,
        item.aspect_ratio.or(aspect_ratio).is_some(),
    ];
    (known.iter().filter(|known| **known).count() < 2).then(|| {
        let finding = Finding::error("child_size", format!("{name} in a container needs a size"));
        Broken::value(pointer, finding.hint(hint))
    })
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
            broken.push(Broken::key(here("box"), finding));
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
