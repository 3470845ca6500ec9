//! The rows that are most likely to look bad: those that a person should see before ten thousand are drawn.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ab_glyph::Font;
use serde_json::Value;

use super::{cell_value::Typing, columns::members, rows::Checked};
use haibao_core::{
    template::{Template, schema::resolve},
    text::FontSet,
};

/// How many rows are picked when nothing else is said.
pub const USUAL: usize = 20;
/// Characters of a row that no font has, of which so many are named.
const NAMED: usize = 5;

/// A row to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// Its place in [`Checked::rows`].
    pub index: usize,
    /// Why: one sentence each, without a full stop; the worst first.
    pub reasons: Vec<String>,
}

/// At most `n` rows, the most dangerous first: characters that no font has, the widest text and the widest word of each
/// parameter, the most absent pictures and optional values. Each danger gives its worst row in turn, then its second.
pub fn pick(checked: &Checked, template: &Template, fonts: &FontSet, n: usize) -> Vec<Pick> {
    let document = template.params().document();
    let kinds: BTreeMap<&str, Optional> = members(document, document)
        .into_iter()
        .map(|(name, schema)| (name, Optional::of(document, name, schema)))
        .collect();
    let mut ruler = Ruler { fonts, widths: HashMap::new() };
    let mut dangers = BTreeMap::<Danger<'_>, Vec<Score>>::new();
    for (index, row) in checked.rows.iter().enumerate() {
        let mut note = |danger: Danger<'_>, weight: f32, detail: &dyn Fn() -> String| {
            if weight > 0.0 {
                keep(dangers.entry(own(danger, &kinds)).or_default(), index, weight, n, detail);
            }
        };
        let mut missing = BTreeSet::new();
        for (name, value) in &row.params {
            if kinds.get(name.as_str()).is_some_and(|kind| kind.picture) {
                continue;
            }
            let mut extent = Extent::default();
            texts(value, &mut |text| ruler.measure(text, &mut extent, &mut missing));
            let Extent { characters, width, word, .. } = extent;
            note(Danger::Widest(name), width, &|| format!("long {name}: {characters} characters, {width:.1} em"));
            // A word that fits into any line cannot be broken badly.
            let long = if word > 8.0 { word } else { 0.0 };
            note(Danger::Word(name), long, &|| format!("long word in {name}: {word:.1} em"));
        }
        note(Danger::Glyphs, missing.len() as f32, &|| {
            let some: String = missing.iter().take(NAMED).collect();
            format!("no font has {some} ({} in all)", missing.len())
        });
        let absent = |picture: bool| {
            let optional = kinds.iter().filter(|(_, kind)| kind.optional && kind.picture == picture);
            optional
                .filter(|(name, _)| row.params.get(**name).is_none_or(is_nothing))
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
        };
        for (danger, what, names) in
            [(Danger::Pictures, "pictures", absent(true)), (Danger::Absent, "values", absent(false))]
        {
            note(danger, names.len() as f32, &|| format!("no {what}: {}", names.join(", ")));
        }
    }
    in_turn(dangers, n)
}

/// What may look bad. The order is that of the turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Danger<'a> {
    Glyphs,
    Pictures,
    Widest(&'a str),
    Word(&'a str),
    Absent,
}

/// The same danger, its name borrowed from the schema rather than from a row.
fn own<'k>(danger: Danger<'_>, kinds: &BTreeMap<&'k str, Optional>) -> Danger<'k> {
    let known = |name: &str| kinds.get_key_value(name).map_or("", |(name, _)| *name);
    match danger {
        Danger::Glyphs => Danger::Glyphs,
        Danger::Pictures => Danger::Pictures,
        Danger::Absent => Danger::Absent,
        Danger::Widest(name) => Danger::Widest(known(name)),
        Danger::Word(name) => Danger::Word(known(name)),
    }
}

/// What a row has of a danger.
#[derive(Debug)]
struct Score {
    weight: f32,
    index: usize,
    detail: String,
}

/// Keeps the `n` worst, the worst first; of equal ones the first.
fn keep(worst: &mut Vec<Score>, index: usize, weight: f32, n: usize, detail: &dyn Fn() -> String) {
    let at = worst.partition_point(|score| score.weight >= weight);
    if at < n {
        worst.insert(at, Score { weight, index, detail: detail() });
        worst.truncate(n);
    }
}

/// The worst of each danger, then the second of each, until there are `n` rows; a row that is picked already gets one
/// more reason.
fn in_turn(dangers: BTreeMap<Danger<'_>, Vec<Score>>, n: usize) -> Vec<Pick> {
    let mut picks: Vec<Pick> = Vec::new();
    for turn in 0..n {
        for score in dangers.values().filter_map(|worst| worst.get(turn)) {
            match picks.iter().position(|pick| pick.index == score.index) {
                Some(known) => picks[known].reasons.push(score.detail.clone()),
                None if picks.len() < n => {
                    picks.push(Pick { index: score.index, reasons: vec![score.detail.clone()] });
                }
                None => {}
            }
        }
    }
    picks
}

/// What is known of a parameter.
struct Optional {
    optional: bool,
    picture: bool,
}

impl Optional {
    fn of(document: &Value, name: &str, schema: &Value) -> Self {
        let own = resolve(document, schema);
        let required = document.get("required").and_then(Value::as_array);
        let required = required.is_some_and(|all| all.iter().any(|one| one == name)) || own.get("default").is_some();
        let picture = Typing::of(document, schema) == Typing::Text && own.get("format").is_some_and(|f| f == "image");
        Self { optional: !required, picture }
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// Calls with every text of a value.
fn texts(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(all) => all.iter().for_each(|value| texts(value, visit)),
        Value::Object(all) => all.values().for_each(|value| texts(value, visit)),
        _ => {}
    }
}

/// What the texts of a parameter take, in em.
#[derive(Debug, Default)]
struct Extent {
    characters: usize,
    /// Of all texts together.
    width: f32,
    /// Of the widest run of letters that has no place to break.
    word: f32,
    /// Of the run that is being measured.
    run: f32,
}

/// Measures texts by the advances of their characters: no kerning, no ligatures; good enough to compare.
struct Ruler<'a> {
    fonts: &'a FontSet,
    /// em; none when no font has the character.
    widths: HashMap<char, Option<f32>>,
}

impl Ruler<'_> {
    fn measure(&mut self, text: &str, extent: &mut Extent, missing: &mut BTreeSet<char>) {
        extent.run = 0.0;
        for c in text.chars() {
            let width = self.width(c).unwrap_or_else(|| {
                missing.insert(c);
                1.0
            });
            extent.characters += 1;
            extent.width += width;
            // Between ideographs and after a space or a hyphen a line may break (UAX #14).
            extent.run = if c.is_whitespace() || c == '-' || is_wide(c) { 0.0 } else { extent.run + width };
            extent.word = extent.word.max(extent.run);
        }
    }

    fn width(&mut self, c: char) -> Option<f32> {
        if c.is_control() || is_invisible(c) {
            return Some(0.0);
        }
        let fonts = self.fonts;
        *self.widths.entry(c).or_insert_with(|| {
            let faces = (0..=u16::MAX).map_while(|index| fonts.face(index));
            let face = faces.into_iter().find(|face| face.font.glyph_id(c).0 != 0)?;
            Some(face.font.h_advance_unscaled(face.font.glyph_id(c)) / face.units_per_em)
        })
    }
}

/// Joiners, variation selectors and tags: parts of other characters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{e0000}'..='\u{e01ef}')
}

/// Ideographs, kana, their punctuation, emoji.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}'
        | '\u{1f000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::export::Row;

    fn template() -> Template {
        let layout = r##"{ "title": "t", "canvas": { "width": 400, "height": 400 },
          "params": { "type": "object", "required": ["title"], "properties": { "title": { "type": "string" },
            "note": { "type": "string" }, "photo": { "type": "string", "format": "image" } } },
          "layers": [ { "type": "text", "box": [0, 0, 280, 80], "text": "{{title}}{{note}}", "font_size": 20 },
            { "type": "image", "box": [0, 100, 80, 80], "src": "{{photo}}" } ] }"##;
        let files = [("layout.json".to_owned(), layout.into())].into();
        haibao_core::render::compile("t", files, &crate::service::fonts::embedded())
            .unwrap_or_else(|error| panic!("{:#?}", error.all_findings()))
    }

    fn checked(all: &[Value]) -> Checked {
        let row = |(index, params): (usize, &Value)| Row {
            number: index as u64 + 2,
            cells: Vec::new(),
            params: params.as_object().unwrap().clone(),
            code: Default::default(),
            file: format!("{index}.png"),
        };
        Checked { rows: all.iter().enumerate().map(row).collect(), ..Checked::default() }
    }

    #[test]
    fn each_danger_gives_its_worst_row() {
        let usual = json!({ "title": "花瓶", "note": "x", "photo": "https://a.cn/b.jpg" });
        let with = |key: &str, value: Value| {
            let mut params = usual.clone();
            params[key] = value;
            params
        };
        let all = [
            usual.clone(),
            with("title", json!("天青釉手作花瓶".repeat(4))),
            with("note", json!("WWWWWWWWWWWWWWWWWWWW")),
            with("note", json!("iiiiiiiiiiiiiiiiiiiiiiii")),
            with("title", json!("\u{10ffff}瓶")),
            with("photo", json!("")),
            json!({ "title": "a" }),
        ];
        let picks = pick(&checked(&all), &template(), &crate::service::fonts::embedded(), 5);
        let first = |index: usize| {
            let pick = picks.iter().find(|pick| pick.index == index);
            pick.unwrap_or_else(|| panic!("row {index} is not picked: {picks:#?}")).reasons[0].clone()
        };
        assert!(first(1).contains("long title: 28 characters, 28.0 em"), "{picks:#?}");
        assert!(first(2).contains("note"), "W is wider than i: {picks:#?}");
        assert!(first(4).starts_with("no font has "), "{picks:#?}");
        assert!(first(5).contains("no pictures: photo"), "{picks:#?}");
        assert!(first(6).contains("no values: note") || first(6).contains("pictures"), "{picks:#?}");
        assert_eq!(picks.len(), 5);
        assert_eq!(picks, pick(&checked(&all), &template(), &crate::service::fonts::embedded(), 5));
        assert_eq!(pick(&checked(&all), &template(), &crate::service::fonts::embedded(), 2).len(), 2);
    }

    #[test]
    fn nothing_is_picked_of_nothing() {
        assert_eq!(pick(&checked(&[]), &template(), &crate::service::fonts::embedded(), 20), []);
        assert_eq!(pick(&checked(&[json!({ "title": "" })]), &template(), &crate::service::fonts::embedded(), 0), []);
    }
}
