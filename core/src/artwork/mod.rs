//! SVG artwork: parsed, checked, cut into segments around slots, silhouettes of its elements.

mod css;
mod cut;
mod effort;
mod references;
pub mod silhouette;
pub mod svg;
