//! Loads a template: reads its files in order and collects all faults.

mod amounts;
mod artwork;
mod layers;
mod loader;
mod rest;
mod samples;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use amounts::raw_amounts;
use loader::{Loader, read};
use rest::{take_out, within};

use super::{
    Artwork, ArtworkMemory, Compiled, Template,
    assets::FilePaths,
    css_hints,
    engine::{Engine, Escaping},
    json::{Part, escape},
    layout::{Canvas, CodeTarget, Layout},
    rules, schema,
    violation::ViolationKind,
};
use crate::{
    error::{Error, ErrorKind, Finding, Result},
    layer::{Layer, code::same_look},
    markup::Markup,
    template::params,
    words,
};

const LAYOUT: &str = "layout.json";

/// Memory of artwork that has not been measured: more than artwork without filters takes.
const UNKNOWN_MEMORY: ArtworkMemory = ArtworkMemory { drawn: 5.0, kept: 0.0, each: 0.0 };

impl Template {
    /// Loads a template from the files of its folder, by relative path with `/`. Its slots are not measured. `then` takes it
    /// with the elements of its artwork, so that they are read once: those of [`Markup::source`], which may be the text with
    /// its handlebars, after [`Markup::plain`].
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Invalid`], `template_invalid`, with every fault of layout.json, its schema of parameters,
    /// its handlebars, the artwork and the samples at once; each with file, line, column and a caret. And those of `then`.
    pub(crate) fn load_then<R>(
        id: &str,
        mut files: BTreeMap<String, Bytes>,
        then: impl FnOnce(Self, Option<Markup<'_>>) -> Result<R>,
    ) -> Result<R> {
        let version = content_hash(&files);
        let place = |finding: &Finding| finding.place.as_ref().map(|p| (p.file.clone(), p.line, p.column));
        let invalid = |mut findings: Vec<Finding>| {
            findings.sort_by_cached_key(place);
            findings.dedup();
            Error::findings(ErrorKind::Invalid, "template_invalid", findings)
        };
        let Some(layout) = files.remove(LAYOUT) else {
            return Err(invalid(vec![words::layout_file_missing(id, LAYOUT)]));
        };
        let samples = files.extract_if(.., |path, _| path.starts_with(samples::FOLDER));
        let samples = samples.filter(|(path, _)| path.ends_with(samples::EXTENSION)).collect();
        let files_version = content_hash(&files);
        let names: Arc<FilePaths> = Arc::new(files.keys().cloned().collect());

        let document = read(LAYOUT, &layout).map_err(invalid)?;
        let (findings, numbers) = (document.duplicates.clone(), document.numbers.clone());
        let mut loader =
            Loader { document, files: &files, names, findings, warnings: Vec::new(), families: Vec::new(), numbers };
        let (layout, params, strings) = loader.layout();
        let samples = loader.samples(&samples, params.as_ref());
        let (written, artwork) = loader.artwork(params.as_ref()).unzip();
        let mut artwork = artwork.flatten();
        let parsed = written.as_ref().and_then(|text| loader.parse_artwork(text, artwork.as_ref(), &samples));
        if let Some(Artwork::Varying(varying)) = &mut artwork {
            varying.is_xml = written.as_ref().is_some_and(|written| !written.is_expanded());
        }
        let plain = parsed.as_ref().and_then(|parsed| loader.check_artwork(parsed));
        let Loader { mut findings, mut warnings, families, numbers, names, .. } = loader;
        warnings.sort_by_cached_key(place);
        if !numbers.is_empty() {
            // An invalid number is read as null, so other findings at its position are misleading.
            let places: BTreeSet<_> = numbers.iter().filter_map(place).collect();
            findings.retain(|finding| !place(finding).is_some_and(|at| places.contains(&at)));
            findings.extend(numbers);
        }
        match (layout, params) {
            (Some(layout), Some(params)) if findings.is_empty() => {
                let samples = samples.into_iter().map(|(name, sample)| (name, sample.written)).collect();
                let assets = names.iter().map(|name| (name.clone(), OnceLock::new())).collect();
                let compiled = Compiled { strings, artwork, params, samples, names, assets };
                let template = Self {
                    id: id.to_owned(),
                    version,
                    layout,
                    files,
                    files_version,
                    slots: BTreeMap::new(),
                    artwork_memory: UNKNOWN_MEMORY,
                    warnings,
                    sample_warnings: Vec::new(),
                    families,
                    fonts: None,
                    compiled,
                };
                then(template, plain)
            }
            _ => Err(invalid(findings)),
        }
    }

    /// Loads a template without its elements.
    ///
    /// # Errors
    /// As [`Template::load_then`].
    #[cfg(test)]
    pub(crate) fn load(id: &str, files: BTreeMap<String, Bytes>) -> Result<Self> {
        Self::load_then(id, files, |template, _| Ok(template))
    }
}

/// blake3 of every path and file, each with its length, so that different folders never hash the same input.
fn content_hash(files: &BTreeMap<String, Bytes>) -> blake3::Hash {
    let mut hash = blake3::Hasher::new();
    for (path, bytes) in files {
        for part in [path.as_bytes(), bytes] {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    hash.finalize()
}

impl Loader<'_> {
    // Counted by tests/loading.
    #[inline(never)]
    fn layout(&mut self) -> (Option<Layout>, Option<params::Schema>, Engine) {
        let value = self.document.value.clone();
        let violations = schema::check(&value);
        // Remove faulty members, so that the rest of the same layer is still checked.
        let mut rest = value.clone();
        let faulty: Vec<String> = violations.iter().map(|violation| violation.pointer.clone()).collect();
        let unreadable = violations.iter().filter(|violation| !take_out(&mut rest, violation));
        let unreadable: Vec<String> = unreadable.map(|violation| violation.pointer.clone()).collect();
        for mut violation in violations {
            let is_repeat = violation.kind == ViolationKind::Unknown
                && violation.pointer.split('/').count() == 4
                && ["/repeat", "/as"].iter().any(|name| violation.pointer.ends_with(name));
            if is_repeat {
                violation.message = violation.message.with_hint(words::repeat_place());
            } else if violation.kind == ViolationKind::Unknown || violation.message.own_hint().is_none() {
                // Of an unknown name, it is better than the names that are known.
                let hint = css_hints::hint(violation.kind, &violation.pointer, &value);
                violation.message = violation.message.with_hint(hint);
            }
            let code = match violation.kind {
                ViolationKind::Unknown => "layout_unknown",
                ViolationKind::Missing => "layout_missing",
                ViolationKind::Number | ViolationKind::Type => "layout_type",
                ViolationKind::Invalid => "layout_invalid",
            };
            self.violation(violation, code, "");
        }
        let params = self.params(&value);
        let mut strings = Engine::new(Escaping::None);

        // Read each part separately, so that a fault in one does not hide those in another.
        let state = |outer: &str| {
            if unreadable.iter().any(|pointer| within(pointer, outer)) {
                State::Unreadable
            } else if faulty.iter().any(|pointer| within(pointer, outer)) {
                State::Faulty
            } else {
                State::Valid
            }
        };
        let names = self.names.clone();
        let (mut known, mut codes, mut unread) = (Vec::new(), Vec::new(), vec!["/params".to_owned()]);
        if let Some(canvas) = self.rest::<Canvas>(&rest, "/canvas", state("/canvas")) {
            self.broken(rules::canvas(&canvas));
        }
        if let Some(path) = rest.get("artwork").and_then(Value::as_str) {
            self.broken(rules::artwork(path, &names));
        }
        match self.rest::<CodeTarget>(&rest, CodeTarget::POINTER, state(CodeTarget::POINTER)) {
            Some(code) => {
                self.broken(rules::code(&code));
                known.extend(code.expressions());
            }
            None => unread.push(CodeTarget::POINTER.to_owned()),
        }
        // Without a schema, names cannot be checked; the syntax is.
        let anything = Value::Bool(true);
        let scope = params.as_ref().map_or(&anything, params::Schema::document);
        self.handlebars(&known, scope, &mut strings);
        for index in 0..rest.get("layers").and_then(Value::as_array).map_or(0, Vec::len) {
            let pointer = format!("/layers/{index}");
            let Some(layer) = self.rest::<Layer>(&rest, &pointer, state(&pointer)) else {
                unread.push(pointer);
                continue;
            };
            let mut reading = layers::Reading { strings: &mut strings, known: &mut known, codes: &mut codes };
            self.top_layer(&pointer, &layer, scope, &mut reading);
        }
        self.broken(same_look(codes.iter().map(|(pointer, code)| (pointer.as_str(), code))));
        let known: BTreeSet<&str> = known.iter().map(|(pointer, _)| pointer.as_str()).collect();
        self.literals(&rest, "", &known, &unread.iter().map(String::as_str).collect());
        let layout =
            if self.findings.is_empty() && self.numbers.is_empty() { self.part::<Layout>(&value, "") } else { None };
        (layout, params, strings)
    }

    /// Reads a part of the layout without its faulty members.
    fn rest<T: DeserializeOwned>(&mut self, rest: &Value, pointer: &str, state: State) -> Option<T> {
        match state {
            State::Valid => self.part(rest, pointer),
            State::Faulty => T::deserialize(rest.pointer(pointer)?).ok(),
            State::Unreadable => None,
        }
    }

    fn params(&mut self, value: &Value) -> Option<params::Schema> {
        let none = Map::new();
        let schema = value.get("params").map_or(Some(&none), Value::as_object)?;
        match params::Schema::compile(schema, self.names.clone()) {
            Ok(schema) => Some(schema),
            Err(violations) => {
                violations.into_iter().for_each(|violation| self.violation(violation, "params_schema", "/params"));
                None
            }
        }
    }

    /// Rejects handlebars in strings that are not expanded. `known`: pointers of those that are; `unread`: parts to skip.
    fn literals(&mut self, value: &Value, pointer: &str, known: &BTreeSet<&str>, unread: &BTreeSet<&str>) {
        if unread.contains(pointer) {
            return;
        }
        let members: Vec<(String, &Value)> = match value {
            Value::String(text) if text.contains("{{") && !known.contains(pointer) => {
                let place = self.document.place(pointer, Part::Value);
                self.fault(words::handlebars_literal().pointer(pointer), place);
                return;
            }
            Value::String(text) if text.contains(['{', '｛']) && !known.contains(pointer) => {
                let schema = self.document.value.get("params").cloned().unwrap_or_default();
                self.warn_of_dollars(pointer, text, &schema);
                return;
            }
            Value::Array(list) => list.iter().enumerate().map(|(index, v)| (index.to_string(), v)).collect(),
            Value::Object(object) => object.iter().map(|(name, v)| (escape(name), v)).collect(),
            _ => return,
        };
        for (step, value) in members {
            self.literals(value, &format!("{pointer}/{step}"), known, unread);
        }
    }
}

/// Result of the schema's check of a part of the layout.
#[derive(Clone, Copy)]
enum State {
    Valid,
    /// Faulty members are reported and removed; the rest can be read.
    Faulty,
    /// Nothing can be read.
    Unreadable,
}
