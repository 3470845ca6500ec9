//! What an expansion writes: a bounded text, and where it has values.

use std::{io, mem};

use handlebars::template::{Template, TemplateElement};

/// Maximum number of tags and texts that are evaluated to expand a source, in all iterations of `each` together.
pub const MAX_STEPS: u64 = 500_000;

/// Marks the end of an iteration in the output; the number of its steps follows. A noncharacter: a value that consists of
/// it and a number is counted, too, instead of inserted.
const STEP: &str = "\u{fffe}";
/// Marks a value in the output, which is written next; the number of its tag follows.
const TAG: &str = "\u{fffe}#";
/// Begins a value whose tag is marked, so that an empty one is written as well. A noncharacter, which XML does not allow.
pub const VALUE: char = '\u{ffff}';

/// How the value of a tag is inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insertion {
    /// Where the tag is.
    Plain,
    /// Where the tag is, which is in a CDATA section: as escaped text between two sections.
    BetweenSections,
    /// Not at all.
    Omitted,
}

/// A value in an expanded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InsertedValue {
    /// Number of its tag.
    pub tag: u32,
    /// Where it starts in the text, bytes.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
}

/// Appends a mark to the body of each `{{#each}}`, which [`Bounded`] counts: nested lists may iterate without end and
/// without writing anything.
pub fn count_steps(template: &mut Template) -> u64 {
    let mut steps = 0;
    for element in &mut template.elements {
        steps += 1;
        if let TemplateElement::HelperBlock(helper) = element {
            let is_each = helper.name.as_name() == Some("each");
            let inner: u64 = helper.inverse.iter_mut().map(count_steps).sum();
            steps += inner;
            if let Some(body) = &mut helper.template {
                let inner = count_steps(body);
                match is_each {
                    true => body.elements.push(TemplateElement::RawString(format!("{STEP}{}", inner + 1))),
                    false => steps += inner,
                }
            }
        }
    }
    steps
}

/// Marks the values that a source inserts, and returns how many there are. `tags`: its tags that insert a value, in order, each
/// with how. The values of further ones are omitted.
pub fn mark_values(template: &mut Template, tags: &mut impl Iterator<Item = (usize, Insertion)>) -> usize {
    let mut count = 0;
    for mut element in mem::take(&mut template.elements) {
        let all = &mut template.elements;
        let raw = |text: &str| TemplateElement::RawString(text.to_owned());
        match &mut element {
            TemplateElement::Expression(_) => {
                count += 1;
                let (tag, insertion) = tags.next().unwrap_or((0, Insertion::Omitted));
                let mark = raw(&format!("{TAG}{tag}"));
                match insertion {
                    Insertion::Plain => all.extend([mark, element]),
                    Insertion::BetweenSections => all.extend([raw("]]>"), mark, element, raw("<![CDATA[")]),
                    Insertion::Omitted => {}
                }
            }
            TemplateElement::HelperBlock(helper) => {
                for inner in helper.template.iter_mut().chain(&mut helper.inverse) {
                    count += mark_values(inner, tags);
                }
                all.push(element);
            }
            _ => all.push(element),
        }
    }
    count
}

/// Whether the texts outside of the tags of a compiled source are these, apart from white space, backslashes and braces, which the
/// library removes around tags.
pub fn has_texts<'t>(template: &Template, texts: impl Iterator<Item = &'t str>) -> bool {
    let mut own = Vec::new();
    collect_texts(template, &mut own);
    let is_kept = |c: &char| !c.is_whitespace() && !matches!(c, '\\' | '{' | '}');
    own.into_iter().flat_map(str::chars).filter(is_kept).eq(texts.flat_map(str::chars).filter(is_kept))
}

fn collect_texts<'t>(template: &'t Template, texts: &mut Vec<&'t str>) {
    for element in &template.elements {
        match element {
            TemplateElement::RawString(text) => texts.push(text),
            TemplateElement::HelperBlock(helper) => {
                helper.template.iter().chain(&helper.inverse).for_each(|inner| collect_texts(inner, texts));
            }
            _ => {}
        }
    }
}

/// A buffer of at most `limit` bytes, for at most [`MAX_STEPS`].
#[derive(Debug)]
pub struct Bounded {
    /// What was written.
    pub bytes: Vec<u8>,
    /// The values in it, in order.
    pub values: Vec<InsertedValue>,
    /// Number of steps that were taken.
    pub steps: u64,
    limit: usize,
    /// The tag whose value is written next.
    tag: Option<u32>,
}

impl Bounded {
    /// An empty buffer.
    pub fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), values: Vec::new(), steps: 0, limit, tag: None }
    }
}

impl io::Write for &mut Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The library writes each string in one call.
        let number = |digits: &[u8]| -> Option<u64> { std::str::from_utf8(digits).ok()?.parse().ok() };
        if let Some(tag) = bytes.strip_prefix(TAG.as_bytes()).and_then(number) {
            self.tag = u32::try_from(tag).ok();
            return Ok(bytes.len());
        }
        if let Some(steps) = bytes.strip_prefix(STEP.as_bytes()).and_then(number) {
            self.steps = self.steps.saturating_add(steps);
            return if self.steps > MAX_STEPS { Err(io::ErrorKind::TimedOut.into()) } else { Ok(bytes.len()) };
        }
        let tag = self.tag.take();
        let text = match tag {
            Some(_) => bytes.strip_prefix(VALUE.encode_utf8(&mut [0; 4]).as_bytes()).unwrap_or(bytes),
            None => bytes,
        };
        let start = self.bytes.len();
        if start + text.len() > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(text);
        if let (Some(tag), Ok(start), Ok(end)) = (tag, u32::try_from(start), u32::try_from(self.bytes.len())) {
            self.values.push(InsertedValue { tag, start, end });
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
