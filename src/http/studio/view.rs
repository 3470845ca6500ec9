//! JSON representation of templates in the studio.

use std::collections::BTreeMap;

use bytes::Bytes;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::super::excerpt::Excerpt;
use crate::{
    language::Language,
    service::catalog::{Source, file_hash},
};
use haibao_core::error::{Error, Result};

/// Maximum size of all texts in a response, bytes.
const MAX_TEXTS: usize = 8 << 20;
/// Extensions of texts, and their maximum size in a response, bytes. A larger SVG has embedded pictures, whose lines are too long for
/// the page's editor. The page would also load it after each change of another file, and send it with each unsaved poster.
const TEXTS: [(&str, usize); 2] = [(".json", 5 << 20), (".svg", 1 << 20)];

/// A template with its files.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct StudioTemplate {
    id: String,
    title: String,
    /// Titles in other languages, by their tags.
    titles: BTreeMap<String, String>,
    /// Whether the caller may write its files.
    editable: bool,
    /// The version in use, which may be older than broken files. Null if there is none that works.
    version: Option<String>,
    files: Vec<StudioFile>,
    /// JSON Schema of the parameters of the version in use.
    schema: Option<Map<String, Value>>,
    /// What is wrong with the files, or noteworthy about them.
    findings: Vec<Excerpt>,
}

/// A file of a template.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct StudioFile {
    /// Path within the template's folder.
    path: String,
    /// Hash of the content, for `If-Match`.
    hash: String,
    /// The content of a text in UTF-8; null for other files, and for texts that are too large.
    text: Option<String>,
    /// Whether it is a text of more than 5 MiB, or an SVG of more than 1 MiB, or there was no room for it in the response.
    too_large: bool,
}

/// What the events of a template have.
#[derive(Serialize)]
pub(super) struct Change {
    version: Option<String>,
    files: Vec<HashedFile>,
    findings: Vec<Excerpt>,
}

#[derive(Serialize)]
struct HashedFile {
    path: String,
    hash: String,
}

/// A file that was written.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct WrittenFile {
    /// Hash of the content.
    pub(super) hash: String,
    /// What is wrong with the files of the template now, or noteworthy about them.
    pub(super) findings: Vec<Excerpt>,
}

impl StudioTemplate {
    pub(super) fn of(id: &str, source: &Source, editable: bool, language: Language) -> Self {
        let layout = source.template.as_deref().map(|template| &template.layout);
        let mut room = MAX_TEXTS;
        Self {
            id: id.to_owned(),
            title: layout.map_or(id, |layout| layout.title.as_str()).to_owned(),
            titles: layout.map(|layout| layout.titles.clone()).unwrap_or_default(),
            editable,
            version: source.version(),
            files: source.files.iter().map(|(path, content)| StudioFile::of(path, content, &mut room)).collect(),
            schema: layout.map(|layout| layout.params.clone()),
            findings: Excerpt::all(&source.findings(), language),
        }
    }

    /// # Errors
    /// `internal` only.
    pub(super) fn to_json(&self) -> Result<String> {
        json(self)
    }
}

impl StudioFile {
    /// A file of a response that has room for this many bytes of texts.
    fn of(path: &str, content: &[u8], room: &mut usize) -> Self {
        let known = TEXTS.iter().find(|(extension, _)| path.ends_with(extension));
        let text = known.and_then(|_| std::str::from_utf8(content).ok());
        let fits = known.is_some_and(|(_, maximum)| content.len() <= (*maximum).min(*room));
        let shown = text.filter(|_| fits).map(str::to_owned);
        *room -= shown.as_ref().map_or(0, String::len);
        Self { path: path.to_owned(), hash: file_hash(content), too_large: text.is_some() && !fits, text: shown }
    }
}

impl Change {
    pub(super) fn of(source: &Source, language: Language) -> Self {
        let file = |(path, content): (&String, &Bytes)| HashedFile { path: path.clone(), hash: file_hash(content) };
        Self {
            version: source.version(),
            files: source.files.iter().map(file).collect(),
            findings: Excerpt::all(&source.findings(), language),
        }
    }

    /// # Errors
    /// `internal` only.
    pub(super) fn to_json(&self) -> Result<String> {
        json(self)
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::internal("a template cannot be serialised").source(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_in_the_response_as_long_as_there_is_room() {
        let [text, large, larger] = [100, (1 << 20) + 1, (5 << 20) + 1].map(|length| " ".repeat(length).into_bytes());
        let binary = text.iter().map(|_| 0xff).collect::<Vec<u8>>();
        for (path, content, room, expected) in [
            ("layout.json", &text, MAX_TEXTS, (true, false)),
            ("layout.json", &text, 99, (false, true)),
            ("artwork.svg", &large, MAX_TEXTS, (false, true)),
            ("samples/a.json", &large, MAX_TEXTS, (true, false)),
            ("samples/a.json", &larger, MAX_TEXTS, (false, true)),
            ("assets/a.jpg", &text, MAX_TEXTS, (false, false)),
            ("samples/a.json", &binary, MAX_TEXTS, (false, false)),
        ] {
            let mut left = room;
            let file = StudioFile::of(path, content, &mut left);
            assert_eq!((file.text.is_some(), file.too_large), expected, "{path}");
            assert_eq!(left, room - file.text.map_or(0, |text| text.len()), "{path}");
        }
    }
}
