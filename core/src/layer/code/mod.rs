//! The mini-program code.

mod draw;
pub mod fields;
mod need;
mod plan;
mod rules;
mod words;

pub use fields::Code;
pub(crate) use need::need;
pub use plan::{CENTER, Center, LayerPicture, PlannedCode as Planned, PlannedPlate};
pub(crate) use rules::same_look;
