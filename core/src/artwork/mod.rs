//! SVG artwork: parsed, checked, cut into segments around slots, silhouettes of its elements.

mod blurred;
mod css;
mod cut;
mod effort;
pub mod memory;
mod references;
pub mod silhouette;
pub mod svg;
