//! Test cases for a template: parameters generated from its schema, each stressing one aspect.

use std::{cell::Cell, io::Cursor};

use base64::{Engine, engine::general_purpose::STANDARD};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Map, Value, json};

use crate::words;
use haibao_core::{
    error::Message,
    template::{Template, json::unescape, params::resolve},
};

/// A named set of parameters.
#[derive(Debug, Clone)]
pub struct Case {
    /// Name, such as `longest` or `sample usual`.
    pub name: String,
    /// Template parameters.
    pub params: Value,
    /// Names of the parameters that a generated case leaves empty.
    pub left_empty: Vec<String>,
}

/// Length in characters of the longest text, if the schema sets no limit.
const DEFAULT_MAX_CHARS: usize = 120;
/// Highest price in fen (¥99999.99), if the schema sets no maximum.
const HIGH_PRICE: i64 = 9_999_999;
/// Maximum nesting depth of generated values. Schemas may be recursive.
const MAX_DEPTH: usize = 8;
/// Maximum number of generated values per case.
const MAX_VALUES: usize = 2_000;
/// Typical text, including punctuation that must not start a line.
const COPY: &str =
    "手工烧制的天青釉花瓶，釉色温润如雨过天青；开片细密，器形端庄，适合案头、书房与茶席，送礼自用两相宜。";
const FAMILY: &str = "👨‍👩‍👧‍👦🏳️‍🌈👍🏽";
/// Ideographs of 通用规范汉字表 that are outside the Basic Multilingual Plane or missing from many fonts.
const RARE: &str = "𠮷䶮𬸪㛃𫖯龘";
const HOSTILE: &str = "<b>&\"{{x}}</b>'; --";

/// What a generated case stresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aspect {
    /// Only required parameters, with the shortest allowed texts.
    Empty,
    /// The longest allowed texts and largest allowed numbers.
    Longest,
    /// Texts of up to 60 characters without a line break opportunity.
    Unbroken,
    /// Emoji consisting of several code points.
    Emoji,
    /// Ideographs missing from many fonts.
    Rare,
    /// The largest allowed numbers with the usual texts.
    HighPrice,
    /// No optional pictures.
    NoPictures,
    /// Pictures with an aspect ratio of 8:1.
    WidePictures,
    /// Pictures with an aspect ratio of 1:8.
    TallPictures,
    /// Nearly black pictures.
    DarkPictures,
    /// Nearly white pictures.
    LightPictures,
    /// Texts that look like markup.
    Hostile,
}

/// Makes the words of a case.
type Words = fn() -> Message;

/// Aspects with the names of their cases, which are the same in all languages, with their words, and with what is extreme in them.
const ASPECTS: [(Aspect, &str, Words, Words); 12] = [
    (Aspect::Empty, "empty", words::case_empty, words::case_about_empty),
    (Aspect::Longest, "longest", words::case_longest, words::case_about_longest),
    (Aspect::Unbroken, "unbroken", words::case_unbroken, words::case_about_unbroken),
    (Aspect::Emoji, "emoji", words::case_emoji, words::case_about_emoji),
    (Aspect::Rare, "rare", words::case_rare, words::case_about_rare),
    (Aspect::HighPrice, "high price", words::case_high_price, words::case_about_high_price),
    (Aspect::NoPictures, "no pictures", words::case_no_pictures, words::case_about_no_pictures),
    (Aspect::WidePictures, "wide pictures", words::case_wide_pictures, words::case_about_wide_pictures),
    (Aspect::TallPictures, "tall pictures", words::case_tall_pictures, words::case_about_tall_pictures),
    (Aspect::DarkPictures, "dark pictures", words::case_dark_pictures, words::case_about_dark_pictures),
    (Aspect::LightPictures, "light pictures", words::case_light_pictures, words::case_about_light_pictures),
    (Aspect::Hostile, "hostile", words::case_hostile, words::case_about_hostile),
];
/// Name of the case for titles that several parameters have.
pub(super) const TITLES: &str = "titles";
/// Name of the case for values of the schema in the artwork.
pub(super) const VALUES: &str = "values";
/// Start of the names of cases of samples.
const SAMPLE: &str = "sample ";

/// The name of a case in words.
pub fn case_label(name: &str) -> Message {
    let aspect = ASPECTS.iter().find(|(_, own, ..)| *own == name);
    match (aspect, name.strip_prefix(SAMPLE)) {
        (Some((_, _, label, _)), _) => label(),
        (None, Some(sample)) => words::case_sample(sample),
        (None, None) if name == TITLES => words::case_titles(),
        (None, None) if name == VALUES => words::case_values(),
        (None, None) => Message::verbatim(name),
    }
}

/// What is extreme in a case.
pub fn case_about(name: &str) -> Message {
    match ASPECTS.iter().find(|(_, own, ..)| *own == name) {
        Some((.., about)) => about(),
        None if name == TITLES => words::case_about_titles(),
        None if name == VALUES => words::case_about_values(),
        None => words::case_about_sample(),
    }
}

/// Returns the template's samples, then one generated case per aspect. Values whose schema has a `pattern`, `enum` or
/// `const` are taken from the sample, because they are identifiers.
pub fn cases(template: &Template) -> Vec<Case> {
    let samples = template.samples();
    let own = samples.iter().map(|(name, params)| Case {
        name: format!("{SAMPLE}{name}"),
        params: params.clone(),
        left_empty: Vec::new(),
    });
    let usual = samples.get("usual").or_else(|| samples.values().next()).cloned().unwrap_or_else(|| json!({}));
    let document = template.params().document();
    let generated = ASPECTS.iter().map(|(aspect, name, ..)| {
        let generator = Generator { document, aspect: *aspect, remaining: Cell::new(MAX_VALUES) };
        let params = generator.value(document, Some(&usual), true, 0).unwrap_or_else(|| usual.clone());
        let params = replace_invalid(template, params, &usual);
        let left_empty = left_empty(document, &params);
        Case { name: (*name).to_owned(), params, left_empty }
    });
    own.chain(generated).collect()
}

/// Names of the parameters that are absent or empty.
fn left_empty(document: &Value, params: &Value) -> Vec<String> {
    let names = document.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name);
    let is_empty = |name: &&String| match params.get(name.as_str()) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(_) => false,
    };
    names.filter(is_empty).cloned().collect()
}

/// Replaces invalid parameters by those of the usual sample. Generation does not consider every schema keyword, so some
/// generated values may be invalid.
fn replace_invalid(template: &Template, mut params: Value, usual: &Value) -> Value {
    let Err(violations) = template.params().check(&params) else { return params };
    for violation in violations {
        let name = violation.pointer.split('/').nth(1).map(unescape).unwrap_or_default();
        let Some(members) = params.as_object_mut() else { continue };
        match usual.get(&name) {
            Some(value) => drop(members.insert(name, value.clone())),
            None => drop(members.shift_remove(&name)),
        }
    }
    params
}

struct Generator<'a> {
    document: &'a Value,
    aspect: Aspect,
    /// Number of values that may still be generated.
    remaining: Cell<usize>,
}

impl Generator<'_> {
    /// Generates a value for a schema at a nesting depth; `None` if it should be omitted.
    fn value(&self, schema: &Value, usual: Option<&Value>, required: bool, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH || self.remaining.get() == 0 {
            return usual.cloned();
        }
        self.remaining.update(|remaining| remaining - 1);
        let schema = resolve(self.document, schema);
        let example = || schema.get("examples").and_then(|all| all.get(0)).or_else(|| schema.get("default"));
        let base = usual.or_else(example).cloned();
        if ["enum", "const", "pattern"].iter().any(|key| schema.get(key).is_some()) {
            return base.filter(|_| required || self.aspect != Aspect::Empty);
        }
        if self.aspect == Aspect::Empty && !required {
            return None;
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => Some(self.object(schema, base.as_ref(), depth)),
            Some("array") => self.array(schema, base.as_ref(), depth),
            Some("string") if schema.get("format").and_then(Value::as_str) == Some("image") => {
                self.picture(base, required)
            }
            Some("string") if schema.get("format").is_none() => Some(self.text(schema, base)),
            Some("integer" | "number") => self.number(schema, base),
            _ => base,
        }
    }

    fn object(&self, schema: &Value, usual: Option<&Value>, depth: usize) -> Value {
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let members = properties.filter_map(|(name, schema)| {
            let usual = usual.and_then(|usual| usual.get(name));
            Some((name.clone(), self.value(schema, usual, required.contains(&name.as_str()), depth + 1)?))
        });
        Value::Object(members.collect::<Map<_, _>>())
    }

    fn array(&self, schema: &Value, usual: Option<&Value>, depth: usize) -> Option<Value> {
        let items = schema.get("items")?;
        let all = usual.and_then(Value::as_array).cloned().unwrap_or_default();
        let limit = |name: &str| schema.get(name).and_then(Value::as_u64).map(|n| n as usize);
        let count = match self.aspect {
            Aspect::Empty => limit("minItems").unwrap_or(0),
            Aspect::Longest => limit("maxItems").unwrap_or(all.len().max(1)).min(64),
            _ => all.len(),
        };
        let element = |i: usize| self.value(items, all.get(i % all.len().max(1)), true, depth + 1);
        (0..count).map(element).collect::<Option<Vec<_>>>().map(Value::Array)
    }

    fn text(&self, schema: &Value, base: Option<Value>) -> Value {
        let limit = |name: &str| schema.get(name).and_then(Value::as_u64).map(|n| n as usize);
        let max = limit("maxLength").unwrap_or(DEFAULT_MAX_CHARS).min(4 * DEFAULT_MAX_CHARS);
        let min = limit("minLength").unwrap_or(0);
        let repeated = |text: &str, length: usize| text.chars().cycle().take(length).collect::<String>();
        let text = match self.aspect {
            Aspect::Empty => repeated(COPY, min),
            Aspect::Longest => repeated(COPY, max),
            Aspect::Unbroken => repeated("Wm", max.min(60)),
            // Complete sequences only: a truncated family is a different emoji.
            Aspect::Emoji => FAMILY.repeat((max / FAMILY.chars().count()).clamp(0, 2)),
            Aspect::Rare => repeated(RARE, max.min(12)),
            Aspect::Hostile => repeated(HOSTILE, max.min(HOSTILE.chars().count())),
            _ => return base.unwrap_or_else(|| repeated(COPY, min.max(4).min(max)).into()),
        };
        if text.chars().count() < min { repeated(COPY, min).into() } else { text.into() }
    }

    fn number(&self, schema: &Value, base: Option<Value>) -> Option<Value> {
        let limit = |name: &str, default: i64| schema.get(name).cloned().unwrap_or(default.into());
        match self.aspect {
            Aspect::Longest | Aspect::HighPrice => Some(limit("maximum", HIGH_PRICE)),
            Aspect::Empty => Some(limit("minimum", 0)),
            _ => base,
        }
    }

    fn picture(&self, base: Option<Value>, required: bool) -> Option<Value> {
        let uri = |width, height, light| Some(data_uri(width, height, light).into());
        match self.aspect {
            Aspect::NoPictures if !required => None,
            Aspect::WidePictures => uri(960, 120, 150),
            Aspect::TallPictures => uri(120, 960, 150),
            Aspect::DarkPictures => uri(480, 480, 8),
            Aspect::LightPictures => uri(480, 480, 244),
            _ => base,
        }
    }
}

/// A slightly textured picture with the given brightness (0 to 255), as a `data:` URI.
fn data_uri(width: u32, height: u32, light: u8) -> String {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let wave = ((x / 12 + y / 12) % 5) as u8 * 2;
        Rgb([light.saturating_add(wave), light.saturating_add(wave / 2), light.saturating_add(wave / 2 + 1)])
    });
    let mut png = Cursor::new(Vec::new());
    // Writing to memory cannot fail. If it did, the case would report an invalid picture.
    let _ = picture.write_to(&mut png, ImageFormat::Png);
    format!("data:image/png;base64,{}", STANDARD.encode(png.into_inner()))
}
