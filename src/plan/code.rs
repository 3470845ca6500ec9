//! What code a plan needs: the layout's target, with the request's fields in their place.

use serde_json::{Map, Value};

use super::{CodeRequest, resolve::Resolver};
use crate::{
    code::{CodeNeed, Opens, SceneRequest, WIDTH, check_page},
    error::Finding,
    scene::{self, Scene},
    template::{
        json::escape,
        layout::{Code, CodeTarget, SceneExpr},
        rules::scene_findings,
    },
};

impl Resolver<'_> {
    /// What must be asked of WeChat for the code layers that are drawn, `side` px large at scale 1.
    pub(super) fn code_need(&mut self, layer: &str, code: &Code, side: f32, scale: f32) -> Option<CodeNeed> {
        let request = self.request;
        let template = self.template.clone();
        let target = template.layout.code.as_ref();
        if target.is_none() && request == &CodeRequest::default() {
            let hint = "add \"code\": {\"page\": \"pages/...\", \"scene\": {\"id\": \"{{id}}\"}} to layout.json, or \
                        \"code\" to the request";
            let message = "the template draws a mini-program code, but nothing says what it opens";
            self.findings.push(Finding::error("code_missing", message).pointer("/code").hint(hint));
            return None;
        }
        let page = match (&request.page, target.and_then(|target| target.page.as_ref())) {
            (Some(page), _) => Some(page.clone()),
            (None, Some(page)) => self.text("/code/page", page),
            (None, None) => Some(String::new()),
        };
        self.findings.extend(page.iter().flat_map(|page| check_page(page)));
        let scene = self.scene(target);
        let app = match (&request.app, target.and_then(|target| target.app.as_ref())) {
            (Some(app), _) => Some(app.clone()),
            (None, Some(app)) => self.text("/code/app", app),
            (None, None) => None,
        };
        let env_version = match (request.env_version, target.and_then(|target| target.env_version.as_ref())) {
            (None, Some(env)) => self.value("/code/env_version", env),
            (given, _) => Some(given.unwrap_or_default()),
        };
        let (pointer, color) = match (request.line_color, &code.line_color) {
            (None, Some(color)) => {
                let pointer = format!("{layer}/line_color");
                let color = self.optional_color(&pointer, color);
                (pointer, color)
            }
            (given, _) => ("/code/line_color".to_owned(), given),
        };
        if let Some(color) = color.filter(|color| color.a != 255) {
            let finding = Finding::error("color_invalid", format!("the code's colour {color} must be opaque"));
            self.findings.push(finding.pointer(pointer).hint("write it as #rgb or #rrggbb"));
        }
        // The scale was checked; a side is at most as large as the canvas.
        let width = (side * scale).ceil() as u32;
        Some(CodeNeed {
            app: app.filter(|app| !app.is_empty()).unwrap_or_else(|| "default".to_owned()),
            opens: Opens::Unlimited {
                page: page?,
                scene: scene?,
                check_path: request.check_path.or(target.and_then(|target| target.check_path)).unwrap_or(true),
            },
            env_version: env_version?,
            width: width.clamp(*WIDTH.start(), *WIDTH.end()),
            auto_color: request.auto_color.unwrap_or(code.auto_color),
            line_color: color.map(|color| [color.r, color.g, color.b]),
            is_hyaline: request.is_hyaline.unwrap_or(code.is_hyaline),
        })
    }

    fn scene(&mut self, target: Option<&CodeTarget>) -> Option<Scene> {
        match (&self.request.scene, target.and_then(|target| target.scene.as_ref())) {
            (Some(SceneRequest::Text(text)), _) => self.checked(text.clone(), None),
            (Some(SceneRequest::Map(map)), _) => self.encoded(map.clone()),
            (None, Some(SceneExpr::Text(text))) => {
                let scene = self.text("/code/scene", text)?;
                self.checked(scene, text.source())
            }
            (None, Some(SceneExpr::Map(map))) => {
                let mut params = Map::new();
                for (key, value) in map {
                    let source = value.as_str().unwrap_or_default();
                    let pointer = format!("/code/scene/{}", escape(key));
                    let text = if source.contains("{{") { self.expand(&pointer, source)? } else { source.to_owned() };
                    params.insert(key.clone(), Value::String(text));
                }
                self.encoded(params)
            }
            (None, None) => {
                let finding = Finding::error("scene_missing", "nothing says which scene the code carries");
                let hint = "add \"scene\": {\"id\": \"...\"} to `code`";
                self.findings.push(finding.pointer("/code/scene").hint(hint));
                None
            }
        }
    }

    fn checked(&mut self, scene: String, source: Option<&str>) -> Option<Scene> {
        let Err(error) = scene::check(&scene) else { return Some(Scene::Text(scene)) };
        for finding in scene_findings(Some(error)) {
            let pointer = self.blame("/code/scene", source);
            self.findings.push(finding.pointer(pointer));
        }
        None
    }

    /// A map as a scene. Empty texts are left out: a layout names every parameter that there may be.
    fn encoded(&mut self, mut params: Map<String, Value>) -> Option<Scene> {
        params.retain(|_, value| value.as_str() != Some(""));
        match scene::encode(&params) {
            Ok(scene) => Some(scene),
            Err(error) => {
                self.findings.extend(scene_findings(Some(error)));
                None
            }
        }
    }
}
