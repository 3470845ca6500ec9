//! Pictures: photos, avatars, logos.

mod draw;
pub mod fields;
mod plan;
mod rules;

pub use fields::Image;
pub use plan::PlannedImage as Planned;
