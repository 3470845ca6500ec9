//! Draws nodes of artwork: with resvg, but for what is painted with patterns and for two kinds of groups: those whose only
//! effect is a blur or a drop shadow (`blurs`), and those with a blend mode that mixes channels. The latter, and groups
//! around what resvg draws otherwise, are blended by [`blend`].

use resvg::{
    tiny_skia::{Pixmap, PixmapPaint, Transform},
    usvg::{Group, Node},
};

use super::{blurs, coverage, effects, lines};
use crate::paint::{blend, geometry::PxRect, raster};

/// Whether a node is such a group, or contains one outside of other effects.
fn contains(node: &Node) -> bool {
    let Node::Group(group) = node else { return is_tiled(node) };
    match group.should_isolate() {
        true => blurs::effect(group).is_some() || mixes(node),
        false => group.children().iter().any(contains),
    }
}

/// Whether a node is painted with a pattern.
fn is_tiled(node: &Node) -> bool {
    matches!(node, Node::Path(path) if lines::is_tiled(path))
}

/// Whether resvg draws a node otherwise, or contains such a node outside of filters that resvg applies: it is blended by a
/// mode that mixes channels, painted with a pattern, or has a drop shadow, which resvg draws too light.
fn mixes(node: &Node) -> bool {
    let Node::Group(group) = node else { return is_tiled(node) };
    if blurs::is_shadow(group) {
        return true;
    }
    let is_applied = group.filters().is_empty() || blurs::effect(group).is_some();
    is_applied && (blend::is_own(effects::blend_mode(group.blend_mode())) || group.children().iter().any(mixes))
}

/// Draws a node at its position. `transform` is that of its parent.
pub fn draw(node: &Node, transform: Transform, pixmap: &mut Pixmap) {
    if let Node::Group(group) = node
        && contains(node)
    {
        match blurs::effect(group) {
            None if group.should_isolate() && mixes(node) => return draw_blended(group, transform, pixmap),
            Some(_) if blurs::draw(group, transform, draw, pixmap) => return,
            Some(_) => {}
            None => {
                let inside = transform.pre_concat(group.transform());
                return group.children().iter().for_each(|child| draw(child, inside, pixmap));
            }
        }
    }
    if let Node::Path(path) = node
        && lines::is_tiled(path)
    {
        return lines::draw(path, transform, draw, pixmap);
    }
    // resvg moves a node's box to the origin; translating by the box's position undoes that.
    if let Some(rect) = node.abs_layer_bounding_box() {
        resvg::render_node(node, transform.pre_translate(rect.x(), rect.y()), &mut pixmap.as_mut());
    } else if let Node::Path(path) = node {
        lines::stroke(path, transform, draw, pixmap);
    }
}

/// Draws a group without filters: its content, covered by its clip and mask, blended as one.
fn draw_blended(group: &Group, transform: Transform, pixmap: &mut Pixmap) {
    let transform = transform.pre_concat(group.transform());
    let canvas = PxRect::new(0, 0, pixmap.width(), pixmap.height());
    let Some(ink) = group.layer_bounding_box().transform(transform) else { return };
    let rect = PxRect::around([ink.left(), ink.top(), ink.right(), ink.bottom()]).grow(1).intersect(&canvas);
    let Some(mut layer) = Pixmap::new(rect.width(), rect.height()) else { return };
    let inside = transform.post_translate(-rect.x0 as f32, -rect.y0 as f32);
    group.children().iter().for_each(|child| draw(child, inside, &mut layer));
    if let Some(mask) = coverage::of(group, transform, rect, draw) {
        let pixels = layer.data_mut().as_chunks_mut::<4>().0;
        for (pixel, cover) in pixels.iter_mut().zip(mask.coverage) {
            *pixel = pixel.map(|channel| raster::mul255(channel, cover));
        }
    }
    let (mode, opacity) = (effects::blend_mode(group.blend_mode()), group.opacity().get());
    if !blend::is_own(mode) {
        let paint = PixmapPaint { opacity, blend_mode: mode, ..PixmapPaint::default() };
        return pixmap.draw_pixmap(rect.x0, rect.y0, layer.as_ref(), &paint, Transform::identity(), None);
    }
    let width = canvas.width() as usize;
    let (from, to) = (layer.data().as_chunks::<4>().0, pixmap.data_mut().as_chunks_mut::<4>().0);
    let rows = to.chunks_exact_mut(width).skip(rect.y0 as usize);
    for (row, from) in rows.zip(from.chunks_exact(rect.width() as usize)) {
        blend::blend(&mut row[rect.x0 as usize..rect.x1 as usize], from, mode, opacity);
    }
}
