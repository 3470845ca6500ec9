//! Pixels: rasters, rounded rectangles and shadows, glyphs, pictures, fit, blur, gradients; the display list with its keys
//! and caches.

pub mod attention;
pub mod blend;
pub mod blur;
pub mod cache;
pub mod composite;
pub mod context;
mod decode;
pub mod fit;
pub mod geometry;
mod gif;
pub mod glyph;
pub mod gradient;
pub mod header;
pub mod ink;
mod jpeg;
pub mod key;
pub mod list;
mod mask;
pub mod orient;
pub mod picture;
mod pixel;
pub(crate) mod png;
mod profile;
pub mod raster;
pub mod resize;
pub mod rotate;
pub mod rounded_rect;
pub mod segment;
pub mod shadow;
mod target;
