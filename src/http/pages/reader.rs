//! The reader of a page: language, address and key.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Uri, request::Parts},
};
use url::form_urlencoded;

use super::{super::session, language::Language};
use crate::{
    access::{Caller, Keys},
    service::App,
};

/// Who reads a page, in which language, and at which address.
#[derive(Debug, Clone)]
pub struct Reader {
    pub language: Language,
    /// The language, if this request chooses it.
    pub chosen: Option<Language>,
    /// The caller of the session. The operator of a service without keys has no name; `None` without a session.
    pub caller: Option<Caller>,
    uri: Uri,
}

impl Reader {
    /// The reader of a request. `known` is the caller that the check of access has admitted; on open paths, and if it has
    /// admitted none, the session is looked up.
    pub async fn new(keys: &Keys, headers: &HeaderMap, uri: Uri, known: Option<Caller>) -> Self {
        let caller = match known.filter(|caller| !caller.is_public()) {
            Some(caller) => Some(caller),
            None => looked_up(keys, headers).await,
        };
        Self { caller, ..Self::unknown(headers, uri) }
    }

    /// The reader of a request that no key can be read for.
    pub fn unknown(headers: &HeaderMap, uri: Uri) -> Self {
        let chosen = Language::chosen(uri.query());
        Self { language: chosen.unwrap_or_else(|| Language::of_reader(headers)), chosen, caller: None, uri }
    }

    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// Path and query.
    pub fn address(&self) -> &str {
        self.uri.path_and_query().map_or("/", |address| address.as_str())
    }

    /// Address of this page in a language.
    pub fn in_language(&self, language: Language) -> String {
        let pairs = form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes());
        let tag = language.of(["zh", "en"]);
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs.filter(|(name, _)| name != "lang")).append_pair("lang", tag);
        format!("?{}", query.finish())
    }

    /// Address of the login page that returns to this page; empty on the login page itself.
    pub fn login(&self) -> String {
        if self.path() == "/login" { String::new() } else { session::login_path(&self.uri) }
    }
}

impl FromRequestParts<Arc<App>> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let known = parts.extensions.get::<Caller>().cloned();
        Ok(Self::new(&app.keys, &parts.headers, parts.uri.clone(), known).await)
    }
}

/// The caller of the session; the operator of a service without keys. A page without the name of the key is better than none.
async fn looked_up(keys: &Keys, headers: &HeaderMap) -> Option<Caller> {
    if keys.is_open().await.unwrap_or(false) {
        return Some(Caller::operator());
    }
    keys.session(&session::cookie(headers)?).await.ok().flatten()
}
