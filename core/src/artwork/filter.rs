//! Filters of groups that contain layers: applied to the group's pixels whenever a poster is drawn.

use std::{fmt::Write, sync::Arc};

use resvg::{
    tiny_skia::{IntSize, Pixmap, Transform},
    usvg::{self, Group, Tree, WriteOptions, filter::Kind, filter::Primitive, roxmltree},
};

use super::node::Own;
use crate::{
    error::{Error, Result},
    paint::{composite, geometry::PxRect, raster::Raster},
};

/// Copies of a filter's region besides the results of its primitives: the drawn group, its file, the decoded file.
const COPIES: f32 = 3.0;

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
    (count > 0).then_some(count as f32 + COPIES)
}

/// The filters of a group, applied to pixels.
#[derive(Debug)]
pub struct Filter {
    /// Part of the canvas, and beyond it, that is filtered, output px.
    source: PxRect,
    /// How.
    means: Means,
}

#[derive(Debug)]
enum Means {
    /// A blur or a drop shadow, drawn here. The coordinates are those of the source.
    Own(Own),
    /// Any filter, drawn by resvg: an SVG of the source's size in which a picture has the filters.
    Svg(String),
}

impl Filter {
    /// The filters of a group; `None` if it has none. `transform` leads from the group's units to output px, of which those
    /// of `canvas` are seen.
    pub fn of(group: &Group, tree: &Tree, transform: Transform, canvas: PxRect) -> Option<Self> {
        let filters = group.filters();
        let region = group.filters_bounding_box()?.to_rect().transform(transform)?;
        let region = PxRect::around([region.left(), region.top(), region.right(), region.bottom()]);
        let primitives = || filters.iter().flat_map(|filter| filter.primitives());
        let scale = transform.get_scale();
        let reach: f32 = primitives().map(|primitive| reach(primitive.kind())).sum::<f32>() * scale.0.max(scale.1);
        let source = region.intersect(&canvas.grow(reach.ceil().min(1e6) as i32));
        let inside = transform.post_translate(-source.x0 as f32, -source.y0 as f32);
        let own = match filters {
            [only] => Own::of(only, inside).filter(|own| own.draws_any_color()),
            _ => None,
        };
        let means = own.map_or_else(|| Means::Svg(svg(group, tree, inside, source)), Means::Own);
        Some(Self { source, means })
    }
}

impl composite::Filter for Filter {
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
        match &self.means {
            Means::Own(own) => {
                own.draw(&mut layer, PxRect::new(0, 0, width, height), 1.0, &mut filtered);
            }
            Means::Svg(svg) => {
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

/// An SVG in which a picture of the source's size has the group's filters.
fn svg(group: &Group, tree: &Tree, transform: Transform, source: PxRect) -> String {
    let written = tree.to_string(&WriteOptions::default());
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\"><defs>",
        source.width(),
        source.height()
    );
    let document = roxmltree::Document::parse(&written).ok();
    let elements = document.iter().flat_map(|document| document.descendants());
    let elements: Vec<_> =
        elements.filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "filter"))).collect();
    let inverse = transform.invert();
    let region = inverse.and_then(|inverse| {
        let rect = resvg::tiny_skia::Rect::from_xywh(0.0, 0.0, source.width() as f32, source.height() as f32)?;
        rect.transform(inverse)
    });
    let mut names = String::new();
    for (number, filter) in group.filters().iter().enumerate() {
        let Some(index) = tree.filters().iter().position(|one| Arc::ptr_eq(one, filter)) else { continue };
        let Some(element) = elements.get(index) else { continue };
        let whole = filter.rect().to_rect();
        // Only what is seen of the region is filtered.
        let rect = region.and_then(|region| region.intersect(&whole)).unwrap_or(whole);
        let inner = element.first_child().zip(element.last_child());
        let inner = inner.map_or("", |(first, last)| &written[first.range().start..last.range().end]);
        let _ = write!(
            out,
            "<filter id=\"f{number}\" filterUnits=\"userSpaceOnUse\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\">{inner}</filter>",
            rect.x(),
            rect.y(),
            rect.width(),
            rect.height()
        );
        let _ = write!(names, "url(#f{number}) ");
    }
    let matrix = |t: Transform| format!("matrix({} {} {} {} {} {})", t.sx, t.ky, t.kx, t.sy, t.tx, t.ty);
    let _ = write!(
        out,
        "</defs><g transform=\"{}\" filter=\"{}\"><g transform=\"{}\"><image width=\"{}\" height=\"{}\" \
         preserveAspectRatio=\"none\" image-rendering=\"optimizeSpeed\" href=\"group\"/></g></g></svg>",
        matrix(transform),
        names.trim_end(),
        matrix(inverse.unwrap_or_default()),
        source.width(),
        source.height()
    );
    out
}
