//! The handlebars helpers: the library's own that are of use in a poster, and ours. One row of [`HELPERS`] each.

use std::ops::RangeInclusive;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, RenderErrorReason as Reason, ScopedJson,
};
use serde_json::Value;

use super::violation::show;

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
    own("lookup", Form::Inline, 2..=2),
    own("eq", Form::Both, 2..=2),
    own("ne", Form::Both, 2..=2),
    own("gt", Form::Both, 2..=2),
    own("gte", Form::Both, 2..=2),
    own("lt", Form::Both, 2..=2),
    own("lte", Form::Both, 2..=2),
    own("and", Form::Both, 2..=8),
    own("or", Form::Both, 2..=8),
    own("not", Form::Both, 1..=1),
    own("len", Form::Inline, 1..=1),
    Entry { name: "money", form: Form::Inline, arguments: 1..=1, function: Some(money) },
];

const fn own(name: &'static str, form: Form, arguments: RangeInclusive<usize>) -> Entry {
    Entry { name, form, arguments, function: None }
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

/// `{{money price}}`: fen as yuan. 1280 is `¥12.80`, 12800 is `¥128`; nothing is grouped, and no price is no text.
fn money(arguments: &[&Value]) -> Result<Value, String> {
    let [value] = arguments else { return Err("takes one argument".to_owned()) };
    // JSON Schema counts 1280.0 as an integer (2020-12, validation 6.1.1); beyond 2^53 a float is no longer exact.
    let exact = |float: f64| (float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0).then_some(float as i64);
    let fen = match value {
        Value::Null => return Ok(Value::String(String::new())),
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(exact)),
        _ => None,
    };
    let Some(fen) = fen else { return Err(format!("expected an integer number of fen, got {}", show(value))) };
    let sign = if fen < 0 { "-" } else { "" };
    let (yuan, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    Ok(Value::String(if rest == 0 { format!("{sign}¥{yuan}") } else { format!("{sign}¥{yuan}.{rest:02}") }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn money_is_written_as_a_shop_writes_it() {
        let cases = [
            (json!(1280), "¥12.80"),
            (json!(12800), "¥128"),
            (json!(0), "¥0"),
            (json!(5), "¥0.05"),
            (json!(9_999_999), "¥99999.99"),
            (json!(-1280), "-¥12.80"),
            (json!(i64::MIN), "-¥92233720368547758.08"),
            (json!(1280.0), "¥12.80"),
            (json!(null), ""),
        ];
        for (fen, text) in cases {
            assert_eq!(money(&[&fen]), Ok(json!(text)), "{fen}");
        }
        for bad in [json!(12.8), json!("1280"), json!(u64::MAX), json!(1e300), json!([1]), json!(true)] {
            assert!(money(&[&bad]).is_err(), "{bad}");
        }
        assert_eq!(money(&[&json!(12.8)]).unwrap_err(), "expected an integer number of fen, got number 12.8");
    }

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
