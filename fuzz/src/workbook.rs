//! Workbooks from the text of their parts: a ZIP archive's checksums stay right, however the parts change.

/// Line between the parts of an input.
const SEPARATOR: &str = "\n----\n";
const NAMES: [&str; 5] = [
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
];
const TYPES: &str =
    "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
const WORKBOOK: &str = "<?xml version=\"1.0\"?><workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
    xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>\
    <sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
const RELATIONS: &str = "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
    Target=\"worksheets/sheet1.xml\"/>\
    <Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings\" \
    Target=\"sharedStrings.xml\"/>\
    <Relationship Id=\"rId3\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" \
    Target=\"styles.xml\"/></Relationships>";

/// An XLSX whose parts are the input, separated by a line of four dashes: sheet, shared strings, styles, workbook and its
/// relations. Empty and missing parts are left out, but the last two have a default.
pub fn workbook(input: &str) -> Vec<u8> {
    let mut parts: Vec<(&str, &str)> = NAMES.into_iter().zip(input.split(SEPARATOR)).collect();
    parts.retain(|(_, text)| !text.is_empty());
    for (name, text) in [(NAMES[3], WORKBOOK), (NAMES[4], RELATIONS), ("[Content_Types].xml", TYPES)] {
        if parts.iter().all(|(known, _)| *known != name) {
            parts.push((name, text));
        }
    }
    zip(&parts)
}

/// A ZIP archive of stored files (APPNOTE.TXT, 4.3).
fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let (offset, size) = (out.len() as u32, text.len() as u32);
        // Version 2.0, no flags, stored, no time; then checksum, sizes, and lengths of name and extra field.
        let mut header = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        header.extend(crc32fast::hash(text.as_bytes()).to_le_bytes());
        header.extend([size.to_le_bytes(), size.to_le_bytes()].concat());
        header.extend([(name.len() as u16).to_le_bytes(), [0, 0]].concat());
        out.extend([&b"PK\x03\x04"[..], &header, name.as_bytes(), text.as_bytes()].concat());
        directory
            .extend([&b"PK\x01\x02\x14\0"[..], &header, &[0; 10], &offset.to_le_bytes(), name.as_bytes()].concat());
    }
    let (count, offset) = ((files.len() as u16).to_le_bytes(), (out.len() as u32).to_le_bytes());
    let size = (directory.len() as u32).to_le_bytes();
    out.extend(&directory);
    out.extend([&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &size, &offset, &[0, 0]].concat());
    out
}
