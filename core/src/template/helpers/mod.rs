//! The handlebars helpers: the library's own that are of use in a poster, and ours. One row of [`HELPERS`] each.

mod date;
mod numbers;
mod words;

use std::ops::RangeInclusive;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, RenderErrorReason as Reason, ScopedJson,
};
use serde_json::Value;

pub(super) use date::check_pattern;

/// How a helper may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `{{#helper a}}...{{/helper}}`.
    Block,
    /// `{{helper a}}` or `(helper a)`.
    Inline,
    /// As either.
    Both,
}

/// What a helper of ours does with its arguments; the error is in words.
type Function = fn(&[&Value]) -> Result<Value, String>;

/// A helper.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub form: Form,
    /// How many arguments it takes.
    pub arguments: RangeInclusive<usize>,
    /// Ours; none for the library's own.
    function: Option<Function>,
}

/// Every helper that a template may use.
pub const HELPERS: &[Entry] = &[
    own("if", Form::Block, 1..=1),
    own("unless", Form::Block, 1..=1),
    own("each", Form::Block, 1..=1),
    own("with", Form::Block, 1..=1),
    ours("lookup", 2..=2, words::lookup),
    own("eq", Form::Both, 2..=2),
    own("ne", Form::Both, 2..=2),
    own("gt", Form::Both, 2..=2),
    own("gte", Form::Both, 2..=2),
    own("lt", Form::Both, 2..=2),
    own("lte", Form::Both, 2..=2),
    own("and", Form::Both, 2..=8),
    own("or", Form::Both, 2..=8),
    own("not", Form::Both, 1..=1),
    ours("len", 1..=1, words::len),
    ours("money", 1..=1, numbers::money),
    ours("number", 1..=1, numbers::number),
    ours("date", 1..=2, date::date),
    ours("truncate", 2..=2, words::truncate),
    ours("default", 2..=2, words::default),
    ours("mask", 1..=3, words::mask),
];

const fn own(name: &'static str, form: Form, arguments: RangeInclusive<usize>) -> Entry {
    Entry { name, form, arguments, function: None }
}

const fn ours(name: &'static str, arguments: RangeInclusive<usize>, function: Function) -> Entry {
    Entry { name, form: Form::Inline, arguments, function: Some(function) }
}

/// The helper of a name.
pub fn find(name: &str) -> Option<&'static Entry> {
    HELPERS.iter().find(|entry| entry.name == name)
}

/// Adds our helpers to an engine, and takes away those of the library's that are no use in a poster.
pub fn register(engine: &mut Handlebars<'static>) {
    engine.unregister_helper("log");
    engine.unregister_helper("raw");
    for entry in HELPERS {
        if let Some(function) = entry.function {
            engine.register_helper(entry.name, Box::new(Ours(entry.name, function)));
        }
    }
}

struct Ours(&'static str, Function);

impl HelperDef for Ours {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        for (index, argument) in helper.params().iter().enumerate() {
            if argument.is_value_missing() {
                let path = argument.relative_path().cloned().unwrap_or_else(|| format!("argument {index}"));
                return Err(Reason::MissingVariable(Some(path)).into());
            }
        }
        let arguments: Vec<&Value> = helper.params().iter().map(|argument| argument.value()).collect();
        let result = (self.1)(&arguments).map_err(|why| Reason::Other(format!("{}: {why}", self.0)))?;
        Ok(ScopedJson::Derived(result))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_row_is_registered_and_nothing_else() {
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        register(&mut engine);
        // A bare word is a helper where there is one, else a value that is missing here.
        let is_helper = |name: &str| {
            let result = engine.render_template(&format!("{{{{{name}}}}}"), &json!({}));
            !matches!(result, Err(error) if matches!(error.reason(), Reason::MissingVariable(_)))
        };
        for entry in HELPERS {
            assert!(is_helper(entry.name), "{}", entry.name);
        }
        for name in ["log", "raw", "nothing"] {
            assert!(!is_helper(name), "{name}");
        }
    }
}
