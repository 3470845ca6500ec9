//! What rows and columns share: both are containers.

pub mod fields;
pub mod item;
mod plan;
mod rules;
pub mod sides;
mod words;
