//! Layers below each other: see [`super::flow`].

use super::{Layer, flow::fields::Container};

pub use super::shape::Planned;

/// The fields of a column whose children are layers of any kind.
pub type Column = Container<Layer, true>;
