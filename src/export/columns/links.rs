//! Addresses that cells of pictures link to, where their text is none.

use std::{collections::BTreeMap, sync::Arc};

use super::{Columns, Target};
use crate::{
    export::pictures::Gallery,
    words::{self, quote},
};
use haibao_core::{
    error::Finding,
    template::{
        Template,
        assets::{FilePaths, source},
    },
};
use haibao_sheet::{Cell, Sheet};

impl Columns {
    /// Adds the addresses that cells of pictures link to, such as `查看图片`, to the pictures of cells. A cell with a picture, or with
    /// the text of a source, which may be one of a list, keeps that. Returns the notices, one for each column.
    pub fn add_links(&self, sheet: &Sheet, template: &Template, gallery: &mut Arc<Gallery>) -> Vec<Finding> {
        if sheet.links.is_empty() {
            return Vec::new();
        }
        let files: FilePaths = template.files.keys().cloned().collect();
        let typing = |column: usize| match self.targets.get(column) {
            Some(Target::Param(_, typing)) if typing.is_picture() => Some(typing),
            _ => None,
        };
        // Number of cells, and text and address of the first one, by column.
        let (mut used, mut columns) = (Vec::new(), BTreeMap::<usize, (usize, &str, &str)>::new());
        for (at, address) in &sheet.links {
            let (number, column) = *at;
            let Some(typing) = typing(column) else { continue };
            let Ok(row) = sheet.rows.binary_search_by_key(&number, |row| row.number) else { continue };
            let Cell::Text(text) = sheet.rows[row].get(column) else { continue };
            let is_source = typing.sources(text).iter().any(|one| gallery.has(one) || source(one, &files).is_ok());
            if is_source || gallery.cells.contains_key(at) || self.is_placeholder(column, text) {
                continue;
            }
            used.push((*at, Ok(address.clone())));
            columns.entry(column).or_insert((0, text.trim(), address.as_str())).0 += 1;
        }
        if !used.is_empty() {
            Arc::make_mut(gallery).cells.extend(used);
        }
        let notice = |(column, (count, text, address)): (usize, (usize, &str, &str))| {
            words::cells_linked(quote(&sheet.columns[column]), count, quote(text), quote(address))
        };
        columns.into_iter().map(notice).collect()
    }
}
