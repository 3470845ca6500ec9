//! Layers below each other: see [`super::flow`].

use super::{Layer, flow::fields::Container};

pub use super::shape::Planned;

/// The fields of a column. A container holds layers of any kind: here the types meet.
pub type Column = Container<Layer, true>;
