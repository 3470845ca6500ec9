//! Findings of text layers.

use crate::error::Finding;

/// Whether a finding reports a text that was truncated because it does not fit.
pub fn is_truncation(finding: &Finding) -> bool {
    std::ptr::eq(finding.row(), &row::text_truncated)
}

crate::words! {
    error text_missing(): "the layer has neither `text` nor `spans`",
        hint: "add \"text\": \"...\" or \"spans\": [{{ \"text\": \"...\" }}]";
    error text_twice(): "the layer has both `text` and `spans`", hint: "keep one of them";
    error font_size_range(minimum): "`min_font_size` is {minimum} px, greater than `font_size`";
    error gradient_order(): "the positions of a gradient's stops must ascend";
    error text_too_long(maximum): "more than {maximum} characters of text",
        hint: "set a smaller \"maxLength\" for texts or \"maxItems\" for lists";
    warning font_unknown(family, known): "unknown font family {family}",
        hint: "use one of {known}, or add its file to the fonts folder";
    warning text_truncated(): "the text does not fit and is truncated",
        hint: "shorten it, or give the layer more lines or space";
    warning glyph_missing(clusters): "no font has a glyph for {clusters}", hint: "add a suitable font to the fonts folder";
    warning glyph_missing as glyphs_missing(clusters, more): "no font has a glyph for {clusters} and {more} more",
        hint: "add suitable fonts to the fonts folder";
}
