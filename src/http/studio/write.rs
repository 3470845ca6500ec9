//! `PUT /v1/studio/templates/{id}/files/{path}`: writes a file of a template.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{
        Path, State,
        rejection::{BytesRejection, PathRejection},
    },
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    super::{caching::unknown_file, excerpt::Excerpt, media, problem::Problem},
    view::WrittenFile,
};
use crate::{
    language::Language,
    service::{
        App,
        catalog::{Outcome, Seen},
    },
    words,
};
use haibao_core::error::{Error, ErrorKind};

/// Writes the body as a file.
pub(super) async fn put(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let Path((id, path)) = path.map_err(unknown_file)?;
    media::check_encoding(&headers)?;
    let content = body.map_err(|_| Error::of(ErrorKind::Malformed, words::body_unreadable()))?;
    let outcome = app.studio.write(&app.catalog, &id, path.clone(), content, seen(&headers)).await?;
    match outcome {
        Outcome::Written { hash, findings } => {
            let findings = Excerpt::all(&findings, Language::of_client(&headers));
            let caching = [(header::ETAG, tag(&hash)), (header::CACHE_CONTROL, "no-store".to_owned())];
            Ok((caching, Json(WrittenFile { hash, findings })).into_response())
        }
        Outcome::Changed(current) => Err(changed(&path, current)),
        Outcome::Unseen => {
            let error = Error::of(ErrorKind::Conflict, words::precondition_missing(words::quote(&path)));
            Err(Problem::from(error).status(StatusCode::PRECONDITION_REQUIRED))
        }
    }
}

fn changed(path: &str, current: Option<String>) -> Problem {
    let problem =
        |finding| Problem::from(Error::of(ErrorKind::Conflict, finding)).status(StatusCode::PRECONDITION_FAILED);
    let Some(hash) = current else { return problem(words::file_removed(words::quote(path))) };
    let problem = problem(words::file_changed(words::quote(path), &hash));
    let problem = match HeaderValue::try_from(tag(&hash)) {
        Ok(tag) => problem.header(header::ETAG, tag),
        Err(_) => problem,
    };
    problem.with("hash", hash)
}

fn tag(hash: &str) -> String {
    format!("\"{hash}\"")
}

/// What the client has seen of the file, by `If-Match` and `If-None-Match`.
fn seen(headers: &HeaderMap) -> Seen {
    let list = |name: HeaderName| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).map(|one| one.trim().to_owned()).collect::<Vec<_>>()
    };
    if list(header::IF_NONE_MATCH).iter().any(|one| one == "*") {
        return Seen::Absence;
    }
    // `*` says of no content that it was seen. Weak tags match none (RFC 9110, section 13.1.1).
    let tags = list(header::IF_MATCH).into_iter().filter(|one| one != "*").collect::<Vec<_>>();
    match tags.is_empty() {
        true => Seen::Nothing,
        false => Seen::Contents(tags.iter().map(|one| one.trim_matches('"').to_owned()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_say_what_a_client_has_seen() {
        let contents = |hashes: &[&str]| Seen::Contents(hashes.iter().map(|&hash| hash.to_owned()).collect());
        for (name, value, expected) in [
            ("if-match", "\"ab\"", contents(&["ab"])),
            ("if-match", "\"ab\" , \"cd\"", contents(&["ab", "cd"])),
            ("if-match", "W/\"ab\"", contents(&["W/\"ab"])),
            ("if-match", "*", Seen::Nothing),
            ("if-none-match", "*", Seen::Absence),
            ("if-none-match", "\"ab\"", Seen::Nothing),
            ("accept", "*/*", Seen::Nothing),
        ] {
            let field = (name.parse::<HeaderName>().expect("a name"), HeaderValue::from_static(value));
            assert_eq!(seen(&HeaderMap::from_iter([field])), expected, "{name}: {value}");
        }
    }
}
