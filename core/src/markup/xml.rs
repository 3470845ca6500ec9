//! Parses XML. A DOCTYPE may declare entities, as Illustrator does for its namespaces; what they expand to is bounded.

use std::{borrow::Cow, collections::HashMap, iter::repeat_n, ops::Range};

use resvg::usvg::roxmltree::{Document, Error, ParsingOptions};

use super::notes::Note;
use crate::{
    error::{Finding, Message},
    words,
};

/// Maximum number of XML nodes (elements, texts, comments) in an artwork.
const MAX_NODES: u32 = 200_000;
/// Maximum bytes that all entities of an artwork add to it.
const MAX_EXPANDED: u64 = 256 * 1024;
/// Most bytes after `&#` among which the end of a reference is looked for.
const MAX_REFERENCE: usize = 16;

/// Parses a file.
///
/// # Errors
/// `artwork_syntax`, or `artwork_dtd` for a DOCTYPE that refers to other files, or whose entities expand to too much.
pub fn parse(text: &str) -> Result<Document<'_>, Box<Note>> {
    let doctype = Doctype::of(text);
    if let Some(doctype) = &doctype {
        let fault = |finding: Box<Finding>| Box::new(Note { range: doctype.range.clone(), finding: *finding });
        entities(text, doctype).map_err(fault)?;
    }
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| Box::new(syntax(text, &error)))?;
    match doctype.and_then(|doctype| doctype.tag_in_attribute(text, &document)) {
        Some(range) => Err(Box::new(Note { range, finding: words::artwork_syntax(words::xml_value()) })),
        None => Ok(document),
    }
}

fn syntax(text: &str, error: &Error) -> Note {
    let start = match error {
        Error::UnclosedRootNode | Error::UnexpectedEndOfStream => text.trim_end().len(),
        error => offset(text, error.pos().row as usize, error.pos().col as usize),
    };
    let found = text.get(start..).and_then(|rest| rest.chars().next());
    let said = said_of(error, found);
    let hint = said.own_hint();
    Note { range: start..start, finding: words::artwork_syntax(said).with_hint(hint) }
}

/// What the parser reports, without the position.
pub fn said(error: &Error) -> Message {
    said_of(error, None)
}

/// As [`said`]; `found` is the character at the position. The parser tells its first byte only.
fn said_of(error: &Error, found: Option<char>) -> Message {
    let sign = |byte: &u8| match found.filter(|_| !byte.is_ascii()) {
        Some(found) => found.to_string(),
        None if byte.is_ascii() => char::from(*byte).escape_default().to_string(),
        None => "...".to_owned(),
    };
    match error {
        Error::UnexpectedCloseTag(expected, found, _) => words::xml_close(expected, found),
        Error::UnknownNamespace(prefix, _) => words::xml_namespace(prefix),
        Error::UnknownEntityReference(name, _) => words::xml_entity(name),
        Error::MalformedEntityReference(_) => words::xml_ampersand(),
        Error::DuplicatedAttribute(name, _) => words::xml_attribute_twice(name),
        Error::NoRootNode => words::xml_no_root(),
        Error::UnclosedRootNode => words::xml_unclosed(),
        Error::UnexpectedEndOfStream => words::xml_ended(),
        Error::InvalidName(_) | Error::InvalidElementNamePrefix(_) => words::xml_name(),
        Error::InvalidAttributeValue(_) => words::xml_value(),
        Error::NonXmlChar(character, _) => words::xml_character(format!("U+{:04X}", u32::from(*character))),
        Error::InvalidChar(expected, found, _) => words::xml_expected(sign(expected), sign(found)),
        Error::InvalidChar2("a quote", found, _) => words::xml_quote(sign(found)),
        Error::InvalidChar2("a whitespace", found, _) => words::xml_space(sign(found)),
        Error::InvalidChar2("a quote, SYSTEM or PUBLIC", found, _) => {
            words::xml_expected("\", ', SYSTEM, PUBLIC", sign(found))
        }
        Error::InvalidChar2(expected, found, _) => {
            words::xml_expected(expected.replace('\'', "").replace(" or ", ", "), sign(found))
        }
        Error::InvalidString(expected, _) => words::xml_expected(*expected, "..."),
        Error::NodesLimitReached | Error::AttributesLimitReached | Error::NamespacesLimitReached => words::xml_limit(),
        _ => words::xml_other(),
    }
}

/// Byte offset of a line and column, from 1, columns in characters.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        start = text[start..].find('\n').map_or(text.len(), |end| start + end + 1);
    }
    let line = text[start..].lines().next().unwrap_or_default();
    start + line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at)
}

/// The DOCTYPE of a text.
struct Doctype<'a> {
    range: Range<usize>,
    /// Texts of the entities by name. Of several with the same name, the first holds.
    entities: HashMap<&'a str, &'a str>,
    /// Where the texts of all entities are, without quotation marks.
    literals: Vec<Range<usize>>,
    /// Declarations of attributes, after `<!ATTLIST`, with their byte offsets.
    lists: Vec<(usize, &'a str)>,
    /// Whether an entity refers to another file, or to a part of the DOCTYPE.
    is_open: bool,
}

impl<'a> Doctype<'a> {
    /// Finds it before the root, where only comments and instructions are allowed as well. Syntax that the parser rejects ends the search.
    fn of(text: &'a str) -> Option<Self> {
        let mut prolog = Prolog(text.strip_prefix('\u{feff}').unwrap_or(text));
        prolog.misc();
        let start = text.len() - prolog.0.len();
        prolog.eat("<!DOCTYPE").then_some(())?;
        let range = start..start;
        let mut all = Self { range, entities: HashMap::new(), literals: Vec::new(), lists: Vec::new(), is_open: false };
        all.declarations(&mut prolog, text.len());
        all.range.end = text.len() - prolog.0.len();
        Some(all)
    }

    /// The value of an attribute that has a `<` from an entity, which XML does not allow and the parser does.
    fn tag_in_attribute(&self, text: &str, document: &Document<'_>) -> Option<Range<usize>> {
        if !self.entities.values().any(|value| value.contains('<')) {
            return None;
        }
        let attributes = document.descendants().flat_map(|node| node.attributes());
        let mut ranges = attributes.filter(|one| one.value().contains('<')).map(|one| one.range_value());
        ranges.find(|range| text.get(range.clone()).is_some_and(|written| self.leads_to_tag(written)))
    }

    /// Whether a text refers to an entity with a `<`, directly or through others. What entities expand to is bounded.
    fn leads_to_tag(&self, text: &str) -> bool {
        let names = text.split('&').skip(1).filter_map(|part| part.split_once(';'));
        let mut values = names.filter_map(|(name, _)| self.entities.get(name));
        values.any(|value| value.contains('<') || self.leads_to_tag(value))
    }

    /// Reads its declarations. `length`: bytes of the file.
    fn declarations(&mut self, prolog: &mut Prolog<'a>, length: usize) -> Option<()> {
        while !prolog.eat("[") {
            match prolog.0.chars().next()? {
                '>' => return prolog.eat(">").then_some(()),
                '"' | '\'' => prolog.quoted()?,
                c => prolog.take(c.len_utf8()),
            };
        }
        loop {
            prolog.misc();
            if prolog.eat("]") {
                prolog.misc();
                return prolog.eat(">").then_some(());
            }
            if !prolog.eat("<!ENTITY") {
                // The parser looks for the end of the others in quotes, too.
                prolog.eat("<!").then_some(())?;
                let is_list = prolog.eat("ATTLIST");
                let start = length - prolog.0.len();
                let declaration = prolog.until(">")?;
                self.lists.extend(is_list.then_some((start, declaration)));
                continue;
            }
            prolog.spaces();
            let name = prolog.0.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
            prolog.eat(name);
            prolog.spaces();
            let value = prolog.quoted();
            self.is_open |= name.starts_with('%') || value.is_none();
            let (value, end) = (value?, length - prolog.0.len() - 1);
            self.entities.entry(name).or_insert(value);
            self.literals.push(end - value.len()..end);
            prolog.spaces();
            prolog.eat(">").then_some(())?;
        }
    }
}

/// What a DOCTYPE declares of attributes: the texts after `<!ATTLIST`, with their byte offsets.
pub fn attribute_lists(text: &str) -> Vec<(usize, &str)> {
    Doctype::of(text).map_or_else(Vec::new, |doctype| doctype.lists)
}

/// A file with the `&` and `<` that the texts of its entities have as references of characters: XML reads those where an entity
/// is declared, and again what they result in where it is referred to; the parser only the latter. Nothing else moves.
pub fn declared(text: &str) -> Cow<'_, str> {
    let literals = Doctype::of(text).map_or_else(Vec::new, |doctype| doctype.literals);
    let (mut plain, mut at) = (String::new(), 0);
    for literal in literals {
        let Some(value) = unescaped(&text[literal.clone()]) else { continue };
        plain.push_str(&text[at..literal.start]);
        plain.push_str(&value);
        // The quotation mark, and spaces behind it.
        plain.push_str(&text[literal.end..=literal.end]);
        plain.extend(repeat_n(' ', literal.len() - value.len()));
        at = literal.end + 1;
    }
    if at == 0 {
        return Cow::Borrowed(text);
    }
    plain.push_str(&text[at..]);
    Cow::Owned(plain)
}

/// The text of an entity, if it has references of `&` or `<`.
fn unescaped(value: &str) -> Option<String> {
    let (mut plain, mut rest) = (String::new(), value);
    while let Some((before, after)) = rest.split_once("&#") {
        plain.push_str(before);
        let end = after.bytes().take(MAX_REFERENCE).position(|byte| byte == b';');
        match end.and_then(|end| Some((significant(&after[..end])?, &after[end + 1..]))) {
            Some((character, after)) => {
                plain.push(character);
                rest = after;
            }
            None => {
                plain.push_str("&#");
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    (plain.len() < value.len()).then_some(plain)
}

/// The character with this number, if it begins a reference or a tag.
fn significant(number: &str) -> Option<char> {
    if !number.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let number = match number.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    char::from_u32(number.ok()?).filter(|character| matches!(character, '&' | '<'))
}

/// Unread part of the prolog.
struct Prolog<'a>(&'a str);

impl<'a> Prolog<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (start, rest) = self.0.split_at(bytes);
        self.0 = rest;
        start
    }

    fn eat(&mut self, start: &str) -> bool {
        let rest = self.0.strip_prefix(start);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// What comes before `end`, which is skipped, too.
    fn until(&mut self, end: &str) -> Option<&'a str> {
        let (text, rest) = self.0.split_once(end)?;
        self.0 = rest;
        Some(text)
    }

    fn spaces(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn quoted(&mut self) -> Option<&'a str> {
        let quote = ["\"", "'"].into_iter().find(|quote| self.0.starts_with(quote))?;
        self.eat(quote);
        self.until(quote)
    }

    /// Skips white space, comments and instructions.
    fn misc(&mut self) {
        loop {
            self.spaces();
            let end = match () {
                () if self.0.starts_with("<!--") => "-->",
                () if self.0.starts_with("<?") => "?>",
                () => return,
            };
            let start = if end == "-->" { 4 } else { 2 };
            self.0 = self.0.get(start..).and_then(|rest| rest.split_once(end)).map_or("", |(_, rest)| rest);
        }
    }
}

/// Checks what the entities of a DOCTYPE expand to.
fn entities(text: &str, doctype: &Doctype<'_>) -> Result<(), Box<Finding>> {
    if doctype.is_open {
        return Err(Box::new(words::artwork_dtd()));
    }
    if doctype.entities.is_empty() {
        return Ok(());
    }
    let mut sizes = HashMap::new();
    let total = expanded(&text[doctype.range.end..], &doctype.entities, &mut sizes, 0);
    if total > MAX_EXPANDED { Err(Box::new(words::artwork_dtd_expands(MAX_EXPANDED))) } else { Ok(()) }
}

/// Bytes that the entities in a text expand to. A cycle counts as endless.
fn expanded<'a>(
    text: &'a str,
    values: &HashMap<&'a str, &'a str>,
    sizes: &mut HashMap<&'a str, u64>,
    depth: u32,
) -> u64 {
    if depth > 10 {
        return u64::MAX;
    }
    let mut total = 0u64;
    for part in text.split('&').skip(1) {
        let Some((name, _)) = part.split_once(';') else { continue };
        let Some((name, value)) = values.get_key_value(name) else { continue };
        let size = match sizes.get(name) {
            Some(size) => *size,
            None => {
                let size = (value.len() as u64).saturating_add(expanded(value, values, sizes, depth + 1));
                sizes.insert(name, size);
                size
            }
        };
        total = total.saturating_add(size);
    }
    total
}

#[cfg(test)]
mod tests;
