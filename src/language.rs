//! Languages of messages. English is the default; a language is one table of sentences ([`crate::words`]).

use serde_json::{Value, json};

use haibao_core::error::{Error, Finding, Message, Pattern};

use crate::{wechat::errcode, words};

/// Language of messages and pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Simplified Chinese.
    Chinese,
    /// English.
    #[default]
    English,
}

impl Language {
    /// The language of a tag such as `zh-CN` (RFC 5646) or a locale such as `zh_CN.UTF-8`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_', '.', '@']).next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Chinese),
            "en" | "c" | "posix" => Some(Self::English),
            _ => None,
        }
    }

    /// The text in this language, of a Chinese and an English one.
    pub fn of<T>(self, [chinese, english]: [T; 2]) -> T {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }

    /// A sentence.
    pub fn text(self, message: &Message) -> String {
        message.text_in(&|id| self.pattern(id))
    }

    /// A sentence with its hint.
    pub fn with_hint(self, message: &Message) -> String {
        let text = self.text(message);
        match message.hint_in(&|id| self.pattern(id)) {
            Some(hint) => format!("{text}{}{hint}", self.of(["；", "; "])),
            None => text,
        }
    }

    /// A finding as JSON in English, with `message_zh` and `hint_zh`, for records that readers of any language see.
    pub fn both(finding: &Finding) -> Value {
        let chinese = Self::Chinese.finding(finding);
        let mut json = json!(finding);
        json["message_zh"] = chinese.message.into();
        if let Some(hint) = chinese.hint {
            json["hint_zh"] = hint.into();
        }
        json
    }

    /// An error with its words in this language.
    pub fn error(self, error: Error) -> Error {
        match self {
            Self::English => error,
            Self::Chinese => error.in_words(&|id| self.pattern(id)),
        }
    }

    /// A finding with its words in this language.
    pub fn finding(self, finding: &Finding) -> Finding {
        finding.in_words(&|id| self.pattern(id))
    }

    fn pattern(self, id: &str) -> Option<Pattern<'static>> {
        match self {
            // The table of errcodes has its own translations.
            Self::Chinese => words::chinese(id).or_else(|| errcode::chinese(id)),
            Self::English => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_locales_name_languages() {
        for (tag, expected) in [
            ("zh", Some(Language::Chinese)),
            ("zh-Hans-CN", Some(Language::Chinese)),
            ("zh_CN.UTF-8", Some(Language::Chinese)),
            ("en_US.UTF-8", Some(Language::English)),
            ("C", Some(Language::English)),
            ("C.UTF-8", Some(Language::English)),
            ("POSIX", Some(Language::English)),
            ("de_DE", None),
            ("", None),
        ] {
            assert_eq!(Language::from_tag(tag), expected, "{tag}");
        }
    }

    #[test]
    fn errors_keep_code_and_findings_in_another_language() {
        let error = Error::of(haibao_core::error::ErrorKind::NotFound, words::template_unknown("\"x\""));
        let error = Language::Chinese.error(error.hint(words::available("a, b")).pointer("/template"));
        assert_eq!((error.code(), error.message()), ("template_unknown", "没有模板 \"x\""));
        assert_eq!(error.hint_text(), Some("可用的有：a, b"));
        assert_eq!(error.all_findings()[0].message, "没有模板 \"x\"");
        let wrapped = error.within(|message| words::of_file("a.csv", message));
        assert_eq!(Language::Chinese.text(wrapped.words()), "a.csv：没有模板 \"x\"");
        assert_eq!(Language::Chinese.with_hint(wrapped.words()), "a.csv：没有模板 \"x\"；可用的有：a, b");
    }
}
