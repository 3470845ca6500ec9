//! Mutation of JSON: edits values, members and elements, so that most inputs stay JSON.

use std::sync::LazyLock;

use libfuzzer_sys::fuzzer_mutate;
use serde_json::{Map, Value, json};

use crate::Random;

/// Strings with a meaning somewhere.
#[rustfmt::skip]
const STRINGS: &[&str] = &[
    "", " ", "a", "商品", "👨‍👩‍👧‍👦", "e\u{301}", "\u{202e}abc", "\u{0}", "ไทย", "العربية", "{{", "{{title}}", "{{money price}}",
    "{{#if title}}x{{/if}}", "{{#each tags}}{{this}}{{/each}}", "{{{title}}}", "#", "#a", "#photo", "auto", "100%", "-1",
    "1e308", "2026-11-20", "2026-02-30T25:61:61Z", "assets/plain.png", "../layout.json", "data:image/png;base64,iVBORw0KGgo=",
    "https://example.com/a.png", "asset:0", "/", "~", "~0~1", "#/$defs/a", "#fff", "rgba(0,0,0,0.5)", "cover", "[a-z]+(",
    "4003994155486", "pages/detail/detail",
];
#[rustfmt::skip]
const NUMBERS: &[f64] = &[
    0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 7.0, 16.0, 100.0, 255.0, 256.0, 750.0, 4096.0, 8192.0, 65_536.0, 4_294_967_296.0,
    9_007_199_254_740_993.0, 1e-30, 1e308,
];

/// Names and constants of the schema of layout.json.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut words = Vec::new();
    collect(&haibao_core::template::schema(), &mut words);
    words.sort();
    words.dedup();
    words
});

fn collect(schema: &Value, words: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("properties", Value::Object(properties)) => words.extend(properties.keys().cloned()),
                    ("const", Value::String(text)) => words.push(text.clone()),
                    ("enum", Value::Array(all)) => {
                        words.extend(all.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => {}
                }
                collect(value, words);
            }
        }
        Value::Array(all) => all.iter().for_each(|value| collect(value, words)),
        _ => {}
    }
}

/// Mutates an input that is JSON after its first `prefix` bytes. A quarter of the mutations, and all of what is not JSON,
/// are those of libFuzzer. Returns the new size.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, prefix: usize) -> usize {
    let mut random = Random::new(seed);
    let root = data.get(prefix..size).and_then(|text| serde_json::from_slice::<Value>(text).ok());
    let Some(mut root) = root.filter(|_| random.below(4) > 0) else { return fuzzer_mutate(data, size, max_size) };
    for _ in 0..=random.below(4) {
        edit(&mut root, &mut random);
    }
    let text = root.to_string();
    let end = prefix + text.len();
    if end > max_size.min(data.len()) {
        return fuzzer_mutate(data, size, max_size);
    }
    data[prefix..end].copy_from_slice(text.as_bytes());
    end
}

/// The same value with the members of all objects in reverse order, and integers as floating-point numbers where that
/// is exact.
pub fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.iter().rev().map(|(name, value)| (name.clone(), reversed(value))).collect())
        }
        Value::Array(all) => all.iter().map(reversed).collect(),
        Value::Number(number) => match number.as_i64() {
            Some(integer) if integer.unsigned_abs() < 1 << 53 => json!(integer as f64),
            _ => value.clone(),
        },
        other => other.clone(),
    }
}

fn edit(root: &mut Value, random: &mut Random) {
    let mut pointers = Vec::new();
    list(root, String::new(), &mut pointers);
    let other = root.pointer(random.pick::<String>(&pointers)).cloned().unwrap_or_default();
    let pointer = random.pick(&pointers).clone();
    let Some(target) = root.pointer_mut(&pointer) else { return };
    match (random.below(8), target) {
        (0, target) => *target = value(random),
        (1, target) => *target = other,
        (2, Value::Object(members)) if !members.is_empty() => {
            let name = members.keys().nth(random.below(members.len())).cloned();
            name.map(|name| members.shift_remove(&name));
        }
        (2, Value::Array(all)) if !all.is_empty() => drop(all.remove(random.below(all.len()))),
        (3 | 4, Value::Object(members)) => {
            let value = if random.below(2) == 0 { other } else { value(random) };
            members.insert(name(random), value);
        }
        (3 | 4, Value::Array(all)) => {
            let at = random.below(all.len() + 1);
            all.insert(at, other);
        }
        (5, Value::Array(all)) if !all.is_empty() => {
            let one = random.pick(all).clone();
            all.extend(std::iter::repeat_n(one, 1 + random.below(20)));
        }
        (_, Value::String(text)) => change(text, random),
        (_, target @ Value::Number(_)) => {
            let number = target.as_f64().unwrap_or_default();
            let factor = random.pick(&[-1.0, 0.0, 0.5, 0.999, 1.001, 2.0, 10.0, 1000.0]);
            *target = if random.below(3) == 0 { value(random) } else { plain(number * factor) };
        }
        (_, Value::Bool(flag)) => *flag = !*flag,
        (_, target) => {
            if let Value::Null = target {
                *target = value(random);
            }
        }
    }
}

fn list(value: &Value, pointer: String, all: &mut Vec<String>) {
    let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| list(value, format!("{pointer}/{}", escape(name)), all));
        }
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(at, value)| list(value, format!("{pointer}/{at}"), all));
        }
        _ => {}
    }
    all.push(pointer);
}

fn change(text: &mut String, random: &mut Random) {
    let at = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect::<Vec<_>>();
    let (a, b) = (*random.pick(&at), *random.pick(&at));
    match random.below(5) {
        0 => *text = word(random),
        1 => text.insert_str(a, &word(random)),
        2 => text.replace_range(a.min(b)..a.max(b), ""),
        3 => *text = text.repeat(2 + random.below(20)).chars().take(4000).collect(),
        _ => text.insert(a, char::from_u32(random.below(0x11_0000) as u32).unwrap_or(' ')),
    }
}

fn word(random: &mut Random) -> String {
    if random.below(2) == 0 { (*random.pick(STRINGS)).to_owned() } else { random.pick(&WORDS).clone() }
}

fn name(random: &mut Random) -> String {
    if random.below(8) == 0 { word(random) } else { random.pick(&WORDS).clone() }
}

fn value(random: &mut Random) -> Value {
    match random.below(8) {
        0 => Value::Null,
        1 => Value::Bool(random.below(2) == 0),
        2 | 3 => plain(*random.pick(NUMBERS)),
        4 => json!([]),
        5 => Value::Object(Map::new()),
        _ => word(random).into(),
    }
}

/// A number, as an integer where it is one.
fn plain(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 { json!(number as i64) } else { json!(number) }
}
