//! Filters of groups that contain layers: applied to the group's pixels whenever a poster is drawn.

use std::{fmt::Write, sync::Arc};

use resvg::{
    tiny_skia::{IntSize, Pixmap, Rect, Transform},
    usvg::{self, Group, Tree, WriteOptions, filter::Kind, filter::Primitive, roxmltree},
};

use super::blurs::OwnEffect;
use crate::{
    error::{Error, Result},
    paint::{composite, geometry::PxRect, raster::Raster},
};

/// Copies of a filter's region besides the results of its primitives: the drawn group, its file, the decoded file.
const COPIES: f32 = 3.0;
/// Copies for a blur or a drop shadow that is drawn here: the coverage and its buffer, with room around them.
const OWN_COPIES: f32 = 1.25;

/// Largest distance beyond the canvas whose pixels are filtered, in the larger side of the canvas.
const MAX_MARGIN: f32 = 0.5;

/// The name of a filter primitive of a group that cannot be applied to layers.
pub fn unsupported(group: &Group) -> Option<&'static str> {
    let primitives = group.filters().iter().flat_map(|filter| filter.primitives());
    primitives.map(Primitive::kind).find_map(|kind| match kind {
        Kind::Image(_) => Some("feImage"),
        Kind::DiffuseLighting(_) => Some("feDiffuseLighting"),
        Kind::SpecularLighting(_) => Some("feSpecularLighting"),
        _ => None,
    })
}

/// Memory that applying the filters of a group takes besides its pixels, in copies of them; `None` if it has none.
pub fn copies(group: &Group) -> Option<f32> {
    let count = group.filters().iter().map(|filter| filter.primitives().len()).sum::<usize>();
    let copies = if own(group, group.abs_transform()).is_some() { OWN_COPIES } else { count as f32 + COPIES };
    (count > 0).then_some(copies)
}

/// The effect of a group, if it is one that is drawn here. `transform` leads from the group's units to those of the effect.
fn own(group: &Group, transform: Transform) -> Option<OwnEffect> {
    match group.filters() {
        [only] => OwnEffect::of(only, transform).filter(|own| own.draws_any_color()),
        _ => None,
    }
}

/// The filters of a group, applied to pixels.
#[derive(Debug)]
pub struct FilterChain {
    /// Part of the canvas, and beyond it, that is filtered, output px.
    source: PxRect,
    /// What applies them.
    method: Method,
}

#[derive(Debug)]
enum Method {
    /// A blur or a drop shadow, drawn here. The coordinates are those of the source.
    Own(OwnEffect),
    /// Any filter, drawn by resvg: an SVG of the source's size in which a picture has the filters.
    Svg(String),
}

impl FilterChain {
    /// The filters of a group; `None` if it has none. `written`: the filters of the tree, if they are written already.
    /// `transform` leads from the group's units to output px, of which those of `canvas` are seen.
    pub fn of(
        group: &Group,
        tree: &Tree,
        written: &mut Option<FilterSources>,
        transform: Transform,
        canvas: PxRect,
    ) -> Option<Self> {
        let region = group.filters_bounding_box()?.to_rect().transform(transform)?;
        let region = PxRect::around([region.left(), region.top(), region.right(), region.bottom()]);
        let margin = margin(group, transform, canvas.width().max(canvas.height()) as f32);
        let source = region.intersect(&canvas.grow(margin.ceil() as i32));
        let inside = transform.post_translate(-source.x0 as f32, -source.y0 as f32);
        let method = own(group, inside).map_or_else(
            || {
                let written = written.get_or_insert_with(|| FilterSources::of(tree));
                Method::Svg(svg(group, tree, written, inside, source))
            },
            Method::Own,
        );
        Some(Self { source, method })
    }
}

impl composite::Filter for FilterChain {
    fn source(&self) -> PxRect {
        self.source
    }

    fn apply(&self, pixels: Vec<[u8; 4]>) -> Result<Raster> {
        let (width, height) = (self.source.width(), self.source.height());
        let size = IntSize::from_wh(width, height);
        let Some(size) = size else { return Ok(Raster::new(self.source, Vec::new())) };
        let mut layer =
            Pixmap::from_vec(pixels.into_flattened(), size).ok_or_else(|| Error::internal("a group's size"))?;
        let mut filtered = Pixmap::new(width, height).ok_or_else(|| Error::internal("a filter's size"))?;
        match &self.method {
            Method::Own(own) => {
                own.draw(&mut layer, PxRect::new(0, 0, width, height), 1.0, &mut filtered);
                // The result is copied below.
                drop(layer);
            }
            Method::Svg(svg) => {
                let picture = Arc::new(png(layer)?);
                let options = usvg::Options {
                    image_href_resolver: usvg::ImageHrefResolver {
                        resolve_data: Box::new(|_, _, _| None),
                        resolve_string: Box::new(move |_, _| Some(usvg::ImageKind::PNG(picture.clone()))),
                    },
                    ..usvg::Options::default()
                };
                let tree = Tree::from_str(svg, &options).map_err(|e| Error::internal(format!("a filter: {e}")))?;
                resvg::render(&tree, Transform::identity(), &mut filtered.as_mut());
            }
        }
        let (pixels, _) = filtered.data().as_chunks::<4>();
        Ok(Raster::new(self.source, pixels.to_vec()))
    }
}

/// An uncompressed PNG.
fn png(layer: Pixmap) -> Result<Vec<u8>> {
    use image::{
        ExtendedColorType, ImageEncoder,
        codecs::png::{CompressionType, FilterType, PngEncoder},
    };
    let (width, height) = (layer.width(), layer.height());
    let mut out = Vec::with_capacity(layer.data().len() + 1024);
    let encoder = PngEncoder::new_with_quality(&mut out, CompressionType::Uncompressed, FilterType::NoFilter);
    let straight = layer.take_demultiplied();
    let written = encoder.write_image(&straight, width, height, ExtendedColorType::Rgba8);
    written.map_err(|e| Error::internal(format!("the picture of a group: {e}")))?;
    Ok(out)
}

/// Distance beyond the canvas from which a group's filters bring pixels onto it, at most; in the units that `transform` leads
/// to, as `side`, the longer side of the canvas.
pub fn margin(group: &Group, transform: Transform, side: f32) -> f32 {
    let primitives = group.filters().iter().flat_map(|filter| filter.primitives());
    let (x, y) = transform.get_scale();
    let reach: f32 = primitives.map(|primitive| reach(primitive.kind())).sum::<f32>() * x.max(y);
    (side * MAX_MARGIN).min(reach)
}

/// Distance by which a primitive moves or spreads pixels, in the group's units.
fn reach(kind: &Kind) -> f32 {
    match kind {
        Kind::GaussianBlur(blur) => 3.0 * blur.std_dev_x().get().max(blur.std_dev_y().get()),
        Kind::DropShadow(shadow) => {
            let blur = 3.0 * shadow.std_dev_x().get().max(shadow.std_dev_y().get());
            blur + shadow.dx().abs().max(shadow.dy().abs())
        }
        Kind::Offset(offset) => offset.dx().abs().max(offset.dy().abs()),
        Kind::Morphology(morphology) => morphology.radius_x().get().max(morphology.radius_y().get()),
        Kind::DisplacementMap(map) => map.scale().abs(),
        Kind::ConvolveMatrix(convolve) => convolve.matrix().columns().max(convolve.matrix().rows()) as f32,
        _ => 0.0,
    }
}

/// The primitives of a tree's filters as SVG, in the tree's order.
pub struct FilterSources(Vec<String>);

impl FilterSources {
    /// Writes the filters of a tree.
    pub fn of(tree: &Tree) -> Self {
        let written = tree.to_string(&WriteOptions::default());
        let Ok(document) = roxmltree::Document::parse(&written) else { return Self(Vec::new()) };
        let filters = document.descendants().filter(|node| node.has_tag_name((SVG, "filter")));
        let primitives = filters.map(|filter| {
            let inner = filter.first_child().zip(filter.last_child());
            inner.map_or("", |(first, last)| &written[first.range().start..last.range().end]).to_owned()
        });
        Self(primitives.collect())
    }
}

const SVG: &str = "http://www.w3.org/2000/svg";

/// An SVG in which a picture of the source's size has the group's filters.
fn svg(group: &Group, tree: &Tree, written: &FilterSources, transform: Transform, source: PxRect) -> String {
    let (width, height) = (source.width(), source.height());
    let mut out = format!("<svg xmlns=\"{SVG}\" width=\"{width}\" height=\"{height}\"><defs>");
    let inverse = transform.invert();
    let seen = Rect::from_xywh(0.0, 0.0, width as f32, height as f32);
    let seen = seen.zip(inverse).and_then(|(seen, inverse)| seen.transform(inverse));
    let mut names = String::new();
    for (number, filter) in group.filters().iter().enumerate() {
        let index = tree.filters().iter().position(|one| Arc::ptr_eq(one, filter));
        let Some(primitives) = index.and_then(|index| written.0.get(index)) else { continue };
        let whole = filter.rect().to_rect();
        // Only what is seen of the region is filtered.
        let rect = seen.and_then(|seen| seen.intersect(&whole)).unwrap_or(whole);
        let (x, y, width, height) = (rect.x(), rect.y(), rect.width(), rect.height());
        let _ = write!(
            out,
            "<filter id=\"f{number}\" filterUnits=\"userSpaceOnUse\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\">\
             {primitives}</filter>"
        );
        let _ = write!(names, "url(#f{number}) ");
    }
    let matrix = |t: Transform| format!("matrix({} {} {} {} {} {})", t.sx, t.ky, t.kx, t.sy, t.tx, t.ty);
    let _ = write!(
        out,
        "</defs><g transform=\"{}\" filter=\"{}\"><g transform=\"{}\"><image width=\"{width}\" height=\"{height}\" \
         preserveAspectRatio=\"none\" image-rendering=\"optimizeSpeed\" href=\"group\"/></g></g></svg>",
        matrix(transform),
        names.trim_end(),
        matrix(inverse.unwrap_or_default()),
    );
    out
}
