//! The formats of cells by their style.

use std::{collections::HashMap, rc::Rc};

use super::{
    super::{
        display,
        style::{CellFormat, built_in, look},
        styles::Styles,
    },
    parts::Parts,
};

/// Maximum number of cell formats.
const MAX_FORMATS: usize = 70_000;

/// Reads the formats of a workbook.
pub fn styles(parts: &mut Parts<'_>, workbook: &str) -> Styles {
    let mut found = Styles::default();
    let relations = parts.relations(workbook);
    let Some(styles) = relations.into_iter().find(|relation| relation.kind.ends_with("/styles")) else {
        return found;
    };
    let (mut patterns, mut is_cells) = (HashMap::new(), false);
    // Whether each font is struck out.
    let (mut fonts, mut is_fonts) = (Vec::new(), false);
    let Some(mut tags) = parts.part(&styles.target) else { return found };
    while let Ok(Some(tag)) = tags.next() {
        if tag.opens("numfmt") && patterns.len() < MAX_FORMATS {
            let code = tag.attribute("formatcode").unwrap_or_default();
            patterns.extend(tag.number("numfmtid").map(|id| (id, (look(&code), Rc::<str>::from(code)))));
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
            let (look, code) = match patterns.get(&id) {
                Some((look, code)) => (look.clone(), Some(Rc::clone(code))),
                None => {
                    let id = u32::try_from(id).unwrap_or(u32::MAX);
                    // The reader knows dates.
                    let look = match built_in(id) {
                        CellFormat::Date | CellFormat::Duration => CellFormat::Usual,
                        look => look,
                    };
                    (look, display::built_in(id).map(Rc::from))
                }
            };
            let font = tag.number("fontid").and_then(|id| usize::try_from(id).ok());
            found.struck.push(font.and_then(|id| fonts.get(id).copied()).unwrap_or_default());
            found.push((look, code));
        }
    }
    found
}
