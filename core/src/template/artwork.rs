//! Checks the artwork as XML: syntax, references, and whether the slots can be cut out. The renderer checks what depends
//! on drawing.

mod uses;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
};

use bytes::Bytes;

use super::{
    assets::{self, FilePaths},
    source::SourceFile,
    suggest::suggest,
};
use crate::{
    asset::unsupported,
    error::{Finding, Message, Place, Severity},
    markup::{
        self, Hidden, Markup, Note, Xml,
        tree::{self, Document, NodeId, SVG},
    },
    style::font_names,
    words,
};

/// Maximum number of findings about references.
const MAX_REFERENCES: usize = 100;

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

/// Checks a parsed artwork. `ids` are the slots (without `#`), `files`: those that pictures may refer to.
pub fn check<'a>(source: SourceFile<'a>, xml: &'a Xml<'a>, ids: &[&str], files: &Files<'_>) -> ArtworkReport<'a> {
    let placed = |note: Note| note.finding.place(source.place(note.range));
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
    let markup = match Markup::styled(source.text, xml) {
        Ok(markup) => markup.checked(),
        Err(note) => {
            report.findings.push(placed(*note));
            return report;
        }
    };
    let slots = Slots::of(&markup.document, ids);
    for node in markup.document.all() {
        references(source, &markup.document, node, files, &mut report.findings);
    }
    for (node, target) in uses::circular(&markup.document) {
        let place = start_tag(source, markup.document.nodes[node].range.clone());
        report.findings.push(words::use_circular(target).place(place));
    }
    let families = markup.families().into_iter();
    report.families = families.map(|(list, range)| (list, source.place(range))).collect();
    let mut plain = match markup.plain() {
        Ok(plain) => plain,
        Err(note) => {
            report.findings.push(placed(*note));
            return report;
        }
    };
    report.slots.extend(ids.iter().filter_map(|id| slot(source, &plain.document, &slots, id)));
    report.findings.extend(std::mem::take(&mut plain.notes).into_iter().map(placed));
    report.plain = Some(plain);
    report
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
            known.extend(document.descendants(0).filter_map(own).map(str::to_owned));
        }
        Self { named, known }
    }
}

/// Position of an element's start tag.
fn start_tag(source: SourceFile<'_>, range: Range<usize>) -> Place {
    let end = source.text[range.clone()].find(['>', '\n']).map_or(range.end, |end| range.start + end + 1);
    source.place(range.start..end)
}

/// Checks the references of an element to pictures and other elements.
fn references(
    source: SourceFile<'_>,
    document: &Document<'_>,
    id: NodeId,
    files: &Files<'_>,
    findings: &mut Vec<Finding>,
) {
    if findings.len() >= MAX_REFERENCES {
        return;
    }
    let node = &document.nodes[id];
    for attribute in node.attributes.iter().filter(|attribute| attribute.name == "href") {
        let value = attribute.value.trim();
        let fault = match node.name {
            "image" | "feImage" => picture(value, files),
            "a" | "script" => None,
            _ if value.is_empty() => Some(words::artwork_link_empty(node.name)),
            _ if value.starts_with('#') || value.contains("{{") => None,
            _ => Some(words::href_outside(words::quote(value))),
        };
        findings.extend(fault.map(|finding| finding.place(source.place(attribute.range.clone()))));
    }
}

/// Files of the template that pictures may refer to.
#[derive(Debug, Clone, Copy)]
pub struct Files<'f> {
    /// Their paths.
    pub names: &'f FilePaths,
    /// Their bytes.
    pub bytes: &'f BTreeMap<String, Bytes>,
}

fn picture(href: &str, files: &Files<'_>) -> Option<Finding> {
    use crate::asset::AssetSource::{Data, File, Upload, Url};
    if href.contains("{{") {
        return Some(words::picture_by_parameter());
    }
    if href.starts_with('#') {
        return None;
    }
    match assets::source(href, files.names) {
        Ok(Some(Data(uri))) => {
            let declared = uri.split([';', ',']).next().unwrap_or_default();
            let is_svg = declared.trim().to_ascii_lowercase().ends_with("image/svg+xml");
            content(&assets::decoded(&uri, SNIFFED), is_svg, words::picture_of_data)
        }
        Ok(Some(File(path))) => {
            let name = path.trim().to_ascii_lowercase();
            let start = files.bytes.get(&path).map_or(&[][..], |bytes| &bytes[..bytes.len().min(SNIFFED)]);
            let is_svg = name.ends_with(".svg") || name.ends_with(".svgz");
            content(start, is_svg, || words::picture_of_file(words::quote(&path)))
        }
        Ok(Some(Url(_) | Upload(_))) => Some(words::picture_outside(words::quote(href))),
        Ok(None) => Some(words::picture_empty()),
        Err(message) => {
            // Artwork has no pictures from URLs.
            let near = assets::similar(href, files.names).map(words::did_you_mean);
            let hint = near.unwrap_or_else(words::picture_into_folder);
            Some(Finding::error("artwork_reference", message.with_hint(hint)))
        }
    }
}

/// Bytes from which a picture's format is recognised.
const SNIFFED: usize = 256;

/// A finding for a picture that is not drawn. `start`: its first bytes; `is_svg`: whether it is declared to be an SVG;
/// `name`: what findings call it.
fn content(start: &[u8], is_svg: bool, name: impl FnOnce() -> Message) -> Option<Finding> {
    if is_svg || assets::is_document(start) {
        return Some(words::picture_is_svg());
    }
    if start.is_empty() {
        return Some(words::picture_without_bytes());
    }
    use image::ImageFormat::{Gif, Jpeg, Png, WebP};
    let is_drawn = matches!(image::guess_format(start), Ok(Jpeg | Png | WebP | Gif));
    let is_drawn = is_drawn && !unsupported::is_for_apps(start);
    let Some(named) = unsupported::named(start).filter(|_| !is_drawn) else {
        return (!is_drawn).then(words::picture_unreadable);
    };
    let named = named.within(|reason| words::artwork_picture(name(), reason));
    Some(Finding::new(Severity::Warning, "artwork_picture", named.words().clone()))
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
    let names = names.filter(|name| !name.is_empty() && !name.contains("{{"));
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

    #[test]
    fn hints_about_pictures_name_files_alone() {
        let (names, bytes) = (FilePaths::from(["assets/photo.jpg".to_owned()]), BTreeMap::new());
        let files = Files { names: &names, bytes: &bytes };
        let hint = |href: &str| picture(href, &files).and_then(|finding| finding.hint).unwrap_or_default();
        assert_eq!(hint("assets/foto.jpg"), "did you mean `assets/photo.jpg`?");
        for href in ["https://a.cn/a.png", "www.a.cn/a.png", "ftp://a.cn/a.png", "picture.png", "../a.png"] {
            assert!(hint(href).contains("folder") && !hint(href).contains("http"), "{href}: {}", hint(href));
        }
    }
}
