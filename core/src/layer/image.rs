//! Pictures: photos, avatars, logos.

use super::{
    Placer,
    shape::{BoxStyle, boxed, within},
};
use crate::{
    asset::{Asset, OnError, Source},
    error::{Error, Finding, Kind, Origin, Result, Severity},
    paint::{
        fit::Fit,
        list::Paint,
        picture::{Picture, is_picture_error},
        rotate,
    },
    plan::Image,
};

impl<'a> Placer<'a, '_> {
    pub(super) fn image(&mut self, position: usize, layer: &str, image: &'a Image, rect: [f32; 4]) -> Result<()> {
        let style = BoxStyle {
            background: image.background,
            border: image.border,
            border_radius: image.border_radius,
            mask: image.mask.as_ref().and_then(|id| self.silhouettes.get(id).cloned()),
            opacity: image.opacity,
            rotate: image.rotate,
        };
        let fit = Fit {
            object_fit: image.object_fit,
            position: image.object_position,
            blur: image.blur * self.plan.scale,
            grayscale: image.grayscale,
            brightness: image.brightness,
        };
        if let Some(shadow) = image.box_shadow {
            self.shadow(shadow, &style, rect);
        }
        let asset = self.gathered.assets.get(position).cloned().flatten();
        if asset.is_none() && image.source.is_some() && image.on_error == OnError::Hide {
            self.plain_box(style, rect);
            return Ok(());
        }
        if let Some(asset) = asset {
            match self.fitted("image", asset, fit, &style, rect, &image.pointer) {
                Ok(()) => return Ok(()),
                Err(error) if image.on_error == OnError::Fail || !is_picture_error(&error) => return Err(error),
                Err(error) => {
                    self.warn(&error);
                    if image.on_error == OnError::Hide {
                        self.plain_box(style, rect);
                        return Ok(());
                    }
                }
            }
        }
        match &image.fallback {
            Some(Source::File(name)) => {
                let pointer = format!("{layer}/fallback");
                let asset = self.plan.template.files.get(name).cloned().map(Asset::new).ok_or_else(|| {
                    Error::new(Kind::Invalid, "asset_missing", format!("the template has no file {name:?}"))
                        .pointer(&pointer)
                })?;
                self.fitted("image", asset, fit, &style, rect, &pointer)
            }
            _ => {
                self.plain_box(style, rect);
                Ok(())
            }
        }
    }

    /// Tells of a picture that is left out.
    pub(super) fn warn(&mut self, error: &Error) {
        let as_warning = |f: &Finding| Finding { severity: Severity::Warning, ..f.clone() };
        self.findings.extend(error.all_findings().iter().map(as_warning));
    }

    /// A picture fitted into a box. `pointer` is what an error blames.
    pub(super) fn fitted(
        &mut self,
        kind: &str,
        asset: Asset,
        fit: Fit,
        style: &BoxStyle,
        rect: [f32; 4],
        pointer: &str,
    ) -> Result<()> {
        let (rect, scale, canvas) = (self.px(rect), self.plan.scale, self.canvas());
        let key = self.key(kind).hash(&asset.hash).data(&(rect, fit, style)).finish();
        let (bytes, style) = (asset.bytes.clone(), style.clone());
        let bounds = rotate::bounds(rect, rotate::middle(rect), style.rotate);
        self.picture(key, bounds, &asset, move || {
            let rect = within(rect, canvas, "box")?;
            let picture = Picture::decode(&bytes)?;
            let fitted = fit.fit(&picture, rect.width(), rect.height())?;
            Ok(Paint::Raster(boxed(rect, canvas, &style, scale, Some(fitted))))
        })
        // The pointer is no part of what is known of a picture: the next poster has it in another place.
        .map_err(|e| if is_picture_error(&e) { blame(&e, pointer) } else { e })
    }
}

/// A picture's error with the pointer of the parameter that named it.
fn blame(error: &Error, pointer: &str) -> Error {
    Error::findings(error.kind(), error.code(), vec![error.as_finding().pointer(pointer)]).origin(Origin::Picture)
}
