//! Layers become items of the display list: one file a kind.

mod code;
mod image;
mod shape;
mod text;

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    artwork::silhouette::Silhouettes,
    asset::Asset,
    error::{Finding, Result},
    paint::{
        context::{Context, Stage},
        geometry::PxRect,
        key::{Key, KeyMaker},
        list::{Content, Item, Lazy, Make, Paint},
        raster::Raster,
        rotate,
    },
    plan::{At, Canvas, Gathered, Layer, LayerKind, Plan},
    style::BoxShadow,
    template::{Template, layout},
    text::{FontRun, Shaper},
};

/// px at scale 1 beyond all canvases.
const FARTHEST: f32 = 10_000.0;

/// The ids of a layout's slots (without `#`), each with the px at scale 1 by which the layers in its place may leave ink
/// outside of its box.
pub fn reaches(template: &Template) -> BTreeMap<&str, f32> {
    let mut reaches = BTreeMap::new();
    for layer in &template.layout.layers {
        let shadow = |shadow: &Option<BoxShadow>| {
            shadow.map_or(0.0, |s| s.x.abs().max(s.y.abs()) + s.spread.max(0.0) + f32::ceil(s.blur * 1.5))
        };
        let reach = match layer {
            layout::Layer::Image(image) if !rotate::is_still(image.rotate) => {
                turned(template, layer.at().unwrap_or_default(), shadow(&image.box_shadow))
            }
            layout::Layer::Image(image) => shadow(&image.box_shadow),
            layout::Layer::Shape(shape) => shadow(&shape.box_shadow),
            // Accents and tails may leave the line.
            layout::Layer::Text(text) => {
                let sizes = text.spans.iter().flatten().filter_map(|span| span.font_size);
                let stroke = text.stroke.map_or(0.0, |stroke| stroke.width / 2.0);
                let shadow = text.text_shadow.map_or(0.0, |s| s.x.abs().max(s.y.abs()) + f32::ceil(s.blur * 1.5));
                sizes.fold(text.font_size, f32::max) + stroke + shadow
            }
            layout::Layer::Code(_) => 0.0,
            // What does not fit leaves the container, how far depends on the parameters.
            layout::Layer::Row(_) | layout::Layer::Column(_) => FARTHEST,
        };
        if let Some(id) = layer.at().and_then(|at| at.strip_prefix('#')) {
            let known = reaches.entry(id).or_insert(0.0_f32);
            *known = known.max(reach + 1.0);
        }
    }
    reaches
}

/// How far a slot's layer may reach beyond the slot's box when it is turned: its corners move on a circle.
fn turned(template: &Template, at: &str, reach: f32) -> f32 {
    let canvas = Canvas::tallest(&template.layout.canvas);
    let canvas = [canvas.width as f32, canvas.height as f32];
    let slot = template.slot(at.trim_start_matches('#')).map(|[_, _, width, height]| [width, height]);
    // Parameters may change the artwork, and the slot with it.
    let [width, height] = slot.filter(|_| !template.artwork_varies()).unwrap_or(canvas);
    (width + 2.0 * reach).hypot(height + 2.0 * reach) / 2.0 - width.min(height) / 2.0 + 1.0
}

/// Places layers one after another.
pub(crate) struct Placer<'a, 's> {
    pub context: &'a Context,
    /// Whether codes are only placed, not drawn: to see what lies beneath them.
    pub beneath: bool,
    pub plan: &'a Plan,
    pub gathered: &'a Gathered,
    pub silhouettes: Silhouettes,
    pub shaper: &'s mut Shaper,
    pub findings: &'s mut Vec<Finding>,
    pub items: &'s mut Vec<Item<'a>>,
    pub codes: &'s mut Vec<PlacedCode>,
    pub layers: &'s mut Vec<PlacedLayer>,
    pub observe: &'s mut dyn FnMut(Stage),
}

/// A layer as it was placed.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedLayer {
    /// Its place in [`Plan::layers`].
    pub position: usize,
    /// JSON pointer of the layer: `/layers/3`, `/layers/3/children/1`.
    pub pointer: String,
    /// `image`, `text`, `code` or `shape`.
    pub kind: &'static str,
    /// Its box, output px.
    pub rect: PxRect,
    /// Where it may leave ink, output px; empty when there is none.
    pub ink: PxRect,
    /// Lines of a text.
    pub lines: Option<usize>,
    /// By what share a text was shrunk to fit; 1 when it was not.
    pub zoom: f32,
    /// Whether a part of a text is not shown.
    pub truncated: bool,
    /// The part of a text that is shown.
    pub text: String,
    /// Which face each part of it is set in.
    pub fonts: Vec<FontRun>,
}

/// A code in the display list.
#[derive(Debug, Clone)]
pub(crate) struct PlacedCode {
    /// Its layer's place in the plan.
    pub position: usize,
    /// Its item; where it would stand, when codes are not drawn.
    pub item: usize,
    /// JSON pointer of its layer.
    pub pointer: String,
    /// Its square, output px.
    pub square: PxRect,
    /// Whether its picture came with the layer, so that nobody knows what kind of code it is.
    pub given: bool,
    /// Diameter of what stands in its middle, output px; 0 when nothing does.
    pub center: f32,
}

impl<'a> Placer<'a, '_> {
    /// A segment of the artwork.
    pub fn segment(&mut self, artwork: &Key, index: usize, raster: &Arc<Raster>) {
        let key = self.key("segment").hash(artwork).data(&index).finish();
        self.items.push(Item { key, bounds: raster.rect, layer: None, content: Content::Ready(raster.clone()) });
    }

    /// The layers in the place of an element, in the layout's order.
    ///
    /// # Errors
    /// A picture that cannot be used, a box far larger than the canvas.
    pub fn slot(&mut self, id: &str, rect: [f32; 4]) -> Result<()> {
        self.each(|at| match at {
            At::Slot(slot) if slot == id => Some(rect),
            At::Within { slot, rect: [x, y, width, height] } if slot == id => {
                Some([rect[0] + x, rect[1] + y, *width, *height])
            }
            _ => None,
        })
    }

    /// The layers above the artwork, in the layout's order.
    ///
    /// # Errors
    /// As [`Placer::slot`].
    pub fn above(&mut self) -> Result<()> {
        self.each(|at| if let At::Box(rect) = at { Some(*rect) } else { None })
    }

    fn each(&mut self, place: impl Fn(&At) -> Option<[f32; 4]>) -> Result<()> {
        let plan = self.plan;
        for (position, layer) in plan.layers.iter().enumerate() {
            if let Some(rect) = place(&layer.at) {
                self.layer(position, layer, rect)?;
            }
        }
        Ok(())
    }

    fn layer(&mut self, position: usize, layer: &'a Layer, rect: [f32; 4]) -> Result<()> {
        let number = self.layers.len();
        (self.observe)(Stage::Place(Some(number)));
        if matches!(layer.kind, LayerKind::Image(_) | LayerKind::Shape(_)) {
            // Refused here, where the layer is known: what is drawn later has no name any more.
            shape::within(self.px(rect), self.canvas(), "box").map_err(|e| e.pointer(&*layer.pointer))?;
        }
        let before = self.items.len();
        let mut ink = None;
        let kind = match &layer.kind {
            LayerKind::Image(image) => {
                self.image(position, &layer.pointer, image, rect)?;
                "image"
            }
            LayerKind::Text(text) => {
                ink = self.text(&layer.pointer, text, rect);
                "text"
            }
            LayerKind::Code(code) => {
                self.code(position, &layer.pointer, code, rect)?;
                "code"
            }
            LayerKind::Shape(shape) => {
                self.shape(shape, rect);
                "shape"
            }
        };
        let paragraph = ink.as_ref().map(|ink| &ink.paragraph);
        // Items are cut at the canvas; what a text loses there is worth knowing.
        let mut reach = ink.as_ref().map_or_else(PxRect::default, |ink| ink.bounds);
        for item in self.items.iter_mut().skip(before) {
            item.layer = Some(number);
            reach = reach.union(&item.bounds);
        }
        let placed = PlacedLayer {
            position,
            pointer: layer.pointer.clone(),
            kind,
            rect: self.px(rect),
            ink: reach,
            lines: paragraph.map(|p| p.lines.len()),
            zoom: paragraph.map_or(1.0, |p| p.zoom),
            truncated: paragraph.is_some_and(|p| p.truncated),
            text: paragraph.map_or_else(String::new, |p| p.text.clone()),
            fonts: paragraph.map_or_else(Vec::new, |p| p.fonts.clone()),
        };
        self.layers.push(placed);
        (self.observe)(Stage::Place(None));
        Ok(())
    }

    /// A box in output px.
    fn px(&self, rect: [f32; 4]) -> PxRect {
        PxRect::snap(rect, self.plan.scale)
    }

    /// The start of an item's key; what is drawn is in px, so the scale belongs to every key.
    fn key(&self, kind: &str) -> KeyMaker {
        self.context.key(kind).data(&self.plan.scale)
    }

    /// Adds a picture; an error when it is of no use.
    fn picture(
        &mut self,
        key: Key,
        bounds: PxRect,
        asset: &Asset,
        make: impl Fn() -> Result<Paint> + Send + Sync + 'a,
    ) -> Result<()> {
        let make: Make<'a> = Box::new(make);
        let made = self.context.checked(asset, key, &make)?;
        self.items.push(Item { key, bounds, layer: None, content: Content::Lazy(Lazy::new(make, made)) });
        Ok(())
    }

    /// Adds an item whose pixels are made when they are first needed.
    fn lazy(&mut self, key: Key, bounds: PxRect, make: impl Fn() -> Result<Paint> + Send + Sync + 'a) {
        self.items.push(Item { key, bounds, layer: None, content: Content::Lazy(Lazy::new(Box::new(make), None)) });
    }
}
