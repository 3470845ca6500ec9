//! Planning of what lies under the children of a container. [`crate::plan`] arranges the children.

use super::fields::Container;
use crate::{
    layer::{content::Resolve, shape::PlannedShape},
    plan::resolver::Resolver,
};

impl<L, const COLUMN: bool> Resolve for Container<L, COLUMN> {
    type Planned = PlannedShape;

    fn resolve(&self, pointer: &str, resolver: &mut Resolver<'_>) -> Option<PlannedShape> {
        let Self(flow) = self;
        Some(PlannedShape {
            background: resolver.background(pointer, flow.background.as_ref()),
            border_radius: flow.border_radius,
            border: flow.border,
            box_shadow: flow.box_shadow,
            opacity: 1.0,
        })
    }
}
