//! Planning of the background of containers. [`crate::plan`] lays out the children.

use super::fields::Container;
use crate::{
    layer::{content::Resolve, shape},
    plan::resolver::Resolver,
};

impl<L, const COLUMN: bool> Resolve for Container<L, COLUMN> {
    type Planned = shape::Planned;

    fn resolve(&self, pointer: &str, resolver: &mut Resolver<'_>) -> Option<shape::Planned> {
        let Self(flow) = self;
        Some(shape::Planned {
            background: resolver.background(pointer, flow.background.as_ref()),
            border_radius: flow.border_radius,
            border: flow.border,
            box_shadow: flow.box_shadow,
            opacity: 1.0,
        })
    }
}
