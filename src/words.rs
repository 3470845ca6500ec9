//! The sentences of the edges' findings and errors, in English: one table per area. `zh.json` has all sentences in Chinese, also
//! those of the core; `chinese` looks them up.

mod blank;
mod causes;
mod cli;
mod requests;
mod service;
mod settings;
mod sheets;
mod wechat;

use std::{collections::HashMap, sync::LazyLock};

pub(crate) use self::{blank::*, causes::*, cli::*, requests::*, service::*, settings::*, sheets::*, wechat::*};
use haibao_core::error::{Pattern, Wording};
pub(crate) use haibao_core::words::{quote, suggestion as did_you_mean};

/// Message and hint in Chinese by the id of the sentence.
static CHINESE: LazyLock<HashMap<String, Vec<String>>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the table is embedded, and a test reads it")]
    serde_json::from_str(include_str!("words/zh.json")).expect("the table is well-formed")
});

/// A sentence in Chinese.
pub(crate) fn chinese(id: &str) -> Option<Pattern<'static>> {
    let texts = CHINESE.get(id)?;
    Some(Pattern { message: texts.first()?, hint: texts.get(1).map(String::as_str) })
}

haibao_core::words! {
    // Requests.
    error field_type(expected, value): "expected {expected}, got {value}";
    error field_missing(name): "{name} is missing";
    error field_unknown(name, known): "unknown field {name}", hint: "known fields: {known}";
    error field_missing as file_missing(): "the part `file` is missing", hint: "attach the sheet as `file`";
    error field_missing as picture_missing(): "the part `file` is missing", hint: "attach the picture as `file`";
    error field_unknown as picture_part_unknown(name): "unknown part {name}", hint: "send one part: file";
    error field_unknown as part_unknown(name): "unknown part {name}", hint: "send the parts options, file and pictures, each once";
    error field_type as map_type(): "expected the name of a column for each parameter";
    error format_unsupported(format, known): "{format} is not an output format; supported: {known}";
    error scale_invalid as export_scale_invalid(): "the scale must be from 1 to 3";
    error value_range(minimum, maximum): "expected {minimum} to {maximum} seconds";
    error webhook_refused(reason): "{reason}";
    error asset_missing as template_file_missing(name): "the template has no file {name}";
    error code_width(width, minimum, maximum): "the width is {width} px; WeChat supports {minimum} to {maximum} px",
        hint: "request at least the size at which the code is drawn";
    error code_limited(): "a signed link cannot show a limited or square code",
        hint: "use a code of the kind unlimited, or POST /v1/posters with \"respond\": \"url\" and a key with the scope limited-codes";
    error openid_missing(): "`openid` is missing: the texts of this poster are checked before it is drawn",
        hint: "send the openid of the user who wrote the texts and has used the mini-program within two hours";
    error field_type as openid_long(length, maximum): "an openid has at most {maximum} characters, this one has {length}",
        hint: "send the openid that wx.login and code2Session gave for the user";
    error text_risky(label): "WeChat rates this text as risky: {label}", hint: "ask the user for another text";
    error text_risky as text_unmaskable(): "WeChat rates this text as risky, and the parameter does not allow asterisks instead",
        hint: "ask the user for another text";
    error text_uncheckable(length, maximum): "{length} characters, at most {maximum} can be checked";
    error texts_too_many(count, maximum): "{count} texts of users, at most {maximum} are checked for one poster";
    warning text_masked(label): "WeChat rates this text as risky ({label}); it is drawn as asterisks";
    warning text_review(label): "WeChat suggests that a person reviews this text: {label}";

    // Sheets.
    error map_unknown as map_column_unknown(column): "the sheet has no column {column}";
    error map_unknown as map_param_unknown(name): "the template has no parameter {name}";
    error column_unknown(column): "the template has no parameter for the column {column}",
        hint: "to ignore a column, start its name with _ or #";
    error column_like(column, name): "is the column {column} the parameter `{name}`?",
        hint: "if it is, map it: {column}={name}; or choose it in the header on the page";
    error column_like as titled_column_like(column, name, title): "is the column {column} the parameter `{name}` ({title})?",
        hint: "if it is, map it: {column}={name}; or choose it in the header on the page";
    error column_ambiguous(column, names): "the column {column} is the title of several parameters: {names}",
        hint: "name the column as one of these parameters, or map it";
    warning column_mapped(column, name): "the column {column} sets `{name}`, as it did in an earlier sheet";
    warning columns_ignored as column_not_mapped(column, name, other):
        "the column {column} does not set `{name}` as in an earlier sheet, because the column {other} has this name";
    warning columns_ignored as column_displaced(column, name):
        "the column {column} is ignored, because another column is mapped to `{name}`";
    warning columns_ignored(columns): "columns without a parameter are ignored: {columns}",
        hint: "map a column that is needed";
    error column_unit(column, unit): "the amounts of the column {column} are in {unit}, which is neither yuan, 万元 nor fen",
        hint: "convert them to yuan, and name the unit 元 in the header";
    error column_unit as column_unit_unclear(column, unit):
        "the unit {unit} of the amounts in the column {column} is not clear: yuan or fen?",
        hint: "convert them to yuan, and name the unit 元 in the header";
    warning rows_no_products(rows, text): "row {rows} looks like a total, a note or a second header ({text}), and becomes a poster",
        hint: "remove it from the sheet if it is no product";
    warning number_shortened(column, text, row): "the column {column} has {text} in row {row}: Excel has shortened a long number",
        hint: "export the sheet as .xlsx, with the column formatted as text";
    warning number_shortened as numbers_shortened(column, text, row, more):
        "the column {column} has {text} in row {row}, and more like it in {more} other rows: Excel has shortened long numbers",
        hint: "export the sheet as .xlsx, with the column formatted as text";
    warning rows_left_out(count, rows):
        "rows that are totals, notes or repeated headers are left out: {count} (row {rows})",
        hint: "if one is a product, write its name in another way";
    warning cells_placeholder(count, text, columns): "{count} cells such as {text} are read as empty: {columns}";
    warning cells_merged(columns): "merged cells count for all of their rows: {columns}";
    warning pictures_tall(count, cells):
        "{count} pictures are higher than their rows, and count for the row of their top edge: {cells}",
        hint: "check the photos of these rows; to be certain, make the pictures smaller than the rows";
    warning pictures_unused(count, cells): "{count} pictures are not used, because their column has no parameter of a picture, or their row is none of the table: {cells}",
        hint: "move them to the column and the row that they belong to";
    warning pictures_over_text(count, cells): "{count} cells have a picture and a text, and the picture is used: {cells}",
        hint: "remove one of both";
    warning sheet_chosen(name, others): "the sheet {name} is read; the workbook also has {others}",
        hint: "put the sheet to be exported first, or hide the others";
    warning columns_hidden(columns): "hidden columns are read, too: {columns}",
        hint: "delete them in the sheet if posters must not show them";
    warning pictures_lost(count, cells): "{count} pictures are not used, because their cells have another one: {cells}",
        hint: "place one picture in each cell";
    warning pictures_unread(): "the workbook has pictures, which are not read in this format",
        hint: "save it as .xlsx if cells hold the pictures of posters, or name the files of the pictures in the cells";
    warning columns_ignored as columns_unnamed(): "cells in columns without a name are ignored";
    warning header_found(row, count): "row {row} has the names of the columns; rows above it are ignored: {count}";
    warning rows_hidden(count, rows): "hidden rows are exported like the others: {count} (row {rows})",
        hint: "to leave them out: --hidden skip, \"hidden\": \"skip\" in the options of the API, or the box on the page";
    warning rows_hidden as rows_hidden_skipped(count, rows): "hidden rows are left out: {count} (row {rows})";
    warning money_read(column, text, amount): "amounts in {column} are yuan: {text} is taken as {amount}",
        hint: "for amounts in fen, write (分) after the name of the column";
    warning money_read as money_read_fen(column, text, amount): "amounts in {column} are fen: {text} is taken as {amount}";
    warning money_read as money_read_ten_thousands(column, text, amount):
        "amounts in {column} are 万元 (10,000 yuan): {text} is taken as {amount}";
    warning money_read as money_scaled(column, count, text, amount):
        "amounts in {column} with 万 or 亿 are taken in full: {count}, such as {text} as {amount}";
    error column_twice(first, second): "the columns {first} and {second} set the same value",
        hint: "remove one, or start its name with _";
    error column_missing(name): "the sheet has no column for the required parameter `{name}`",
        hint: "add this column, or name an existing one for it with `map`";
    error column_missing as titled_column_missing(name, title):
        "the sheet has no column for the required parameter `{name}` ({title})",
        hint: "add this column, or name an existing one for it with `map`";
    error file_name_invalid as file_name_each(column): "file name pattern, character {column}: `each` is not allowed",
        hint: "name files by single values, such as {{{{row}}}}-{{{{title}}}}";
    message file_name_pattern(column, reason): "file name pattern, character {column}: {reason}";
    error row_broken(reason): "{reason}";
    error file_name_taken(row, name): "row {row} writes the same file {name}", hint: "give each row a unique file_name";
    error column_unknown as code_column_unknown(column, known): "unknown column {column}",
        hint: "known columns: {known}, scene.NAME";
    message scene_columns(): "use either `scene` or columns `scene.NAME`, not both";
    message expected_boolean(value): "expected true or false, got {value}";
    message expected_px(value): "expected px, got {value}";

    // Exports.
    error export_differs as other_haibao(before, now): "different haibao version: {before} before, {now} now";
    error export_differs as other_template(before, now): "different template: {before} before, {now} now";
    error export_differs as other_fonts(before, now): "different fonts: {before} before, {now} now";
    error export_differs as other_rows(before, now): "different rows: {before} before, {now} now";
    error export_differs as other_options(before, now): "different options: {before} before, {now} now";

    // Checks of templates.
    warning title_twice(title, names): "several parameters have the title {title}: {names}",
        hint: "give each a title of its own, by which sheets name their columns";
    warning text_outside(): "the text extends beyond the canvas", hint: "move or shrink its box";
    error text_on_code(layer): "the text overlaps the code of layer {layer}",
        hint: "move the text or the code so that they do not overlap";
    error code_unreadable as round_code_other_content(): "the code in the rendered poster has different content",
        hint: "check what is drawn below and above the code; a plate with padding helps most";
    error code_unreadable as round_code_unreadable(): "the code in the rendered poster cannot be read",
        hint: "check what is drawn below and above the code; a plate with padding helps most";
}

/// The rows of findings: those of the core and of the table above. Those of errors stand in the tables of the areas.
pub fn finding_rows() -> impl Iterator<Item = &'static Wording> {
    haibao_core::layer::rows().chain(ROWS.iter().copied())
}

/// Every row of the product: those of findings and of errors.
pub fn rows() -> impl Iterator<Item = &'static Wording> {
    let errors = [
        blank::ROWS,
        causes::ROWS,
        cli::ROWS,
        requests::ROWS,
        service::ROWS,
        settings::ROWS,
        sheets::ROWS,
        wechat::ROWS,
    ];
    finding_rows().chain(errors.into_iter().flatten().copied())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use haibao_core::error::placeholders;

    #[test]
    fn ids_are_unique_and_arguments_are_used() {
        let mut ids = BTreeSet::new();
        for row in super::rows() {
            assert!(ids.insert(row.id), "{} occurs twice", row.id);
            let used: BTreeSet<_> = row.placeholders().into_iter().collect();
            assert_eq!(used, row.arguments.iter().copied().collect(), "{}", row.id);
            for text in [Some(row.message), row.hint].into_iter().flatten() {
                assert!(!text.is_empty() && text.trim() == text && !text.ends_with('.'), "{}: {text}", row.id);
            }
        }
    }

    #[test]
    fn every_sentence_is_in_chinese_with_the_same_arguments() {
        let rows: BTreeMap<_, _> = super::rows().map(|row| (row.id, row)).collect();
        let missing: Vec<_> = rows.keys().filter(|id| !super::CHINESE.contains_key(**id)).collect();
        assert!(missing.is_empty(), "zh.json has no {missing:?}");
        for (id, texts) in super::CHINESE.iter() {
            let row = rows.get(id.as_str()).unwrap_or_else(|| panic!("there is no sentence {id}"));
            assert_eq!(texts.len(), 1 + usize::from(row.hint.is_some()), "{id}: message and hint as in English");
            for (text, english) in texts.iter().zip([Some(row.message), row.hint].into_iter().flatten()) {
                let used: BTreeSet<_> = placeholders(text).collect();
                assert_eq!(used, placeholders(english).collect(), "{id}: {text}");
                assert!(!text.is_empty() && !text.ends_with('。') && text.trim_start() == text, "{id}: {text}");
            }
        }
    }
}
