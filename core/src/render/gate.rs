//! Legibility gate: draws each code with its surroundings, separately from the bands, and checks that it can be
//! scanned.

use std::sync::Arc;

use super::Renderer;
use crate::paint::{
    cache::Weigh,
    geometry::PxRect,
    list::{self, Brush, Item},
};
use crate::{
    error::{Finding, Result},
    layer::PlacedCode,
    legibility::{self, Form, Report, Spot},
    plan::Plan,
};

impl Weigh for Report {
    fn weigh(&self) -> usize {
        size_of::<Self>() + self.findings.iter().map(|f| size_of::<Finding>() + f.message.len() + 64).sum::<usize>()
    }
}

impl Renderer {
    /// Checks every code of a display list. Reports are cached by everything that is drawn around a code.
    ///
    /// # Errors
    /// A picture that cannot be drawn.
    pub(super) fn judge(
        &self,
        plan: &Plan,
        list: &[Item<'_>],
        codes: &[PlacedCode<'_>],
        (width, height): (u32, u32),
    ) -> Result<Vec<Arc<Report>>> {
        let canvas = PxRect::new(0, 0, width, height);
        codes
            .iter()
            .map(|code| {
                let frame = surroundings(code.form, code.square).intersect(&canvas);
                let own = (plan.canvas.background, code.pointer, code.form, code.center);
                let key = self.context.key("gate").data(&own);
                let key = list::hash(list, key.data(&code.square), &frame).finish();
                self.reports.try_get_or(key, || {
                    let background = plan.canvas.background;
                    let background = [background.r, background.g, background.b, 255];
                    let finished = self.region(frame, background, list, None)?;
                    let own = list::find(list, &code.item).map(std::slice::from_ref).unwrap_or_default();
                    let alone = self.region(frame, [0; 4], own, None)?;
                    let form = code.form.unwrap_or_else(|| legibility::form(&alone, frame.width() as usize));
                    Ok(report(&finished, &alone, frame, code, form))
                })
            })
            .collect()
    }

    /// Draws items over `backdrop` into a part of the canvas: those before the path `until`, if it is given.
    pub(super) fn region(
        &self,
        frame: PxRect,
        backdrop: [u8; 4],
        list: &[Item<'_>],
        until: Option<&[usize]>,
    ) -> Result<Vec<[u8; 4]>> {
        let mut pixels = vec![backdrop; (frame.width() * frame.height()) as usize];
        let mut brush = Brush { paints: &self.context, observe: &mut |_| Ok(()) };
        list::draw(list, until, frame, &mut pixels, &mut brush)?;
        Ok(pixels)
    }
}

/// A code's square with the margin around it that affects legibility.
pub(super) fn surroundings(form: Option<Form<'_>>, square: PxRect) -> PxRect {
    let margin = legibility::margin(form.unwrap_or(Form::Square(None)), square.width());
    square.grow(margin as i32)
}

fn report(finished: &[[u8; 4]], alone: &[[u8; 4]], frame: PxRect, code: &PlacedCode<'_>, form: Form<'_>) -> Report {
    let seen = code.square.intersect(&frame);
    let within = |v: i32, from: i32| (v - from).max(0) as usize;
    let square =
        [within(seen.x0, frame.x0), within(seen.y0, frame.y0), within(seen.x1, frame.x0), within(seen.y1, frame.y0)];
    let mut report = legibility::examine(&Spot {
        finished,
        alone,
        width: frame.width() as usize,
        square,
        form,
        center: code.center,
    });
    for finding in &mut report.findings {
        finding.pointer = Some(code.pointer.to_owned());
    }
    report
}
