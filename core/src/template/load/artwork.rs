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
    words,
};

impl Loader<'_> {
    /// Reads and checks the artwork. `None` when the layout has none, or it cannot be used.
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
        // Without a schema names cannot be checked; syntax still is.
        let anything = Value::Bool(true);
        let scope = params.map_or(&anything, params::Schema::document);
        if let Err(faults) = engine.add("", source.text, scope, true) {
            for fault in faults {
                self.findings.push(fault.finding.place(source.place(fault.range)));
            }
            // The expanded artwork cannot be checked. The source can, if it is well-formed XML.
            let _not_yet_xml = self.check_artwork(source);
            return None;
        }
        // The source need not be well-formed XML (`<rect {{#if a}}fill="red"{{/if}}/>`): it is then expanded with a sample.
        if let Err(finding) = self.check_artwork(source) {
            let sample = samples.iter().find_map(|(name, sample)| Some((name, sample.filled.clone()?)));
            let Some((name, filled)) = sample else {
                self.findings.push(finding.with_hint(words::artwork_needs_sample()));
                return None;
            };
            let file = format!("{path} (expanded with samples/{name}.json)");
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

    /// Reports the layers that name an element although the layout has no artwork.
    fn no_artwork(&mut self) {
        // A file that cannot be read has been reported already.
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

    /// Checks an artwork and the elements that layers name in it.
    ///
    /// # Errors
    /// It is not well-formed XML.
    fn check_artwork(&mut self, source: Source<'_>) -> Result<(), Box<Finding>> {
        let mut ids: Vec<(String, String)> = Vec::new();
        anchors(self.document.value.get("layers"), "/layers", &mut ids);
        let distinct: BTreeSet<&str> = ids.iter().map(|(_, id)| id.as_str()).collect();
        let report = artwork::check(source, &distinct.into_iter().collect::<Vec<_>>(), &self.names)?;
        self.findings.extend(report.findings);
        for fault in report.slots {
            for (pointer, _) in ids.iter().filter(|(_, id)| *id == fault.id) {
                let place = self.document.place(pointer, Part::Value);
                self.fault(fault.finding.clone().pointer(pointer), place);
            }
        }
        Ok(())
    }
}

/// Collects the ids that layers name as slots (`at`) and as masks, each with its pointer.
fn anchors(layers: Option<&Value>, base: &str, found: &mut Vec<(String, String)>) {
    for (index, layer) in layers.and_then(Value::as_array).into_iter().flatten().enumerate() {
        let pointer = format!("{base}/{index}");
        for name in ["at", "mask"] {
            let id = layer.get(name).and_then(Value::as_str).and_then(|id| id.strip_prefix('#'));
            if let Some(id) = id.filter(|id| !id.is_empty() && !id.contains("{{")) {
                found.push((format!("{pointer}/{name}"), id.to_owned()));
            }
        }
        // JSON nests at most 64 levels, which bounds the recursion.
        anchors(layer.get("children"), &format!("{pointer}/children"), found);
    }
}
