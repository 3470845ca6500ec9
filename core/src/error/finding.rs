//! Findings: what is wrong or noteworthy, and where.

use super::{Message, Severity, Translation, Wording, sentences};

/// Maximum length of a field's path in a summary, bytes.
const MAX_FIELD: usize = 120;

/// One thing that is wrong or noteworthy, and where. Created by a row of [`mod@crate::words`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Stable code, `snake_case`.
    pub code: &'static str,
    /// Whether it prevents the use, or is a warning.
    pub severity: Severity,
    /// What is wrong in English, one sentence without a full stop.
    pub message: String,
    /// Position as a JSON pointer into the request or into layout.json.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Position in a file of a template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What to do about it, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Message and hint in any language.
    #[serde(skip)]
    words: Message,
}

/// Position in a file of a template.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Place {
    /// File name, relative to the template's folder.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The source line with a caret under the position, as printed by rustc; empty without source.
    #[serde(skip)]
    pub snippet: String,
}

impl Finding {
    /// A finding with this code and severity instead of those of the message's row.
    pub fn new(severity: Severity, code: &'static str, words: Message) -> Self {
        let (message, hint) = (words.text(), words.hint_text());
        Self { code, severity, message, pointer: None, place: None, hint, words }
    }

    /// A finding with [`Severity::Error`].
    pub fn error(code: &'static str, words: Message) -> Self {
        Self::new(Severity::Error, code, words)
    }

    /// Sets the JSON pointer.
    pub fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// Replaces the JSON pointer, if there is one.
    pub fn map_pointer(mut self, map: impl FnOnce(String) -> String) -> Self {
        self.pointer = self.pointer.map(map);
        self
    }

    /// Prefixes the JSON pointer: `/scene` below `/code` is `/code/scene`. Without a pointer, the prefix is the pointer.
    pub fn below(self, prefix: &str) -> Self {
        let pointer = format!("{prefix}{}", self.pointer.as_deref().unwrap_or_default());
        self.pointer(pointer)
    }

    /// Sets the position in a file.
    pub fn place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Sets the severity.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Replaces the hint; `None` keeps that of the row.
    pub fn with_hint(mut self, hint: impl Into<Option<Message>>) -> Self {
        self.words = self.words.with_hint(hint);
        self.hint = self.words.hint_text();
        self
    }

    /// Takes over the hint of another finding.
    pub fn hint_of(mut self, other: &Finding) -> Self {
        self.words = self.words.hint_of(other.words.clone());
        self.hint = self.words.hint_text();
        self
    }

    /// Removes the hint.
    pub fn without_hint(mut self) -> Self {
        self.words = self.words.without_hint();
        self.hint = None;
        self
    }

    /// Puts the message into another sentence. The hint stays.
    pub fn within(self, outer: impl FnOnce(Message) -> Message) -> Self {
        let words = self.words.clone().within(outer);
        Self { message: words.text(), words, ..self }
    }

    /// The message for a summary, which has no pointer: one that does not name its field follows the field's name.
    pub(super) fn summary(&self) -> Message {
        match self.unnamed_field() {
            Some(field) => self.words.clone().within(|reason| sentences::of_field(field, reason)),
            None => self.words.clone(),
        }
    }

    /// The field that the pointer leads to, `code.page`, if the message does not name it. None with a position in a file, which
    /// says more, and for names that would have to be quoted.
    fn unnamed_field(&self) -> Option<String> {
        let pointer = self.pointer.as_deref().filter(|_| self.place.is_none() && !self.words.has_title())?;
        let path = pointer.strip_prefix("/params").filter(|below| below.starts_with('/')).unwrap_or(pointer);
        let path = path.strip_prefix('/').filter(|path| !path.is_empty() && path.len() <= MAX_FIELD)?;
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/');
        let is_index = |step: &&str| step.bytes().all(|byte| byte.is_ascii_digit());
        let name = path.rsplit('/').find(|step| !is_index(step))?;
        let mut words = self.message.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-'));
        (path.chars().all(is_plain) && !words.any(|word| word == name)).then(|| path.replace('/', "."))
    }

    /// The row of the message.
    pub fn row(&self) -> &'static Wording {
        self.words.row()
    }

    /// Message and hint, independent of the language.
    pub fn words(&self) -> &Message {
        &self.words
    }

    /// The finding with message and hint in another language. Rows without a translation stay in English.
    pub fn in_words(&self, translation: &Translation<'_>) -> Self {
        let (message, hint) = (self.words.text_in(translation), self.words.hint_in(translation));
        Self { message, hint, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, Message, Place};
    use crate::error::{Argument, Error, ErrorKind, Title};

    fn finding(text: &str, pointer: &str) -> Finding {
        Finding::error("a", Message::verbatim(text)).pointer(pointer)
    }

    fn summary(findings: Vec<Finding>) -> String {
        Error::findings(ErrorKind::Invalid, "b", findings).message().to_owned()
    }

    #[test]
    fn summaries_name_the_field_of_the_first_finding() {
        for (text, pointer, expected) in [
            ("expected a boolean", "/strict", "`strict`: expected a boolean"),
            ("expected a string", "/params/goods/0/name", "`goods.0.name`: expected a string"),
            ("the scene is too long", "/code/scene", "the scene is too long"),
            ("`strict` is not a boolean", "/strict", "`strict` is not a boolean"),
            ("the scenery is too long", "/code/scene", "`code.scene`: the scenery is too long"),
            ("expected an object", "/params", "`params`: expected an object"),
            ("expected an object", "", "expected an object"),
            ("not known here", "/a b\u{202e}", "not known here"),
        ] {
            assert_eq!(summary(vec![finding(text, pointer)]), expected, "{pointer}");
        }
        let two = vec![finding("too long", "/openid"), finding("too short", "/scale")];
        assert_eq!(summary(two), "`openid`: too long (and 1 more)");
        let long = format!("/{}", "x".repeat(500));
        assert_eq!(summary(vec![finding("not known here", &long)]), "not known here");
        let place = Place { file: "layout.json".into(), line: 1, column: 2, snippet: String::new() };
        assert_eq!(summary(vec![finding("wrong", "/layers").place(place)]), "wrong", "the position says more");
        let titled = Message::from(Argument::from(Title::new("商品", [])));
        assert_eq!(summary(vec![Finding::error("a", titled).pointer("/params/product")]), "商品");
    }

    #[test]
    fn the_advice_of_an_error_is_its_own_or_that_of_its_only_finding() {
        let hinted = |hint: &str| finding("too long", "/openid").with_hint(Message::verbatim(hint));
        let error = |findings| Error::findings(ErrorKind::Invalid, "b", findings);
        assert_eq!(error(vec![hinted("shorten it")]).advice(), Some("shorten it"));
        assert_eq!(error(vec![hinted("shorten it"), hinted("omit it")]).advice(), None, "each finding has its own");
        assert_eq!(error(vec![finding("too long", "/openid")]).advice(), None);
        let own = error(vec![hinted("shorten it")]).hint(Message::verbatim("ask"));
        assert_eq!(own.advice(), Some("ask"), "the error knows more");
    }

    #[test]
    fn the_summary_changes_with_its_finding() {
        let shout = |finding: Finding| finding.within(|reason| Message::verbatim(reason.text().to_uppercase()));
        let all = |count: usize| vec![finding("too long", "/openid"); count];
        let changed = |error: Error| error.map_findings(shout).message().to_owned();
        for (count, expected) in [(1, "`openid`: TOO LONG"), (3, "`openid`: TOO LONG (and 2 more)")] {
            assert_eq!(changed(Error::findings(ErrorKind::Invalid, "b", all(count))), expected);
        }
        let first = Error::new(ErrorKind::Upstream, "a", Message::verbatim("too long")).with_findings(all(2));
        assert_eq!(changed(first), "`openid`: TOO LONG");
        let other = Error::new(ErrorKind::Invalid, "a", Message::verbatim("refused")).with_findings(all(2));
        assert_eq!(changed(other), "refused");
    }
}
