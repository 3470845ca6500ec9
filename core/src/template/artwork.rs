//! Checks the artwork as XML: syntax, references, and whether the slots can be cut out. The renderer checks what depends
//! on drawing.

mod uses;

use resvg::usvg::roxmltree::{Document, Error as XmlError, Node, ParsingOptions};

use super::{
    assets::{self, Names},
    source::SourceFile,
    suggest::suggest,
};
use crate::{
    error::{Finding, Place},
    words,
};

/// Maximum number of XML nodes (elements, texts, comments) in an artwork.
const MAX_NODES: u32 = 200_000;
/// Maximum nesting depth of an artwork's elements.
const MAX_DEPTH: usize = 256;

/// Why a layer cannot replace an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotFault {
    /// The requested id.
    pub id: String,
    /// What is wrong, with the artwork's line.
    pub finding: Finding,
}

/// Faults of an artwork.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Faults of the artwork itself, with positions.
    pub findings: Vec<Finding>,
    /// Faults of the slots.
    pub slots: Vec<SlotFault>,
}

/// Checks an artwork. `ids` are the slots (without `#`), `files` the files that pictures may refer to.
///
/// # Errors
/// A single finding, with its position, when the artwork is not well-formed XML.
pub fn check(source: SourceFile<'_>, ids: &[&str], files: &Names) -> Result<Report, Box<Finding>> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(source.text, options).map_err(|error| Box::new(syntax(source, &error)))?;
    let mut report = Report::default();
    let root = document.root_element();
    if root.tag_name().name() != "svg" {
        report.findings.push(words::artwork_root(root.tag_name().name()).place(place(source, root)));
    } else if root.tag_name().namespace() != Some(SVG) {
        report.findings.push(words::artwork_namespace(SVG).place(place(source, root)));
    }
    let mut depth_reported = false;
    for node in document.descendants().filter(Node::is_element) {
        if !depth_reported && node.ancestors().take(MAX_DEPTH + 2).count() > MAX_DEPTH {
            depth_reported = true;
            report.findings.push(words::artwork_nested(MAX_DEPTH).place(place(source, node)));
        }
        element(source, node, files, &mut report.findings);
    }
    if !depth_reported {
        let circular = uses::circular(&document).into_iter();
        report.findings.extend(circular.map(|(node, target)| words::use_circular(target).place(place(source, node))));
        report.slots.extend(ids.iter().filter_map(|id| slot(source, &document, id)));
    }
    Ok(report)
}

const SVG: &str = "http://www.w3.org/2000/svg";

fn syntax(source: SourceFile<'_>, error: &XmlError) -> Finding {
    if matches!(error, XmlError::DtdDetected) {
        let start = source.text.find("<!DOCTYPE").unwrap_or(0);
        let end = source.text[start..].find('>').map_or(source.text.len(), |end| start + end + 1);
        return words::artwork_dtd().place(source.place(start..end));
    }
    let message = error.to_string();
    // The library's message ends with the position, which is reported separately.
    let message = message.rsplit_once(" at ").map_or(message.as_str(), |(message, _)| message);
    let start = match error {
        XmlError::UnclosedRootNode | XmlError::UnexpectedEndOfStream => source.text.trim_end().len(),
        error => source.offset(error.pos().row as usize, error.pos().col as usize),
    };
    words::artwork_syntax(message).place(source.place(start..start))
}

/// Position of an element's start tag.
fn place(source: SourceFile<'_>, node: Node<'_, '_>) -> Place {
    let range = node.range();
    let end = source.text[range.clone()].find(['>', '\n']).map_or(range.end, |end| range.start + end + 1);
    source.place(range.start..end)
}

/// Checks that an element and its references are supported.
fn element(source: SourceFile<'_>, node: Node<'_, '_>, files: &Names, findings: &mut Vec<Finding>) {
    let name = node.tag_name().name();
    if matches!(name, "script" | "foreignObject" | "iframe") {
        findings.push(words::artwork_refused(name).place(place(source, node)));
        return;
    }
    for attribute in node.attributes() {
        let value = attribute.value().trim();
        let fault = match attribute.name() {
            "href" if matches!(name, "image" | "feImage") => picture(value, files),
            "href" if !value.starts_with('#') => Some(words::href_outside(words::quote(value))),
            "style" | "fill" | "stroke" | "filter" | "mask" | "clip-path" | "marker" | "marker-start"
            | "marker-mid" | "marker-end" => outside(value),
            _ => None,
        };
        findings.extend(fault.map(|finding| finding.place(source.place(attribute.range()))));
    }
    if name == "style"
        && let Some(finding) = node.text().and_then(outside)
    {
        findings.push(finding.place(place(source, node)));
    }
}

fn picture(href: &str, files: &Names) -> Option<Finding> {
    use crate::asset::AssetSource::{Data, File, Upload, Url};
    if href.contains("{{") {
        return Some(words::picture_by_parameter());
    }
    if href.starts_with('#') {
        return None;
    }
    match assets::source(href, files) {
        Ok(Some(source @ (Data(_) | File(_)))) if is_svg(&source) => Some(words::picture_is_svg()),
        Ok(Some(Data(_) | File(_))) => None,
        Ok(Some(Url(_) | Upload(_))) => Some(words::picture_outside(words::quote(href))),
        Ok(None) => Some(words::picture_empty()),
        Err(message) => Some(Finding::error("artwork_reference", message)),
    }
}

/// Whether a picture's media type or file name declares an SVG.
fn is_svg(source: &crate::asset::AssetSource) -> bool {
    let named = |text: &str, name: &str| text.trim().to_ascii_lowercase().ends_with(name);
    match source {
        crate::asset::AssetSource::Data(uri) => {
            named(uri.split([';', ',']).next().unwrap_or_default(), "image/svg+xml")
        }
        crate::asset::AssetSource::File(path) => named(path, ".svg"),
        crate::asset::AssetSource::Url(_) | crate::asset::AssetSource::Upload(_) => false,
    }
}

/// A finding for the first `@import`, or `url(...)` that leaves the file, in CSS.
fn outside(css: &str) -> Option<Finding> {
    if css.contains("@import") {
        return Some(words::css_import());
    }
    let is_skipped = |c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'');
    let targets = css.split("url(").skip(1).map(|rest| rest.trim_start_matches(is_skipped));
    let mut outside = targets.filter(|target| !target.starts_with('#'));
    outside.next().map(|target| {
        let target = target.split([')', '"', '\'']).next().unwrap_or(target);
        words::url_outside(words::quote(target))
    })
}

fn slot(source: SourceFile<'_>, document: &Document<'_>, id: &str) -> Option<SlotFault> {
    let line = |node: Node<'_, '_>| document.text_pos_at(node.range().start).row;
    let fault = |finding| Some(SlotFault { id: id.to_owned(), finding });
    let file = source.file;
    let ids = || document.descendants().filter_map(|node| node.attribute("id"));
    let mut found = document.descendants().filter(|node| node.attribute("id") == Some(id));
    let Some(node) = found.next() else {
        return fault(words::slot_not_in_file(file, id).with_hint(suggest(id, ids())));
    };
    if let Some(second) = found.next() {
        return fault(words::slot_twice(id, file, line(node), line(second)));
    }
    if node == document.root_element() {
        return fault(words::slot_is_root(id));
    }
    if style(node, "display") == Some("none") {
        return fault(words::slot_hidden(id, file, line(node)));
    }
    for around in node.ancestors().skip(1).filter(Node::is_element) {
        let name = around.tag_name().name();
        if matches!(name, "defs" | "symbol" | "pattern" | "clipPath" | "mask" | "marker" | "switch" | "text") {
            return fault(words::slot_not_drawn(id, name, file, line(around)));
        }
        if style(around, "display") == Some("none") {
            return fault(words::slot_in_hidden(id, name, file, line(around)));
        }
    }
    None
}

/// A property of an element: from `style`, which takes precedence (CSS 2.2, section 6.4.4), or from the attribute.
fn style<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let declared = node.attribute("style").unwrap_or_default().split(';').filter_map(|one| one.split_once(':'));
    let mut declared = declared.filter(|(property, _)| property.trim().eq_ignore_ascii_case(name));
    declared
        .next_back()
        .map(|(_, value)| value.trim().trim_end_matches("!important").trim())
        .or_else(|| node.attribute(name).map(str::trim))
}
