//! Generates a blank XLSX for a template: a header with notes, one sample row, and a second sheet with instructions.

mod columns;
mod sample;

pub use self::{columns::CHINESE_DESCRIPTIONS, sample::leave_out_sample};

use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatAlign, Note, Workbook, Worksheet, XlsxError};
use serde_json::Value;

use self::columns::{CellKind, Column, columns};
use crate::{causes, language::Language, words};
use haibao_core::{
    error::{Error, ErrorKind, Result},
    template::Template,
};

/// Minimum and maximum column width in characters.
const WIDTH: (f64, f64) = (10.0, 40.0);

/// Index of the last row of a sheet.
const LAST_ROW: u32 = 1_048_575;

/// Writes an XLSX with a column for each parameter, named by its title, the columns of the code (`scene` and `page`, `path`,
/// or `text`) and of the file name. Headers of required columns are red. The first row contains the sample `usual`, or else the first sample.
/// The result can be exported without changes. Notes and names of sheets are in the reader's language, names of columns in that of
/// the template.
///
/// # Errors
/// `blank_failed` if the template has names or texts that XLSX cannot store.
pub fn write(template: &Template, language: Language) -> Result<Vec<u8>> {
    let columns = columns(template, language);
    fill(template, &columns, language)
        .map_err(|error| Error::of(ErrorKind::Invalid, words::blank_failed(causes::written_workbook(&error))))
}

fn fill(template: &Template, columns: &[Column], language: Language) -> Result<Vec<u8>, XlsxError> {
    let (plain, text) = (Format::new(), Format::new().set_num_format("@").set_align(FormatAlign::Top));
    let amount = Format::new().set_num_format("#,##0.00");
    let header = Format::new().set_bold().set_background_color(Color::RGB(0xF2_F2_F2));
    let required = header.clone().set_font_color(Color::RGB(0xC0_00_00));
    let mut sheet = Worksheet::new();
    sheet.set_name(language.text(&words::blank_posters()))?.set_freeze_panes(1, 0)?;
    for (index, column) in columns.iter().enumerate() {
        // Slightly more than MAX_COLUMNS at most.
        let at = index as u16;
        let format = match column.kind {
            CellKind::Text => &text,
            CellKind::Number => &plain,
            CellKind::Yuan => &amount,
        };
        sheet.set_column_format(at, format)?;
        let shown = column.shown(language);
        let width = [&column.heading, &shown].iter().map(|text| display_width(text)).max().unwrap_or_default();
        sheet.set_column_width(at, (width as f64 + 2.0).clamp(WIDTH.0, WIDTH.1))?;
        let style = if column.required { &required } else { &header };
        sheet.write_string_with_format(0, at, &column.heading, style)?;
        let note: String = explanation(column, language).chars().take(2000).collect();
        sheet.insert_note(0, at, &Note::new(note).add_author_prefix(false).set_width(260).set_height(120))?;
        if let Some(choices) = column.list(language) {
            sheet.add_data_validation(1, at, LAST_ROW, at, &choices)?;
        }
        let number = column.sample.as_ref().and_then(Value::as_f64);
        match (column.kind, number) {
            _ if column.sample.is_none() => {}
            // Exact to the fen: amounts are far below 2^53 fen.
            (CellKind::Yuan, Some(fen)) => drop(sheet.write_number_with_format(1, at, fen / 100.0, format)?),
            (CellKind::Number, Some(number)) => drop(sheet.write_number_with_format(1, at, number, format)?),
            _ => drop(sheet.write_string_with_format(1, at, shown, format)?),
        }
    }
    let mut book = Workbook::new();
    // A fixed creation time makes the output reproducible.
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2026, 1, 1)?));
    book.push_worksheet(sheet);
    book.push_worksheet(instructions(template, columns, &header, language)?);
    book.save_to_buffer()
}

/// Instructions sheet.
fn instructions(
    template: &Template,
    columns: &[Column],
    header: &Format,
    language: Language,
) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(language.text(&words::blank_help()))?;
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let title: String = language.title(&template.layout.display_name()).chars().take(200).collect();
    sheet.write_string(0, 0, language.text(&words::blank_intro(title)))?;
    sheet.write_string(1, 0, language.text(&words::blank_rules()))?;
    let names = [
        words::blank_column(),
        words::blank_parameter(),
        words::blank_required(),
        words::blank_how(),
        words::blank_sample(),
    ];
    for (at, name) in names.iter().enumerate() {
        sheet.write_string_with_format(3, at as u16, language.text(name), header)?;
    }
    let yes = language.text(&words::blank_yes());
    for (at, width) in [24.0, 24.0, 8.0, 70.0, 40.0].into_iter().enumerate() {
        sheet.set_column_width(at as u16, width)?;
    }
    for (index, column) in columns.iter().enumerate() {
        let row = index as u32 + 4;
        let sample = column.shown(language);
        let required = if column.required { yes.as_str() } else { "" };
        for (at, text) in
            [&column.heading, &column.name, required, &column.description, &sample].into_iter().enumerate()
        {
            let text: String = text.chars().take(4000).collect();
            sheet.write_string_with_format(row, at as u16, text, &wrap)?;
        }
    }
    Ok(sheet)
}

/// Header note: title, whether the column is required, and its description.
fn explanation(column: &Column, language: Language) -> String {
    let title = if column.title.is_empty() { &column.name } else { &column.title };
    let title = match column.required {
        true => language.text(&words::blank_title_required(title)),
        false => title.clone(),
    };
    format!("{title}\n{}", column.description)
}

/// Approximate display width in characters: non-ASCII characters count as two.
fn display_width(text: &str) -> usize {
    text.lines().map(|line| line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use super::*;
    use crate::{
        export::{columns::FILE_TITLE, rows},
        service::Catalog,
    };
    use haibao_sheet::{Limits, Sheet, SheetFormat};

    fn filled(template: &Template) -> Sheet {
        let bytes = write(template, Language::Chinese).unwrap_or_else(|error| panic!("{}: {error}", template.id));
        assert_eq!(
            bytes,
            write(template, Language::Chinese).unwrap(),
            "{}: the same template gives the same bytes",
            template.id
        );
        let format = SheetFormat::of("blank.xlsx", &bytes).unwrap();
        Sheet::read(&bytes, format, &Limits::default()).unwrap_or_else(|error| panic!("{}: {error}", template.id))
    }

    #[test]
    fn blank_sheets_of_all_templates_round_trip() {
        let fonts = crate::service::fonts::embedded();
        let all = Catalog::of_built_in().all();
        let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")).unwrap();
        assert_eq!(all.len(), folders.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count());
        let mut english = BTreeSet::new();
        for (id, template) in all {
            let template = template.unwrap_or_else(|error| panic!("{id}: {error}"));
            let name = template.layout.display_name();
            assert!(
                name.text("en").is_ascii() && !name.text("zh").is_ascii(),
                "{id}: in English and Chinese: {name:?}"
            );
            let sheet = filled(&template);
            let checked = rows::check(&sheet, &template, &fonts, &rows::RowOptions::default())
                .unwrap_or_else(|error| panic!("{id}: {:#?}", error.all_findings()));
            assert_eq!((checked.bad.as_slice(), checked.rows.len()), (&[][..], 1), "{id}");
            assert_eq!(Value::Object(checked.rows[0].params.clone()), template.samples()["usual"], "{id}");
            assert_eq!(sheet.columns.last().map(String::as_str), Some(FILE_TITLE), "{id}");
            for column in columns(&template, Language::Chinese) {
                let is_chinese = |line: &str| line.chars().any(|c| c >= '\u{2e80}');
                assert!(column.description.lines().all(is_chinese), "{id}: add it to descriptions.zh.json: {column:?}");
            }
            let is_chinese = |name: &String| !name.is_ascii();
            assert!(sheet.columns.iter().all(is_chinese), "{id}: {:?}", sheet.columns);
            descriptions(&Value::Object(template.layout.params.clone()), &mut english);
        }
        for text in columns::described() {
            assert!(english.contains(text), "descriptions.zh.json: nothing has the description {text:?}");
        }
        for text in &english {
            assert_ne!(columns::chinese(text), text, "add it to descriptions.zh.json");
        }
    }

    /// All descriptions in a schema.
    fn descriptions(schema: &Value, found: &mut BTreeSet<String>) {
        match schema {
            Value::Object(members) => members.iter().for_each(|(name, value)| match value {
                Value::String(text) if name == "description" => drop(found.insert(text.clone())),
                _ => descriptions(value, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| descriptions(item, found)),
            _ => {}
        }
    }

    #[test]
    fn notes_are_in_the_language_of_the_reader() {
        let (_, template) = Catalog::of_built_in().all().into_iter().next().expect("a template");
        let template = template.expect("it compiles");
        let part = |language: Language, name: &str| {
            let bytes = write(&template, language).expect("a sheet");
            let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("an archive");
            std::io::read_to_string(archive.by_name(name).expect(name)).expect(name)
        };
        for (language, posters, help, required) in [
            (Language::Chinese, "海报", "说明", "面额（必填）"),
            (Language::English, "Posters", "Instructions", "Value (required)"),
        ] {
            let book = part(language, "xl/workbook.xml");
            assert!(book.contains(&format!("name=\"{posters}\"")) && book.contains(help), "{book}");
            let notes = part(language, "xl/comments1.xml");
            assert!(notes.contains(required), "{language:?}");
            assert_eq!(notes.contains("文件名"), language == Language::Chinese, "{language:?}");
        }
        let english = part(Language::English, "xl/sharedStrings.xml");
        for word in ["列名", "填写说明", "留空", "文字，"] {
            assert!(!english.contains(word), "{word}");
        }
    }

    #[test]
    fn nested_values_lists_and_codes_get_columns() {
        let layout = r##"{ "title": "t", "canvas": { "width": 400, "height": 400 },
          "params": { "type": "object", "required": ["goods"], "properties": {
            "goods": { "type": "object", "required": ["no"], "properties": { "no": { "type": "string" }, "n": { "type": "integer" } } },
            "tags": { "type": "array", "items": { "type": "string" } },
            "items": { "type": "array", "items": { "type": "object", "properties": { "name": { "type": "string" }, "on": { "type": "boolean" } } } },
            "scene": { "type": "string" } } },
          "layers": [ { "type": "code", "box": [0, 100, 280, 280] } ] }"##;
        let sample = r#"{ "goods": { "no": "007", "n": 3 }, "tags": ["a", "b"], "items": [{ "name": "x", "on": true }, { "name": "y" }] }"#;
        let files = [("layout.json", layout), ("samples/usual.json", sample)];
        let files = files.map(|(name, text)| (name.to_owned(), text.into())).into();
        let template = Arc::new(
            haibao_core::render::compile("t", files, &crate::service::fonts::embedded())
                .unwrap_or_else(|error| panic!("{:#?}", error.all_findings())),
        );
        let sheet = filled(&template);
        let expected = [
            "goods.no",
            "goods.n",
            "tags",
            "items[0].name",
            "items[0].on",
            "items[1].name",
            "items[1].on",
            "scene",
            "小程序码参数",
            "小程序页面",
            "文件名",
        ];
        assert_eq!(sheet.columns, expected);
        let checked =
            rows::check(&sheet, &template, &crate::service::fonts::embedded(), &rows::RowOptions::default()).unwrap();
        assert_eq!(checked.bad, []);
        assert_eq!(Value::Object(checked.rows[0].params.clone()), template.samples()["usual"]);
    }
}
