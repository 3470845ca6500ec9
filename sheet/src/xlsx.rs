//! XLSX: reads the displayed values of one sheet.

mod formats;
pub(super) mod parts;
mod pictures;
mod scan;
mod watched;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    io::{self, Read, Write},
};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError, XlsxFormulaMetadata};

use self::{
    parts::Parts,
    pictures::Pictures,
    scan::{Heights, Scan},
    watched::Watched,
};
use super::{
    Limits, Reading, Sheet,
    choice::{ChosenSheet, choose},
    faults::{broken, too_large, too_wide},
    links, members, merged,
    meter::Meter,
    range::Range,
    rows::{RawRow, Rows},
    shown::text,
    styles::Styles,
    table::{EXCEL_COLUMNS, EXCEL_ROWS},
};
use crate::{causes, words};
use haibao_core::error::{Message, Result};

/// Name of the shared string table part (ECMA-376-1, 18.4), in any folder, in lower case.
const SHARED_STRINGS: &str = "sharedstrings.xml";
/// The root tag of the shared string table must end within this many bytes of its part. Leaves room for an XML
/// declaration and namespaces.
const HEAD_BYTES: u64 = 16 << 10;
/// Parts that the XLSX reader builds in memory completely, apart from the shared strings.
const WHOLE_PARTS: [&str; 4] = ["styles.xml", "workbook.xml", ".rels", "[content_types].xml"];
/// Maximum number of tags of such a part. Excel has at most 65 490 cell formats.
const MAX_PART_TAGS: u64 = 400_000;
/// Maximum size of such a part, bytes.
const MAX_PART: u64 = 16 << 20;
/// Maximum size of a cell or string with its tags, bytes. Excel's cells have at most 32 767 characters.
const MAX_ITEM: u64 = 1 << 20;
/// Maximum number of tags of a part beside those of cells and strings, for each string of [`Limits::strings`]: formats within strings,
/// merged cells, rules, records of pivot tables.
const OTHER_TAGS: u64 = 8;
/// Bytes of a part that are decompressed before it is checked again.
const CHECKED_BYTES: usize = 64 << 10;
/// Least size of a cell with a value, bytes: `<c><v>1</v></c>`. A part has no more cells than its maximum size has room for.
const MIN_CELL: u64 = 16;
/// After this many cells, the reader asks whether the sheet is still needed: a row may have all of them.
const CELLS_PER_CHECK: usize = 1024;
/// First bytes of embedded pictures: PNG, JPEG, GIF, BMP, EMF.
const PICTURES: [&[u8]; 5] = [b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"\x01\0\0\0"];
/// Maximum size of an embedded picture, bytes.
pub const MAX_PICTURE: u64 = 32 << 20;

/// Reads the sheet with the name of [`Reading::sheet`], or the first visible one.
pub(super) fn read(bytes: &[u8], reading: &Reading<'_>) -> Result<Sheet> {
    check_unpacked(bytes, reading)?;
    let unreadable = |error: XlsxError| broken(words::unreadable_excel(causes::workbook(&error)));
    let mut book: Xlsx<_> = match Xlsx::new(Watched::new(Cow::Borrowed(bytes), reading)) {
        // The reader refuses workbooks with sheets of Excel 4.0 macros.
        Err(XlsxError::Unrecognized { .. }) => {
            let bytes = parts::without_macro_sheets(bytes).unwrap_or_else(|| bytes.to_vec());
            Xlsx::new(Watched::new(Cow::Owned(bytes), reading))
        }
        book => book,
    }
    .map_err(unreadable)?;
    // Charts, dialogs and sheets of macros have no rows.
    let sheets = book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let sheets: Vec<_> = sheets.map(|sheet| (sheet.name.as_str(), sheet.visible == SheetVisible::Visible)).collect();
    let chosen = choose(&sheets, reading.sheet)?;
    let (name, place) = (sheets[chosen].0.to_owned(), ChosenSheet::of(&sheets, chosen));
    let is_1904 = book.has_1904_epoch();
    let mut extras = Parts::open(bytes, reading).and_then(|parts| Extras::find(parts, &name));
    let (styles, pictures, totals, targets) = extras.as_mut().map(Extras::take).unwrap_or_default();
    let mut scan = extras.as_mut().and_then(|extras| extras.scan(pictures.heights()));
    let mut cells = book.worksheet_cells_reader(&name).map_err(unreadable)?;
    let (mut rows, mut row, mut placed) = (Rows::new(reading), RawRow::default(), BTreeMap::new());
    let mut unchecked = 0;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(unreadable)? {
        unchecked += 1;
        if unchecked == CELLS_PER_CHECK {
            reading.check()?;
            unchecked = 0;
        }
        let marks = scan.as_mut().and_then(Scan::next).unwrap_or_default();
        let (number, column) = (u64::from(cell.pos.0) + 1, cell.pos.1 as usize);
        if number != row.number {
            if number < row.number {
                return Err(broken(words::row_order(number, row.number)));
            }
            let is_total = totals.contains(&number);
            let next = RawRow { number, is_hidden: marks.is_hidden, is_total, ..RawRow::default() };
            rows.add(std::mem::replace(&mut row, next))?;
        }
        let (mut text, mut fault) = text(&cell.value, cell.formula.is_some(), styles.looks.get(marks.style), is_1904);
        if reading.aim.is_some() {
            styles.show(&mut row, column, &cell.value, marks.style, (&text, fault.as_ref(), is_1904));
            if marks.hides_zeros && matches!(cell.value, DataRef::Float(0.0) | DataRef::Int(0)) {
                row.hide(column);
            }
        }
        let formula = match &cell.formula {
            Some(XlsxFormulaMetadata::Normal { formula } | XlsxFormulaMetadata::Shared { formula, .. }) => formula,
            _ => &text,
        };
        if let Some(target) = links::of_formula(formula) {
            rows.link(Range::cell(number, column), &target)?;
        }
        // Of literal links, programs that do not calculate store nothing, or the number 0.
        let mut own = if cell.formula.is_some() { links::shown(formula) } else { None };
        if placed.len() < reading.limits.rows
            && let Some(picture) = pictures.placed(marks.value).or_else(|| pictures.named(formula))
        {
            placed.insert((number, column), picture.clone());
            // What a cell with a picture has as its value is for programs that cannot show it.
            own = Some(IN_CELL.to_owned());
        } else if fault.is_some()
            && let Some((_, name)) = formula.split_once("DISPIMG(")
        {
            // WPS stores this as the value, by which a lost picture is known; other programs store nothing or `#NAME?`.
            own = Some(format!("=DISPIMG({name}"));
        }
        if let Some(own) = own {
            (text, fault) = (own, None);
            row.shown.retain(|(own, _)| *own != column);
            row.hidden.retain(|own| *own != column);
        }
        let before = row.cells.len();
        row.add(column, text, fault);
        if row.cells.len() > before {
            let is_struck = styles.struck.get(marks.style).copied().unwrap_or_default();
            row.is_struck = is_struck && (before == 0 || row.is_struck);
        }
        row.check(reading.limits.text)?;
    }
    rows.add(row)?;
    let (ranges, links) = scan.as_mut().map(|scan| scan.behind_rows(&targets)).unwrap_or_default();
    links.into_iter().try_for_each(|(cells, target)| rows.link(cells, target))?;
    let heights = scan.map(|scan| scan.heights).unwrap_or_default();
    let (lost, tall) = pictures.place(&heights, &mut placed);
    let mut sheet = rows.finish()?;
    (sheet.pictures, sheet.lost_pictures, sheet.tall_pictures) = (placed, lost, tall);
    merged::spread(&mut sheet, &ranges, reading)?;
    sheet.set_hidden_columns(&heights.hidden_columns);
    sheet.place = place;
    Ok(sheet)
}

/// Name of each sheet with rows, and whether it is visible.
pub(super) fn names(bytes: &[u8], reading: &Reading<'_>) -> Option<Vec<(String, bool)>> {
    let mut parts = Parts::open(bytes, reading)?;
    let workbook = parts.workbook();
    let relations = parts.relations(&workbook);
    let is_table = |id: &str| relations.iter().any(|one| one.id == id && one.kind.ends_with("/worksheet"));
    let (mut names, mut tags) = (Vec::new(), parts.part(&workbook)?);
    while let Ok(Some(tag)) = tags.next() {
        if tag.opens("sheet") && tag.attribute("id").is_some_and(|id| is_table(&id)) {
            let is_visible = tag.attribute("state").is_none_or(|state| state == "visible");
            names.push((tag.attribute("name").unwrap_or_default(), is_visible));
        }
    }
    Some(names)
}

/// Text of a cell that has a picture.
pub const IN_CELL: &str = "[图片]";

/// What a workbook has beside the values of cells.
struct Extras<'b> {
    parts: Parts<'b>,
    /// Name of the sheet's part.
    sheet: String,
    styles: Styles,
    pictures: Pictures,
    /// Numbers of the rows of totals of tables.
    totals: Vec<u64>,
    /// Targets of links, by the ids of their relationships.
    targets: HashMap<String, String>,
}

impl<'b> Extras<'b> {
    /// Reads the parts around the sheet with a name. `None` if the sheet's part is not found.
    fn find(mut parts: Parts<'b>, name: &str) -> Option<Self> {
        let workbook = parts.workbook();
        let mut id = None;
        let mut tags = parts.part(&workbook)?;
        while let Ok(Some(tag)) = tags.next() {
            if tag.opens("sheet") && tag.attribute("name").as_deref() == Some(name) {
                id = tag.attribute("id");
                break;
            }
        }
        drop(tags);
        let id = id?;
        let sheet = parts.relations(&workbook).into_iter().find(|relation| relation.id == id)?.target;
        let styles = formats::read(&mut parts, &workbook);
        let pictures = Pictures::find(&mut parts, &workbook, &sheet);
        let totals = parts::totals(&mut parts, &sheet);
        let targets = parts.links(&sheet);
        Some(Self { parts, sheet, styles, pictures, totals, targets })
    }

    fn take(&mut self) -> (Styles, Pictures, Vec<u64>, HashMap<String, String>) {
        use std::mem::take;
        (take(&mut self.styles), take(&mut self.pictures), take(&mut self.totals), take(&mut self.targets))
    }

    fn scan(&mut self, heights: Heights) -> Option<Scan<impl io::BufRead + use<'_, 'b>>> {
        Some(Scan::new(self.parts.tags(&self.sheet, u64::MAX)?, heights))
    }
}

/// Rejects an archive that would occupy too much memory or time. Sizes in its headers are untrusted, so it is decompressed once to
/// measure it, up to the first part that has too much of something.
pub(super) fn check_unpacked(bytes: &[u8], reading: &Reading<'_>) -> Result<()> {
    let limits = &reading.limits;
    let damaged = |why: Message| broken(words::damaged_excel(why));
    members::check(bytes)?;
    let archive = zip::ZipArchive::new(Watched::new(Cow::Borrowed(bytes), reading));
    let mut archive = archive.map_err(|error| damaged(causes::zip_error(&error)))?;
    let unpacking = |error: io::Error| damaged(causes::unpacking(&error));
    let (mut remaining, mut piece) = (limits.unpacked, vec![0; CHECKED_BYTES]);
    for index in 0..archive.len() {
        reading.check()?;
        let mut file = archive.by_index(index).map_err(|error| damaged(causes::zip_error(&error)))?;
        let name = String::from_utf8_lossy(file.name_raw()).to_ascii_lowercase();
        let (mut head, mut meter) = (Vec::new(), Meter::default());
        let mut file = file.by_ref().take(remaining.saturating_add(1));
        file.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(unpacking)?;
        if is_picture(&head) {
            meter.size = head.len() as u64 + io::copy(&mut file, &mut io::sink()).map_err(unpacking)?;
        } else {
            check_strings(&name, &head, limits)?;
            meter.write_all(&head).map_err(unpacking)?;
            loop {
                check_counts(&name, &meter, limits)?;
                let length = file.read(&mut piece).map_err(unpacking)?;
                if length == 0 {
                    break;
                }
                meter.write_all(&piece[..length]).map_err(unpacking)?;
            }
        }
        remaining =
            remaining.checked_sub(meter.size).ok_or_else(|| too_large(words::excel_unpacked(limits.unpacked)))?;
        check_sizes(&head, &meter)?;
    }
    Ok(())
}

/// Checks the counts of a part so far. Any part may be read as a sheet, because the workbook names its sheets' parts freely.
fn check_counts(name: &str, meter: &Meter, limits: &Limits) -> Result<()> {
    // The readers skip empty rows and cells silently, however many there are.
    if meter.rows > EXCEL_ROWS {
        return Err(too_large(words::sheet_rows(EXCEL_ROWS)));
    }
    if meter.widest_row > EXCEL_COLUMNS as u64 {
        return Err(too_wide(EXCEL_COLUMNS));
    }
    if meter.cells > limits.unpacked / MIN_CELL {
        return Err(too_large(words::sheet_cells(limits.unpacked / MIN_CELL)));
    }
    if is_whole(name) && (meter.tags > MAX_PART_TAGS || meter.size > MAX_PART) {
        return Err(too_large(words::excel_styles()));
    }
    if meter.strings > limits.strings {
        return Err(too_large(words::excel_strings(limits.strings)));
    }
    if name.ends_with(SHARED_STRINGS) && meter.text > limits.shared_strings() as u64 {
        return Err(too_large(words::excel_texts(limits.shared_strings())));
    }
    let others = limits.strings.saturating_mul(OTHER_TAGS);
    if meter.others > others {
        return Err(too_large(words::excel_tags(others)));
    }
    Ok(())
}

/// Whether the XLSX reader builds the part in memory completely.
fn is_whole(name: &str) -> bool {
    WHOLE_PARTS.iter().any(|part| name.ends_with(part))
}

/// Checks the sizes of a part that has been measured.
fn check_sizes(head: &[u8], meter: &Meter) -> Result<()> {
    match is_picture(head) {
        true if meter.size > MAX_PICTURE => Err(too_large(words::excel_picture(MAX_PICTURE))),
        false if meter.longest_run.max(meter.longest_item) > MAX_ITEM => Err(too_large(words::excel_item(MAX_ITEM))),
        _ => Ok(()),
    }
}

fn is_picture(head: &[u8]) -> bool {
    PICTURES.iter().any(|magic| head.starts_with(magic))
}

/// Checks the number of strings that a table of shared strings declares.
fn check_strings(name: &str, head: &[u8], limits: &Limits) -> Result<()> {
    if !name.ends_with(SHARED_STRINGS) {
        return Ok(());
    }
    match declared_strings(head) {
        None => Err(broken(words::excel_strings_start())),
        Some(count) if count > limits.strings => Err(too_large(words::excel_strings(limits.strings))),
        Some(_) => Ok(()),
    }
}

/// The string count that a shared string table declares in its root tag (`uniqueCount`): 0 if absent, `None` if `head`
/// does not contain the complete root tag.
///
/// The XLSX reader allocates this many strings up front. A huge count would abort the process for lack of memory.
fn declared_strings(head: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(head);
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    for (open, close) in [("<?", "?>"), ("<!--", "-->")] {
        while rest.starts_with(open) {
            rest = rest.split_once(close)?.1.trim_start();
        }
    }
    let mut quote = None;
    let end = rest.find(|c: char| {
        match quote {
            Some(open) if open == c => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => {}
        }
        c == '>' && quote.is_none()
    });
    let tag = rest.strip_prefix('<')?.get(..end?.checked_sub(1)?)?;
    let name = tag.split(|c: char| c.is_whitespace() || c == '/').next()?;
    (name.rsplit(':').next() == Some("sst")).then_some(())?;
    let counts = tag.split("uniqueCount").skip(1).map(|rest| {
        let digits = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        // A number that overflows is still too large.
        if end == 0 { 0 } else { digits[..end].parse().unwrap_or(u64::MAX) }
    });
    Some(counts.max().unwrap_or_default())
}
