//! Compiles a template: loads its files and measures its slots.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;

use super::trials;
use crate::{
    artwork::{
        memory, segments, silhouette,
        svg::{self, ArtworkError, Plain, Widths},
    },
    error::{Error, ErrorKind, Finding, Result},
    layer::Layer,
    markup::{Markup, Note},
    plan::PlannedCanvas,
    template::{ExpandedArtwork, Template, artwork_samples, engine::Values},
    text::FontSet,
    words,
};

/// Folder of the fonts that a template brings.
const FONT_FOLDER: &str = "fonts/";
/// Ends of the names of font files.
const FONT_TYPES: [&str; 3] = [".ttf", ".otf", ".ttc"];
/// Whether other parameters may make a difference to a finding about artwork with parameters.
fn depends_on_parameters(finding: &Finding) -> bool {
    // Letters without a glyph, and pictures.
    let codes = [words::glyph_missing::CODE, words::picture_unreadable::CODE];
    codes.contains(&finding.code) || words::is_about_picture(finding)
}

/// Compiles a template from the files of its folder, by relative path with `/`.
///
/// # Errors
/// [`ErrorKind::Invalid`], `template_invalid`, with every fault of layout.json, its schema of parameters, its handlebars,
/// the artwork and the samples at once; each with file, line, column and a caret. Faults found by parsing the artwork
/// are reported alone.
pub fn compile(id: &str, files: BTreeMap<String, Bytes>, fonts: &FontSet) -> Result<Template> {
    let (template, artwork) = Template::load_then(id, files, |template, elements| prepared(template, elements, fonts))?;
    let Some(SampleArtwork { text, sample, plain }) = artwork else { return Ok(template) };
    let own = template.fonts().cloned();
    let fonts = own.as_deref().unwrap_or(fonts);
    // With the parameters of a sample it has another text than the one that was checked, and is read once more.
    let plain = plain.unwrap_or_else(|| svg::prepare_text(&text, fonts, None, &template.replaced_ids()));
    let widths = Widths { canvas: Some(PlannedCanvas::tallest(&template.layout.canvas).width), output: None };
    let read = plain.map_err(ArtworkError::from);
    let (parsed, notes) = match read.and_then(|plain| svg::tree(&text, plain, &template.files, fonts, widths)) {
        Ok((tree, notes)) => (Ok(tree), notes),
        Err(error) => (Err(Error::from(error)), Vec::new()),
    };
    let template = with_notes(template, &text, notes, sample.as_deref());
    // Only some kinds of layers, and a canvas with automatic height, need boxes before the artwork is drawn.
    let canvas = PlannedCanvas::tallest(&template.layout.canvas);
    let needs_slot = |layer: &Layer| layer.kind.needs_slot_size() && layer.at().is_some() && layer.rect().is_none();
    let needs_slots = template.layout.layers.iter().any(needs_slot);
    if template.artwork_varies() && !needs_slots && canvas.tallest.is_none() {
        // A sample's artwork need not have what every poster's has.
        return Ok(match parsed {
            Ok(tree) => {
                let memory = segments::slots(&tree, canvas, &template.slot_ids()).map(|slots| slots.memory);
                template.with_artwork_memory(memory.unwrap_or_else(|_| memory::of_uncut(&tree, canvas.width)))
            }
            Err(_) => template,
        });
    }
    let tree = parsed?;
    silhouette::silhouettes(&tree, &template.masks())?;
    let slots = segments::slots(&tree, canvas, &template.slot_ids())?;
    Ok(template.with_slots(slots.boxes).with_artwork_memory(slots.memory))
}

/// Adds its fonts to a template, and finds the artwork of its posters. `elements`: those of the text that was checked.
fn prepared(
    template: Template,
    elements: Option<Markup<'_>>,
    fonts: &FontSet,
) -> Result<(Template, Option<SampleArtwork>)> {
    let template = with_fonts(template, fonts)?;
    let own = template.fonts().cloned();
    let fonts = own.as_deref().unwrap_or(fonts);
    let template = template.with_families(fonts.families(), fonts.default_family());
    let template = trials::checked(template, fonts)?;
    let mut artwork = sample_artwork(&template)?;
    if let Some(artwork) = &mut artwork {
        let same = elements.filter(|elements| elements.source == &*artwork.text);
        artwork.plain = same.map(|elements| svg::prepare(elements, fonts, None, &template.replaced_ids()));
    }
    Ok((template, artwork))
}

/// Adds the fonts that a template brings to the font set that it uses.
fn with_fonts(template: Template, fonts: &FontSet) -> Result<Template> {
    let is_font = |path: &str| FONT_TYPES.iter().any(|end| path.to_ascii_lowercase().ends_with(end));
    let own = || template.files.iter().filter(|(path, _)| path.starts_with(FONT_FOLDER) && is_font(path));
    if own().next().is_none() {
        return Ok(template);
    }
    match fonts.extended(own()) {
        Ok(all) => Ok(template.with_fonts(Arc::new(all))),
        Err(findings) => {
            Err(Error::findings(ErrorKind::Invalid, "template_invalid", findings).hint(words::template_font_files()))
        }
    }
}

/// Adds notes about the artwork as warnings. `sample`: that with which it is expanded.
fn with_notes(template: Template, text: &ExpandedArtwork, notes: Vec<Note>, sample: Option<&str>) -> Template {
    let Some(sample) = sample else { return template.with_notes(text, notes, "") };
    // Other parameters have other letters, pictures and values: such findings are reported per poster.
    let is_own = |note: &Note| depends_on_parameters(&note.finding) || text.has_value(&note.range);
    let (own, others): (Vec<_>, Vec<_>) = notes.into_iter().partition(is_own);
    let as_expanded = artwork_samples::expanded_with(sample);
    let template = template.with_notes(text, others, &as_expanded);
    let found = template.artwork_findings(text, own, &as_expanded).into_iter();
    let found = found.map(|finding| artwork_samples::of_sample(finding, sample)).collect();
    template.with_sample_warnings(found)
}

/// The artwork of a template's posters.
pub(super) struct SampleArtwork {
    pub(super) text: ExpandedArtwork,
    /// Name of the sample that it is expanded with, if it has parameters.
    sample: Option<String>,
    /// What usvg reads, if the elements of this text were checked.
    plain: Option<Result<Plain>>,
}

/// The artwork, with the parameters of a sample if it uses any; `None` if there is no artwork or no sample.
pub(super) fn sample_artwork(template: &Template) -> Result<Option<SampleArtwork>> {
    let sample = artwork_samples::preferred(template.samples()).next();
    let (values, sample) = match (template.artwork_varies(), sample) {
        (false, _) => (serde_json::Map::new(), None),
        (true, Some((name, sample))) => (template.check(sample)?, Some(name.clone())),
        (true, None) => return Ok(None),
    };
    let invalid = |found: Vec<Finding>| {
        let found = found.into_iter().map(|finding| Finding::error("artwork_invalid", finding.words().clone()));
        Error::findings(ErrorKind::Invalid, "artwork_invalid", found.collect())
    };
    let artwork = template.artwork(&Values::new(values)).map_err(invalid)?;
    Ok(artwork.map(|text| SampleArtwork { text, sample, plain: None }))
}
