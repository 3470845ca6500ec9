//! Resolves a layout: every expression expanded, every layer decided, every fault collected.

use std::{fmt::Display, str::FromStr, sync::Arc};

use super::{At, Code, CodeNeed, CodeRequest, Image, Layer, LayerKind, Plan, Plate, Request, Shape, Source};
use crate::{
    error::{Finding, Result},
    params::{self, invalid},
    template::{
        Template, assets,
        engine::{MAX_SOURCE, MAX_TEXT, Values},
        expr::Expr,
        json::escape,
        layout,
        rules::{self, MAX_PIXELS},
        style::Color,
        tags,
    },
};

/// Most characters of a value that a message repeats.
const SHOWN: usize = 60;

/// Plans a poster.
///
/// # Errors
/// [`crate::error::Kind::Invalid`] with every finding: those of [`params::check`], and with pointers into the request
/// (`/params/...`, `/code/...`, `/scale`) or into layout.json (`/layers/0/color`) `scale_invalid`, `scale_too_large`,
/// `value_invalid`, `asset_invalid`, `plate_padding`, `code_missing`, `code_unused`, `page_...`, `scene_...`.
pub fn plan(template: Arc<Template>, request: &Request) -> Result<Plan> {
    let mut findings = Vec::new();
    let values = match params::check(&template, &request.params) {
        Ok(params) => Some(Values::new(params)),
        Err(error) => {
            findings.extend(error.all_findings().iter().cloned());
            None
        }
    };
    let scale = scale(&template.layout.canvas, request.scale, &mut findings);
    let mut resolver = Resolver { template, request: &request.code, values, findings };
    let artwork = resolver.artwork();
    let layers = resolver.layers();
    let code = resolver.code(scale.unwrap_or(1.0));
    let Resolver { template, findings, .. } = resolver;
    match scale {
        Some(scale) if findings.is_empty() => {
            let canvas = template.layout.canvas;
            Ok(Plan { template, canvas, scale, artwork, layers, code })
        }
        _ => Err(invalid("request_invalid", findings)),
    }
}

fn scale(canvas: &layout::Canvas, scale: f32, findings: &mut Vec<Finding>) -> Option<f32> {
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
    values: Option<Values>,
    pub(super) findings: Vec<Finding>,
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
    pub(super) fn optional_color(&mut self, pointer: &str, expr: &Expr<Color>) -> Option<Color> {
        if let Expr::Template(source) = expr
            && self.expand(pointer, source)?.trim().is_empty()
        {
            return None;
        }
        self.value(pointer, expr)
    }

    /// Whom to blame for a value: the parameter, when the expression is nothing but that.
    pub(super) fn blame(&self, pointer: &str, source: Option<&str>) -> String {
        let declared = self.template.params().document().get("properties");
        let name = source.and_then(tags::sole_name).filter(|name| declared.is_some_and(|all| all.get(name).is_some()));
        name.map_or_else(|| pointer.to_owned(), |name| format!("/params/{}", escape(name)))
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

    fn shown(&mut self, index: usize, layer: &layout::Layer) -> bool {
        self.holds(&format!("/layers/{index}"), layer.when())
    }

    /// Whether the `when` of the object at a pointer holds; true when there is none.
    pub(super) fn holds(&mut self, pointer: &str, when: Option<&Expr<String>>) -> bool {
        let Some(when) = when else { return true };
        let text = self.text(&format!("{pointer}/when"), when);
        text.is_some_and(|text| !matches!(text.trim(), "" | "false" | "0"))
    }

    fn layers(&mut self) -> Vec<Layer> {
        let template = self.template.clone();
        let mut layers = Vec::new();
        for (index, layer) in template.layout.layers.iter().enumerate() {
            let at = match (layer.at(), layer.rect()) {
                (Some(id), _) => At::Slot(id.trim_start_matches('#').to_owned()),
                (None, Some(rect)) => At::Box(rect),
                // Refused when the template was loaded.
                (None, None) => continue,
            };
            if self.shown(index, layer)
                && let Some(kind) = self.kind(&format!("/layers/{index}"), layer)
            {
                layers.push(Layer { index, at, kind });
            }
        }
        layers
    }

    fn kind(&mut self, pointer: &str, layer: &layout::Layer) -> Option<LayerKind> {
        Some(match layer {
            layout::Layer::Image(image) => LayerKind::Image(self.image(pointer, image)?),
            layout::Layer::Text(text) => LayerKind::Text(self.paragraph(pointer, text)?),
            layout::Layer::Code(code) => LayerKind::Code(Code {
                plate: code.plate.as_ref().map(|plate| Plate {
                    background: plate.background,
                    padding: plate.padding,
                    border_radius: plate.border_radius,
                }),
            }),
            layout::Layer::Shape(shape) => LayerKind::Shape(Shape {
                background: self.background(pointer, shape.background.as_ref()),
                border_radius: shape.border_radius,
                border: shape.border,
                box_shadow: shape.box_shadow,
                opacity: shape.opacity,
            }),
        })
    }

    fn background(&mut self, pointer: &str, expr: Option<&Expr<Color>>) -> Option<Color> {
        self.optional_color(&format!("{pointer}/background"), expr?)
    }

    fn image(&mut self, pointer: &str, image: &layout::Image) -> Option<Image> {
        let own = format!("{pointer}/src");
        let text = match &image.src {
            Expr::Value(text) => text.clone(),
            Expr::Template(source) => self.expand_within(&own, source, MAX_SOURCE)?,
        };
        let blamed = self.blame(&own, image.src.source());
        let source = match assets::source(&text, self.template.names()) {
            Ok(source) => source,
            Err(fault) => {
                let finding = Finding::error("asset_invalid", fault.message).pointer(blamed);
                self.findings.push(Finding { hint: fault.hint, ..finding });
                return None;
            }
        };
        let fallback = image.fallback.as_deref().and_then(|path| assets::file(path, self.template.names()).ok());
        let fallback = fallback.map(Source::File);
        Some(Image {
            pointer: blamed,
            source: source.or_else(|| fallback.clone()),
            fallback,
            on_error: image.on_error,
            object_fit: image.object_fit,
            border_radius: image.border_radius,
            border: image.border,
            box_shadow: image.box_shadow,
            opacity: image.opacity,
            background: self.background(pointer, image.background.as_ref()),
        })
    }

    /// The code that the layers drawn need, asked for as large as the largest of them.
    fn code(&mut self, scale: f32) -> Option<CodeNeed> {
        let template = self.template.clone();
        let codes = template.layout.layers.iter().enumerate().filter_map(|(index, layer)| match layer {
            layout::Layer::Code(code) => Some((index, layer, code)),
            _ => None,
        });
        let codes: Vec<_> = codes.collect();
        if codes.is_empty() && self.request != &CodeRequest::default() {
            let finding = Finding::error("code_unused", "the template draws no mini-program code");
            self.findings.push(finding.pointer("/code").hint("leave `code` out"));
            return None;
        }
        let canvas = template.layout.canvas;
        let mut need: Option<(usize, &layout::Code, f32)> = None;
        for (index, layer, code) in codes {
            // Without values it is not known whether it is drawn; what is asked for is then checked all the same.
            if self.values.is_some() && !self.drawn(index, layer) {
                continue;
            }
            let slot = layer.at().and_then(|id| template.slots.get(id.trim_start_matches('#')).copied());
            let rect = layer.rect().or(slot);
            if let Some(broken) = rules::plate(&format!("/layers/{index}"), code, rect) {
                self.findings.push(broken.finding.pointer(broken.pointer));
            }
            // A slot that nobody measured is at most as large as the canvas.
            let [_, _, width, height] = rect.unwrap_or([0.0, 0.0, canvas.width as f32, canvas.height as f32]);
            let padding = code.plate.as_ref().map_or(0.0, |plate| plate.padding);
            let side = (width.min(height) - 2.0 * padding).max(0.0);
            need = Some(need.map_or((index, code, side), |(first, code, most)| (first, code, most.max(side))));
        }
        let (index, code, side) = need?;
        self.code_need(index, code, side, scale)
    }

    /// [`Self::shown`] without a second finding.
    fn drawn(&mut self, index: usize, layer: &layout::Layer) -> bool {
        let told = self.findings.len();
        let drawn = self.shown(index, layer);
        self.findings.truncate(told);
        drawn
    }
}
