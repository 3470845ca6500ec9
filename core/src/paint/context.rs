//! What layers draw with: fonts, key maker and the caches of paints, shaped texts and glyphs.

use std::sync::Arc;

use super::{
    cache::{Cache, Usage, Weigh},
    glyph::{DrawnGlyph, GlyphInk, GlyphKey, GlyphStyle},
    ink::Ink,
    key::{Key, KeyMaker},
    list::{Make, Paint, Paints},
    picture::{self, PictureCheck},
};
use crate::{
    asset::Asset,
    error::{Domain, Error, ErrorKind, Finding, Result},
    template::Template,
    text::FontSet,
};

/// Current rendering stage, reported through a callback because the core has no clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Placing artwork and layers: text layout and keys. With the index of the layer among the placed ones, while it is
    /// placed.
    Place(Option<usize>),
    /// Drawing the artwork, which is not cached. The renderer's `artwork_memory` has what it takes.
    Artwork,
    /// Drawing a band. With the index of the layer, while it is drawn. Pictures are decoded when their first band is drawn.
    Draw(Option<usize>),
    /// Compositing a group of the artwork, by its index among the placed ones.
    Composite(usize),
    /// Compressing a band.
    Encode,
    /// Joining the file.
    Assemble,
}

/// Called before each [`Stage`]. An error stops the drawing.
pub type Observe<'a> = &'a mut dyn FnMut(Stage) -> Result<()>;

/// What layers draw with. Shared by all threads; the caches are bounded by bytes.
#[derive(Debug)]
pub struct Context {
    fonts: Arc<FontSet>,
    secret: [u8; 32],
    paints: Cache<Key, Paint>,
    inks: Cache<Key, Ink>,
    verdicts: Cache<blake3::Hash, PictureCheck>,
    glyphs: Cache<GlyphKey, GlyphInk>,
}

impl Weigh for PictureCheck {
    fn weigh(&self) -> usize {
        let findings = self.as_ref().map_or_else(std::slice::from_ref, Vec::as_slice);
        findings.iter().map(|finding| finding.message.len() + 200).sum()
    }
}

impl Paints for Context {
    fn get_or_make(&self, key: Key, make: &mut dyn FnMut() -> Result<Paint>) -> Result<Arc<Paint>> {
        self.paints.try_get_or(key, make)
    }
}

impl Context {
    /// A context with empty caches of at most `paint_bytes` and `glyph_bytes`. Shaped texts take another quarter of the
    /// latter, and keep at most `glyph_bytes` of glyphs alive that the cache has evicted. `secret` keys the hashes.
    pub fn new(fonts: Arc<FontSet>, secret: [u8; 32], paint_bytes: usize, glyph_bytes: usize) -> Self {
        Self {
            fonts,
            secret,
            paints: Cache::new(paint_bytes, 500_000, 2),
            inks: Cache::new(glyph_bytes / 4, 2_000, 4),
            verdicts: Cache::new(1 << 20, 100, 4),
            glyphs: Cache::new(glyph_bytes, 1_000, 8),
        }
    }

    /// The fonts of all templates.
    pub fn fonts(&self) -> &Arc<FontSet> {
        &self.fonts
    }

    /// The fonts of a template: its own, if it brings any, and those of all templates.
    pub fn fonts_of<'a>(&'a self, template: &'a Template) -> &'a FontSet {
        template.fonts_or(&self.fonts)
    }

    /// Lookups and sizes of the caches of paints, shaped texts and glyphs.
    pub fn caches(&self) -> [Usage; 3] {
        [self.paints.usage("paints"), self.inks.usage("inks"), self.glyphs.usage("glyphs")]
    }

    /// Evicts paints of about `bytes`. Returns how many bytes were evicted.
    pub fn evict_paints(&self, bytes: u64) -> u64 {
        self.paints.evict(bytes)
    }

    /// Evicts shaped texts, which keep glyphs, and glyphs of about `bytes`.
    pub fn evict_glyphs(&self, bytes: u64) {
        self.inks.evict(bytes);
        self.glyphs.evict(bytes);
    }

    /// Starts a key of this kind.
    pub fn key(&self, kind: &str) -> KeyMaker<'_> {
        KeyMaker::new(&self.secret, kind)
    }

    /// The glyphs of a paragraph, shaped when they are not cached.
    pub fn ink(&self, key: Key, make: impl FnOnce() -> Ink) -> Arc<Ink> {
        self.inks.get_or(key, make)
    }

    /// A glyph of a font set at a place in output px, rasterised when it is not cached.
    pub fn glyph(&self, fonts: &FontSet, style: GlyphStyle, x: f32, y: f32) -> DrawnGlyph {
        DrawnGlyph::get(&self.glyphs, fonts, style, x, y)
    }

    /// Makes the paint of a picture that is seen for the first time, to find out whether it can be drawn. The paint of a
    /// picture known to be good is made when a band needs it. `faults` returns what was tolerated. Returns the paint, if it
    /// was made, and the faults.
    ///
    /// # Errors
    /// A picture that cannot be used.
    pub fn checked(
        &self,
        asset: &Asset,
        key: Key,
        make: &Make<'_>,
        faults: impl FnOnce() -> Vec<Finding>,
    ) -> Result<(Option<Arc<Paint>>, Vec<Finding>)> {
        if let Some(verdict) = self.verdicts.get(&asset.hash) {
            return match &*verdict {
                Ok(faults) => Ok((None, faults.clone())),
                Err(finding) => Err(Error::of(ErrorKind::Invalid, finding.clone()).domain(Domain::Picture)),
            };
        }
        let made = self.paints.try_get_or(key, make);
        let verdict = match &made {
            Ok(_) => Ok(faults()),
            Err(error) if picture::is_picture_error(error) => Err(error.as_finding()),
            // Not the picture's fault.
            Err(_) => Ok(Vec::new()),
        };
        let faults = verdict.clone().unwrap_or_default();
        if made.as_ref().map_or_else(picture::is_picture_error, |_| true) {
            self.verdicts.insert(asset.hash, Arc::new(verdict));
        }
        Ok((Some(made?), faults))
    }
}
