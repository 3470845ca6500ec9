//! Drawing of pictures.

use std::sync::Arc;

use super::{plan::PlannedImage, words};
use crate::{
    asset::{AssetSource, OnError},
    error::{Error, ErrorKind, Result},
    layer::{
        boxes::BoxStyle,
        content::Role,
        placer::{Draw, Placement, Placer},
    },
    paint::{fit::Fit, ink::Ink, picture::is_picture_error},
    words::quote,
};

impl Draw for PlannedImage {
    fn draw<'a>(&'a self, layer: Placement<'a>, placer: &mut Placer<'a, '_>) -> Result<Option<Arc<Ink>>> {
        let style = BoxStyle {
            background: self.background,
            border: self.border,
            border_radius: self.border_radius,
            mask: self.mask.as_ref().and_then(|id| placer.silhouettes.get(id).cloned()),
            opacity: self.opacity,
            rotate: self.rotate,
        };
        let fit = Fit {
            object_fit: self.object_fit,
            position: self.object_position,
            blur: self.blur * placer.plan.scale,
            grayscale: self.grayscale,
            brightness: self.brightness,
            full_size: false,
        };
        if let Some(shadow) = self.box_shadow {
            placer.shadow(shadow, &style, layer)?;
        }
        let asset = placer.assets.get(layer.position, Role::CONTENT).cloned();
        if asset.is_none() && self.source.is_some() && self.on_error == OnError::Hide {
            placer.plain_box(style, layer)?;
            return Ok(None);
        }
        if let Some(asset) = asset {
            match placer.fitted("image", asset, fit, &style, layer, &self.pointer) {
                Ok(()) => return Ok(None),
                Err(error) if self.on_error == OnError::Fail || !is_picture_error(&error) => return Err(error),
                Err(error) => {
                    placer.warn(&error);
                    if self.on_error == OnError::Hide {
                        placer.plain_box(style, layer)?;
                        return Ok(None);
                    }
                }
            }
        }
        match &self.fallback {
            Some(AssetSource::File(name)) => {
                let pointer = format!("{}/fallback", layer.pointer);
                let asset = placer.plan.template.asset(name).ok_or_else(|| {
                    Error::of(ErrorKind::Invalid, words::asset_missing(quote(name))).pointer(&pointer)
                })?;
                placer.fitted("image", asset, fit, &style, layer, &pointer)?;
            }
            _ => placer.plain_box(style, layer)?,
        }
        Ok(None)
    }
}
