//! Fonts that a template brings, and families that have only a part of a text's characters.

use std::{collections::HashMap, sync::Arc};

use ab_glyph::Font;
use bytes::Bytes;
use parley::fontique::Blob;

use super::{Face, File, FontOrigin, FontSet};
use crate::{
    error::Finding,
    text::{input::StyledSpan, punctuation::is_ideograph},
    words,
};

impl FontSet {
    /// This set and the fonts of a template, by path. Both share the files of this set. Of equal families and weights, the
    /// one of this set takes precedence.
    ///
    /// # Errors
    /// One finding per file that cannot be parsed.
    pub(crate) fn extended<'a>(
        &self,
        files: impl Iterator<Item = (&'a String, &'a Bytes)>,
    ) -> Result<Self, Vec<Finding>> {
        let mut version = blake3::Hasher::new();
        version.update(self.version.as_bytes());
        let mut database = self.database().as_ref().clone();
        let mut set = Self {
            context: self.context(),
            faces: self.faces.clone(),
            first_default: self.first_default,
            by_blob: self.by_blob.clone(),
            database: Default::default(),
            files: self.files.clone(),
            families: self.families.clone(),
            version: self.version,
            shapers: Default::default(),
        };
        let mut findings = Vec::new();
        for (path, bytes) in files {
            let hash = blake3::hash(bytes);
            version.update(hash.as_bytes());
            let blob = Blob::new(Arc::new(bytes.clone()));
            database.load_font_source(resvg::usvg::fontdb::Source::Binary(Arc::new(blob.clone())));
            let file = File { name: path, origin: FontOrigin::Template, hash, family: None };
            if set.add(blob, file, bytes.to_vec()).is_none() {
                findings.push(words::font_invalid(path));
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        set.families.sort();
        set.families.dedup();
        set.version = version.finalize();
        set.database = Arc::new(database).into();
        Ok(set)
    }

    /// Replaces families that have only a part of the ideographs and Latin letters of a text by the default family, so that a
    /// text is not a mixture of both: subsets lack rare ideographs. A family without ideographs, for Latin letters among
    /// Chinese text, stays.
    pub(crate) fn settle(&self, spans: &mut [StyledSpan]) {
        let mut partial: HashMap<String, bool> = HashMap::new();
        for span in spans.iter() {
            for family in &span.font_families {
                let faces = self.nearest(family, span.font_weight);
                let has = |c: char| faces.iter().any(|face| face.font.glyph_id(c).0 != 0);
                let lacks = has('的') && span.text.chars().any(|c| is_letter(c) && !has(c));
                *partial.entry(family.clone()).or_default() |= lacks;
            }
        }
        for span in spans {
            span.font_families.retain(|family| !partial.get(family).copied().unwrap_or_default());
        }
    }

    /// The faces of a family that CSS selects for a weight: several if the family's characters are spread over files.
    pub(super) fn nearest(&self, family: &str, weight: u16) -> Vec<&Face> {
        let rank = |own: u16| match weight {
            400..=500 if own > 500 => 2,
            ..=399 => u8::from(own > weight),
            _ => u8::from(own < weight),
        };
        let own = || self.faces.iter().filter(|face| &*face.family == family);
        let nearest = own().map(|face| face.weight).min_by_key(|own| (rank(*own), own.abs_diff(weight)));
        own().filter(|face| Some(face.weight) == nearest).collect()
    }
}

/// An ideograph, or a letter of the Latin script.
fn is_letter(c: char) -> bool {
    is_ideograph(c) || (c.is_alphabetic() && c < '\u{250}')
}
