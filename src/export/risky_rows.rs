//! Picks the rows that are most likely to render badly, so that they can be reviewed before a large export.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ab_glyph::Font;
use serde_json::{Map, Value};

use super::{
    cell_value::Typing,
    columns::{Names, members},
    rows::CheckedRows,
};
use crate::words;
use haibao_core::{
    error::{Message, Title},
    template::{Template, params::resolve},
    text::FontSet,
    words::listed,
};

/// Default number of rows to pick.
pub const DEFAULT_PICKS: usize = 20;
/// Maximum number of missing characters listed in a reason.
const MAX_LISTED: usize = 5;
/// Width up to which a text or a word fits on a typical line, em. Up to it, they rarely break badly.
const SHORT: f32 = 8.0;

/// A row to review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// Index among the valid rows, such as in [`CheckedRows::rows`].
    pub index: usize,
    /// Reasons, most severe first.
    pub reasons: Vec<Message>,
}

/// The name of a row with the first reason, if it has one.
pub fn label(row: u64, reason: Option<&Message>) -> Message {
    reason.map_or_else(|| words::drawn_row(row), |reason| words::risky_row(row, reason.clone()))
}

/// Picks at most `n` of some rows, as [`Scout`].
pub fn pick(checked: &CheckedRows, template: &Template, fonts: &FontSet, n: usize) -> Vec<Pick> {
    let mut scout = Scout::new(template, fonts, n);
    checked.rows.iter().for_each(|row| scout.add(&row.params));
    scout.picks()
}

/// Looks for the riskiest rows, one row after another.
///
/// Risks are missing glyphs, the widest text and the widest word of each parameter, and the number of absent pictures
/// and optional values. Picks are taken from the risks in rotation: the worst row of each risk, then the second worst.
pub struct Scout<'a> {
    names: Names<'a>,
    kinds: BTreeMap<&'a str, ParamKind>,
    ruler: Ruler<'a>,
    risks: BTreeMap<Risk<'a>, Vec<Score>>,
    /// Maximum number of picks.
    n: usize,
    /// Number of rows so far.
    rows: usize,
}

impl<'a> Scout<'a> {
    /// Looks for at most `n` rows.
    pub fn new(template: &'a Template, fonts: &'a FontSet, n: usize) -> Self {
        let document = template.params().document();
        let kinds = members(document, document).into_iter();
        let kinds = kinds.map(|(name, schema)| (name, ParamKind::of(document, name, schema))).collect();
        let ruler = Ruler { fonts: template.fonts_or(fonts), widths: HashMap::new() };
        Self { names: Names::of(template), kinds, ruler, risks: BTreeMap::new(), n, rows: 0 }
    }

    /// Adds the parameters of the next row.
    pub fn add(&mut self, params: &Map<String, Value>) {
        let Self { names, kinds, ruler, risks, n, rows } = self;
        let (n, index) = (*n, *rows);
        *rows += 1;
        let title = |name: &str| names.title(name).unwrap_or_else(|| Title::new(name, []));
        let titles = |all: &[&str]| listed(all.iter().map(|name| title(name).into()));
        let mut note = |risk: Risk<'_>, weight: f32, detail: &dyn Fn() -> Message| {
            if weight > 0.0 {
                keep(risks.entry(with_schema_name(risk, kinds)).or_default(), index, weight, n, detail);
            }
        };
        let mut missing = BTreeSet::new();
        for (name, value) in params {
            if kinds.get(name.as_str()).is_some_and(|kind| kind.picture) {
                continue;
            }
            let mut extent = Extent::default();
            texts(value, &mut |text| ruler.measure(text, &mut extent, &mut missing));
            let Extent { characters, width, word, .. } = extent;
            note(Risk::Widest(name), width, &|| match width > SHORT {
                true => words::risk_long(title(name), characters, format!("{width:.1}")),
                false => words::risk_widest(title(name), characters, format!("{width:.1}")),
            });
            let long = if word > SHORT { word } else { 0.0 };
            note(Risk::Word(name), long, &|| words::risk_word(title(name), format!("{word:.1}")));
        }
        note(Risk::Glyphs, missing.len() as f32, &|| {
            let some: String = missing.iter().take(MAX_LISTED).collect();
            words::risk_glyphs(some, missing.len())
        });
        let absent = |picture: bool| {
            let optional = kinds.iter().filter(|(_, kind)| kind.optional && kind.picture == picture);
            optional
                .filter(|(name, _)| params.get(**name).is_none_or(is_nothing))
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
        };
        let (pictures, values) = (absent(true), absent(false));
        note(Risk::Pictures, pictures.len() as f32, &|| words::risk_no_pictures(titles(&pictures)));
        note(Risk::Absent, values.len() as f32, &|| words::risk_no_values(titles(&values)));
    }

    /// The picks, the riskiest row first.
    pub fn picks(self) -> Vec<Pick> {
        round_robin(self.risks, self.n)
    }
}

/// A kind of risk. The variant order is the order of rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Risk<'a> {
    Glyphs,
    Pictures,
    Widest(&'a str),
    Word(&'a str),
    Absent,
}

/// The same risk with its parameter name borrowed from the schema instead of a row.
fn with_schema_name<'k>(risk: Risk<'_>, kinds: &BTreeMap<&'k str, ParamKind>) -> Risk<'k> {
    let known = |name: &str| kinds.get_key_value(name).map_or("", |(name, _)| *name);
    match risk {
        Risk::Glyphs => Risk::Glyphs,
        Risk::Pictures => Risk::Pictures,
        Risk::Absent => Risk::Absent,
        Risk::Widest(name) => Risk::Widest(known(name)),
        Risk::Word(name) => Risk::Word(known(name)),
    }
}

/// How strongly a row shows a risk.
#[derive(Debug)]
struct Score {
    weight: f32,
    index: usize,
    detail: Message,
}

/// Inserts a score, keeping only the `n` highest in descending order. Of equal scores, earlier rows come first.
fn keep(worst: &mut Vec<Score>, index: usize, weight: f32, n: usize, detail: &dyn Fn() -> Message) {
    let at = worst.partition_point(|score| score.weight >= weight);
    if at < n {
        worst.insert(at, Score { weight, index, detail: detail() });
        worst.truncate(n);
    }
}

/// Takes the worst row of each risk, then the second worst, until there are `n` rows. A row that is already picked gets
/// an additional reason.
fn round_robin(risks: BTreeMap<Risk<'_>, Vec<Score>>, n: usize) -> Vec<Pick> {
    let mut picks: Vec<Pick> = Vec::new();
    for turn in 0..n {
        for score in risks.values().filter_map(|worst| worst.get(turn)) {
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

/// Properties of a parameter that affect its risk.
struct ParamKind {
    optional: bool,
    picture: bool,
}

impl ParamKind {
    fn of(document: &Value, name: &str, schema: &Value) -> Self {
        let own = resolve(document, schema);
        let required = document.get("required").and_then(Value::as_array);
        let required = required.is_some_and(|all| all.iter().any(|one| one == name)) || own.get("default").is_some();
        let picture = Typing::of(document, schema) == Typing::Picture;
        Self { optional: !required, picture }
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// Calls `visit` with every string in a value.
fn texts(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(all) => all.iter().for_each(|value| texts(value, visit)),
        Value::Object(all) => all.values().for_each(|value| texts(value, visit)),
        _ => {}
    }
}

/// Extent of a parameter's texts, in em.
#[derive(Debug, Default)]
struct Extent {
    characters: usize,
    /// Total width of all texts.
    width: f32,
    /// Width of the widest run without a line break opportunity.
    word: f32,
    /// Width of the current run.
    run: f32,
}

/// Measures text by character advances. It ignores kerning and ligatures, which is accurate enough for comparison.
struct Ruler<'a> {
    fonts: &'a FontSet,
    /// Advances in em; `None` when no font has a glyph.
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
            // UAX #14 allows a break between ideographs and after a space or a hyphen.
            extent.run = if c.is_whitespace() || c == '-' || is_wide(c) { 0.0 } else { extent.run + width };
            extent.word = extent.word.max(extent.run);
        }
    }

    fn width(&mut self, c: char) -> Option<f32> {
        if c.is_control() || has_no_width(c) {
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

/// Joiners, variation selectors and tags, which modify other characters and have no width.
fn has_no_width(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{e0000}'..='\u{e01ef}')
}

/// Ideographs, kana, Hangul, CJK punctuation and emoji.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}'
        | '\u{1f000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::export::SheetRow;

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

    fn checked(all: &[Value]) -> CheckedRows {
        let row = |(index, params): (usize, &Value)| SheetRow {
            number: index as u64 + 2,
            cells: Vec::new(),
            params: params.as_object().unwrap().clone(),
            code: Default::default(),
            file: format!("{index}.png"),
        };
        CheckedRows { rows: all.iter().enumerate().map(row).collect(), ..CheckedRows::default() }
    }

    #[test]
    fn each_risk_contributes_its_worst_row() {
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
            pick.unwrap_or_else(|| panic!("row {index} is not picked: {picks:#?}")).reasons[0].text()
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
    fn short_texts_are_not_called_long() {
        let picks = pick(&checked(&[json!({ "title": "无" })]), &template(), &crate::service::fonts::embedded(), 1);
        let reasons: Vec<String> = picks[0].reasons.iter().map(Message::text).collect();
        assert!(reasons.contains(&"title is among the longest: 1 character, 1.0 em".to_owned()), "{reasons:?}");
    }

    #[test]
    fn no_rows_or_n_of_zero_picks_nothing() {
        assert_eq!(pick(&checked(&[]), &template(), &crate::service::fonts::embedded(), 20), []);
        assert_eq!(pick(&checked(&[json!({ "title": "" })]), &template(), &crate::service::fonts::embedded(), 0), []);
    }
}
