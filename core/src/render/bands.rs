//! Bands of a poster: taken from the cache, or drawn and encoded.

use std::sync::Arc;

use super::{Renderer, scratch::Scratch};
use crate::{
    encode::{EncodedBand, Format},
    error::Result,
    paint::{
        cache::Weigh,
        context::{Observe, Stage},
        geometry::PxRect,
        list::{self, Brush, Item, Subject},
    },
    plan::Plan,
};

impl Weigh for EncodedBand {
    fn weigh(&self) -> usize {
        self.bytes.len() + 64
    }
}

impl Renderer {
    /// All bands, and how many of them were drawn.
    pub(super) fn bands(
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
