//! Plans a poster: resolves the layout, collecting all findings.

use std::{collections::HashSet, sync::Arc};

use super::{
    At, Plan, PlannedCanvas, PlannedLayer, Request,
    limits::{MAX_CHARACTERS, MAX_CONDITIONS, MAX_LAYERS},
    required,
    resolver::{CodeAt, Resolver},
};
use crate::{
    asset::AssetSource,
    code::CodeFields,
    error::{Finding, Result, invalid},
    layer::{Layer, code},
    template::{ExpandedArtwork, Template, engine::Values, layout::MAX_PIXELS, tags},
    text::FontSet,
    words,
};

/// Plans a poster. The fonts, with those that the template brings, measure texts in containers.
///
/// # Errors
/// [`crate::error::ErrorKind::Invalid`] with all findings: those of [`Template::check`], and those below, with pointers
/// into the request (`/params/...`, `/code/...`, `/scale`) or into layout.json (`/layers/0/color`).
///
/// - Values: `value_invalid`, `asset_invalid`, `text_too_long`, `barcode_...`.
/// - Layers: `repeat_too_many`, `layers_too_many`, `slot_unmeasured`.
/// - The code: `code_missing`, `code_unused`, `field_unused`, `page_...`, `path_...`, `scene_...`, `qr_text_missing`,
///   `color_invalid`, `plate_padding`, `center_size`.
/// - The size: `scale_invalid`, `scale_too_large`.
pub fn plan(template: Arc<Template>, request: &Request, fonts: &FontSet) -> Result<Plan> {
    let own = Arc::clone(&template);
    let fonts = own.fonts_or(fonts);
    let mut findings = Vec::new();
    let values = match template.check(&request.params) {
        Ok(params) => Some(Values::new(params)),
        Err(error) => {
            findings.extend(error.all_findings().iter().cloned());
            None
        }
    };
    let mut resolver = Resolver { findings, ..Resolver::new(template, &request.code, fonts, values) };
    let artwork = resolver.artwork();
    let layers = resolver.layers();
    let canvas = resolver.canvas();
    let scale = scale(&canvas, request.scale, &mut resolver.findings);
    let without_code: Vec<&str> =
        layers.iter().filter(|layer| !layer.kind.shows_code()).map(|layer| layer.pointer.as_str()).collect();
    let code = code::need(&mut resolver, &without_code, scale.unwrap_or(1.0));
    let Resolver { template, mut findings, warnings, auto_line_color, .. } = resolver;
    // Several layers report the same fault of a parameter.
    let mut reported = HashSet::new();
    findings.retain(|finding| reported.insert((finding.code, finding.pointer.clone(), finding.message.clone())));
    match scale {
        Some(scale) if findings.is_empty() => {
            Ok(Plan { template, canvas, scale, artwork, layers, code, auto_line_color, findings: warnings })
        }
        _ => {
            let titled = findings.into_iter().map(|finding| template.params().titled(finding)).collect();
            Err(invalid("request_invalid", titled))
        }
    }
}

/// The sources of pictures without which there is no poster, each with the JSON pointer to report when it fails: for
/// requests that cannot be planned. Those of layers whose expressions name an invalid parameter are unknown, and left out.
pub fn sources(template: Arc<Template>, request: &Request, fonts: &FontSet) -> Vec<(AssetSource, String)> {
    let own = Arc::clone(&template);
    let (values, invalid) = template.params().valid_part(&request.params);
    let mut layers = Resolver::new(template, &request.code, own.fonts_or(fonts), Some(Values::new(values))).layers();
    // What expressions show without an invalid parameter is not what they would show with a valid one.
    let is_invalid = |word: &str| word.split(['.', '/']).any(|step| invalid.contains(step));
    let names_invalid = |source: &str| tags::words(source).into_iter().any(|word| is_invalid(&source[word]));
    let unknown = own.layout.all_layers().into_iter().filter(|(pointer, layer)| {
        layer.expressions(pointer).into_sources().iter().any(|(_, source)| names_invalid(source))
    });
    let unknown: Vec<String> = unknown.map(|(pointer, _)| pointer).collect();
    // A layer, and those in it.
    let is_in = |layer: &PlannedLayer, outer: &String| {
        layer.pointer.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    layers.retain(|layer| !unknown.iter().any(|outer| is_in(layer, outer)));
    required(&layers).map(|(source, pointer)| (source.clone(), pointer.to_owned())).collect()
}

/// The scale, if it is valid.
fn scale(canvas: &PlannedCanvas, scale: f32, findings: &mut Vec<Finding>) -> Option<f32> {
    if !(1.0..=3.0).contains(&scale) {
        findings.push(words::scale_invalid(scale).pointer("/scale"));
        return None;
    }
    let side = |length: u32| (f64::from(length) * f64::from(scale)).ceil() as u64;
    let pixels = side(canvas.width) * side(canvas.height);
    if pixels > MAX_PIXELS {
        findings.push(words::scale_too_large(pixels, MAX_PIXELS).pointer("/scale"));
        return None;
    }
    Some(scale)
}

impl<'a> Resolver<'a> {
    fn new(template: Arc<Template>, request: &'a CodeFields, fonts: &'a FontSet, values: Option<Values>) -> Self {
        Self {
            values,
            findings: Vec::new(),
            request,
            fonts,
            elements: Vec::new(),
            room: MAX_LAYERS,
            conditions: MAX_CONDITIONS,
            is_full: false,
            characters: MAX_CHARACTERS,
            codes: Vec::new(),
            auto_line_color: false,
            bottom: 0.0,
            warnings: template.warnings().to_vec(),
            template,
        }
    }
}

impl Resolver<'_> {
    /// The artwork with parameters expanded.
    fn artwork(&mut self) -> Option<ExpandedArtwork> {
        match self.template.artwork(self.values.as_ref()?) {
            Ok(artwork) => artwork,
            Err(found) => {
                self.findings.extend(found);
                None
            }
        }
    }

    /// Whether the `when` of a layer holds.
    pub(super) fn shown(&mut self, pointer: &str, layer: &Layer) -> bool {
        self.holds(pointer, layer.when())
    }

    /// The layers whose `when` holds.
    fn layers(&mut self) -> Vec<PlannedLayer> {
        let template = self.template.clone();
        let mut layers = Vec::new();
        for (index, layer) in template.layout.layers.iter().enumerate() {
            let pointer = format!("/layers/{index}");
            let slot = layer.slot();
            let rect = layer.rect().or_else(|| template.slot(slot?));
            let at = match (slot, layer.rect()) {
                (Some(id), Some(rect)) => At::Moved { slot: id.to_owned(), rect },
                (Some(id), None) => At::Slot(id.to_owned()),
                (None, Some(rect)) => At::Box(rect),
                // Rejected when the template was loaded.
                (None, None) => continue,
            };
            if !self.shown(&pointer, layer) {
                continue;
            }
            if layer.kind.flow().is_some() {
                self.container(&pointer, layer, at, rect, &mut layers);
                continue;
            }
            self.bottom = self.bottom.max(rect.map_or(0.0, |[_, y, _, height]| y + height));
            if let Some(code) = layer.kind.code() {
                self.codes.push(CodeAt { pointer: pointer.clone(), code: code.clone(), rect });
            }
            if let Some(kind) = layer.kind.resolve(&pointer, self) {
                layers.push(PlannedLayer { pointer, at, kind });
            }
        }
        layers
    }
}
