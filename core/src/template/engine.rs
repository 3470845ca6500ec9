//! Handlebars: compiled once when a template is loaded, expanded for every poster, bounded in size and in time.

use std::{io, ops::Range};

use handlebars::{Context, Handlebars, RenderErrorReason as Reason, Template, template::TemplateElement};
use serde_json::{Map, Value};

use super::{helpers, names, tags};

/// Most bytes of an expanded string of layout.json.
pub const MAX_TEXT: usize = 64 * 1024;
/// Most bytes of an expanded picture source: a `data:` URI of the largest picture (15 MiB, as base64).
pub const MAX_SOURCE: usize = 20 * 1024 * 1024 + 1024;
/// Most bytes of an expanded artwork.
pub const MAX_ARTWORK: usize = 4 * 1024 * 1024;

/// The compiled handlebars of a template, strict: a name without a value is an error.
#[derive(Debug)]
pub struct Engine {
    engine: Handlebars<'static>,
    escaping: Escaping,
}

/// What is put in for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escaping {
    /// The value as it is: strings of layout.json.
    None,
    /// The value with XML's special characters escaped: the artwork.
    Xml,
}

/// A fault in a handlebars source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Stable code.
    pub code: &'static str,
    /// Bytes of the source.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// The values that names stand for.
#[derive(Debug)]
pub struct Values(Context);

impl Values {
    /// From checked parameters.
    pub fn new(params: Map<String, Value>) -> Self {
        Self(Context::from(Value::Object(params)))
    }

    /// The value of a path such as `items` or `item.tags`; none when it is not given.
    pub fn find(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(self.0.data(), |value, step| match value {
            Value::Array(list) => list.get(step.parse::<usize>().ok()?),
            value => value.get(step),
        })
    }

    /// Gives a name another value (none takes it away), and returns the one that it had.
    pub fn set(&mut self, name: &str, value: Option<Value>) -> Option<Value> {
        let names = self.0.data_mut().as_object_mut()?;
        match value {
            Some(value) => names.insert(name.to_owned(), value),
            None => names.shift_remove(name),
        }
    }
}

impl Engine {
    /// An engine without sources.
    pub fn new(escaping: Escaping) -> Self {
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        match escaping {
            Escaping::None => engine.register_escape_fn(handlebars::no_escape),
            Escaping::Xml => engine.register_escape_fn(escape_xml),
        }
        helpers::register(&mut engine);
        Self { engine, escaping }
    }

    /// Compiles a source under a name, and checks what it names against the schema of the parameters. `shown` says
    /// whether what it gives is seen or looked up, and not just decides.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn add(&mut self, name: &str, source: &str, params: &Value, shown: bool) -> Result<(), Vec<Fault>> {
        let deep = |range| (range, format!("handlebars nested deeper than {} levels", tags::MAX_DEPTH));
        let many = |range| (range, format!("more than {} handlebars tags in one string", tags::MAX_TAGS));
        if let Some((range, message)) = tags::too_deep(source).map(deep).or_else(|| tags::too_many(source).map(many)) {
            return Err(vec![Fault { code: "handlebars_refused", range, message, hint: None }]);
        }
        let mut template = Template::compile(source).map_err(|error| vec![syntax(source, &error)])?;
        let faults = names::check(&template, params, self.escaping == Escaping::None, shown);
        let faults = faults.into_iter().map(|fault| Fault {
            code: fault.code,
            range: tags::find(source, &fault.word),
            message: fault.message,
            hint: fault.hint,
        });
        let faults: Vec<Fault> = faults.collect();
        if faults.is_empty() {
            tolerate_null(&mut template);
            self.engine.register_template(name, template);
            return Ok(());
        }
        Err(faults)
    }

    /// Expands the source that was added under a name.
    ///
    /// # Errors
    /// In words: a value is not given, a helper refuses it, or the text grows beyond `limit` bytes.
    pub fn expand(&self, name: &str, values: &Values, limit: usize) -> Result<String, String> {
        let mut text = Bounded { bytes: Vec::new(), limit };
        match self.engine.render_with_context_to_write(name, &values.0, &mut text) {
            // Only whole strings are written.
            Ok(()) => Ok(String::from_utf8_lossy(&text.bytes).into_owned()),
            Err(error) => Err(match error.reason() {
                Reason::MissingVariable(Some(path)) => format!("`{path}` is not given"),
                Reason::IOError(_) => format!("longer than {limit} bytes"),
                Reason::Other(words) => words.clone(),
                other => other.to_string().chars().take(200).collect(),
            }),
        }
    }
}

/// `{{#each list}}` and `{{#with thing}}` without `{{else}}` draw nothing when the parameter was not given; in strict
/// mode the library calls that an error.
fn tolerate_null(template: &mut Template) {
    for element in &mut template.elements {
        if let TemplateElement::HelperBlock(helper) = element {
            helper.inverse.get_or_insert_default();
            helper.template.iter_mut().chain(&mut helper.inverse).for_each(tolerate_null);
        }
    }
}

fn syntax(source: &str, error: &handlebars::TemplateError) -> Fault {
    let (line, column) = error.pos().unwrap_or((1, 1));
    let start = super::source::Source { file: "", text: source }.offset(line, column);
    let message = match error.reason() {
        handlebars::TemplateErrorReason::MismatchingClosedHelper(opened, closed) => {
            format!("{{{{#{opened}}}}} is closed by {{{{/{closed}}}}}")
        }
        handlebars::TemplateErrorReason::InvalidParam(what) => format!("`{what}` is no value"),
        _ => "this is not handlebars".to_owned(),
    };
    let hint = "write {{name}}, {{helper name}} or {{#if name}}...{{else}}...{{/if}}; a literal {{ is written \\{{";
    Fault { code: "handlebars_syntax", range: start..start, message, hint: Some(hint.to_owned()) }
}

/// Escapes text for XML content and attributes; characters that XML 1.0 cannot hold (section 2.2) become U+FFFD.
fn escape_xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
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
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
}

impl io::Write for &mut Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
