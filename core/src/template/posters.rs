//! Checks the values of parameters in the artwork of posters.

use std::{collections::BTreeSet, ops::Range};

use super::{
    Artwork, Template,
    artwork::{self, ExpandedArtwork, Files, ValueTag, VaryingArtwork},
    json::unescape,
    source::SourceFile,
};
use crate::{
    error::{Argument, Finding, Place, Severity},
    markup::{Markup, Note, Xml},
    text::FontSet,
    words,
};

/// Maximum number of parameters that a finding names.
const MAX_NAMES: usize = 4;

impl Template {
    fn varying(&self) -> Option<&VaryingArtwork> {
        match &self.compiled.artwork {
            Some(Artwork::Varying(varying)) => Some(varying),
            _ => None,
        }
    }

    /// Checks an expanded artwork. Returns its elements, rewritten, and notes about it.
    ///
    /// # Errors
    /// A note when it takes too much to read.
    pub(crate) fn check_artwork<'a>(
        &self,
        artwork: &'a ExpandedArtwork,
        xml: &'a Xml<'a>,
        fonts: &FontSet,
    ) -> Result<(Markup<'a>, Vec<Note>), Box<Note>> {
        let files = Files { names: self.names(), bytes: &self.files };
        let is_whole = self.varying().is_some_and(|varying| !varying.is_xml);
        let mut checked = artwork::check_expanded(artwork, xml, &files, is_whole, &self.replaced_ids())?;
        for (list, range) in &checked.families {
            if let Some(family) = artwork::unknown_family(list, fonts.families()) {
                let finding = words::artwork_font(words::quote(family), fonts.default_family());
                checked.notes.push(Note { range: range.clone(), finding });
            }
        }
        Ok((checked.plain, checked.notes))
    }

    /// Those of [`Template::all_warnings`] that are about values which the schema lists or allows.
    pub fn schema_warnings(&self) -> Vec<Finding> {
        let of_schema = |finding: &&Finding| finding.row().id == words::value_of_schema::ID;
        self.sample_warnings.iter().filter(of_schema).cloned().collect()
    }

    /// Findings of notes about an expanded artwork, except those that the template has as [warnings](Template::warnings): about a
    /// value at its tag, with the pointer to its parameter; others as [`Template::placed`], and as warnings.
    pub(crate) fn artwork_findings(
        &self,
        artwork: &ExpandedArtwork,
        notes: Vec<Note>,
        as_expanded: &str,
    ) -> Vec<Finding> {
        let is_known = |note: &Note| {
            self.warnings().iter().any(|one| one.code == note.finding.code && one.message == note.finding.message)
        };
        let mut found = Vec::new();
        for note in notes {
            let tags = self.tags_at(artwork, &note.range);
            // Names are also checked without values. A value that precedes an equal one of the artwork is reported.
            if is_known(&note) && (tags.is_empty() || artwork::is_about_name(&note.finding)) {
                continue;
            }
            match tags.first() {
                Some(first) => {
                    let finding = about_parameters(note.finding, &tags);
                    found.push(match self.place_in_artwork(first.range.clone()) {
                        Some(place) => finding.place(place),
                        None => finding,
                    });
                }
                None => {
                    let placed = self.placed(artwork, vec![note], as_expanded).into_iter();
                    found.extend(placed.map(|finding| finding.severity(Severity::Warning)));
                }
            }
        }
        found
    }

    /// Names of the parameters that the artwork inserts.
    pub(crate) fn artwork_parameters(&self) -> BTreeSet<String> {
        let tags = self.varying().into_iter().flat_map(|varying| &varying.tags);
        let names = tags.filter_map(|tag| tag.pointer.as_deref()?.strip_prefix("/params/")?.split('/').next());
        names.map(unescape).collect()
    }

    /// The position in the artwork's file where the parameter at a JSON pointer is inserted first.
    pub(crate) fn insertion(&self, pointer: &str) -> Option<Place> {
        self.place_in_artwork(self.varying()?.range_of(pointer)?)
    }

    /// Adds warnings about values in the artwork that are not those of a poster.
    pub(crate) fn with_sample_warnings(mut self, found: Vec<Finding>) -> Self {
        self.sample_warnings.extend(found);
        self
    }

    /// The tags whose values are at these bytes of an expanded artwork.
    fn tags_at(&self, artwork: &ExpandedArtwork, range: &Range<usize>) -> Vec<&ValueTag> {
        let Some(varying) = self.varying() else { return Vec::new() };
        artwork.values_at(range).filter_map(|value| varying.tags.get(value.tag as usize)).collect()
    }

    fn place_in_artwork(&self, range: Range<usize>) -> Option<Place> {
        let file = &self.varying()?.file;
        Some(SourceFile::new(file, self.files.get(file)?).ok()?.place(range))
    }
}

/// A finding that names the parameters of tags, with the pointer to the first.
fn about_parameters(finding: Finding, tags: &[&ValueTag]) -> Finding {
    let pointers: BTreeSet<&str> = tags.iter().filter_map(|tag| tag.pointer.as_deref()).collect();
    let Some(first) = tags.iter().find_map(|tag| tag.pointer.as_deref()) else { return finding };
    let names = pointers.iter().take(MAX_NAMES).map(|pointer| {
        let steps = pointer.strip_prefix("/params/").unwrap_or(pointer).split('/');
        format!("`{}`", steps.map(unescape).collect::<Vec<_>>().join("."))
    });
    let named = words::listed(names.map(Argument::from));
    let finding = finding.within(|reason| match pointers.len() {
        1 => words::value_of_parameter(reason, named),
        _ => words::value_of_parameters(reason, named),
    });
    let is_advised = finding.hint.is_some();
    finding.with_hint((!is_advised).then(words::pass_another_value)).pointer(first)
}
