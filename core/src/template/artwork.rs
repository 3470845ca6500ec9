//! Checks the artwork as XML: syntax, references, and whether the slots can be cut out. The renderer checks what depends
//! on drawing.

mod uses;

use resvg::usvg::roxmltree::{Document, Error as XmlError, Node, ParsingOptions};

use super::{
    assets::{self, Names},
    source::{Source, suggest},
    violation::quote,
};
use crate::error::Finding;

/// Maximum number of XML nodes (elements, texts, comments) in an artwork.
const MAX_NODES: u32 = 200_000;
/// Maximum nesting depth of an artwork's elements.
const MAX_DEPTH: usize = 256;

/// Why a layer cannot replace an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotFault {
    /// The requested id.
    pub id: String,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, with the artwork's line.
    pub message: String,
    /// How to fix it.
    pub hint: Option<String>,
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
pub fn check(source: Source<'_>, ids: &[&str], files: &Names) -> Result<Report, Box<Finding>> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(source.text, options).map_err(|error| Box::new(syntax(source, &error)))?;
    let mut report = Report::default();
    let root = document.root_element();
    if root.tag_name().name() != "svg" {
        let message = format!("expected <svg>, got <{}>", root.tag_name().name());
        report.findings.push(at(source, root, "artwork_not_svg", message));
    } else if root.tag_name().namespace() != Some(SVG) {
        let finding = at(source, root, "artwork_not_svg", "<svg> is not in SVG's namespace".to_owned());
        report.findings.push(finding.hint(format!("add xmlns=\"{SVG}\"")));
    }
    let mut depth_reported = false;
    for node in document.descendants().filter(Node::is_element) {
        if !depth_reported && node.ancestors().take(MAX_DEPTH + 2).count() > MAX_DEPTH {
            depth_reported = true;
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            report.findings.push(at(source, node, "artwork_syntax", message));
        }
        element(source, node, files, &mut report.findings);
    }
    if !depth_reported {
        report.findings.extend(uses::circular(&document).into_iter().map(|(node, target)| {
            let message = format!("<use> draws `{target}`, which draws this <use> again");
            let finding = at(source, node, "artwork_reference", message);
            finding.hint("a <use> must name an element that does not contain it, nor a <use> that leads back to it")
        }));
        report.slots.extend(ids.iter().filter_map(|id| slot(source, &document, id)));
    }
    Ok(report)
}

const SVG: &str = "http://www.w3.org/2000/svg";

fn syntax(source: Source<'_>, error: &XmlError) -> Finding {
    if matches!(error, XmlError::DtdDetected) {
        let start = source.text.find("<!DOCTYPE").unwrap_or(0);
        let end = source.text[start..].find('>').map_or(source.text.len(), |end| start + end + 1);
        let finding = Finding::error("artwork_dtd", "a DOCTYPE is not allowed").place(source.place(start..end));
        return finding.hint("delete it; SVG needs none");
    }
    let message = error.to_string();
    // The library's message ends with the position, which is reported separately.
    let message = message.rsplit_once(" at ").map_or(message.as_str(), |(message, _)| message);
    let start = match error {
        XmlError::UnclosedRootNode | XmlError::UnexpectedEndOfStream => source.text.trim_end().len(),
        error => source.offset(error.pos().row as usize, error.pos().col as usize),
    };
    Finding::error("artwork_syntax", message.to_owned()).place(source.place(start..start))
}

fn at(source: Source<'_>, node: Node<'_, '_>, code: &'static str, message: String) -> Finding {
    let range = node.range();
    let end = source.text[range.clone()].find(['>', '\n']).map_or(range.end, |end| range.start + end + 1);
    Finding::error(code, message).place(source.place(range.start..end))
}

/// Checks that an element and its references are supported.
fn element(source: Source<'_>, node: Node<'_, '_>, files: &Names, findings: &mut Vec<Finding>) {
    let name = node.tag_name().name();
    if matches!(name, "script" | "foreignObject" | "iframe") {
        findings.push(at(source, node, "artwork_refused", format!("<{name}> is not supported")));
        return;
    }
    for attribute in node.attributes() {
        let value = attribute.value().trim();
        let fault = match attribute.name() {
            "href" if matches!(name, "image" | "feImage") => picture(value, files),
            "href" if !value.starts_with('#') => {
                let hint = "a reference must stay within the file: \"#id\"".to_owned();
                Some((format!("{} lies outside the artwork", quote(value)), Some(hint)))
            }
            "style" | "fill" | "stroke" | "filter" | "mask" | "clip-path" => outside(value),
            _ => None,
        };
        if let Some((message, hint)) = fault {
            let place = source.place(attribute.range());
            findings.push(Finding { hint, ..Finding::error("artwork_reference", message).place(place) });
        }
    }
    if name == "style"
        && let Some((message, hint)) = node.text().and_then(outside)
    {
        findings.push(Finding { hint, ..at(source, node, "artwork_reference", message) });
    }
}

fn picture(href: &str, files: &Names) -> Option<(String, Option<String>)> {
    use crate::asset::Source::{Data, File, Url};
    if href.contains("{{") {
        let hint = "use an image layer, with this element as its slot".to_owned();
        return Some(("a parameter cannot choose a picture of the artwork".to_owned(), Some(hint)));
    }
    if href.starts_with('#') {
        return None;
    }
    match assets::source(href, files) {
        Ok(Some(source @ (Data(_) | File(_)))) if is_svg(&source) => {
            let hint = "put its elements into the artwork, or use JPEG, PNG, WebP or GIF".to_owned();
            Some(("an SVG as a picture of the artwork is not supported".to_owned(), Some(hint)))
        }
        Ok(Some(Data(_) | File(_))) => None,
        Ok(Some(Url(_))) => {
            let hint = "put the picture into the template's folder".to_owned();
            Some((format!("{} lies outside the template", quote(href)), Some(hint)))
        }
        Ok(None) => Some(("the picture's href is empty".to_owned(), None)),
        Err(fault) => Some((fault.message, fault.hint)),
    }
}

/// Whether a picture's media type or file name declares an SVG.
fn is_svg(source: &crate::asset::Source) -> bool {
    let named = |text: &str, name: &str| text.trim().to_ascii_lowercase().ends_with(name);
    match source {
        crate::asset::Source::Data(uri) => named(uri.split([';', ',']).next().unwrap_or_default(), "image/svg+xml"),
        crate::asset::Source::File(path) => named(path, ".svg"),
        crate::asset::Source::Url(_) => false,
    }
}

/// Message and hint for the first `@import`, or `url(...)` that leaves the file, in CSS.
fn outside(css: &str) -> Option<(String, Option<String>)> {
    if css.contains("@import") {
        return Some(("@import is not supported".to_owned(), None));
    }
    let targets = css.split("url(").skip(1).map(|rest| rest.trim_start_matches([' ', '"', '\'']));
    let mut outside = targets.filter(|target| !target.starts_with('#'));
    outside.next().map(|target| {
        let target = target.split([')', '"', '\'']).next().unwrap_or(target);
        let hint = "a reference must stay within the file: url(#id)".to_owned();
        (format!("{} lies outside the artwork", quote(target)), Some(hint))
    })
}

fn slot(source: Source<'_>, document: &Document<'_>, id: &str) -> Option<SlotFault> {
    let line = |node: Node<'_, '_>| document.text_pos_at(node.range().start).row;
    let fault = |code, message, hint| Some(SlotFault { id: id.to_owned(), code, message, hint });
    let file = source.file;
    let ids = || document.descendants().filter_map(|node| node.attribute("id"));
    let mut found = document.descendants().filter(|node| node.attribute("id") == Some(id));
    let Some(node) = found.next() else {
        return fault("slot_missing", format!("{file} has no element with the id `{id}`"), suggest(id, ids()));
    };
    if let Some(second) = found.next() {
        let message = format!("the id `{id}` is there twice: {file}:{} and {file}:{}", line(node), line(second));
        return fault("slot_twice", message, Some("an id must be unique".to_owned()));
    }
    if node == document.root_element() {
        return fault("slot_inside", format!("`{id}` is the whole artwork"), None);
    }
    if style(node, "display") == Some("none") {
        return fault("slot_hidden", format!("`{id}` is hidden by display=\"none\" ({file}:{})", line(node)), None);
    }
    for around in node.ancestors().skip(1).filter(Node::is_element) {
        let name = around.tag_name().name();
        let place = format!("({file}:{})", line(around));
        if matches!(name, "defs" | "symbol" | "pattern" | "clipPath" | "mask" | "marker" | "switch" | "text") {
            let hint = "a slot must be an element that is drawn by itself".to_owned();
            return fault("slot_inside", format!("`{id}` stands inside a <{name}> {place}"), Some(hint));
        }
        if style(around, "display") == Some("none") {
            return fault("slot_hidden", format!("`{id}` stands inside a hidden <{name}> {place}"), None);
        }
        if let Some(effect) = effect(around) {
            let hint = "move the element out of the group, or the effect to the elements beside it".to_owned();
            return fault("slot_inside", format!("`{id}` stands inside a <{name}> with {effect} {place}"), Some(hint));
        }
    }
    None
}

/// The effect that flattens a group, so that no layer can be placed between its elements.
fn effect(node: Node<'_, '_>) -> Option<&'static str> {
    let opacity = style(node, "opacity").is_some_and(|value| {
        let number = value.trim_end_matches('%').trim().parse::<f32>();
        let whole = if value.ends_with('%') { 100.0 } else { 1.0 };
        number.is_ok_and(|number| number < whole)
    });
    if opacity {
        return Some("opacity");
    }
    ["filter", "mask", "clip-path"]
        .into_iter()
        .find(|name| style(node, name).is_some_and(|value| value != "none"))
        .or(style(node, "mix-blend-mode").filter(|value| *value != "normal").map(|_| "mix-blend-mode"))
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
