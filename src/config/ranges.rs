//! Ranges of the numeric settings, and what one setting requires of another.

use config::{Value, ValueKind};

use super::values::origin;
use crate::{
    service::{export::jobs::MAX_EXPIRES_IN, pool::MAX_WORKERS},
    words,
};
use haibao_core::{
    error::{Finding, Message},
    paint::picture::MAX_DECODED_BYTES,
};

/// Maximum of times in ms: a day.
const DAY_MS: i128 = 86_400_000;
/// Maximum of times in s: ten years.
const DECADE_S: i128 = 10 * 365 * 86_400;
/// Maximum of sizes in bytes: 1 TiB.
const SIZE: i128 = 1 << 40;
/// Room for one poster of the maximum size whose pixels cannot be compressed, bytes.
const MAX_POSTER_BYTES: i128 = 128 << 20;
/// Maximum of counts and rates: a billion.
const COUNT: i128 = 1_000_000_000;

/// Path, minimum and maximum of every numeric setting.
#[rustfmt::skip]
const RANGES: &[(&str, i128, i128)] = &[
    ("http.max_body_bytes", 1024, SIZE),
    ("http.body_budget_bytes", 0, SIZE),
    ("http.timeout_ms", 100, DAY_MS),
    ("http.max_connections", 1, COUNT),
    ("http.header_timeout_ms", 100, DAY_MS),
    ("http.idle_timeout_ms", 100, DAY_MS),
    ("http.shutdown_ms", 0, DAY_MS),
    ("catalog.reload_ms", 0, DAY_MS),
    ("catalog.keep_seconds", 0, DECADE_S),
    ("catalog.pinned_bytes", 0, SIZE),
    ("pool.workers", 0, MAX_WORKERS as i128),
    ("pool.waiting_bytes", 1 << 20, SIZE),
    ("pool.memory_bytes", MAX_DECODED_BYTES as i128, SIZE),
    ("assets.max_per_host", 1, COUNT),
    ("assets.memory_bytes", 1 << 20, SIZE),
    ("assets.timeout_ms", 100, DAY_MS),
    ("assets.max_bytes", 1024, SIZE),
    ("assets.max_redirects", 0, 20),
    ("assets.cache_bytes", 0, SIZE),
    ("assets.cache_seconds", 0, DECADE_S),
    ("wechat.timeout_ms", 100, DAY_MS),
    ("wechat.per_minute", 1, COUNT),
    ("wechat.text_checks_per_minute", 1, COUNT),
    ("wechat.wait_ms", 0, DAY_MS),
    ("wechat.cache_bytes", 0, SIZE),
    ("scenes.cache_bytes", 0, SIZE),
    ("scenes.max_age_seconds", 0, DECADE_S),
    ("links.grid_seconds", 1, DECADE_S),
    ("links.max_seconds", 1, DECADE_S),
    ("links.max_age_seconds", 0, DECADE_S),
    ("links.per_minute", 1, COUNT),
    ("posters.expires_seconds", 1, DECADE_S),
    ("posters.degraded_seconds", 1, DECADE_S),
    ("posters.max_bytes", MAX_POSTER_BYTES, SIZE),
    ("uploads.expires_seconds", 1, DECADE_S),
    ("uploads.max_bytes", 1 << 20, SIZE),
    ("exports.workers", -1, MAX_WORKERS as i128),
    ("exports.max_bytes", 1024, SIZE),
    ("exports.max_rows", 1, COUNT),
    ("exports.max_concurrent", 1, COUNT),
    ("exports.expires_seconds", 1, MAX_EXPIRES_IN as i128),
    ("exports.lease_seconds", 1, 3600),
    ("keys.session_seconds", 60, DECADE_S),
    ("render.band_bytes", 0, SIZE),
    ("render.paint_bytes", 0, SIZE),
    ("render.artwork_bytes", 0, SIZE),
    ("render.glyph_bytes", 0, SIZE),
];

/// Settings whose value 0 means a default that depends on the machine.
const AUTOMATIC: [&str; 1] = ["pool.memory_bytes"];

/// A setting that is at least a multiple of another one: path, factor, path of the other one.
const MINIMUMS: [(&str, i128, &str); 3] = [
    ("http.body_budget_bytes", 2, "http.max_body_bytes"),
    ("catalog.keep_seconds", 1, "links.max_seconds"),
    // Beyond the bound, a tenth is removed.
    ("uploads.max_bytes", 2, "assets.max_bytes"),
];

/// Everything that is out of range, with the name and source of each setting.
pub(super) fn check(values: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, minimum, maximum) in RANGES {
        // Another type is an error of its own.
        let Some((number, value)) = number(values, path) else { continue };
        let is_automatic = number == 0 && AUTOMATIC.contains(path);
        if !is_automatic && !(*minimum..=*maximum).contains(&number) {
            let finding = words::setting_range(path, origin(value), value, in_words(number, *minimum, *maximum));
            found.push(finding.pointer(pointer(path)));
        }
    }
    if !found.is_empty() {
        return found;
    }
    for (path, factor, other) in MINIMUMS {
        let (Some((number, value)), Some((least, _))) = (number(values, path), number(values, other)) else { continue };
        if number < factor * least {
            let minimum = match factor {
                1 => words::minimum_of(other, least),
                factor => words::minimum_times(factor, other, least),
            };
            let finding = words::setting_below(path, origin(value), number, minimum);
            found.push(finding.pointer(pointer(path)));
        }
    }
    found
}

/// The range that a number is out of. A general maximum is named only if the number exceeds it.
fn in_words(number: i128, minimum: i128, maximum: i128) -> Message {
    match number < minimum && is_general(maximum) && minimum > 0 {
        true => words::range_from(minimum),
        false => words::range(minimum, maximum),
    }
}

/// Whether a maximum is that of all settings of its kind.
fn is_general(maximum: i128) -> bool {
    [DAY_MS, DECADE_S, SIZE, COUNT].contains(&maximum)
}

fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

/// An integer by its path.
fn number<'a>(values: &'a Value, path: &str) -> Option<(i128, &'a Value)> {
    let mut at = values;
    for name in path.split('.') {
        let ValueKind::Table(table) = &at.kind else { return None };
        at = table.get(name)?;
    }
    let number = match at.kind {
        ValueKind::I64(number) => number.into(),
        ValueKind::U64(number) => number.into(),
        ValueKind::I128(number) => number,
        ValueKind::U128(number) => i128::try_from(number).unwrap_or(i128::MAX),
        // What a variable holds beyond 64 bits.
        ValueKind::Float(number) if number.fract() == 0.0 => number as i128,
        _ => return None,
    };
    Some((number, at))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use config::{File, FileFormat};

    use super::{
        super::{
            DEFAULTS, table,
            values::{entries, join},
        },
        *,
    };

    fn defaults() -> Value {
        table(File::from_str(DEFAULTS, FileFormat::Toml)).expect("TOML")
    }

    /// Every number among the defaults, by path.
    fn numbers(path: &str, value: &Value, found: &mut Vec<String>) {
        for (name, value) in entries(value) {
            numbers(&join(path, name), value, found);
        }
        if matches!(value.kind, ValueKind::I64(_) | ValueKind::U64(_) | ValueKind::Float(_)) {
            found.push(path.to_owned());
        }
    }

    #[test]
    fn every_numeric_setting_has_a_range_that_contains_its_default() {
        let mut found = Vec::new();
        numbers("", &defaults(), &mut found);
        let mut named: Vec<_> = RANGES.iter().map(|(path, ..)| (*path).to_owned()).collect();
        found.sort();
        named.sort();
        assert_eq!(named, found);
        assert!(check(&defaults()).is_empty());
    }

    #[test]
    fn a_number_over_the_maximum_is_told_the_maximum() {
        for (number, text) in [
            ("86400001", "is 86400001, expected 100 to 86400000"),
            ("9223372036854775807", "expected 100 to 86400000"),
            ("18446744073709551615.0", "expected 100 to 86400000"),
            ("99", "is 99, expected at least 100"),
        ] {
            let file = File::from_str(&format!("[http]\ntimeout_ms = {number}"), FileFormat::Toml);
            let found = check(&table(file).expect("TOML"));
            assert_eq!(found.len(), 1, "{number}");
            assert!(found[0].message.contains(text), "{number}: {:?}", found[0].message);
        }
    }

    /// What a document says must name the range, unless it is only the general one.
    #[test]
    fn the_documents_name_the_ranges() {
        let mut comments = BTreeMap::new();
        let (mut section, mut comment) = (String::new(), String::new());
        for line in DEFAULTS.lines() {
            match (line.strip_prefix("# "), line.split_once(" = ")) {
                (Some(text), _) => comment = format!("{comment} {text}"),
                (None, Some((name, _))) => {
                    comments.insert(join(&section, name), std::mem::take(&mut comment));
                }
                _ => {
                    comment.clear();
                    if let Some(name) = line.strip_prefix('[') {
                        section = name.trim_end_matches(']').to_owned();
                    }
                }
            }
        }
        let document = include_str!("../../docs/settings.md");
        for (path, minimum, maximum) in RANGES.iter().filter(|(_, minimum, max)| *minimum > 0 || !is_general(*max)) {
            let range = in_words(minimum - 1, *minimum, *maximum).text();
            let is_its = |line: &&str| line.split(" | ").next().is_some_and(|cell| cell.contains(&format!("`{path}`")));
            let row = document.lines().find(is_its);
            for (place, text) in [("defaults.toml", comments.get(*path).map(String::as_str)), ("docs/settings.md", row)]
            {
                let text = text.unwrap_or_else(|| panic!("{place} does not describe {path}")).to_lowercase();
                assert!(text.contains(&range), "{place}: {path} is {range:?}, but: {text}");
            }
        }
        for (path, _, other) in MINIMUMS {
            assert!(comments[path].contains(&format!("`{other}`")), "{path} does not name {other}: {}", comments[path]);
        }
    }
}
