//! Detects the format of a file by its content. Names count only where the content does not tell: programs save tables under
//! names of other formats, and people rename files.

use std::io::{Cursor, Read};

use super::{members, mht};
use crate::words;
use haibao_core::{
    error::{Error, ErrorKind, Message, Result},
    words::quote,
};

/// Bytes at the start in which a table of HTML must begin.
const HEAD_BYTES: usize = 4 << 10;
/// Namespace of XML Spreadsheet 2003.
const SPREADSHEET_2003: &str = "urn:schemas-microsoft-com:office:spreadsheet";
/// Start of a Compound File Binary ([MS-CFB] 2.2): .xls, .et, and .xlsx with a password.
const COMPOUND: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Supported file formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetFormat {
    /// Values separated by commas, semicolons or tabs, in UTF-8, UTF-16 with a byte order mark, or GB18030.
    Csv,
    /// Office Open XML workbook, as written by Excel 2007 and later and by WPS.
    Xlsx,
    /// Workbook of Excel 95 to 2003, also as WPS writes it.
    Xls,
    /// Binary workbook of Excel 2007 and later.
    Xlsb,
    /// JSON objects: one per line, one after another, or in a list.
    Jsonl,
    /// The first table of a page of HTML, which many systems save under the name `.xls`.
    Html,
    /// A web archive with such a page, as Excel saves it.
    Mht,
    /// XML Spreadsheet 2003.
    Xml2003,
    /// OpenDocument sheet, as LibreOffice writes it.
    Ods,
}

impl SheetFormat {
    /// Detects the format.
    ///
    /// # Errors
    /// `sheet_format` for files that are recognised but cannot be read: the old binary format, workbooks with a password,
    /// other archives, pictures, PDF, RTF, YAML, other XML.
    pub fn of(name: &str, bytes: &[u8]) -> Result<Self> {
        if bytes.starts_with(b"PK\x03\x04") {
            return archive(name, bytes);
        }
        if bytes.starts_with(&COMPOUND) {
            return compound(bytes).map_err(|(what, hint)| refused(name, what, hint));
        }
        if let Some((what, hint)) = foreign(bytes) {
            return Err(refused(name, what, hint));
        }
        let head = head(bytes);
        let start = head.trim_start_matches('\u{feff}').trim_start();
        if start.starts_with('<') {
            if head.contains(SPREADSHEET_2003) {
                return Ok(Self::Xml2003);
            }
            let lower = head.to_ascii_lowercase();
            if ["<html", "<!doctype html", "<table", "<body"].iter().any(|tag| lower.contains(tag)) {
                return Ok(Self::Html);
            }
            // Not a table whose first name has angle brackets.
            let is_xml = start.starts_with("<?xml") || bytes.trim_ascii_end().ends_with(b">");
            if is_xml && lower.contains("<svg") {
                return Err(refused(name, words::sheet_svg(), words::choose_a_sheet()));
            }
            if is_xml {
                return Err(refused(name, words::sheet_xml(), words::save_as_xlsx()));
            }
        }
        if mht::is_archive(&start.to_ascii_lowercase()) {
            return Ok(Self::Mht);
        }
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
        let is_json = start.starts_with('{') || list_of_objects(start).is_some();
        if !is_json && is_yaml(&extension, start) {
            return Err(refused(name, words::sheet_yaml(), words::save_yaml_as_json()));
        }
        // A table may have a placeholder as its first cell.
        let object = list_of_objects(start).unwrap_or(start);
        let is_certain = object.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with('"'));
        Ok(match extension.as_str() {
            "jsonl" | "ndjson" | "json" if may_be_json(start) => Self::Jsonl,
            _ if is_certain => Self::Jsonl,
            "csv" | "tsv" | "txt" => Self::Csv,
            _ if is_json => Self::Jsonl,
            _ => Self::Csv,
        })
    }
}

/// The rest of a text that starts with `[` and, after spaces, `{`: from there.
fn list_of_objects(start: &str) -> Option<&str> {
    start.strip_prefix('[').map(str::trim_start).filter(|rest| rest.starts_with('{'))
}

/// Whether a text under a name of JSON may be JSON, with a fault or without, rather than a table: by its first line.
fn may_be_json(start: &str) -> bool {
    let line = start.lines().next().unwrap_or_default().trim();
    let is_value = || serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok();
    // A member without its object.
    let member = || line.strip_prefix('"')?.split_once('"')?.1.trim_start().strip_prefix(':');
    let is_table = line.contains([',', ';', '\t', '|']);
    !is_table || line.starts_with(['{', '[', '｛', '［']) || is_value() || member().is_some()
}

/// Whether a text is YAML: by its first lines, or by its name if they may be.
fn is_yaml(extension: &str, start: &str) -> bool {
    let is_line = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let mut lines = start.lines().map(str::trim_end).filter(is_line);
    let mut next = || lines.next().unwrap_or_default();
    // `title: 花瓶`, `goods:`.
    let is_member = |text: &str| {
        text.split_once(':').is_some_and(|(key, value)| {
            !key.is_empty() && !key.contains([',', ';', '\t', '|']) && (value.is_empty() || value.starts_with(' '))
        })
    };
    let first = next();
    let has_mark = first == "---" || first.starts_with("%YAML");
    let (first, second) = (if has_mark { next() } else { first }, next());
    let item = |line: &'_ str| line.trim_start().strip_prefix("- ").is_some_and(|rest| is_member(rest.trim_start()));
    match extension {
        "yaml" | "yml" => has_mark || first.starts_with('-') || is_member(first),
        _ if has_mark => item(first) || is_member(first),
        _ => item(first) && (item(second) || (second.starts_with("  ") && is_member(second.trim_start()))),
    }
}

/// The start of a text, in UTF-8 or UTF-16.
fn head(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(HEAD_BYTES)];
    match start {
        [0xff, 0xfe, ..] => encoding_rs::UTF_16LE.decode(start).0.into_owned(),
        [0xfe, 0xff, ..] => encoding_rs::UTF_16BE.decode(start).0.into_owned(),
        _ => String::from_utf8_lossy(start).into_owned(),
    }
}

/// The format of a ZIP archive.
fn archive(name: &str, bytes: &[u8]) -> Result<SheetFormat> {
    members::check(bytes)?;
    // A damaged archive is reported when it is read.
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return Ok(SheetFormat::Xlsx) };
    let mut mimetype = String::new();
    if let Ok(file) = archive.by_name("mimetype") {
        let _ = file.take(100).read_to_string(&mut mimetype);
    }
    let names = archive.file_names_raw().take(10_000);
    let names: Vec<String> = names.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    let has = |start: &str| names.iter().any(|name| name.starts_with(start));
    let (what, hint) = if mimetype.contains("opendocument.spreadsheet") {
        let mut manifest = String::new();
        if let Ok(file) = archive.by_name("META-INF/manifest.xml") {
            let _ = file.take(1 << 20).read_to_string(&mut manifest);
        }
        if !manifest.contains("encryption-data") {
            return Ok(SheetFormat::Ods);
        }
        (words::sheet_ods_password(), words::save_as_xlsx())
    } else if mimetype.contains("opendocument") {
        (words::sheet_opendocument(), words::save_as_xlsx())
    } else if names.iter().any(|name| name.to_ascii_lowercase().ends_with("workbook.bin")) {
        return Ok(SheetFormat::Xlsb);
    } else if has("word/") || has("ppt/") {
        (words::sheet_word(), words::copy_the_table())
    } else if has("Index/") {
        (words::sheet_numbers(), words::export_as_xlsx())
    } else if names.iter().any(|name| name.to_ascii_lowercase().ends_with("workbook.xml")) || has("_rels/") {
        return Ok(SheetFormat::Xlsx);
    } else {
        (words::sheet_zip(), words::choose_in_zip())
    };
    Err(refused(name, what, hint))
}

/// Names a kind of files.
type Name = fn() -> Message;

/// The format of a Compound File Binary, or what it is and what to do with it.
fn compound(bytes: &[u8]) -> Result<SheetFormat, (Message, Message)> {
    // The names of the streams are UTF-16LE, each with its end.
    let has = |name: &str| {
        let name: Vec<u8> = format!("{name}\0").encode_utf16().flat_map(u16::to_le_bytes).collect();
        memchr::memmem::find(bytes, &name).is_some()
    };
    if has("EncryptedPackage") {
        Err((words::sheet_password(), words::save_as_xlsx()))
    } else if ["Workbook", "WORKBOOK", "Book", "BOOK"].into_iter().any(has) {
        Ok(SheetFormat::Xls)
    } else if has("WordDocument") || has("PowerPoint Document") {
        Err((words::sheet_old_word(), words::copy_the_table()))
    } else {
        Err((words::sheet_compound(), words::save_as_xlsx()))
    }
}

/// Files that are recognised by their first bytes, and what to do with them.
fn foreign(bytes: &[u8]) -> Option<(Message, Message)> {
    let signatures: [(&[u8], Name); 7] = [
        (b"%PDF", words::sheet_pdf),
        (b"\x89PNG", words::sheet_picture),
        (b"\xff\xd8\xff", words::sheet_picture),
        (b"GIF8", words::sheet_picture),
        (b"Rar!", words::sheet_rar),
        (b"7z\xbc\xaf", words::sheet_7z),
        (b"\x1f\x8b", words::sheet_gzip),
    ];
    if bytes.starts_with(b"{\\rtf") {
        return Some((words::sheet_rtf(), words::copy_the_table()));
    }
    let found = signatures.into_iter().find(|(start, _)| bytes.starts_with(start))?;
    Some(((found.1)(), words::choose_a_sheet()))
}

fn refused(name: &str, what: Message, hint: Message) -> Error {
    let finding = match name {
        "" => words::sheet_format_unnamed(what),
        name => words::sheet_format(quote(name), what),
    };
    Error::of(ErrorKind::Unsupported, finding).hint(hint)
}
