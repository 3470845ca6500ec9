//! What libraries report of damaged files, as sentences: one function for each library, one row for each kind.

use std::io;

use haibao_core::error::Message;

use crate::words;

/// An error of reading data in memory: it ends too early, or is damaged in another way.
pub fn damage(error: &io::Error) -> Message {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => words::cause_ended(),
        _ => words::cause_data(),
    }
}

/// An error of reading what is compressed.
pub fn unpacking(error: &io::Error) -> Message {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<zip::result::ZipError>());
    inner.map_or_else(|| damage(error), zip_error)
}

/// An error of a ZIP archive in memory.
pub fn zip_error(error: &zip::result::ZipError) -> Message {
    use zip::result::ZipError as Kind;
    match error {
        Kind::Io(error) => damage(error),
        Kind::UnsupportedArchive(what) if *what == Kind::PASSWORD_REQUIRED => words::zip_password(),
        Kind::InvalidPassword => words::zip_password(),
        Kind::UnsupportedArchive(_) => words::zip_unsupported(),
        Kind::CompressionMethodNotSupported(method) => words::zip_method(method),
        Kind::FileNotFound => words::workbook_part(),
        _ => words::zip_damaged(),
    }
}

/// An error of the parser of XLSX.
pub fn workbook(error: &calamine::XlsxError) -> Message {
    use calamine::XlsxError as Kind;
    match error {
        Kind::Io(error) => damage(error),
        Kind::Zip(error) => zip_error(error),
        Kind::Password => words::xls_password(),
        Kind::FileNotFound(_) | Kind::RelationshipNotFound | Kind::WorksheetNotFound(_) => words::workbook_part(),
        Kind::Xml(_) | Kind::XmlAttr(_) | Kind::XmlEof(_) | Kind::Encoding(_) => words::workbook_xml(),
        _ => words::workbook_content(),
    }
}
