//! SVG artwork: parsed, checked, cut into segments around slots, silhouettes of its elements.

mod cut;
mod effort;
pub mod memory;
pub mod node;
mod references;
pub mod silhouette;
pub mod svg;
