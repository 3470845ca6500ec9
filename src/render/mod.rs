//! The renderer: a plan and its pictures become a display list, the list becomes bands, the bands become a file.
//!
//! **The band is the unit of drawing, of caching and of encoding.** A band (32 rows) is a pure function of the items
//! that touch it; its key is the hash of their keys, and its value is the finished, compressed chunk. Keys are made
//! from inputs, so a band that is known costs neither shaping nor decoding.

pub mod attention;
mod beneath;
pub mod blur;
pub mod cache;
mod cut;
mod effort;
pub mod fit;
mod gate;
pub mod geometry;
pub mod glyph;
pub mod gradient;
pub mod ink;
pub mod key;
pub mod list;
pub mod picture;
pub mod raster;
mod references;
pub mod resize;
pub mod round;
pub mod silhouette;
pub mod svg;
pub mod turn;

pub use crate::layer::PlacedLayer;

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use self::{
    cache::{Cache, Weigh},
    geometry::PxRect,
    glyph::{DrawnGlyph, GlyphInk, GlyphKey, Look},
    ink::Ink,
    key::{Key, KeyMaker},
    list::{Item, Make, Paint},
    picture::Verdict,
    raster::Target,
    svg::Artwork,
};
use crate::{
    encode::{
        Format,
        png::{self, EncodedBand, Encoder},
    },
    error::{Error, Finding, Kind, Result},
    layer::{self, PlacedCode},
    legibility,
    plan::{Asset, Gathered, Plan},
    text::{FontSet, Shaper},
};

/// What a renderer may use.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Rows of a band. Default 32.
    pub band_rows: u32,
    /// Bytes for encoded bands. Default 12 MiB: about 15 posters of 750 x 1334 px.
    pub band_bytes: usize,
    /// Bytes for fitted pictures, codes, shadows and shapes. Default 16 MiB.
    pub paint_bytes: usize,
    /// Bytes for the artwork's segments: about 4 MB a template of 750 x 1334 px. Default 48 MiB.
    pub artwork_bytes: usize,
    /// Bytes for glyphs; laid out text takes a quarter of it besides. Default 8 MiB.
    pub glyph_bytes: usize,
    /// Secret that cache keys are made with. Default: zeros; a service that serves several tenants sets a random one.
    pub secret: [u8; 32],
}

impl Default for Config {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Self {
            band_rows: 32,
            band_bytes: 12 * MIB,
            paint_bytes: 16 * MIB,
            artwork_bytes: 48 * MIB,
            glyph_bytes: 8 * MIB,
            secret: [0; 32],
        }
    }
}

/// What the renderer turns to; told to whoever measures, since the core knows no clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Artwork, slots, text layout, keys; with the place in [`Rendered::layers`] while it is one layer.
    Place(Option<usize>),
    /// Drawing a band, likewise; pictures are decoded when their first band is drawn.
    Draw(Option<usize>),
    /// Compressing a band.
    Encode,
    /// Joining the file.
    Assemble,
}

/// A finished poster.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The file.
    pub bytes: Bytes,
    /// Its width in px.
    pub width: u32,
    /// Its height in px.
    pub height: u32,
    /// What somebody should look at: truncated text, missing glyphs, pictures left out, a code that may not be scanned.
    pub findings: Vec<Finding>,
    /// Every layer that is drawn, in the order of drawing.
    pub layers: Vec<PlacedLayer>,
    /// What was measured of each code, in the order of drawing.
    pub codes: Vec<Arc<legibility::Report>>,
    /// Bands that were drawn now.
    pub bands_drawn: usize,
    /// Bands that were known.
    pub bands_known: usize,
}

impl Weigh for EncodedBand {
    fn weigh(&self) -> usize {
        self.chunk.len() + 64
    }
}

impl Weigh for Verdict {
    fn weigh(&self) -> usize {
        self.as_ref().err().map_or(0, |finding| finding.message.len() + 200)
    }
}

/// Draws posters; shared by all threads. Caches are bounded by bytes and never decide what a poster looks like.
#[derive(Debug)]
pub struct Renderer {
    pub(crate) fonts: Arc<FontSet>,
    config: Config,
    bands: Cache<Key, EncodedBand>,
    paints: Cache<Key, Paint>,
    artworks: Cache<Key, Artwork>,
    inks: Cache<Key, Ink>,
    verdicts: Cache<blake3::Hash, Verdict>,
    reports: Cache<Key, legibility::Report>,
    glyphs: Cache<GlyphKey, GlyphInk>,
    scratch: Mutex<Vec<Scratch>>,
}

/// Everything that is drawn, in order, and what is known of it.
#[derive(Default)]
struct Placed<'a> {
    list: Vec<Item<'a>>,
    codes: Vec<PlacedCode>,
    layers: Vec<PlacedLayer>,
}

/// What a thread needs while it draws one poster.
#[derive(Debug, Default)]
struct Scratch {
    encoder: Encoder,
    pixels: Vec<[u8; 4]>,
}

impl Renderer {
    /// A renderer with empty caches.
    pub fn new(fonts: Arc<FontSet>, config: Config) -> Self {
        Self {
            bands: Cache::new(config.band_bytes, 20_000, 8),
            paints: Cache::new(config.paint_bytes, 500_000, 2),
            artworks: Cache::new(config.artwork_bytes, 4_000_000, 1),
            inks: Cache::new(config.glyph_bytes / 4, 2_000, 4),
            verdicts: Cache::new(1 << 20, 100, 4),
            reports: Cache::new(1 << 20, 300, 4),
            glyphs: Cache::new(config.glyph_bytes, 1_000, 8),
            scratch: Mutex::new(Vec::new()),
            fonts,
            config,
        }
    }

    /// The fonts it draws with.
    pub fn fonts(&self) -> &Arc<FontSet> {
        &self.fonts
    }

    /// Draws a poster.
    ///
    /// # Errors
    /// A picture that cannot be used (`picture_*`, with the parameter's pointer), artwork that cannot be cut.
    pub fn render(&self, plan: &Plan, gathered: &Gathered, format: Format) -> Result<Rendered> {
        self.render_observed(plan, gathered, format, &mut |_| {})
    }

    /// Draws a poster and tells what it turns to.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub fn render_observed(
        &self,
        plan: &Plan,
        gathered: &Gathered,
        format: Format,
        observe: &mut dyn FnMut(Stage),
    ) -> Result<Rendered> {
        let Format::Png = format;
        observe(Stage::Place(None));
        let mut scratch = self.scratch();
        let mut findings = plan.findings.clone();
        let placed = self.fonts.with_shaper(|shaper| self.place(plan, gathered, false, shaper, &mut findings, observe));
        let result = placed.and_then(|Placed { list, codes, layers }| {
            let (width, height) = svg::canvas_size(plan.canvas, plan.scale);
            observe(Stage::Draw(None));
            let codes = self.judge(plan, &list, &codes, (width, height))?;
            findings.extend(codes.iter().flat_map(|report| report.findings.iter().cloned()));
            // Copies of a repeated layer say the same.
            let mut told = Vec::new();
            findings.retain(|finding| {
                let new = !told.contains(finding);
                if new {
                    told.push(finding.clone());
                }
                new
            });
            let (bands, drawn) = self.bands(plan, &list, (width, height), &mut scratch, observe)?;
            observe(Stage::Assemble);
            let bytes = png::assemble(width, height, &bands);
            let bands_known = bands.len() - drawn;
            Ok(Rendered { bytes, width, height, findings, layers, codes, bands_drawn: drawn, bands_known })
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

    /// Layers in the order of drawing: those in slots where the artwork has them, the others above it. With `beneath`
    /// codes are only placed.
    fn place<'a>(
        &'a self,
        plan: &'a Plan,
        gathered: &'a Gathered,
        beneath: bool,
        shaper: &mut Shaper,
        findings: &mut Vec<Finding>,
        observe: &mut dyn FnMut(Stage),
    ) -> Result<Placed<'a>> {
        let mut placed = Placed::default();
        let Placed { list: items, codes, layers } = &mut placed;
        let artwork = self.artwork(plan)?;
        let silhouettes = artwork.as_ref().map(|(_, artwork)| artwork.silhouettes.clone()).unwrap_or_default();
        let mut placer = layer::Placer {
            renderer: self,
            beneath,
            plan,
            gathered,
            silhouettes,
            shaper,
            findings,
            items,
            codes,
            layers,
            observe,
        };
        if let Some((key, artwork)) = artwork {
            for (index, step) in artwork.steps.iter().enumerate() {
                match step {
                    svg::Step::Segment(raster) => placer.segment(&key, index, raster),
                    svg::Step::Slot { id, rect } => placer.slot(id, *rect)?,
                }
            }
        }
        placer.above()?;
        Ok(placed)
    }

    fn artwork(&self, plan: &Plan) -> Result<Option<(Key, Arc<Artwork>)>> {
        let Some(svg) = &plan.artwork else { return Ok(None) };
        // A hidden layer's element is taken out too: it marks a place, nobody wants to see it.
        let slots = layer::reaches(&plan.template);
        let canvas = plan.canvas.of_artwork();
        let key = KeyMaker::new(&self.config.secret, "artwork")
            .hash(&self.fonts.version())
            .hash(&plan.template.version)
            .bytes(svg.as_bytes())
            .data(&(canvas, plan.scale))
            .finish();
        let artwork = self.artworks.try_get_or(key, || {
            let tree = svg::parse(svg, &plan.template.files, &self.fonts)?;
            let masks = plan.template.masks();
            let artwork = svg::draw(&tree, canvas, plan.scale, &slots)?;
            Ok(Artwork { silhouettes: silhouette::silhouettes(&tree, &masks)?, ..artwork })
        })?;
        Ok(Some((key, artwork)))
    }

    fn bands(
        &self,
        plan: &Plan,
        list: &[Item<'_>],
        (width, height): (u32, u32),
        scratch: &mut Scratch,
        observe: &mut dyn FnMut(Stage),
    ) -> Result<(Vec<Arc<EncodedBand>>, usize)> {
        let rows = self.config.band_rows.max(1);
        let base =
            KeyMaker::new(&self.config.secret, "band").data(&(png::VERSION, width, rows, plan.canvas.background));
        let mut bands = Vec::with_capacity(height.div_ceil(rows) as usize);
        let mut drawn = 0;
        for top in (0..height).step_by(rows as usize) {
            let frame = PxRect::new(0, top as i32, width, rows.min(height - top));
            let touching = || list.iter().filter(|item| !item.bounds.intersect(&frame).is_empty());
            let key =
                touching().fold(base.clone().data(&(top, frame.height())), |key, item| key.hash(&item.key)).finish();
            if let Some(band) = self.bands.get(&key) {
                bands.push(band);
                continue;
            }
            observe(Stage::Draw(None));
            let color = plan.canvas.background;
            scratch.pixels.clear();
            scratch.pixels.resize((frame.width() * frame.height()) as usize, [color.r, color.g, color.b, 255]);
            for item in touching() {
                observe(Stage::Draw(item.layer));
                let mut target = Target::new(frame, item.bounds, &mut scratch.pixels);
                item.draw(&mut target, |key, make| self.paints.try_get_or(key, make))?;
            }
            observe(Stage::Encode);
            let band = Arc::new(scratch.encoder.band(&scratch.pixels, width));
            self.bands.insert(key, band.clone());
            bands.push(band);
            drawn += 1;
        }
        Ok((bands, drawn))
    }
}

/// What layers ask of the renderer.
impl Renderer {
    pub(crate) fn key(&self, kind: &str) -> KeyMaker {
        KeyMaker::new(&self.config.secret, kind)
    }

    /// A paragraph's glyphs, shaped when they are not known.
    pub(crate) fn ink(&self, key: Key, make: impl FnOnce() -> Ink) -> Arc<Ink> {
        self.inks.get_or(key, make)
    }

    pub(crate) fn glyph(&self, look: Look, x: f32, y: f32) -> DrawnGlyph {
        DrawnGlyph::get(&self.glyphs, &self.fonts, look, x, y)
    }

    /// Makes a picture's paint when the picture is seen for the first time, to find out whether it can be drawn; for a
    /// picture that is known to be good it waits until a band needs it.
    pub(crate) fn checked(&self, asset: &Asset, key: Key, make: &Make<'_>) -> Result<Option<Arc<Paint>>> {
        if let Some(verdict) = self.verdicts.get(&asset.hash) {
            return match &*verdict {
                Ok(()) => Ok(None),
                Err(finding) => Err(Error::findings(Kind::Invalid, finding.code, vec![finding.clone()])),
            };
        }
        let made = self.paints.try_get_or(key, make);
        let verdict = match &made {
            Ok(_) => Ok(()),
            Err(error) if picture::is_picture_error(error) => Err(error.as_finding()),
            // Not the picture's fault.
            Err(_) => return made.map(Some),
        };
        self.verdicts.insert(asset.hash, Arc::new(verdict));
        made.map(Some)
    }
}
