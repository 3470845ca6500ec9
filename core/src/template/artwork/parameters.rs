//! The tags of an artwork: which parameters they insert, and whether they may where they are.

use std::{iter::repeat_n, mem, ops::Range};

use super::scopes::Scopes;
use crate::{
    error::Finding,
    markup::{
        PARAMETER,
        contexts::{Context, Lexer},
    },
    template::{
        engine::{Insertion, SourceFault},
        tags::{self, Part, PartKind},
    },
    words,
};

/// Maximum number of reported faults.
const MAX_FAULTS: usize = 100;

/// A tag that inserts a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueTag {
    /// Bytes in the source.
    pub range: Range<usize>,
    /// JSON pointer to the parameter, `/params/title`, or to the list that has it.
    pub pointer: Option<String>,
    /// Whether it is in the value of a declaration of a style, so that the value must stay within.
    pub is_in_declaration: bool,
    /// How its value is inserted.
    pub insertion: Insertion,
}

/// What the tags of an artwork are.
#[derive(Debug, Default)]
pub struct Parameters {
    /// Those that insert a value, in order.
    pub tags: Vec<ValueTag>,
    /// Those that are not allowed where they are.
    pub faults: Vec<SourceFault>,
    /// The source with as many bytes, and [`PARAMETER`] in place of what is not known.
    pub masked: String,
}

impl Parameters {
    /// Reads a source that the library compiles. `parts`: its parts.
    pub fn of(source: &str, parts: &[Part]) -> Self {
        let found = Self { masked: String::with_capacity(source.len()), ..Self::default() };
        let (lexer, blocks, scopes) = (Lexer::default(), Vec::new(), Scopes::default());
        let mut reader = Reader { source, lexer, blocks, scopes, found };
        parts.iter().for_each(|part| reader.part(part));
        reader.found
    }
}

struct Reader<'s> {
    source: &'s str,
    lexer: Lexer,
    /// The blocks around.
    blocks: Vec<Block>,
    scopes: Scopes,
    found: Parameters,
}

/// A block that is open.
struct Block {
    range: Range<usize>,
    start: Lexer,
    /// After each of its branches.
    ends: Vec<Lexer>,
    /// Whether one of its branches is expanded in any case.
    is_complete: bool,
    /// Whether a branch may be expanded several times.
    is_repeated: bool,
}

impl Reader<'_> {
    fn part(&mut self, part: &Part) {
        let written = &self.source[part.range.clone()];
        let context = self.lexer.context();
        if part.kind == PartKind::Text {
            self.text(part, written);
            return;
        }
        self.mask(written, part.kind, context);
        match part.kind {
            PartKind::Text | PartKind::Comment => {}
            PartKind::Value => self.value(part, written, context),
            PartKind::Open => self.open(part, written, context),
            PartKind::Else { is_last } => self.branch(written, is_last),
            PartKind::Close => self.close(),
        }
    }

    fn fault(&mut self, range: Range<usize>, finding: Finding) {
        if self.found.faults.len() < MAX_FAULTS {
            self.found.faults.push(SourceFault { range, finding });
        }
    }

    fn text(&mut self, part: &Part, written: &str) {
        let doctypes = self.lexer.doctypes();
        self.lexer.read(written);
        self.found.masked.push_str(written);
        if self.lexer.doctypes() > doctypes && !self.blocks.is_empty() {
            let start = part.range.start + written.find("<!D").unwrap_or(0);
            self.fault(start..part.range.end, words::artwork_dtd_handlebars());
        }
    }

    fn value(&mut self, part: &Part, written: &str, context: Context) {
        let fault = match context {
            Context::Text | Context::Value | Context::StyleValue | Context::Comment => None,
            Context::StyleSheet => Some(words::parameter_in_style()),
            Context::Tag => Some(words::parameter_in_tag()),
            Context::Namespace => Some(words::parameter_in_namespace()),
            Context::Reference => Some(words::parameter_in_reference()),
            Context::Instruction => Some(words::parameter_in_instruction()),
            Context::Doctype => Some(words::artwork_dtd_handlebars()),
        };
        if let Some(finding) = fault {
            self.fault(part.range.clone(), finding);
        }
        let insertion = match context {
            Context::Comment => Insertion::Omitted,
            _ if self.lexer.is_in_cdata() => Insertion::BetweenSections,
            _ => Insertion::Plain,
        };
        self.found.tags.push(ValueTag {
            range: part.range.clone(),
            pointer: self.scopes.pointer(&words_of(written)),
            is_in_declaration: context == Context::StyleValue,
            insertion,
        });
    }

    fn open(&mut self, part: &Part, written: &str, context: Context) {
        match context {
            Context::Doctype => self.fault(part.range.clone(), words::artwork_dtd_handlebars()),
            Context::Instruction => self.fault(part.range.clone(), words::parameter_in_instruction()),
            _ => {}
        }
        let words = words_of(written);
        self.scopes.enter(&words);
        self.blocks.push(Block {
            range: part.range.clone(),
            start: self.lexer.clone(),
            ends: Vec::new(),
            is_complete: false,
            is_repeated: words.first() == Some(&"each"),
        });
    }

    fn branch(&mut self, written: &str, is_last: bool) {
        let Some(block) = self.blocks.last_mut() else { return };
        block.ends.push(mem::replace(&mut self.lexer, block.start.clone()));
        block.is_complete = is_last;
        // After `else`.
        let words = words_of(written);
        let words = words.get(1..).unwrap_or_default();
        block.is_repeated |= words.first() == Some(&"each");
        self.scopes.leave();
        self.scopes.enter(words);
    }

    fn close(&mut self) {
        let Some(mut block) = self.blocks.pop() else { return };
        self.scopes.leave();
        if !block.is_complete || block.is_repeated {
            block.ends.push(block.start);
        }
        let is_same = |end: &Lexer| self.lexer.agrees_with(end) || self.lexer.doctypes() != end.doctypes();
        if !block.ends.iter().all(is_same) {
            self.fault(block.range, words::parameter_block());
        }
        block.ends.iter().for_each(|end| self.lexer.join(end));
    }

    /// Writes what a tag is read as before it is expanded.
    fn mask(&mut self, written: &str, kind: PartKind, context: Context) {
        let is_unknown = match context {
            Context::Tag | Context::Instruction | Context::Doctype if kind == PartKind::Comment => false,
            // It is no XML, or refused.
            Context::Tag | Context::Namespace | Context::Reference | Context::Instruction | Context::Doctype => {
                self.found.masked.push_str(written);
                return;
            }
            Context::Comment => false,
            Context::StyleValue => true,
            // All of the value is.
            Context::Value if !self.lexer.is_in_style() => true,
            Context::Text | Context::Value | Context::StyleSheet => kind == PartKind::Value,
        };
        let masked = &mut self.found.masked;
        match written.len().checked_sub(PARAMETER.len_utf8()).filter(|_| is_unknown) {
            Some(rest) => {
                masked.push(PARAMETER);
                masked.extend(repeat_n('_', rest));
            }
            None => masked.extend(repeat_n(' ', written.len())),
        }
    }
}

fn words_of(tag: &str) -> Vec<&str> {
    tags::words(tag).into_iter().map(|range| &tag[range]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Parameters {
        Parameters::of(source, &tags::parts(source))
    }

    /// Ids of the faults' sentences, each with what it marks.
    fn faults(source: &str) -> Vec<(&'static str, &str)> {
        let found = read(source).faults.into_iter();
        found.map(|fault| (fault.finding.row().id, &source[fault.range])).collect()
    }

    #[test]
    fn parameters_are_values_and_texts() {
        for source in [
            "<svg xmlns=\"a\"><text fill=\"{{a}}\" class='b {{c}}'>{{a}}{{! <!DOCTYPE }}</text></svg>",
            "<style>.a{fill:{{a}};stroke:rgb({{b}},0,0)}</style><g style=\"fill:{{a}}\"/><g style=\"{{b}}\"/>",
            "<style><![CDATA[.a{fill:{{a}}}]]></style><!-- {{a}} --><text><![CDATA[{{a}}]]></text>",
            "{{#if a}}<g>{{else if b}}<g fill=\"red\">{{else}}<g>{{/if}}</g><rect {{#if a}}fill=\"red\"{{/if}}/>",
            "<rect{{#if a}} fill=\"{{#if b}}red{{else}}{{c}}{{/if}}\"{{/if}}/>{{#each a}}<g id=\"{{b}}\">{{/each}}",
            "<!-- {{#if a}} --><g/><!-- {{/if}} --><style>.a{ {{#if a}}fill:red{{/if}} }{{#if a}}b{fill:red}{{/if}}</style>",
            "<!DOCTYPE svg [<!ENTITY a \"{{! b }}\\{{c}}\">]><svg a=\"&a;{{b}}\"/>",
        ] {
            assert_eq!(faults(source), [], "{source}");
        }
    }

    #[test]
    fn other_places_are_refused() {
        let dtd = "artwork_dtd_handlebars";
        for (source, id, marked) in [
            ("<!DOCTYPE svg [<!ENTITY a \"{{b}}\">]><svg/>", dtd, "{{b}}"),
            ("<!DOCTYPE svg [<!ATTLIST rect fill CDATA '{{b}}'>]>", dtd, "{{b}}"),
            ("<!DOCTYPE svg [<!-- {{b}} -->]>", dtd, "{{b}}"),
            ("<!DOCTYPE svg [<?a {{b}}?>]>", dtd, "{{b}}"),
            ("<!DOCTYPE {{b}}>", dtd, "{{b}}"),
            ("<!DOC{{b}}>", dtd, "{{b}}"),
            ("<!DOCTYPE svg [{{#if a}}<!ENTITY a \"b\">{{/if}}]>", dtd, "{{#if a}}"),
            ("a{{#if a}}<?b?><!DOCTYPE svg>{{/if}}", dtd, "<!DOCTYPE svg>"),
            ("{{#if a}}{{else}}<!DOCTYPE svg [{{/if}}<!ENTITY a \"b\">]>", dtd, "<!DOCTYPE svg ["),
            ("<{{a}}/>", "parameter_in_tag", "{{a}}"),
            ("<re{{a}}/>", "parameter_in_tag", "{{a}}"),
            ("</{{a}}>", "parameter_in_tag", "{{a}}"),
            ("<rect {{a}}=\"b\"/>", "parameter_in_tag", "{{a}}"),
            ("<rect {{a}}/>", "parameter_in_tag", "{{a}}"),
            ("<rect fill={{a}}/>", "parameter_in_tag", "{{a}}"),
            ("<svg xmlns=\"{{a}}\"/>", "parameter_in_namespace", "{{a}}"),
            ("<svg xmlns:b='{{a}}'/>", "parameter_in_namespace", "{{a}}"),
            ("<text>&{{a}};</text>", "parameter_in_reference", "{{a}}"),
            ("<g fill=\"&#{{a}};\"/>", "parameter_in_reference", "{{a}}"),
            ("<?xml-stylesheet href=\"{{a}}\"?>", "parameter_in_instruction", "{{a}}"),
            ("<?a {{#if a}}b{{/if}}?>", "parameter_in_instruction", "{{#if a}}"),
            ("<style>{{a}}</style>", "parameter_in_style", "{{a}}"),
            ("<style>.{{a}}{fill:red}</style>", "parameter_in_style", "{{a}}"),
            ("<style>.a{ {{a}}:red }</style>", "parameter_in_style", "{{a}}"),
            ("{{#if a}}<!--{{/if}}b", "parameter_block", "{{#if a}}"),
            ("{{#if a}}<g a=\"{{else}}<g a='{{/if}}", "parameter_block", "{{#if a}}"),
            ("{{#unless a}}<g {{/unless}}fill=\"red\"/>", "parameter_block", "{{#unless a}}"),
            ("{{#each a}}<g {{else}}<g {{/each}}/>", "parameter_block", "{{#each a}}"),
        ] {
            assert_eq!(faults(source), [(id, marked)], "{source}");
        }
        let many = "<{{a}}>".repeat(300);
        assert_eq!(read(&many).faults.len(), MAX_FAULTS);
    }

    #[test]
    fn values_are_inserted_as_their_place_needs() {
        let of = |source: &str| {
            let tags = read(source).tags.into_iter();
            tags.map(|tag| (tag.pointer.unwrap_or_default(), tag.is_in_declaration, tag.insertion)).collect::<Vec<_>>()
        };
        let pointer = |name: &str| format!("/params/{name}");
        let source = "<g style=\"fill:{{a}};{{b}}\">{{#each c}}<![CDATA[{{d}}]]>{{else}}{{d}}{{/each}}<!-- {{a}} --></g>\
                      <style><![CDATA[a{fill:{{money b}}/* {{c}} */}]]></style>";
        assert_eq!(
            of(source),
            [
                (pointer("a"), true, Insertion::Plain),
                (pointer("b"), false, Insertion::Plain),
                (pointer("c"), false, Insertion::BetweenSections),
                (pointer("d"), false, Insertion::Plain),
                (pointer("a"), false, Insertion::Omitted),
                (pointer("b"), true, Insertion::BetweenSections),
                (pointer("c"), false, Insertion::Omitted),
            ]
        );
    }

    #[test]
    fn sources_are_masked_to_the_byte() {
        for (source, masked) in [
            ("<g a=\"b{{c}}\">{{c}}{{#if a}}d{{/if}}</g>", "<g a=\"b\u{fdd0}__\">\u{fdd0}__         d       </g>"),
            ("<g a=\"{{#if c}}d{{/if}}\"/>", "<g a=\"\u{fdd0}______d\u{fdd0}____\"/>"),
            ("<g style=\"{{#if c}}a:b{{/if}};{{c}}\"/>", "<g style=\"         a:b\u{fdd0}____;\u{fdd0}__\"/>"),
            ("<style>a{ {{#if c}}b:c;{{/if}}d:{{e}} }</style>", "<style>a{          b:c;       d:\u{fdd0}__ }</style>"),
            ("<!DOCTYPE a{{! b }}><rect {{! c }}/>", "<!DOCTYPE a        ><rect         />"),
            ("<rect {{#if a}}b=\"{{!}}\"{{/if}}/>", "<rect {{#if a}}b=\"\u{fdd0}__\"{{/if}}/>"),
            ("<!-- {{!-- a --}} -->", "<!--              -->"),
        ] {
            assert_eq!(read(source).masked, masked, "{source}");
            assert_eq!(source.len(), masked.len(), "{source}");
        }
    }
}
