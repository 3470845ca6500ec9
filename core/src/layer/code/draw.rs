//! Drawing of the mini-program code, with its plate and its centre.

use std::sync::Arc;

use super::{
    plan::{CENTER, PlannedCode},
    words,
};
use crate::{
    code::{CodeNeed, Opens, WIDTH},
    error::{Error, Result},
    layer::{
        boxes::BoxStyle,
        content::Role,
        placer::{Draw, PlacedCode, Placement, Placer},
    },
    legibility::{Form, StyleRequest},
    paint::{fit::Fit, ink::Ink, picture::is_picture_error},
    plan::Plan,
    style::{Color, ObjectFit, Radius},
};

/// Width of the ring around the picture in a code's middle, as a part of its diameter.
const RING: f32 = 0.06;

impl Draw for PlannedCode {
    fn draw<'a>(&'a self, layer: Placement<'a>, placer: &mut Placer<'a, '_>) -> Result<Option<Arc<Ink>>> {
        let (plan, mut inner) = (placer.plan, layer.rect);
        if let Some(plate) = self.plate {
            let decided = placer.assets.code_styles.get(&layer.position).and_then(|style| style.plate);
            if !plate.auto || decided.unwrap_or(!placer.beneath) {
                placer.plain_box(
                    BoxStyle {
                        background: Some(plate.background),
                        border_radius: plate.border_radius,
                        ..BoxStyle::PLAIN
                    },
                    layer,
                )?;
            }
            let ([x, y, width, height], padding) = (layer.rect, plate.padding);
            inner = [x + padding, y + padding, width - 2.0 * padding, height - 2.0 * padding];
        }
        // The largest centred square: stretched codes do not scan.
        let side = inner[2].min(inner[3]);
        let rect = [inner[0] + (inner[2] - side) / 2.0, inner[1] + (inner[3] - side) / 2.0, side, side];
        let square = placer.px(rect);
        let placed = |item: Vec<usize>, center: f32| PlacedCode {
            position: layer.position,
            item,
            pointer: layer.pointer,
            square,
            form: form(plan, self),
            center,
            request: Some(request(plan, self)),
        };
        if placer.beneath {
            placer.codes.push(placed(placer.path(placer.items.len()), 0.0));
            return Ok(None);
        }
        let drawn = square.width();
        let asset = placer
            .assets
            .get(layer.position, Role::CONTENT)
            .cloned()
            .ok_or_else(|| Error::internal(format!("no picture of the code of {}", layer.pointer)))?;
        let blamed = match (&self.given, &plan.code) {
            (Some(given), _) => given.pointer.as_str(),
            (None, need) => {
                if let Some(need) = need.as_ref().filter(|need| drawn > need.width) {
                    let finding = words::code_enlarged(drawn, need.width, WIDTH.end());
                    placer.findings.push(finding.pointer(layer.pointer));
                }
                "/code"
            }
        };
        let code = Placement { rect, ..layer };
        let fit = Fit { full_size: true, ..Fit::from(ObjectFit::Contain) };
        placer.fitted("code", asset, fit, &BoxStyle::PLAIN, code, blamed)?;
        let item = placer.path(placer.items.len().saturating_sub(1));
        let center = placer.center(self, code)?;
        placer.codes.push(placed(item, center));
        Ok(None)
    }
}

impl Placer<'_, '_> {
    /// Adds the picture in the middle of a code in a square. Returns its diameter in output px, 0 without one.
    fn center(&mut self, code: &PlannedCode, square: Placement<'_>) -> Result<f32> {
        let Some((center, asset)) = code.center.as_ref().zip(self.assets.get(square.position, CENTER).cloned()) else {
            return Ok(0.0);
        };
        let [x, y, side, _] = square.rect;
        let circle = |size: f32| {
            let rect = [x + (side - size) / 2.0, y + (side - size) / 2.0, size, size];
            Placement { rect, ..square }
        };
        let (outer, inner) = (circle(center.size * side), circle(center.size * side * (1.0 - 2.0 * RING)));
        let ring = BoxStyle { background: Some(Color::white()), border_radius: Radius::Half, ..BoxStyle::PLAIN };
        let picture = BoxStyle { border_radius: Radius::Half, ..ring.clone() };
        match self.fitted("center", asset, ObjectFit::Cover.into(), &picture, inner, &center.picture.pointer) {
            Ok(()) => {
                // The ring lies under the picture, but is added only if the picture is valid.
                self.plain_box(ring, outer)?;
                let last = self.items.len().saturating_sub(1);
                self.items.swap(last.saturating_sub(1), last);
                Ok(self.px(outer.rect).width() as f32)
            }
            // The avatar is optional.
            Err(error) if is_picture_error(&error) => {
                self.warn(&error);
                Ok(0.0)
            }
            Err(error) => Err(error),
        }
    }
}

/// The form of a code; none for a given picture, whose form shows only once it is drawn.
fn form<'p>(plan: &'p Plan, code: &PlannedCode) -> Option<Form<'p>> {
    match plan.code.as_ref().map(|need| &need.opens) {
        _ if code.given.is_some() => None,
        Some(Opens::Qr { text }) => Some(Form::Square(Some(text))),
        Some(Opens::Square { .. }) => Some(Form::Square(None)),
        _ => Some(Form::Round),
    }
}

/// Appearance of a code that the pixels beneath it decide.
fn request(plan: &Plan, code: &PlannedCode) -> StyleRequest {
    let color = match plan.code.as_ref().filter(|_| code.given.is_none()) {
        Some(_) if plan.auto_line_color => None,
        Some(CodeNeed { line_color: Some([r, g, b]), .. }) => Some(Color { r: *r, g: *g, b: *b, a: 255 }),
        // WeChat's own choice is dark; the colour of a given code is unknown.
        _ => Some(Color::BLACK),
    };
    StyleRequest { color, plate: code.plate.filter(|plate| plate.auto).map(|plate| plate.background) }
}
