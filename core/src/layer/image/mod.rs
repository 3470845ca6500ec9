//! Pictures: photos, avatars, logos.

mod draw;
pub mod fields;
mod plan;
mod rules;
mod words;

pub use fields::Image;
pub use plan::PlannedImage as Planned;
