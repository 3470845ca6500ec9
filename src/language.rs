//! Languages of messages. English is the default; a language is one table of sentences ([`crate::words`]).

use serde_json::{Value, json};

use haibao_core::error::{Argument, Error, Finding, Message, Pattern, Title, ends_sentence};

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

    /// The title of a parameter.
    pub fn title(self, title: &Title) -> String {
        self.text(&Argument::from(title.clone()).into())
    }

    /// A sentence.
    pub fn text(self, message: &Message) -> String {
        message.text_in(&|id| self.pattern(id))
    }

    /// A sentence with its hint.
    pub fn with_hint(self, message: &Message) -> String {
        let text = self.text(message);
        match message.hint_in(&|id| self.pattern(id)) {
            Some(hint) => self.joined(&text, &hint),
            None => text,
        }
    }

    /// Two sentences in one line. What follows a question begins a new sentence: `is it x? If it is, write y`.
    pub fn joined(self, first: &str, second: &str) -> String {
        if !ends_sentence(first) {
            return format!("{first}{}{second}", self.of(["；", "; "]));
        }
        let mut rest = second.chars();
        match (self, rest.next()) {
            (Self::English, Some(initial)) => format!("{first} {}{}", initial.to_ascii_uppercase(), rest.as_str()),
            _ => format!("{first}{second}"),
        }
    }

    /// Sentences in one line.
    pub fn sentences<'t>(self, all: impl IntoIterator<Item = &'t str>) -> String {
        let all = all.into_iter().map(str::to_owned);
        all.reduce(|all, next| self.joined(&all, &next)).unwrap_or_default()
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
    fn sentences_in_one_line_have_one_mark_between_them() {
        for (language, first, expected) in [
            (Language::English, "a is missing", "a is missing; if it is, write b"),
            (Language::English, "is it a?", "is it a? If it is, write b"),
            (Language::English, "the cell shows #NAME?", "the cell shows #NAME?; if it is, write b"),
            (Language::Chinese, "缺少 a", "缺少 a；if it is, write b"),
            (Language::Chinese, "是不是 a？", "是不是 a？if it is, write b"),
            (Language::Chinese, "是不是 a?", "是不是 a?if it is, write b"),
        ] {
            assert_eq!(language.joined(first, "if it is, write b"), expected);
        }
        assert_eq!(Language::English.sentences(["a", "b?", "c", "d"]), "a; b? C; d");
        assert_eq!(Language::Chinese.sentences([]), "");
        let question = words::column_like("\"a\"", "b");
        let [english, chinese] = [Language::English, Language::Chinese].map(|one| one.with_hint(question.words()));
        assert_eq!(english, "is the column \"a\" the parameter `b`? If it is, map \"a\" to b");
        assert!(chinese.contains("？如果是"), "{chinese}");
    }

    #[test]
    fn values_do_not_touch_chinese_words() {
        let value = Language::Chinese.text(&words::expected_boolean(words::quote("x")));
        assert_eq!(value, "应为 true 或 false，实际为 \"x\"");
        let is_ideograph = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        for row in words::rows() {
            let message = Message::new(row, vec!["Zz".into(); row.arguments.len()]);
            let text = Language::Chinese.with_hint(&message);
            let chars: Vec<char> = text.chars().collect();
            let touches =
                |pair: &[char]| is_ideograph(pair[0]) && pair[1] == 'Z' || pair[0] == 'z' && is_ideograph(pair[1]);
            assert!(!chars.windows(2).any(touches), "{}: {text}", row.id);
        }
    }

    #[test]
    fn reasons_of_the_parser_of_json_are_in_chinese() {
        use haibao_core::json::{from_slice, reason};
        for (text, chinese) in [
            ("{\"a\" 1}", "应为 `:`"),
            ("{a: 1}", "字段名须用双引号"),
            ("{\"a\": 1,}", "逗号后面没有内容"),
            ("{\"a\": 1", "内容在 `}` 之前结束"),
            ("[1 2]", "应为 `,` 或 `]`"),
            ("{} x", "值的后面还有内容"),
            ("{\"a\": nul}", "应为一个值"),
            ("{\"a\": \"\n\"}", "文本中有换行或其他控制字符"),
        ] {
            let reason = reason(&from_slice(text.as_bytes()).expect_err(text));
            assert_eq!(Language::Chinese.text(&reason), chinese, "{text}");
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
