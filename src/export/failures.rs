//! `failures.csv` and `failures.xlsx`: the original rows that have no poster, with reasons. After correction, either can be
//! exported again.

use std::{collections::HashMap, io};

use bytes::Bytes;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, Image, Workbook, Worksheet, XlsxError,
};

use super::{
    Failure, Reason,
    manifest::{BOM, line},
};
use crate::language::Language;
use haibao_core::template::assets;
pub use haibao_sheet::guard::{REASON, ROW};

/// File name in the archive.
pub const NAME: &str = "failures.csv";
/// File name of the workbook.
pub const WORKBOOK: &str = "failures.xlsx";

/// The columns of the workbook for [`ROW`] and [`REASON`]. The latter is also in the CSV.
const TITLES: [&str; 2] = ["_行号", "_原因"];
/// Maximum number of cells of the workbook, which is built in memory: about 100 MB.
const MAX_CELLS: usize = 400_000;
/// Height of rows with pictures, px.
const PICTURE_HEIGHT: u32 = 80;
/// Maximum width of a column, characters.
const MAX_WIDTH: usize = 60;

/// Positions of the columns of the sheet itself. Those of an earlier list are replaced.
fn kept(columns: &[String]) -> Vec<usize> {
    let is_own = |name: &str| [ROW, REASON].contains(&name) || TITLES.contains(&name);
    (0..columns.len()).filter(|at| !is_own(&columns[*at])).collect()
}

/// Writes the sheet's columns, then [`ROW`], [`REASON`] and the reasons in Chinese, as CSV (RFC 4180) in UTF-8 with a byte
/// order mark. If the sheet already contains these columns, they are replaced.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    kept: Vec<usize>,
}

impl<W: io::Write> Writer<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Errors of the output, as for all functions of this type.
    pub fn new(mut out: W, columns: &[String]) -> io::Result<Self> {
        let kept = kept(columns);
        let mut text = BOM.to_owned();
        line(&mut text, kept.iter().map(|at| columns[*at].as_str()).chain([ROW, REASON, TITLES[1]]));
        out.write_all(text.as_bytes())?;
        Ok(Self { out, kept })
    }

    /// Writes a row.
    pub fn add(&mut self, failure: &Failure) -> io::Result<()> {
        let cell = |at: &usize| failure.cells.get(*at).map_or("", String::as_str);
        let [english, chinese] = [(Language::English, "; "), (Language::Chinese, "；")]
            .map(|(language, separator)| describe_all(failure, language, separator));
        let mut text = String::new();
        let own = failure.number.to_string();
        line(&mut text, self.kept.iter().map(cell).chain([own.as_str(), &english, &chinese]));
        self.out.write_all(text.as_bytes())
    }

    /// The output, of which nothing is flushed.
    pub fn into_inner(self) -> W {
        self.out
    }
}

/// The list in memory: see [`Writer`].
#[cfg(test)]
pub fn write<'f>(columns: &[String], failures: impl IntoIterator<Item = &'f Failure>) -> Vec<u8> {
    let written = Writer::new(Vec::new(), columns).and_then(|mut writer| {
        failures.into_iter().try_for_each(|failure| writer.add(failure))?;
        Ok(writer.into_inner())
    });
    // Writing to memory cannot fail.
    written.unwrap_or_default()
}

/// Whether a workbook can have the cells of this many rows.
pub fn fits_workbook(columns: &[String], rows: usize) -> bool {
    (kept(columns).len() + TITLES.len()) * (rows + 1) <= MAX_CELLS
}

/// Whether a workbook can have this many rows of any sheet, which has at most 256 columns.
pub fn fits_any_workbook(rows: usize) -> bool {
    (256 + TITLES.len()) * (rows + 1) <= MAX_CELLS
}

/// Pictures by the source that cells have for them, `asset:HASH`.
pub type PicturesBySource = HashMap<String, Bytes>;

/// The sources of uploaded pictures in the cells of failed rows, in their order.
pub fn sources(failures: &[Failure]) -> impl Iterator<Item = &str> {
    let is_source = |cell: &&str| cell.strip_prefix("asset:").is_some_and(|hash| assets::upload(hash).is_some());
    failures.iter().flat_map(|failure| &failure.cells).map(String::as_str).filter(is_source)
}

/// Writes the same list as a workbook in which every cell is text, so that `00123` stays as it is, and with the pictures of cells: it
/// can be exported anywhere, and after they have expired. A picture that XLSX cannot store, such as WebP, stays a source. `None` for
/// more than 400 000 cells, and for cells that XLSX cannot store.
pub fn workbook(columns: &[String], failures: &[Failure], pictures: &PicturesBySource) -> Option<Vec<u8>> {
    if !fits_workbook(columns, failures.len()) {
        return None;
    }
    fill(columns, &kept(columns), failures, pictures).ok()
}

fn fill(
    columns: &[String],
    kept: &[usize],
    failures: &[Failure],
    pictures: &PicturesBySource,
) -> Result<Vec<u8>, XlsxError> {
    let images: HashMap<&str, Image> = pictures
        .iter()
        .filter_map(|(source, bytes)| Some((source.as_str(), Image::new_from_buffer(bytes).ok()?)))
        .collect();
    let text = Format::new().set_num_format("@").set_align(FormatAlign::Top).set_text_wrap();
    let header = Format::new().set_bold().set_background_color(Color::RGB(0xF2_F2_F2));
    let why = text.clone().set_font_color(Color::RGB(0xC0_00_00));
    let mut sheet = Worksheet::new();
    sheet.set_name("未生成")?.set_freeze_panes(1, 0)?;
    let names = kept.iter().map(|at| columns[*at].as_str()).chain(TITLES);
    for (at, name) in (0_u16..).zip(names) {
        sheet.set_column_format(at, &text)?;
        sheet.set_column_width(at, name.chars().count().clamp(12, MAX_WIDTH) as f64)?;
        sheet.write_string_with_format(0, at, name, &header)?;
    }
    let last = kept.len() as u16 + 1;
    sheet.set_column_width(last, MAX_WIDTH as f64)?;
    for (row, failure) in (1_u32..).zip(failures) {
        let cells = kept.iter().map(|at| failure.cells.get(*at).map_or("", String::as_str));
        let cells: Vec<&str> = cells.collect();
        // Before the pictures, which are scaled to it.
        if cells.iter().any(|cell| images.contains_key(cell)) {
            sheet.set_row_height_pixels(row, PICTURE_HEIGHT)?;
        }
        for (at, cell) in (0_u16..).zip(cells) {
            match images.get(cell) {
                Some(image) => drop(sheet.insert_image_fit_to_cell(row, at, image, true)?),
                None => drop(sheet.write_string_with_format(row, at, cell, &text)?),
            }
        }
        sheet.write_string_with_format(row, last - 1, failure.number.to_string(), &text)?;
        let reasons: String = describe_all(failure, Language::Chinese, "\n").chars().take(MAX_REASONS).collect();
        sheet.write_string_with_format(row, last, reasons, &why)?;
    }
    let mut book = Workbook::new();
    // A fixed creation time makes the output reproducible.
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2026, 1, 1)?));
    book.push_worksheet(sheet);
    book.save_to_buffer()
}

/// Maximum length of the reasons in a cell, characters. Cells hold 32 767.
const MAX_REASONS: usize = 8000;

fn describe_all(failure: &Failure, language: Language, separator: &str) -> String {
    failure.reasons.iter().map(|reason| describe(reason, language)).collect::<Vec<_>>().join(separator)
}

/// Formats a reason as `column: message (code)`.
fn describe(reason: &Reason, language: Language) -> String {
    let Reason { column, code, .. } = reason;
    let colon = language.of(["：", ": "]);
    let place = if column.is_empty() { String::new() } else { format!("{column}{colon}") };
    format!("{place}{} ({code})", reason.in_language(language))
}

#[cfg(test)]
mod tests {
    use haibao_core::error::{Finding, Message};
    use haibao_sheet::{Limits, Sheet, SheetFormat};

    use super::*;

    #[test]
    fn failures_keep_the_original_cells_and_add_reasons() {
        let reason = |column: &str, message: &str| Reason {
            column: column.into(),
            value: "x".into(),
            code: "param_type".into(),
            message: message.into(),
            message_zh: format!("中文 {message}"),
        };
        let failure = Failure {
            number: 7,
            cells: vec!["a\nb".into(), "old".into(), " 007".into(), "6".into()],
            reasons: vec![reason("price", "expected integer"), reason("", "drawing failed")],
        };
        let columns = ["title", "_reason", "id", "_row"].map(str::to_owned);
        let bytes = write(&columns, [&failure]);
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
        let mut reader = csv::Reader::from_reader(text);
        assert_eq!(reader.headers().expect("a header"), vec!["title", "id", "_row", "_reason", "_原因"]);
        let row = reader.records().next().expect("a row").expect("a record");
        let reasons = "price: expected integer (param_type); drawing failed (param_type)";
        let chinese = "price：中文 expected integer (param_type)；中文 drawing failed (param_type)";
        assert_eq!(row, vec!["a\nb", " 007", "7", reasons, chinese]);
    }

    #[test]
    fn names_with_other_delimiters_are_read_back() {
        for name in ["_;;;;", "_a;b;c;d", "_a\tb\tc\td", "_\";;;;"] {
            let columns = ["title", name].map(str::to_owned);
            let failure = Failure { number: 2, cells: vec!["a;b".into(), "c".into()], reasons: Vec::new() };
            let read =
                Sheet::read(&write(&columns, [&failure]), SheetFormat::Csv, &Limits::default()).expect("a sheet");
            assert_eq!(read.columns, ["title", name, ROW, REASON, TITLES[1]]);
            assert_eq!(read.rows[0].texts(3), ["a;b", "c", "2"]);
        }
    }

    #[test]
    fn cells_like_formulas_are_guarded_and_read_back() {
        let columns = ["id", "nick"].map(str::to_owned);
        let cells = ["-5", "=HYPERLINK(\"http://a.cn\")"].map(str::to_owned);
        let failure = Failure { number: 7, cells: cells.to_vec(), reasons: Vec::new() };
        let list = write(&columns, [&failure]);
        assert!(String::from_utf8_lossy(&list).contains("'=HYPERLINK"), "the guard is written");
        let read = Sheet::read(&list, SheetFormat::Csv, &Limits::default()).expect("a sheet");
        assert_eq!(read.rows[0].texts(2), cells);
    }

    #[test]
    fn workbook_keeps_cells_as_text_and_is_read_back() {
        let columns = ["id", "备注", "_行号", "_原因", "'=x"].map(str::to_owned);
        let cells = ["00123", "=1+1", "5", "old", "+86 138"].map(str::to_owned);
        let reason = Reason {
            column: "id".into(),
            value: "x".into(),
            ..Reason::of(&Finding::error("param_type", Message::verbatim("not text")))
        };
        let failure = Failure { number: 7, cells: cells.to_vec(), reasons: vec![reason] };
        let list = |failures: &[Failure]| workbook(&columns, failures, &PicturesBySource::new());
        let bytes = list(std::slice::from_ref(&failure)).expect("a workbook");
        assert_eq!(list(std::slice::from_ref(&failure)), Some(bytes.clone()), "reproducible");
        let read = Sheet::read(&bytes, SheetFormat::Xlsx, &Limits::default()).expect("a sheet");
        assert_eq!(read.columns, ["id", "备注", "'=x", "_行号", "_原因"]);
        assert_eq!(read.rows[0].texts(5), ["00123", "=1+1", "+86 138", "7", "id：not text (param_type)"]);
        let many = vec![failure; MAX_CELLS / 5];
        assert_eq!(list(&many), None);
    }

    #[test]
    fn workbook_has_the_pictures_of_cells() {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(40, 30).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
        let source = |bytes: &[u8]| format!("asset:{}", blake3::hash(bytes).to_hex());
        let (png, other) = (Bytes::from(png.into_inner()), Bytes::from_static(b"RIFF\x04\0\0\0WEBP"));
        let (shown, unknown) = (source(&png), source(&other));
        let row = |number, cell: &str| Failure { number, cells: vec!["a".into(), cell.into()], reasons: Vec::new() };
        let rows = [row(2, &shown), row(3, &unknown), row(4, "https://a.cn/b.png")];
        assert_eq!(sources(&rows).collect::<Vec<_>>(), [&shown, &unknown]);
        let pictures = PicturesBySource::from([(shown, png), (unknown.clone(), other)]);
        let columns = ["商品标题", "商品图"].map(str::to_owned);
        let bytes = workbook(&columns, &rows, &pictures).expect("a workbook");
        let read = Sheet::read(&bytes, SheetFormat::Xlsx, &Limits::default()).expect("a sheet");
        let cells: Vec<_> = read.pictures.keys().copied().collect();
        assert_eq!(cells, [(2, 1)], "in the cell of its row");
        assert!(read.tall_pictures.is_empty() && read.lost_pictures.is_empty());
        let texts: Vec<_> = read.rows.iter().map(|row| row.get(1).shown()).collect();
        assert_eq!(texts, ["", &unknown, "https://a.cn/b.png"]);
    }
}
