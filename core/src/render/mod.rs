//! The renderer: plan and pictures -> display list -> bands -> file.
//!
//! **The band is the unit of drawing, of caching and of encoding.** A band (32 rows) is a pure function of the items
//! that touch it; its key is the hash of their keys, and its value is the finished, compressed chunk. Keys are made
//! from inputs, so a cached band needs no shaping or decoding.

mod artwork;
mod auto;
mod backdrop;
mod bands;
mod compile;
mod config;
mod evicted;
mod gate;
mod memory;
mod scratch;
mod shapes;
mod trials;
mod trim;

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

pub use self::{
    compile::compile,
    config::Config,
    shapes::{Shapes, canvas_of, inspect, shapes},
};
use self::{evicted::Evicted, scratch::Scratch};
pub use crate::layer::{PlacedGroup, PlacedLayer};
use crate::{
    artwork::segments::{Artwork, Step},
    encode::{EncodedBand, Format},
    error::{Finding, Result},
    layer::{Dispatcher, OpenGroup, PlacedCode, Placer},
    legibility,
    paint::{
        cache::{Cache, Usage},
        context::{Context, Observe, Stage},
        geometry::canvas_size,
        key::Key,
        list::Item,
    },
    plan::{Plan, ResolvedAssets},
    text::{FontSet, Shaper},
};

/// A finished poster.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// Complete file in [`Rendered::format`].
    pub bytes: Bytes,
    /// Format of the file, as requested.
    pub format: Format,
    /// Its width in px.
    pub width: u32,
    /// Its height in px.
    pub height: u32,
    /// Warnings and errors: truncated text, missing glyphs, omitted pictures, codes that may not scan.
    pub findings: Vec<Finding>,
    /// Every drawn layer, in drawing order.
    pub layers: Vec<PlacedLayer>,
    /// Groups of the artwork that are composited as one with the layers in them, in drawing order.
    pub groups: Vec<PlacedGroup>,
    /// Measurements of each code, in drawing order.
    pub codes: Vec<Arc<legibility::Report>>,
    /// Number of bands drawn.
    pub bands_drawn: usize,
    /// Number of bands taken from the cache.
    pub bands_known: usize,
}

/// Draws posters. Shared by all threads; caches are bounded by bytes and never affect the pixels.
#[derive(Debug)]
pub struct Renderer {
    context: Context,
    band_rows: u32,
    bands: Cache<Key, EncodedBand>,
    artworks: Cache<Key, Artwork>,
    evicted: Evicted,
    reports: Cache<Key, legibility::Report>,
    picture_memory: Cache<blake3::Hash, u64>,
    scratch: Mutex<Vec<Scratch>>,
}

/// The display list, with its layers and codes.
#[derive(Default)]
struct Placed<'a> {
    list: Vec<Item<'a>>,
    codes: Vec<PlacedCode<'a>>,
    layers: Vec<PlacedLayer>,
    groups: Vec<PlacedGroup>,
}

/// Adds parts of the artwork, and the layers in its slots.
fn place_steps(dispatcher: &mut Dispatcher<'_, '_, '_>, artwork: &Key, steps: &[Step]) -> Result<()> {
    for step in steps {
        match step {
            Step::Segment(segment) => dispatcher.segment(artwork, segment),
            Step::Slot { id, rect, clip } => dispatcher.slot(id, *rect, *clip)?,
            Step::Group(group) => {
                let open = OpenGroup {
                    element: &group.element,
                    effects: &group.effects,
                    composite: &group.composite,
                    shows_beneath: group.shows_beneath,
                };
                dispatcher.group(artwork, open, |dispatcher| place_steps(dispatcher, artwork, &group.steps))?;
            }
        }
    }
    Ok(())
}

impl Renderer {
    /// A renderer with empty caches.
    pub fn new(fonts: Arc<FontSet>, config: Config) -> Self {
        Self {
            context: Context::new(fonts, config.secret, config.paint_bytes, config.glyph_bytes),
            band_rows: config.band_rows.max(1),
            bands: Cache::new(config.band_bytes, 20_000, 8),
            artworks: Cache::new(config.artwork_bytes, 4_000_000, 1),
            evicted: Evicted::default(),
            reports: Cache::new(1 << 20, 300, 4),
            picture_memory: Cache::new(1 << 17, 100, 4),
            scratch: Mutex::new(Vec::new()),
        }
    }

    /// The fonts of all templates; a template may have [more](crate::template::Template::fonts).
    pub fn fonts(&self) -> &Arc<FontSet> {
        self.context.fonts()
    }

    /// Lookups and sizes of all caches.
    pub fn caches(&self) -> Vec<Usage> {
        let own = [self.bands.usage("bands"), self.artworks.usage("artwork")];
        own.into_iter().chain(self.context.caches()).collect()
    }

    /// Draws a poster.
    ///
    /// # Errors
    /// A picture that cannot be used (`picture_*`, with the parameter's pointer), artwork that cannot be cut.
    pub fn render(&self, plan: &Plan, assets: &ResolvedAssets, format: Format) -> Result<Rendered> {
        self.render_observed(plan, assets, format, &mut |_| Ok(()))
    }

    /// Draws a poster and reports each [`Stage`] before it starts. An error from `observe` stops the drawing: this is how
    /// a caller cancels it, between bands and before pictures are decoded.
    ///
    /// # Errors
    /// As [`Renderer::render`], and those of `observe`.
    pub fn render_observed(
        &self,
        plan: &Plan,
        assets: &ResolvedAssets,
        format: Format,
        observe: Observe<'_>,
    ) -> Result<Rendered> {
        observe(Stage::Place(None))?;
        let mut scratch = self.scratch();
        let mut findings = plan.findings.clone();
        let fonts = self.context.fonts_of(&plan.template);
        let placed = fonts.with_shaper(|shaper| self.place(plan, assets, false, shaper, &mut findings, observe));
        let result = placed.and_then(|Placed { list, codes, layers, groups }| {
            let (width, height) = canvas_size(plan.canvas, plan.scale);
            observe(Stage::Draw(None))?;
            let codes = self.judge(plan, &list, &codes, (width, height))?;
            findings.extend(codes.iter().flat_map(|report| report.findings.iter().cloned()));
            // Copies of a repeated layer report the same findings.
            let mut reported = Vec::new();
            findings.retain(|finding| {
                let new = !reported.contains(finding);
                if new {
                    reported.push(finding.clone());
                }
                new
            });
            let (bands, drawn) = self.bands(plan, &list, (width, height), format, &mut scratch, observe)?;
            observe(Stage::Assemble)?;
            let bytes = scratch.encoder(format).assemble(width, height, &bands);
            let bands_known = bands.len() - drawn;
            Ok(Rendered {
                bytes,
                format,
                width,
                height,
                findings,
                layers,
                groups,
                codes,
                bands_drawn: drawn,
                bands_known,
            })
        });
        self.put_back(scratch);
        result
    }

    fn put_back(&self, scratch: Scratch) {
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    }

    fn scratch(&self) -> Scratch {
        let known = self.scratch.lock().unwrap_or_else(PoisonError::into_inner).pop();
        known.unwrap_or_default()
    }

    /// Places the layers in drawing order: those in slots at their position in the artwork, the others above it. With
    /// `beneath`, codes are placed but not drawn.
    fn place<'a>(
        &'a self,
        plan: &'a Plan,
        assets: &'a ResolvedAssets,
        beneath: bool,
        shaper: &mut Shaper,
        findings: &mut Vec<Finding>,
        observe: Observe<'_>,
    ) -> Result<Placed<'a>> {
        let mut placed = Placed::default();
        let Placed { list: items, codes, layers, groups } = &mut placed;
        let artwork = self.artwork(plan, observe)?;
        let silhouettes = artwork.as_ref().map(|(_, artwork)| artwork.silhouettes.clone()).unwrap_or_default();
        let (context, within) = (&self.context, Vec::new());
        let placer = Placer { context, beneath, plan, assets, silhouettes, shaper, findings, items, within, codes };
        let mut dispatcher = Dispatcher { placer, layers, groups, segments: 0, observe };
        if let Some((key, artwork)) = artwork {
            dispatcher.placer.findings.extend(artwork.findings.iter().cloned());
            place_steps(&mut dispatcher, &key, &artwork.steps)?;
        }
        dispatcher.above()?;
        Ok(placed)
    }
}
