//! Contact sheet: a thumbnail of every case with its name and findings.

use std::{collections::BTreeMap, fmt::Write};

use bytes::Bytes;
use image::{ImageFormat, RgbImage};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg,
};

use super::{CaseResult, case_label, thumb::WIDTH};
use crate::{language::Language, words};
use haibao_core::{
    artwork::svg,
    error::{Error, Result},
    text::FontSet,
};

/// Media type of contact sheets.
pub const SHEET_MEDIA_TYPE: &str = "image/png";
const GAP: u32 = 32;
/// Height of the caption below each thumbnail, px: two lines for the name and two for findings.
const CAPTION: u32 = 96;
/// Maximum width of a caption line in half ems: an ideograph takes two, a letter one.
const CAPTION_WIDTH: usize = 32;
const COLUMNS: u32 = 5;
const TITLE: u32 = 76;

/// Renders the sheet as a PNG with five columns, with names of cases in a language. Findings are named by their codes.
///
/// # Errors
/// `internal` if the sheet cannot be allocated or encoded.
pub fn sheet(title: &str, tried: &[CaseResult], fonts: &FontSet, language: Language) -> Result<Vec<u8>> {
    let rows = (tried.len() as u32).div_ceil(COLUMNS);
    let thumbs: Vec<Option<&RgbImage>> = tried.iter().map(|one| one.poster.as_ref()).collect();
    let tallest = thumbs.iter().flatten().map(|thumb| thumb.height()).max().unwrap_or(WIDTH);
    let (width, height) = (GAP + COLUMNS * (WIDTH + GAP), TITLE + rows * (tallest + CAPTION) + GAP);
    let mut files = BTreeMap::new();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"Noto Sans SC\">\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#f4f2ee\"/>\
         <text x=\"{GAP}\" y=\"48\" font-size=\"24\" font-weight=\"700\" fill=\"#22201d\">{}</text>",
        escape(title, 60)
    );
    for (index, (one, thumb)) in tried.iter().zip(&thumbs).enumerate() {
        let (column, row) = (index as u32 % COLUMNS, index as u32 / COLUMNS);
        let (x, y) = (GAP + column * (WIDTH + GAP), TITLE + row * (tallest + CAPTION));
        let (wide, high) = thumb.map_or((WIDTH, tallest), RgbImage::dimensions);
        if let Some(thumb) = thumb {
            let name = format!("{index}.png");
            files.insert(name.clone(), png(thumb)?);
            let _ = write!(
                svg,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#d9d4cb\"/>",
                x - 1,
                y - 1,
                wide + 2,
                high + 2
            );
            let _ = write!(svg, "<image x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" href=\"{name}\"/>");
        } else {
            let _ = write!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" fill=\"#e6e1d9\"/>");
        }
        let mut baseline = y + high + 22;
        for (line, weight) in wrapped(&language.text(&case_label(&one.name))).iter().zip([700, 400]) {
            let _ = write!(
                svg,
                "<text x=\"{x}\" y=\"{baseline}\" font-size=\"14\" font-weight=\"{weight}\" fill=\"#22201d\">{}</text>",
                escape(line, CAPTION_WIDTH)
            );
            baseline += 18;
        }
        let lines = match &one.findings[..] {
            [] => vec![("#6e6861", language.text(&words::case_fine()))],
            [one] => vec![("#b3261e", one.code.to_owned())],
            [one, rest @ ..] => {
                vec![("#b3261e", one.code.to_owned()), ("#b3261e", language.text(&words::case_more(rest.len())))]
            }
        };
        for (line, (color, text)) in lines.iter().enumerate() {
            let _ = write!(
                svg,
                "<text x=\"{x}\" y=\"{}\" font-size=\"13\" fill=\"{color}\">{}</text>",
                baseline + 18 * line as u32,
                escape(text, 34)
            );
        }
    }
    svg.push_str("</svg>");
    let tree = svg::parse(&svg, &files, fonts)?;
    draw(&tree, width, height)
}

fn draw(tree: &usvg::Tree, width: u32, height: u32) -> Result<Vec<u8>> {
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| internal("cannot allocate the contact sheet"))?;
    resvg::render(tree, Transform::identity(), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|_| internal("cannot encode the contact sheet as PNG"))
}

fn png(picture: &RgbImage) -> Result<Bytes> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).map_err(|_| internal("cannot encode a poster"))?;
    Ok(bytes.into_inner().into())
}

fn internal(message: &str) -> Error {
    Error::internal(message)
}

/// Splits a name at the first colon into at most two lines.
fn wrapped(name: &str) -> Vec<String> {
    let (first, rest) = name.split_once(": ").or_else(|| name.split_once('：')).unwrap_or((name, ""));
    [first, rest].into_iter().filter(|part| !part.is_empty()).map(cut).collect()
}

/// Truncates a text to the width of a caption line.
fn cut(text: &str) -> String {
    let mut room = CAPTION_WIDTH;
    let fits = |c: &char| {
        let wide = if c.is_ascii() { 1 } else { 2 };
        room = room.saturating_sub(wide);
        room > 0
    };
    let start: String = text.chars().take_while(fits).collect();
    if start.len() < text.len() { format!("{start}…") } else { start }
}

/// Truncates a text to `max_chars` and escapes it for XML.
fn escape(text: &str, max_chars: usize) -> String {
    let cut: String = text.chars().take(max_chars).collect();
    cut.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
