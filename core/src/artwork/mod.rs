//! SVG artwork: parsed, checked, cut into segments around slots, silhouettes of its elements.

mod css;
mod cut;
mod effort;
pub mod memory;
pub mod node;
mod picture;
mod references;
pub mod silhouette;
pub mod svg;
