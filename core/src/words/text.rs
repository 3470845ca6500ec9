//! Fonts and texts.

use crate::error::Finding;

/// Whether a finding reports a text that was truncated because it does not fit.
pub fn is_truncation(finding: &Finding) -> bool {
    finding.code == text_truncated::CODE
}

crate::words! {
    error font_invalid(name): "{name} is not a readable font";
    message font_files(): "put TrueType or OpenType files (.ttf, .otf, .ttc) into the fonts folder";
    message template_font_files(): "put TrueType or OpenType files (.ttf, .otf, .ttc) into the template's folder fonts";
    warning text_truncated(): "the text does not fit and is truncated",
        hint: "shorten it, or give the layer more lines or space";
    warning glyph_missing(clusters): "no font has a glyph for {clusters}", hint: "add a suitable font to the fonts folder";
    warning glyph_missing as glyphs_missing(clusters, more): "no font has a glyph for {clusters} and {more} more",
        hint: "add suitable fonts to the fonts folder";
}
