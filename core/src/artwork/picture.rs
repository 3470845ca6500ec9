//! Pictures of artwork: what resvg would draw otherwise than browsers is decoded here.

use std::{borrow::Cow, io::Cursor, sync::Arc};

use image::{
    ExtendedColorType, ImageEncoder, ImageFormat,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use resvg::usvg::ImageKind;

use crate::{
    error::{Finding, Message},
    paint::{picture::Picture, png},
    words,
};

/// A picture by its bytes; the declared media type is ignored. One with an orientation, a colour profile, a fault that
/// browsers tolerate or a coding that resvg lacks becomes a PNG of its pixels, and the palette of a PNG is completed. SVG
/// is not accepted, since a nested SVG would bypass the checks. With the faults that were tolerated.
///
/// # Errors
/// The reason why it cannot be drawn, with its name.
pub fn kind(data: Arc<Vec<u8>>, name: impl Fn() -> Message) -> Result<(ImageKind, Vec<Finding>), Box<Finding>> {
    let picture = match Picture::decode_small(&data) {
        Ok(picture) => picture,
        Err(error) => return Err(Box::new(error.as_finding().within(|reason| words::artwork_picture(name(), reason)))),
    };
    let told = |fault: &Finding| fault.clone().within(|reason| words::artwork_picture_fault(name(), reason));
    let faults = picture.faults().iter().map(told).collect();
    if !picture.is_usual()
        && let Some(png) = encoded(&picture)
    {
        return Ok((ImageKind::PNG(Arc::new(png)), faults));
    }
    let kind = match image::guess_format(&data) {
        Ok(ImageFormat::Jpeg) => ImageKind::JPEG(data),
        Ok(ImageFormat::WebP) => ImageKind::WEBP(data),
        Ok(ImageFormat::Gif) => ImageKind::GIF(data),
        _ => {
            let completed = match png::read(&data).bytes {
                Cow::Owned(bytes) => Some(bytes),
                Cow::Borrowed(_) => None,
            };
            ImageKind::PNG(completed.map_or(data, Arc::new))
        }
    };
    Ok((kind, faults))
}

fn encoded(picture: &Picture) -> Option<Vec<u8>> {
    let mut png = Cursor::new(Vec::new());
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Up);
    let (pixels, size) = (picture.upright(), (picture.width(), picture.height()));
    encoder.write_image(pixels.as_flattened(), size.0, size.1, ExtendedColorType::Rgba8).ok()?;
    Some(png.into_inner())
}
