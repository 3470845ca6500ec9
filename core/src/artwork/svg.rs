//! Parses artwork.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use bytes::Bytes;
use resvg::usvg::{self, ImageKind, Tree};

use crate::{
    artwork::{copies, effort, memory, picture, references, text},
    error::{Error, ErrorKind, Finding, Message, Result, Severity},
    markup::{self, Markup, Note, tree::Document},
    template::{ExpandedArtwork, Template, assets},
    text::FontSet,
    words,
};

/// Widths of the canvas that artwork is drawn on, if they are known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Widths {
    /// Px at scale 1. Decides how long drawing takes; without it, the artwork has its own size.
    pub canvas: Option<u32>,
    /// Output px. The pictures of emoji have the size that it needs.
    pub output: Option<u32>,
}

/// Why artwork is not drawn.
#[derive(Debug)]
pub enum ArtworkError {
    /// It is invalid, or takes too long to draw at scale 1.
    Invalid(Error),
    /// Its filters take too long at the output's width: `artwork_invalid`, at the slowest one.
    SlowFilters(Box<Note>),
}

impl From<Error> for ArtworkError {
    fn from(error: Error) -> Self {
        Self::Invalid(error)
    }
}

/// Without the place of a filter.
impl From<ArtworkError> for Error {
    fn from(error: ArtworkError) -> Self {
        match error {
            ArtworkError::Invalid(error) => error,
            ArtworkError::SlowFilters(note) => Self::of(ErrorKind::Invalid, note.finding),
        }
    }
}

/// Parses artwork. As [`read`], without the notes.
///
/// # Errors
/// As [`read`].
pub fn parse(svg: &str, files: &BTreeMap<String, Bytes>, fonts: &FontSet) -> Result<Tree> {
    Ok(parse_seen(svg, files, fonts, |_| ())?.0)
}

/// Parses artwork. As [`parse`], with what `see` finds in its plain elements, before texts become outlines.
///
/// # Errors
/// As [`read`].
pub fn parse_seen<T>(
    svg: &str,
    files: &BTreeMap<String, Bytes>,
    fonts: &FontSet,
    see: impl FnOnce(&Document<'_>) -> T,
) -> Result<(Tree, T)> {
    let (plain, seen) = prepare_seen(svg, fonts, None, &BTreeSet::new(), see)?;
    Ok((tree(svg, plain, files, fonts, Widths::default())?.0, seen))
}

/// Parses artwork, and notes what its texts lack, and which pictures have faults or are left out. Texts use the
/// font set, pictures come from the template's files; nothing else is read.
///
/// # Errors
/// `artwork_invalid` when it is not a valid SVG, or would take too long to draw, at the output's width if that is known;
/// `picture_format` for a picture that is an SVG.
pub fn read(
    svg: &str,
    files: &BTreeMap<String, Bytes>,
    fonts: &FontSet,
    widths: Widths,
) -> Result<(Tree, Vec<Note>), ArtworkError> {
    tree(svg, prepare_text(svg, fonts, widths.output, &BTreeSet::new())?, files, fonts, widths)
}

/// Parses the artwork of a poster with parameters. As [`read`], with all notes about their values.
///
/// # Errors
/// As [`read`].
pub fn read_expanded(
    template: &Template,
    artwork: &ExpandedArtwork,
    fonts: &FontSet,
    widths: Widths,
) -> Result<(Tree, Vec<Note>), ArtworkError> {
    let xml = markup::parse(artwork).map_err(invalid)?;
    let (markup, mut notes) = template.check_artwork(artwork, &xml, fonts).map_err(invalid)?;
    let plain = prepare(markup, fonts, widths.output, &template.replaced_ids())?;
    let (tree, drawn) = tree(artwork, plain, &template.files, fonts, widths)?;
    notes.extend(drawn);
    Ok((tree, notes))
}

/// Makes artwork plain. `width`: as [`Widths::output`]. `replaced`: as [`prepare`].
///
/// # Errors
/// As [`prepare`], and `artwork_invalid` when it is not a valid SVG.
pub fn prepare_text(svg: &str, fonts: &FontSet, width: Option<u32>, replaced: &BTreeSet<&str>) -> Result<Plain> {
    Ok(prepare_seen(svg, fonts, width, replaced, |_| ())?.0)
}

fn prepare_seen<T>(
    svg: &str,
    fonts: &FontSet,
    width: Option<u32>,
    replaced: &BTreeSet<&str>,
    see: impl FnOnce(&Document<'_>) -> T,
) -> Result<(Plain, T)> {
    let xml = markup::parse(svg).map_err(invalid)?;
    let markup = Markup::styled(svg, &xml).and_then(Markup::plain).map_err(invalid)?;
    let seen = see(&markup.document);
    Ok((prepare(markup, fonts, width, replaced)?, seen))
}

fn invalid(note: Box<Note>) -> Error {
    let finding = match note.finding.code {
        words::artwork_syntax::CODE => words::artwork_not_drawable(note.finding.words().clone()),
        _ => note.finding,
    };
    Error::of(ErrorKind::Invalid, finding)
}

/// Parses plain artwork. As [`read`]; `svg`: the text that it was made from.
///
/// # Errors
/// As [`read`].
// Counted by tests/loading.
#[inline(never)]
pub fn tree(
    svg: &str,
    plain: Plain,
    files: &BTreeMap<String, Bytes>,
    fonts: &FontSet,
    widths: Widths,
) -> Result<(Tree, Vec<Note>), ArtworkError> {
    // The first picture that is an SVG, which would bypass the checks.
    let (refused, faulty) = (OnceLock::new(), OnceLock::new());
    let picture = |data: Arc<Vec<u8>>, name: Message| match picture::kind(data.clone(), || name.clone()) {
        Ok((kind, faults)) => {
            if !faults.is_empty() {
                faulty.get_or_init(|| ());
            }
            Some(kind)
        }
        Err(finding) => {
            faulty.get_or_init(|| ());
            if assets::is_document(&data) {
                refused.get_or_init(|| finding);
            }
            None
        }
    };
    let emoji = text::Pictures::default();
    // Each file is decoded once.
    let known: Mutex<BTreeMap<String, Option<ImageKind>>> = Mutex::default();
    let file = |href: &str, _: &usvg::Options| {
        if let Some(emoji) = emoji.file(href, fonts) {
            return Some(usvg::ImageKind::PNG(emoji));
        }
        let path = href.trim();
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kind) = known.get(path) {
            return kind.clone();
        }
        let data = files.get(path.strip_prefix("./").unwrap_or(path))?.to_vec();
        let kind = picture(Arc::new(data), words::picture_of_file(words::quote(path)));
        known.insert(path.to_owned(), kind.clone());
        kind
    };
    let data = |_: &str, data, _: &usvg::Options| picture(data, words::picture_of_data());
    let options = usvg::Options {
        font_family: fonts.default_family().to_owned(),
        languages: vec!["zh".into(), "en".into()],
        fontdb: if plain.has_text { fonts.database() } else { Arc::default() },
        image_href_resolver: usvg::ImageHrefResolver { resolve_data: Box::new(data), resolve_string: Box::new(file) },
        ..usvg::Options::default()
    };
    let tree = parsed(|| Tree::from_str(&plain.svg, &options))?;
    if let Some(finding) = refused.get() {
        return Err(Error::of(ErrorKind::Invalid, Finding::clone(finding)).into());
    }
    effort::check(&tree, widths.canvas)?;
    if let Widths { canvas: Some(canvas), output: Some(output) } = widths
        && let Some(note) = slow_filters(&tree, (canvas, output), &plain.filters)
    {
        return Err(ArtworkError::SlowFilters(Box::new(note)));
    }
    let mut notes = plain.notes;
    if faulty.get().is_some() {
        notes.extend(faulty_pictures(svg, files));
    }
    Ok((tree, notes))
}

/// Notes that the filters of artwork take too long, at the slowest one. `filters`: their places in the source.
fn slow_filters(tree: &Tree, (canvas, output): (u32, u32), filters: &[(String, Range<usize>)]) -> Option<Note> {
    if tree.filters().is_empty() {
        return None;
    }
    let steps = effort::slow_filters(tree, canvas, output, memory::uncut_rows(tree, output))?;
    let placed = filters.iter().filter_map(|(id, range)| Some((steps.get(id)?, range)));
    let range = placed.max_by(|a, b| a.0.total_cmp(b.0)).map_or(0..0, |(_, range)| range.clone());
    let millions = |steps: f64| (steps / 1e6).ceil() as u64;
    let (all, maximum) = (millions(steps.values().sum()), millions(effort::MAX_FILTER_STEPS));
    Some(Note { range, finding: words::artwork_slow_filters(output, all, maximum) })
}

/// The tree that usvg reads. usvg panics on numbers that it does not expect; nothing that it has changed outlives the panic.
fn parsed(parse: impl FnOnce() -> std::result::Result<Tree, usvg::Error>) -> Result<Tree> {
    catch_unwind(AssertUnwindSafe(parse))
        .map_err(|_| Error::of(ErrorKind::Invalid, words::artwork_unreadable()))?
        .map_err(|e| Error::of(ErrorKind::Invalid, words::artwork_not_drawable(undrawable(&e))))
}

/// Why artwork cannot be drawn.
fn undrawable(error: &usvg::Error) -> Message {
    match error {
        usvg::Error::InvalidSize => words::svg_size(),
        usvg::Error::ElementsLimitReached => words::xml_limit(),
        usvg::Error::ParsingFailed(error) => markup::said(error),
        _ => words::xml_other(),
    }
}

/// Notes about the pictures of artwork that cannot be drawn, with the reasons, or have faults.
fn faulty_pictures(svg: &str, files: &BTreeMap<String, Bytes>) -> Vec<Note> {
    let Ok(xml) = markup::parse(svg) else { return Vec::new() };
    let pictures = xml.descendants().filter(|node| matches!(node.tag_name().name(), "image" | "feImage"));
    let references = pictures.flat_map(|node| node.attributes()).filter(|attribute| attribute.name() == "href");
    let (mut notes, mut known) = (Vec::new(), BTreeSet::new());
    for reference in references {
        let value = reference.value().trim();
        if !known.insert(value) {
            continue;
        }
        let (bytes, name) = match value.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:")) {
            Some(_) => (assets::decoded(value, usize::MAX), words::picture_of_data()),
            None => match files.get(value.strip_prefix("./").unwrap_or(value)) {
                Some(bytes) => (bytes.to_vec(), words::picture_of_file(words::quote(value))),
                None => continue,
            },
        };
        let faults = match picture::kind(Arc::new(bytes), || name.clone()) {
            Ok((_, faults)) => faults,
            Err(finding) => {
                vec![Finding::new(Severity::Warning, words::picture_unreadable::CODE, finding.words().clone())]
            }
        };
        notes.extend(faults.into_iter().map(|finding| Note { range: reference.range(), finding }));
    }
    notes
}

/// Artwork that usvg reads as browsers read the original.
#[derive(Debug)]
pub struct Plain {
    svg: String,
    /// Whether usvg lays out text.
    has_text: bool,
    /// What is noteworthy about its texts.
    notes: Vec<Note>,
    /// Its filters by id, with their bytes in the source.
    filters: Vec<(String, Range<usize>)>,
}

/// Makes artwork plain whose elements are rewritten. `width`: as [`Widths::output`]. `replaced`: ids of the elements that layers replace;
/// what their texts lack is not noted.
///
/// # Errors
/// `artwork_invalid` for references in circles, and elements that nest too deep, are too many or take too long.
// Counted by tests/loading.
#[inline(never)]
pub fn prepare(
    mut markup: Markup<'_>,
    fonts: &FontSet,
    width: Option<u32>,
    replaced: &BTreeSet<&str>,
) -> Result<Plain> {
    let ids = markup.document.ids();
    references::check(&markup.document, &ids)?;
    copies::check(&markup.document, &ids)?;
    drop(ids);
    let replaced = markup::replaced(&markup.document, replaced);
    let notes = text::set(markup.source, &mut markup.document, fonts, width, &replaced);
    if let Some(width) = width {
        markup::device::fit(&mut markup.document, width);
    }
    let document = &markup.document;
    if document.budget.is_exceeded() {
        return Err(Error::of(ErrorKind::Invalid, words::artwork_slow()));
    }
    // The outlines of shadows are copied wherever their texts are.
    if document.nodes.iter().any(|node| node.style("text-shadow").is_some()) {
        copies::check(document, &document.ids())?;
    }
    let (mut has_text, mut filters) = (false, Vec::new());
    for node in document.descendants(0).map(|id| &document.nodes[id]) {
        has_text |= node.name == "text";
        if node.name == "filter"
            && let Some(id) = node.attribute("id")
        {
            filters.push((id.to_owned(), node.range.clone()));
        }
    }
    Ok(Plain { svg: markup.text(), has_text, notes, filters })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_picture(group: &usvg::Group) -> bool {
        group.children().iter().any(|node| match node {
            usvg::Node::Image(_) => true,
            usvg::Node::Group(group) => has_picture(group),
            _ => false,
        })
    }

    #[test]
    fn checked_elements_are_those_that_are_read() {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"99\" height=\"99\">\
                   <style>.a{fill:red;filter:blur(2px)} path{d:path('M0 0h9v9z')}</style><script/>\
                   <linearGradient id=\"c\"><stop/></linearGradient><filter id=\"f\"><feOffset dx=\"1\"/></filter>\
                   <g id=\"a\" class=\"a\"><rect id=\"b\" width=\"9\" height=\"9\"/><use href=\"#b\"/></g>\
                   <path fill=\"url(#c)\" filter=\"url(#f)\" d=\" M0 0A9 9 0 1 1 18 0z \" nothing=\"1\"/>\
                   <text y=\"20\" font-family=\"Georgia\" font-weight=\"900\">a\u{e000}&lt;</text></svg>";
        let layout = "{ \"title\": \"t\", \"canvas\": { \"width\": 99, \"height\": 99 }, \"artwork\": \"a.svg\", \"layers\": [] }";
        let files = [("layout.json", layout), ("a.svg", svg)].map(|(path, text)| (path.to_owned(), Bytes::from(text)));
        let fonts = crate::testing::fonts();
        let written = |plain: Plain| (plain.svg, plain.has_text, plain.notes, plain.filters);
        let checked = Template::load_then("t", files.into(), |template, elements| {
            assert!(!template.warnings().is_empty());
            prepare(elements.expect("the elements"), &fonts, None, &BTreeSet::new())
        });
        let read = prepare_text(svg, &fonts, None, &BTreeSet::new()).expect("SVG");
        assert_eq!(written(checked.expect("a template")), written(read));
    }

    #[test]
    fn a_panic_of_the_parser_is_a_fault_of_the_artwork() {
        // Without the panic handler, which would print it.
        let error = parsed(|| std::panic::resume_unwind(Box::new("a panic"))).expect_err("a fault");
        assert_eq!((error.code(), error.kind()), ("artwork_invalid", ErrorKind::Invalid));
        assert!(error.message().contains("is not understood"), "{}", error.message());
        assert!(parsed(|| Err(usvg::Error::InvalidSize)).is_err_and(|error| !error.message().contains("understood")));
    }

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
            assert_eq!(has_picture(tree.root()), is_accepted, "{href:?}");
        }
    }
}
