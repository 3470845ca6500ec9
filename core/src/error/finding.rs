//! Findings: what is wrong or noteworthy, and where.

use super::{Message, Severity, Translation, Wording};

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

/// A position in a source file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
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
