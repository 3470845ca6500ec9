//! The sentences of the edges' findings and errors, in English: one table per area. `zh.json` has all sentences in Chinese, also
//! those of the core and of [`haibao_sheet`]; `chinese` looks them up.

mod blank;
mod causes;
mod cli;
mod columns;
mod requests;
mod service;
mod settings;
mod sheets;
mod wechat;

use std::{collections::HashMap, sync::LazyLock};

pub(crate) use self::{
    blank::*, causes::*, cli::*, columns::*, requests::*, service::*, settings::*, sheets::*, wechat::*,
};
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
    error field_unknown as query_unknown(name, known): "unknown query parameter {name}", hint: "known query parameters: {known}";
    error field_unknown as query_unused(name): "unknown query parameter {name}",
        hint: "remove it: this request has no query parameters, and its fields, if it has any, are in the body";
    error field_missing as file_missing(): "the part `file` is missing", hint: "attach the sheet as `file`";
    error field_missing as picture_missing(): "the part `file` is missing", hint: "attach the picture as `file`";
    error field_unknown as picture_part_unknown(name): "unknown part {name}", hint: "send one part: file";
    error field_unknown as part_unknown(name): "unknown part {name}", hint: "send the parts options, file and pictures, each once";
    error field_repeated as part_repeated(name): "the part {name} is repeated", hint: "send each part once";
    error slot_invalid as shape_unknown(id): "the artwork has no shape {id}",
        hint: "use an id that POST /v1/studio/artworks responds with";
    error slot_invalid as shape_twice(id): "the shape {id} is used twice", hint: "a shape is one slot";
    error slot_invalid as slot_param(name, maximum): "{name} is not a name of a parameter",
        hint: "use 1 to {maximum} of A-Z a-z 0-9 _, beginning with a letter";
    error slot_invalid as slot_param_twice(name): "the parameter {name} is used twice",
        hint: "give each slot a parameter of its own";
    error slot_invalid as slot_second_code(): "a template has one code", hint: "make the other one a picture";
    error slot_invalid as slots_many(maximum): "more than {maximum} slots", hint: "leave shapes that do not change in the artwork";
    warning text_outlined(name): "{name} was exported as outlines: its box is that of its letters",
        hint: "a rectangle without a fill, as wide as the longest text, leaves more room";
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
    warning upload_expires(seconds): "the uploaded picture is removed in {seconds} s, before the link expires",
        hint: "upload it again before that, sign a shorter link, or raise uploads.expires_seconds";

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

/// The rows of findings: those of the core, of the table above and of columns. Those of errors are in the tables of the areas.
pub fn finding_rows() -> impl Iterator<Item = &'static Wording> {
    haibao_core::layer::rows().chain([ROWS, columns::ROWS].into_iter().flatten().copied())
}

/// The rows of sheets, which every surface shows.
#[cfg(test)]
pub(crate) fn rows_of_sheets() -> impl Iterator<Item = &'static Wording> {
    [columns::ROWS, sheets::ROWS, blank::ROWS].into_iter().flatten().copied().chain(haibao_sheet::sentences())
}

#[cfg(test)]
pub(crate) fn rows_of_responses() -> impl Iterator<Item = &'static Wording> {
    [ROWS, causes::ROWS, requests::ROWS, service::ROWS, wechat::ROWS].into_iter().flatten().copied()
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
    finding_rows().chain(errors.into_iter().flatten().copied()).chain(haibao_sheet::sentences())
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
