//! Resolves a layout: every expression expanded, every layer decided, every fault collected.

use std::{collections::HashSet, fmt::Display, str::FromStr, sync::Arc};

use super::{At, Canvas, Code, CodeNeed, CodeRequest, Image, Layer, LayerKind, Plan, Request, Shape, flow, text};
use crate::asset::Source;
use crate::{
    error::{Finding, Result, invalid},
    style::Color,
    template::{
        Template, assets,
        engine::{MAX_SOURCE, MAX_TEXT, Values},
        expr::Expr,
        json::escape,
        layout,
        rules::{self, MAX_PIXELS},
        tags,
    },
    text::FontSet,
};

/// Most characters of a value that a message repeats.
const SHOWN: usize = 60;

/// Plans a poster. The fonts measure the texts that stand in containers.
///
/// # Errors
/// [`crate::error::Kind::Invalid`] with every finding: those of [`params::check`], and with pointers into the request
/// (`/params/...`, `/code/...`, `/scale`) or into layout.json (`/layers/0/color`) `scale_invalid`, `scale_too_large`,
/// `value_invalid`, `asset_invalid`, `plate_padding`, `code_missing`, `code_unused`, `page_...`, `scene_...`,
/// `repeat_too_many`, `layers_too_many`, `text_too_long`, `slot_unmeasured`.
pub fn plan(template: Arc<Template>, request: &Request, fonts: &FontSet) -> Result<Plan> {
    let mut findings = Vec::new();
    let values = match template.check(&request.params) {
        Ok(params) => Some(Values::new(params)),
        Err(error) => {
            findings.extend(error.all_findings().iter().cloned());
            None
        }
    };
    let mut resolver = Resolver {
        values,
        findings,
        request: &request.code,
        fonts,
        elements: Vec::new(),
        room: flow::MAX_LAYERS,
        characters: text::MAX_CHARACTERS,
        codes: Vec::new(),
        auto_line_color: false,
        bottom: 0.0,
        warnings: Vec::new(),
        template,
    };
    let artwork = resolver.artwork();
    let layers = resolver.layers();
    let canvas = resolver.canvas();
    let scale = scale(&canvas, request.scale, &mut resolver.findings);
    let code = resolver.code(&layers, scale.unwrap_or(1.0));
    let Resolver { template, mut findings, warnings, auto_line_color, .. } = resolver;
    // Layers that use the same parameter say the same of it.
    let mut told = HashSet::new();
    findings.retain(|finding| told.insert((finding.code, finding.pointer.clone(), finding.message.clone())));
    match scale {
        Some(scale) if findings.is_empty() => {
            Ok(Plan { template, canvas, scale, artwork, layers, code, auto_line_color, findings: warnings })
        }
        _ => Err(invalid("request_invalid", findings)),
    }
}

fn scale(canvas: &Canvas, scale: f32, findings: &mut Vec<Finding>) -> Option<f32> {
    if !(1.0..=3.0).contains(&scale) {
        findings.push(Finding::error("scale_invalid", format!("the scale is {scale}, not 1 to 3")).pointer("/scale"));
        return None;
    }
    let side = |length: u32| (f64::from(length) * f64::from(scale)).ceil() as u64;
    let pixels = side(canvas.width) * side(canvas.height);
    if pixels > MAX_PIXELS {
        let message = format!("the poster would have {pixels} pixels, at most {MAX_PIXELS} are allowed");
        findings.push(Finding::error("scale_too_large", message).pointer("/scale").hint("use a smaller scale"));
        return None;
    }
    Some(scale)
}

/// The state of a planning.
pub(super) struct Resolver<'a> {
    pub(super) template: Arc<Template>,
    pub(super) request: &'a CodeRequest,
    /// None when the parameters were refused; what depends on them is then left out without a word.
    pub(super) values: Option<Values>,
    pub(super) findings: Vec<Finding>,
    pub(super) fonts: &'a FontSet,
    /// The elements of repeated layers that strings may name, outermost first: the name, and the element's pointer.
    pub(super) elements: Vec<(String, String)>,
    /// How many layers in containers there may still be.
    pub(super) room: usize,
    /// How many characters of text there may still be.
    pub(super) characters: usize,
    /// The code layers that are drawn.
    pub(super) codes: Vec<CodeAt>,
    /// Whether the colour of their rays is to be chosen.
    pub(super) auto_line_color: bool,
    /// Lower edge of the lowest layer.
    pub(super) bottom: f32,
    pub(super) warnings: Vec<Finding>,
}

/// A code layer that is drawn.
#[derive(Debug)]
pub(super) struct CodeAt {
    pub pointer: String,
    pub code: layout::Code,
    /// None when nobody measured its slot.
    pub rect: Option<layout::BoxPx>,
}

impl Resolver<'_> {
    /// Expands handlebars at a pointer of layout.json.
    pub(super) fn expand(&mut self, pointer: &str, source: &str) -> Option<String> {
        self.expand_within(pointer, source, MAX_TEXT)
    }

    fn expand_within(&mut self, pointer: &str, source: &str, limit: usize) -> Option<String> {
        match self.template.expand(pointer, self.values.as_ref()?, limit) {
            Ok(text) => Some(text),
            Err(why) => {
                let pointer = self.blame(pointer, Some(source));
                self.findings.push(Finding::error("value_invalid", why).pointer(pointer));
                None
            }
        }
    }

    pub(super) fn text(&mut self, pointer: &str, expr: &Expr<String>) -> Option<String> {
        match expr {
            Expr::Value(text) => Some(text.clone()),
            Expr::Template(source) => self.expand(pointer, source),
        }
    }

    /// A value of a closed set of forms, such as a colour.
    pub(super) fn value<T>(&mut self, pointer: &str, expr: &Expr<T>) -> Option<T>
    where
        T: Clone + FromStr<Err: Display>,
    {
        let source = match expr {
            Expr::Value(value) => return Some(value.clone()),
            Expr::Template(source) => source,
        };
        let text = self.expand(pointer, source)?;
        // No value of these sets is that long, and a message does not repeat more.
        let text: String = text.trim().chars().take(SHOWN).collect();
        match text.parse() {
            Ok(value) => Some(value),
            Err(why) => {
                let pointer = self.blame(pointer, Some(source));
                self.findings.push(Finding::error("value_invalid", why.to_string()).pointer(pointer));
                None
            }
        }
    }

    /// A colour that may be absent: handlebars that give no text are none.
    pub(super) fn optional<T>(&mut self, pointer: &str, expr: &Expr<T>) -> Option<T>
    where
        T: Clone + FromStr<Err: Display>,
    {
        if let Expr::Template(source) = expr
            && self.expand(pointer, source)?.trim().is_empty()
        {
            return None;
        }
        self.value(pointer, expr)
    }

    /// Whom to blame for a value: the parameter, when the expression is nothing but that.
    pub(super) fn blame(&self, pointer: &str, source: Option<&str>) -> String {
        let parameter = source.and_then(tags::sole_path).and_then(|path| match path.split_once('.') {
            Some((first, _)) if !self.elements.iter().any(|(name, _)| name == first) => None,
            _ => self.parameter(path),
        });
        parameter.unwrap_or_else(|| pointer.to_owned())
    }

    /// Where the value of a path such as `title` or `item.name` stands in the request.
    pub(super) fn parameter(&self, path: &str) -> Option<String> {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let declared = self.template.params().document().get("properties");
        let base = match self.elements.iter().rev().find(|(name, _)| name == first) {
            Some((_, pointer)) => pointer.clone(),
            None => declared?.get(first).map(|_| format!("/params/{}", escape(first)))?,
        };
        let steps = rest.split('.').filter(|step| !step.is_empty());
        Some(steps.fold(base, |base, step| format!("{base}/{}", escape(step))))
    }

    fn artwork(&mut self) -> Option<Arc<str>> {
        match self.template.artwork(self.values.as_ref()?) {
            Ok(artwork) => artwork,
            Err(why) => {
                self.findings.push(Finding::error("value_invalid", why).pointer("/artwork"));
                None
            }
        }
    }

    pub(super) fn shown(&mut self, pointer: &str, layer: &layout::Layer) -> bool {
        self.holds(pointer, layer.when())
    }

    /// Whether the `when` of the object at a pointer holds; true when there is none. An empty list is written as `[]`.
    pub(super) fn holds(&mut self, pointer: &str, when: Option<&Expr<String>>) -> bool {
        let Some(when) = when else { return true };
        let text = self.text(&format!("{pointer}/when"), when);
        text.is_some_and(|text| !matches!(text.trim(), "" | "false" | "0" | "[]"))
    }

    fn layers(&mut self) -> Vec<Layer> {
        let template = self.template.clone();
        let mut layers = Vec::new();
        for (index, layer) in template.layout.layers.iter().enumerate() {
            let pointer = format!("/layers/{index}");
            let slot = layer.at().map(|id| id.trim_start_matches('#'));
            let rect = layer.rect().or_else(|| template.slot(slot?));
            let at = match (slot, rect) {
                (Some(id), _) => At::Slot(id.to_owned()),
                (None, Some(rect)) => At::Box(rect),
                // Refused when the template was loaded.
                (None, None) => continue,
            };
            if !self.shown(&pointer, layer) {
                continue;
            }
            if layer.flow().is_some() {
                self.container(&pointer, layer, at, rect, &mut layers);
                continue;
            }
            self.bottom = self.bottom.max(rect.map_or(0.0, |[_, y, _, height]| y + height));
            if let layout::Layer::Code(code) = layer {
                self.codes.push(CodeAt { pointer: pointer.clone(), code: code.clone(), rect });
            }
            if let Some(kind) = self.kind(&pointer, layer) {
                layers.push(Layer { pointer, at, kind });
            }
        }
        layers
    }

    /// What a layer draws; of a container, what lies under its children.
    pub(super) fn kind(&mut self, pointer: &str, layer: &layout::Layer) -> Option<LayerKind> {
        Some(match layer {
            layout::Layer::Image(image) => LayerKind::Image(self.image(pointer, image)?),
            layout::Layer::Text(text) => LayerKind::Text(self.paragraph(pointer, text)?),
            layout::Layer::Code(code) => LayerKind::Code(self.code_layer(pointer, code)?),
            layout::Layer::Shape(shape) => LayerKind::Shape(Shape {
                background: self.background(pointer, shape.background.as_ref()),
                border_radius: shape.border_radius,
                border: shape.border,
                box_shadow: shape.box_shadow,
                opacity: shape.opacity,
            }),
            layout::Layer::Row(flow) | layout::Layer::Column(flow) => LayerKind::Shape(Shape {
                background: self.background(pointer, flow.background.as_ref()),
                border_radius: flow.border_radius,
                border: flow.border,
                box_shadow: flow.box_shadow,
                opacity: 1.0,
            }),
        })
    }

    fn background(&mut self, pointer: &str, expr: Option<&Expr<Color>>) -> Option<Color> {
        self.optional(&format!("{pointer}/background"), expr?)
    }

    /// Where a picture comes from, if from anywhere, and whom to blame when it fails; none when it is refused.
    pub(super) fn source(&mut self, own: &str, src: &Expr<String>) -> Option<(Option<Source>, String)> {
        let text = match src {
            Expr::Value(text) => text.clone(),
            Expr::Template(source) => self.expand_within(own, source, MAX_SOURCE)?,
        };
        let blamed = self.blame(own, src.source());
        match assets::source(&text, self.template.names()) {
            Ok(source) => Some((source, blamed)),
            Err(fault) => {
                self.findings.push(Finding::error("asset_invalid", fault).pointer(blamed));
                None
            }
        }
    }

    fn image(&mut self, pointer: &str, image: &layout::Image) -> Option<Image> {
        let (source, blamed) = self.source(&format!("{pointer}/src"), &image.src)?;
        let fallback = image.fallback.as_deref().and_then(|path| assets::file(path, self.template.names()).ok());
        let fallback = fallback.map(Source::File);
        Some(Image {
            pointer: blamed,
            source: source.or_else(|| fallback.clone()),
            fallback,
            on_error: image.on_error,
            object_fit: image.object_fit,
            object_position: self.value(&format!("{pointer}/object_position"), &image.object_position)?,
            mask: image.mask.as_ref().map(|id| id.trim_start_matches('#').to_owned()),
            blur: image.blur,
            grayscale: image.grayscale,
            brightness: image.brightness,
            rotate: image.rotate,
            border_radius: image.border_radius,
            border: image.border,
            box_shadow: image.box_shadow,
            opacity: image.opacity,
            background: self.background(pointer, image.background.as_ref()),
        })
    }

    /// The code that the layers drawn need, asked for as large as the largest of them.
    fn code(&mut self, planned: &[Layer], scale: f32) -> Option<CodeNeed> {
        let template = self.template.clone();
        let all = template.layout.all_layers();
        let all = all.iter().filter_map(|(pointer, layer)| match layer {
            layout::Layer::Code(code) => Some((pointer, layer, code)),
            _ => None,
        });
        let all: Vec<_> = all.collect();
        // A layer that brings its picture needs none.
        let given = |pointer: &str| {
            let own = planned.iter().find(|layer| layer.pointer == pointer);
            matches!(own, Some(Layer { kind: LayerKind::Code(Code { given: Some(_), .. }), .. }))
        };
        if all.iter().all(|(pointer, ..)| given(pointer)) && self.request != &CodeRequest::default() {
            let finding = Finding::error("code_unused", "the template draws no code that must be asked for");
            self.findings.push(finding.pointer("/code").hint("leave `code` out"));
            return None;
        }
        let mut codes = std::mem::take(&mut self.codes);
        if self.values.is_none() {
            // It is not known whether they are drawn; what is asked for is checked all the same.
            let slot = |layer: &layout::Layer| template.slot(layer.at()?.trim_start_matches('#'));
            let every = all.into_iter().filter(|(.., code)| code.src.is_none()).map(|(pointer, layer, code)| CodeAt {
                pointer: pointer.clone(),
                code: code.clone(),
                rect: layer.rect().or_else(|| slot(layer)),
            });
            codes = every.collect();
        }
        codes.retain(|code| !given(&code.pointer));
        // A slot that nobody measured is at most as large as the canvas.
        let canvas = Canvas::tallest(&template.layout.canvas);
        let largest = [0.0, 0.0, canvas.width as f32, canvas.height as f32];
        let mut most: f32 = 0.0;
        for CodeAt { pointer, code, rect } in &codes {
            if let Some(broken) = rules::plate(pointer, code, *rect) {
                self.findings.push(broken.finding.pointer(broken.pointer));
            }
            let [_, _, width, height] = rect.unwrap_or(largest);
            let padding = code.plate.as_ref().map_or(0.0, |plate| plate.padding);
            most = most.max(width.min(height) - 2.0 * padding);
        }
        let CodeAt { pointer, code, .. } = codes.first()?;
        self.code_need(pointer, code, most, scale)
    }
}
