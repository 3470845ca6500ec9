//! What the system and libraries report, as sentences of the catalogue: one function for each library, one row for each kind.
//! Their own texts are English, and stay in the log.

mod recognised;
mod toml_syntax;

use std::io;

use haibao_core::error::Message;

pub(crate) use self::{recognised::recognised, toml_syntax::toml};
use crate::words;

/// An error of the system.
pub(crate) fn io(error: &io::Error) -> Message {
    use io::ErrorKind as Kind;
    /// `EMFILE` and `ENFILE`, and Windows' `ERROR_TOO_MANY_OPEN_FILES`.
    const MANY_FILES: [i32; 3] = [24, 23, 4];
    match error.kind() {
        Kind::NotFound => words::cause_missing(),
        Kind::PermissionDenied => words::cause_denied(),
        Kind::AlreadyExists => words::cause_exists(),
        Kind::StorageFull | Kind::QuotaExceeded => words::cause_disk_full(),
        Kind::ReadOnlyFilesystem => words::cause_read_only(),
        Kind::IsADirectory => words::cause_folder(),
        Kind::NotADirectory => words::cause_no_folder(),
        Kind::DirectoryNotEmpty => words::cause_not_empty(),
        Kind::FileTooLarge => words::cause_file_large(),
        Kind::InvalidFilename => words::cause_name(),
        Kind::ResourceBusy | Kind::ExecutableFileBusy | Kind::WouldBlock => words::cause_busy(),
        Kind::OutOfMemory => words::cause_memory(),
        Kind::ConnectionRefused => words::cause_refused(),
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::NotConnected | Kind::BrokenPipe => {
            words::cause_closed()
        }
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => words::cause_unreachable(),
        Kind::TimedOut => words::cause_timeout(),
        Kind::AddrInUse => words::cause_address_used(),
        Kind::AddrNotAvailable => words::cause_address_foreign(),
        Kind::Interrupted => words::cause_interrupted(),
        Kind::Unsupported => words::cause_unsupported(),
        Kind::UnexpectedEof | Kind::InvalidData => haibao_sheet::damage(error),
        _ => match error.raw_os_error() {
            Some(code) if MANY_FILES.contains(&code) => words::cause_many_files(),
            Some(code) => words::cause_code(code),
            None => words::cause_unknown(),
        },
    }
}

/// An error of reading a file whose format is damaged: only errors of the system are distinguished.
fn data(error: &io::Error) -> Message {
    if error.raw_os_error().is_some() { io(error) } else { haibao_sheet::damage(error) }
}

/// An error of reading what is compressed.
pub(crate) fn unpacking(error: &io::Error) -> Message {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<zip::result::ZipError>());
    inner.map_or_else(|| data(error), zip)
}

/// An error of a ZIP archive.
pub(crate) fn zip(error: &zip::result::ZipError) -> Message {
    match error {
        zip::result::ZipError::Io(error) => data(error),
        error => haibao_sheet::zip_error(error),
    }
}

/// An error of writing a workbook.
pub(crate) fn written_workbook(error: &rust_xlsxwriter::XlsxError) -> Message {
    use rust_xlsxwriter::XlsxError as Kind;
    match error {
        Kind::MaxStringLengthExceeded => words::workbook_text_long(),
        Kind::IoError(error) => io(error),
        _ => words::cause_unknown(),
    }
}

/// An error of an HTTP client. The URL, which may hold a signature or a token, is not part of it.
pub(crate) fn request(error: &reqwest::Error) -> Message {
    let mut next = std::error::Error::source(error);
    let mut deepest = None;
    while let Some(inner) = next {
        if let Some(inner) = inner.downcast_ref::<io::Error>().filter(|inner| inner.get_ref().is_none()) {
            return io(inner);
        }
        if let Some(failure) = inner.downcast_ref::<crate::net::resolver::LookupError>() {
            return failure.message();
        }
        deepest = Some(inner);
        next = inner.source();
    }
    let said = deepest.map(ToString::to_string).unwrap_or_default();
    match said.strip_prefix("invalid peer certificate: ") {
        // The name of a kind, and what it quotes.
        Some(kind) => words::cause_certificate(kind),
        None if error.is_timeout() => words::cause_timeout(),
        None if said.contains("connection closed") || said.contains("connection error") => words::cause_closed(),
        None if said.is_empty() => words::request_unsent(),
        None => words::cause_said(said),
    }
}

pub(crate) fn database(error: &sqlx::Error) -> Message {
    match error {
        sqlx::Error::Io(error) => io(error),
        sqlx::Error::PoolTimedOut => words::cause_timeout(),
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => words::cause_closed(),
        error => words::database_said(error),
    }
}

/// An error of any library: what is known of it or of what has caused it.
pub(crate) fn any(error: &(dyn std::error::Error + 'static)) -> Message {
    let mut next = Some(error);
    while let Some(inner) = next {
        if let Some(error) = inner.downcast_ref::<sqlx::Error>() {
            return database(error);
        }
        if let Some(error) = inner.downcast_ref::<io::Error>() {
            return io(error);
        }
        next = inner.source();
    }
    words::cause_said(error)
}

/// An error of a bucket or a folder of files.
pub(crate) fn storage(error: &opendal::Error) -> Message {
    use opendal::ErrorKind as Kind;
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    match (error.kind(), source) {
        (Kind::Unexpected, Some(source)) => io(source),
        // Without the request and its headers, which may contain credentials.
        (Kind::Unexpected, None) => words::cause_said(error.message().chars().take(200).collect::<String>()),
        (kind, _) => storage_kind(kind),
    }
}

/// A kind of errors of a bucket.
pub(crate) fn storage_kind(kind: opendal::ErrorKind) -> Message {
    use opendal::ErrorKind as Kind;
    match kind {
        Kind::NotFound => words::cause_missing(),
        Kind::PermissionDenied => words::cause_denied(),
        Kind::IsADirectory => words::cause_folder(),
        Kind::NotADirectory => words::cause_no_folder(),
        Kind::AlreadyExists | Kind::ConditionNotMatch => words::cause_exists(),
        Kind::RateLimited => words::cause_rate(),
        Kind::ConfigInvalid => words::cause_configuration(),
        Kind::Unsupported => words::cause_unsupported(),
        Kind::Conflict => words::cause_busy(),
        _ => words::cause_unknown(),
    }
}

pub(crate) fn url(error: url::ParseError) -> Message {
    use url::ParseError as Kind;
    match error {
        Kind::EmptyHost => words::url_host_empty(),
        Kind::IdnaError | Kind::InvalidDomainCharacter => words::url_host_invalid(),
        Kind::InvalidIpv4Address | Kind::InvalidIpv6Address => words::url_ip_invalid(),
        Kind::InvalidPort => words::url_port_invalid(),
        Kind::RelativeUrlWithoutBase | Kind::RelativeUrlWithCannotBeABaseBase => words::url_relative(),
        _ => words::url_other(),
    }
}

/// The message of serde for a value of another type or form: `invalid type: string "x", expected u32`.
pub(crate) fn value(text: &str) -> Message {
    let quoted = |text: &str| text.trim_matches('`').to_owned();
    for kind in ["invalid type: ", "invalid value: "] {
        if let Some((given, expected)) = text.strip_prefix(kind).and_then(|rest| rest.rsplit_once(", expected ")) {
            return words::value_unlike(wanted(expected), got(given));
        }
    }
    if let Some((given, expected)) =
        text.strip_prefix("invalid length ").and_then(|rest| rest.split_once(", expected "))
    {
        return words::value_length(given, wanted(expected));
    }
    for kind in ["unknown field ", "unknown variant "] {
        if let Some(rest) = text.strip_prefix(kind) {
            return match rest.split_once(", expected ") {
                Some((name, known)) => {
                    words::field_not_one_of(quoted(name), known.trim_start_matches("one of ").replace(" or ", ", "))
                }
                None => words::field_not_known(quoted(rest.split(", ").next().unwrap_or(rest))),
            };
        }
    }
    match (text.strip_prefix("missing field "), text.strip_prefix("duplicate field ")) {
        (Some(name), _) => words::field_lacking(quoted(name)),
        (_, Some(name)) => words::field_repeated(quoted(name)),
        _ => recognised(text).unwrap_or_else(|| words::cause_said(text)),
    }
}

/// What a library expects, in its words.
pub(crate) fn wanted(text: &str) -> Message {
    match text.trim_start_matches("an ").trim_start_matches("a ") {
        "boolean" | "bool" => words::want_boolean(),
        "integer"
        | "i8"
        | "i16"
        | "i32"
        | "i64"
        | "isize"
        | "signed 64 bit or less integer"
        | "signed 128 bit integer" => words::want_integer(),
        "u8"
        | "u16"
        | "u32"
        | "u64"
        | "usize"
        | "unsigned 64 bit or less integer"
        | "unsigned 128 bit or less integer"
        | "nonzero u32"
        | "nonzero u64"
        | "nonzero usize" => words::want_natural(),
        "f32" | "f64" | "floating point" | "JSON number" => words::want_number(),
        "string" | "str" | "borrowed string" => words::want_text(),
        "array" | "sequence" => words::want_list(),
        "map" | "JSON object" => words::want_object(),
        other if other.starts_with("struct ") => words::want_object(),
        _ => recognised(text).unwrap_or_else(|| words::cause_said(text)),
    }
}

/// What a library got, in its words: ``string "x"``, ``integer `3` ``.
pub(crate) fn got(text: &str) -> Message {
    let (kind, value) = text.split_once([' ', ':']).unwrap_or((text, ""));
    let number = text.rsplit_once(" `").map(|(_, number)| number.trim_end_matches('`').to_owned());
    match (kind, number) {
        ("boolean", Some(value)) => words::got_boolean(value),
        ("string", _) => words::got_text(value.trim_matches('`')),
        ("unit" | "null" | "Option", _) => words::got_null(),
        ("sequence", _) => words::got_list(),
        ("map", _) => words::got_object(),
        (_, Some(number)) => words::got_number(number),
        _ => words::cause_said(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn errors_of_the_system_are_sentences_in_both_languages() {
        let missing = std::fs::File::open("/nowhere/at/all").expect_err("there is none");
        let text = |message: &Message| (message.text(), Language::Chinese.text(message));
        assert_eq!(
            text(&io(&missing)),
            ("there is no such file or folder".to_owned(), "文件或文件夹不存在".to_owned())
        );
        assert_eq!(io(&io::Error::from_raw_os_error(24)).text(), "too many files are open");
        assert_eq!(io(&io::Error::other("some words")).text(), "the cause is unknown");
        let broken = zip::ZipArchive::new(io::Cursor::new(b"PK\x03\x04")).expect_err("no archive");
        assert_eq!(text(&zip(&broken)).1, "不是 ZIP 压缩包，或已损坏");
    }

    #[test]
    fn messages_of_serde_are_sentences() {
        for (said, english, chinese) in [
            (
                "invalid type: string \"x\", expected u32",
                "expected an integer from 0 up, got string \"x\"",
                "应为非负整数，实际为文本 \"x\"",
            ),
            ("invalid type: map, expected a string", "expected a string, got an object", "应为文本，实际为对象"),
            (
                "invalid value: integer `-3`, expected u8",
                "expected an integer from 0 up, got number -3",
                "应为非负整数，实际为数字 -3",
            ),
            (
                "unknown field `a`, expected `b` or `c`",
                "`a` is not known here; known are `b`, `c`",
                "没有 `a` 这一项，可用的有 `b`, `c`",
            ),
            ("unknown field `a`, there are no fields", "`a` is not known", "没有 `a` 这一项"),
            ("missing field `a`", "`a` is missing", "缺少 `a`"),
        ] {
            let message = value(said);
            assert_eq!(
                (message.text().as_str(), Language::Chinese.text(&message).as_str()),
                (english, chinese),
                "{said}"
            );
        }
    }
}
