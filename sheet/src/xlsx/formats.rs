//! The formats of cells by their style.

use std::collections::HashMap;

use super::{
    super::{
        style::CellFormat,
        styles::{self, CellStyle, Styles},
    },
    parts::Parts,
};

/// Maximum number of cell formats.
const MAX_FORMATS: usize = 70_000;

/// Reads the formats of a workbook.
pub fn read(parts: &mut Parts<'_>, workbook: &str) -> Styles {
    let mut found = Styles::default();
    let relations = parts.relations(workbook);
    let Some(part) = relations.into_iter().find(|relation| relation.kind.ends_with("/styles")) else {
        return found;
    };
    let (mut patterns, mut is_cells) = (HashMap::new(), false);
    // Whether each font is struck out.
    let (mut fonts, mut is_fonts) = (Vec::new(), false);
    let Some(mut tags) = parts.part(&part.target) else { return found };
    while let Ok(Some(tag)) = tags.next() {
        if tag.opens("numfmt") && patterns.len() < MAX_FORMATS {
            let code = tag.attribute("formatcode").unwrap_or_default();
            patterns.extend(tag.number("numfmtid").map(|id| (id, styles::of_xlsx(&code))));
        } else if tag.is("fonts") {
            is_fonts = !tag.is_closing && !tag.is_empty;
        } else if is_fonts && tag.opens("font") && fonts.len() < MAX_FORMATS {
            fonts.push(false);
        } else if is_fonts && tag.opens("strike") {
            let is_off = tag.attribute("val").is_some_and(|value| matches!(value.as_str(), "0" | "false"));
            fonts.last_mut().into_iter().for_each(|font| *font = !is_off);
        } else if tag.is("cellxfs") {
            is_cells = !tag.is_closing;
        } else if is_cells && tag.opens("xf") && found.looks.len() < MAX_FORMATS {
            let id = tag.number("numfmtid").unwrap_or_default();
            let font = tag.number("fontid").and_then(|id| usize::try_from(id).ok());
            found.struck.push(font.and_then(|id| fonts.get(id).copied()).unwrap_or_default());
            found.push(patterns.get(&id).cloned().unwrap_or_else(|| built_in(id)));
        }
    }
    found
}

/// The format without a declared pattern. The reader knows dates.
fn built_in(id: u64) -> CellStyle {
    match styles::built_in(u32::try_from(id).unwrap_or(u32::MAX)) {
        (CellFormat::Date | CellFormat::Duration, code) => (CellFormat::Usual, code),
        style => style,
    }
}
