//! Reads the artwork of a template and checks the elements that layers refer to.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;

use super::{
    loader::{Loader, text},
    samples::Sample,
};
use crate::{
    error::Severity,
    markup::{self, Markup, Xml},
    template::{
        Artwork,
        artwork::{self, ExpandedArtwork, Origin, Parameters, VaryingArtwork},
        artwork_samples::{expanded_with, of_sample, preferred},
        assets,
        engine::{self, Engine, Escaping, SourceFault, Values},
        json::Part,
        params,
        source::SourceFile,
        tags,
    },
    words,
};

/// The texts of an artwork that can be parsed.
pub(super) struct Written {
    /// Path in the template's folder.
    file: String,
    /// As it is written.
    text: Arc<str>,
    /// With parameters, as it is read before they are expanded.
    masked: Option<String>,
    /// What names it, and its text, expanded with a sample, if it is no XML as it is written.
    expanded: OnceCell<(String, ExpandedArtwork)>,
}

impl Written {
    /// Whether it is no XML before it is expanded.
    pub(super) fn is_expanded(&self) -> bool {
        self.expanded.get().is_some()
    }
}

/// An artwork that was parsed.
pub(super) struct Parsed<'t> {
    /// The text in which its positions are.
    source: SourceFile<'t>,
    xml: Xml<'t>,
    origin: Origin<'t>,
}

impl Loader<'_> {
    /// Reads the artwork. `None` if the layout has none, or its file is faulty; without [`Artwork`] if its handlebars are.
    pub(super) fn artwork(&mut self, params: Option<&params::Schema>) -> Option<(Written, Option<Artwork>)> {
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
        let plain = markup::declared(source.text);
        let source = SourceFile { file: &path, text: &plain };
        let written = Written { file: path.clone(), text: source.text.into(), masked: None, expanded: OnceCell::new() };
        if !source.text.contains("{{") {
            let fixed = Artwork::Fixed(Arc::clone(&written.text));
            return Some((written, Some(fixed)));
        }
        let parts = tags::parts(source.text);
        let Parameters { tags, faults, masked } = Parameters::of(source.text, &parts);
        let mut engine = Engine::new(Escaping::Xml);
        // Without a schema, names cannot be checked; the syntax is.
        let anything = Value::Bool(true);
        let scope = params.map_or(&anything, params::Schema::document);
        let insertions = tags.iter().map(|tag| tag.insertion);
        let compiled = engine.add_artwork(source.text, scope, &parts, insertions).err().unwrap_or_default();
        // Where tags are is known if all of them are understood.
        let is_syntax = |fault: &SourceFault| fault.finding.code == words::handlebars_syntax::CODE;
        let faults = if compiled.iter().any(is_syntax) { Vec::new() } else { faults };
        let is_faulty = !(compiled.is_empty() && faults.is_empty());
        for fault in compiled.into_iter().chain(faults) {
            self.findings.push(fault.finding.place(source.place(fault.range)));
        }
        let written = Written { masked: Some(masked), ..written };
        if is_faulty {
            return Some((written, None));
        }
        let varying = VaryingArtwork { file: path, engine, tags, is_xml: true };
        Some((written, Some(Artwork::Varying(Box::new(varying)))))
    }

    /// Parses the text of an artwork that is XML: as it is written, or expanded with a sample.
    // Counted by tests/loading.
    #[inline(never)]
    pub(super) fn parse_artwork<'t>(
        &mut self,
        written: &'t Written,
        artwork: Option<&Artwork>,
        samples: &BTreeMap<String, Sample>,
    ) -> Option<Parsed<'t>> {
        let source = SourceFile { file: &written.file, text: &written.text };
        let (text, origin) = match &written.masked {
            Some(masked) => (masked.as_str(), Origin::Source),
            None => (source.text, Origin::Fixed),
        };
        let finding = match markup::parse(text) {
            Ok(xml) => return Some(Parsed { source, xml, origin }),
            Err(note) => note.finding.place(source.place(note.range)),
        };
        let varying = match artwork {
            Some(Artwork::Varying(varying)) => varying,
            Some(Artwork::Fixed(_)) => {
                self.findings.push(finding);
                return None;
            }
            // It cannot be expanded.
            None => return None,
        };
        // The source need not be XML (`<rect {{#if a}}fill="red"{{/if}}/>`); then check it expanded with a sample.
        let sample = preferred(samples).find_map(|(name, sample)| Some((name, sample.filled.clone()?)));
        let Some((name, filled)) = sample else {
            self.findings.push(finding.with_hint(words::artwork_needs_sample()));
            return None;
        };
        let expanded = match varying.expand(&Values::new(filled)) {
            Ok(expanded) => expanded,
            Err(findings) => {
                let placed = findings.into_iter().map(|mut finding| {
                    finding.code = "artwork_values";
                    let range = finding.pointer.take().and_then(|pointer| varying.range_of(&pointer));
                    of_sample(finding, name).place(source.place(range.unwrap_or(0..0)))
                });
                self.findings.extend(placed);
                return None;
            }
        };
        let file = written.file.clone() + &expanded_with(name);
        let (file, expanded) = written.expanded.get_or_init(|| (file, expanded));
        let source = SourceFile { file, text: expanded };
        match markup::parse(source.text) {
            Ok(xml) => Some(Parsed { source, xml, origin: Origin::Expanded(expanded) }),
            Err(note) => {
                self.findings.push(note.finding.place(source.place(note.range)));
                None
            }
        }
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

    /// Checks a parsed artwork and the layers that refer to it. Returns its elements, rewritten for drawing, unless a fault
    /// prevents that.
    // Counted by tests/loading.
    #[inline(never)]
    pub(super) fn check_artwork<'t>(&mut self, parsed: &'t Parsed<'t>) -> Option<Markup<'t>> {
        let Parsed { source, xml, origin } = parsed;
        let mut ids: Vec<(String, String)> = Vec::new();
        anchors(self.document.value.get("layers"), "/layers", &mut ids);
        let distinct: BTreeSet<&str> = ids.iter().map(|(_, id)| id.as_str()).collect();
        let files = artwork::Files { names: &self.names, bytes: self.files };
        let of = |end: &str| {
            let all = ids.iter().filter(|(pointer, _)| pointer.ends_with(end));
            all.map(|(_, id)| id.as_str()).collect::<BTreeSet<_>>()
        };
        let replaced = &of("/at") - &of("/mask");
        let distinct: Vec<&str> = distinct.into_iter().collect();
        let report = artwork::check(*source, xml, *origin, &distinct, &replaced, &files);
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
        report.plain
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
