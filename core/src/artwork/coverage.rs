//! Coverage of groups by clip paths and masks, as resvg computes it.

use resvg::{
    tiny_skia::{self, BlendMode, FillRule, MaskType, Paint, PathBuilder, PathSegment, Pixmap, Rect, Transform},
    usvg::{self, ClipPath, Group, Mask, Node},
};

use crate::paint::{geometry::PxRect, raster};

/// The rectangle that a clip path consists of, in the artwork's units, if it is upright and nothing else. `transform` is
/// that of the clipped group.
pub fn rect(clip: &ClipPath, transform: Transform) -> Option<Rect> {
    if clip.clip_path().is_some() {
        return None;
    }
    let (mut group, mut transform) = (clip.root(), transform.pre_concat(clip.transform()));
    loop {
        match group.children() {
            [Node::Path(path)] if path.is_visible() && path.fill().is_some() => return upright(path, transform),
            [Node::Group(only)] if only.clip_path().is_none() => {
                transform = transform.pre_concat(only.transform());
                group = only;
            }
            _ => return None,
        }
    }
}

/// A path as a rectangle in the artwork's units, if it is an upright one.
fn upright(path: &usvg::Path, transform: Transform) -> Option<Rect> {
    if transform.kx != 0.0 || transform.ky != 0.0 {
        return None;
    }
    let mut points = Vec::new();
    for segment in path.data().segments() {
        match segment {
            PathSegment::MoveTo(to) | PathSegment::LineTo(to) => points.push(to),
            PathSegment::Close => {}
            PathSegment::QuadTo(..) | PathSegment::CubicTo(..) => return None,
        }
    }
    if points.len() == 5 && points.first() == points.last() {
        points.pop();
    }
    let [a, b, c, d] = *points else { return None };
    let is_rect = (a.y == b.y && b.x == c.x && c.y == d.y && d.x == a.x)
        || (a.x == b.x && b.y == c.y && c.x == d.x && d.y == a.y);
    if is_rect { path.data().bounds().transform(transform) } else { None }
}

/// Distance beyond the pixels that are needed by which a layer may be larger.
const MAX_MARGIN: i32 = 64;

/// The pixels of the layer that a group is drawn to: at least those of `rect`. tiny-skia flattens curves in another way
/// where a layer's edge cuts them, so the layer is that of resvg where it is not much larger. `transform` leads from the
/// group's units to output px.
pub fn layer(group: &Group, transform: Transform, rect: PxRect) -> PxRect {
    let layer = group.layer_bounding_box().transform(transform).map(|layer| {
        let (x, y) = (layer.x().floor() as i32, layer.y().floor() as i32);
        let (width, height) = (layer.width().ceil() as u32, layer.height().ceil() as u32);
        let margin = if group.filters().is_empty() { 2 } else { 0 };
        PxRect::new(x, y, width, height).grow(margin)
    });
    layer.map_or(rect, |layer| layer.intersect(&rect.grow(MAX_MARGIN)).union(&rect))
}

/// Draws a node; the transform is that of its parent.
pub type Draw = fn(&Node, Transform, &mut Pixmap);

/// Coverage of the pixels of a layer by the clip path and the mask of a group; `None` if it has neither. `transform` leads
/// from the group's units to output px. `draw` draws what masks contain.
pub fn of(group: &Group, transform: Transform, layer: PxRect, draw: Draw) -> Option<raster::Mask> {
    if group.clip_path().is_none() && group.mask().is_none() {
        return None;
    }
    let size = (layer.width(), layer.height());
    let transform = transform.post_translate(-layer.x0 as f32, -layer.y0 as f32);
    let mut coverage = vec![255; layer.area() as usize];
    let covered = group
        .clip_path()
        .map_or(Some(()), |clip| apply_clip(clip, transform, size, &mut coverage))
        .and_then(|()| group.mask().map_or(Some(()), |mask| apply_mask(mask, transform, size, draw, &mut coverage)));
    if covered.is_none() {
        coverage.fill(0);
    }
    Some(raster::Mask { rect: layer, coverage })
}

fn apply_clip(clip: &ClipPath, transform: Transform, size: (u32, u32), coverage: &mut [u8]) -> Option<()> {
    // As in resvg, the shapes are erased from an opaque layer: what remains is not covered.
    let mut rest = Pixmap::new(size.0, size.1)?;
    rest.fill(tiny_skia::Color::BLACK);
    fill(clip.root(), BlendMode::Clear, transform.pre_concat(clip.transform()), &mut rest)?;
    if let Some(clip) = clip.clip_path() {
        apply_clip(clip, transform, size, coverage)?;
    }
    multiply(coverage, rest.pixels().iter().map(|pixel| 255 - pixel.alpha()));
    Some(())
}

fn fill(group: &Group, blend_mode: BlendMode, transform: Transform, pixmap: &mut Pixmap) -> Option<()> {
    for child in group.children() {
        match child {
            Node::Path(path) if path.is_visible() => fill_path(path, blend_mode, transform, pixmap),
            Node::Text(text) => fill(text.flattened(), blend_mode, transform, pixmap)?,
            Node::Group(group) => {
                let transform = transform.pre_concat(group.transform());
                match group.clip_path() {
                    Some(clip) => fill_clipped(group, clip, transform, pixmap)?,
                    None => fill(group, blend_mode, transform, pixmap)?,
                }
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
    Some(())
}

fn fill_path(path: &usvg::Path, blend_mode: BlendMode, transform: Transform, pixmap: &mut Pixmap) {
    let Some(fill) = path.fill() else { return };
    let bounds = path.data().bounds();
    if bounds.width() == 0.0 || bounds.height() == 0.0 {
        return;
    }
    let rule = match fill.rule() {
        usvg::FillRule::NonZero => FillRule::Winding,
        usvg::FillRule::EvenOdd => FillRule::EvenOdd,
    };
    // The colour of a clip path's shape has no effect.
    let paint = Paint { blend_mode, anti_alias: path.rendering_mode().use_shape_antialiasing(), ..Paint::default() };
    pixmap.fill_path(path.data(), &paint, rule, transform, None);
}

/// Erases a clip path's child that has a clip path itself.
fn fill_clipped(group: &Group, clip: &ClipPath, transform: Transform, pixmap: &mut Pixmap) -> Option<()> {
    let size = (pixmap.width(), pixmap.height());
    let mut child = Pixmap::new(size.0, size.1)?;
    fill(group, BlendMode::SourceOver, transform, &mut child)?;
    let mut coverage: Vec<u8> = child.pixels().iter().map(|pixel| pixel.alpha()).collect();
    apply_clip(clip, transform, size, &mut coverage)?;
    for (pixel, cover) in pixmap.data_mut().as_chunks_mut::<4>().0.iter_mut().zip(coverage) {
        *pixel = pixel.map(|channel| raster::mul255(channel, 255 - cover));
    }
    Some(())
}

fn apply_mask(mask: &Mask, transform: Transform, size: (u32, u32), draw: Draw, coverage: &mut [u8]) -> Option<()> {
    let mut pixmap = Pixmap::new(size.0, size.1)?;
    mask.root().children().iter().for_each(|child| draw(child, transform, &mut pixmap));
    let mut region = tiny_skia::Mask::new(size.0, size.1)?;
    let path = PathBuilder::from_rect(mask.rect().to_rect());
    region.fill_path(&path, FillRule::Winding, true, transform);
    pixmap.apply_mask(&region);
    if let Some(mask) = mask.mask() {
        apply_mask(mask, transform, size, draw, coverage)?;
    }
    let kind = match mask.kind() {
        usvg::MaskType::Luminance => MaskType::Luminance,
        usvg::MaskType::Alpha => MaskType::Alpha,
    };
    multiply(coverage, tiny_skia::Mask::from_pixmap(pixmap.as_ref(), kind).data().iter().copied());
    Some(())
}

fn multiply(coverage: &mut [u8], by: impl Iterator<Item = u8>) {
    for (cover, by) in coverage.iter_mut().zip(by) {
        *cover = raster::mul255(*cover, by);
    }
}
