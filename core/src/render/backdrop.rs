//! Resolves the `auto` settings of code layers from what is drawn beneath them, before the codes are fetched.

use std::collections::BTreeMap;

use super::{
    Placed, Renderer,
    gate::{form, surroundings},
};
use crate::paint::geometry::{PxRect, canvas_size};
use crate::{
    code::{CodeNeed, Look},
    error::Result,
    layer::PlacedCode,
    legibility::{Form, Ground, Wish, looks},
    plan::{Gathered, LayerKind, Plan},
    style::Color,
    text::Shaper,
};

impl Renderer {
    /// Resolves the `auto` settings of a plan's codes from the layers beneath them, for [`Gathered::looks`]. The codes
    /// need not be gathered yet.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub(super) fn looks(&self, plan: &Plan, gathered: &Gathered) -> Result<BTreeMap<usize, Look>> {
        let grounds = self.context.fonts.with_shaper(|shaper| self.grounds(plan, gathered, shaper));
        Ok(looks(&grounds?))
    }

    fn grounds(&self, plan: &Plan, gathered: &Gathered, shaper: &mut Shaper) -> Result<Vec<(usize, Ground, Wish)>> {
        // Findings are discarded here: they are reported when the poster is rendered.
        let Placed { list, codes, .. } = self.place(plan, gathered, true, shaper, &mut Vec::new(), &mut |_| {})?;
        let (width, height) = canvas_size(plan.canvas, plan.scale);
        let canvas = PxRect::new(0, 0, width, height);
        let background = plan.canvas.background;
        codes
            .iter()
            .map(|code| {
                let form = form(plan, code);
                // A QR code's picture includes the quiet zone, and its plate does not extend beyond that.
                let around = match form {
                    Some(Form::Square(_)) => code.square,
                    _ => surroundings(form, code.square),
                };
                let frame = around.intersect(&canvas);
                let below = list.iter().take(code.item).filter(|item| !item.bounds.intersect(&frame).is_empty());
                let pixels = self.region(frame, [background.r, background.g, background.b, 255], below)?;
                let is_round = form == Some(Form::Round);
                let ground = Ground { pixels, width: frame.width() as usize, is_round };
                Ok((code.position, ground, wish(plan, code)))
            })
            .collect()
    }
}

/// The code's colour (`None` when it is `auto`), and the colour of its plate if whether to show it is `auto`.
fn wish(plan: &Plan, code: &PlacedCode) -> Wish {
    let need = plan.code.as_ref().filter(|_| !code.given);
    let color = match need {
        Some(_) if plan.auto_line_color => None,
        Some(CodeNeed { line_color: Some([r, g, b]), .. }) => Some(Color { r: *r, g: *g, b: *b, a: 255 }),
        // WeChat's default is dark; the colour of a supplied code is unknown.
        _ => Some(Color::BLACK),
    };
    let plate = plan.layers.get(code.position).and_then(|layer| match &layer.kind {
        LayerKind::Code(code) => code.plate.filter(|plate| plate.auto).map(|plate| plate.background),
        _ => None,
    });
    Wish { color, plate }
}
