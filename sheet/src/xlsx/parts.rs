//! Parts of a workbook beside the cells: relationships, and the parts that they lead to.

use std::{
    borrow::Cow,
    collections::HashMap,
    io::{BufReader, Cursor, Read, Write},
};

use super::{
    super::{
        Reading,
        faults::too_large,
        range::Range,
        table::Limits,
        xlsb::records::Records,
        xml::{Tag, Tags},
    },
    watched::Watched,
};
use crate::words;
use haibao_core::error::Result;

/// Maximum size of a part that is read as a whole, bytes.
const MAX_PART: u64 = 16 << 20;
/// Maximum number of relationships of a part.
const MAX_RELATIONS: usize = 20_000;
/// Maximum length of the name of a part that a relationship leads to, bytes: every picture of a sheet has its own copy.
const MAX_TARGET: usize = 255;

/// The parts of a workbook. Once the sheet is no longer needed, reading them fails.
pub struct Parts<'b> {
    archive: zip::ZipArchive<Watched<'b, 'b>>,
    /// Position by name in lower case: some programs write other cases than the relationships have.
    positions: HashMap<String, usize>,
}

impl<'b> Parts<'b> {
    /// Opens a workbook; `None` if it is no archive.
    pub fn open(bytes: &'b [u8], reading: &'b Reading<'b>) -> Option<Self> {
        let archive = zip::ZipArchive::new(Watched::new(Cow::Borrowed(bytes), reading)).ok()?;
        let names = archive.file_names_raw().enumerate();
        let positions = names.map(|(at, name)| (String::from_utf8_lossy(name).to_ascii_lowercase(), at)).collect();
        Some(Self { archive, positions })
    }

    /// The tags of a part, up to a maximum size.
    pub fn tags(&mut self, name: &str, max_bytes: u64) -> Option<Tags<impl std::io::BufRead + use<'_, 'b>>> {
        let at = *self.positions.get(&name.to_ascii_lowercase())?;
        Some(Tags::new(BufReader::with_capacity(32 << 10, self.archive.by_index(at).ok()?.take(max_bytes))))
    }

    /// The records of a binary part. `None` if it is missing.
    ///
    /// # Errors
    /// `sheet_too_large` if the part is larger than [`Limits::unpacked`]. The size in the archive is not trusted: it is
    /// decompressed to measure it.
    pub fn records(
        &mut self,
        name: &str,
        limits: &Limits,
    ) -> Result<Option<Records<impl std::io::BufRead + use<'_, 'b>>>> {
        let Some(at) = self.positions.get(&name.to_ascii_lowercase()).copied() else { return Ok(None) };
        if let Ok(part) = self.archive.by_index(at) {
            // A damaged part is reported when it is read.
            let size = std::io::copy(&mut part.take(limits.unpacked.saturating_add(1)), &mut std::io::sink());
            if size.is_ok_and(|size| size > limits.unpacked) {
                return Err(too_large(words::excel_unpacked(limits.unpacked)));
            }
        }
        let part = self.archive.by_index(at).ok();
        Ok(part.map(|part| Records::new(BufReader::with_capacity(32 << 10, part))))
    }

    /// Whether the package has pictures.
    pub fn has_pictures(&self) -> bool {
        self.positions.keys().any(|name| name.contains("/media/"))
    }

    /// The tags of a part that is read as a whole.
    pub fn part(&mut self, name: &str) -> Option<Tags<impl std::io::BufRead + use<'_, 'b>>> {
        self.tags(name, MAX_PART)
    }

    /// The name of the part that a relationship of a workbook's root has as its main document.
    pub fn workbook(&mut self) -> String {
        let relations = self.relations("");
        let main = relations.into_iter().find(|relation| relation.kind.ends_with("/officeDocument"));
        main.map_or_else(|| "xl/workbook.xml".to_owned(), |relation| relation.target)
    }

    /// The relationships of a part; the package's with an empty name.
    pub fn relations(&mut self, part: &str) -> Vec<Relation> {
        let (folder, mut all) = (part.rsplit_once('/').map_or("", |(folder, _)| folder), Vec::new());
        self.each_relation(part, |tag, is_external| {
            if is_external || all.len() >= MAX_RELATIONS {
                return;
            }
            let of = |name: &str| tag.attribute(name).unwrap_or_default();
            let target = resolved(folder, &of("target"));
            if target.len() <= MAX_TARGET {
                all.push(Relation { id: of("id"), kind: of("type"), target });
            }
        });
        all
    }

    /// Targets of the links of a part to the outside, by the ids of their relationships.
    pub fn links(&mut self, part: &str) -> HashMap<String, String> {
        let mut all = HashMap::new();
        self.each_relation(part, |tag, is_external| {
            if is_external && tag.attribute("type").is_some_and(|kind| kind.ends_with("/hyperlink")) {
                all.extend(tag.attribute("id").zip(tag.attribute("target")));
            }
        });
        all
    }

    /// Looks at the tag of each relationship of a part, and whether its target is outside of the package.
    fn each_relation(&mut self, part: &str, mut look: impl FnMut(&Tag<'_>, bool)) {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let at = if folder.is_empty() { format!("_rels/{file}.rels") } else { format!("{folder}/_rels/{file}.rels") };
        let Some(mut tags) = self.part(&at) else { return };
        while let Ok(Some(tag)) = tags.next() {
            if tag.opens("relationship") {
                let mode = tag.attribute("targetmode");
                look(&tag, mode.is_some_and(|mode| mode.eq_ignore_ascii_case("external")));
            }
        }
    }
}

/// The workbook with its sheets of macros declared as dialogs, which have no rows either. `None` if it cannot be copied.
pub fn without_macro_sheets(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut from = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::with_capacity(bytes.len())));
    for at in 0..from.len() {
        let is_relations = from.by_index(at).ok()?.name_raw().ends_with(b"workbook.xml.rels");
        if !is_relations {
            to.raw_copy_file(from.by_index_raw(at).ok()?).ok()?;
            continue;
        }
        let mut file = from.by_index(at).ok()?;
        let name = file.name().ok()?.into_owned();
        let mut text = String::new();
        file.by_ref().take(MAX_PART).read_to_string(&mut text).ok()?;
        let text = MACRO_SHEETS.iter().fold(text, |text, kind| text.replace(kind, "/dialogsheet"));
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        to.start_file(name, options).ok()?;
        to.write_all(text.as_bytes()).ok()?;
    }
    Some(to.finish().ok()?.into_inner())
}

/// Ends of the types of relationships with sheets of Excel 4.0 macros ([MS-OFFMACRO2] 2.2.1).
const MACRO_SHEETS: [&str; 2] = ["/xlMacrosheet", "/xlIntlMacrosheet"];

/// A relationship between parts.
#[derive(Debug)]
pub struct Relation {
    pub id: String,
    pub kind: String,
    /// Name of the part.
    pub target: String,
}

/// Resolves a target against the folder of its source.
fn resolved(folder: &str, target: &str) -> String {
    let (base, target) = target.strip_prefix('/').map_or((folder, target), |target| ("", target));
    let mut steps: Vec<&str> = base.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// Numbers of the rows of totals of the tables of a sheet's part (ECMA-376-1, 18.5.1.2: `totalsRowCount`).
pub fn totals(parts: &mut Parts<'_>, sheet: &str) -> Vec<u64> {
    /// Maximum number of tables.
    const MAX_TABLES: usize = 100;
    let relations = parts.relations(sheet).into_iter().filter(|relation| relation.kind.ends_with("/table"));
    let tables: Vec<String> = relations.map(|relation| relation.target).take(MAX_TABLES).collect();
    let mut rows = Vec::new();
    for table in tables {
        let Some(mut tags) = parts.part(&table) else { continue };
        while let Ok(Some(tag)) = tags.next() {
            if tag.opens("table") {
                let last = tag.attribute("ref").and_then(|text| Range::parse(&text)).map(|range| range.rows.1);
                let count = tag.number("totalsrowcount").unwrap_or(0).min(1);
                rows.extend(last.filter(|_| count > 0));
                break;
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    #[test]
    fn targets_are_relative_or_absolute() {
        for (folder, target, expected) in [
            ("xl/worksheets", "../drawings/drawing1.xml", "xl/drawings/drawing1.xml"),
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/media/a.png", "xl/media/a.png"),
            ("", "xl/workbook.xml", "xl/workbook.xml"),
            ("xl", "../../../a", "a"),
        ] {
            assert_eq!(super::resolved(folder, target), expected);
        }
    }
}
