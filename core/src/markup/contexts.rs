//! Where in a file a text would be inserted before the file is parsed.

mod context;
mod css;

use std::mem::discriminant;

pub use context::Context;
use css::Css;
pub use css::intruder;

/// Maximum length of a name or a reference of which all is kept, bytes.
const MAX_NAME: usize = 32;

/// Reads the texts of a file one after another.
#[derive(Debug, Clone)]
pub struct Lexer {
    state: State,
    /// In a tag, the name that was read last; the start and the end of a long one.
    name: Vec<u8>,
    /// Whether a name that follows is another one.
    is_complete: bool,
    /// Whether the tag is that of a `<style>`.
    is_style: bool,
    /// What follows `&`, if that was read last.
    reference: Option<Vec<u8>>,
    /// The style that is read: of a `<style>`, or of a `style`.
    css: Option<Css>,
    /// Number of DOCTYPEs.
    doctypes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between tags.
    Content,
    /// After `<`.
    Opening,
    /// After `<!` or `<!-`.
    Declaring {
        dashes: u8,
    },
    Comment {
        dashes: u8,
    },
    Cdata {
        brackets: u8,
    },
    Instruction {
        ends: bool,
    },
    Doctype(Doctype),
    /// In a start tag. `is_named`: after the name; `ends`: after a slash.
    Tag {
        is_named: bool,
        ends: bool,
    },
    EndTag,
    /// The value of an attribute.
    Value {
        quote: u8,
        is_namespace: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doctype {
    /// Outside of the declarations.
    Outer {
        quote: Option<u8>,
    },
    /// Between declarations.
    Inner,
    /// After `<`, `<!` and `<!-`.
    Opening(u8),
    Comment {
        dashes: u8,
    },
    Instruction {
        ends: bool,
    },
    Declaration {
        quote: Option<u8>,
    },
}

impl Default for Lexer {
    fn default() -> Self {
        Self {
            state: State::Content,
            name: Vec::new(),
            is_complete: false,
            is_style: false,
            reference: None,
            css: None,
            doctypes: 0,
        }
    }
}

impl Lexer {
    /// Reads the next text.
    pub fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            self.state = self.next(byte);
        }
    }

    /// Where a text would be inserted now.
    pub fn context(&self) -> Context {
        if self.reference.is_some() {
            return Context::Reference;
        }
        match (self.state, &self.css) {
            (State::Content | State::Cdata { .. } | State::Value { .. }, Some(css)) => css.context(),
            (State::Content | State::Cdata { .. }, None) => Context::Text,
            (State::Value { is_namespace: true, .. }, None) => Context::Namespace,
            (State::Value { .. }, None) => Context::Value,
            (State::Comment { .. }, _) => Context::Comment,
            (State::Instruction { .. }, _) => Context::Instruction,
            (State::Doctype(_), _) => Context::Doctype,
            (State::Opening | State::Declaring { .. } | State::Tag { .. } | State::EndTag, _) => Context::Tag,
        }
    }

    /// Whether a text would be inserted into a CDATA section.
    pub fn is_in_cdata(&self) -> bool {
        matches!(self.state, State::Cdata { .. })
    }

    /// Whether a text would be inserted into a style: a `<style>`, or the value of a `style`.
    pub fn is_in_style(&self) -> bool {
        self.css.is_some()
    }

    /// Number of DOCTYPEs that have begun.
    pub fn doctypes(&self) -> usize {
        self.doctypes
    }

    /// Whether the same may follow as after what another one has read.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let state = match (self.state, other.state) {
            (State::Value { .. }, _) => self.state == other.state,
            (state, other) => discriminant(&state) == discriminant(&other),
        };
        let css = match (&self.css, &other.css) {
            (Some(css), Some(other)) => css.agrees_with(other),
            (css, other) => css.is_none() && other.is_none(),
        };
        let is_named = |one: &Self| matches!(one.state, State::Tag { is_named: true, .. });
        let kind = |one: &Self| (one.name == b"style", is_namespace(&one.name));
        let name = !(is_named(self) && is_named(other)) || kind(self) == kind(other);
        state && css && name && self.reference.is_some() == other.reference.is_some()
    }

    /// Continues after either of two texts that [agree](Self::agrees_with).
    pub fn join(&mut self, other: &Self) {
        self.is_style |= other.is_style;
        if let (Some(css), Some(other)) = (&mut self.css, &other.css) {
            css.join(other);
        }
        if let (State::Tag { is_named, .. }, State::Tag { is_named: true, .. }) = (&mut self.state, other.state) {
            *is_named = true;
        }
    }

    fn next(&mut self, byte: u8) -> State {
        match self.state {
            State::Content if byte == b'<' => {
                self.reference = None;
                State::Opening
            }
            State::Content => self.text(byte),
            State::Opening => match byte {
                b'!' => State::Declaring { dashes: 0 },
                b'?' => State::Instruction { ends: false },
                b'/' => State::EndTag,
                _ => {
                    (self.name, self.is_complete, self.is_style) = (vec![byte], false, false);
                    State::Tag { is_named: false, ends: false }
                }
            },
            State::Declaring { dashes } => match (dashes, byte) {
                (0, b'-') => State::Declaring { dashes: 1 },
                (0, b'[') => State::Cdata { brackets: 0 },
                (1, b'-') => State::Comment { dashes: 0 },
                _ => {
                    self.doctypes += 1;
                    State::Doctype(Doctype::Outer { quote: None })
                }
            },
            State::Comment { dashes } => match (dashes, byte) {
                (2, b'>') => State::Content,
                _ => State::Comment { dashes: counted(dashes, byte == b'-') },
            },
            State::Cdata { brackets } => match (brackets, byte) {
                (2, b'>') => State::Content,
                _ => {
                    self.style(byte);
                    State::Cdata { brackets: counted(brackets, byte == b']') }
                }
            },
            State::Instruction { ends: true } if byte == b'>' => State::Content,
            State::Instruction { .. } => State::Instruction { ends: byte == b'?' },
            State::Doctype(doctype) => doctype.next(byte).map_or(State::Content, State::Doctype),
            State::Tag { is_named, ends } => self.tag(byte, is_named, ends),
            State::EndTag if byte == b'>' => {
                self.css = None;
                State::Content
            }
            State::EndTag => State::EndTag,
            State::Value { quote, .. } if byte == quote => {
                (self.css, self.reference) = (None, None);
                self.name.clear();
                State::Tag { is_named: true, ends: false }
            }
            State::Value { .. } => self.text(byte),
        }
    }

    /// Reads a byte of a start tag.
    fn tag(&mut self, byte: u8, is_named: bool, ends: bool) -> State {
        let is_end = byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'=' | b'"' | b'\'');
        if is_end && !is_named {
            self.is_style = is_style(&self.name);
            self.name.clear();
        }
        match byte {
            b'>' => {
                self.css = (self.is_style && !ends).then(Css::sheet);
                State::Content
            }
            b'"' | b'\'' => {
                self.css = (self.name == b"style").then(Css::declarations);
                State::Value { quote: byte, is_namespace: is_namespace(&self.name) }
            }
            _ if is_end => {
                self.is_complete |= byte != b'=';
                State::Tag { is_named: true, ends: byte == b'/' }
            }
            _ => {
                if std::mem::take(&mut self.is_complete) {
                    self.name.clear();
                }
                if self.name.len() == MAX_NAME {
                    self.name.remove(MAX_NAME / 2);
                }
                self.name.push(byte);
                State::Tag { is_named, ends: false }
            }
        }
    }

    /// Reads a byte of a text or a value.
    fn text(&mut self, byte: u8) -> State {
        match self.reference.take() {
            Some(name) if byte == b';' => self.style(referred(&name)),
            Some(mut name) if byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"#_.:-".contains(&byte) => {
                if name.len() < MAX_NAME {
                    name.push(byte);
                }
                self.reference = Some(name);
            }
            _ if byte == b'&' => self.reference = Some(Vec::new()),
            _ => self.style(byte),
        }
        self.state
    }

    fn style(&mut self, byte: u8) {
        if let Some(css) = &mut self.css {
            css.read(byte);
        }
    }
}

impl Doctype {
    /// What follows, unless it has ended. Quotation marks count in all declarations: the parser ends some of them earlier.
    fn next(self, byte: u8) -> Option<Self> {
        let quoted = |quote: Option<u8>| match quote {
            Some(open) => Some(open).filter(|open| *open != byte),
            None => Some(byte).filter(|byte| matches!(byte, b'"' | b'\'')),
        };
        Some(match self {
            Self::Outer { quote: None } if byte == b'>' => return None,
            Self::Outer { quote: None } if byte == b'[' => Self::Inner,
            Self::Outer { quote } => Self::Outer { quote: quoted(quote) },
            Self::Inner => match byte {
                b']' => Self::Outer { quote: None },
                b'<' => Self::Opening(0),
                _ => Self::Inner,
            },
            Self::Opening(read) => match (read, byte) {
                (0, b'!') => Self::Opening(1),
                (0, b'?') => Self::Instruction { ends: false },
                (1, b'-') => Self::Opening(2),
                (2, b'-') => Self::Comment { dashes: 0 },
                _ => Self::Declaration { quote: quoted(None) },
            },
            Self::Comment { dashes: 2 } if byte == b'>' => Self::Inner,
            Self::Comment { dashes } => Self::Comment { dashes: counted(dashes, byte == b'-') },
            Self::Instruction { ends: true } if byte == b'>' => Self::Inner,
            Self::Instruction { .. } => Self::Instruction { ends: byte == b'?' },
            Self::Declaration { quote: None } if byte == b'>' => Self::Inner,
            Self::Declaration { quote } => Self::Declaration { quote: quoted(quote) },
        })
    }
}

/// Number of equal bytes that were read last, at most 2.
fn counted(count: u8, is_next: bool) -> u8 {
    if is_next { (count + 1).min(2) } else { 0 }
}

fn is_style(name: &[u8]) -> bool {
    name == b"style" || name.ends_with(b":style")
}

fn is_namespace(name: &[u8]) -> bool {
    name == b"xmlns" || name.starts_with(b"xmlns:")
}

/// The character that a reference names, if it is one of ASCII; a letter for others.
fn referred(name: &[u8]) -> u8 {
    let number = |digits: &[u8], radix| u8::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
    let byte = match name {
        b"quot" => Some(b'"'),
        b"apos" => Some(b'\''),
        b"amp" => Some(b'&'),
        b"lt" => Some(b'<'),
        b"gt" => Some(b'>'),
        [b'#', b'x', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => None,
    };
    byte.filter(u8::is_ascii).unwrap_or(b'a')
}

#[cfg(test)]
mod tests;
