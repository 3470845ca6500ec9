//! Checks the artwork as XML: syntax, references, and whether the slots can be cut out. The renderer checks what depends
//! on drawing.

mod expanded;
mod parameters;
mod references;
mod scopes;
mod uses;
mod values;
mod varying;

use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
};

use super::{source::SourceFile, suggest::suggest};
use crate::{
    error::{Finding, Place},
    markup::{
        self, Extent, Hidden, Markup, Note, Xml, has_parameter,
        tree::{self, Document, NodeId, SVG},
    },
    style::font_names,
    words,
};
pub use expanded::ExpandedArtwork;
pub use parameters::{Parameters, ValueTag};
pub use references::Files;
pub use values::check_expanded;
pub use varying::VaryingArtwork;

/// The text of an artwork that is checked.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'o> {
    /// A file without parameters.
    Fixed,
    /// A file with [`markup::PARAMETER`] in place of parameters.
    Source,
    /// A file that is no XML before it is expanded. What depends on values is checked otherwise: with those of all samples, and of
    /// each poster.
    Expanded(&'o ExpandedArtwork),
}

/// Why a layer cannot replace an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotFault {
    /// The requested id.
    pub id: String,
    /// What is wrong, with the artwork's line.
    pub finding: Finding,
}

/// Faults of an artwork, and its elements.
#[derive(Debug, Default)]
pub struct ArtworkReport<'a> {
    /// Faults of the artwork itself, and warnings about what is not drawn as in a browser, with positions.
    pub findings: Vec<Finding>,
    /// Slots that a layer cannot replace.
    pub slots: Vec<SlotFault>,
    /// Font families of texts, as written, with their positions.
    pub families: Vec<(String, Place)>,
    /// What it consists of, rewritten ([`Markup::plain`]). `None` if a fault prevents that.
    pub plain: Option<Markup<'a>>,
}

/// Checks a parsed artwork. `source` has its positions; `ids` are the slots (without `#`), `replaced` those of them of which nothing is
/// drawn, `files`: those that pictures may refer to.
pub fn check<'a>(
    source: SourceFile<'a>,
    xml: &'a Xml<'a>,
    origin: Origin<'_>,
    ids: &[&str],
    replaced: &BTreeSet<&str>,
    files: &Files<'_>,
) -> ArtworkReport<'a> {
    let placed = |note: Note| note.finding.place(source.place(note.range));
    let is_fixed = |range: &Range<usize>| match origin {
        Origin::Fixed => true,
        Origin::Source => {
            let written = xml.input_text().get(range.clone()).unwrap_or_default();
            written.starts_with('<') || !has_parameter(written)
        }
        Origin::Expanded(artwork) => !artwork.has_value(range),
    };
    // Names are known, whatever their values are.
    let is_known =
        |note: &Note| is_fixed(&note.range) || matches!(origin, Origin::Source) && is_about_name(&note.finding);
    let extent = match origin {
        Origin::Fixed => Extent::Whole,
        // Lists and conditions of other parameters have other ids.
        Origin::Source | Origin::Expanded(_) => Extent::Source,
    };
    let mut report = ArtworkReport::default();
    let root = xml.root_element();
    let start = || start_tag(source, root.range());
    if root.tag_name().name() != "svg" {
        report.findings.push(words::artwork_root(root.tag_name().name()).place(start()));
        return report;
    }
    if root.tag_name().namespace() != Some(SVG) {
        report.findings.push(words::artwork_namespace(SVG).place(start()));
        return report;
    }
    let markup = match Markup::styled(xml.input_text(), xml) {
        Ok(markup) => markup.checked(extent),
        Err(note) => {
            report.findings.push(placed(*note));
            return report;
        }
    };
    let slots = Slots::of(&markup.document, ids);
    let links = references::check(&markup.document, files, None).into_iter();
    let links = links.filter(|note| matches!(origin, Origin::Source) || is_fixed(&note.range));
    report.findings.extend(links.map(placed));
    // Different parameters look alike.
    for (node, target) in uses::circular(&markup.document).into_iter().filter(|(_, target)| !has_parameter(target)) {
        let place = start_tag(source, markup.document.nodes[node].range.clone());
        report.findings.push(words::use_circular(target).place(place));
    }
    let families = markup.families(replaced).into_iter().filter(|(_, range)| is_fixed(range));
    report.families = families.map(|(list, range)| (list, source.place(range))).collect();
    let mut plain = match markup.plain() {
        Ok(plain) => plain,
        Err(note) => {
            report.findings.push(placed(*note));
            return report;
        }
    };
    report.slots.extend(ids.iter().filter_map(|id| slot(source, &plain.document, &slots, id)));
    let notes = std::mem::take(&mut plain.notes).into_iter();
    report.findings.extend(notes.filter(is_known).map(placed));
    report.plain = Some(plain);
    report
}

/// Whether a finding is about the name of an attribute or a property.
pub fn is_about_name(finding: &Finding) -> bool {
    [words::artwork_attribute::CODE, words::css_property::CODE].contains(&finding.code)
}

/// The elements that layers refer to, before the artwork is rewritten.
struct Slots<'i> {
    /// All elements with each id.
    named: HashMap<&'i str, Vec<NodeId>>,
    /// All ids of the artwork, if one that is referred to is not among them.
    known: BTreeSet<String>,
}

impl<'i> Slots<'i> {
    fn of(document: &Document<'_>, ids: &[&'i str]) -> Self {
        let mut named: HashMap<&str, Vec<NodeId>> = ids.iter().map(|id| (*id, Vec::new())).collect();
        let own = |node: NodeId| document.attribute(node, "id");
        for node in document.descendants(0).filter(|_| !ids.is_empty()) {
            let Some(id) = own(node) else { continue };
            if let Some(all) = named.get_mut(id) {
                all.push(node);
            }
        }
        let mut known = BTreeSet::new();
        if named.values().any(Vec::is_empty) {
            known.extend(document.descendants(0).filter_map(own).filter(|id| !has_parameter(id)).map(str::to_owned));
        }
        Self { named, known }
    }
}

/// Position of an element's start tag.
fn start_tag(source: SourceFile<'_>, range: Range<usize>) -> Place {
    let end = source.text[range.clone()].find(['>', '\n']).map_or(range.end, |end| range.start + end + 1);
    source.place(range.start..end)
}

/// Why an element cannot be a slot. `document`: the rewritten artwork.
fn slot(source: SourceFile<'_>, document: &Document<'_>, slots: &Slots<'_>, id: &str) -> Option<SlotFault> {
    let line = |node: NodeId| source.place(document.nodes[node].range.start..document.nodes[node].range.start).line;
    let fault = |finding| Some(SlotFault { id: id.to_owned(), finding });
    let file = source.file;
    let found = slots.named.get(id).map(Vec::as_slice).unwrap_or_default();
    let &[node, ref others @ ..] = found else {
        let known = slots.known.iter().map(String::as_str);
        return fault(words::slot_not_in_file(file, id).with_hint(suggest(id, known)));
    };
    if let Some(second) = others.first() {
        return fault(words::slot_twice(id, file, line(node), line(*second)));
    }
    if node == 0 {
        return fault(words::slot_is_root(id));
    }
    let is_hidden = |node: NodeId| document.attribute(node, "display") == Some("none");
    if is_hidden(node) {
        return fault(words::slot_hidden(id, file, line(node)));
    }
    let mut outermost = node;
    for around in document.within(node).skip(1) {
        let name = document.nodes[around].name;
        if !tree::is_drawn(name) || name == "text" {
            return fault(words::slot_not_drawn(id, name, file, line(around)));
        }
        if is_hidden(around) {
            return fault(words::slot_in_hidden(id, name, file, line(around)));
        }
        outermost = around;
    }
    // It is, or is part of, an element that was removed.
    if outermost != 0 {
        return fault(words::slot_removed(id, document.nodes[outermost].name, file, line(outermost)));
    }
    fault(match markup::hidden(document, node)? {
        Hidden::Invisible(around) => words::slot_invisible(id, file, line(around)),
        Hidden::Transparent(around) => words::slot_transparent(id, document.nodes[around].name, file, line(around)),
        Hidden::Empty(around, effect) => {
            words::slot_without_ink(id, document.nodes[around].name, effect, file, line(around))
        }
    })
}

/// The first family of a list that is not available, if the list is drawn with a generic family or the default one.
pub fn unknown_family<'l>(list: &'l str, known: &[String]) -> Option<&'l str> {
    // Names that mean no family of their own.
    const IGNORED: [&str; 5] = ["math", "emoji", "inherit", "initial", "-apple-system"];
    let names = list.split(',').map(|name| name.trim().trim_matches(['"', '\'']).trim());
    let names = names.filter(|name| !name.is_empty() && !has_parameter(name));
    let mut unknown = None;
    for name in names.take_while(|name| !font_names::is_default(name)) {
        if font_names::face(name, known).is_some() {
            return None;
        }
        if font_names::drawn(name, known).is_some() {
            break;
        }
        let is_ignored = IGNORED.contains(&name.to_ascii_lowercase().as_str());
        unknown = unknown.or((!is_ignored).then_some(name));
    }
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_that_are_not_there_are_named() {
        let sans = ["Noto Sans SC".to_owned()];
        let both = ["Noto Sans SC".to_owned(), "Noto Serif SC".to_owned()];
        for (list, without, with) in [
            ("serif", Some("serif"), None),
            ("monospace", Some("monospace"), Some("monospace")),
            ("Georgia, serif", Some("Georgia"), Some("Georgia")),
            ("Georgia, Noto Sans SC", None, None),
            ("Noto Sans SC, serif", None, None),
            ("sans-serif, serif", None, None),
            ("system-ui, Georgia", None, None),
            ("ui-serif", Some("ui-serif"), None),
            ("'SERIF'", Some("SERIF"), None),
            ("serif, Georgia", Some("serif"), None),
            ("cursive, serif", Some("cursive"), Some("cursive")),
            ("PingFang SC, sans-serif, Noto Serif SC", Some("PingFang SC"), Some("PingFang SC")),
            ("PingFang SC, sans-serif", Some("PingFang SC"), Some("PingFang SC")),
            ("system-ui", None, None),
            ("", None, None),
        ] {
            assert_eq!((unknown_family(list, &sans), unknown_family(list, &both)), (without, with), "{list}");
        }
    }
}
