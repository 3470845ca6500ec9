//! Pictures fitted into boxes.

use std::sync::{Arc, OnceLock};

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
        let tolerated = Arc::new(OnceLock::new());
        let found = Arc::clone(&tolerated);
        let make = move || {
            let size = (rect.width(), rect.height());
            let picture = Picture::decode_for(&bytes, |picture| fit.scale(picture, size))?;
            found.get_or_init(|| picture.faults().to_vec());
            let fitted = fit.fit(&picture, size.0, size.1)?;
            Ok(Paint::Raster(boxed(rect, canvas, &style, scale, Some(fitted))))
        };
        // The paint may be cached although the faults are not.
        let bytes = &asset.bytes;
        let faults = || {
            let known = tolerated.get().cloned();
            known.unwrap_or_else(|| Picture::decode(bytes).map_or_else(|_| Vec::new(), |p| p.faults().to_vec()))
        };
        // The pointer is not cached with the error or the faults: other posters use the picture elsewhere.
        let faults = self
            .picture(key, bounds, &asset, make, faults)
            .map_err(|e| if is_picture_error(&e) { blame(&e, pointer) } else { e })?;
        self.findings.extend(faults.into_iter().map(|fault| fault.pointer(pointer)));
        Ok(())
    }
}

/// The error of a picture, with the pointer to report.
fn blame(error: &Error, pointer: &str) -> Error {
    Error::findings(error.kind(), error.code(), vec![error.as_finding().pointer(pointer)]).domain(Domain::Picture)
}
