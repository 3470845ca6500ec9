//! Handlebars: compiled when a template is loaded, expanded for every poster, with limits on size and time.

mod output;

use std::{collections::HashMap, ops::Range};

use handlebars::{Context, Handlebars, RenderErrorReason as Reason, Template, template::TemplateElement};
use serde_json::{Map, Value};

use output::{Bounded, VALUE, count_steps, has_texts, mark_values};
pub use output::{InsertedValue, Insertion, MAX_STEPS};

use super::{
    helpers::{self, HelperError},
    names,
    source::SourceFile,
    tags::{self, Part, PartKind, Refusal},
};
use crate::{
    error::{Finding, Message},
    markup::PARAMETER,
    words,
};

/// Maximum bytes of an expanded string of layout.json.
pub const MAX_TEXT: usize = 64 * 1024;
/// Maximum bytes of an expanded picture source: a `data:` URI of the largest picture (15 MiB, as base64).
pub const MAX_SOURCE: usize = 20 * 1024 * 1024 + 1024;
/// Maximum bytes of an artwork, also expanded: exports of design tools embed photos.
pub const MAX_ARTWORK: usize = 8 * 1024 * 1024;
/// Name of the artwork, which is the only source of its engine.
const ARTWORK: &str = "";

/// The compiled handlebars sources of a template, in strict mode: a name without a value is an error.
#[derive(Debug)]
pub struct Engine {
    engine: Handlebars<'static>,
    escaping: Escaping,
    /// The parameter of each source that is nothing but `{{parameter}}`.
    references: HashMap<String, String>,
}

/// How `{{name}}` inserts a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escaping {
    /// Unchanged: strings of layout.json.
    None,
    /// With XML's special characters escaped: the artwork.
    Xml,
}

/// A fault in a handlebars source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFault {
    /// Byte range in the source.
    pub range: Range<usize>,
    /// What is wrong, without a position.
    pub finding: Finding,
}

/// The values that names refer to.
#[derive(Debug)]
pub struct Values(Context);

impl Values {
    /// Creates values from validated parameters.
    pub fn new(params: Map<String, Value>) -> Self {
        Self(Context::from(Value::Object(params)))
    }

    /// Returns the value at a path such as `items` or `item.tags`. `None` when it is absent.
    pub fn find(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(self.0.data(), |value, step| match value {
            Value::Array(list) => list.get(step.parse::<usize>().ok()?),
            value => value.get(step),
        })
    }

    /// Sets the value of a name (`None` removes it) and returns the previous one.
    pub fn set(&mut self, name: &str, value: Option<Value>) -> Option<Value> {
        let names = self.0.data_mut().as_object_mut()?;
        match value {
            Some(value) => names.insert(name.to_owned(), value),
            None => names.shift_remove(name),
        }
    }
}

impl Engine {
    /// Creates an engine without sources.
    pub fn new(escaping: Escaping) -> Self {
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        match escaping {
            Escaping::None => engine.register_escape_fn(handlebars::no_escape),
            Escaping::Xml => engine.register_escape_fn(escape_xml),
        }
        helpers::register(&mut engine);
        Self { engine, escaping, references: HashMap::new() }
    }

    /// Compiles a source under a name, and checks the names in it against the parameters' schema. `shown`: whether the
    /// result is displayed or looked up, and not only used as a condition.
    ///
    /// # Errors
    /// Every fault of the source.
    pub fn add(&mut self, name: &str, source: &str, params: &Value, shown: bool) -> Result<(), Vec<SourceFault>> {
        let mut template = self.compiled(source, params, shown)?;
        count_steps(&mut template);
        self.engine.register_template(name, template);
        if let Some(parameter) = reference(source).filter(|_| self.escaping == Escaping::None) {
            self.references.insert(name.to_owned(), parameter.to_owned());
        }
        Ok(())
    }

    /// Compiles an artwork as [`Engine::add`] does. `parts`: those of the source; `insertions`: how the values of its tags are
    /// inserted, in order.
    ///
    /// # Errors
    /// Every fault of the source, such as parts that are not those that the library finds.
    pub fn add_artwork(
        &mut self,
        source: &str,
        params: &Value,
        parts: &[Part],
        insertions: impl ExactSizeIterator<Item = Insertion>,
    ) -> Result<(), Vec<SourceFault>> {
        let mut template = self.compiled(source, params, true)?;
        let texts = parts.iter().filter(|part| part.kind == PartKind::Text).map(|part| &source[part.range.clone()]);
        let mut tags = insertions.enumerate();
        let agrees = has_texts(&template, texts);
        count_steps(&mut template);
        let count = tags.len();
        let inserted = mark_values(&mut template, &mut tags);
        if !agrees || inserted != count {
            let first = parts.iter().find(|part| part.kind != PartKind::Text);
            let range = first.map_or(0..0, |part| part.range.clone());
            return Err(vec![SourceFault { range, finding: unsupported() }]);
        }
        self.engine.register_template(ARTWORK, template);
        Ok(())
    }

    fn compiled(&self, source: &str, params: &Value, shown: bool) -> Result<Template, Vec<SourceFault>> {
        if let Some((range, refusal)) = tags::refusal(source) {
            return Err(vec![SourceFault { range, finding: refused(refusal) }]);
        }
        let mut template = Template::compile(source).map_err(|error| vec![syntax(source, &error)])?;
        let faults = names::check(&template, params, self.escaping == Escaping::None, shown);
        let faults = faults
            .into_iter()
            .map(|fault| SourceFault { range: tags::find(source, &fault.word), finding: fault.finding });
        let faults: Vec<SourceFault> = faults.collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        tolerate_null(&mut template);
        Ok(template)
    }

    /// Expands the source that was added under a name.
    ///
    /// # Errors
    /// A message: a value is missing, a helper rejects it, or the text exceeds `limit` bytes or [`MAX_STEPS`].
    pub fn expand(&self, name: &str, values: &Values, limit: usize) -> Result<String, Message> {
        // A picture as a `data:` URI may have millions of characters, which the library would copy three times.
        if let Some(Value::String(text)) =
            self.references.get(name).and_then(|parameter| values.0.data().get(parameter))
        {
            return if text.len() > limit { Err(words::expansion_too_long(limit)) } else { Ok(text.clone()) };
        }
        Ok(text_of(self.written(name, values, limit)?.bytes))
    }

    /// Expands the artwork, and returns where its values are in the text.
    ///
    /// # Errors
    /// As [`Engine::expand`], with a limit of [`MAX_ARTWORK`] bytes.
    pub fn expand_artwork(&self, values: &Values) -> Result<(String, Vec<InsertedValue>), Message> {
        let written = self.written(ARTWORK, values, MAX_ARTWORK)?;
        Ok((text_of(written.bytes), written.values))
    }

    fn written(&self, name: &str, values: &Values, limit: usize) -> Result<Bounded, Message> {
        let mut text = Bounded::new(limit);
        match self.engine.render_with_context_to_write(name, &values.0, &mut text) {
            Ok(()) => Ok(text),
            Err(error) => Err(match error.reason() {
                Reason::MissingVariable(Some(path)) => words::value_missing(path),
                Reason::IOError(_) if text.steps > MAX_STEPS => words::expansion_steps(MAX_STEPS),
                Reason::IOError(_) => words::expansion_too_long(limit),
                Reason::NestedError(cause) => match cause.downcast_ref::<HelperError>() {
                    Some(HelperError(message)) => message.clone(),
                    None => words::expansion_other(cause),
                },
                other => words::expansion_other(other.to_string().chars().take(200).collect::<String>()),
            }),
        }
    }
}

/// The text that the library has written. It writes complete strings, so the bytes are valid UTF-8.
fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|invalid| String::from_utf8_lossy(invalid.as_bytes()).into_owned())
}

/// The parameter of a source that is nothing but `{{parameter}}`.
fn reference(source: &str) -> Option<&str> {
    let name = source.strip_prefix("{{")?.strip_suffix("}}")?.trim_matches(' ');
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && helpers::HELPERS.iter().all(|helper| helper.name != name)
        && !["this", "else"].contains(&name);
    is_name.then_some(name)
}

fn refused(refusal: Refusal) -> Finding {
    match refusal {
        Refusal::TooDeep => words::handlebars_nested(tags::MAX_DEPTH),
        Refusal::TooMany => words::handlebars_tags(tags::MAX_TAGS),
        Refusal::Partial => words::handlebars_partial(),
        Refusal::Decorator => words::handlebars_decorator(),
        Refusal::RawBlock => unsupported(),
    }
}

fn unsupported() -> Finding {
    words::handlebars_form().with_hint(words::handlebars_forms())
}

/// Makes `{{#each list}}` and `{{#with thing}}` without `{{else}}` expand to nothing when the parameter is absent; in
/// strict mode the library reports an error.
fn tolerate_null(template: &mut Template) {
    for element in &mut template.elements {
        if let TemplateElement::HelperBlock(helper) = element {
            helper.inverse.get_or_insert_default();
            helper.template.iter_mut().chain(&mut helper.inverse).for_each(tolerate_null);
        }
    }
}

fn syntax(source: &str, error: &handlebars::TemplateError) -> SourceFault {
    let (line, column) = error.pos().unwrap_or((1, 1));
    let start = SourceFile { file: "", text: source }.offset(line, column);
    let finding = match error.reason() {
        handlebars::TemplateErrorReason::MismatchingClosedHelper(opened, closed) => {
            words::handlebars_mismatch(opened, closed)
        }
        handlebars::TemplateErrorReason::InvalidParam(what) => words::handlebars_value(what),
        _ => words::handlebars_syntax(),
    };
    SourceFault { range: start..start, finding: finding.with_hint(words::handlebars_forms()) }
}

/// Escapes text for XML content and attributes, after [`VALUE`]. [`PARAMETER`], and characters that XML 1.0 does not allow
/// (section 2.2), become U+FFFD.
fn escape_xml(text: &str) -> String {
    let mut escaped = String::with_capacity(VALUE.len_utf8() + text.len());
    escaped.push(VALUE);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' | PARAMETER => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expand(source: &str, lists: usize) -> Result<String, Message> {
        let mut engine = Engine::new(Escaping::None);
        let list = json!({ "type": "array", "items": { "type": "string" } });
        let params = json!({ "type": "object", "properties": { "a": list, "b": list } });
        engine.add("text", source, &params, true).expect("valid");
        let values = json!({ "a": vec!["x"; lists], "b": vec!["y"; lists] });
        engine.expand("text", &Values::new(values.as_object().expect("an object").clone()), MAX_TEXT)
    }

    #[test]
    fn a_single_reference_expands_as_any_other_source() {
        let mut engine = Engine::new(Escaping::None);
        let params = json!({ "type": "object", "properties": { "a": { "type": ["string", "integer", "null"] } } });
        for (name, source) in [("plain", "{{a}}"), ("spaced", "{{ a }}"), ("joined", "{{a}}\u{200b}")] {
            engine.add(name, source, &params, true).expect("valid");
        }
        for value in [json!("<&\"'x "), json!(""), json!(12), json!(null)] {
            let values = Values::new([("a".to_owned(), value)].into_iter().collect());
            let [plain, spaced, joined] =
                ["plain", "spaced", "joined"].map(|name| engine.expand(name, &values, MAX_TEXT).expect("has a value"));
            assert_eq!(plain, joined.trim_end_matches('\u{200b}'));
            assert_eq!(plain, spaced);
        }
        let none = Values::new(Map::new());
        assert_eq!(engine.expand("plain", &none, 9), engine.expand("joined", &none, 9));
        let long = Values::new([("a".to_owned(), json!("0123456789"))].into_iter().collect());
        assert_eq!(engine.expand("plain", &long, 9), engine.expand("joined", &long, 9));
        assert!(engine.expand("plain", &long, 10).is_ok());
    }

    #[test]
    fn values_of_an_artwork_are_located() {
        let source = "<g a=\"{{a}}\">{{#each b}}{{this}},{{/each}}{{eq 1 1}}{{a}}</g>";
        let parts = tags::parts(source);
        let add = |insertions: &[Insertion]| {
            let mut engine = Engine::new(Escaping::Xml);
            let added = engine.add_artwork(source, &json!(true), &parts, insertions.iter().copied());
            added.map(|()| engine)
        };
        let all = [Insertion::Plain, Insertion::BetweenSections, Insertion::Plain, Insertion::Omitted];
        let params = json!({ "a": "<", "b": ["x", ""] }).as_object().expect("an object").clone();
        let (text, values) = add(&all).expect("valid").expand_artwork(&Values::new(params)).expect("values");
        assert_eq!(text, "<g a=\"&lt;\">]]>x<![CDATA[,]]><![CDATA[,true</g>");
        let found: Vec<_> =
            values.iter().map(|value| (value.tag, &text[value.start as usize..value.end as usize])).collect();
        assert_eq!(found, [(0, "&lt;"), (1, "x"), (1, ""), (2, "true")]);
        for wrong in [&all[..3], &[Insertion::Plain; 5]] {
            let faults = add(wrong).expect_err("other tags than the library finds");
            assert_eq!((faults.len(), &source[faults[0].range.clone()]), (1, "{{a}}"));
        }
    }

    #[test]
    fn iterations_are_counted_even_if_they_write_nothing() {
        let nested = |body: &str| format!("{{{{#each a}}}}{{{{#each ../b}}}}{body}{{{{/each}}}}{{{{/each}}}}");
        assert_eq!(expand(&nested("{{this}}"), 3).expect("few"), "yyyyyyyyy");
        assert_eq!(expand("{{#each a}}{{@index}}{{this}} {{/each}}", 2).expect("few"), "0x 1x ");
        let silent = nested(&"{{#if (eq this 1)}}{{/if}}".repeat(20));
        assert!(expand(&silent, 16).is_ok());
        let error = expand(&silent, 256).expect_err("65 536 iterations of 20 steps");
        assert!(error.text().contains("500000 steps"), "{}", error.text());
    }
}
