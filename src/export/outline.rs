//! What is known of a sheet before its rows are checked: what its columns set, and which pictures it needs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    cell_value::Typing,
    columns::{self, Columns, Known, Mapping, Meaning, Names, Step, Target, members, normalized},
    expressions::{date_params, paths, sources},
    file_name::other_extension,
    pictures::is_file_name,
};
use crate::words;
use haibao_core::{
    error::{Finding, Result, Title},
    template::{Template, layout::CodeTarget, raw_amounts},
    words::quote,
};
use haibao_sheet::{Aim, Cell, CellPicture, Cells, ChosenSheet, LeftOut, Sheet, letters};

/// Sheets, columns and cells that a notice names.
const MAX_NAMED: usize = 8;
/// Characters of a row that a notice shows.
const MAX_TEXT: usize = 20;

/// Where the table is in the file.
pub(super) fn notices(sheet: &Sheet) -> Vec<Finding> {
    let mut notices = Vec::new();
    match (sheet.skipped, sheet.header - sheet.header_first) {
        (0, 0) => {}
        (0, _) => notices.push(words::header_rows(sheet.header_first, sheet.header)),
        (skipped, 0) => notices.push(words::header_found(sheet.header, skipped)),
        (skipped, _) => notices.push(words::header_rows_found(sheet.header_first, sheet.header, skipped)),
    }
    if sheet.has_unnamed {
        notices.push(words::columns_unnamed());
    }
    let ChosenSheet { name, others } = &sheet.place;
    if !others.is_empty() {
        let more = if others.len() > MAX_NAMED { ", ..." } else { "" };
        let others: Vec<String> = others.iter().take(MAX_NAMED).map(|name| quote(name)).collect();
        notices.push(words::sheet_chosen(quote(name), format!("{}{more}", others.join(", "))));
    }
    if !sheet.hidden_columns.is_empty() {
        let columns = sheet.hidden_columns.iter().take(MAX_NAMED).map(|at| quote(&sheet.columns[*at]));
        notices.push(words::columns_hidden(columns.collect::<Vec<_>>().join(", ")));
    }
    if !sheet.lost_pictures.is_empty() {
        let cell = |(row, column): &(u64, usize)| format!("{}{row}", letters(*column));
        let cells: Vec<String> = sheet.lost_pictures.iter().take(MAX_NAMED).map(cell).collect();
        notices.push(words::pictures_lost(sheet.lost_pictures.len(), cells.join(", ")));
    }
    if sheet.left_out.count > 0 {
        notices.push(words::rows_left_out(sheet.left_out.count, named_rows(&sheet.left_out)));
    }
    if sheet.without_values.count > 0 {
        notices.push(words::rows_without_values(sheet.without_values.count, named_rows(&sheet.without_values)));
    }
    if sheet.hidden_texts.count > 0 {
        notices.push(words::cells_hidden_texts(sheet.hidden_texts.count, sheet.hidden_texts.named()));
    }
    if sheet.hidden_values.count > 0 {
        notices.push(words::cells_hidden_values(sheet.hidden_values.count, sheet.hidden_values.named()));
    }
    if !sheet.merged_columns.is_empty() {
        let columns = sheet.merged_columns.iter().take(MAX_NAMED).map(|at| quote(&sheet.columns[*at]));
        notices.push(words::cells_merged(columns.collect::<Vec<_>>().join(", ")));
    }
    if sheet.has_unread_pictures {
        notices.push(words::pictures_unread());
    }
    if sheet.hidden.count > 0 {
        let rows = sheet.hidden.named();
        notices.push(match sheet.is_without_hidden {
            true => words::rows_hidden_skipped(sheet.hidden.count, rows),
            false => words::rows_hidden(sheet.hidden.count, rows),
        });
    }
    if sheet.struck.count > 0 {
        notices.push(words::rows_struck(sheet.struck.count, sheet.struck.named()));
    }
    notices
}

/// The first rows that are left out, with their texts.
fn named_rows(rows: &LeftOut) -> String {
    let row = |(row, text): &(u64, String)| format!("{row} {}", quote(text));
    let more = if rows.count > rows.first.len() { ", ..." } else { "" };
    let named: Vec<String> = rows.first.iter().map(row).collect();
    format!("{}{more}", named.join(", "))
}

/// Names of files with the extension of another format than that of the posters.
pub(super) fn extensions(sheet: &Sheet, columns: &Columns, pattern: Option<&str>, extension: &str) -> Option<Finding> {
    let own = columns.position(&Target::FileName).into_iter();
    let own = own.flat_map(|column| sheet.rows.iter().map(move |row| row.get(column).shown()));
    let other = own.chain(pattern).find_map(|name| other_extension(name, extension))?;
    Some(words::file_name_extension(format!(".{other}"), format!(".{extension}")))
}

/// An amount that the pattern of file names writes in fen.
pub(super) fn raw_amount(template: &Template, pattern: Option<&str>) -> Option<Finding> {
    let amounts = raw_amounts(pattern?, template.params().document());
    amounts.first().map(|(name, _)| words::file_name_money(*name))
}

/// Pictures that the rows of a sheet name.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Texts of cells that may be names of files.
    pub files: BTreeSet<String>,
    /// Pictures of the workbook by row number and column.
    pub cells: BTreeMap<(u64, usize), CellPicture>,
}

/// Lists the pictures that a sheet needs.
///
/// # Errors
/// `sheet_columns`, as [`Checker::new`](super::rows::Checker::new).
pub fn wanted(sheet: &Sheet, template: &Template, mapping: &Mapping) -> Result<Wanted> {
    let columns = Columns::find_targets(sheet, template, mapping)?;
    let mut wanted = Wanted::default();
    let own = |text: &str| template.files.contains_key(text.strip_prefix("./").unwrap_or(text));
    for column in columns.pictures() {
        let Target::Param(_, typing) = &columns.targets[column] else { continue };
        for row in &sheet.rows {
            if let Some(picture) = sheet.pictures.get(&(row.number, column)) {
                wanted.cells.insert((row.number, column), picture.clone());
                continue;
            }
            let Cell::Text(text) = row.get(column) else { continue };
            let names = typing.sources(text).into_iter();
            wanted.files.extend(names.filter(|name| is_file_name(name) && !own(name)));
        }
    }
    Ok(wanted)
}

/// Names of columns, to find the header of a sheet for a template.
pub struct ColumnNames<'a> {
    template: &'a Template,
    mapping: &'a Mapping,
    known: Known,
}

impl<'a> ColumnNames<'a> {
    /// The names of a template, and those that are mapped.
    pub fn of(template: &'a Template, mapping: &'a Mapping) -> Self {
        Self { template, mapping, known: Known::of(template) }
    }

    /// Whether a text is the name of a column.
    pub fn has(&self, text: &str) -> bool {
        let Mapping { pairs, kept, .. } = self.mapping;
        let is_mapped = || {
            let name = normalized(text);
            let is_pair = |(one, two): &(String, String)| [one, two].iter().any(|own| normalized(own) == name);
            // The other side of an ignored column is empty.
            !name.is_empty() && (pairs.iter().any(is_pair) || kept.contains_key(&name))
        };
        (self.known.may_be(text) && Names::of(self.template).meaning(text) != Meaning::None)
            || ((!pairs.is_empty() || !kept.is_empty()) && is_mapped())
    }

    /// How many parameters these texts are like.
    pub fn alike(&self, texts: &[&str]) -> usize {
        columns::alike(&Names::of(self.template), texts)
    }
}

/// What columns set, for reading the cells of a sheet.
pub struct Aims<'a> {
    template: &'a Template,
    mapping: &'a Mapping,
    /// Parameters that the template formats as dates.
    dates: BTreeSet<String>,
    /// Parameters in codes, barcodes and sources of pictures: in them, the separators of `1,280` would lead elsewhere.
    coded: BTreeSet<String>,
}

impl<'a> Aims<'a> {
    /// Finds the parameters that are dates, and those in codes.
    pub fn of(template: &'a Template, mapping: &'a Mapping) -> Self {
        let sources = sources(template);
        let is_coded = |pointer: &str| {
            pointer.starts_with(CodeTarget::POINTER) || ["/src", "/value"].iter().any(|end| pointer.ends_with(end))
        };
        let coded = sources.iter().filter(|(pointer, _)| is_coded(pointer)).flat_map(|(_, source)| paths(source));
        Self { template, mapping, dates: date_params(template), coded: coded.collect() }
    }

    /// What a column with this name sets.
    pub fn find(&self, column: &str) -> Option<Aim> {
        let names = Names::of(self.template);
        let own = normalized(column);
        let pairs = self.mapping.pairs.iter();
        let mapped = pairs.flat_map(|(one, two)| [(one, two), (two, one)]);
        let mapped = mapped.filter(|_| !own.is_empty()).find(|(one, _)| normalized(one) == own);
        let mapped = mapped.map(|(_, name)| name).or_else(|| self.mapping.kept.get(&own));
        // It is ignored.
        if mapped.is_some_and(|name| name.trim().is_empty()) {
            return None;
        }
        let target = |name: &str| match names.meaning(name) {
            Meaning::One(target) => Some(target),
            _ => None,
        };
        let target = mapped.and_then(|name| target(name)).or_else(|| target(column))?;
        let is_value = |path: &[Step]| {
            let key = path.first();
            matches!(key, Some(Step::Key(key)) if self.dates.contains(key) || self.coded.contains(key))
        };
        let is_text =
            matches!(&target, Target::Param(path, Typing::Text) if !is_value(path) && !names.is_restricted(path));
        Some(Aim { name: target.name()?, is_text, is_number: target.is_number() })
    }

    /// Leaves out the rows of which no cell sets anything, such as numbered lines that wait for a product. A sheet that has no
    /// others keeps them: its columns may have the wrong names.
    pub fn leave_out_empty(&self, sheet: &mut Sheet) {
        if sheet.is_json {
            return;
        }
        let used: Vec<usize> = (0..sheet.columns.len()).filter(|at| self.find(&sheet.columns[*at]).is_some()).collect();
        let all = std::mem::take(&mut sheet.rows);
        let (faults, pictures) = (&sheet.faults, &sheet.pictures);
        let has_value = |row: &Cells| {
            let is_set = |at: &usize| row.get(*at) != Cell::Empty || pictures.contains_key(&(row.number, *at));
            faults.contains_key(&row.number) || used.iter().any(is_set)
        };
        let (rows, empty): (Vec<Cells>, Vec<Cells>) = all.into_iter().partition(has_value);
        if rows.is_empty() {
            sheet.rows = empty;
            return;
        }
        let columns = sheet.columns.len();
        let text = |row: &Cells| {
            let text = (0..columns).map(|at| row.get(at).shown().trim()).find(|text| !text.is_empty());
            text.unwrap_or_default().chars().take(MAX_TEXT).collect::<String>()
        };
        let first = empty.iter().take(MAX_NAMED).map(|row| (row.number, text(row))).collect();
        (sheet.rows, sheet.without_values) = (rows, LeftOut { count: empty.len(), first });
    }
}

/// What each column of a sheet sets, as a column is named; `None` for nothing.
///
/// # Errors
/// As [`Checker::new`](super::rows::Checker::new).
pub fn column_targets(sheet: &Sheet, template: &Template, mapping: &Mapping) -> Result<Vec<Option<String>>> {
    Columns::find_targets(sheet, template, mapping).map(|columns| columns.names())
}

/// Names of columns by what they set.
///
/// # Errors
/// As [`Checker::new`](super::rows::Checker::new).
pub fn columns_by_target(sheet: &Sheet, template: &Template, mapping: &Mapping) -> Result<BTreeMap<String, String>> {
    let targets = column_targets(sheet, template, mapping)?;
    let named = targets.into_iter().zip(&sheet.columns);
    Ok(named.filter_map(|(target, name)| Some((target?, name.clone()))).collect())
}

/// The columns that the caller maps, to be kept for the next sheet: what they set by their normalised name; `None` for those that are
/// to be ignored.
///
/// # Errors
/// As [`Checker::new`](super::rows::Checker::new).
pub fn mapped_columns(
    sheet: &Sheet,
    template: &Template,
    mapping: &Mapping,
) -> Result<BTreeMap<String, Option<String>>> {
    let names = column_targets(sheet, template, mapping)?;
    let is_given = |column: &str| {
        mapping.pairs.iter().any(|(one, two)| [one, two].iter().any(|own| normalized(own) == normalized(column)))
    };
    let columns = sheet.columns.iter().zip(names).filter(|(column, _)| is_given(column));
    Ok(columns.map(|(column, name)| (normalized(column), name)).collect())
}

/// Whether what a column sets is known from a mapping that was kept of an earlier sheet.
pub fn is_kept(mapping: &Mapping, column: &str, target: Option<&str>) -> bool {
    target.is_some() && mapping.kept.get(&normalized(column)).map(String::as_str) == target
}

/// Name, title and necessity of each parameter of a template.
pub fn params(template: &Template) -> Vec<(String, Option<Title>, bool)> {
    let names = Names::of(template);
    let required = names.required();
    let all = members(names.document, names.document);
    let param = |(name, _): (&str, &Value)| (name.to_owned(), names.title(name), required.contains(&name));
    all.into_iter().map(param).collect()
}

/// The name of the parameter that alone has this title. `None` for names of parameters.
pub fn param_titled(template: &Template, title: &str) -> Option<String> {
    let (names, title) = (Names::of(template), normalized(title));
    let all = members(names.document, names.document);
    if all.iter().any(|(name, _)| normalized(name) == title) {
        return None;
    }
    let mut titled = all.iter().filter(|(_, schema)| names.titles(schema).any(|own| normalized(own) == title));
    let (name, _) = titled.next()?;
    titled.next().is_none().then(|| (*name).to_owned())
}

/// The parameter that the pointer of a finding leads to, `/params/goods/name`, by its titles as blank sheets name its column, or
/// else by its path. Empty for other pointers.
pub fn param_at(template: &Template, pointer: &str) -> String {
    let Some(below) = pointer.strip_prefix("/params/") else { return String::new() };
    Names::of(template).titled_at(&format!("/{below}")).map_or_else(|| below.replace('/', "."), |title| title.own())
}

/// Titles that several parameters have, and the names of those.
pub fn ambiguous_titles(template: &Template) -> Vec<(String, String)> {
    let names = Names::of(template);
    let mut by_title = BTreeMap::<String, (&str, Vec<String>)>::new();
    for (name, schema) in members(names.document, names.document) {
        for title in names.titles(schema) {
            let (_, all) = by_title.entry(normalized(title)).or_insert((title, Vec::new()));
            let name = format!("`{name}`");
            if !all.contains(&name) {
                all.push(name);
            }
        }
    }
    let several = by_title.into_values().filter(|(_, names)| names.len() > 1);
    several.map(|(title, names)| (title.to_owned(), names.join(", "))).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_in_codes_keep_their_value() {
        let layout = r#"{
            "title": "t", "canvas": { "width": 400, "height": 800 },
            "params": { "type": "object", "properties": {
                "id": { "type": "string" }, "shop": { "type": "string" }, "photo": { "type": "string" },
                "bar": { "type": "string" }, "day": { "type": "string" }, "title": { "type": "string" } } },
            "code": { "page": "pages/a", "scene": { "id": "{{id}}", "s": "{{shop}}" } },
            "layers": [
                { "type": "code", "box": [0, 0, 200, 200] },
                { "type": "image", "box": [200, 0, 100, 100], "src": "https://a.cn/{{photo}}.png" },
                { "type": "barcode", "box": [0, 300, 300, 100], "value": "{{bar}}" },
                { "type": "text", "box": [0, 500, 300, 50], "text": "{{title}} {{date day}}", "font_size": 20 }
            ]
        }"#;
        let files = [("layout.json".to_owned(), bytes::Bytes::from_static(layout.as_bytes()))];
        let template =
            haibao_core::render::compile("t", files.into(), &crate::service::fonts::embedded()).expect("a template");
        let mapping = super::Mapping::default();
        let names = super::ColumnNames::of(&template, &mapping);
        for name in ["id", " ID*", "title（必填）", "code.text", "scene.u", "小程序码参数", "文件名"] {
            let is_known = super::Names::of(&template).meaning(name) != super::Meaning::None;
            assert_eq!(names.has(name), is_known, "{name}");
        }
        assert!(names.has("id") && names.has("title（必填）") && !names.has("id 8801"));
        // Most cells of pictures are paths or addresses, which no name begins.
        let known = super::Known::of(&template);
        for (text, expected) in [
            ("photo.name", true),
            ("*Photo[0].name（必填）", true),
            ("code.page", true),
            ("scene.u", true),
            ("assets/photo.jpg", false),
            ("https://a.cn/photo.png", false),
            ("1.5", false),
            ("[0]", false),
        ] {
            assert_eq!(known.may_be(text), expected, "{text}");
        }
        let aims = super::Aims::of(&template, &mapping);
        let is_text = |name: &str| aims.find(name).unwrap().is_text;
        assert!(is_text("title"));
        for name in ["id", "shop", "photo", "bar", "day"] {
            assert!(!is_text(name), "{name}");
        }
        // A column that is ignored sets nothing, and its empty side is the name of none.
        let mapping = super::Mapping { pairs: vec![("title".to_owned(), String::new())], ..super::Mapping::default() };
        let (names, aims) = (super::ColumnNames::of(&template, &mapping), super::Aims::of(&template, &mapping));
        assert!(names.has("title") && !names.has("★") && !names.has(""));
        assert_eq!((aims.find("title"), aims.find("★")), (None, None));
    }
}
