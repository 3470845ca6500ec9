//! SVG artwork: parsed, checked, cut into segments around slots, its elements and their silhouettes.

mod backdrop;
mod blurs;
mod copies;
mod coverage;
mod cut;
mod effects;
mod effort;
mod extent;
mod filter;
mod lines;
pub mod memory;
pub mod node;
mod painter;
mod picture;
mod places;
#[cfg(test)]
mod random;
mod references;
pub mod segments;
pub mod shapes;
pub mod silhouette;
mod steps;
mod strip;
pub mod svg;
mod text;
