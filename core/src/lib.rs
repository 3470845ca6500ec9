//! Draws share posters for WeChat mini-programs. Bytes in, bytes out.

pub mod artwork;
pub mod asset;
pub mod code;
pub mod encode;
pub mod error;
pub mod layer;
pub mod legibility;
pub mod paint;
pub mod plan;
pub mod render;
pub mod sample;
pub mod scene;
pub mod style;
pub mod template;
pub mod text;
pub mod words;

#[cfg(test)]
mod testing;
