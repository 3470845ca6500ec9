//! Binary workbooks: .xls and .xlsb, built record by record.

mod xls;
mod xls_file;
mod xlsb;

use super::*;

fn read(bytes: &[u8], name: &str) -> Sheet {
    let format = SheetFormat::of(name, bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
    let reading = Reading::default();
    Sheet::read_with(bytes, format, &reading).unwrap_or_else(|e| panic!("{name}: {e} {:?}", e.hint_text()))
}
