//! Languages of the pages, and which of them a reader gets.

use axum::http::{HeaderMap, HeaderValue, header};

use super::super::{caching::parameter, session};

/// Cookie with the language that the reader has chosen.
const COOKIE: &str = "haibao_language";

pub use crate::language::Language;

impl Language {
    /// The language that the query `lang` chooses.
    pub fn chosen(query: Option<&str>) -> Option<Self> {
        parameter(query, "lang").and_then(|tag| Self::from_tag(&tag))
    }

    /// The language of a client's messages: as for a reader, but English without a preference.
    pub fn of_client(headers: &HeaderMap) -> Self {
        Self::preferred(headers).unwrap_or_default()
    }

    /// The language of a reader: the one chosen before, otherwise the preferred one of the browser. Browsers that prefer
    /// neither get English, clients that name no language Chinese.
    pub fn of_reader(headers: &HeaderMap) -> Self {
        Self::preferred(headers).unwrap_or(Self::Chinese)
    }

    /// The language chosen before, otherwise the preferred one of `Accept-Language`; `None` without a preference.
    fn preferred(headers: &HeaderMap) -> Option<Self> {
        if let Some(chosen) = session::value(headers, COOKIE).and_then(Self::from_tag) {
            return Some(chosen);
        }
        let lists = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
        let mut named = false;
        let mut best = None;
        for (tag, weight) in lists.flat_map(|list| list.split(',')).map(weighted) {
            named |= !matches!(tag, "" | "*");
            let language = Self::from_tag(tag).filter(|_| weight > 0.0);
            // The first of equal weights.
            if language.is_some() && best.is_none_or(|(_, known)| weight > known) {
                best = language.map(|language| (language, weight));
            }
        }
        best.map(|(language, _)| language).or(named.then_some(Self::English))
    }

    /// Tag for the attribute `lang`.
    pub fn tag(self) -> &'static str {
        self.of(["zh-CN", "en"])
    }

    /// Name in the language itself.
    pub fn name(self) -> &'static str {
        self.of(["中文", "English"])
    }

    /// The other language.
    pub fn other(self) -> Self {
        self.of([Self::English, Self::Chinese])
    }

    /// Value of `Set-Cookie` that keeps the language for a year.
    pub fn cookie(self) -> HeaderValue {
        HeaderValue::from_static(self.of([
            "haibao_language=zh; Path=/; Max-Age=31536000; SameSite=Lax",
            "haibao_language=en; Path=/; Max-Age=31536000; SameSite=Lax",
        ]))
    }
}

/// Tag and weight of an entry of `Accept-Language`.
fn weighted(entry: &str) -> (&str, f32) {
    let (tag, parameters) = entry.split_once(';').unwrap_or((entry, ""));
    let weight = parameters.trim().strip_prefix("q=").map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
    (tag.trim(), weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_of_the_browser_is_used() {
        use Language::{Chinese, English};
        for (accepted, expected) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Chinese),
            ("zh-TW", Chinese),
            ("ZH", Chinese),
            ("en-US,en;q=0.9,zh-CN;q=0.8", English),
            ("en;q=0.5, zh;q=0.7", Chinese),
            ("ja,zh;q=0.5", Chinese),
            ("zh;q=0, en", English),
            ("de,fr", English),
            ("zho, zhx", English),
            ("*", Chinese),
            ("", Chinese),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accepted))]);
            assert_eq!(Language::of_reader(&headers), expected, "{accepted}");
            let is_unset = matches!(accepted, "*" | "");
            assert_eq!(Language::of_client(&headers), if is_unset { English } else { expected }, "{accepted}");
        }
        assert_eq!(Language::of_reader(&HeaderMap::new()), Chinese);
    }

    #[test]
    fn a_choice_is_kept() {
        assert_eq!(Language::chosen(Some("next=%2F&lang=en")), Some(Language::English));
        assert_eq!(Language::chosen(Some("lang=fr")), None);
        let cookie = Language::English.cookie();
        let pair = cookie.to_str().expect("text").split(';').next().expect("a pair").to_owned();
        let headers = HeaderMap::from_iter([
            (header::COOKIE, pair.parse().expect("a value")),
            (header::ACCEPT_LANGUAGE, HeaderValue::from_static("zh-CN")),
        ]);
        assert_eq!(Language::of_reader(&headers), Language::English);
    }
}
