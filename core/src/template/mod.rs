//! Templates: types and diagnostics of layout.json, handlebars, parameters, checks of the artwork.
//!
//! [`crate::render::compile`] checks the files of a folder completely: a compiled template fails only because of
//! parameters, pictures or the code.

mod artwork;
pub(crate) mod artwork_samples;
pub mod assets;
pub mod broken;
mod css_hints;
pub mod engine;
pub mod expr;
pub mod exprs;
mod form;
pub mod full_width;
mod helpers;
pub mod json;
pub mod labels;
pub mod layout;
mod load;
pub mod money;
mod names;
pub mod params;
mod posters;
pub mod price_unit;
mod rules;
mod scaffold;
mod schema;
pub mod source;
mod syntax;
pub mod tags;
pub mod titles;
pub mod validator;
pub mod violation;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use serde_json::{Map, Value};

pub use artwork::ExpandedArtwork;
pub use helpers::{SERIALS as DATE_SERIALS, is_helper};
pub use load::raw_amounts;
pub use scaffold::scaffold;
pub use schema::schema;

pub use crate::words::suggest;
use crate::{
    asset::Asset,
    error::{Error, Finding, Message, Place, Result, invalid},
    markup::Note,
    text::FontSet,
    words,
};

/// A loaded template.
#[derive(Debug)]
pub struct Template {
    /// Name of its folder.
    pub id: String,
    /// blake3 of all its files.
    pub version: blake3::Hash,
    /// layout.json.
    pub layout: layout::Layout,
    /// Files of the folder by relative path (`assets/photo.jpg`), without layout.json and samples.
    pub files: BTreeMap<String, Bytes>,
    /// blake3 of [`Template::files`].
    files_version: blake3::Hash,
    /// Boxes `[x, y, width, height]` of the artwork's slots by id (without `#`), px at scale 1.
    slots: BTreeMap<String, [f32; 4]>,
    /// Memory of drawing the artwork.
    artwork_memory: ArtworkMemory,
    /// See [`Template::warnings`].
    warnings: Vec<Finding>,
    /// See [`Template::all_warnings`].
    sample_warnings: Vec<Finding>,
    /// Lists of font families of the artwork's texts, with their positions.
    families: Vec<(String, Place)>,
    /// See [`Template::fonts`].
    fonts: Option<Arc<FontSet>>,
    compiled: Compiled,
}

/// Memory of drawing artwork, in canvases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArtworkMemory {
    /// Pixmaps, and layers of groups, masks and filters, at most at a time if it is drawn in one piece.
    pub drawn: f32,
    /// What the groups around slots keep.
    pub kept: f32,
    /// Filters of groups around slots, for each poster.
    pub each: f32,
}

/// The compiled parts of a template.
#[derive(Debug)]
struct Compiled {
    /// The handlebars of layout.json, by JSON pointer.
    strings: engine::Engine,
    artwork: Option<Artwork>,
    params: params::Schema,
    samples: BTreeMap<String, Value>,
    names: Arc<assets::FilePaths>,
    /// The files, each named by its content once a poster shows it.
    assets: BTreeMap<String, OnceLock<Asset>>,
}

#[derive(Debug)]
enum Artwork {
    /// Does not use parameters.
    Fixed(Arc<str>),
    /// Uses parameters.
    Varying(Box<artwork::VaryingArtwork>),
}

impl Template {
    /// Parameters of each sample (`samples/NAME.json`) by name, as written: without defaults.
    pub fn samples(&self) -> &BTreeMap<String, Value> {
        &self.compiled.samples
    }

    /// A file as the picture of a layer. `None` if there is no such file.
    pub fn asset(&self, path: &str) -> Option<Asset> {
        let (file, asset) = (self.files.get(path)?, self.compiled.assets.get(path)?);
        Some(asset.get_or_init(|| Asset::new(file.clone())).clone())
    }

    /// blake3 of [`Template::files`], with which the artwork changes: edits of layout.json and of samples keep it.
    pub(crate) fn files_version(&self) -> &blake3::Hash {
        &self.files_version
    }

    /// What the artwork contains that posters show otherwise than a browser, with file, line and column.
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// [`Template::warnings`], and those about values in the artwork: of samples, and such as the schema allows. Posters have those
    /// about their own values instead.
    pub fn all_warnings(&self) -> Vec<Finding> {
        [&self.warnings[..], &self.sample_warnings].concat()
    }

    /// Adds warnings about fonts of the artwork that are not among the families which there are.
    pub(crate) fn with_families(mut self, known: &[String], default: &str) -> Self {
        for (list, place) in std::mem::take(&mut self.families) {
            let unknown = artwork::unknown_family(&list, known);
            let finding = unknown.map(|family| words::artwork_font(words::quote(family), default).place(place));
            self.warnings.extend(finding);
        }
        self
    }

    /// The font set of a template that brings fonts in its folder `fonts`: those of all templates, and its own.
    pub fn fonts(&self) -> Option<&Arc<FontSet>> {
        self.fonts.as_ref()
    }

    /// The font set that it uses: its own, or `shared`, that of all templates.
    pub fn fonts_or<'a>(&'a self, shared: &'a FontSet) -> &'a FontSet {
        self.fonts.as_deref().unwrap_or(shared)
    }

    /// Sets the fonts that it uses, which include its own.
    pub(crate) fn with_fonts(self, fonts: Arc<FontSet>) -> Self {
        Self { fonts: Some(fonts), ..self }
    }

    /// Adds notes about the artwork as warnings. `as_expanded`: see [`Template::placed`].
    pub(crate) fn with_notes(mut self, artwork: &str, notes: Vec<Note>, as_expanded: &str) -> Self {
        for finding in self.placed(artwork, notes, as_expanded) {
            let is_known = |one: &Finding| one.code == finding.code && one.place == finding.place;
            if !self.warnings.iter().any(is_known) {
                self.warnings.push(finding);
            }
        }
        self
    }

    /// Findings of notes about the artwork, with their positions. `as_expanded` follows the file's name.
    pub(crate) fn placed(&self, artwork: &str, notes: Vec<Note>, as_expanded: &str) -> Vec<Finding> {
        let file = [self.layout.artwork.as_deref().unwrap_or_default(), as_expanded].concat();
        let source = source::SourceFile { file: &file, text: artwork };
        notes.into_iter().map(|note| note.finding.place(source.place(note.range))).collect()
    }

    /// Sets the boxes of the slots.
    pub(crate) fn with_slots(self, slots: BTreeMap<String, [f32; 4]>) -> Self {
        Self { slots, ..self }
    }

    /// Sets the memory of drawing its artwork.
    pub(crate) fn with_artwork_memory(self, artwork_memory: ArtworkMemory) -> Self {
        Self { artwork_memory, ..self }
    }

    /// Memory of drawing the artwork; a guess if it uses parameters and there is no sample.
    pub(crate) fn artwork_memory(&self) -> ArtworkMemory {
        self.artwork_memory
    }

    /// Box `[x, y, width, height]` of a slot by its id (without `#`), px at scale 1. Planning sizes codes and containers by
    /// it. `None` if the artwork uses parameters and there is no sample.
    pub fn slot(&self, id: &str) -> Option<[f32; 4]> {
        self.slots.get(id).copied()
    }

    /// Ids (without `#`) of the artwork's elements that layers replace.
    pub fn slot_ids(&self) -> BTreeSet<&str> {
        self.layout.layers.iter().filter_map(|layer| layer.slot()).collect()
    }

    /// Ids (without `#`) of the artwork's elements that layers replace, and whose letters are no silhouettes either.
    pub(crate) fn replaced_ids(&self) -> BTreeSet<&str> {
        &self.slot_ids() - &self.masks()
    }

    /// Ids (without `#`) of the artwork's elements whose silhouette masks a layer.
    pub fn masks(&self) -> BTreeSet<&str> {
        let all = self.layout.all_layers().into_iter();
        all.filter_map(|(_, layer)| layer.kind.mask()).collect()
    }

    /// Whether the artwork uses parameters.
    pub fn artwork_varies(&self) -> bool {
        matches!(self.compiled.artwork, Some(Artwork::Varying(_)))
    }

    /// The schema of the parameters.
    pub fn params(&self) -> &params::Schema {
        &self.compiled.params
    }

    /// Checks parameters and fills in the schema's `default`s. Other declared parameters that are absent become null,
    /// so that templates can test them.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Invalid`] with every finding: `param_unknown`, `param_missing`, `param_type`,
    /// `param_invalid`, each with a pointer below `/params`.
    pub fn check(&self, params: &Value) -> Result<Map<String, Value>> {
        let finding = |violation| params::finding(violation, "/params");
        let checked = self.params().check(params);
        checked.map_err(|violations| invalid("params_invalid", violations.into_iter().map(finding).collect()))
    }

    /// An error whose findings name the parameters that they point at by their titles.
    pub fn titled(&self, error: Error) -> Error {
        error.map_findings(|finding| self.params().titled(finding))
    }

    /// Paths of the files that a picture's source may name.
    pub(crate) fn names(&self) -> &assets::FilePaths {
        &self.compiled.names
    }

    /// Expands the handlebars at a JSON pointer of layout.json, up to `limit` bytes.
    ///
    /// # Errors
    /// As [`engine::Engine::expand`].
    pub(crate) fn expand(&self, pointer: &str, values: &engine::Values, limit: usize) -> Result<String, Message> {
        self.compiled.strings.expand(pointer, values, limit)
    }

    /// The artwork with parameters expanded. `None` if the layout has no artwork.
    ///
    /// # Errors
    /// `value_invalid`: as [`engine::Engine::expand`], with a limit of [`engine::MAX_ARTWORK`] bytes, for the artwork as a whole, and
    /// for each parameter that would leave its declaration in a style.
    pub fn artwork(&self, values: &engine::Values) -> Result<Option<ExpandedArtwork>, Vec<Finding>> {
        match &self.compiled.artwork {
            None => Ok(None),
            Some(Artwork::Fixed(svg)) => Ok(Some(ExpandedArtwork::fixed(svg.clone()))),
            Some(Artwork::Varying(varying)) => varying.expand(values).map(Some),
        }
    }
}

#[cfg(test)]
mod tests;
