//! Parses artwork.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write, sync::Arc};

use bytes::Bytes;
use resvg::usvg::{self, Tree, roxmltree};

use crate::{
    artwork::{effort, references},
    error::{Error, ErrorKind, Result},
    text::FontSet,
    words,
};

/// Parses artwork. Text uses the font set, pictures come from the template's files; nothing else is read.
///
/// # Errors
/// `artwork_invalid` when it is not a valid SVG, or would take too long to draw.
pub fn parse(svg: &str, files: &BTreeMap<String, Bytes>, fonts: &FontSet) -> Result<Tree> {
    let file = |href: &str, _: &usvg::Options| {
        let path = href.trim();
        picture(Arc::new(files.get(path.strip_prefix("./").unwrap_or(path))?.to_vec()))
    };
    let options = usvg::Options {
        font_family: fonts.default_family().to_owned(),
        languages: vec!["zh".into(), "en".into()],
        fontdb: fonts.database(),
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: Box::new(|_, data, _| picture(data)),
            resolve_string: Box::new(file),
        },
        ..usvg::Options::default()
    };
    let tree = Tree::from_str(&grouped(svg)?, &options)
        .map_err(|e| Error::of(ErrorKind::Invalid, words::artwork_not_drawable(e)))?;
    effort::check(&tree)?;
    Ok(tree)
}

/// Detects a picture's format from its bytes; the declared media type is ignored. SVG is not accepted, since a nested SVG
/// would bypass the checks.
fn picture(data: Arc<Vec<u8>>) -> Option<usvg::ImageKind> {
    match image::guess_format(&data).ok()? {
        image::ImageFormat::Jpeg => Some(usvg::ImageKind::JPEG(data)),
        image::ImageFormat::Png => Some(usvg::ImageKind::PNG(data)),
        image::ImageFormat::WebP => Some(usvg::ImageKind::WEBP(data)),
        image::ImageFormat::Gif => Some(usvg::ImageKind::GIF(data)),
        _ => None,
    }
}

/// Wraps every outline outside of other elements in a group, which does not change the rendering. resvg positions a single
/// node by its bounding box, and the box of a horizontal or vertical line has no area; a group's box has one.
///
/// # Errors
/// As [`effort::check_text`] and [`references::check`].
fn grouped(svg: &str) -> Result<Cow<'_, str>> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    // Invalid XML is left to usvg's parser, which reports its position.
    let Ok(document) = roxmltree::Document::parse_with_options(svg, options) else { return Ok(Cow::Borrowed(svg)) };
    references::check(&document)?;
    effort::check_text(&document)?;
    let outline = |node: &roxmltree::Node<'_, '_>| {
        matches!(node.tag_name().name(), "line" | "path" | "polyline" | "polygon")
            && node.ancestors().skip(1).all(|up| up.is_root() || matches!(up.tag_name().name(), "svg" | "g"))
    };
    let outlines: Vec<_> = document.descendants().filter(outline).map(|node| node.range()).collect();
    let mut out = String::with_capacity(svg.len() + outlines.len() * 7);
    let mut done = 0;
    for range in outlines {
        // `<svg:path>` needs a `<svg:g>`.
        let tag = svg[range.start + 1..].split([' ', '\t', '\r', '\n', '/', '>']).next().unwrap_or_default();
        let prefix = tag.rsplit_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
        let _ = write!(out, "{}<{prefix}g>{}</{prefix}g>", &svg[done..range.start], &svg[range.clone()]);
        done = range.end;
    }
    out.push_str(&svg[done..]);
    Ok(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_as_they_are_checked() {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbaImage::new(1, 1).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
        let files = BTreeMap::from([("assets/a.png".to_owned(), Bytes::from(png.into_inner()))]);
        let names = files.keys().cloned().collect();
        for href in ["assets/a.png", "./assets/a.png", " assets/a.png\n", "././assets/a.png"] {
            let svg = format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><image width=\"9\" height=\"9\" href=\"{href}\"/></svg>"
            );
            let tree = parse(&svg, &files, &crate::testing::fonts()).expect("SVG");
            let is_accepted = crate::template::assets::source(href, &names).is_ok();
            assert_eq!(tree.root().has_children(), is_accepted, "{href:?}");
        }
    }
}
