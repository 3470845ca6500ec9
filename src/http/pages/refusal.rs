//! Errors as pages: a browser that navigates gets an explanation and links instead of `application/problem+json`.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    super::{
        media,
        problem::{Problem, Shown, in_language},
    },
    Page,
    language::Language,
    listed, meanings,
    reader::Reader,
};
use crate::{
    access::{Keys, Scope},
    words,
};

/// Content security policy: the style sheet is part of the page, because a service that is busy or that refuses the host
/// would refuse the style sheet too.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// Who reads the error of a request: noted before its handler takes the request.
#[derive(Debug)]
pub(in crate::http) struct Audience {
    language: Language,
    /// The request of a browser that shows the response as a page.
    visit: Option<Box<(Method, Uri, HeaderMap)>>,
}

impl Audience {
    pub(in crate::http) fn of(request: &Parts) -> Self {
        let Parts { method, uri, headers, .. } = request;
        let visit = is_navigation(headers).then(|| Box::new((method.clone(), uri.clone(), headers.clone())));
        Self { language: Language::of_client(headers), visit }
    }

    /// A problem in the language of its reader, as a page for a browser. Other responses stay.
    pub(in crate::http) async fn explain(&self, response: Response, id: &str, keys: &Keys) -> Response {
        let response = in_language(response, self.language);
        let Some((method, uri, headers)) = self.visit.as_deref() else { return response };
        if response.extensions().get::<Shown>().is_none() {
            return response;
        }
        replace(response, &Reader::new(keys, headers, uri.clone(), None).await, method, id)
    }

    /// As [`Audience::explain`], for a refusal of a request that reaches no handler: without the name of its key.
    pub(in crate::http) fn refuse(&self, problem: Problem, id: &str) -> Response {
        let response = problem.into_response();
        let Some((method, uri, headers)) = self.visit.as_deref() else {
            return in_language(response, self.language);
        };
        replace(response, &Reader::unknown(headers, uri.clone()), method, id)
    }
}

/// Whether a browser shows the response as a page.
fn is_navigation(headers: &HeaderMap) -> bool {
    let mode = headers.get("sec-fetch-mode");
    mode.is_none_or(|mode| mode == "navigate")
        && media::preferred(headers, &["application/problem+json", "text/html"]) == 1
}

fn replace(mut response: Response, reader: &Reader, method: &Method, id: &str) -> Response {
    let Some(problem) = response.extensions().get::<Shown>() else { return response };
    let data = describe(problem, reader, response.headers(), method, id);
    let page = Page { name: "refusal", title: headline(problem) };
    let Ok(html) = page.render(reader, data) else { return response };
    *response.body_mut() = Body::from(html);
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(reader.language.tag()));
    headers.append(header::VARY, HeaderValue::from_static("Accept, Cookie"));
    if let Some(language) = reader.chosen {
        headers.append(header::SET_COOKIE, language.cookie());
    }
    response
}

fn describe(problem: &Shown, reader: &Reader, headers: &HeaderMap, method: &Method, id: &str) -> Value {
    let wait = headers.get(header::RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.parse::<u64>().ok());
    let error = reader.language.error(problem.error.clone());
    let text = match problem.scope {
        Some(scope) => {
            let name = reader.caller.as_ref().and_then(|caller| caller.owner()).unwrap_or_default();
            let scope = (scope.name(), reader.language.of(allows(scope)));
            reader.language.of([
                format!("密钥“{name}”缺少权限 {}（{}）。", scope.0, scope.1),
                format!("The key “{name}” lacks the scope {} ({}).", scope.0, scope.1),
            ])
        }
        None => meanings::of(problem.code, reader.language).map_or_else(|| error.message().to_owned(), str::to_owned),
    };
    let wait = wait.map(|seconds| {
        reader.language.of([format!("请等待 {seconds} 秒后再试。"), format!("Try again in {seconds} s.")])
    });
    // The wait is a sentence of its own.
    let is_open = wait.is_some() && !text.ends_with(['.', '。', '?', '？', '!', '！']);
    let text = if is_open { text + reader.language.of(["。", "."]) } else { text };
    // Another key may have the scope; a session may have ended.
    let is_about_key = problem.scope.is_some() || problem.status == StatusCode::UNAUTHORIZED;
    let is_temporary = matches!(problem.status.as_u16(), 429 | 500..=504);
    let is_reading = matches!(*method, Method::GET | Method::HEAD);
    // The page has links instead of the list of all paths.
    let is_list = error.words().own_hint().is_some_and(|hint| hint.row().id == words::known_paths::ID);
    let hint = error.advice().filter(|_| !is_list);
    let detail = reader.language.sentences(std::iter::once(error.message()).chain(hint));
    // Without a session, as of a customer who opens an expired link, they would only lead to the login.
    let others = reader.caller.iter().flat_map(|_| listed(reader)).filter(|(path, _)| *path != reader.path());
    let others: Vec<_> = others.map(|(path, name)| json!({ "path": path, "name": name })).collect();
    json!({
        "headline": reader.language.of(headline(problem)),
        "text": text,
        "wait": wait,
        "command": problem.scope.map(|scope| format!("haibao keys add NAME --scopes {}", scope.name())),
        "log_in": is_about_key.then(|| reader.login()),
        "retry": (is_temporary && is_reading).then(|| reader.address()),
        "others": others,
        "detail": detail,
        "status": problem.status.as_u16(),
        "code": problem.code,
        "id": id,
    })
}

/// What happened, in Chinese and English.
fn headline(problem: &Shown) -> [&'static str; 2] {
    match (problem.code, problem.status.as_u16()) {
        (words::key_scope::CODE, _) => ["此密钥不能打开这个页面", "This key may not open this page"],
        (_, 401) => ["请先登录", "Log in first"],
        (words::path_unknown::CODE, _) => ["没有这个页面", "There is no such page"],
        (words::signature_expired::CODE, _) | (_, 410) => ["链接已过期", "This link has expired"],
        (_, 403) => ["不能访问", "Access denied"],
        (_, 404) => ["找不到内容", "Not found"],
        (_, 429) => ["请求过于频繁", "Too many requests"],
        (_, 503 | 504) => ["服务繁忙", "The service is busy"],
        (_, 500 | 502) => ["服务出错了", "Something went wrong"],
        _ => ["请求有误", "The request cannot be processed"],
    }
}

/// What a scope allows, in Chinese and English.
fn allows(scope: Scope) -> [&'static str; 2] {
    match scope {
        Scope::Posters => ["生成海报", "compose posters"],
        Scope::Codes => ["生成小程序码", "make codes"],
        Scope::LimitedCodes => ["限量码", "limited and square codes"],
        Scope::Scenes => ["短链", "short links"],
        Scope::Assets => ["图片素材", "pictures"],
        Scope::Templates => ["查看模板", "see templates"],
        Scope::Exports => ["批量导出", "exports"],
        Scope::Admin => ["管理", "administration"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_navigations_of_browsers_get_pages() {
        let html = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        for (fields, expected) in [
            (&[html][..], true),
            (&[html, ("sec-fetch-mode", "navigate")], true),
            (&[html, ("sec-fetch-mode", "cors")], false),
            (&[("accept", "*/*")], false),
            (&[("accept", "image/avif,image/webp,*/*"), ("sec-fetch-mode", "no-cors")], false),
            (&[], false),
        ] {
            let headers = fields.iter().map(|(name, value)| {
                (name.parse::<header::HeaderName>().expect("a name"), HeaderValue::from_static(value))
            });
            assert_eq!(is_navigation(&headers.collect()), expected, "{fields:?}");
        }
    }
}
