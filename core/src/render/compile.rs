//! Compiles a template: loads its files and measures its slots.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;

use crate::{
    artwork::{memory, segments, silhouette, svg},
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
    let template = Template::load(id, files)?.with_families(fonts.families(), fonts.default_family());
    let Some(artwork) = sample_artwork(&template)? else { return Ok(template) };
    let parsed = svg::parse(&artwork, &template.files, fonts);
    // Only some kinds of layers, and a canvas with automatic height, need boxes before the artwork is drawn.
    let canvas = Canvas::tallest(&template.layout.canvas);
    let needs_slots = template.layout.layers.iter().any(|layer| layer.kind.needs_slot_size() && layer.at().is_some());
    if template.artwork_varies() && !needs_slots && canvas.tallest.is_none() {
        // A sample's artwork need not have what every poster's has.
        return Ok(match parsed {
            Ok(tree) => {
                let memory = segments::slots(&tree, canvas, &template.slot_ids()).map(|slots| slots.memory);
                template.with_artwork_memory(memory.unwrap_or_else(|_| memory::of_uncut(&tree)))
            }
            Err(_) => template,
        });
    }
    let tree = parsed?;
    silhouette::silhouettes(&tree, &template.masks())?;
    let slots = segments::slots(&tree, canvas, &template.slot_ids())?;
    Ok(template.with_slots(slots.boxes).with_artwork_memory(slots.memory))
}

/// The artwork, with the parameters of a sample if it uses any; `None` if there is no artwork or no sample.
fn sample_artwork(template: &Template) -> Result<Option<Arc<str>>> {
    let sample = template.samples().get("usual").or_else(|| template.samples().values().next());
    let values = match (template.artwork_varies(), sample) {
        (false, _) => serde_json::Map::new(),
        (true, Some(sample)) => template.check(sample)?,
        (true, None) => return Ok(None),
    };
    let artwork = template.artwork(&Values::new(values));
    artwork.map_err(|e| Error::of(ErrorKind::Invalid, Finding::error("artwork_invalid", e)))
}
