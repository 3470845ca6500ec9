//! Violations of a JSON Schema with plain messages, for layout.json and for parameters.

use boon::{ErrorKind as Kind, ValidationError};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{
    form,
    json::escape,
    labels::{Choice, choices},
    money,
    suggest::{nearest, suggest},
    syntax, titles,
};
use crate::{
    error::{Argument, Message},
    words,
};

/// Maximum characters of the library's own message, used for rules that have no message here.
const MAX_MESSAGE: usize = 200;
/// Maximum characters of a pattern in a hint: the start of one says nothing.
const MAX_PATTERN: usize = 400;

/// Rule of the schema that a value violates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViolationKind {
    /// A name that the schema does not declare.
    Unknown,
    /// A required member is missing.
    Missing,
    /// A value of the wrong type, where a number is expected.
    Number,
    /// A value of another wrong type.
    Type,
    /// Any other rule.
    Invalid,
}

/// A rule of a schema that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Determines the code of its finding.
    pub kind: ViolationKind,
    /// JSON pointer within the value.
    pub pointer: String,
    /// What is wrong, and how to fix it.
    pub message: Message,
}

/// Describes a value for a message: its type, and at most 60 characters of a string.
pub fn show(value: &Value) -> Message {
    match value {
        Value::Null => Message::verbatim("null"),
        Value::Bool(value) => Message::verbatim(value),
        Value::Number(number) => words::value_number(number),
        Value::String(text) => words::value_string(words::quote(text)),
        Value::Array(_) => words::value_array(),
        Value::Object(_) => words::value_object(),
    }
}

/// Adds the violations that an error reports. `root` is the validated value, `document` its schema.
pub(super) fn describe(error: &ValidationError<'_, '_>, document: &Value, root: &Value, found: &mut Vec<Violation>) {
    let pointer = error.instance_location.to_string();
    let value = root.pointer(&pointer).unwrap_or(root);
    // The schema that contains the failed keyword.
    let schema = document.pointer(&pointer_of(error.schema_url));
    let text = |name: &str| schema.and_then(|schema| schema.get(name)).and_then(Value::as_str);
    let mut add = |kind, pointer: String, message| found.push(Violation { kind, pointer, message });
    let unknown = |name: &str| words::schema_unknown(bare(name));
    // Amounts as people write them, not in fen.
    let is_money = text("format") == Some(money::FORMAT);
    let amounts = |value: &Value, want: &serde_json::Number| {
        let fen = [value.as_i64(), want.as_i64()];
        Some(fen).filter(|_| is_money).and_then(|[value, want]| Some([money::shown(value?), money::shown(want?)]))
    };
    let message = match &error.kind {
        Kind::Group | Kind::Schema { .. } | Kind::Reference { .. } | Kind::AllOf => {
            return error.causes.iter().for_each(|cause| describe(cause, document, root, found));
        }
        Kind::AnyOf | Kind::OneOf(None) => {
            let labels = schema.map(choices).unwrap_or_default();
            let meant = branch(&error.causes, value, &pointer, (text("errorMessage"), &labels[..]), found);
            return meant.into_iter().for_each(|error| describe(error, document, root, found));
        }
        Kind::AdditionalProperties { got } => {
            let known = schema.and_then(|schema| schema.get("properties")).and_then(Value::as_object);
            for name in got {
                // 售价 is the title of price.
                let is_titled =
                    |(_, schema): &(&String, &Value)| titles::all(schema, schema).any(|title| *title == **name);
                let titled = known.and_then(|known| known.iter().find(is_titled));
                let titled = titled.map(|(name, _)| words::did_you_mean(name));
                let hint = titled.or_else(|| known.and_then(|known| suggest(name, known.keys().map(String::as_str))));
                add(ViolationKind::Unknown, format!("{pointer}/{}", escape(name)), unknown(name).with_hint(hint));
            }
            return;
        }
        Kind::FalseSchema => {
            let message = match error.instance_location.tokens.last() {
                Some(boon::InstanceToken::Prop(name)) => unknown(name),
                _ => words::schema_unknown_element(),
            };
            return add(ViolationKind::Unknown, pointer, message);
        }
        Kind::Required { want } => {
            for name in want {
                add(ViolationKind::Missing, format!("{pointer}/{}", escape(name)), words::schema_missing(name));
            }
            return;
        }
        Kind::Type { want, .. } => {
            let expected: Vec<Message> = want.iter().map(|one| type_name(&one.to_string())).collect();
            return add(type_kind(&expected), pointer, expected_got(&expected, value));
        }
        Kind::Enum { want } => {
            let options: Vec<&Value> = want.iter().collect();
            let labels = schema.map(choices).unwrap_or_default();
            return add(ViolationKind::Invalid, pointer, one_of(&options, &labels, value));
        }
        Kind::Const { want } => expected_got(&[literal(want)], value),
        Kind::Maximum { want, .. } => match amounts(value, want) {
            Some([value, want]) => words::money_maximum(value, want),
            None => words::schema_maximum(value, want),
        },
        Kind::Minimum { want, .. } => match amounts(value, want) {
            Some([value, want]) => words::money_minimum(value, want),
            None => words::schema_minimum(value, want),
        },
        Kind::ExclusiveMaximum { want, .. } => words::schema_exclusive_maximum(value, want),
        Kind::ExclusiveMinimum { want, .. } => words::schema_exclusive_minimum(value, want),
        Kind::MultipleOf { want, .. } => match amounts(value, want) {
            Some([value, want]) => words::money_multiple(value, want),
            None => words::schema_multiple(value, want),
        },
        Kind::MaxLength { got, want } => words::schema_max_length(got, want),
        Kind::MinLength { got, want } => words::schema_min_length(got, want),
        Kind::MaxItems { got, want } => words::schema_max_items(got, want),
        Kind::MinItems { got, want } => words::schema_min_items(got, want),
        Kind::MaxProperties { got, want } => words::schema_max_members(got, want),
        Kind::MinProperties { got, want } => words::schema_min_members(got, want),
        Kind::UniqueItems { got: [first, second] } => words::schema_equal_elements(first, second),
        Kind::Pattern { want, .. } => match text("patternErrorMessage") {
            Some(text) => words::schema_custom(words::requirement(text), show(value)),
            None => match form::characters(want) {
                Some(form) => expected_got(&[form], value).with_hint(half_width(value)),
                None => {
                    // Few people read patterns: theirs is the last word.
                    let pattern = || words::form_pattern(words::quote_up_to(want, MAX_PATTERN));
                    let hint = schema.and_then(explanation).unwrap_or_else(pattern);
                    words::schema_form(show(value)).with_hint(Some(hint))
                }
            },
        },
        Kind::Format { want: "regex", err, .. } => words::schema_regex(show(value), syntax::regex(&err.to_string())),
        Kind::PropertyName { prop } => words::schema_name(bare(prop)),
        Kind::OneOf(Some(_)) => words::schema_several_forms(show(value)),
        Kind::Not => words::schema_not(show(value)),
        other => words::schema_other(other.to_string().chars().take(MAX_MESSAGE).collect::<String>()),
    };
    add(ViolationKind::Invalid, pointer, message);
}

/// The hint for a text of ASCII characters that a Chinese keyboard has written in full width: `ＡＢ１２`.
fn half_width(value: &Value) -> Option<Message> {
    let text = value.as_str()?;
    let narrow = money::narrow(text);
    let is_wide = narrow.is_ascii() && text.contains(|c: char| ('\u{ff01}'..='\u{ff5e}').contains(&c));
    is_wide.then(|| words::form_half_width(words::quote(&narrow)))
}

/// Handles a value that matches none of several alternatives. Returns the errors of the intended alternative (the first
/// whose type matches); if it cannot be determined, adds a violation that lists what all of them expect.
fn branch<'e, 's, 'v>(
    causes: &'e [ValidationError<'s, 'v>],
    value: &Value,
    pointer: &str,
    (custom, labels): (Option<&str>, &[Choice<'_>]),
    found: &mut Vec<Violation>,
) -> Vec<&'e ValidationError<'s, 'v>> {
    let branches: Vec<Vec<&ValidationError<'_, '_>>> = causes
        .iter()
        .map(|cause| {
            let mut all = Vec::new();
            leaves(cause, &mut all);
            all
        })
        .collect();
    // Errors at the value itself, not at values within it.
    let here = |error: &&&ValidationError<'_, '_>| error.instance_location.to_string() == pointer;
    let own = || branches.iter().flatten().filter(here).map(|error| &error.kind);
    let constants: Vec<&Value> = own()
        .filter_map(|kind| match kind {
            Kind::Const { want } => Some(*want),
            _ => None,
        })
        .collect();
    let types: Vec<Message> = own()
        .filter_map(|kind| match kind {
            Kind::Type { want, .. } => Some(want.iter().map(|one| type_name(&one.to_string()))),
            _ => None,
        })
        .flatten()
        .collect();
    let fits = |branch: &&Vec<&ValidationError<'_, '_>>| {
        !branch.iter().any(|error| here(&error) && matches!(error.kind, Kind::Type { .. }))
    };
    let mut add = |kind, message| found.push(Violation { kind, pointer: pointer.to_owned(), message });
    if let Some(custom) = custom {
        add(ViolationKind::Invalid, words::schema_custom(words::requirement(custom), show(value)));
    } else if constants.len() == branches.len() {
        add(ViolationKind::Invalid, one_of(&constants, labels, value));
    } else if let Some(branch) = branches.iter().find(fits) {
        return branch.clone();
    } else if types.is_empty() {
        add(ViolationKind::Invalid, words::schema_no_form(show(value)));
    } else {
        add(type_kind(&types), expected_got(&types, value));
    }
    Vec::new()
}

/// Collects the errors of the broken rules, without those that only group others.
fn leaves<'e, 's, 'v>(error: &'e ValidationError<'s, 'v>, all: &mut Vec<&'e ValidationError<'s, 'v>>) {
    match error.kind {
        Kind::Group | Kind::Schema { .. } | Kind::Reference { .. } | Kind::AllOf => {
            error.causes.iter().for_each(|cause| leaves(cause, all));
        }
        _ => all.push(error),
    }
}

fn expected_got<T: Into<Argument> + Clone + PartialEq>(expected: &[T], value: &Value) -> Message {
    words::expected_got(either(expected), show(value))
}

/// What a text must look like: an example, or else what its author says about it.
fn explanation(schema: &Value) -> Option<Message> {
    let example = schema.get("examples").and_then(|all| all.get(0)).and_then(Value::as_str);
    let description = || schema.get("description").and_then(Value::as_str).map(Message::verbatim);
    example.map(|example| words::form_example(words::quote(example))).or_else(description)
}

fn one_of(options: &[&Value], labels: &[Choice<'_>], value: &Value) -> Message {
    let labels = |option: &Value| labels.iter().find(|choice| choice.value == option).map(|choice| &choice.labels[..]);
    let name = |option: &&Value| match labels(option) {
        Some([label, ..]) => words::value_labelled(literal(option), *label),
        _ => literal(option),
    };
    let names: Vec<Message> = options.iter().map(name).collect();
    let texts = options
        .iter()
        .flat_map(|option| option.as_str().into_iter().chain(labels(option).into_iter().flatten().copied()));
    let near = value.as_str().and_then(|text| nearest(text, texts));
    expected_got(&names, value).with_hint(near.map(words::did_you_mean))
}

fn literal(value: &Value) -> Message {
    match value {
        Value::String(text) => Message::verbatim(words::quote(text)),
        other => show(other),
    }
}

/// Kind of the violation of a type, by what is expected instead.
fn type_kind(expected: &[Message]) -> ViolationKind {
    let numbers = [words::type_integer(), words::type_number()];
    if expected.iter().any(|one| numbers.contains(one)) { ViolationKind::Number } else { ViolationKind::Type }
}

/// A JSON type.
fn type_name(name: &str) -> Message {
    match name {
        "string" => words::type_string(),
        "integer" => words::type_integer(),
        "number" => words::type_number(),
        "boolean" => words::type_boolean(),
        "array" => words::type_array(),
        "object" => words::type_object(),
        other => Message::verbatim(other),
    }
}

/// Joins alternatives, without repetitions: "a, b or c".
fn either<T: Into<Argument> + Clone + PartialEq>(all: &[T]) -> Argument {
    let mut names: Vec<&T> = Vec::new();
    for name in all {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let Some((last, first)) = names.split_last() else { return words::something_else().into() };
    let first = first.iter().map(|name| (*name).clone().into());
    match first.reduce(|all, name| words::comma(all, name).into()) {
        Some(first) => words::or(first, (*last).clone()).into(),
        None => (*last).clone().into(),
    }
}

/// Escapes and shortens like [`words::quote`], without the quotation marks.
fn bare(name: &str) -> String {
    let quoted = words::quote(name);
    quoted[1..quoted.len() - 1].to_owned()
}

/// The JSON pointer in a schema's address.
fn pointer_of(url: &str) -> String {
    let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
    percent_decode_str(fragment).decode_utf8_lossy().into_owned()
}
