//! Layers beside each other: see [`super::flow`].

use super::{Layer, flow::fields::Container};

pub use super::shape::Planned;

/// The fields of a row whose children are layers of any kind.
pub type Row = Container<Layer, false>;
