//! Strips of rows that artwork is drawn in, each on a pixmap.

use resvg::tiny_skia::{Pixmap, Transform};

use crate::{
    artwork::{cut::Drawn, node},
    error::{Error, ErrorKind, Result},
    paint::{geometry::PxRect, raster},
    words,
};

/// Transparent pixels.
pub fn blank(rect: PxRect) -> Result<Pixmap> {
    let (width, height) = (rect.width(), rect.height());
    Pixmap::new(width, height).ok_or_else(|| Error::of(ErrorKind::Invalid, words::canvas_size(width, height)))
}

/// Blends a pixmap with another one of the same size, within `clip`.
fn blend(from: &Pixmap, clip: PxRect, to: &mut Pixmap) {
    let frame = PxRect::new(0, 0, to.width(), to.height());
    let hit = clip.intersect(&frame);
    if hit.is_empty() {
        return;
    }
    let width = frame.width() as usize;
    let (source, target) = (from.data().as_chunks::<4>().0, to.data_mut().as_chunks_mut::<4>().0);
    for y in hit.y0..hit.y1 {
        let row = y as usize * width;
        let span = row + hit.x0 as usize..row + hit.x1 as usize;
        raster::blend_row(&mut target[span.clone()], &source[span]);
    }
}

/// Draws nodes to a strip, whose corner is that of the pixmap. `root` leads from the artwork's units to output px.
pub fn paint(root: Transform, nodes: &[Drawn<'_>], pixmap: &mut Pixmap, strip: PxRect) -> Result<()> {
    let (x, y) = (strip.x0, strip.y0);
    let root = root.post_translate(-x as f32, -y as f32);
    for run in nodes.chunk_by(|one, next| one.clip == next.clip) {
        let draw = |pixmap: &mut Pixmap| {
            run.iter().for_each(|drawn| node::draw(drawn.node, root.pre_concat(drawn.transform), pixmap));
        };
        match run.first().and_then(|drawn| drawn.clip) {
            None => draw(pixmap),
            Some(clip) if clip.intersect(&strip).is_empty() => {}
            Some(clip) => {
                let mut layer = blank(strip)?;
                draw(&mut layer);
                blend(&layer, clip.shift(-x, -y), pixmap);
            }
        }
    }
    Ok(())
}
