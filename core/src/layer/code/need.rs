//! The code that a plan needs: the layout's `code`, overridden by the request.

use serde_json::{Map, Value};

use super::{
    fields::{Code, LineColor},
    rules::plate,
    words,
};
use crate::{
    code::{CodeFields, CodeKind, CodeNeed, EnvVersion, Opens, SceneRequest, WIDTH, check_page, check_path},
    error::Finding,
    layer::Layer,
    plan::{
        PlannedCanvas,
        resolver::{CodeAt, Resolver},
    },
    scene::{self, Scene},
    template::{
        expr::Expr,
        json::escape,
        layout::{CodeTarget, SceneExpr},
    },
};

/// The code that the layers drawn need, requested as large as the largest of them. `without_code` are the pointers of
/// planned layers that do not show it. Also checks the plates of all code layers drawn.
pub(crate) fn need(resolver: &mut Resolver<'_>, without_code: &[&str], scale: f32) -> Option<CodeNeed> {
    let template = resolver.template.clone();
    let layers = template.layout.all_layers();
    let layers = layers.iter().filter_map(|(pointer, layer)| Some((pointer, layer, layer.kind.code()?)));
    let layers: Vec<_> = layers.collect();
    let mut codes = std::mem::take(&mut resolver.codes);
    if resolver.values.is_none() {
        // Which of them are drawn is unknown; check the request anyway.
        let slot = |layer: &Layer| template.slot(layer.slot()?);
        let undecided = layers.iter().filter(|(.., code)| code.src.is_none()).map(|(pointer, layer, code)| CodeAt {
            pointer: (*pointer).clone(),
            code: (*code).clone(),
            rect: layer.rect().or_else(|| slot(layer)),
        });
        codes = undecided.collect();
    }
    for CodeAt { pointer, code, rect } in &codes {
        if let Some(broken) = plate(pointer, code, *rect) {
            resolver.findings.push(broken.finding.pointer(broken.pointer));
        }
    }
    // Layers with a picture of their own need no code.
    let is_given = |pointer: &str| without_code.contains(&pointer);
    if layers.iter().all(|(pointer, ..)| is_given(pointer)) && resolver.request != &CodeFields::default() {
        resolver.code_findings([words::code_unused()]);
        return None;
    }
    codes.retain(|code| !is_given(&code.pointer));
    // A slot that was not measured is at most as large as the canvas.
    let canvas = PlannedCanvas::tallest(&template.layout.canvas);
    let canvas = [0.0, 0.0, canvas.width as f32, canvas.height as f32];
    let side = |CodeAt { code, rect, .. }: &CodeAt| {
        let [_, _, width, height] = rect.unwrap_or(canvas);
        width.min(height) - 2.0 * code.plate.as_ref().map_or(0.0, |plate| plate.padding)
    };
    let largest = codes.iter().map(side).fold(0.0, f32::max);
    let CodeAt { pointer, code, .. } = codes.first()?;
    resolver.code_need(pointer, code, largest, scale)
}

/// JSON pointer of a field of the code.
fn at(name: &str) -> String {
    format!("{}/{name}", CodeTarget::POINTER)
}

impl Resolver<'_> {
    /// The code for code layers of up to `side` px at scale 1.
    fn code_need(&mut self, layer: &str, code: &Code, side: f32, scale: f32) -> Option<CodeNeed> {
        let request = self.request;
        let template = self.template.clone();
        let target = template.layout.code.as_ref();
        if target.is_none() && request == &CodeFields::default() {
            self.code_findings([words::code_missing()]);
            return None;
        }
        let kind = self.code_kind();
        self.code_findings(request.foreign(kind));
        let opens = match kind {
            CodeKind::Unlimited => self.unlimited(target),
            CodeKind::Limited | CodeKind::Square => self.with_path(kind, target),
            CodeKind::Qr => self.qr(target),
        };
        let (is_round, is_qr) = (kind.is_round(), kind == CodeKind::Qr);
        let app = target.and_then(|target| target.app.as_ref()).filter(|_| !is_qr);
        let app = self.string("app", request.app.as_ref(), app);
        let app = app.filter(|app| !app.is_empty()).unwrap_or_else(|| "default".to_owned());
        let env_version = match (request.env_version, target.and_then(|target| target.env_version.as_ref())) {
            _ if !is_round => Some(EnvVersion::default()),
            (None, Some(env)) => self.value(&at("env_version"), env),
            (given, _) => Some(given.unwrap_or_default()),
        };
        let (pointer, color) = match (request.line_color, &code.line_color) {
            (None, Some(color)) => {
                let pointer = format!("{layer}/line_color");
                let color = self.optional(&pointer, color);
                (pointer, color)
            }
            (given, _) => (at("line_color"), given.map(LineColor::Color)),
        };
        let auto_color = is_round && request.auto_color.unwrap_or(code.auto_color);
        // `auto_color` takes precedence, and square codes are always black on white.
        self.auto_line_color = color == Some(LineColor::Auto) && !auto_color && kind != CodeKind::Square;
        let color = color.and_then(|color| if let LineColor::Color(color) = color { Some(color) } else { None });
        if let Some(color) = color.filter(|color| color.a != 255) {
            self.findings.push(words::code_color_transparent(color).pointer(pointer));
        }
        // `as` saturates.
        let width = (side * scale).ceil() as u32;
        Some(CodeNeed {
            app: if is_qr { String::new() } else { app },
            opens: opens?,
            env_version: env_version?,
            width: width.clamp(*WIDTH.start(), *WIDTH.end()),
            auto_color,
            line_color: color.filter(|_| kind != CodeKind::Square).map(|color| [color.r, color.g, color.b]),
            is_hyaline: kind != CodeKind::Square && request.is_hyaline.unwrap_or(code.is_hyaline),
        })
    }

    fn unlimited(&mut self, target: Option<&CodeTarget>) -> Option<Opens> {
        let page = self.string("page", self.request.page.as_ref(), target.and_then(|target| target.page.as_ref()));
        self.code_findings(page.iter().flat_map(|page| check_page(page)));
        let scene = self.scene(target);
        let check_path = self.request.check_path.or(target.and_then(|target| target.check_path)).unwrap_or(true);
        Some(Opens::Unlimited { page: page?, scene: scene?, check_path })
    }

    fn with_path(&mut self, kind: CodeKind, target: Option<&CodeTarget>) -> Option<Opens> {
        let given = self.request.path.as_ref();
        let path = self.string("path", given, target.and_then(|target| target.path.as_ref()))?;
        self.code_findings(check_path(&path, kind.max_path_length().unwrap_or_default()));
        Some(if kind == CodeKind::Limited { Opens::Limited { path } } else { Opens::Square { path } })
    }

    fn qr(&mut self, target: Option<&CodeTarget>) -> Option<Opens> {
        let given = self.request.text.as_ref();
        let text = self.string("text", given, target.and_then(|target| target.text.as_ref()))?;
        if text.is_empty() {
            self.code_findings([words::qr_text_missing().pointer("/text")]);
        }
        Some(Opens::Qr { text })
    }

    /// The value of the request, else of the layout, else an empty string.
    fn string(&mut self, name: &str, given: Option<&String>, expr: Option<&Expr<String>>) -> Option<String> {
        match (given, expr) {
            (Some(given), _) => Some(given.clone()),
            (None, Some(expr)) => self.text(&at(name), expr),
            (None, None) => Some(String::new()),
        }
    }

    /// Adds findings whose pointers are relative to the fields of the code.
    fn code_findings(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings.into_iter().map(|finding| finding.below(CodeTarget::POINTER)));
    }

    fn scene(&mut self, target: Option<&CodeTarget>) -> Option<Scene> {
        match (&self.request.scene, target.and_then(|target| target.scene.as_ref())) {
            (Some(SceneRequest::Text(text)), _) => self.checked(text.clone(), None),
            (Some(SceneRequest::Map(map)), _) => self.encoded(map.clone()),
            (None, Some(SceneExpr::Text(text))) => {
                let scene = self.text(&at("scene"), text)?;
                self.checked(scene, text.source())
            }
            (None, Some(SceneExpr::Map(map))) => {
                let mut params = Map::new();
                for (key, value) in map {
                    let source = value.as_str().unwrap_or_default();
                    let pointer = at(&format!("scene/{}", escape(key)));
                    let text = if source.contains("{{") { self.expand(&pointer, source)? } else { source.to_owned() };
                    params.insert(key.clone(), Value::String(text));
                }
                self.encoded(params)
            }
            (None, None) => {
                self.code_findings([words::scene_missing().pointer("/scene")]);
                None
            }
        }
    }

    fn checked(&mut self, scene: String, source: Option<&str>) -> Option<Scene> {
        let Err(error) = scene::check(&scene) else { return Some(Scene::Text(scene)) };
        for finding in scene::findings(Some(error)) {
            let pointer = self.blame(&at("scene"), source);
            self.findings.push(finding.pointer(pointer));
        }
        None
    }

    /// Encodes a map as a scene. Empty strings are omitted: layouts list all parameters, and some may be absent.
    fn encoded(&mut self, mut params: Map<String, Value>) -> Option<Scene> {
        params.retain(|_, value| value.as_str() != Some(""));
        match scene::encode(&params) {
            Ok(scene) => Some(scene),
            Err(error) => {
                self.code_findings(scene::findings(Some(error)));
                None
            }
        }
    }
}
