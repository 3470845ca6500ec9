//! References of the artwork's elements to pictures and other elements.

use std::{collections::BTreeMap, ops::Range};

use bytes::Bytes;

use crate::{
    asset::unsupported::{self, Markup},
    error::{Finding, Message, Severity},
    markup::{
        Note, has_parameter,
        tree::{Document, NodeId},
    },
    template::assets::{self, FilePaths},
    words,
};

/// Maximum number of findings about references.
const MAX_REFERENCES: usize = 100;

/// Whether bytes of an expanded artwork are, or have, the value of a parameter.
pub type IsValue<'v> = &'v dyn Fn(&Range<usize>) -> bool;

/// Notes what is wrong with the references of elements; of an expanded artwork, with those that have values.
pub fn check(document: &Document<'_>, files: &Files<'_>, is_value: Option<IsValue<'_>>) -> Vec<Note> {
    let mut notes = Vec::new();
    for id in document.all() {
        if notes.len() >= MAX_REFERENCES {
            break;
        }
        element(document, id, files, is_value, &mut notes);
    }
    notes
}

fn element(
    document: &Document<'_>,
    id: NodeId,
    files: &Files<'_>,
    is_value: Option<IsValue<'_>>,
    notes: &mut Vec<Note>,
) {
    let node = &document.nodes[id];
    let references = node.attributes.iter().filter(|attribute| attribute.name == "href");
    for attribute in references.filter(|attribute| is_value.is_none_or(|is_value| is_value(&attribute.range))) {
        let value = attribute.value.trim();
        let fault = match node.name {
            "image" | "feImage" if is_value.is_some() => Some(words::picture_by_parameter()),
            "image" | "feImage" => picture(value, files),
            "a" | "script" => None,
            _ if value.is_empty() => Some(words::artwork_link_empty(node.name)),
            _ if value.starts_with('#') || has_parameter(value) => None,
            _ => Some(words::href_outside(words::quote(value))),
        };
        notes.extend(fault.map(|finding| Note { range: attribute.range.clone(), finding }));
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
    if has_parameter(href) {
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

/// Bytes from which a picture's format is recognised: `<svg` may follow declarations and comments.
const SNIFFED: usize = 4096;

/// A finding for a picture that is not drawn. `start`: its first bytes; `is_svg`: whether it is declared to be an SVG;
/// `name`: what findings call it.
fn content(start: &[u8], is_svg: bool, name: impl FnOnce() -> Message) -> Option<Finding> {
    // An SVG whose tag comes late looks like a web page, unless it is declared.
    if !is_svg && unsupported::markup(start) == Some(Markup::WebPage) {
        return Some(words::picture_is_page());
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_pages_and_svgs_are_told_apart() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec();
        let exported = [&b"<?xml version='1.0'?><!--"[..], &[b'x'; 400], b"--><!DOCTYPE svg>", &svg].concat();
        for (name, bytes, expected) in [
            ("a.jpg", b"<!DOCTYPE html><html><title>404</title>".to_vec(), "picture_is_page"),
            ("a.png", b"\xef\xbb\xbf\n<HTML>".to_vec(), "picture_is_page"),
            ("a.jpg", svg.clone(), "picture_is_svg"),
            ("a.png", exported, "picture_is_svg"),
            ("a.svg", svg, "picture_is_svg"),
            ("a.svgz", vec![0x1f, 0x8b, 8], "picture_is_svg"),
        ] {
            let (names, bytes) =
                (FilePaths::from([name.to_owned()]), BTreeMap::from([(name.to_owned(), bytes.into())]));
            let found = picture(name, &Files { names: &names, bytes: &bytes });
            assert_eq!(found.map(|finding| finding.row().id), Some(expected), "{name}");
        }
        let (names, bytes) = (FilePaths::new(), BTreeMap::new());
        let found = picture("data:image/png,%3C!doctype html%3E", &Files { names: &names, bytes: &bytes });
        assert_eq!(found.map(|finding| finding.row().id), Some("picture_is_page"));
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
