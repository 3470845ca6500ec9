//! The mini-program code, with its plate.

use super::{PlacedCode, Placer, shape::BoxStyle};
use crate::{
    error::{Error, Finding, Kind, Result},
    plan::Code,
    template::{layout::ObjectFit, style::Radius},
};

impl Placer<'_, '_> {
    pub(super) fn code(&mut self, position: usize, layer: &str, code: &Code, rect: [f32; 4]) -> Result<()> {
        let plain = BoxStyle { background: None, border: None, border_radius: Radius::Px(0.0), opacity: 1.0 };
        let mut inner = rect;
        if let Some(plate) = code.plate {
            let padding = plate.padding;
            self.plain_box(
                BoxStyle { background: Some(plate.background), border_radius: plate.border_radius, ..plain },
                rect,
            );
            inner = [rect[0] + padding, rect[1] + padding, rect[2] - 2.0 * padding, rect[3] - 2.0 * padding];
        }
        // The largest centred square: a code that is stretched cannot be scanned.
        let side = inner[2].min(inner[3]);
        let square = [inner[0] + (inner[2] - side) / 2.0, inner[1] + (inner[3] - side) / 2.0, side, side];
        let drawn = self.px(square).width();
        let asset = self
            .gathered
            .assets
            .get(position)
            .cloned()
            .flatten()
            .ok_or_else(|| Error::new(Kind::Internal, "internal", format!("{layer} was given no code to draw")))?;
        if let Some(need) = &self.plan.code
            && drawn > need.width
        {
            let message = format!("the code is drawn with {drawn} px, larger than the {} px it has", need.width);
            let finding = Finding::warning("code_enlarged", message).pointer(layer);
            self.findings.push(finding.hint("WeChat draws at most 1280 px: make the layer or the scale smaller"));
        }
        self.fitted("code", asset, ObjectFit::Contain, plain, square, "/code")?;
        if let Some(item) = self.items.len().checked_sub(1) {
            self.codes.push(PlacedCode { item, pointer: layer.to_owned(), square: self.px(square) });
        }
        Ok(())
    }
}
