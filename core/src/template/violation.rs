//! Violations of a JSON Schema with plain messages, for layout.json and for parameters.

use std::fmt::Write;

use boon::{ErrorKind as Kind, ValidationError};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{json::escape, source};

/// Maximum characters of a value that a message repeats.
const MAX_VALUE: usize = 60;
/// Maximum characters of the library's own message, used for rules that have no message here.
const MAX_MESSAGE: usize = 200;

/// Kind of a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A name that the schema does not declare.
    Unknown,
    /// A required member is missing.
    Missing,
    /// A value of the wrong type.
    Type,
    /// Any other rule.
    Invalid,
}

/// One rule of a schema that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Kind.
    pub sort: Sort,
    /// JSON pointer within the value.
    pub pointer: String,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// How to fix it.
    pub hint: Option<String>,
}

/// Describes a value for a message: its type, and at most 60 characters of a string.
pub fn show(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("number {number}"),
        Value::String(text) => format!("string {}", quote(text)),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// Quotes a string and escapes control characters. Keeps at most 60 characters.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut characters = text.chars();
    for c in characters.by_ref().take(MAX_VALUE) {
        if c.is_control() {
            let _ = write!(quoted, "{}", c.escape_default());
        } else {
            quoted.push(c);
        }
    }
    quoted.push_str(if characters.next().is_some() { "...\"" } else { "\"" });
    quoted
}

/// Adds the violations that an error reports. `root` is the validated value, `document` its schema.
pub(super) fn describe(error: &ValidationError<'_, '_>, document: &Value, root: &Value, found: &mut Vec<Violation>) {
    let pointer = error.instance_location.to_string();
    let value = root.pointer(&pointer).unwrap_or(root);
    // The schema that contains the failed keyword.
    let schema = document.pointer(&pointer_of(error.schema_url));
    let text = |name: &str| schema.and_then(|schema| schema.get(name)).and_then(Value::as_str);
    let mut add = |sort, pointer: String, message: String, hint| {
        found.push(Violation { sort, pointer, message, hint });
    };
    let unknown = |name: &str| format!("{} is not known here", backtick(name));
    let message = match &error.kind {
        Kind::Group | Kind::Schema { .. } | Kind::Reference { .. } | Kind::AllOf => {
            return error.causes.iter().for_each(|cause| describe(cause, document, root, found));
        }
        Kind::AnyOf | Kind::OneOf(None) => {
            let meant = branch(&error.causes, value, &pointer, text("errorMessage"), found);
            return meant.into_iter().for_each(|error| describe(error, document, root, found));
        }
        Kind::AdditionalProperties { got } => {
            let known = schema.and_then(|schema| schema.get("properties")).and_then(Value::as_object);
            for name in got {
                let hint = known.and_then(|known| source::suggest(name, known.keys().map(String::as_str)));
                add(Sort::Unknown, format!("{pointer}/{}", escape(name)), unknown(name), hint);
            }
            return;
        }
        Kind::FalseSchema => {
            let message = match error.instance_location.tokens.last() {
                Some(boon::InstanceToken::Prop(name)) => unknown(name),
                _ => "nothing is allowed here".to_owned(),
            };
            return add(Sort::Unknown, pointer, message, None);
        }
        Kind::Required { want } => {
            for name in want {
                add(Sort::Missing, format!("{pointer}/{}", escape(name)), format!("`{name}` is missing"), None);
            }
            return;
        }
        Kind::Type { want, .. } => {
            let expected: Vec<String> = want.iter().map(|one| one.to_string()).collect();
            return add(Sort::Type, pointer, expected_got(&expected, value), None);
        }
        Kind::Enum { want } => {
            let options: Vec<&Value> = want.iter().collect();
            return add(Sort::Invalid, pointer, one_of(&options, value), nearest_option(&options, value));
        }
        Kind::Const { want } => expected_got(&[literal(want)], value),
        Kind::Maximum { want, .. } => format!("{value} is more than the maximum of {want}"),
        Kind::Minimum { want, .. } => format!("{value} is less than the minimum of {want}"),
        Kind::ExclusiveMaximum { want, .. } => format!("{value} is not less than {want}"),
        Kind::ExclusiveMinimum { want, .. } => format!("{value} is not more than {want}"),
        Kind::MultipleOf { want, .. } => format!("{value} is not a multiple of {want}"),
        Kind::MaxLength { got, want } => format!("{got} characters, at most {want} are allowed"),
        Kind::MinLength { got, want } => format!("{got} characters, at least {want} are needed"),
        Kind::MaxItems { got, want } => format!("{got} elements, at most {want} are allowed"),
        Kind::MinItems { got, want } => format!("{got} elements, at least {want} are needed"),
        Kind::MaxProperties { got, want } => format!("{got} members, at most {want} are allowed"),
        Kind::MinProperties { got, want } => format!("{got} members, at least {want} are needed"),
        Kind::UniqueItems { got: [first, second] } => format!("elements {first} and {second} are equal"),
        Kind::Pattern { want, .. } => match text("patternErrorMessage") {
            Some(words) => format!("{words}, got {}", show(value)),
            None => format!("{} does not match the pattern {}", show(value), quote(want)),
        },
        Kind::Format { want: "regex", err, .. } => {
            let why = err.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let hint = "see https://docs.rs/regex/latest/regex/#syntax for what patterns may say".to_owned();
            return add(Sort::Invalid, pointer, format!("{} is no pattern: {why}", show(value)), Some(hint));
        }
        Kind::PropertyName { prop } => format!("{} is no allowed name", backtick(prop)),
        Kind::OneOf(Some(_)) => format!("{} fits more than one of the allowed forms", show(value)),
        Kind::Not => format!("{} is what the schema's `not` forbids", show(value)),
        other => other.to_string().chars().take(MAX_MESSAGE).collect(),
    };
    add(Sort::Invalid, pointer, message, None);
}

/// Handles a value that matches none of several alternatives. Returns the errors of the intended alternative (the first
/// whose type matches); if it cannot be determined, adds a violation that lists what all of them expect.
fn branch<'e, 's, 'v>(
    causes: &'e [ValidationError<'s, 'v>],
    value: &Value,
    pointer: &str,
    words: Option<&str>,
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
    let types: Vec<String> = own()
        .filter_map(|kind| match kind {
            Kind::Type { want, .. } => Some(want.iter().map(|one| one.to_string())),
            _ => None,
        })
        .flatten()
        .collect();
    let fits = |branch: &&Vec<&ValidationError<'_, '_>>| {
        !branch.iter().any(|error| here(&error) && matches!(error.kind, Kind::Type { .. }))
    };
    let mut add = |sort, message, hint| found.push(Violation { sort, pointer: pointer.to_owned(), message, hint });
    if let Some(words) = words {
        add(Sort::Invalid, format!("{words}, got {}", show(value)), None);
    } else if constants.len() == branches.len() {
        add(Sort::Invalid, one_of(&constants, value), nearest_option(&constants, value));
    } else if let Some(branch) = branches.iter().find(fits) {
        return branch.clone();
    } else if types.is_empty() {
        add(Sort::Invalid, format!("{} fits none of the allowed forms", show(value)), None);
    } else {
        add(Sort::Type, expected_got(&types, value), None);
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

fn expected_got(expected: &[String], value: &Value) -> String {
    format!("expected {}, got {}", join_or(expected), show(value))
}

fn one_of(options: &[&Value], value: &Value) -> String {
    let options: Vec<String> = options.iter().map(|option| literal(option)).collect();
    expected_got(&options, value)
}

fn nearest_option(options: &[&Value], value: &Value) -> Option<String> {
    let nearest = source::nearest(value.as_str()?, options.iter().filter_map(|option| option.as_str()))?;
    Some(format!("did you mean `{nearest}`?"))
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        other => show(other),
    }
}

fn join_or(all: &[String]) -> String {
    let mut names: Vec<&String> = Vec::new();
    for name in all {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match &names[..] {
        [] => "something else".to_owned(),
        [one] => (*one).clone(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(|name| name.as_str()).collect();
            format!("{} or {last}", first.join(", "))
        }
    }
}

fn backtick(name: &str) -> String {
    let quoted = quote(name);
    format!("`{}`", &quoted[1..quoted.len() - 1])
}

/// The JSON pointer in a schema's address.
fn pointer_of(url: &str) -> String {
    let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
    percent_decode_str(fragment).decode_utf8_lossy().into_owned()
}
