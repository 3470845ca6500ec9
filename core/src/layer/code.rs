//! The mini-program code, with its plate.

use super::{PlacedCode, Placer, shape::BoxStyle};
use crate::{
    error::{Error, Finding, Kind, Result},
    paint::picture::is_picture_error,
    plan::Code,
    style::{Color, ObjectFit, Radius},
};

/// Width of the ring around the picture in a code's middle, as a part of its diameter.
const RING: f32 = 0.06;

impl Placer<'_, '_> {
    pub(super) fn code(&mut self, position: usize, layer: &str, code: &Code, rect: [f32; 4]) -> Result<()> {
        let mut inner = rect;
        if let Some(plate) = code.plate {
            let padding = plate.padding;
            let decided = self.gathered.looks.get(&position).and_then(|look| look.plate);
            if !plate.auto || decided.unwrap_or(!self.beneath) {
                self.plain_box(
                    BoxStyle {
                        background: Some(plate.background),
                        border_radius: plate.border_radius,
                        ..BoxStyle::PLAIN
                    },
                    rect,
                );
            }
            inner = [rect[0] + padding, rect[1] + padding, rect[2] - 2.0 * padding, rect[3] - 2.0 * padding];
        }
        // The largest centred square: a code that is stretched cannot be scanned.
        let side = inner[2].min(inner[3]);
        let square = [inner[0] + (inner[2] - side) / 2.0, inner[1] + (inner[3] - side) / 2.0, side, side];
        let given = code.given.is_some();
        if self.beneath {
            let (item, square) = (self.items.len(), self.px(square));
            self.codes.push(PlacedCode { position, item, pointer: layer.to_owned(), square, given, center: 0.0 });
            return Ok(());
        }
        let drawn = self.px(square).width();
        let asset = self
            .gathered
            .assets
            .get(position)
            .cloned()
            .flatten()
            .ok_or_else(|| Error::new(Kind::Internal, "internal", format!("{layer} was given no code to draw")))?;
        let blamed = match (&code.given, &self.plan.code) {
            (Some(given), _) => given.pointer.as_str(),
            (None, need) => {
                if let Some(need) = need.as_ref().filter(|need| drawn > need.width) {
                    let message =
                        format!("the code is drawn with {drawn} px, larger than the {} px it has", need.width);
                    let finding = Finding::warning("code_enlarged", message).pointer(layer);
                    self.findings
                        .push(finding.hint("WeChat draws at most 1280 px: make the layer or the scale smaller"));
                }
                "/code"
            }
        };
        self.fitted("code", asset, ObjectFit::Contain.into(), &BoxStyle::PLAIN, square, blamed)?;
        let item = self.items.len().saturating_sub(1);
        let center = self.center(position, code, square)?;
        self.codes.push(PlacedCode {
            position,
            item,
            pointer: layer.to_owned(),
            square: self.px(square),
            given,
            center,
        });
        Ok(())
    }

    /// The picture in a code's middle: its diameter in output px, 0 when there is none.
    fn center(&mut self, position: usize, code: &Code, [x, y, side, _]: [f32; 4]) -> Result<f32> {
        let Some((center, asset)) = code.center.as_ref().zip(self.gathered.centers.get(&position).cloned()) else {
            return Ok(0.0);
        };
        let circle = |size: f32| [x + (side - size) / 2.0, y + (side - size) / 2.0, size, size];
        let (outer, inner) = (circle(center.size * side), circle(center.size * side * (1.0 - 2.0 * RING)));
        let ring = BoxStyle { background: Some(Color::white()), border_radius: Radius::Half, ..BoxStyle::PLAIN };
        let picture = BoxStyle { border_radius: Radius::Half, ..ring.clone() };
        match self.fitted("center", asset, ObjectFit::Cover.into(), &picture, inner, &center.picture.pointer) {
            Ok(()) => {
                // The ring lies under the picture, but is drawn only when there is one.
                self.plain_box(ring, outer);
                let last = self.items.len().saturating_sub(1);
                self.items.swap(last.saturating_sub(1), last);
                Ok(self.px(outer).width() as f32)
            }
            // A poster without the avatar is better than none.
            Err(error) if is_picture_error(&error) => {
                self.warn(&error);
                Ok(0.0)
            }
            Err(error) => Err(error),
        }
    }
}
