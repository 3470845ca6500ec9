//! Sentences for people: a row of a table of words, with its arguments.

use std::{borrow::Cow, fmt::Display};

use super::{Title, Wording, row::forms, sentences, title::is_ideograph};

/// Text of a row in another language, with the placeholders of [`Wording`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern<'t> {
    /// Replaces [`Wording::message`].
    pub message: &'t str,
    /// Replaces [`Wording::hint`].
    pub hint: Option<&'t str>,
}

/// A translation: the pattern of a row by its id. `None` falls back to English.
pub type Translation<'t> = dyn Fn(&str) -> Option<Pattern<'t>> + 't;

/// A sentence that is not bound to a language: a row and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    row: &'static Wording,
    arguments: Vec<Argument>,
    /// Whether the sentence is the row's hint instead of its message.
    is_hint: bool,
    hint: Hint,
}

/// Hint of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Hint {
    /// The row's hint.
    Own,
    None,
    /// Another sentence.
    Other(Box<Message>),
    /// The hint of another sentence.
    Of(Box<Message>),
}

/// An argument of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// The same in every language: a name, a number, a value.
    Text(String),
    /// A part of the sentence with its own row.
    Message(Message),
    /// What a parameter is called in the language of the sentence.
    Title(Title),
}

impl<T: Display> From<T> for Argument {
    fn from(value: T) -> Self {
        Self::Text(value.to_string())
    }
}

impl From<Message> for Argument {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl From<Title> for Argument {
    fn from(title: Title) -> Self {
        Self::Title(title)
    }
}

/// In English, for parsers of arguments and settings.
impl From<Message> for Box<dyn std::error::Error + Send + Sync> {
    fn from(message: Message) -> Self {
        message.text().into()
    }
}

impl From<Argument> for Message {
    fn from(argument: Argument) -> Self {
        match argument {
            Argument::Text(text) => Self::verbatim(text),
            Argument::Message(message) => message,
            Argument::Title(_) => Self::new(&VERBATIM, vec![argument]),
        }
    }
}

/// Text from no table, such as a library's error message. The same in every language.
static VERBATIM: Wording =
    Wording { id: "verbatim", finding: None, message: "{text}", hint: None, arguments: &["text"] };

impl Message {
    /// A row with its arguments, in the order of [`Wording::arguments`].
    pub fn new(row: &'static Wording, arguments: Vec<Argument>) -> Self {
        Self { row, arguments, is_hint: false, hint: Hint::Own }
    }

    /// Text from no table, such as a library's error message. The same in every language.
    pub fn verbatim(text: impl Display) -> Self {
        Self::new(&VERBATIM, vec![text.into()])
    }

    /// Replaces the row's hint; `None` keeps it.
    pub fn with_hint(mut self, hint: impl Into<Option<Message>>) -> Self {
        if let Some(hint) = hint.into() {
            self.hint = Hint::Other(Box::new(hint));
        }
        self
    }

    /// Removes the hint.
    pub fn without_hint(self) -> Self {
        Self { hint: Hint::None, ..self }
    }

    /// Takes over the hint of another sentence.
    pub fn hint_of(self, other: Message) -> Self {
        Self { hint: Hint::Of(Box::new(other)), ..self }
    }

    /// The hint as a sentence of its own.
    pub fn own_hint(&self) -> Option<Self> {
        match &self.hint {
            Hint::Own if self.is_hint => None,
            Hint::Own => self.row.hint.map(|_| Self { is_hint: true, hint: Hint::None, ..self.clone() }),
            Hint::None => None,
            Hint::Other(message) => Some((**message).clone()),
            Hint::Of(message) => message.own_hint(),
        }
    }

    /// Puts the sentence into another one, which takes over the hint.
    pub fn within(self, outer: impl FnOnce(Message) -> Message) -> Self {
        outer(self.clone()).hint_of(self)
    }

    /// Row of the table of sentences that this message was made from.
    pub fn row(&self) -> &'static Wording {
        self.row
    }

    /// The arguments, in the order of [`Wording::arguments`].
    pub fn arguments(&self) -> &[Argument] {
        &self.arguments
    }

    /// Whether the sentence, or a part of it, has the title of a parameter.
    pub(super) fn has_title(&self) -> bool {
        self.arguments.iter().any(|argument| match argument {
            Argument::Text(_) => false,
            Argument::Message(part) => part.has_title(),
            Argument::Title(_) => true,
        })
    }

    /// The sentence in English.
    pub fn text(&self) -> String {
        self.text_in(&|_| None)
    }

    /// The hint in English.
    pub fn hint_text(&self) -> Option<String> {
        self.hint_in(&|_| None)
    }

    /// The sentence in another language.
    pub fn text_in(&self, translation: &Translation<'_>) -> String {
        let pattern = translation(self.row.id);
        let text = match self.is_hint {
            true => pattern.and_then(|pattern| pattern.hint).or(self.row.hint).unwrap_or_default(),
            false => pattern.map_or(self.row.message, |pattern| pattern.message),
        };
        self.fill(text, translation)
    }

    /// The hint in another language.
    pub fn hint_in(&self, translation: &Translation<'_>) -> Option<String> {
        self.own_hint().map(|hint| hint.text_in(translation))
    }

    /// Replaces the placeholders of a pattern. One that is no argument of the row stays as it is. A space separates ideographs of the
    /// pattern from Latin text of an argument.
    fn fill(&self, pattern: &str, translation: &Translation<'_>) -> String {
        let (mut text, mut rest, mut is_one) = (String::with_capacity(pattern.len()), pattern, false);
        while let Some(at) = rest.find(['{', '}', '[']) {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some((forms, after)) = forms(rest) {
                text.push_str(forms[usize::from(!is_one)]);
                rest = after;
                continue;
            }
            let end = rest.find('}').unwrap_or(0);
            let name = rest.get(1..end).filter(|_| rest.starts_with('{'));
            let argument = self.row.arguments.iter().position(|own| name == Some(*own));
            if rest.starts_with("{{") || rest.starts_with("}}") {
                text.push_str(&rest[..1]);
                rest = &rest[2..];
            } else if let Some(argument) = argument.and_then(|index| self.arguments.get(index)) {
                let own = match argument {
                    Argument::Text(own) => Cow::Borrowed(own.as_str()),
                    Argument::Message(message) => message.text_in(translation).into(),
                    Argument::Title(title) => title.text(&sentences::language().text_in(translation)).into(),
                };
                if text.ends_with(is_ideograph) && own.starts_with(begins_latin) {
                    text.push(' ');
                }
                text.push_str(&own);
                if !own.is_empty() && own.bytes().all(|byte| byte.is_ascii_digit()) {
                    is_one = own == "1";
                }
                rest = &rest[end + 1..];
                // A question needs no further mark: `did you mean x?; try again`.
                if matches!(argument, Argument::Message(_)) && ends_sentence(&text) {
                    rest = rest.strip_prefix([';', '；', '.', '。']).unwrap_or(rest);
                }
                // A unit stays with its number: 1280分.
                let ends_latin = |c: char| c.is_ascii_graphic() && !c.is_ascii_digit();
                if own.ends_with(ends_latin) && rest.starts_with(is_ideograph) {
                    text.push(' ');
                }
            } else {
                text.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
        text.push_str(rest);
        text
    }
}

/// Whether a character begins a word, a number or a quotation in ASCII.
fn begins_latin(c: char) -> bool {
    c == '¥' || c.is_ascii_graphic() && !matches!(c, ',' | '.' | ':' | ';' | '!' | '?' | ')' | ']' | '}')
}

/// Whether a text is a question, after which there is no full stop or semicolon. `#NAME?` is an error of a sheet.
pub fn ends_sentence(text: &str) -> bool {
    let is_name = || text.rsplit(char::is_whitespace).next().is_some_and(|word| word.starts_with('#'));
    text.ends_with(['?', '？']) && !is_name()
}
