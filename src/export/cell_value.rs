//! Converts cell text to JSON values according to the template's schema.

mod list;
mod number;

use serde_json::Value;

use haibao_core::{
    template::{
        labels::choices,
        money::{self, Numbers},
        params::resolve,
    },
    words::is_invisible,
};
use list::Items;
use number::number;

/// Maximum nesting depth of lists and `allOf` in a schema.
const MAX_DEPTH: usize = 8;

/// How the text of a cell is converted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Typing {
    /// A string; `007` keeps its zeros.
    Text,
    /// The source of a picture.
    Picture,
    /// An amount of money, in fen.
    Money(Numbers),
    Integer,
    Number,
    /// A boolean: `true`, `false`, 是, 否 or a similar word.
    Boolean,
    /// A list: a JSON array, or values separated by `|`, line breaks, `；`, `、` or `，`.
    List(Box<Typing>),
    /// A JSON object.
    Object,
    /// One of these values, matched by its text or a label; other texts are read as the typing says.
    OneOf(Vec<AllowedValue>, Box<Typing>),
}

/// An allowed value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AllowedValue {
    pub value: Value,
    /// What people write for it.
    pub labels: Vec<String>,
}

impl AllowedValue {
    /// Whether a text is a label, or the value.
    fn fits(&self, text: &str) -> bool {
        self.labels.iter().any(|label| label == text)
            || match &self.value {
                Value::String(one) => one == text,
                Value::Bool(one) => parse_bool(text) == Some(*one),
                Value::Number(one) => number(text).is_some_and(|number| number.as_f64() == one.as_f64()),
                _ => false,
            }
    }

    /// Whether a text is a label or the value but for full-width characters, as Chinese keyboards write them, and case.
    fn is_alike(&self, text: &str) -> bool {
        let text = money::ascii(text);
        self.labels.iter().map(String::as_str).chain(self.value.as_str()).any(|own| money::ascii(own) == text)
    }
}

impl Typing {
    /// Typing for a schema within `document`. If several types are allowed, string is preferred because it is lossless.
    pub fn of(document: &Value, schema: &Value) -> Self {
        Self::within(document, schema, 0)
    }

    fn within(document: &Value, schema: &Value, depth: usize) -> Self {
        let plain = Self::plain(document, schema, depth);
        let choices = choices(resolve(document, schema)).into_iter().map(|choice| AllowedValue {
            value: choice.value.clone(),
            labels: choice.labels.into_iter().map(str::to_owned).collect(),
        });
        let choices: Vec<AllowedValue> = choices.collect();
        // Numbers without labels may have units: 3人团.
        let is_text = plain == Self::Text || choices.iter().any(|choice| !choice.labels.is_empty());
        if choices.is_empty() || !is_text { plain } else { Self::OneOf(choices, Box::new(plain)) }
    }

    /// Typing by the types that a schema allows.
    fn plain(document: &Value, schema: &Value, depth: usize) -> Self {
        let schema = resolve(document, schema);
        let types: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for (name, typing) in [
            ("string", Self::Text),
            ("number", Self::Number),
            ("integer", Self::Integer),
            ("boolean", Self::Boolean),
            ("object", Self::Object),
        ] {
            if types.contains(&name) {
                let format = schema.get("format").and_then(Value::as_str);
                return match (typing, format) {
                    (Self::Text, Some("image")) => Self::Picture,
                    (Self::Integer, Some(money::FORMAT)) => Self::Money(Numbers::Yuan),
                    (typing, _) => typing,
                };
            }
        }
        if types.contains(&"array") {
            let items = schema.get("items").filter(|_| depth < MAX_DEPTH);
            let items = items.map_or(Self::Text, |items| Self::within(document, items, depth + 1));
            return Self::List(Box::new(items));
        }
        let parts = schema.get("allOf").and_then(Value::as_array).filter(|_| depth < MAX_DEPTH).into_iter().flatten();
        let mut parts = parts.map(|schema| Self::within(document, schema, depth + 1));
        parts.find(|typing| *typing != Self::Text).unwrap_or(Self::Text)
    }

    /// Whether it is a picture, or a list of them.
    pub fn is_picture(&self) -> bool {
        match self {
            Self::Picture => true,
            Self::List(items) => items.is_picture(),
            _ => false,
        }
    }

    /// The names and addresses of pictures in the text of a cell: one, or those of a list.
    pub fn sources(&self, text: &str) -> Vec<String> {
        let text_of = |value: Value| match value {
            Value::String(text) => Some(text),
            _ => None,
        };
        match self.value(text) {
            Value::Array(all) => all.into_iter().filter_map(text_of).collect(),
            one => text_of(one).into_iter().collect(),
        }
    }

    /// The value of a cell with one picture in it.
    pub fn of_source(&self, source: &str) -> Value {
        match self {
            Self::List(items) => vec![items.of_source(source)].into(),
            _ => source.into(),
        }
    }

    /// Whether it is a number or an amount, or a list of them.
    pub fn is_number(&self) -> bool {
        match self {
            Self::Money(_) | Self::Integer | Self::Number => true,
            Self::List(items) => items.is_number(),
            Self::OneOf(_, other) => other.is_number(),
            _ => false,
        }
    }

    /// How its amounts of money are read, if it has any.
    pub fn numbers(&mut self) -> Option<&mut Numbers> {
        match self {
            Self::Money(numbers) => Some(numbers),
            Self::List(items) => items.numbers(),
            Self::OneOf(_, other) => other.numbers(),
            _ => None,
        }
    }

    /// Converts a value of JSON: numbers that are amounts in a unit that their key names become fen.
    pub fn json(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Money(Numbers::Unclear), value) => value,
            (Self::Money(_), Value::Number(number)) => self.value(&number.to_string()),
            (Self::Money(_), Value::String(text)) => self.value(&text),
            (Self::List(items), Value::Array(all)) => all.into_iter().map(|value| items.json(value)).collect(),
            (Self::OneOf(_, other), value) => other.json(value),
            (_, value) => value,
        }
    }

    /// Whether numbers in JSON are fen by its rule, which other sheets do not have.
    pub fn has_json_fen(&self) -> bool {
        match self {
            Self::Money(numbers) => *numbers == Numbers::Unclear,
            Self::List(items) => items.has_json_fen(),
            _ => false,
        }
    }

    /// Adds the unit to amounts in a value of JSON that are fen by its rule, and to those that are refused without one.
    pub fn with_units(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Money(Numbers::Unclear), Value::Number(number)) => format!("{number}分").into(),
            (Self::Money(Numbers::Unclear), Value::String(text)) if money::is_unclear(&text) => {
                (text + money::FEN_OR_YUAN).into()
            }
            (Self::List(items), Value::Array(all)) => all.into_iter().map(|value| items.with_units(value)).collect(),
            (_, value) => value,
        }
    }

    /// Converts a text. If it does not match the type, the result is a string, which schema validation then rejects.
    pub fn value(&self, text: &str) -> Value {
        let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
        let as_text = || Value::String(text.to_owned());
        match self {
            Self::Text | Self::Picture => as_text(),
            Self::Money(numbers) => match money::read(text, *numbers) {
                Ok(fen) => fen.into(),
                // A fraction of a fen is refused, and not read as yuan.
                Err(_) if *numbers == Numbers::Fen => {
                    let fraction = number::grouped(&money::ascii(text)).filter(serde_json::Number::is_f64);
                    fraction.map_or_else(as_text, Value::Number)
                }
                Err(_) => as_text(),
            },
            Self::Integer | Self::Number => number::read(&money::ascii(text)).map_or_else(as_text, Value::Number),
            Self::Boolean => parse_bool(text).map_or_else(as_text, Value::Bool),
            Self::Object => json(text, '{').unwrap_or_else(as_text),
            Self::List(items) => {
                if let Some(all) = json(text, '[') {
                    return self.json(all);
                }
                let kind = match **items {
                    Self::Picture => Items::Pictures,
                    Self::Integer | Self::Number | Self::Money(_) => {
                        Items::Numbers { is_one: !items.value(text).is_string() }
                    }
                    _ => Items::Words,
                };
                list::parts(text, kind).map(|part| items.value(part)).collect()
            }
            Self::OneOf(all, other) => {
                let found = all.iter().find(|one| one.fits(text)).or_else(|| all.iter().find(|one| one.is_alike(text)));
                found.map_or_else(|| other.value(text), |one| one.value.clone())
            }
        }
    }
}

/// The whole fen next to an amount with a fraction of a fen, in a column of fen: 12850 and 12851 for `12850.5`.
pub(super) fn whole_fen(text: &str) -> Option<[i64; 2]> {
    let text = money::ascii(text);
    let text = text.trim();
    let text = ["分", "fen"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(text);
    let amount = number::grouped(text.trim_end())?.as_f64()?;
    let below = amount.floor();
    // Amounts up to this size are exact.
    (amount != below && amount.abs() < 9e15).then_some([below as i64, below as i64 + 1])
}

/// The unit behind the number of a cell, in lower case, which is read without it: 亩 of `10亩`.
pub(super) fn unit_behind(text: &str) -> Option<String> {
    number::unit(&money::ascii(text)).map(str::to_owned)
}

/// Parses JSON that starts with this bracket.
fn json(text: &str, bracket: char) -> Option<Value> {
    text.starts_with(bracket).then(|| serde_json::from_str(text).ok()).flatten()
}

/// Parses a boolean word in English or Chinese, or a mark.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    const TRUE: [&str; 14] = ["true", "1", "yes", "y", "on", "是", "对", "真", "有", "√", "✓", "✔", "☑", "✅"];
    const FALSE: [&str; 15] =
        ["false", "0", "no", "n", "off", "否", "错", "假", "无", "没有", "×", "✗", "✘", "✕", "❌"];
    // A variation selector makes an emoji of a mark.
    let word = money::ascii(text).replace('\u{fe0f}', "");
    let word = word.trim();
    if TRUE.contains(&word) { Some(true) } else { FALSE.contains(&word).then_some(false) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_converted_to_the_schema_type() {
        let integers = json!({ "type": "array", "items": { "type": "integer" } });
        for (schema, text, expected) in [
            (json!({ "type": "string" }), " 007 ", json!("007")),
            (json!({ "type": "string" }), "\u{200b}A3 \u{feff}", json!("A3")),
            (json!({ "type": "integer" }), "1\u{200b}2", json!(12)),
            (json!({ "type": ["integer", "string"] }), "007", json!("007")),
            (json!({ "type": "integer" }), "12800", json!(12800)),
            (json!({ "type": "integer" }), "-3.0", json!(-3)),
            (json!({ "type": "integer" }), "128.5", json!(128.5)),
            (json!({ "type": "integer" }), "12,800", json!(12800)),
            (json!({ "type": "integer" }), "１，２８０", json!(1280)),
            (json!({ "type": "integer" }), "12，800", json!(12800)),
            (json!({ "type": "number" }), "1,280.50", json!(1280.5)),
            (json!({ "type": "integer" }), "1,28", json!("1,28")),
            (json!({ "type": "integer" }), "1,2800", json!("1,2800")),
            (json!({ "type": "integer" }), "0,128", json!("0,128")),
            (json!({ "type": "integer" }), "￥12", json!("￥12")),
            (json!({ "type": "integer" }), "5件", json!(5)),
            (json!({ "type": "integer" }), "1,280件", json!(1280)),
            (json!({ "type": "integer" }), "1,28件", json!("1,28件")),
            (json!({ "type": "number" }), "89.5㎡", json!(89.5)),
            (json!({ "type": "number" }), "89.5 m²", json!(89.5)),
            (json!({ "type": "integer" }), "１２０", json!(120)),
            (json!({ "type": "integer" }), "１２０㎡", json!(120)),
            (json!({ "type": "integer" }), "12m2", json!(12)),
            (json!({ "type": "integer" }), "12m", json!("12m")),
            (json!({ "type": "integer" }), "5万", json!("5万")),
            (json!({ "type": "integer" }), "3-5天", json!("3-5天")),
            (json!({ "type": "integer" }), "2个半", json!("2个半")),
            (json!({ "type": "integer" }), "10点半", json!("10点半")),
            (json!({ "type": "integer" }), "3个多", json!("3个多")),
            (json!({ "type": "integer" }), "100以下", json!("100以下")),
            (json!({ "type": "integer" }), "5毛", json!("5毛")),
            (json!({ "type": "integer" }), "2打", json!("2打")),
            (json!({ "type": "integer" }), "30厘米", json!(30)),
            (json!({ "type": "integer" }), "5 kg", json!("5 kg")),
            (json!({ "type": "number" }), "85%", json!(0.85)),
            (json!({ "type": "number" }), "8.5折", json!(8.5)),
            (json!({ "type": "integer", "format": "money" }), "128", json!(12800)),
            (json!({ "type": "integer", "format": "money" }), "¥12.50", json!(1250)),
            (json!({ "type": "integer", "format": "money" }), "面议", json!("面议")),
            (json!({ "type": "array", "items": { "type": "integer", "format": "money" } }), "1|2.5", json!([100, 250])),
            (json!({ "type": "number" }), "1e3", json!(1000)),
            (json!({ "type": "number" }), "inf", json!("inf")),
            (json!({ "type": "number" }), "1e999", json!("1e999")),
            (json!({ "type": ["boolean", "null"] }), "是", json!(true)),
            (json!({ "type": "boolean" }), "FALSE", json!(false)),
            (json!({ "type": "boolean" }), "maybe", json!("maybe")),
            (json!({ "type": "boolean" }), "√", json!(true)),
            (json!({ "type": "boolean" }), "✔\u{fe0f}", json!(true)),
            (json!({ "type": "boolean" }), "×", json!(false)),
            (json!({ "type": "boolean" }), "有", json!(true)),
            (json!({ "type": "boolean" }), "无", json!(false)),
            (json!({ "type": "boolean" }), "Ｙ", json!(true)),
            (json!({ "type": "array" }), "红、绿", json!(["红", "绿"])),
            (json!({ "type": "array" }), "红、绿 | 蓝 |", json!(["红、绿", "蓝"])),
            (json!({ "type": "array" }), "红，绿，蓝", json!(["红", "绿", "蓝"])),
            (json!({ "type": "array" }), "red, green", json!(["red", "green"])),
            (json!({ "type": "array" }), "大、中；小", json!(["大、中", "小"])),
            (json!({ "type": "array" }), "红\n绿", json!(["红", "绿"])),
            (json!({ "type": "array", "items": { "type": "number" } }), "1，2.5", json!([1, 2.5])),
            (json!({ "type": "array", "items": { "type": "number" } }), "1,280", json!([1280])),
            (json!({ "type": "array", "items": { "type": "number" } }), "100，200，300", json!([100, 200, 300])),
            (
                json!({ "type": "array", "items": { "type": "string", "format": "image" } }),
                "a,b.png",
                json!(["a,b.png"]),
            ),
            (
                json!({ "type": "array", "items": { "type": "string", "format": "image" } }),
                "a.png；b.png",
                json!(["a.png", "b.png"]),
            ),
            (integers.clone(), "1|2|x", json!([1, 2, "x"])),
            (integers, "[1, 2]", json!([1, 2])),
            (
                json!({ "type": "array", "items": { "type": "integer", "format": "money" } }),
                "[1, \"2.5\", \"3分\"]",
                json!([100, 250, 3]),
            ),
            (json!({ "type": "object" }), "{\"a\": 1}", json!({ "a": 1 })),
            (json!({ "type": "object" }), "{a}", json!("{a}")),
            (json!({ "enum": [1, 2, "3"] }), "2", json!(2)),
            (json!({ "enum": [1, 2, "3"] }), "3", json!("3")),
            (json!({ "enum": ["/月", "万"] }), "／月", json!("/月")),
            (
                json!({ "type": "string", "enum": ["a", "b"], "x-labels": { "a": "甲", "b": ["乙", "乙类"] } }),
                "乙类",
                json!("b"),
            ),
            (json!({ "type": "string", "enum": ["a", "b"], "x-labels": { "a": "甲" } }), "Ａ", json!("a")),
            (json!({ "type": "integer", "enum": [1, 2], "x-labels": { "1": "上", "2": "下" } }), "下", json!(2)),
            (json!({ "type": "integer", "enum": [1, 2], "x-labels": { "1": "上", "2": "下" } }), "2层", json!(2)),
            (json!({ "type": "integer", "enum": [2, 3] }), "3人", json!(3)),
            (
                json!({ "oneOf": [{ "const": true, "title": "现货" }, { "const": false, "title": "预售" }] }),
                "预售",
                json!(false),
            ),
            (json!({ "type": "string", "enum": ["a"] }), "c", json!("c")),
            (json!({ "allOf": [{ "minimum": 1 }, { "type": "integer" }] }), "2", json!(2)),
            (json!({}), "2", json!("2")),
        ] {
            assert_eq!(Typing::of(&json!({}), &schema).value(text), expected, "{schema} {text:?}");
        }
    }

    #[test]
    fn recursive_schema_terminates() {
        let document = json!({ "$defs": { "a": { "type": "array", "items": { "$ref": "#/$defs/a" } } } });
        Typing::of(&document, &json!({ "$ref": "#/$defs/a" })).value("x");
    }
}
