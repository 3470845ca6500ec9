//! Names of settings that do not exist.

use config::Value;

use super::{
    convert::pointer,
    values::{entries, first_leaf, join, origin},
};
use crate::words;
use haibao_core::{error::Finding, template::suggest::nearest};

/// Keys of an app's table, `[apps.NAME]`.
const APP: &[&str] = &["appid", "secret", "token", "text_check"];
/// Keys of an app's `token`, if it is a table.
const TOKEN: &[&str] = &["url", "pointer", "header", "value"];
/// Keys of an app's `text_check`.
const TEXT_CHECK: &[&str] = &["risky", "scene"];

/// Settings of earlier versions, and what replaced them.
const REMOVED: [(&str, &str); 2] = [
    ("pool.queue", "requests wait as long as `http.timeout_ms` allows, and occupy at most `pool.waiting_bytes`"),
    ("pool.decode_bytes", "`pool.memory_bytes` is the memory of drawing together with the renderer's caches"),
];

/// Reports every name below `path` that is not known, with the closest of `names`.
pub(super) fn find_unknown(given: &Value, known: &Value, path: &str, names: &[String], found: &mut Vec<Finding>) {
    for (name, value) in entries(given) {
        let full = join(path, name);
        if full == "apps" {
            for (app, value) in entries(value) {
                let path = format!("apps.{app}");
                find_unknown_keys(value, APP, &path, found);
                if let Some(token) = entries(value).get("token") {
                    find_unknown_keys(token, TOKEN, &format!("{path}.token"), found);
                }
                if let Some(check) = entries(value).get("text_check") {
                    find_unknown_keys(check, TEXT_CHECK, &format!("{path}.text_check"), found);
                }
            }
        } else if let Some(known) = entries(known).get(name) {
            find_unknown(value, known, &full, names, found);
        } else {
            if let Some((_, instead)) = REMOVED.iter().find(|(removed, _)| *removed == full) {
                let hint = words::setting_removed(instead);
                let finding = words::setting_unknown(&full, origin(first_leaf(value))).with_hint(Some(hint));
                found.push(finding.pointer(pointer(&full)));
                continue;
            }
            let elsewhere = names.iter().find(|n| n.rsplit('.').next() == Some(name)).cloned();
            let near = elsewhere.or_else(|| nearest(&full, names.iter().map(String::as_str)).map(Into::into));
            found.push(unknown(&full, first_leaf(value), near));
        }
    }
}

/// Reports unknown keys of an app's table.
fn find_unknown_keys(given: &Value, known: &[&str], path: &str, found: &mut Vec<Finding>) {
    for (key, value) in entries(given).into_iter().filter(|(key, _)| !known.contains(key)) {
        let near = nearest(key, known.iter().copied()).map(|near| join(path, near));
        found.push(unknown(&join(path, key), first_leaf(value), near));
    }
}

fn unknown(name: &str, value: &Value, near: Option<String>) -> Finding {
    let finding = words::setting_unknown(name, origin(value)).with_hint(near.map(|near| words::did_you_mean(&near)));
    finding.pointer(pointer(name))
}
