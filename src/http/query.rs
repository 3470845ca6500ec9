//! Query parameters: a request with one that its operation does not document is rejected.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::Value;
use url::form_urlencoded;

use crate::words;
use haibao_core::{
    error::{Error, ErrorKind, Result},
    template::suggest::nearest,
};

/// Maximum number of unknown parameters reported. Bounds the response to a hostile query.
const MAX_UNKNOWN: usize = 50;

/// Names of the query parameters of each method of a path that needs a key. Other paths ignore unknown parameters, see
/// [`Access::ignores_unknown_parameters`](super::access::Access::ignores_unknown_parameters).
#[derive(Debug)]
pub(super) struct QueryParameters(Vec<(&'static str, Vec<&'static str>)>);

impl QueryParameters {
    /// The parameters that the API document has for a path.
    pub(super) fn of(document: &'static Value, path: &str) -> Self {
        let names = |operation: &'static Value| {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            parameters.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str()).collect::<Vec<_>>()
        };
        let methods = document["paths"][path].as_object().into_iter().flatten();
        Self(methods.map(|(method, operation)| (method.as_str(), names(operation))).collect())
    }

    /// # Errors
    /// `request_invalid` with a `field_unknown` for each unknown parameter, at most [`MAX_UNKNOWN`] of them.
    pub(super) fn check(&self, method: &Method, query: &str) -> Result<()> {
        if query.is_empty() {
            return Ok(());
        }
        // `HEAD` has the handler of `GET`.
        let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
        // The router rejects other methods.
        let Some((_, known)) = self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(method)) else {
            return Ok(());
        };
        let given = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
        let unknown: BTreeSet<_> = given.filter(|name| !known.contains(&&**name)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let finding = |name: &str| {
            if known.is_empty() {
                return words::query_unused(words::quote(name));
            }
            let near = nearest(name, known.iter().copied()).map(words::did_you_mean);
            words::query_unknown(words::quote(name), known.join(", ")).with_hint(near)
        };
        let findings = unknown.iter().take(MAX_UNKNOWN).map(|name| finding(name)).collect();
        Err(Error::findings(ErrorKind::Invalid, "request_invalid", findings))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::document, *};

    /// Messages and hints about the parameters of a query.
    fn findings(path: &str, method: &Method, query: &str) -> Vec<(String, Option<String>)> {
        let checked = QueryParameters::of(document(), path).check(method, query);
        let error = match checked {
            Ok(()) => return Vec::new(),
            Err(error) => error,
        };
        assert_eq!(error.code(), "request_invalid");
        assert!(error.all_findings().iter().all(|finding| finding.code == "field_unknown"));
        error.all_findings().iter().map(|finding| (finding.message.clone(), finding.hint.clone())).collect()
    }

    #[test]
    fn documented_parameters_are_known() {
        for method in [Method::GET, Method::HEAD] {
            for query in ["", "&", "download=a.png", "download=%E7%93%B7.png&download"] {
                assert!(findings("/v1/assets/{hash}", &method, query).is_empty(), "{method} {query}");
            }
        }
        // It has no such method.
        assert!(findings("/v1/assets/{hash}", &Method::DELETE, "zzz=1").is_empty());
    }

    #[test]
    fn unknown_parameters_are_named_once_with_the_nearest_known_one() {
        let found = findings("/v1/assets/{hash}", &Method::GET, "downlaod=a.png&downlaod=b.png&zzz");
        let expected = [
            ("unknown query parameter \"downlaod\"".to_owned(), Some("did you mean `download`?".to_owned())),
            ("unknown query parameter \"zzz\"".to_owned(), Some("known query parameters: download".to_owned())),
        ];
        assert_eq!(found, expected);
        let found = findings("/v1/posters", &Method::POST, "strict=true");
        assert_eq!(found[0].0, "unknown query parameter \"strict\"");
        assert!(found[0].1.as_deref().is_some_and(|hint| hint.contains("body")), "{found:?}");
    }

    #[test]
    fn a_hostile_query_gets_a_bounded_response() {
        let query: String = (0..5000).map(|index| format!("{index}{}=1&", "x".repeat(900))).collect();
        let found = findings("/v1/posters", &Method::POST, &query);
        assert_eq!(found.len(), MAX_UNKNOWN);
        assert!(found.iter().all(|(message, _)| message.chars().count() < 200), "{}", found[0].0);
    }
}
