//! Layers beside each other: see [`super::flow`].

use super::{Layer, flow::fields::Container};

pub use super::shape::Planned;

/// The fields of a row. A container holds layers of any kind: here the types meet.
pub type Row = Container<Layer, false>;
