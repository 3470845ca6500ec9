//! HTML pages: their shell, the files that all of them load, and the page that replaces an error in a browser.

pub(super) mod language;
pub(super) mod meanings;
pub(super) mod reader;
pub(super) mod refusal;

use std::sync::LazyLock;

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use handlebars::{Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, ScopedJson};
use serde_json::{Value, json};

use self::{language::Language, reader::Reader};
use super::{
    access::Access::Open,
    openapi::operation::{Operation, Tag},
    problem::Problem,
    route::Route,
};
use crate::access::Scope;
use haibao_core::error::Error;

/// Content security policy of pages: scripts, styles and requests of this service only.
const POLICY: &str = "default-src 'none'; img-src 'self' blob: data:; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The pages that the navigation lists: path, scope, and name in Chinese and English.
const LISTED: [(&str, Option<Scope>, [&str; 2]); 4] = [
    ("/", Some(Scope::Templates), ["模板", "Templates"]),
    ("/exports", Some(Scope::Exports), ["批量导出", "Exports"]),
    ("/qrcode", Some(Scope::Codes), ["小程序码", "Codes"]),
    ("/docs", None, ["接口文档", "API"]),
];

/// Style sheet of all pages.
const STYLE: &str = include_str!("pages.css");

/// The templates of all pages.
const TEMPLATES: [(&str, &str); 9] = [
    ("shell", include_str!("shell.html")),
    ("index", include_str!("../index.html")),
    ("exports", include_str!("../exports.html")),
    ("qrcode", include_str!("../qrcode.html")),
    ("docs", include_str!("../docs.html")),
    ("login", include_str!("../login.html")),
    ("refusal", include_str!("refusal.html")),
    ("studio", include_str!("../studio.html")),
    ("studio-new", include_str!("../studio-new.html")),
];

static ENGINE: LazyLock<Handlebars<'static>> = LazyLock::new(|| {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.register_helper("t", Box::new(Translate));
    for (name, template) in TEMPLATES {
        #[expect(clippy::expect_used, reason = "the pages are embedded, and a test renders them")]
        engine.register_template_string(name, template).expect("the page is well-formed");
    }
    engine
});

/// `{{t "中文" "English"}}`: the text in the language of the page.
struct Translate;

impl HelperDef for Translate {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let index = usize::from(context.data()["is_chinese"] != true);
        Ok(ScopedJson::Derived(helper.param(index).map_or(Value::Null, |text| text.value().clone())))
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("/pages.css", Open)
            .get(|| async { style(STYLE) }, |_| describe_style("getPagesStyle", "Style sheet of all pages")),
        Route::new("/pages.js", Open).get(
            || async { script(include_str!("pages.js")) },
            |_| describe_script("getPagesScript", "What the scripts of the pages share"),
        ),
        Route::new("/errors.json", Open).get(
            || async { (content_type("application/json"), meanings::document()) },
            |_| {
                Operation::new("getErrorMeanings", Tag::Service, "Meanings of the error codes in English and Chinese")
                    .file(200, "Meanings by code, and translations of the sentences of findings.", "application/json")
            },
        ),
    ]
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    /// Name of its template.
    pub name: &'static str,
    /// Title in Chinese and English.
    pub title: [&'static str; 2],
}

impl Page {
    /// Renders the page for a reader. `data` is an object.
    ///
    /// # Errors
    /// `internal` if the template does not fit the data.
    pub fn show(self, reader: &Reader, data: Value) -> Result<Response, Problem> {
        let html = self.render(reader, data).map_err(unrenderable)?;
        Ok(respond(reader, html, POLICY))
    }

    /// Renders a page that is a document of its own, without the header of the others. Styles with the `nonce`, which is part of its
    /// data, may be added by scripts. `data` is an object.
    ///
    /// # Errors
    /// As [`Page::show`].
    pub fn show_alone(self, reader: &Reader, mut data: Value, nonce: &str) -> Result<Response, Problem> {
        data["is_chinese"] = (reader.language == Language::Chinese).into();
        data["lang"] = reader.language.tag().into();
        data["title"] = reader.language.of(self.title).into();
        data["nonce"] = nonce.into();
        // Its script switches the language.
        let pages = listed(reader).map(|(path, [zh, en])| json!({ "path": path, "zh": zh, "en": en }));
        data["pages"] = Value::Array(pages.collect()).to_string().into();
        let html = ENGINE.render(self.name, &data).map_err(unrenderable)?;
        let policy = POLICY.replace("style-src 'self'", &format!("style-src 'self' 'nonce-{nonce}'"));
        Ok(respond(reader, html, &policy))
    }

    fn render(self, reader: &Reader, mut data: Value) -> Result<String, RenderError> {
        data["is_chinese"] = (reader.language == Language::Chinese).into();
        let body = ENGINE.render(self.name, &data)?;
        let caller = reader.caller.as_ref();
        let pages: Vec<_> = listed(reader)
            .map(|(path, names)| {
                json!({ "path": path, "name": reader.language.of(names), "is_current": path == reader.path() })
            })
            .collect();
        let home = listed(reader).next().map_or("/", |(path, _)| path);
        ENGINE.render(
            "shell",
            &json!({
                "is_chinese": data["is_chinese"],
                "lang": reader.language.tag(),
                "title": reader.language.of(self.title),
                "name": self.name,
                // The page of an error is complete in itself.
                "style": (self.name == "refusal").then_some(STYLE),
                "home": home,
                "body": body,
                "pages": pages,
                "other": { "tag": reader.language.other().tag(), "name": reader.language.other().name(),
                           "href": reader.in_language(reader.language.other()) },
                "caller": caller.and_then(|caller| caller.owner()),
                // A service without keys has no login.
                "login": caller.is_none().then(|| reader.login()),
                "version": env!("CARGO_PKG_VERSION"),
            }),
        )
    }
}

fn unrenderable(error: RenderError) -> Error {
    Error::internal("the page cannot be rendered").source(error)
}

/// Sends a page with a content security policy.
fn respond(reader: &Reader, html: String, policy: &str) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        // Pages name the caller, so nothing may store them: neither a proxy, nor the browser, which would show them again after a
        // logout.
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "Accept-Language, Cookie"),
        // Not `no-referrer`: browsers would send `Origin: null` with forms.
        (header::REFERRER_POLICY, "same-origin"),
    ];
    let chosen = reader.chosen.map(|language| [(header::SET_COOKIE, language.cookie())]);
    (headers, chosen, Html(html)).into_response()
}

/// Path and names of the pages that a reader may open; all of them without a session, which asks for a key then.
fn listed(reader: &Reader) -> impl Iterator<Item = (&'static str, [&'static str; 2])> {
    let may = |scope: Scope| reader.caller.as_ref().is_none_or(|caller| caller.may(scope));
    let pages = LISTED.iter().filter(move |(_, scope, _)| scope.is_none_or(may));
    pages.map(|(path, _, names)| (*path, *names))
}

/// Sends a script.
pub(super) fn script(text: &'static str) -> Response {
    (content_type("text/javascript; charset=utf-8"), text).into_response()
}

/// Sends a style sheet.
pub(super) fn style(text: &'static str) -> Response {
    (content_type("text/css; charset=utf-8"), text).into_response()
}

fn content_type(value: &'static str) -> [(HeaderName, HeaderValue); 2] {
    // The files change with the version of haibao only.
    [
        (header::CONTENT_TYPE, HeaderValue::from_static(value)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ]
}

pub(super) fn describe_page(id: &str, summary: &str) -> Operation {
    Operation::new(id, Tag::Pages, summary).file(200, "A page.", "text/html")
}

pub(super) fn describe_script(id: &str, summary: &str) -> Operation {
    Operation::new(id, Tag::Pages, summary).file(200, "A script.", "text/javascript")
}

pub(super) fn describe_style(id: &str, summary: &str) -> Operation {
    Operation::new(id, Tag::Pages, summary).file(200, "A style sheet.", "text/css")
}
