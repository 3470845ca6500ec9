//! What values depend on besides their text.

/// What the value of a property may depend on.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    /// The element's `color`.
    pub color: &'c str,
    /// Whether its `color-scheme` is dark, for `light-dark()` and colours of the system.
    pub is_dark: bool,
    /// Its font size, px.
    pub font_size: f64,
    /// Font size of the root, px.
    pub root_font_size: f64,
    /// Width and height of the viewport, px, of which percentages are shares.
    pub viewport: [f64; 2],
    /// Width and height of the artwork, px, of which `vw` and `vh` are shares.
    pub screen: [f64; 2],
    /// What 100 % is in px, where a value is a share of something that is known.
    pub whole: Option<f64>,
    /// Whether the value is in an attribute, where lengths need no unit.
    pub is_attribute: bool,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self {
            color: "#000",
            is_dark: false,
            font_size: 16.0,
            root_font_size: 16.0,
            viewport: [100.0; 2],
            screen: [100.0; 2],
            whole: None,
            is_attribute: false,
        }
    }
}
