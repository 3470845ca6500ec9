//! Columns of a blank sheet: those of parameters, the code and the file name.

use std::{collections::HashMap, sync::LazyLock};

use rust_xlsxwriter::DataValidation;
use serde_json::Value;

use crate::{
    export::{
        cell_value::Typing,
        code_column::Field,
        columns::{FILE_NAME, FILE_TITLE, Meaning, Names, Target, members},
    },
    language::Language,
    words,
};
use haibao_core::{
    code::CodeKind,
    error::{Argument, Message, Title},
    template::{
        Template,
        labels::{Choice, choices},
        money,
        params::resolve,
        titles,
    },
};

/// Maximum number of elements of a list of objects that get columns.
const MAX_ELEMENTS: usize = 10;
/// Maximum nesting depth that gets separate columns; deeper values are one JSON cell.
const MAX_DEPTH: usize = 4;
/// Maximum number of parameter columns. With those of the code and the file name, it stays below the limit for reading.
const MAX_COLUMNS: usize = 240;
/// Maximum size of a list of choices in a sheet, characters.
const MAX_CHOICES: usize = 255;

/// A column of the sheet.
#[derive(Debug)]
pub(super) struct Column {
    pub name: String,
    /// Text of the header: the title if it leads to the same parameter, otherwise the name.
    pub heading: String,
    pub title: String,
    pub description: String,
    pub required: bool,
    pub kind: CellKind,
    /// Allowed texts, if they are a list.
    pub choices: Vec<String>,
    pub sample: Option<Value>,
}

/// What the cells of a column have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CellKind {
    /// Text, which keeps leading zeros.
    Text,
    Number,
    /// An amount in yuan.
    Yuan,
}

/// Names of a part of the parameters.
#[derive(Debug, Clone, Copy)]
struct Place<'p> {
    /// As a column is named: `goods.name`.
    name: &'p str,
    /// With titles: `商品.名称`.
    heading: &'p str,
    /// For people: `商品 名称`.
    title: &'p str,
}

impl Column {
    /// The sample as a text.
    pub fn shown(&self, language: Language) -> String {
        match (self.kind, &self.sample) {
            (_, None) => String::new(),
            (CellKind::Yuan, Some(sample)) => sample.as_i64().map_or_else(|| cell(sample, language), money::shown),
            (_, Some(sample)) => cell(sample, language),
        }
    }

    /// The list of choices, if it fits into a sheet.
    pub fn list(&self, language: Language) -> Option<DataValidation> {
        let size: usize = self.choices.iter().map(|choice| choice.chars().count() + 1).sum();
        if self.choices.is_empty() || size > MAX_CHOICES || self.choices.iter().any(|choice| choice.contains(',')) {
            return None;
        }
        let list = DataValidation::new().allow_list_strings(&self.choices).ok()?;
        let list = list.set_error_title(language.text(&words::blank_choice_title())).ok()?;
        list.set_error_message(language.text(&words::blank_choice())).ok()
    }
}

pub(super) fn columns(template: &Template, language: Language) -> Vec<Column> {
    let document = template.params().document();
    let samples = template.samples();
    let sample = samples.get("usual").or_else(|| samples.values().next());
    let mut columns = Vec::new();
    let root = Place { name: "", heading: "", title: "" };
    Parts { document, columns: &mut columns, language }.object(document, sample, root, true, 0);
    columns.truncate(MAX_COLUMNS);
    name_headings(Names::of(template), &mut columns);
    columns.extend(code(template, sample.is_some(), language));
    let description = language.text(&words::blank_file_name());
    columns.push(Column {
        name: FILE_NAME.to_owned(),
        heading: FILE_TITLE.to_owned(),
        title: language.text(&words::blank_file_title()),
        description,
        required: false,
        kind: CellKind::Text,
        choices: Vec::new(),
        sample: None,
    });
    columns
}

/// Collects the columns of parameters.
struct Parts<'a, 'c> {
    document: &'a Value,
    columns: &'c mut Vec<Column>,
    language: Language,
}

impl<'a> Parts<'a, '_> {
    fn object(&mut self, schema: &'a Value, sample: Option<&Value>, place: Place<'_>, needed: bool, depth: usize) {
        let own = resolve(self.document, schema);
        let required = own.get("required").and_then(Value::as_array);
        for (name, schema) in members(self.document, schema) {
            let required = needed && required.is_some_and(|all| all.iter().any(|one| one == name));
            let title = titles::title(schema, resolve(self.document, schema));
            let own_title = title.as_ref().map(Title::own).filter(|title| !title.is_empty());
            let own_title = own_title.unwrap_or_else(|| name.to_owned());
            let title = title.map(|title| self.language.title(&title)).unwrap_or_default();
            let titles = if place.title.is_empty() { title } else { format!("{} {title}", place.title) };
            let sample = sample.and_then(|sample| sample.get(name));
            let (name, heading) = (format!("{}{name}", place.name), format!("{}{own_title}", place.heading));
            self.value(schema, sample, Place { name: &name, heading: &heading, title: &titles }, required, depth);
        }
    }

    fn value(&mut self, schema: &'a Value, sample: Option<&Value>, place: Place<'_>, required: bool, depth: usize) {
        // Stops at recursive references and limits the size of the sheet.
        if self.columns.len() >= MAX_COLUMNS {
            return;
        }
        let own = resolve(self.document, schema);
        let typing = Typing::of(self.document, schema);
        let Place { name, heading, title } = place;
        match &typing {
            Typing::Object if depth < MAX_DEPTH && !members(self.document, schema).is_empty() => {
                let (name, heading) = (format!("{name}."), format!("{heading}."));
                let place = Place { name: &name, heading: &heading, title };
                return self.object(schema, sample, place, required, depth + 1);
            }
            Typing::List(items) if **items == Typing::Object && depth < MAX_DEPTH => {
                let count = sample.and_then(Value::as_array).map_or(1, Vec::len).clamp(1, MAX_ELEMENTS);
                for (index, items) in std::iter::repeat_n(own.get("items"), count).enumerate() {
                    let Some(items) = items else { continue };
                    let sample = sample.and_then(|sample| sample.get(index));
                    let (name, heading) = (format!("{name}[{index}]"), format!("{heading}[{index}]"));
                    let title = format!("{title} {}", index + 1);
                    let place = Place { name: &name, heading: &heading, title: &title };
                    self.value(items, sample, place, required && index == 0, depth + 1);
                }
                return;
            }
            _ => {}
        }
        let allowed = choices(own);
        let labelled =
            |value: &Value| allowed.iter().find(|one| one.value == value).map(|one| label(one, self.language));
        let choices = match &typing {
            Typing::Boolean => {
                [words::blank_yes(), words::blank_no()].iter().map(|word| self.language.text(word)).collect()
            }
            Typing::List(_) => Vec::new(),
            _ => allowed.iter().filter(|one| !one.value.is_null()).map(|one| label(one, self.language)).collect(),
        };
        let sample = sample.filter(|sample| !sample.is_null());
        let sample = sample.map(|sample| match labelled(sample) {
            Some(label) if matches!(typing, Typing::OneOf(..)) => label.into(),
            _ => sample.clone(),
        });
        self.columns.push(Column {
            name: name.to_owned(),
            heading: heading.to_owned(),
            title: title.to_owned(),
            description: describe(self.document, schema, &typing, self.language),
            required,
            kind: match typing {
                Typing::Integer | Typing::Number => CellKind::Number,
                Typing::Money(_) => CellKind::Yuan,
                _ => CellKind::Text,
            },
            choices,
            sample,
        });
    }
}

/// Names the columns by their titles, where those lead to the same parameters, and adds the unit of amounts.
fn name_headings(names: Names<'_>, columns: &mut [Column]) {
    for column in columns {
        if column.kind == CellKind::Yuan {
            column.heading.push_str("（元）");
        }
        let (own, by_title) = (names.meaning(&column.name), names.meaning(&column.heading));
        if own != by_title || own == Meaning::None || column.heading.starts_with(['_', '#']) {
            column.heading.clone_from(&column.name);
        }
    }
}

/// String value of a keyword in the schema, or else in the schema that it references.
fn text<'a>(document: &'a Value, schema: &'a Value, key: &str) -> Option<&'a str> {
    schema.get(key).or_else(|| resolve(document, schema).get(key)).and_then(Value::as_str)
}

/// Chinese descriptions of the parameters of the built-in templates by the English ones: an object of JSON.
pub const CHINESE_DESCRIPTIONS: &str = include_str!("descriptions.zh.json");

static DESCRIPTIONS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the table is embedded, and a test reads it")]
    serde_json::from_str(CHINESE_DESCRIPTIONS).expect("the table is well-formed")
});

/// A description in Chinese; that of another template as it is.
pub(super) fn chinese(description: &str) -> &str {
    DESCRIPTIONS.get(description).map_or(description, String::as_str)
}

/// The English descriptions that have a Chinese one.
#[cfg(test)]
pub(super) fn described() -> impl Iterator<Item = &'static str> {
    DESCRIPTIONS.keys().map(String::as_str)
}

/// Describes type, limits, allowed values and default for the user.
fn describe(document: &Value, schema: &Value, typing: &Typing, language: Language) -> String {
    let own = resolve(document, schema);
    let number = |name: &str| own.get(name).filter(|value| value.is_number()).map(|value| value.to_string().into());
    let yuan = |name: &str| own.get(name).and_then(Value::as_i64).map(|fen| money::shown(fen).into());
    let counted = |name: &str, unit: fn(Argument) -> Message| number(name).map(|count| unit(count).into());
    let plain = |what: Message| (what, None, None);
    let (what, low, high) = match typing {
        Typing::Picture => plain(words::blank_picture()),
        Typing::Money(_) => (words::blank_money(), yuan("minimum"), yuan("maximum")),
        Typing::Text => {
            let high = counted("maxLength", words::blank_characters);
            let low = if high.is_some() { number("minLength") } else { counted("minLength", words::blank_characters) };
            (words::blank_text(), low, high)
        }
        Typing::Integer => (words::blank_integer(), number("minimum"), number("maximum")),
        Typing::Number => (words::blank_number(), number("minimum"), number("maximum")),
        Typing::Boolean => plain(words::blank_boolean()),
        Typing::List(_) => {
            let high = counted("maxItems", words::blank_elements);
            let low = if high.is_some() { number("minItems") } else { counted("minItems", words::blank_elements) };
            (words::blank_list(), low, high)
        }
        Typing::Object => plain(words::blank_object()),
        Typing::OneOf(..) => plain(words::blank_one_of()),
    };
    let mut words = match (low, high) {
        (Some(low), Some(high)) => words::blank_between(what, low, high),
        (Some(low), None) => words::blank_from(what, low),
        (None, Some(high)) => words::blank_to(what, high),
        (None, None) => what,
    };
    let allowed = choices(own);
    let named = |value: &Value| allowed.iter().find(|one| one.value == value).map(|one| label(one, language));
    if !allowed.is_empty() {
        let all: Vec<String> = allowed.iter().map(|one| label(one, language)).collect();
        words = words::blank_choices(words, all.join(" / "));
    }
    if let Some(default) = own.get("default") {
        words = match (typing, default.as_i64()) {
            (Typing::Money(_), Some(fen)) => words::blank_default(words, money::shown(fen)),
            _ => words::blank_default(words, named(default).unwrap_or_else(|| cell(default, language))),
        };
    }
    // The description of an amount says how to write it in JSON: in fen.
    let is_money = matches!(typing, Typing::Money(_));
    let own = text(document, schema, "description").filter(|_| !is_money).map(|own| language.of([chinese(own), own]));
    own.map_or_else(|| language.text(&words), |own| format!("{}\n{own}", language.text(&words)))
}

/// An allowed value as cells have it: in Chinese, by its label.
fn label(choice: &Choice<'_>, language: Language) -> String {
    match (language, &choice.labels[..]) {
        (Language::Chinese, [label, ..]) => (*label).to_owned(),
        _ => cell(choice.value, language),
    }
}

/// Columns of the code, if the template contains one.
fn code(template: &Template, has_sample: bool, language: Language) -> Vec<Column> {
    let has_code = template.layout.all_layers().into_iter().any(|(_, layer)| layer.kind.code().is_some());
    if !has_code {
        return Vec::new();
    }
    let target = template.layout.code.as_ref();
    let fields = match target.and_then(|target| target.kind).unwrap_or_default() {
        CodeKind::Unlimited => vec![
            (Field::Scene, words::blank_scene_title(), words::blank_scene(), "id=123"),
            (Field::Page, words::blank_page_title(), words::blank_page(), "pages/index/index"),
        ],
        CodeKind::Limited | CodeKind::Square => {
            vec![(Field::Path, words::blank_path_title(), words::blank_path(), "pages/index/index?id=123")]
        }
        CodeKind::Qr => vec![(Field::Text, words::blank_qr_title(), words::blank_qr(), "https://example.com")],
    };
    let names = Names::of(template);
    let taken: Vec<&str> =
        members(template.params().document(), template.params().document()).iter().map(|m| m.0).collect();
    fields
        .into_iter()
        .map(|(field, title, description, sample)| Column {
            name: if taken.contains(&field.name()) {
                format!("code.{}", field.name())
            } else {
                field.name().to_owned()
            },
            heading: match field.title() {
                Some(title) if names.meaning(title) == Meaning::One(Target::Code(field)) => title.to_owned(),
                _ if taken.contains(&field.name()) => format!("code.{}", field.name()),
                _ => field.name().to_owned(),
            },
            title: language.text(&title),
            description: language.text(&description),
            required: target.is_none() && field != Field::Page,
            kind: CellKind::Text,
            choices: Vec::new(),
            // If the template does not set the code's target, each row must.
            sample: (target.is_none() && has_sample).then(|| sample.into()),
        })
        .collect()
}

/// Formats a value as cell text.
fn cell(value: &Value, language: Language) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(true) => language.text(&words::blank_yes()),
        Value::Bool(false) => language.text(&words::blank_no()),
        Value::Array(all)
            if all.iter().all(|one| one.as_str().is_some_and(|text| !text.contains(['|', '｜', '[']))) =>
        {
            all.iter().map(|one| cell(one, language)).collect::<Vec<_>>().join("|")
        }
        other => other.to_string(),
    }
}
