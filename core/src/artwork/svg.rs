//! Parses artwork.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use resvg::usvg::{self, Tree};

use crate::{
    artwork::{effort, references},
    error::{Error, ErrorKind, Result},
    markup::{self, Markup, Note},
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
    let tree = Tree::from_str(&plain(svg)?, &options)
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

/// The artwork as text that usvg reads as browsers read the original.
///
/// # Errors
/// As [`effort::check_text`] and [`references::check`].
fn plain(svg: &str) -> Result<String> {
    let invalid = |note: Box<Note>| {
        let finding = match note.finding.code {
            "artwork_syntax" => words::artwork_not_drawable(note.finding.words().clone()),
            _ => note.finding,
        };
        Error::of(ErrorKind::Invalid, finding)
    };
    let xml = markup::parse(svg).map_err(invalid)?;
    let markup = Markup::styled(svg, &xml).map_err(invalid)?.plain();
    references::check(&markup.document)?;
    effort::check_text(&markup.document)?;
    Ok(markup.text(svg.len()))
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
