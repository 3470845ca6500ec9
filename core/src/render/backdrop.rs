//! Resolves the `auto` settings of code layers from what is drawn beneath them, before the codes are fetched.

use std::collections::BTreeMap;

use super::{Placed, Renderer, gate::surroundings};
use crate::{
    code::CodeStyle,
    error::Result,
    legibility::{Backdrop, Form, StyleRequest, choose_styles},
    paint::{
        context::Observe,
        geometry::{PxRect, canvas_size},
    },
    plan::{Plan, ResolvedAssets},
    text::Shaper,
};

impl Renderer {
    /// Resolves the `auto` settings of a plan's codes from the layers beneath them, for [`ResolvedAssets::code_styles`]. The
    /// codes need not be fetched yet.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub(super) fn code_styles(
        &self,
        plan: &Plan,
        assets: &ResolvedAssets,
        observe: Observe<'_>,
    ) -> Result<BTreeMap<usize, CodeStyle>> {
        let backdrops =
            self.context.fonts_of(&plan.template).with_shaper(|shaper| self.backdrops(plan, assets, shaper, observe));
        Ok(choose_styles(&backdrops?))
    }

    fn backdrops(
        &self,
        plan: &Plan,
        assets: &ResolvedAssets,
        shaper: &mut Shaper,
        observe: Observe<'_>,
    ) -> Result<Vec<(usize, Backdrop, StyleRequest)>> {
        // Findings are discarded here: they are reported when the poster is rendered.
        let Placed { list, codes, .. } = self.place(plan, assets, true, shaper, &mut Vec::new(), observe)?;
        let (width, height) = canvas_size(plan.canvas, plan.scale);
        let canvas = PxRect::new(0, 0, width, height);
        let background = plan.canvas.background;
        codes
            .iter()
            .filter_map(|code| Some((code, code.request?)))
            .map(|(code, request)| {
                // A QR code's picture includes the quiet zone, and its plate does not extend beyond that.
                let around = match code.form {
                    Some(Form::Square(_)) => code.square,
                    _ => surroundings(code.form, code.square),
                };
                let frame = around.intersect(&canvas);
                let background = [background.r, background.g, background.b, 255];
                let pixels = self.region(frame, background, &list, Some(&code.item))?;
                let circle = (code.form == Some(Form::Round)).then(|| {
                    let radius = code.square.width() as f32 / 2.0;
                    let middle =
                        [code.square.x0 - frame.x0, code.square.y0 - frame.y0].map(|from| from as f32 + radius);
                    (middle, radius)
                });
                let backdrop = Backdrop { pixels, width: frame.width() as usize, circle };
                Ok((code.position, backdrop, request))
            })
            .collect()
    }
}
