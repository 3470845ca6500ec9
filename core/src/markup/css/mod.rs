//! CSS of artwork: reading, selecting elements, colours.

pub mod color;
pub mod rules;
pub mod scan;
pub mod selector;
pub mod sheet;
