//! Conversion of merged settings into the types of the components, with everything that cannot be converted, and where it is from.

use config::{ConfigError, Value, ValueKind};
use serde::de::DeserializeOwned;

use super::values::{entries, first_leaf, origin};
use super::{print, sources};
use crate::{causes, words};
use haibao_core::error::{Domain, Error, ErrorKind, Finding, Result};

pub(super) fn invalid(findings: Vec<Finding>) -> Error {
    Error::findings(ErrorKind::Invalid, "setting_invalid", findings).domain(Domain::Settings)
}

pub(super) fn error(finding: Finding) -> Error {
    Error::of(ErrorKind::Malformed, finding).domain(Domain::Settings)
}

/// Reads the settings. What was found is replaced by its default before; values of a wrong type are found one by one.
pub(super) fn deserialize<T: DeserializeOwned>(
    mut values: Value,
    defaults: &Value,
    found: &mut Vec<Finding>,
) -> Result<T> {
    for pointer in found.iter().filter_map(|finding| finding.pointer.as_deref()) {
        // The rest of a mini-program may be wrong because of it.
        let app: Vec<_> = pointer.split('/').take(3).collect();
        replace(&mut values, if pointer.starts_with("/apps/") { app.join("/") } else { pointer.to_owned() }, defaults);
    }
    loop {
        let failed = match values.clone().try_deserialize() {
            Ok(settings) => return Ok(settings),
            Err(failed) => failed,
        };
        let finding = explain(&failed, &values, defaults);
        let pointer = finding.pointer.clone().unwrap_or_default();
        found.push(finding);
        if !replace(&mut values, pointer, defaults) {
            return Err(invalid(std::mem::take(found)));
        }
    }
}

/// Replaces the value at a JSON pointer, or the nearest one around it, by its default; removes it if there is none. Returns
/// whether this changes anything.
fn replace(values: &mut Value, pointer: String, defaults: &Value) -> bool {
    let (mut at, mut default, mut parts) = (values, Some(defaults), pointer.split('/').skip(1).peekable());
    while let Some(name) = parts.next() {
        let ValueKind::Table(table) = &mut at.kind else { return false };
        default = default.and_then(|default| entries(default).get(name).copied());
        // The next part, if it is in a table that has it.
        let is_last = parts.peek().is_none_or(|next| !table.get(name).is_some_and(|v| entries(v).contains_key(next)));
        if is_last {
            return match default {
                Some(default) => table.insert(name.to_owned(), default.clone()).is_none_or(|was| was != *default),
                None => table.remove(name).is_some(),
            };
        }
        let Some(below) = table.get_mut(name) else { return false };
        at = below;
    }
    false
}

/// The JSON pointer of a dotted name, in which `[0]` is an item of a list.
pub(super) fn pointer(name: &str) -> String {
    format!("/{}", name.replace(['.', '['], "/").replace(']', ""))
}

/// Whether a setting, by its dotted name, is a table of settings: one of the defaults, or one of mini-programs.
fn is_table(key: &str, defaults: &Value) -> bool {
    let default = key.split('.').try_fold(defaults, |at, name| entries(at).get(name).copied());
    let is_of_apps = match key.split('.').collect::<Vec<_>>()[..] {
        ["apps"] | ["apps", _] => true,
        ["apps", _, part] => matches!(part, "token" | "text_check"),
        _ => false,
    };
    is_of_apps || default.is_some_and(|default| matches!(default.kind, ValueKind::Table(_)))
}

/// Whether an error of serde quotes the value, which is of a wrong type.
fn quotes_value(error: &ConfigError) -> bool {
    let said = |text: &str| text.starts_with("invalid ");
    match error {
        ConfigError::Type { .. } => true,
        ConfigError::At { error, .. } => said(&error.to_string()),
        _ => false,
    }
}

/// A failed conversion of the `config` crate, with the JSON pointer to the setting.
pub(super) fn explain(error: &ConfigError, values: &Value, defaults: &Value) -> Finding {
    let place = |key: Option<&String>, known: Option<&String>| {
        let key = key.map(String::as_str).unwrap_or_default();
        let found = || place(&pointer(key), values).1;
        words::setting_from(key, known.cloned().unwrap_or_else(found))
    };
    let given = match error {
        ConfigError::Type { key: Some(key), origin, .. } | ConfigError::At { key: Some(key), origin, .. } => {
            Some((key, origin))
        }
        _ => None,
    };
    // The value itself is left out: it is a secret, or was given instead of a table that may hold some.
    if let Some((key, origin)) = given {
        if print::is_secret(key) {
            return words::setting_form(place(Some(key), origin.as_ref())).pointer(pointer(key));
        }
        // A list that stands there is named, not its item.
        let table = key.split('[').next().unwrap_or(key).to_owned();
        if is_table(&table, defaults) && quotes_value(error) {
            return words::setting_table(place(Some(&table), origin.as_ref())).pointer(pointer(&table));
        }
    }
    let (finding, key) = match error {
        ConfigError::Type { origin, unexpected, expected, key } => (
            words::setting_type(
                place(key.as_ref(), origin.as_ref()),
                causes::wanted(expected),
                causes::got(&unexpected.to_string()),
            ),
            key.as_ref(),
        ),
        ConfigError::At { error, origin, key } => {
            (words::setting_said(place(key.as_ref(), origin.as_ref()), causes::value(&error.to_string())), key.as_ref())
        }
        ConfigError::NotFound(key) => (words::setting_missing(place(Some(key), None)), Some(key)),
        _ => (words::settings_unreadable(words::the_settings(), words::cause_unknown()), None),
    };
    match key {
        Some(key) => finding.pointer(pointer(key)),
        None => finding,
    }
}

/// A finding that says where its setting is from: file and line, variable or flag.
pub(super) fn with_origin(finding: Finding, values: &Value) -> Finding {
    let Some(pointer) = finding.pointer.clone().filter(|pointer| !pointer.is_empty()) else { return finding };
    let (name, from) = place(&pointer, values);
    finding.within(|said| words::setting_said(words::setting_from(name, from), said).words().clone())
}

/// Name and origin of the setting at a JSON pointer. The origin of a missing one is that of those beside it.
fn place(pointer: &str, values: &Value) -> (String, String) {
    let (mut at, mut name, mut is_set) = (values, String::new(), true);
    for part in pointer.split('/').skip(1) {
        let below = match &at.kind {
            ValueKind::Table(table) => table.get(part),
            ValueKind::Array(items) => part.parse::<usize>().ok().and_then(|position| items.get(position)),
            _ => None,
        };
        match &at.kind {
            ValueKind::Array(_) => name += &format!("[{part}]"),
            _ if name.is_empty() => part.clone_into(&mut name),
            _ => name += &format!(".{part}"),
        }
        is_set = below.is_some();
        at = below.unwrap_or(at);
    }
    let near = origin(first_leaf(at));
    // The variable of another setting would be taken for the one to change.
    let origin = if is_set { near.to_owned() } else { sources::beside(near, &name) };
    (name, origin)
}
