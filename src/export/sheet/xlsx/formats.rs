//! The formats of cells by their style.

use std::collections::HashMap;

use super::{
    super::style::{Look, built_in, look},
    parts::Parts,
};

/// Maximum number of cell formats.
const MAX_FORMATS: usize = 70_000;

/// Reads the formats of a workbook, by the style of a cell.
pub fn looks(parts: &mut Parts<'_>, workbook: &str) -> Vec<Look> {
    let relations = parts.relations(workbook);
    let Some(styles) = relations.into_iter().find(|relation| relation.kind.ends_with("/styles")) else {
        return Vec::new();
    };
    let (mut patterns, mut looks, mut is_cells) = (HashMap::new(), Vec::new(), false);
    let Some(mut tags) = parts.part(&styles.target) else { return looks };
    while let Ok(Some(tag)) = tags.next() {
        if tag.opens("numfmt") && patterns.len() < MAX_FORMATS {
            let code = tag.attribute("formatcode").unwrap_or_default();
            patterns.extend(tag.number("numfmtid").map(|id| (id, look(&code))));
        } else if tag.is("cellxfs") {
            is_cells = !tag.is_closing;
        } else if is_cells && tag.opens("xf") && looks.len() < MAX_FORMATS {
            let id = tag.number("numfmtid").unwrap_or_default();
            // The reader knows dates.
            let built_in = || match built_in(u32::try_from(id).unwrap_or(u32::MAX)) {
                Look::Date | Look::Duration => Look::Usual,
                look => look,
            };
            looks.push(patterns.get(&id).cloned().unwrap_or_else(built_in));
        }
    }
    looks
}
