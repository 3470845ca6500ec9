//! Settings as TOML, with secrets masked.

use config::{Value, ValueKind};

use super::values::{entries, join, origin};
use crate::wechat::client;

/// Names of settings whose values are masked.
const SECRETS: &[&str] = &["secret", "webhook_secret", "keys"];
/// Masked keys of an app's `token`. Its `url` is shown without credentials and query.
const TOKEN_SECRETS: &[&str] = &["header", "value"];
/// URLs that are shown without credentials and query.
const URLS: &[&str] = &["store", "blobs", "otlp"];

/// Writes a table as TOML, each value with its source.
pub(super) fn write_table(text: &mut String, path: &str, value: &Value) {
    use std::fmt::Write;
    let entries = entries(value);
    let (tables, leaves): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|(_, v)| matches!(v.kind, ValueKind::Table(_)));
    if !path.is_empty() && !leaves.is_empty() {
        let _ = write!(text, "\n[{path}]\n");
    }
    for (name, value) in leaves {
        let shown = shown(path, name, value);
        let _ = writeln!(text, "{name} = {shown}  # {}", origin(value));
    }
    for (name, value) in tables {
        write_table(text, &join(path, &key(name)), value);
    }
}

/// A value as TOML, with secrets masked.
fn shown(path: &str, name: &str, value: &Value) -> String {
    const HIDDEN: &str = "\"***\"";
    let in_token = path.starts_with("apps.") && path.ends_with(".token");
    match &value.kind {
        // An empty string is shown: no secret is set.
        ValueKind::String(text) if text.is_empty() => toml(value),
        ValueKind::Array(items) if SECRETS.contains(&name) => format!("[{}]", vec![HIDDEN; items.len()].join(", ")),
        _ if SECRETS.contains(&name) || (in_token && TOKEN_SECRETS.contains(&name)) => HIDDEN.into(),
        ValueKind::String(url) if (in_token && name == "url") || (path.is_empty() && URLS.contains(&name)) => {
            client::shown_url(url).map_or_else(|| HIDDEN.into(), |url| quote(&url))
        }
        _ => toml(value),
    }
}

/// Whether the value of a setting, by its dotted name, is shown masked or in part.
pub(super) fn is_secret(key: &str) -> bool {
    let key = key.split('[').next().unwrap_or(key);
    let (path, name) = key.rsplit_once('.').unwrap_or(("", key));
    let in_token = path.starts_with("apps.") && path.ends_with(".token");
    SECRETS.contains(&name)
        || (in_token && (name == "url" || TOKEN_SECRETS.contains(&name)))
        || (path.is_empty() && URLS.contains(&name))
}

/// A TOML key, quoted if necessary.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if bare { name.into() } else { quote(name) }
}

fn toml(value: &Value) -> String {
    match &value.kind {
        ValueKind::String(text) => quote(text),
        ValueKind::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// A TOML basic string. JSON escapes are valid in TOML, which also requires DEL to be escaped.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}
