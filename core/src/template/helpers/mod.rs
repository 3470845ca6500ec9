//! Handlebars helpers: the library's built-in ones that are useful in a poster, and custom ones. One row of [`HELPERS`]
//! each.

mod date;
mod integer;
mod numbers;
mod texts;

use std::{fmt, ops::RangeInclusive};

use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, RenderErrorReason as Reason, ScopedJson,
};
use serde_json::Value;

pub use date::SERIALS;
pub(super) use date::check_pattern;

use crate::{error::Message, words};

/// How a helper may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallForm {
    /// `{{#helper a}}...{{/helper}}`.
    Block,
    /// `{{helper a}}` or `(helper a)`.
    Inline,
    /// Either form.
    Both,
}

/// Implementation of a custom helper. The error says why it rejects its arguments.
type Function = fn(&[&Value]) -> Result<Value, Message>;

/// Carries a helper's error through handlebars.
#[derive(Debug)]
pub(super) struct HelperError(pub Message);

impl fmt::Display for HelperError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text())
    }
}

impl std::error::Error for HelperError {}

/// A helper.
#[derive(Debug)]
pub struct HelperEntry {
    /// Name in handlebars.
    pub name: &'static str,
    /// How it may be called.
    pub form: CallForm,
    /// Allowed number of arguments.
    pub arguments: RangeInclusive<usize>,
    /// Implementation of a custom helper; `None` for a built-in one.
    function: Option<Function>,
}

/// Every helper that a template may use.
pub const HELPERS: &[HelperEntry] = &[
    builtin("if", CallForm::Block, 1..=1),
    builtin("unless", CallForm::Block, 1..=1),
    builtin("each", CallForm::Block, 1..=1),
    builtin("with", CallForm::Block, 1..=1),
    custom("lookup", 2..=2, texts::lookup),
    builtin("eq", CallForm::Both, 2..=2),
    builtin("ne", CallForm::Both, 2..=2),
    builtin("gt", CallForm::Both, 2..=2),
    builtin("gte", CallForm::Both, 2..=2),
    builtin("lt", CallForm::Both, 2..=2),
    builtin("lte", CallForm::Both, 2..=2),
    builtin("and", CallForm::Both, 2..=8),
    builtin("or", CallForm::Both, 2..=8),
    builtin("not", CallForm::Both, 1..=1),
    custom("len", 1..=1, texts::len),
    custom("money", 1..=2, numbers::money),
    custom("number", 1..=1, numbers::number),
    custom("date", 1..=2, date::date),
    custom("truncate", 2..=2, texts::truncate),
    custom("default", 2..=2, texts::default),
    custom("mask", 1..=3, texts::mask),
];

const fn builtin(name: &'static str, form: CallForm, arguments: RangeInclusive<usize>) -> HelperEntry {
    HelperEntry { name, form, arguments, function: None }
}

const fn custom(name: &'static str, arguments: RangeInclusive<usize>, function: Function) -> HelperEntry {
    HelperEntry { name, form: CallForm::Inline, arguments, function: Some(function) }
}

/// Whether a helper has this name: expressions call a parameter of the same name `this.NAME`.
pub fn is_helper(name: &str) -> bool {
    find(name).is_some()
}

/// Finds a helper by name.
pub fn find(name: &str) -> Option<&'static HelperEntry> {
    HELPERS.iter().find(|entry| entry.name == name)
}

/// Registers the custom helpers in an engine, and removes the built-in ones that are not useful in a poster.
pub fn register(engine: &mut Handlebars<'static>) {
    engine.unregister_helper("log");
    engine.unregister_helper("raw");
    for entry in HELPERS {
        if let Some(function) = entry.function {
            engine.register_helper(entry.name, Box::new(CustomHelper(entry.name, function)));
        }
    }
}

/// A custom helper: its name and implementation.
struct CustomHelper(&'static str, Function);

impl HelperDef for CustomHelper {
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
        let result = (self.1)(&arguments).map_err(|why| {
            let error = HelperError(words::helper_rejects(self.0, why));
            Reason::NestedError(Box::new(error))
        })?;
        Ok(ScopedJson::Derived(result))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_listed_helpers_are_registered() {
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        register(&mut engine);
        // A bare word is a helper if there is one, otherwise a value, which is missing here.
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
