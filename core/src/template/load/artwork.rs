//! Reads the artwork of a template and checks the elements that layers refer to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    loader::{Loader, text},
    samples::Sample,
};
use crate::{
    error::{Finding, Severity},
    template::{
        Artwork, artwork, assets,
        engine::{self, Engine, Escaping, Values},
        json::Part,
        params,
        source::SourceFile,
    },
    words,
};

impl Loader<'_> {
    /// The artwork; none if the layout has none, or it is invalid.
    pub(super) fn artwork(
        &mut self,
        params: Option<&params::Schema>,
        samples: &BTreeMap<String, Sample>,
    ) -> Option<Artwork> {
        let Some(path) = self.document.value.get("artwork").and_then(Value::as_str).map(str::to_owned) else {
            self.no_artwork();
            return None;
        };
        let files = self.files;
        let path = assets::file(&path, &self.names).ok()?;
        let bytes = files.get(&path)?;
        if bytes.len() > engine::MAX_ARTWORK {
            let place = self.document.place("/artwork", Part::Value);
            self.fault(words::artwork_too_large(&path, bytes.len(), engine::MAX_ARTWORK), place);
            return None;
        }
        let source = match text(&path, bytes) {
            Ok(source) => source,
            Err(finding) => {
                self.findings.push(*finding);
                return None;
            }
        };
        if !source.text.contains("{{") {
            let checked = self.check_artwork(source);
            self.findings.extend(checked.err().map(|finding| *finding));
            return Some(Artwork::Fixed(source.text.into()));
        }
        let mut engine = Engine::new(Escaping::Xml);
        // Without a schema, names cannot be checked; the syntax is.
        let anything = Value::Bool(true);
        let scope = params.map_or(&anything, params::Schema::document);
        if let Err(faults) = engine.add("", source.text, scope, true) {
            for fault in faults {
                self.findings.push(fault.finding.place(source.place(fault.range)));
            }
            // It cannot be expanded; if the source is XML, the rest is still checked.
            let _not_yet_xml = self.check_artwork(source);
            return None;
        }
        // The source need not be XML (`<rect {{#if a}}fill="red"{{/if}}/>`); then check it expanded with a sample.
        if let Err(finding) = self.check_artwork(source) {
            let sample = samples.iter().find_map(|(name, sample)| Some((name, sample.filled.clone()?)));
            let Some((name, filled)) = sample else {
                self.findings.push(finding.with_hint(words::artwork_needs_sample()));
                return None;
            };
            let file = format!("{path} (expanded with samples/{name}.json)");
            match engine.expand("", &Values::new(filled), engine::MAX_ARTWORK) {
                Ok(text) => {
                    let checked = self.check_artwork(SourceFile { file: &file, text: &text });
                    self.findings.extend(checked.err().map(|finding| *finding));
                }
                Err(why) => {
                    self.findings.push(Finding::error("artwork_values", why).place(source.place(0..0)));
                }
            }
        }
        Some(Artwork::Template(Box::new(engine)))
    }

    /// Reports layers that refer to elements, if there is no artwork.
    fn no_artwork(&mut self) {
        // An unreadable file is already reported.
        if self.document.value.get("artwork").is_some() {
            return;
        }
        let mut ids = Vec::new();
        anchors(self.document.value.get("layers"), "/layers", &mut ids);
        for (pointer, id) in ids {
            let place = self.document.place(&pointer, Part::Value);
            self.fault(words::slot_without_artwork(id).pointer(&pointer), place);
        }
    }

    /// Checks an artwork and the layers that refer to it. Fails if it is not XML.
    fn check_artwork(&mut self, source: SourceFile<'_>) -> Result<(), Box<Finding>> {
        let mut ids: Vec<(String, String)> = Vec::new();
        anchors(self.document.value.get("layers"), "/layers", &mut ids);
        let distinct: BTreeSet<&str> = ids.iter().map(|(_, id)| id.as_str()).collect();
        let files = artwork::Files { names: &self.names, bytes: self.files };
        let report = artwork::check(source, &distinct.into_iter().collect::<Vec<_>>(), &files)?;
        let (errors, warnings): (Vec<_>, Vec<_>) =
            report.findings.into_iter().partition(|finding| finding.severity == Severity::Error);
        self.findings.extend(errors);
        self.warnings.extend(warnings);
        self.families.extend(report.families);
        for fault in report.slots {
            for (pointer, _) in ids.iter().filter(|(_, id)| *id == fault.id) {
                let place = self.document.place(pointer, Part::Value);
                self.fault(fault.finding.clone().pointer(pointer), place);
            }
        }
        Ok(())
    }
}

/// Ids of the elements that layers refer to by `at` and `mask`, with the JSON pointers of the references.
fn anchors(layers: Option<&Value>, base: &str, found: &mut Vec<(String, String)>) {
    for (index, layer) in layers.and_then(Value::as_array).into_iter().flatten().enumerate() {
        let pointer = format!("{base}/{index}");
        for name in ["at", "mask"] {
            let id = layer.get(name).and_then(Value::as_str).and_then(|id| id.strip_prefix('#'));
            if let Some(id) = id.filter(|id| !id.is_empty() && !id.contains("{{")) {
                found.push((format!("{pointer}/{name}"), id.to_owned()));
            }
        }
        // Terminates: the parser limits nesting to 64 levels.
        anchors(layer.get("children"), &format!("{pointer}/children"), found);
    }
}
