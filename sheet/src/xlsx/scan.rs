//! Attributes of rows and cells that the XLSX reader does not tell: hidden rows, styles and values beside the plain ones.

use std::{collections::HashMap, io::BufRead};

use super::super::{
    range::Range,
    table::EXCEL_COLUMNS,
    xml::{Tag, Tags},
};

/// Attributes of a cell, in step with the XLSX reader.
#[derive(Debug, Default, Clone, Copy)]
pub struct Marks {
    /// Whether its row is hidden or filtered out.
    pub is_hidden: bool,
    /// Index of its style.
    pub style: usize,
    /// Whether the sheet shows zeros as empty cells.
    pub hides_zeros: bool,
    /// Index of its rich value, from 1; 0 if it has none.
    pub value: usize,
}

/// Reads the cells of a sheet's part, in the order of the file.
pub struct Scan<R> {
    tags: Tags<R>,
    /// Within `<sheetData>`.
    is_data: bool,
    /// Behind `</sheetData>`, or the part cannot be read.
    is_done: bool,
    is_hidden: bool,
    hides_zeros: bool,
    /// Heights of the rows so far that were asked for, in points.
    pub heights: Heights,
    row: u64,
}

/// Heights of the rows that pictures are anchored in and of those below, and what the sheet says of its columns.
#[derive(Debug, Default)]
pub struct Heights {
    /// Height of rows without an own one, points.
    pub usual: Option<f64>,
    /// Rows of interest, from 0, ascending, with their height.
    pub rows: Vec<(u64, Option<f64>)>,
    /// First and last column, from 0, and width in characters of columns with an own width.
    pub columns: Vec<(u64, u64, f64)>,
    /// First and last hidden columns, from 0.
    pub hidden_columns: Vec<(u64, u64)>,
    /// Whether all rows with an own height are kept, for pictures at a distance from the corner of the sheet.
    pub keeps_all: bool,
    /// These rows, from 0, ascending, with their height in points; 0 for hidden ones.
    pub own: Vec<(u64, f64)>,
    /// Width of columns without an own one, characters.
    pub usual_width: Option<f64>,
}

/// Maximum number of rows with an own height that are kept.
const MAX_OWN: usize = 20_000;
/// Columns in which pictures at a distance from the corner of the sheet are looked for.
const MAX_COLUMNS: usize = 1024;
/// English Metric Units in a point and in a pixel (ECMA-376-1, 20.1.10.16).
pub const EMU_PER_POINT: f64 = 12_700.0;
pub const EMU_PER_PIXEL: f64 = 9_525.0;
/// Height of a row without a declared one, points.
pub const USUAL_HEIGHT: f64 = 15.0;

/// Maximum number of merged cells.
const MAX_RANGES: usize = 200_000;
/// Maximum number of links: Excel has at most 65 530.
const MAX_LINKS: usize = 65_530;
/// Maximum number of tags behind the rows in which merged cells are looked for: their own, and those of protected ranges, scenarios
/// and filters before them (ECMA-376-1, 18.3.1.99). Those of links are counted apart.
const MAX_TAGS: usize = 2 * MAX_RANGES + 100_000;

impl Heights {
    /// Height of a row of interest, points.
    pub fn row_height(&self, row: u64) -> Option<f64> {
        let at = self.rows.binary_search_by_key(&row, |(row, _)| *row).ok();
        let own = || self.own.binary_search_by_key(&row, |(row, _)| *row).ok().map(|at| self.own[at].1);
        at.and_then(|at| self.rows[at].1).or_else(own).or(self.usual)
    }

    /// The row at a distance from the top of the sheet, and the distance from the top of the row, EMU.
    pub fn row_at(&self, y: f64) -> (u64, f64) {
        let usual = self.usual.unwrap_or(USUAL_HEIGHT).max(1.0) * EMU_PER_POINT;
        let (mut row, mut rest) = (0, y.max(0.0));
        for (own, height) in &self.own {
            let before = own.saturating_sub(row) as f64 * usual;
            if rest < before {
                break;
            }
            (row, rest) = (*own, rest - before);
            let height = height * EMU_PER_POINT;
            if rest < height {
                return (row, rest);
            }
            (row, rest) = (row + 1, rest - height);
        }
        let more = (rest / usual).floor();
        (row.saturating_add(more as u64), rest - more * usual)
    }

    /// Widths of the first columns, EMU: the declared ones have their margins.
    pub fn widths(&self) -> Vec<f64> {
        const USUAL: f64 = 64.0;
        let of = |width: f64| (width * 7.0).round() * EMU_PER_PIXEL;
        let mut widths = vec![self.usual_width.map_or(USUAL * EMU_PER_PIXEL, of); MAX_COLUMNS];
        let hidden = self.hidden_columns.iter().map(|(first, last)| (*first, *last, 0.0));
        for (first, last, width) in self.columns.iter().copied().chain(hidden) {
            let at = |column: u64| usize::try_from(column).unwrap_or(usize::MAX).min(MAX_COLUMNS);
            let (first, end) = (at(first), at(last.saturating_add(1)));
            widths[first.min(end)..end].fill(of(width));
        }
        widths
    }

    /// Width of a column in EMU: about 7 px a character, and 5 px of margins, at 9525 EMU a pixel.
    pub fn column_width(&self, column: u64) -> f64 {
        const USUAL: f64 = 8.43;
        let own = self.columns.iter().find(|(first, last, _)| (*first..=*last).contains(&column));
        (own.map_or(USUAL, |(.., width)| *width) * 7.0 + 5.0) * 9525.0
    }
}

impl<R: BufRead> Scan<R> {
    pub fn new(tags: Tags<R>, heights: Heights) -> Self {
        Self { tags, is_data: false, is_done: false, is_hidden: false, hides_zeros: false, heights, row: 0 }
    }

    /// The merged ranges, and the cells that link to one of these targets, which have the ids of their relationships. They come
    /// after the last cell. What follows them is not read: it may be larger than all rows.
    pub fn behind_rows<'t>(&mut self, targets: &'t HashMap<String, String>) -> (Vec<Range>, Vec<(Range, &'t str)>) {
        while self.next().is_some() {}
        let (mut ranges, mut links, has_links) = (Vec::new(), Vec::new(), !targets.is_empty());
        let max_tags = if has_links { MAX_TAGS + 2 * MAX_LINKS } else { MAX_TAGS };
        for _ in 0..max_tags {
            let Ok(Some(tag)) = self.tags.next() else { break };
            let cells = || tag.attribute("ref").and_then(|text| Range::parse(&text));
            if tag.opens("mergecell") && ranges.len() < MAX_RANGES {
                ranges.extend(cells());
            } else if tag.opens("hyperlink") && has_links {
                let target = tag.attribute("id").and_then(|id| targets.get(&id));
                links.extend(cells().zip(target.map(String::as_str)));
            }
            let is_over = match has_links {
                true => tag.closes("hyperlinks") || links.len() >= MAX_LINKS,
                false => tag.closes("mergecells") || ranges.len() >= MAX_RANGES,
            };
            if is_over {
                break;
            }
        }
        (ranges, links)
    }

    /// The marks of the next cell. `None` at the end, or if the part cannot be read.
    pub fn next(&mut self) -> Option<Marks> {
        if self.is_done {
            return None;
        }
        // Unless it is a cell.
        self.is_done = true;
        loop {
            let tag = self.tags.next().ok()??;
            if tag.opens("sheetdata") {
                if tag.is_empty {
                    return None;
                }
                self.is_data = true;
            } else if tag.opens("sheetformatpr") {
                self.heights.usual = height(&tag, "defaultrowheight");
                self.heights.usual_width = height(&tag, "defaultcolwidth");
            } else if !self.is_data
                && tag.opens("col")
                && self.heights.columns.len().max(self.heights.hidden_columns.len()) < EXCEL_COLUMNS
            {
                let at = |name: &str| tag.number(name).unwrap_or(1).saturating_sub(1);
                let (first, last) = (at("min"), at("max"));
                self.heights.columns.extend(height(&tag, "width").map(|width| (first, last, width)));
                if tag.attribute("hidden").is_some_and(|hidden| hidden == "1" || hidden == "true") {
                    self.heights.hidden_columns.push((first, last));
                }
            } else if tag.opens("sheetview") {
                self.hides_zeros = tag.attribute("showzeros").is_some_and(|shows| shows == "0" || shows == "false");
            } else if !self.is_data {
            } else if tag.opens("row") {
                self.row = tag.number("r").unwrap_or(self.row + 1);
                self.is_hidden = tag.attribute("hidden").is_some_and(|hidden| hidden == "1" || hidden == "true");
                let rows = &mut self.heights.rows;
                if let Ok(at) = rows.binary_search_by_key(&(self.row.saturating_sub(1)), |(row, _)| *row) {
                    rows[at].1 = height(&tag, "ht");
                }
                let own = if self.is_hidden { Some(0.0) } else { height(&tag, "ht") };
                if self.heights.keeps_all && self.heights.own.len() < MAX_OWN {
                    self.heights.own.extend(own.map(|own| (self.row.saturating_sub(1), own)));
                }
            } else if tag.opens("c") {
                let index = |name: &str| tag.number(name).and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
                self.is_done = false;
                let Self { is_hidden, hides_zeros, .. } = *self;
                return Some(Marks { is_hidden, hides_zeros, style: index("s"), value: index("vm") });
            } else if tag.closes("sheetdata") {
                return None;
            }
        }
    }
}

fn height(tag: &Tag<'_>, name: &str) -> Option<f64> {
    tag.attribute(name)?.parse().ok().filter(|height: &f64| height.is_finite())
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, io::Read};

    use super::*;

    /// A part that counts the bytes that are read of it.
    struct Counted<'c>(std::io::Cursor<Vec<u8>>, &'c Cell<usize>);

    impl Read for Counted<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = self.0.read(buffer)?;
            self.1.set(self.1.get() + length);
            Ok(length)
        }
    }

    /// Ranges of merged cells, and links.
    type BehindRows = (Vec<Range>, Vec<(Range, String)>);

    /// What is behind rows, and how many bytes of the part are read for it.
    fn behind_rows(after: &str, has_links: bool) -> (BehindRows, usize) {
        let rows = "<worksheet><sheetData><row><c r=\"A1\"/></row><row/><row/></sheetData>";
        let (xml, read) = (format!("{rows}{after}"), Cell::new(0));
        let counted = Counted(std::io::Cursor::new(xml.into_bytes()), &read);
        let mut scan = Scan::new(Tags::new(std::io::BufReader::new(counted)), Heights::default());
        assert!(scan.next().is_some() && scan.next().is_none() && scan.next().is_none());
        let targets = has_links.then(|| ("rId1".to_owned(), "https://a.cn".to_owned())).into_iter().collect();
        let (ranges, links) = scan.behind_rows(&targets);
        let links = links.into_iter().map(|(cells, target)| (cells, target.to_owned())).collect();
        ((ranges, links), read.get())
    }

    fn merged(after: &str) -> (Vec<Range>, usize) {
        let ((ranges, links), read) = behind_rows(after, false);
        assert!(links.is_empty(), "{links:?}");
        (ranges, read)
    }

    #[test]
    fn links_are_read_to_their_end_where_a_sheet_has_some() {
        let (rest, range) = ("<foo>".repeat(1_000_000), "<mergeCells><mergeCell ref=\"A1:B2\"/></mergeCells>");
        let link = "<hyperlink ref=\"C2:C3\" r:id=\"rId1\" display=\"x\"/><hyperlink ref=\"C4\" location=\"S!A1\"/>\
                    <hyperlink ref=\"C5\" r:id=\"rId2\"/>";
        let after = format!("{range}<dataValidations/><hyperlinks>{link}</hyperlinks>{rest}");
        let ((ranges, links), read) = behind_rows(&after, true);
        let cells = Range { rows: (2, 3), columns: (2, 2) };
        assert_eq!((ranges.len(), links), (1, vec![(cells, "https://a.cn".to_owned())]));
        assert!(read < 64 << 10, "{read} bytes");
        // Also not all that comes before them.
        let ((ranges, links), read) = behind_rows(&format!("{range}{rest}<hyperlinks>{link}</hyperlinks>"), true);
        assert!(ranges.len() == 1 && links.is_empty() && read < 4 << 20, "{} links in {read} bytes", links.len());
        assert!(behind_rows(&after, false).0.1.is_empty(), "links that are not wanted");
    }

    #[test]
    fn what_follows_the_merged_cells_is_not_read() {
        let rest = "<foo>".repeat(1_000_000);
        let range = "<mergeCell ref=\"A1:B2\"/>";
        let (ranges, read) =
            merged(&format!("<autoFilter ref=\"A1:B2\"/><mergeCells>{range}{range}</mergeCells>{rest}"));
        assert!(ranges.len() == 2 && read < 64 << 10, "{} ranges in {read} bytes", ranges.len());
        // Also not all that comes before them.
        let (ranges, read) = merged(&format!("{rest}<mergeCells>{range}</mergeCells>"));
        assert!(ranges.is_empty() && read < 3 << 20, "{} ranges in {read} bytes", ranges.len());
        let (ranges, read) = merged(&format!("<mergeCells>{}</mergeCells>", range.repeat(MAX_RANGES + 100_000)));
        assert!(ranges.len() == MAX_RANGES && read < range.len() * (MAX_RANGES + 10_000), "{read} bytes");
        assert_eq!(merged("<mergeCells count=\"1\"><mergeCell ref=\"A1:B2\"></mergeCell></mergeCells>").0.len(), 1);
    }
}
