//! Reports pictures of a workbook that no poster uses, and texts that pictures hide.

use super::Target;
use crate::words;
use haibao_core::error::Finding;
use haibao_sheet::{CellList, Crop, IN_CELL, Sheet};

/// The notices about the pictures of a sheet whose columns set these targets.
pub fn pictures(sheet: &Sheet, targets: &[Target]) -> Vec<Finding> {
    let is_row = |row: u64| sheet.rows.binary_search_by_key(&row, |own| own.number);
    let is_picture =
        |column: usize| matches!(targets.get(column), Some(Target::Param(_, typing)) if typing.is_picture());
    let (mut unused, mut over, mut tall) = (CellList::default(), CellList::default(), CellList::default());
    let mut uncropped = CellList::default();
    for ((row, column), picture) in &sheet.pictures {
        match is_row(*row) {
            Ok(at) if is_picture(*column) => {
                if picture.crop == Some(Crop::Unread) {
                    uncropped.add(*row, *column);
                }
                let text = sheet.rows[at].get(*column).shown().trim();
                if !text.is_empty() && text != IN_CELL {
                    over.add(*row, *column);
                }
            }
            _ => unused.add(*row, *column),
        }
    }
    let unused = (unused.count > 0).then(|| words::pictures_unused(unused.count, unused.named()));
    // Those that are not used are reported as such.
    let is_used = |(row, column): &&(u64, usize)| is_row(*row).is_ok() && is_picture(*column);
    sheet.tall_pictures.iter().filter(is_used).for_each(|(row, column)| tall.add(*row, *column));
    let tall = (tall.count > 0).then(|| words::pictures_tall(tall.count, tall.named()));
    let over = (over.count > 0).then(|| words::pictures_over_text(over.count, over.named()));
    let uncropped = (uncropped.count > 0).then(|| words::pictures_uncropped(uncropped.count, uncropped.named()));
    tall.into_iter().chain(unused).chain(over).chain(uncropped).collect()
}
