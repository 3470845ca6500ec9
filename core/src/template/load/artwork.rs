//! Reads the artwork of a template, and finds the elements that layers name in it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Loader, Sample, text};
use crate::{
    error::Finding,
    template::{
        Artwork, artwork, assets,
        engine::{self, Engine, Escaping, Values},
        json::Part,
        params,
        source::Source,
    },
};

impl Loader<'_> {
    /// The artwork; none when the layout has none, or when it cannot be used.
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
            let message = format!("{path} has {} bytes, at most {} are allowed", bytes.len(), engine::MAX_ARTWORK);
            let place = self.document.place("/artwork", Part::Value);
            self.fault(Finding::error("artwork_too_large", message), place);
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
        // Without a schema nothing can be said about names; syntax is still checked.
        let anything = Value::Bool(true);
        let scope = params.map_or(&anything, params::Schema::document);
        if let Err(faults) = engine.add("", source.text, scope, true) {
            for fault in faults {
                let finding = Finding::error(fault.code, fault.message).place(source.place(fault.range));
                self.findings.push(Finding { hint: fault.hint, ..finding });
            }
            // What it becomes cannot be looked at; where it is XML as it stands, the rest can.
            let _not_yet_xml = self.check_artwork(source);
            return None;
        }
        // As it stands it may be no XML (`<rect {{#if a}}fill="red"{{/if}}/>`); a sample then shows what it becomes.
        if let Err(finding) = self.check_artwork(source) {
            let sample = samples.iter().find_map(|(name, sample)| Some((name, sample.filled.clone()?)));
            let Some((name, filled)) = sample else {
                self.findings.push(finding.hint("with a sample the artwork is checked as it is filled in"));
                return None;
            };
            let file = format!("{path} (filled in from samples/{name}.json)");
            match engine.expand("", &Values::new(filled), engine::MAX_ARTWORK) {
                Ok(text) => {
                    let checked = self.check_artwork(Source { file: &file, text: &text });
                    self.findings.extend(checked.err().map(|finding| *finding));
                }
                Err(why) => {
                    self.findings.push(Finding::error("artwork_values", why).place(source.place(0..0)));
                }
            }
        }
        Some(Artwork::Template(Box::new(engine)))
    }

    /// Without an artwork no layer can name an element of it.
    fn no_artwork(&mut self) {
        // A file that cannot be read at all has been told.
        if self.document.value.get("artwork").is_some() {
            return;
        }
        let mut ids = Vec::new();
        anchors(self.document.value.get("layers"), "/layers", &mut ids);
        for (pointer, id) in ids {
            let place = self.document.place(&pointer, Part::Value);
            let message = format!("there is no element with the id `{id}`: the layout has no artwork");
            let finding = Finding::error("slot_missing", message).pointer(&pointer);
            self.fault(finding.hint("add \"artwork\": \"artwork.svg\", or give the layer a `box`"), place);
        }
    }

    /// Checks an artwork and the layers that stand in it; the error is that it is no XML.
    fn check_artwork(&mut self, source: Source<'_>) -> Result<(), Box<Finding>> {
        let mut ids: Vec<(String, String)> = Vec::new();
        anchors(self.document.value.get("layers"), "/layers", &mut ids);
        let distinct: BTreeSet<&str> = ids.iter().map(|(_, id)| id.as_str()).collect();
        let report = artwork::check(source, &distinct.into_iter().collect::<Vec<_>>(), &self.names)?;
        self.findings.extend(report.findings);
        for fault in report.slots {
            for (pointer, _) in ids.iter().filter(|(_, id)| *id == fault.id) {
                let place = self.document.place(pointer, Part::Value);
                let finding = Finding::error(fault.code, fault.message.clone()).pointer(pointer);
                self.fault(Finding { hint: fault.hint.clone(), ..finding }, place);
            }
        }
        Ok(())
    }
}

/// The elements that layers name, each with the pointer that names it: whose place one takes, whose shape cuts one.
fn anchors(layers: Option<&Value>, base: &str, found: &mut Vec<(String, String)>) {
    for (index, layer) in layers.and_then(Value::as_array).into_iter().flatten().enumerate() {
        let pointer = format!("{base}/{index}");
        for name in ["at", "mask"] {
            let id = layer.get(name).and_then(Value::as_str).and_then(|id| id.strip_prefix('#'));
            if let Some(id) = id.filter(|id| !id.is_empty() && !id.contains("{{")) {
                found.push((format!("{pointer}/{name}"), id.to_owned()));
            }
        }
        // JSON nests 64 levels at most, so this ends.
        anchors(layer.get("children"), &format!("{pointer}/children"), found);
    }
}
