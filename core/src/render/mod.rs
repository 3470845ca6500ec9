//! The renderer: plan and pictures -> display list -> bands -> file.
//!
//! **The band is the unit of drawing, of caching and of encoding.** A band (32 rows) is a pure function of the items
//! that touch it; its key is the hash of their keys, and its value is the finished, compressed chunk. Keys are made
//! from inputs, so a cached band needs no shaping or decoding.

mod auto;
mod backdrop;
mod compile;
mod gate;

pub use crate::layer::{PlacedGroup, PlacedLayer};
pub use compile::compile;

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::{
    artwork::{
        memory,
        segments::{self, Artwork, Step},
        silhouette,
        svg::{self, Widths},
    },
    encode::{BandEncoder, EncodedBand, Format},
    error::{Finding, Result},
    layer::{self, Dispatcher, OpenGroup, PlacedCode, Placer},
    legibility,
    paint::{
        blur,
        cache::{Cache, Usage, Weigh},
        context::{Context, Observe, Stage},
        geometry::{PxRect, canvas_size},
        key::Key,
        list::{self, Brush, Item, Subject},
        rotate,
    },
    plan::{At, Plan, PlannedLayer, ResolvedAssets},
    style::BoxShadow,
    text::{FontSet, Shaper},
};

/// Names the artwork of one poster in the positions of findings.
const EXPANDED: &str = " (with the poster's parameters)";

/// Sizes of a renderer's caches.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Rows of a band. Default 32.
    pub band_rows: u32,
    /// Bytes for encoded bands. Default 12 MiB: about 15 posters of 750 x 1334 px.
    pub band_bytes: usize,
    /// Bytes for fitted pictures, codes, shadows and shapes. Default 16 MiB.
    pub paint_bytes: usize,
    /// Bytes for the artwork's segments: 4 to 30 MB a template of 750 x 1334 px, by what lies over its slots. Default 104 MiB: the ten starter templates.
    pub artwork_bytes: usize,
    /// Bytes for glyphs. Laid out text takes another quarter of it, and keeps at most as many bytes of evicted glyphs.
    /// Default 8 MiB.
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
            artwork_bytes: 104 * MIB,
            glyph_bytes: 8 * MIB,
            secret: [0; 32],
        }
    }
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

impl Weigh for EncodedBand {
    fn weigh(&self) -> usize {
        self.bytes.len() + 64
    }
}

/// Draws posters. Shared by all threads; caches are bounded by bytes and never affect the pixels.
#[derive(Debug)]
pub struct Renderer {
    context: Context,
    band_rows: u32,
    bands: Cache<Key, EncodedBand>,
    artworks: Cache<Key, Artwork>,
    reports: Cache<Key, legibility::Report>,
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

/// Reusable buffers of a drawing thread.
#[derive(Debug, Default)]
struct Scratch {
    /// One encoder per format that was used.
    encoders: Vec<(Format, Box<dyn BandEncoder>)>,
    pixels: Vec<[u8; 4]>,
}

impl Scratch {
    fn encode(&mut self, format: Format, width: u32) -> EncodedBand {
        // The encoder borrows `self`.
        let pixels = std::mem::take(&mut self.pixels);
        let band = self.encoder(format).band(&pixels, width);
        self.pixels = pixels;
        band
    }

    fn encoder(&mut self, format: Format) -> &mut dyn BandEncoder {
        let at = self.encoders.iter().position(|(known, _)| *known == format).unwrap_or_else(|| {
            self.encoders.push((format, format.encoder()));
            self.encoders.len() - 1
        });
        &mut *self.encoders[at].1
    }
}

impl Renderer {
    /// A renderer with empty caches.
    pub fn new(fonts: Arc<FontSet>, config: Config) -> Self {
        Self {
            context: Context::new(fonts, config.secret, config.paint_bytes, config.glyph_bytes),
            band_rows: config.band_rows.max(1),
            bands: Cache::new(config.band_bytes, 20_000, 8),
            artworks: Cache::new(config.artwork_bytes, 4_000_000, 1),
            reports: Cache::new(1 << 20, 300, 4),
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

    /// Evicts from the caches until they hold at most `bytes` together, to make room for drawing: artwork first, then paints. The
    /// others are small.
    pub fn trim_caches(&self, bytes: u64) {
        let used: u64 = self.caches().iter().map(|usage| usage.bytes).sum();
        let surplus = used.saturating_sub(bytes);
        if surplus == 0 {
            return;
        }
        let artwork = self.artworks.bytes();
        self.artworks.trim(artwork.saturating_sub(surplus));
        let freed = artwork.saturating_sub(self.artworks.bytes());
        if freed < surplus {
            self.context.trim_paints(self.context.paint_bytes().saturating_sub(surplus - freed));
        }
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
            Ok(Rendered { bytes, width, height, findings, layers, groups, codes, bands_drawn: drawn, bands_known })
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
        let artwork = self.artwork(plan)?;
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

    /// Memory of the fitted pictures, boxes and shadows of a plan, which are kept until the poster is finished, bytes. A layer
    /// whose box is not known before the artwork is drawn counts as the canvas.
    pub fn layer_memory(&self, plan: &Plan) -> u64 {
        let (width, height) = canvas_size(plan.canvas, plan.scale);
        let (canvas, scale) = (f64::from(width) * f64::from(height), f64::from(plan.scale));
        let rect = |layer: &PlannedLayer| match &layer.at {
            At::Box(rect) | At::Within { rect, .. } => Some(*rect),
            At::Slot(id) => plan.template.slot(id),
        };
        let area = |layer: &PlannedLayer| {
            rect(layer).map_or(canvas, |[.., w, h]| f64::from(w.max(0.0)) * f64::from(h.max(0.0)) * scale * scale)
        };
        let shadow = |layer: &PlannedLayer| {
            let Some((BoxShadow { blur, spread, .. }, degrees)) = layer.kind.shadow() else { return 0.0 };
            let grown = 2.0 * (f64::from(spread) * scale + f64::from(blur::reach(blur * plan.scale / 2.0)));
            let area = rect(layer).map_or(canvas, |[.., w, h]| {
                (f64::from(w) * scale + grown).max(0.0) * (f64::from(h) * scale + grown).max(0.0)
            });
            // Coverage; rotated, it is kept as pixels, in a box that may be larger.
            if rotate::is_still(degrees) { area.min(canvas) } else { 4.0 * (2.0 * area).min(canvas) }
        };
        let bytes: f64 = plan.layers.iter().map(|layer| layer.kind.pixel_bytes(area(layer)) + shadow(layer)).sum();
        bytes as u64
    }

    /// Memory for drawing the artwork of a plan, bytes. If it is cached, only that of filters on layers.
    pub fn artwork_memory(&self, plan: &Plan) -> u64 {
        let Some(svg) = &plan.artwork else { return 0 };
        let (width, height) = canvas_size(plan.canvas.of_artwork(), plan.scale);
        let is_drawn = self.artworks.contains(&self.artwork_key(plan, svg));
        memory::bytes(plan.template.artwork_memory(), u64::from(width) * u64::from(height), is_drawn)
    }

    fn artwork_key(&self, plan: &Plan, svg: &str) -> Key {
        self.context
            .key("artwork")
            .hash(&self.context.fonts_of(&plan.template).version())
            .hash(&plan.template.version)
            .bytes(svg.as_bytes())
            .data(&(plan.canvas.of_artwork(), plan.scale))
            .finish()
    }

    fn artwork(&self, plan: &Plan) -> Result<Option<(Key, Arc<Artwork>)>> {
        let Some(svg) = &plan.artwork else { return Ok(None) };
        // Slots of hidden layers are removed too: the element only marks a position.
        let slots = layer::reaches(&plan.template);
        let canvas = plan.canvas.of_artwork();
        let key = self.artwork_key(plan, svg);
        let artwork = self.artworks.make_once(&key, || {
            let fonts = self.context.fonts_of(&plan.template);
            let (width, _) = canvas_size(canvas, plan.scale);
            let widths = Widths { canvas: Some(canvas.width), output: Some(width) };
            let (tree, mut notes) = svg::read(svg, &plan.template.files, fonts, widths)?;
            let silhouettes = silhouette::silhouettes(&tree, &plan.template.masks())?;
            // Other notes, and those about artwork without parameters, are warnings about the template.
            notes.retain(|note| plan.template.artwork_varies() && compile::depends_on_parameters(&note.finding));
            let findings = plan.template.placed(svg, notes, EXPANDED);
            Ok(Artwork { silhouettes, findings, ..segments::draw(&tree, canvas, plan.scale, &slots)? })
        })?;
        Ok(Some((key, artwork)))
    }

    fn bands(
        &self,
        plan: &Plan,
        list: &[Item<'_>],
        (width, height): (u32, u32),
        format: Format,
        scratch: &mut Scratch,
        observe: Observe<'_>,
    ) -> Result<(Vec<Arc<EncodedBand>>, usize)> {
        let rows = self.band_rows;
        let base =
            self.context.key("band").data(&(format.name(), format.version(), width, rows, plan.canvas.background));
        let mut bands = Vec::with_capacity(height.div_ceil(rows) as usize);
        let mut drawn = 0;
        for top in (0..height).step_by(rows as usize) {
            let frame = PxRect::new(0, top as i32, width, rows.min(height - top));
            let key = list::hash(list, base.clone().data(&(top, frame.height())), &frame).finish();
            if let Some(band) = self.bands.get(&key) {
                bands.push(band);
                continue;
            }
            observe(Stage::Draw(None))?;
            let color = plan.canvas.background;
            scratch.pixels.clear();
            scratch.pixels.resize((frame.width() * frame.height()) as usize, [color.r, color.g, color.b, 255]);
            let mut brush = Brush {
                paints: &self.context,
                observe: &mut |subject| {
                    observe(match subject {
                        Subject::Layer(layer) => Stage::Draw(layer),
                        Subject::Group(group) => Stage::Composite(group),
                    })
                },
            };
            list::draw(list, None, frame, &mut scratch.pixels, &mut brush)?;
            observe(Stage::Encode)?;
            let band = Arc::new(scratch.encode(format, width));
            self.bands.insert(key, band.clone());
            bands.push(band);
            drawn += 1;
        }
        Ok((bands, drawn))
    }
}
