//! Rectangles, rounded or round.

mod draw;
pub mod fields;
mod plan;
mod rules;

pub use fields::Shape;
pub use plan::PlannedShape as Planned;
