//! Artwork with parameters.

use std::{collections::BTreeSet, ops::Range};

use super::{expanded::ExpandedArtwork, parameters::ValueTag};
use crate::{
    error::Finding,
    markup::contexts::intruder,
    template::engine::{Engine, Values},
    words,
};

/// Artwork whose text depends on parameters.
#[derive(Debug)]
pub struct VaryingArtwork {
    /// Path of its file.
    pub file: String,
    /// Its compiled source.
    pub engine: Engine,
    /// The tags that insert a value, in order.
    pub tags: Vec<ValueTag>,
    /// Whether it is XML before it is expanded, so that all its attributes were checked.
    pub is_xml: bool,
}

impl VaryingArtwork {
    /// Expands it.
    ///
    /// # Errors
    /// `value_invalid` for the artwork as a whole, or for each parameter that would leave its declaration in a style.
    pub fn expand(&self, values: &Values) -> Result<ExpandedArtwork, Vec<Finding>> {
        let invalid = |why| vec![Finding::error("value_invalid", why).pointer("/artwork")];
        let (svg, values) = self.engine.expand_artwork(values).map_err(invalid)?;
        let artwork = ExpandedArtwork::new(svg, values);
        let (mut found, mut known) = (Vec::new(), BTreeSet::new());
        for value in artwork.values() {
            let Some(tag) = self.tags.get(value.tag as usize).filter(|tag| tag.is_in_declaration) else { continue };
            let text = artwork.text_of(value);
            let Some(sign) = intruder(&text) else { continue };
            let pointer = tag.pointer.as_deref().unwrap_or("/artwork");
            if known.insert(pointer) {
                let why = words::value_leaves_declaration(words::quote(&text), words::quote(sign));
                found.push(Finding::error("value_invalid", why).pointer(pointer));
            }
        }
        if found.is_empty() { Ok(artwork) } else { Err(found) }
    }

    /// Where the source inserts the parameter at a JSON pointer first.
    pub fn range_of(&self, pointer: &str) -> Option<Range<usize>> {
        let tag = self.tags.iter().find(|tag| tag.pointer.as_deref() == Some(pointer))?;
        Some(tag.range.clone())
    }
}
