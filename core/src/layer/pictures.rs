//! Pictures fitted into boxes.

use super::{
    boxes::{BoxStyle, boxed},
    placer::{Placement, Placer},
};
use crate::{
    asset::Asset,
    error::{Domain, Error, Result},
    paint::{
        fit::Fit,
        list::Paint,
        picture::{Picture, is_picture_error},
        rotate,
    },
    words,
};

impl Placer<'_, '_> {
    /// Adds a picture fitted into the box of a layer.
    ///
    /// # Errors
    /// `picture_...` with this pointer if the picture cannot be used; `box_size` with the layer's.
    pub(crate) fn fitted(
        &mut self,
        kind: &str,
        asset: Asset,
        fit: Fit,
        style: &BoxStyle,
        layer: Placement<'_>,
        pointer: &str,
    ) -> Result<()> {
        let rect = self.checked_px(layer.pointer, layer.rect, words::part_box)?;
        let (scale, canvas) = (self.plan.scale, self.canvas());
        let key = self.key(kind).hash(&asset.hash).data(&(rect, fit, style, style.clip(canvas))).finish();
        let (bytes, style) = (asset.bytes.clone(), style.clone());
        let bounds = rotate::bounds(rect, rotate::middle(rect), style.rotate);
        self.picture(key, bounds, &asset, move || {
            let picture = Picture::decode(&bytes)?;
            let fitted = fit.fit(&picture, rect.width(), rect.height())?;
            Ok(Paint::Raster(boxed(rect, canvas, &style, scale, Some(fitted))))
        })
        // The pointer is not cached with the error: other posters use the picture elsewhere.
        .map_err(|e| if is_picture_error(&e) { blame(&e, pointer) } else { e })
    }
}

/// The error of a picture, with the pointer to report.
fn blame(error: &Error, pointer: &str) -> Error {
    Error::findings(error.kind(), error.code(), vec![error.as_finding().pointer(pointer)]).domain(Domain::Picture)
}
