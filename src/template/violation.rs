//! What jsonschema found, in plain words: for layout.json as for parameters.

use std::fmt::Write;

use jsonschema::{
    ValidationError, Validator,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

use super::{json::escape, source};

/// Most violations that are told at once; a list of ten thousand mistyped elements says nothing more.
const MAX_VIOLATIONS: usize = 100;
/// Most characters of a value that a message repeats.
const SHOWN: usize = 60;

/// What sort of violation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A name that the schema does not know.
    Unknown,
    /// A required member is not there.
    Missing,
    /// A value of another type.
    Type,
    /// Any other rule.
    Invalid,
}

/// One rule of a schema that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What sort it is.
    pub sort: Sort,
    /// JSON pointer within the value.
    pub pointer: String,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Everything that is wrong with a value, at most 100 things.
///
/// `document` is the schema that `validator` was built from.
pub fn violations(validator: &Validator, document: &Value, value: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    for error in validator.iter_errors(value) {
        describe(&error, document, &mut found);
        if found.len() >= MAX_VIOLATIONS {
            found.truncate(MAX_VIOLATIONS);
            break;
        }
    }
    found
}

/// A value as messages name it: its type and at most 60 characters of it.
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

/// A string in quotes, control characters escaped, at most 60 characters of it.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut characters = text.chars();
    for c in characters.by_ref().take(SHOWN) {
        if c.is_control() {
            let _ = write!(quoted, "{}", c.escape_default());
        } else {
            quoted.push(c);
        }
    }
    quoted.push_str(if characters.next().is_some() { "...\"" } else { "\"" });
    quoted
}

fn describe(error: &ValidationError<'_>, document: &Value, found: &mut Vec<Violation>) {
    let pointer = error.instance_path().as_str().to_owned();
    let value = error.instance();
    // The schema that holds the keyword which failed.
    let schema = error.schema_path().as_str().rsplit_once('/').and_then(|(parent, _)| document.pointer(parent));
    let text = |name: &str| schema.and_then(|schema| schema.get(name)).and_then(Value::as_str);
    let mut add = |sort, message: String, hint| {
        found.push(Violation { sort, pointer: pointer.clone(), message, hint });
    };
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let known = schema.and_then(|schema| schema.get("properties")).and_then(Value::as_object);
            for name in unexpected {
                let hint = known.and_then(|known| source::suggest(name, known.keys().map(String::as_str)));
                found.push(Violation {
                    sort: Sort::Unknown,
                    pointer: format!("{pointer}/{}", escape(name)),
                    message: format!("{} is not known here", backtick(name)),
                    hint,
                });
            }
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            found.push(Violation {
                sort: Sort::Missing,
                pointer: format!("{pointer}/{}", escape(name)),
                message: format!("`{name}` is missing"),
                hint: None,
            });
        }
        Kind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(one) => vec![one.as_str().to_owned()],
                TypeKind::Multiple(many) => many.iter().map(|one| one.as_str().to_owned()).collect(),
            };
            add(Sort::Type, expected_got(&expected, value), None);
        }
        Kind::Constant { expected_value } => add(Sort::Invalid, expected_got(&[literal(expected_value)], value), None),
        Kind::Enum { options } => {
            let options: Vec<&Value> = options.as_array().into_iter().flatten().collect();
            add(Sort::Invalid, one_of(&options, value), nearest_option(&options, value));
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let meant = branch(context, value, &pointer, text("errorMessage"), found);
            meant.into_iter().flatten().for_each(|error| describe(error, document, found));
        }
        Kind::Maximum { limit } => add(Sort::Invalid, format!("{value} is more than the maximum of {limit}"), None),
        Kind::Minimum { limit } => add(Sort::Invalid, format!("{value} is less than the minimum of {limit}"), None),
        Kind::ExclusiveMaximum { limit } => add(Sort::Invalid, format!("{value} is not less than {limit}"), None),
        Kind::ExclusiveMinimum { limit } => add(Sort::Invalid, format!("{value} is not more than {limit}"), None),
        Kind::MultipleOf { multiple_of } => {
            add(Sort::Invalid, format!("{value} is not a multiple of {multiple_of}"), None);
        }
        Kind::MaxLength { limit } => {
            let length = value.as_str().map_or(0, |text| text.chars().count());
            add(Sort::Invalid, format!("{length} characters, at most {limit} are allowed"), None);
        }
        Kind::MinLength { limit } => {
            let length = value.as_str().map_or(0, |text| text.chars().count());
            add(Sort::Invalid, format!("{length} characters, at least {limit} are needed"), None);
        }
        Kind::MaxItems { limit } => {
            add(Sort::Invalid, format!("{} elements, at most {limit} are allowed", size(value)), None);
        }
        Kind::MinItems { limit } => {
            add(Sort::Invalid, format!("{} elements, at least {limit} are needed", size(value)), None);
        }
        Kind::MaxProperties { limit } => {
            add(Sort::Invalid, format!("{} members, at most {limit} are allowed", size(value)), None);
        }
        Kind::MinProperties { limit } => {
            add(Sort::Invalid, format!("{} members, at least {limit} are needed", size(value)), None);
        }
        Kind::UniqueItems => add(Sort::Invalid, "two elements are equal".to_owned(), None),
        Kind::Pattern { pattern } => {
            let message = match text("patternErrorMessage") {
                Some(words) => format!("{words}, got {}", show(value)),
                None => format!("{} does not match the pattern {}", show(value), quote(pattern)),
            };
            add(Sort::Invalid, message, None);
        }
        Kind::Format { format } => {
            add(Sort::Invalid, format!("{} is not of the format `{format}`", show(value)), None);
        }
        Kind::FalseSchema => add(Sort::Unknown, "nothing is allowed here".to_owned(), None),
        Kind::PropertyNames { error } => describe(error, document, found),
        other => add(Sort::Invalid, format!("{} breaks the schema's rule `{}`", show(value), other.keyword()), None),
    }
}

/// None of several alternatives fits: the one that was meant (the first whose type fits); when it cannot be told, adds
/// what all of them expect.
fn branch<'e>(
    context: &'e [Vec<ValidationError<'static>>],
    value: &Value,
    pointer: &str,
    words: Option<&str>,
    found: &mut Vec<Violation>,
) -> Option<&'e Vec<ValidationError<'static>>> {
    let here = |error: &ValidationError<'_>| error.instance_path().as_str() == pointer;
    let constants: Vec<&Value> = context
        .iter()
        .flatten()
        .filter_map(|error| match error.kind() {
            Kind::Constant { expected_value } if here(error) => Some(&**expected_value),
            _ => None,
        })
        .collect();
    let types: Vec<String> = context
        .iter()
        .flatten()
        .filter_map(|error| match error.kind() {
            Kind::Type { kind: TypeKind::Single(one) } if here(error) => Some(one.as_str().to_owned()),
            _ => None,
        })
        .collect();
    let fits = |branch: &&Vec<ValidationError<'static>>| {
        !branch.iter().any(|error| here(error) && matches!(error.kind(), Kind::Type { .. }))
    };
    let mut add = |sort, message, hint| found.push(Violation { sort, pointer: pointer.to_owned(), message, hint });
    if let Some(words) = words {
        add(Sort::Invalid, format!("{words}, got {}", show(value)), None);
    } else if constants.len() == context.len() {
        add(Sort::Invalid, one_of(&constants, value), nearest_option(&constants, value));
    } else if let Some(branch) = context.iter().find(fits) {
        return Some(branch);
    } else if types.is_empty() {
        add(Sort::Invalid, format!("{} fits none of the allowed forms", show(value)), None);
    } else {
        add(Sort::Type, expected_got(&types, value), None);
    }
    None
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

fn size(value: &Value) -> usize {
    value.as_array().map(Vec::len).or_else(|| value.as_object().map(serde_json::Map::len)).unwrap_or(0)
}

fn backtick(name: &str) -> String {
    let quoted = quote(name);
    format!("`{}`", &quoted[1..quoted.len() - 1])
}
