//! The sample row of a blank sheet, which people leave in place above their own rows.

use super::{
    columns::{CellKind, columns},
    write,
};
use crate::language::Language;
use haibao_core::template::{
    Template,
    money::{self, Numbers},
};
use haibao_sheet::{Cells, Limits, Sheet, SheetFormat};

/// Characters of the row that the notice shows.
const MAX_TEXT: usize = 20;

/// Leaves the first row out if it is the unchanged sample row of the template's blank sheet and others follow. Alone, it is exported: a
/// blank sheet can be tried as it is.
pub fn leave_out_sample(sheet: &mut Sheet, template: &Template) {
    if sheet.is_json || sheet.rows.len() < 2 || !has_sample(sheet, template) {
        return;
    }
    let row = sheet.rows.remove(0);
    sheet.faults.remove(&row.number);
    let texts = row.texts(sheet.columns.len());
    let text = texts.iter().find(|text| !text.trim().is_empty()).map_or("", |text| text.trim());
    sheet.left_out.count += 1;
    sheet.left_out.first.push((row.number, text.chars().take(MAX_TEXT).collect()));
    sheet.left_out.first.sort_by_key(|(number, _)| *number);
}

/// Whether the sheet has all columns of the blank one, and its first row all values of the sample.
fn has_sample(sheet: &Sheet, template: &Template) -> bool {
    let Some(own) = sheet.rows.first() else { return false };
    // The sample has names of pictures, and none above its cells.
    if sheet.pictures.keys().any(|(row, _)| *row == own.number) {
        return false;
    }
    let columns = columns(template, Language::Chinese);
    // Before a workbook is made: the names are the same in all languages.
    if !columns.iter().all(|column| sheet.columns.contains(&column.heading)) {
        return false;
    }
    [Language::Chinese, Language::English].into_iter().any(|language| {
        let bytes = write(template, language).unwrap_or_default();
        let Ok(blank) = Sheet::read(&bytes, SheetFormat::Xlsx, &Limits::default()) else { return false };
        let cell = |of: &Sheet, row: &Cells, name: &String| {
            let at = of.columns.iter().position(|own| own == name);
            at.map(|at| row.get(at).shown().trim().to_owned()).unwrap_or_default()
        };
        let is_same = |sample: &Cells| {
            columns.iter().all(|column| {
                let name = &column.heading;
                same(&cell(sheet, own, name), &cell(&blank, sample, name), column.kind)
            })
        };
        blank.rows.first().is_some_and(is_same)
    })
}

/// Whether two cells have the same value. Numbers and amounts may be saved as they are shown: `128.00`.
fn same(own: &str, sample: &str, kind: CellKind) -> bool {
    let amount = |text: &str| money::read(text, Numbers::Yuan).ok();
    own == sample || (kind != CellKind::Text && amount(own).is_some() && amount(own) == amount(sample))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Catalog;
    use haibao_sheet::CellPicture;

    #[test]
    fn an_unchanged_sample_row_is_left_out_beside_others() {
        let all = Catalog::of_built_in().all();
        for (id, template) in all {
            let template = template.unwrap_or_else(|error| panic!("{id}: {error}"));
            for language in [Language::Chinese, Language::English] {
                let bytes = write(&template, language).unwrap();
                let mut sheet = Sheet::read(&bytes, SheetFormat::Xlsx, &Limits::default()).unwrap();
                leave_out_sample(&mut sheet, &template);
                assert_eq!((sheet.rows.len(), sheet.left_out.count), (1, 0), "{id}: alone it is exported");
                let mut own = sheet.rows[0].clone();
                own.number = 3;
                sheet.rows.push(own.clone());
                let mut other = sheet.clone();
                leave_out_sample(&mut sheet, &template);
                assert_eq!((sheet.rows.as_slice(), sheet.left_out.first[0].0), (&[own][..], 2), "{id}");
                // A changed row is the author's own, and so is a sheet with other columns.
                let at = other.columns.iter().position(|name| name == "文件名").unwrap();
                other.rows[0] = other.rows[0].with(at, "a");
                leave_out_sample(&mut other, &template);
                assert_eq!(other.rows.len(), 2, "{id}");
                other.rows[0] = other.rows[1].clone();
                other.rows[0].number = 2;
                let own = CellPicture { part: "a.png".to_owned(), crop: None };
                other.pictures.insert((2, 0), own);
                leave_out_sample(&mut other, &template);
                assert_eq!((other.rows.len(), other.pictures.len()), (2, 1), "{id}: it has the author's own picture");
                other.pictures.clear();
                other.columns[at] = "备注".to_owned();
                leave_out_sample(&mut other, &template);
                assert_eq!(other.rows.len(), 2, "{id}");
            }
        }
    }

    #[test]
    fn amounts_may_be_as_they_are_shown() {
        for kind in [CellKind::Text, CellKind::Number, CellKind::Yuan] {
            let same = |own: &str, sample: &str| same(own, sample, kind);
            assert_eq!(same("128.00", "128") && same("¥128", "128.00"), kind != CellKind::Text);
            assert!(same("a", "a") && same("", ""));
            assert!(!same("", "a") && !same("a", "") && !same("129", "128") && !same("a", "b"));
        }
        assert!(!same("007", "7", CellKind::Text));
    }
}
