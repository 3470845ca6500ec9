//! Fonts and texts.

crate::words! {
    error font_invalid(name): "{name} is not a readable font";
}
