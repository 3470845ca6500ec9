//! Converts cell text to JSON values according to the template's schema.

use serde_json::{Number, Value};

use haibao_core::{
    number,
    template::{
        money::{self, Numbers},
        params::resolve,
    },
};

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
    /// An integer.
    Integer,
    /// A number.
    Number,
    /// A boolean: `true`, `false`, 是, 否 or a similar word.
    Boolean,
    /// A list: a JSON array, or values separated by `|` or `、`.
    List(Box<Typing>),
    /// A JSON object.
    Object,
    /// One of these values, matched by its text.
    OneOf(Vec<Value>),
}

impl Typing {
    /// Typing for a schema within `document`. If several types are allowed, string is preferred because it is lossless.
    pub fn of(document: &Value, schema: &Value) -> Self {
        Self::within(document, schema, 0)
    }

    fn within(document: &Value, schema: &Value, depth: usize) -> Self {
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
        match (schema.get("enum"), schema.get("const")) {
            (Some(Value::Array(all)), _) => Self::OneOf(all.clone()),
            (_, Some(one)) => Self::OneOf(vec![one.clone()]),
            _ => match schema.get("allOf").and_then(Value::as_array).filter(|_| depth < MAX_DEPTH) {
                Some(all) => all
                    .iter()
                    .map(|schema| Self::within(document, schema, depth + 1))
                    .find(|typing| *typing != Self::Text)
                    .unwrap_or(Self::Text),
                None => Self::Text,
            },
        }
    }

    /// Whether it is a picture, or a list of them.
    pub fn is_picture(&self) -> bool {
        match self {
            Self::Picture => true,
            Self::List(items) => items.is_picture(),
            _ => false,
        }
    }

    /// Converts a text. If it does not match the type, the result is a string, which schema validation then rejects.
    pub fn value(&self, text: &str) -> Value {
        let text = text.trim();
        let as_text = || Value::String(text.to_owned());
        match self {
            Self::Text | Self::Picture => as_text(),
            Self::Money(numbers) => match (money::read(text, *numbers), number(text)) {
                (Ok(fen), _) => fen.into(),
                // A fraction of a fen is refused, and not read as yuan.
                (Err(_), Some(number)) if *numbers == Numbers::Fen => Value::Number(number),
                (Err(_), _) => as_text(),
            },
            Self::Integer | Self::Number => {
                let plain = money::ascii(text);
                number(&plain).or_else(|| with_unit(&plain)).map_or_else(as_text, Value::Number)
            }
            Self::Boolean => parse_bool(text).map_or_else(as_text, Value::Bool),
            Self::Object => json(text, '{').unwrap_or_else(as_text),
            Self::List(items) => json(text, '[').unwrap_or_else(|| {
                let separators: &[char] = if text.contains(['|', '｜']) { &['|', '｜'] } else { &['、'] };
                let parts = text.split(separators);
                let parts = parts.map(str::trim).filter(|part| !part.is_empty());
                parts.map(|part| items.value(part)).collect()
            }),
            Self::OneOf(all) => {
                let matches = |value: &&Value| match value {
                    Value::String(one) => one == text,
                    Value::Bool(one) => parse_bool(text) == Some(*one),
                    Value::Number(one) => number(text).is_some_and(|number| number.as_f64() == one.as_f64()),
                    _ => false,
                };
                // Full-width characters, as Chinese keyboards write them.
                let is_alike =
                    |value: &&Value| value.as_str().is_some_and(|one| money::ascii(one) == money::ascii(text));
                all.iter().find(matches).or_else(|| all.iter().find(is_alike)).cloned().unwrap_or_else(as_text)
            }
        }
    }
}

/// Parses JSON that starts with this bracket.
fn json(text: &str, bracket: char) -> Option<Value> {
    text.starts_with(bracket).then(|| serde_json::from_str(text).ok()).flatten()
}

/// Parses a decimal number. Thousands separators and units are rejected, because guessing could change the value.
fn number(text: &str) -> Option<Number> {
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    if let Ok(integer) = text.parse::<i64>() {
        return Some(integer.into());
    }
    let number = Number::from_f64(text.parse::<f64>().ok()?)?;
    Some(number::integer(&number).map_or(number, Number::from))
}

/// Parses a number with a unit behind it, as number formats of sheets show it: `1,280件`, `8.5折`, `85%`. Units that multiply, such as
/// 万, and those of numbers that are not exact, are refused.
fn with_unit(text: &str) -> Option<Number> {
    const MAX_CHARS: usize = 4;
    /// Square metres, in lower case.
    const AREAS: [&str; 2] = ["m²", "m2"];
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '-'))?;
    let (digits, unit) = text.split_at(end);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let groups: Vec<&str> = whole.trim_start_matches('-').split(',').collect();
    let is_grouped = groups.len() == 1 || (groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3));
    let value = number(&digits.replace(',', "")).filter(|_| is_grouped && !decimals.contains(','))?;
    let unit = unit.trim_start();
    if unit == "%" {
        return Number::from_f64(format!("{:.14e}", value.as_f64()? / 100.0).parse().ok()?);
    }
    let multiplies = unit
        .starts_with(['十', '百', '千', '万', '萬', '亿', '億', '分', '角', '毛', '打', '成', '上', '下'])
        || unit == "厘"
        // 2个半, 3个多, 100以下.
        || unit.contains(['半', '多', '余', '几', '以']);
    let is_sign = |c: char| matches!(c, '㎡' | '㎥' | '℃' | '°');
    let is_word = AREAS.contains(&unit)
        || (unit.chars().count() <= MAX_CHARS
            && unit.chars().all(|c| (c.is_alphabetic() && !c.is_ascii()) || is_sign(c)));
    (is_word && !multiplies).then_some(value)
}

/// Parses a boolean word in English or Chinese.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "1" | "yes" | "y" | "是" | "对" | "真" | "√" => Some(true),
        "false" | "0" | "no" | "n" | "否" | "错" | "假" | "×" => Some(false),
        _ => None,
    }
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
            (json!({ "type": ["integer", "string"] }), "007", json!("007")),
            (json!({ "type": "integer" }), "12800", json!(12800)),
            (json!({ "type": "integer" }), "-3.0", json!(-3)),
            (json!({ "type": "integer" }), "128.5", json!(128.5)),
            (json!({ "type": "integer" }), "12,800", json!("12,800")),
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
            (json!({ "type": "array" }), "红、绿", json!(["红", "绿"])),
            (json!({ "type": "array" }), "红、绿 | 蓝 |", json!(["红、绿", "蓝"])),
            (integers.clone(), "1|2|x", json!([1, 2, "x"])),
            (integers, "[1, 2]", json!([1, 2])),
            (json!({ "type": "object" }), "{\"a\": 1}", json!({ "a": 1 })),
            (json!({ "type": "object" }), "{a}", json!("{a}")),
            (json!({ "enum": [1, 2, "3"] }), "2", json!(2)),
            (json!({ "enum": [1, 2, "3"] }), "3", json!("3")),
            (json!({ "enum": ["/月", "万"] }), "／月", json!("/月")),
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
