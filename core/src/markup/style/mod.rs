//! Styles: the CSS cascade of every element, resolved into presentation attributes.

mod candidates;
mod cascade;
mod functions;
pub mod length;
pub mod properties;
mod transform;
pub mod values;
mod vars;

pub use cascade::{font_size, resolve, viewport};
pub use transform::origin;

/// What the value of a property may depend on.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    /// The element's `color`.
    pub color: &'c str,
    /// Its font size, px.
    pub font_size: f64,
    /// Font size of the root, px.
    pub root_font_size: f64,
    /// Width and height of the viewport, px.
    pub viewport: [f64; 2],
    /// Whether the value stands in an attribute, where lengths need no unit.
    pub is_attribute: bool,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self { color: "#000", font_size: 16.0, root_font_size: 16.0, viewport: [100.0; 2], is_attribute: false }
    }
}
