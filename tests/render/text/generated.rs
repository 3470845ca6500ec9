//! Properties of paragraphs that hold for generated texts.

use haibao_core::{
    style::{TextAlign, TextDecoration, TextOverflow, VerticalAlign, WritingMode},
    text::{PlacedGlyph, StyledSpan, StyledText},
};
use proptest::prelude::*;

use super::{lay, lines, span, style};

/// Characters that must not start a line if another break is possible (GB/T 15834-2011, 5.1.2; CLREQ, 3.1.3).
const NOT_AT_START: &str = "，。、；：？！”’）》〉】」』…—～·,.;:?!)]}%";
/// Characters that must not end a line if another break is possible.
const NOT_AT_END: &str = "“‘（《〈【「『([{";

/// Fragments of nicknames and titles, including unusual ones.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[\u{4e00}-\u{9fa5}]{1,8}",
        2 => "[a-zA-Z0-9]{1,12}",
        2 => prop::sample::select(NOT_AT_START.chars().chain(NOT_AT_END.chars()).map(String::from).collect::<Vec<_>>()),
        1 => prop::sample::select(vec![
            " ", "\n", "👨‍👩‍👧‍👦", "🇨🇳", "👍🏽", "1️⃣", "e\u{301}\u{323}", "¥99999.99", "𠮷", "䶮", "……", "——", "\u{200b}",
            "\u{a0}", "\r\n", "https://example.com/a?b=c&d", "ก็", "مرحبا", "हिन्दी", "\u{202e}", "\t", "\u{0}",
        ]).prop_map(String::from),
    ]
}

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..24).prop_map(|pieces| pieces.concat())
}

fn is_cluster_boundary(text: &str, at: usize) -> bool {
    use unicode_segmentation::UnicodeSegmentation;
    at == text.len() || text.grapheme_indices(true).any(|(start, _)| start == at)
}

/// A paragraph of up to three spans in every mode.
fn paragraph() -> impl Strategy<Value = StyledText> {
    let spans =
        prop::collection::vec((words(), 8.0f32..60.0, prop_oneof![3 => Just(0.0f32), 1 => -3.0f32..12.0]), 1..4);
    let overflow = prop::sample::select(vec![TextOverflow::Ellipsis, TextOverflow::Clip, TextOverflow::Shrink]);
    let align = prop::sample::select(vec![TextAlign::Left, TextAlign::Center, TextAlign::Right, TextAlign::Justify]);
    let place = prop::sample::select(vec![VerticalAlign::Top, VerticalAlign::Middle, VerticalAlign::Bottom]);
    (spans, overflow, align, place, prop::option::of(1u16..5), any::<bool>()).prop_map(
        |(spans, text_overflow, text_align, vertical_align, max_lines, vertical)| {
            let spans: Vec<StyledSpan> = spans
                .into_iter()
                .map(|(text, size, letter_spacing)| StyledSpan {
                    letter_spacing,
                    text_decoration: TextDecoration::Underline,
                    ..span(&text, size)
                })
                .collect();
            let largest = spans.iter().map(|span| span.font_size).fold(0.0, f32::max);
            let writing_mode = if vertical { WritingMode::VerticalRl } else { WritingMode::HorizontalTb };
            let style = style("", largest, max_lines, text_overflow);
            StyledText { spans, writing_mode, text_align, vertical_align, ..style }
        },
    )
}

/// Inline and block dimension of a box: width and height, swapped in vertical text.
fn along(style: &StyledText, width: f32, height: f32) -> (f32, f32) {
    if style.writing_mode == WritingMode::VerticalRl { (height, width) } else { (width, height) }
}

/// The same text scaled by `zoom`, truncated instead of shrunk.
fn zoomed(style: &StyledText, zoom: f32) -> StyledText {
    let mut style = StyledText { text_overflow: TextOverflow::Ellipsis, ..style.clone() };
    style.line_height *= zoom;
    for span in &mut style.spans {
        span.font_size *= zoom;
        span.letter_spacing *= zoom;
    }
    style
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_leaves_its_box(style in paragraph(), width in 1.0f32..500.0, height in 1.0f32..500.0) {
        let paragraph = lay(&style, width, height);
        let (length, breadth) = along(&style, width, height);
        let room = ((breadth / (style.line_height * paragraph.zoom) + 0.002).floor() as usize).max(1);
        prop_assert!(paragraph.lines.len() <= room.min(usize::from(style.max_lines.unwrap_or(u16::MAX))), "{paragraph:?}");
        let vertical = style.writing_mode == WritingMode::VerticalRl;
        for line in &paragraph.lines {
            let (start, end) = if vertical { (line.y, line.y + line.height) } else { (line.x, line.x + line.width) };
            prop_assert!(start >= -0.02 && end <= length + 0.02, "{line:?} in a box of {width} x {height} px");
        }
        // With negative letter spacing, glyphs may exceed the edge by the last spacing.
        let negative_spacing = style.spans.iter().map(|span| -span.letter_spacing).fold(0.0, f32::max);
        for glyph in &paragraph.glyphs {
            let at = if vertical { glyph.y } else { glyph.x };
            // The origin of an upright glyph is below its ink, and punctuation at an edge loses its blank half.
            let max = if vertical && !glyph.turned { length + glyph.size * 0.9 } else { length };
            prop_assert!(at >= -glyph.size && at <= max + negative_spacing + 0.02, "{glyph:?} in a box of {width} x {height} px");
        }
        for rule in &paragraph.rules {
            let (start, end) = if vertical { (rule.y, rule.y + rule.height) } else { (rule.x, rule.x + rule.width) };
            prop_assert!(start >= -0.02 && end <= length + 0.02, "{rule:?} in a box of {width} x {height} px");
        }
    }

    #[test]
    fn the_ellipsis_cuts_between_clusters(style in paragraph(), width in 60.0f32..400.0, height in 60.0f32..400.0) {
        let style = StyledText { text_overflow: TextOverflow::Ellipsis, ..style };
        let paragraph = lay(&style, width, height);
        // The text without control characters and trailing white space.
        let full = lay(&StyledText { max_lines: None, ..style }, 1e6, 1e6).text;
        if paragraph.truncated && let Some(shown) = paragraph.text.strip_suffix('…') {
            prop_assert!(full.starts_with(shown), "{shown:?} is not a prefix of {full:?}");
            prop_assert!(is_cluster_boundary(&full, shown.len()), "{shown:?} splits a cluster of {full:?}");
        } else if !paragraph.truncated {
            prop_assert_eq!(paragraph.text, full);
        }
    }

    #[test]
    fn a_truncated_line_has_no_space_for_another_cluster_or_word(
        text in "[\u{4e00}-\u{9fa5}a-zA-Z]{1,6}( ?[a-zA-Z0-9./]{1,24}| ?[\u{4e00}-\u{9fa5}]{1,4}){1,12}",
        (size, width, max_lines) in (10.0f32..40.0, 100.0f32..500.0, 1u16..4),
        clip in any::<bool>(),
    ) {
        use unicode_segmentation::UnicodeSegmentation;
        let overflow = if clip { TextOverflow::Clip } else { TextOverflow::Ellipsis };
        let paragraph = lay(&style(&text, size, Some(max_lines), overflow), width, 1000.0);
        if paragraph.truncated {
            let shown = paragraph.text.trim_end_matches('…');
            let rest = text[shown.len()..].trim_start();
            let length = |text: &str| lay(&style(text, size, None, overflow), 10_000.0, 1000.0).lines[0].width;
            let cluster = length(rest.graphemes(true).next().unwrap_or_default());
            // A word that fits into a line is not cut.
            let word = rest.find(|c: char| !c.is_ascii_graphic()).unwrap_or(rest.len());
            // A word ends after one of its slashes, depending on what follows it (UAX #14, LB13 and LB25).
            let ends = rest[..word].match_indices('/').map(|(slash, _)| slash + 1).chain([word]);
            let words = ends.map(|end| if clip || end == 0 { 0.0 } else { length(&rest[..end]) });
            let next = words.filter(|word| *word <= width + 0.02).fold(cluster, f32::max);
            let last = paragraph.lines.last().expect("a line");
            // The unit of a number, with a space before it.
            let unit = if rest[..word].ends_with(|c: char| c.is_ascii_digit() || c == '/') { size * 1.3 } else { 0.0 };
            // The next cluster or word, a space before it, and an em for the suffix.
            let max = size + next + unit + size * 0.3;
            prop_assert!(width - last.width < max, "{} px left, {text:?} as {:?}", width - last.width, lines(&paragraph));
        }
    }

    #[test]
    fn negative_spacing_keeps_glyphs_in_order(text in "[\u{4e00}-\u{9fa5}a-zA-Z0-9，（ ]{1,30}", spacing in -100.0f32..0.0, vertical in any::<bool>()) {
        let mut style = style(&text, 20.0, Some(1), TextOverflow::Ellipsis);
        style.spans[0].letter_spacing = spacing;
        if vertical {
            style.writing_mode = WritingMode::VerticalRl;
        }
        let paragraph = lay(&style, 1000.0, 1000.0);
        let along = |glyph: &PlacedGlyph| if vertical { glyph.y } else { glyph.x };
        let pairs = paragraph.glyphs.windows(2).filter(|pair| pair[0].turned == pair[1].turned);
        for pair in pairs.filter(|pair| !vertical || pair[0].turned) {
            prop_assert!(along(&pair[1]) > along(&pair[0]), "{pair:?} of {text:?} with {spacing} px");
        }
    }

    #[test]
    fn shrunk_text_has_the_largest_size_that_fits(style in paragraph(), width in 40.0f32..400.0, height in 20.0f32..300.0) {
        let style = StyledText { text_overflow: TextOverflow::Shrink, ..style };
        let shrunk = lay(&style, width, height);
        let size = style.font_size * shrunk.zoom;
        prop_assert!(size >= style.min_font_size - 0.01 && shrunk.zoom <= 1.0, "{size} of {}", style.font_size);
        if shrunk.truncated {
            prop_assert!(size <= style.min_font_size + 0.01, "truncated at {size} px, but min_font_size is {}", style.min_font_size);
        } else if shrunk.zoom < 1.0 {
            let larger = (size + 0.5).min(style.font_size);
            let larger = lay(&zoomed(&style, larger / style.font_size), width, height);
            prop_assert!(larger.truncated, "{size} px, but {} px more fits too", 0.5);
        }
    }

    #[test]
    fn line_breaks_follow_punctuation_rules(text in "[\u{4e00}-\u{9fa5}，。、！？「」《》（）；：“”]{1,60}", width in 120.0f32..400.0) {
        let paragraph = lay(&style(&text, 30.0, None, TextOverflow::Ellipsis), width, 1e6);
        let lines = lines(&paragraph);
        for pair in lines.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            let (first, last) = (after.chars().next(), before.chars().next_back());
            // Another break is possible if the previous line contains two consecutive ideographs.
            let characters: Vec<char> = before.chars().collect();
            let has_other_break = characters.windows(2).any(|two| two.iter().all(|c| ('\u{4e00}'..='\u{9fa5}').contains(c)));
            if has_other_break {
                prop_assert!(!first.is_some_and(|c| NOT_AT_START.contains(c)), "{lines:?}");
                prop_assert!(!last.is_some_and(|c| NOT_AT_END.contains(c)), "{lines:?}");
            }
        }
    }

    #[test]
    fn no_string_fails(one in ".*", two in ".*", size in 1.0f32..200.0, width in 0.5f32..800.0, height in 0.5f32..400.0) {
        for writing_mode in [WritingMode::HorizontalTb, WritingMode::VerticalRl] {
            for overflow in [TextOverflow::Ellipsis, TextOverflow::Shrink] {
                let spans = vec![span(&one, size), span(&two, size / 2.0)];
                lay(&StyledText { spans, writing_mode, ..style("", size, None, overflow) }, width, height);
            }
        }
    }
}
