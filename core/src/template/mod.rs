//! Templates: layout.json's types, its diagnostics, handlebars, the artwork's checks.
//!
//! [`crate::render::compile`] takes the files of one folder and gives a template that cannot fail for reasons of its own: what
//! is left to go wrong lies in the parameters, the pictures and the code.

pub mod artwork;
pub mod assets;
pub mod broken;
pub mod engine;
pub mod expr;
pub mod exprs;
pub mod helpers;
pub mod json;
pub mod layout;
mod load;
pub mod names;
pub mod params;
pub mod rules;
mod scaffold;
pub mod schema;
pub mod source;
pub mod tags;
pub mod validator;
pub mod violation;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bytes::Bytes;
use serde_json::{Map, Value};

pub use scaffold::scaffold;
pub use schema::schema;

use crate::error::{Message, Result, invalid};

/// A loaded template.
#[derive(Debug)]
pub struct Template {
    /// Name of its folder.
    pub id: String,
    /// blake3 of all its files: changes when anything of it changes.
    pub version: blake3::Hash,
    /// layout.json.
    pub layout: layout::Layout,
    /// Every file of the folder by its relative path (`assets/photo.jpg`), layout.json and samples excluded.
    pub files: BTreeMap<String, Bytes>,
    /// Boxes of the artwork's slots by id (without `#`), px at scale 1.
    slots: BTreeMap<String, [f32; 4]>,
    compiled: Compiled,
}

/// What a template is turned into when it is loaded.
#[derive(Debug)]
struct Compiled {
    /// The handlebars of layout.json, by JSON pointer.
    strings: engine::Engine,
    artwork: Option<Artwork>,
    params: params::Schema,
    samples: BTreeMap<String, Value>,
    names: Arc<assets::Names>,
}

#[derive(Debug)]
enum Artwork {
    /// The same for every poster.
    Fixed(Arc<str>),
    /// With parameters in it.
    Template(Box<engine::Engine>),
}

impl Template {
    /// Loads a template from the files of its folder, by relative path with `/`. Its slots are not measured.
    ///
    /// # Errors
    /// [`crate::error::Kind::Invalid`], `template_invalid`, with every fault of layout.json, its schema of parameters,
    /// its handlebars, the artwork and the samples at once; each with file, line, column and a caret.
    pub(crate) fn load(id: &str, files: BTreeMap<String, Bytes>) -> Result<Self> {
        load::load(id, files)
    }

    /// The parameters of each sample (`samples/NAME.json`) by name, as they are written.
    pub fn samples(&self) -> &BTreeMap<String, Value> {
        &self.compiled.samples
    }

    /// The template with the boxes of its slots.
    pub(crate) fn with_slots(self, slots: BTreeMap<String, [f32; 4]>) -> Self {
        Self { slots, ..self }
    }

    /// Box of a slot by its id (without `#`), px at scale 1. A plan uses it to request a code that is large enough; none
    /// when the artwork uses parameters and there is no sample.
    pub fn slot(&self, id: &str) -> Option<[f32; 4]> {
        self.slots.get(id).copied()
    }

    /// The ids (without `#`) of the artwork's elements whose place a layer takes.
    pub fn slot_ids(&self) -> BTreeSet<&str> {
        self.layout.layers.iter().filter_map(|layer| layer.at()?.strip_prefix('#')).collect()
    }

    /// The ids (without `#`) of the artwork's elements whose shape cuts a picture.
    pub fn masks(&self) -> BTreeSet<&str> {
        let all = self.layout.all_layers().into_iter();
        all.filter_map(|(_, layer)| layer.kind.mask()).collect()
    }

    /// Whether the artwork is another for every poster, because it uses parameters.
    pub fn artwork_varies(&self) -> bool {
        matches!(self.compiled.artwork, Some(Artwork::Template(_)))
    }

    /// The schema of the parameters.
    pub fn params(&self) -> &params::Schema {
        &self.compiled.params
    }

    /// Checks parameters, fills in the schema's `default`s, and gives every declared parameter that is absent the value
    /// null, so that a template may test it.
    ///
    /// # Errors
    /// [`crate::error::Kind::Invalid`] with every finding: `param_unknown`, `param_missing`, `param_type`,
    /// `param_invalid`, each with a pointer below `/params`.
    pub fn check(&self, params: &Value) -> Result<Map<String, Value>> {
        let finding = |violation| params::finding(violation, "/params");
        let checked = self.params().check(params);
        checked.map_err(|violations| invalid("params_invalid", violations.into_iter().map(finding).collect()))
    }

    /// The files that a picture's source may name.
    pub(crate) fn names(&self) -> &assets::Names {
        &self.compiled.names
    }

    /// Expands the handlebars at a JSON pointer of layout.json, to at most `limit` bytes.
    pub(crate) fn expand(&self, pointer: &str, values: &engine::Values, limit: usize) -> Result<String, Message> {
        self.compiled.strings.expand(pointer, values, limit)
    }

    /// The artwork's SVG with the parameters filled in.
    ///
    /// # Errors
    /// A value is missing, a helper rejects it, or the SVG is too large.
    pub fn artwork(&self, values: &engine::Values) -> Result<Option<Arc<str>>, Message> {
        match &self.compiled.artwork {
            None => Ok(None),
            Some(Artwork::Fixed(svg)) => Ok(Some(svg.clone())),
            Some(Artwork::Template(engine)) => {
                engine.expand("", values, engine::MAX_ARTWORK).map(|svg| Some(Arc::from(svg)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
