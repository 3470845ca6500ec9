//! Generates a blank XLSX for a template: a header with notes, one sample row, and a second sheet with instructions.

use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatAlign, Note, Workbook, Worksheet, XlsxError};
use serde_json::Value;

use super::{
    cell_value::Typing,
    code_column::Field,
    columns::{FILE_NAME, members},
};
use haibao_core::{
    code::CodeKind,
    error::{Error, ErrorKind, Result},
    template::{Template, params::resolve},
};

/// Maximum number of elements of a list of objects that get columns.
const MAX_ELEMENTS: usize = 10;
/// Maximum nesting depth that gets separate columns; deeper values are one JSON cell.
const MAX_DEPTH: usize = 4;
/// Maximum number of parameter columns. With those of the code and the file name, it stays below the limit for reading.
const MAX_COLUMNS: usize = 240;
/// Minimum and maximum column width in characters.
const WIDTH: (f64, f64) = (10.0, 40.0);

/// A column of the sheet.
#[derive(Debug)]
struct Column {
    name: String,
    title: String,
    description: String,
    required: bool,
    text: bool,
    sample: Option<Value>,
}

/// Writes an XLSX with a column for each parameter, the columns of the code (`scene` and `page`, `path`, or `text`) and
/// `file_name`. Headers of required columns are red. The first row contains the sample `usual`, or else the first sample.
/// The result can be exported without changes.
///
/// # Errors
/// `blank_failed` if the template has names or texts that XLSX cannot store.
pub fn write(template: &Template) -> Result<Vec<u8>> {
    let columns = columns(template);
    fill(template, &columns).map_err(|error| {
        Error::new(ErrorKind::Invalid, "blank_failed", format!("the sheet cannot be written: {error}"))
            .hint("shorten the titles and descriptions of the parameters")
    })
}

fn columns(template: &Template) -> Vec<Column> {
    let document = template.params().document();
    let samples = template.samples();
    let sample = samples.get("usual").or_else(|| samples.values().next());
    let mut columns = Vec::new();
    Parts { document, columns: &mut columns }.object(document, sample, "", "", true, 0);
    columns.truncate(MAX_COLUMNS);
    columns.extend(code(template, sample.is_some()));
    let description = "文件名，不含扩展名；留空则用行号".to_owned();
    columns.push(Column {
        name: FILE_NAME.to_owned(),
        title: "文件名".to_owned(),
        description,
        required: false,
        text: true,
        sample: None,
    });
    columns
}

/// Collects the columns of parameters.
struct Parts<'a, 'c> {
    document: &'a Value,
    columns: &'c mut Vec<Column>,
}

impl<'a> Parts<'a, '_> {
    fn object(
        &mut self,
        schema: &'a Value,
        sample: Option<&Value>,
        prefix: &str,
        titles: &str,
        needed: bool,
        depth: usize,
    ) {
        let own = resolve(self.document, schema);
        let required = own.get("required").and_then(Value::as_array);
        for (name, schema) in members(self.document, schema) {
            let required = needed && required.is_some_and(|all| all.iter().any(|one| one == name));
            let title = text(self.document, schema, "title").unwrap_or_default();
            let titles = if titles.is_empty() { title.to_owned() } else { format!("{titles} {title}") };
            let sample = sample.and_then(|sample| sample.get(name));
            self.value(schema, sample, &format!("{prefix}{name}"), &titles, required, depth);
        }
    }

    fn value(
        &mut self,
        schema: &'a Value,
        sample: Option<&Value>,
        name: &str,
        title: &str,
        required: bool,
        depth: usize,
    ) {
        // Stops at recursive references and limits the size of the sheet.
        if self.columns.len() >= MAX_COLUMNS {
            return;
        }
        let own = resolve(self.document, schema);
        let typing = Typing::of(self.document, schema);
        match &typing {
            Typing::Object if depth < MAX_DEPTH && !members(self.document, schema).is_empty() => {
                return self.object(schema, sample, &format!("{name}."), title, required, depth + 1);
            }
            Typing::List(items) if **items == Typing::Object && depth < MAX_DEPTH => {
                let count = sample.and_then(Value::as_array).map_or(1, Vec::len).clamp(1, MAX_ELEMENTS);
                for (index, items) in std::iter::repeat_n(own.get("items"), count).enumerate() {
                    let Some(items) = items else { continue };
                    let sample = sample.and_then(|sample| sample.get(index));
                    let title = format!("{title} {}", index + 1);
                    self.value(items, sample, &format!("{name}[{index}]"), &title, required && index == 0, depth + 1);
                }
                return;
            }
            _ => {}
        }
        self.columns.push(Column {
            name: name.to_owned(),
            title: title.to_owned(),
            description: describe(self.document, schema, &typing),
            required,
            text: !matches!(typing, Typing::Integer | Typing::Number),
            sample: sample.filter(|sample| !sample.is_null()).cloned(),
        });
    }
}

/// String value of a keyword in the schema, or else in the schema that it references.
fn text<'a>(document: &'a Value, schema: &'a Value, key: &str) -> Option<&'a str> {
    schema.get(key).or_else(|| resolve(document, schema).get(key)).and_then(Value::as_str)
}

/// Describes type, limits, allowed values and default for the user.
fn describe(document: &Value, schema: &Value, typing: &Typing) -> String {
    let own = resolve(document, schema);
    let limit = |name: &str| own.get(name).filter(|value| value.is_number()).map(ToString::to_string);
    let range = |low: &str, high: &str, unit: &str| match (limit(low), limit(high)) {
        (Some(low), Some(high)) => format!("，{low} 至 {high}{unit}"),
        (Some(low), None) => format!("，至少 {low}{unit}"),
        (None, Some(high)) => format!("，最多 {high}{unit}"),
        (None, None) => String::new(),
    };
    let mut words = match typing {
        Typing::Text if own.get("format").is_some_and(|format| format == "image") => {
            "图片：网址（https://...）或模板文件夹中的文件名".to_owned()
        }
        Typing::Text => format!("文字{}", range("minLength", "maxLength", " 个字符")),
        Typing::Integer => format!("整数{}", range("minimum", "maximum", "")),
        Typing::Number => format!("数字{}", range("minimum", "maximum", "")),
        Typing::Boolean => "是 或 否".to_owned(),
        Typing::List(_) => format!("多个值，用 | 或 、分隔{}", range("minItems", "maxItems", " 个")),
        Typing::Object => "JSON 对象".to_owned(),
        Typing::OneOf(_) => "下列之一".to_owned(),
    };
    if let Some(all) = own.get("enum").and_then(Value::as_array) {
        let all: Vec<String> = all.iter().map(cell).collect();
        words = format!("{words}：{}", all.join(" / "));
    }
    if let Some(default) = own.get("default") {
        words = format!("{words}；默认 {}", cell(default));
    }
    if let Some(description) = text(document, schema, "description") {
        words = format!("{words}\n{description}");
    }
    words
}

/// Columns of the code, if the template contains one.
fn code(template: &Template, has_sample: bool) -> Vec<Column> {
    let has_code = template.layout.all_layers().into_iter().any(|(_, layer)| layer.kind.code().is_some());
    if !has_code {
        return Vec::new();
    }
    let target = template.layout.code.as_ref();
    let fields: &[(Field, &str, &str, &str)] = match target.and_then(|target| target.kind).unwrap_or_default() {
        CodeKind::Unlimited => &[
            (Field::Scene, "小程序码参数 scene", "最多 32 个字符，如 id=123；留空则由模板决定", "id=123"),
            (
                Field::Page,
                "小程序页面 page",
                "如 pages/index/index，不以 / 开头；留空则由模板决定",
                "pages/index/index",
            ),
        ],
        CodeKind::Limited | CodeKind::Square => &[(
            Field::Path,
            "小程序路径 path",
            "如 pages/index/index?id=123；留空则由模板决定",
            "pages/index/index?id=123",
        )],
        CodeKind::Qr => &[(Field::Text, "二维码内容", "如网址；留空则由模板决定", "https://example.com")],
    };
    let taken: Vec<&str> =
        members(template.params().document(), template.params().document()).iter().map(|m| m.0).collect();
    fields
        .iter()
        .map(|&(field, title, description, sample)| Column {
            name: if taken.contains(&field.name()) {
                format!("code.{}", field.name())
            } else {
                field.name().to_owned()
            },
            title: title.to_owned(),
            description: description.to_owned(),
            required: target.is_none() && field != Field::Page,
            text: true,
            // If the template does not set the code's target, each row must.
            sample: (target.is_none() && has_sample).then(|| sample.into()),
        })
        .collect()
}

/// Formats a value as cell text.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(true) => "是".to_owned(),
        Value::Bool(false) => "否".to_owned(),
        Value::Array(all)
            if all.iter().all(|one| one.as_str().is_some_and(|text| !text.contains(['|', '｜', '[']))) =>
        {
            all.iter().map(cell).collect::<Vec<_>>().join("|")
        }
        other => other.to_string(),
    }
}

fn fill(template: &Template, columns: &[Column]) -> Result<Vec<u8>, XlsxError> {
    let (plain, text) = (Format::new(), Format::new().set_num_format("@").set_align(FormatAlign::Top));
    let header = Format::new().set_bold().set_background_color(Color::RGB(0xF2_F2_F2));
    let required = header.clone().set_font_color(Color::RGB(0xC0_00_00));
    let mut sheet = Worksheet::new();
    sheet.set_name("海报")?.set_freeze_panes(1, 0)?;
    for (index, column) in columns.iter().enumerate() {
        // Slightly more than MAX_COLUMNS at most.
        let at = index as u16;
        let format = if column.text { &text } else { &plain };
        sheet.set_column_format(at, format)?;
        let shown = column.sample.as_ref().map(cell).unwrap_or_default();
        let width = [&column.name, &shown].iter().map(|text| display_width(text)).max().unwrap_or_default();
        sheet.set_column_width(at, (width as f64 + 2.0).clamp(WIDTH.0, WIDTH.1))?;
        let style = if column.required { &required } else { &header };
        sheet.write_string_with_format(0, at, &column.name, style)?;
        let note: String = explanation(column).chars().take(2000).collect();
        sheet.insert_note(0, at, &Note::new(note).add_author_prefix(false).set_width(260).set_height(120))?;
        match column.sample.as_ref().map(|sample| (sample, sample.as_f64())) {
            None => {}
            Some((_, Some(number))) if !column.text => drop(sheet.write_number_with_format(1, at, number, format)?),
            Some(_) => drop(sheet.write_string_with_format(1, at, shown, format)?),
        }
    }
    let mut book = Workbook::new();
    // A fixed creation time makes the output reproducible.
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2026, 1, 1)?));
    book.push_worksheet(sheet);
    book.push_worksheet(instructions(template, columns, &header)?);
    book.save_to_buffer()
}

/// Instructions sheet.
fn instructions(template: &Template, columns: &[Column], header: &Format) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name("说明")?;
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let title: String = template.layout.title.chars().take(200).collect();
    sheet.write_string(0, 0, format!("{title}：在第一张表中每行填写一张海报，第一行的列名不要改动"))?;
    sheet.write_string(1, 0, "列名以 _ 或 # 开头的列不参与生成，可作备注；标红的列必填；示例行可以删去")?;
    for (at, name) in ["列名", "名称", "必填", "填写说明", "示例"].into_iter().enumerate() {
        sheet.write_string_with_format(3, at as u16, name, header)?;
    }
    for (at, width) in [24.0, 24.0, 8.0, 70.0, 40.0].into_iter().enumerate() {
        sheet.set_column_width(at as u16, width)?;
    }
    for (index, column) in columns.iter().enumerate() {
        let row = index as u32 + 4;
        let sample = column.sample.as_ref().map(cell).unwrap_or_default();
        let required = if column.required { "是" } else { "" };
        for (at, text) in [&column.name, &column.title, required, &column.description, &sample].into_iter().enumerate()
        {
            let text: String = text.chars().take(4000).collect();
            sheet.write_string_with_format(row, at as u16, text, &wrap)?;
        }
    }
    Ok(sheet)
}

/// Header note: title, whether the column is required, and its description.
fn explanation(column: &Column) -> String {
    let title = if column.title.is_empty() { &column.name } else { &column.title };
    format!("{title}{}\n{}", if column.required { "（必填）" } else { "" }, column.description)
}

/// Approximate display width in characters: non-ASCII characters count as two.
fn display_width(text: &str) -> usize {
    text.lines().map(|line| line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        export::{
            rows,
            sheet::{self, Limits, Sheet},
        },
        service::Catalog,
    };

    fn filled(template: &Template) -> Sheet {
        let bytes = write(template).unwrap_or_else(|error| panic!("{}: {error}", template.id));
        assert_eq!(bytes, write(template).unwrap(), "{}: the same template gives the same bytes", template.id);
        let format = sheet::Format::of("blank.xlsx", &bytes).unwrap();
        Sheet::read(&bytes, format, &Limits::default()).unwrap_or_else(|error| panic!("{}: {error}", template.id))
    }

    #[test]
    fn blank_sheets_of_all_templates_round_trip() {
        let fonts = crate::service::fonts::embedded();
        let all = Catalog::new("", fonts.clone()).all();
        assert_eq!(all.len(), 10);
        for (id, template) in all {
            let template = template.unwrap_or_else(|error| panic!("{id}: {error}"));
            let sheet = filled(&template);
            let checked = rows::check(&sheet, &template, &fonts, &rows::Options::default())
                .unwrap_or_else(|error| panic!("{id}: {:#?}", error.all_findings()));
            assert_eq!((checked.bad.as_slice(), checked.rows.len()), (&[][..], 1), "{id}");
            assert_eq!(Value::Object(checked.rows[0].params.clone()), template.samples()["usual"], "{id}");
            assert_eq!(sheet.columns.last().map(String::as_str), Some(FILE_NAME), "{id}");
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
            "code.scene",
            "page",
            "file_name",
        ];
        assert_eq!(sheet.columns, expected);
        let checked =
            rows::check(&sheet, &template, &crate::service::fonts::embedded(), &rows::Options::default()).unwrap();
        assert_eq!(checked.bad, []);
        assert_eq!(Value::Object(checked.rows[0].params.clone()), template.samples()["usual"]);
    }
}
