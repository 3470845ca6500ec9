//! Fields of a code in a request body.

use super::body::Members;
use haibao_core::{
    code::{CodeFields, CodeNeed},
    error::{Error, ErrorKind, Result},
};

/// Reads the fields of a code that is requested by itself.
pub(super) fn fields(members: &mut Members) -> CodeFields {
    read_fields(members, true)
}

/// Reads the `code` object of a poster or an export: without a width, which the layout determines.
pub(super) fn poster_fields(members: &mut Members) -> CodeFields {
    read_fields(members, false)
}

fn read_fields(members: &mut Members, has_width: bool) -> CodeFields {
    CodeFields {
        kind: members.read("kind", "unlimited, limited, square or qr"),
        app: members.read("app", "the name of an app"),
        page: members.read("page", "a page's path"),
        scene: members.read("scene", "a string or an object"),
        path: members.read("path", "a path with its query"),
        text: members.read("text", "text, such as a URL"),
        env_version: members.read("env_version", "release, trial or develop"),
        check_path: members.read("check_path", "true or false"),
        width: if has_width { members.read("width", "a number of px, 280 to 1280") } else { None },
        auto_color: members.read("auto_color", "true or false"),
        line_color: members.read("line_color", "a colour such as \"#225588\""),
        is_hyaline: members.read("is_hyaline", "true or false"),
    }
}

/// Validates the fields read from a body, whose members have all been read.
///
/// # Errors
/// `request_invalid` with all findings.
pub(super) fn need(members: Members, fields: CodeFields) -> Result<CodeNeed> {
    let mut findings = members.finish();
    match fields.need() {
        Ok(need) if findings.is_empty() => return Ok(need),
        need => findings.extend(need.err().into_iter().flatten()),
    }
    Err(Error::findings(ErrorKind::Invalid, "request_invalid", findings))
}
