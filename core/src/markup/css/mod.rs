//! CSS of artwork: reading, selecting elements, colours.

pub mod color;
mod conditions;
pub mod context;
mod derived;
mod formula;
mod layers;
pub mod length;
pub mod media;
pub mod mixing;
pub mod rules;
pub mod scan;
pub mod selector;
pub mod sheet;
mod supports;
