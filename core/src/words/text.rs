//! Fonts and texts.

crate::words! {
    error font_invalid(name): "{name} is not a readable font";
    message font_files(): "put TrueType or OpenType files (.ttf, .otf, .ttc) into the fonts folder";
    message template_font_files(): "put TrueType or OpenType files (.ttf, .otf, .ttc) into the template's folder fonts";
}
