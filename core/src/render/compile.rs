//! Compiles a template: loads its files and measures its slots.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::{
    artwork::{silhouette, svg},
    error::{Error, ErrorKind, Finding, Result},
    plan::Canvas,
    template::{Template, engine::Values},
    text::FontSet,
};

/// Compiles a template from the files of its folder, by relative path with `/`.
///
/// # Errors
/// [`ErrorKind::Invalid`], `template_invalid`, with every fault of layout.json, its schema of parameters, its handlebars,
/// the artwork and the samples at once; each with file, line, column and a caret. Faults found by parsing the artwork
/// are reported alone.
pub fn compile(id: &str, files: BTreeMap<String, Bytes>, fonts: &FontSet) -> Result<Template> {
    let template = Template::load(id, files)?;
    let slots = measure(&template, fonts)?;
    Ok(template.with_slots(slots))
}

/// Boxes of the slots. Artwork that uses parameters is measured with a sample; without a sample, its slots are known
/// only when it is drawn.
fn measure(template: &Template, fonts: &FontSet) -> Result<BTreeMap<String, [f32; 4]>> {
    // Only some kinds of layers, and a canvas with automatic height, need boxes before the artwork is drawn.
    let canvas = Canvas::tallest(&template.layout.canvas);
    let is_needed = template.layout.layers.iter().any(|layer| layer.kind.needs_slot_size() && layer.at().is_some());
    if !is_needed && canvas.tallest.is_none() && template.artwork_varies() {
        return Ok(BTreeMap::new());
    }
    let sample = template.samples().get("usual").or_else(|| template.samples().values().next());
    let values = match (template.artwork_varies(), sample) {
        (false, _) => serde_json::Map::new(),
        (true, Some(sample)) => template.check(sample)?,
        (true, None) => return Ok(BTreeMap::new()),
    };
    let artwork = template.artwork(&Values::new(values));
    let Some(artwork) = artwork.map_err(|e| Error::of(ErrorKind::Invalid, Finding::error("artwork_invalid", e)))?
    else {
        return Ok(BTreeMap::new());
    };
    let tree = svg::parse(&artwork, &template.files, fonts)?;
    silhouette::silhouettes(&tree, &template.masks())?;
    svg::slots(&tree, canvas, &template.slot_ids())
}
