//! Resizing of RGB and RGBA pixels. The library's entry point for any kind of pixel would be compiled into this crate
//! for every kind that there is; here the two that occur are named.

use fast_image_resize::{
    FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::{U8x3, U8x4},
};

use super::picture;
use crate::error::{Error, Kind, Result};

/// A part of a picture: left, top, width, height in px.
pub type Crop = [f64; 4];

/// Resizes RGB bytes to opaque pixels. Shrinking prefilters (Catmull-Rom over the whole footprint).
pub fn rgb(bytes: &[u8], from: (u32, u32), to: (u32, u32), crop: Crop) -> Result<Vec<[u8; 4]>> {
    let resized = resize::<U8x3>(bytes, from, to, crop)?;
    Ok(resized.pixels().iter().map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2], 255]).collect())
}

/// Resizes RGBA bytes to premultiplied pixels. Colours of transparent pixels do not bleed.
pub fn rgba(bytes: &[u8], from: (u32, u32), to: (u32, u32), crop: Crop) -> Result<Vec<[u8; 4]>> {
    let resized = resize::<U8x4>(bytes, from, to, crop)?;
    Ok(resized.pixels().iter().map(|pixel| picture::premultiplied(pixel.0)).collect())
}

/// Resizes premultiplied pixels, byte by byte.
pub fn premultiplied(bytes: &[u8], from: (u32, u32), to: (u32, u32)) -> Result<Vec<[u8; 4]>> {
    let whole = ResizeOptions::new().use_alpha(false);
    let resized = resize_by::<U8x4>(bytes, from, to, whole)?;
    // The filter may give a colour that is a level more than its opacity.
    Ok(resized.pixels().iter().map(|pixel| pixel.0.map(|c| c.min(pixel.0[3]))).collect())
}

fn resize<P: PixelTrait>(bytes: &[u8], from: (u32, u32), to: (u32, u32), crop: Crop) -> Result<TypedImage<'static, P>> {
    resize_by(bytes, from, to, ResizeOptions::new().crop(crop[0], crop[1], crop[2], crop[3]))
}

fn resize_by<P: PixelTrait>(
    bytes: &[u8],
    from: (u32, u32),
    to: (u32, u32),
    options: ResizeOptions,
) -> Result<TypedImage<'static, P>> {
    let internal = |what: String| {
        Error::new(Kind::Internal, "picture_resize", "a picture could not be resized")
            .hint("this is a fault of haibao; its log says more")
            .source(what)
    };
    let source = TypedImageRef::<P>::from_buffer(from.0, from.1, bytes).map_err(|e| internal(e.to_string()))?;
    let mut target = TypedImage::<P>::new(to.0, to.1);
    let options = options.resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize_typed(&source, &mut target, &options).map_err(|e| internal(e.to_string()))?;
    Ok(target)
}
