//! Parameters that try a template: made from its schema, each with one kind of trouble.

use std::{cell::Cell, io::Cursor};

use base64::{Engine, engine::general_purpose::STANDARD};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Map, Value, json};

use haibao_core::template::{Template, json::unescape, schema::resolve};

/// One set of parameters.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it tries, such as `longest` or `sample usual`.
    pub name: String,
    /// The parameters.
    pub params: Value,
}

/// Characters of a text whose schema sets no limit.
const UNLIMITED: usize = 120;
/// fen: ¥99999.99, when the schema sets no maximum.
const HIGH_PRICE: i64 = 9_999_999;
/// Deepest nesting of values that are made, and most of them in one case: a schema may refer to itself.
const DEEPEST: usize = 8;
const MOST_VALUES: usize = 2_000;
/// Ordinary copy, with the punctuation that lines must not begin with.
const COPY: &str =
    "手工烧制的天青釉花瓶，釉色温润如雨过天青；开片细密，器形端庄，适合案头、书房与茶席，送礼自用两相宜。";
const FAMILY: &str = "👨‍👩‍👧‍👦🏳️‍🌈👍🏽";
/// Characters of 通用规范汉字表 that are outside of the first plane or seldom drawn.
const RARE: &str = "𠮷䶮𬸪㛃𫖯龘";
const HOSTILE: &str = "<b>&\"{{x}}</b>'; --";

/// What is put into the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// Only what is required, texts as short as allowed.
    Empty,
    /// Every text as long as allowed, every number as large.
    Longest,
    /// Texts of 60 characters without a place to break.
    Unbroken,
    /// Emoji of several code points.
    Emoji,
    /// Ideographs that many fonts lack.
    Rare,
    /// Numbers as large as allowed; texts as usual.
    HighPrice,
    /// Optional pictures are absent.
    NoPictures,
    /// Pictures eight times as wide as high.
    WidePictures,
    /// Pictures eight times as high as wide.
    TallPictures,
    /// Nearly black pictures.
    DarkPictures,
    /// Nearly white pictures.
    LightPictures,
    /// Texts that look like markup.
    Hostile,
}

const TROUBLES: [(Trouble, &str); 12] = [
    (Trouble::Empty, "empty"),
    (Trouble::Longest, "longest"),
    (Trouble::Unbroken, "unbroken"),
    (Trouble::Emoji, "emoji"),
    (Trouble::Rare, "rare"),
    (Trouble::HighPrice, "high price"),
    (Trouble::NoPictures, "no pictures"),
    (Trouble::WidePictures, "wide pictures"),
    (Trouble::TallPictures, "tall pictures"),
    (Trouble::DarkPictures, "dark pictures"),
    (Trouble::LightPictures, "light pictures"),
    (Trouble::Hostile, "hostile"),
];

/// The template's own samples, then one case for each kind of trouble. Values whose schema has a `pattern`, an `enum` or
/// a `const` stay as the sample has them: they name something.
pub fn cases(template: &Template) -> Vec<Case> {
    let samples = template.samples();
    let own = samples.iter().map(|(name, params)| Case { name: format!("sample {name}"), params: params.clone() });
    let usual = samples.get("usual").or_else(|| samples.values().next()).cloned().unwrap_or_else(|| json!({}));
    let document = template.params().document();
    let troubles = TROUBLES.iter().map(|(trouble, name)| {
        let maker = Maker { document, trouble: *trouble, left: Cell::new(MOST_VALUES) };
        let params = maker.value(document, Some(&usual), true, 0).unwrap_or_else(|| usual.clone());
        let params = allowed(template, params, &usual);
        Case { name: (*name).to_owned(), params }
    });
    own.chain(troubles).collect()
}

/// Parameters that the schema allows: it may say more than is looked at when they are made. What it refuses of them stays
/// as it usually is.
fn allowed(template: &Template, mut params: Value, usual: &Value) -> Value {
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

struct Maker<'a> {
    document: &'a Value,
    trouble: Trouble,
    /// How many values may still be made.
    left: Cell<usize>,
}

impl Maker<'_> {
    /// A value for a schema, so many levels deep; none when it is better left out.
    fn value(&self, schema: &Value, usual: Option<&Value>, required: bool, depth: usize) -> Option<Value> {
        if depth > DEEPEST || self.left.get() == 0 {
            return usual.cloned();
        }
        self.left.update(|left| left - 1);
        let schema = resolve(self.document, schema);
        let example = || schema.get("examples").and_then(|all| all.get(0)).or_else(|| schema.get("default"));
        let base = usual.or_else(example).cloned();
        if ["enum", "const", "pattern"].iter().any(|key| schema.get(key).is_some()) {
            return base.filter(|_| required || self.trouble != Trouble::Empty);
        }
        if self.trouble == Trouble::Empty && !required {
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
        let count = match self.trouble {
            Trouble::Empty => limit("minItems").unwrap_or(0),
            Trouble::Longest => limit("maxItems").unwrap_or(all.len().max(1)).min(64),
            _ => all.len(),
        };
        let element = |i: usize| self.value(items, all.get(i % all.len().max(1)), true, depth + 1);
        (0..count).map(element).collect::<Option<Vec<_>>>().map(Value::Array)
    }

    fn text(&self, schema: &Value, base: Option<Value>) -> Value {
        let limit = |name: &str| schema.get(name).and_then(Value::as_u64).map(|n| n as usize);
        let most = limit("maxLength").unwrap_or(UNLIMITED).min(4 * UNLIMITED);
        let least = limit("minLength").unwrap_or(0);
        let repeated = |text: &str, length: usize| text.chars().cycle().take(length).collect::<String>();
        let text = match self.trouble {
            Trouble::Empty => repeated(COPY, least),
            Trouble::Longest => repeated(COPY, most),
            Trouble::Unbroken => repeated("Wm", most.min(60)),
            // Whole emoji only: half of a family is another emoji.
            Trouble::Emoji => FAMILY.repeat((most / FAMILY.chars().count()).clamp(0, 2)),
            Trouble::Rare => repeated(RARE, most.min(12)),
            Trouble::Hostile => repeated(HOSTILE, most.min(HOSTILE.chars().count())),
            _ => return base.unwrap_or_else(|| repeated(COPY, least.max(4).min(most)).into()),
        };
        if text.chars().count() < least { repeated(COPY, least).into() } else { text.into() }
    }

    fn number(&self, schema: &Value, base: Option<Value>) -> Option<Value> {
        let limit = |name: &str, otherwise: i64| schema.get(name).cloned().unwrap_or(otherwise.into());
        match self.trouble {
            Trouble::Longest | Trouble::HighPrice => Some(limit("maximum", HIGH_PRICE)),
            Trouble::Empty => Some(limit("minimum", 0)),
            _ => base,
        }
    }

    fn picture(&self, base: Option<Value>, required: bool) -> Option<Value> {
        let uri = |width, height, light| Some(data_uri(width, height, light).into());
        match self.trouble {
            Trouble::NoPictures if !required => None,
            Trouble::WidePictures => uri(960, 120, 150),
            Trouble::TallPictures => uri(120, 960, 150),
            Trouble::DarkPictures => uri(480, 480, 8),
            Trouble::LightPictures => uri(480, 480, 244),
            _ => base,
        }
    }
}

/// A picture with some texture around one brightness, as a `data:` URI.
fn data_uri(width: u32, height: u32, light: u8) -> String {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let wave = ((x / 12 + y / 12) % 5) as u8 * 2;
        Rgb([light.saturating_add(wave), light.saturating_add(wave / 2), light.saturating_add(wave / 2 + 1)])
    });
    let mut png = Cursor::new(Vec::new());
    // Writing into memory cannot fail; without a picture the case would say so.
    let _ = picture.write_to(&mut png, ImageFormat::Png);
    format!("data:image/png;base64,{}", STANDARD.encode(png.into_inner()))
}
