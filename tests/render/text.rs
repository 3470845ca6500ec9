//! Properties of every paragraph, whatever it says.

use haibao::{
    plan::{Fill, Span, Text},
    template::{
        layout::{TextAlign, TextDecoration, TextOverflow, VerticalAlign, WritingMode},
        style::Color,
    },
    text::{FontSet, Paragraph, Shaper, fit},
};
use proptest::prelude::*;

/// Characters that no line may start with, where it has another break (GB/T 15834-2011, 5.1.2; CLREQ, 3.1.3).
const NOT_AT_START: &str = "，。、；：？！”’）》〉】」』…—～·,.;:?!)]}%";
/// Characters that no line may end with.
const NOT_AT_END: &str = "“‘（《〈【「『([{";

fn style(text: &str, size: f32, max_lines: Option<u16>, overflow: TextOverflow) -> Text {
    Text {
        spans: vec![span(text, size)],
        font_size: size,
        min_font_size: size / 2.0,
        stroke: None,
        text_shadow: None,
        writing_mode: WritingMode::HorizontalTb,
        text_align: TextAlign::Left,
        vertical_align: VerticalAlign::Top,
        line_height: size * 1.4,
        max_lines,
        text_overflow: overflow,
        opacity: 1.0,
    }
}

fn span(text: &str, size: f32) -> Span {
    Span {
        pointer: "/layers/0".to_owned(),
        text: text.to_owned(),
        font_family: None,
        font_size: size,
        font_weight: 400,
        font_features: Vec::new(),
        fill: Fill::Color(Color::BLACK),
        letter_spacing: 0.0,
        text_decoration: TextDecoration::None,
    }
}

fn lay(style: &Text, width: f32, height: f32) -> Paragraph {
    let fonts = FontSet::embedded();
    fit(&fonts, &mut Shaper::new(&fonts), style, width, height)
}

fn lines(paragraph: &Paragraph) -> Vec<&str> {
    paragraph.lines.iter().map(|line| &paragraph.text[line.range.clone()]).collect()
}

/// What people and machines write into nicknames and titles.
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_leaves_its_box(
        text in words(),
        size in 8.0f32..60.0,
        width in 1.0f32..500.0,
        height in 1.0f32..300.0,
        most in prop::option::of(1u16..5),
        ellipsis: bool,
    ) {
        let overflow = if ellipsis { TextOverflow::Ellipsis } else { TextOverflow::Clip };
        let style = style(&text, size, most, overflow);
        let paragraph = lay(&style, width, height);
        let room = ((height / style.line_height + 0.001).floor() as usize).max(1);
        prop_assert!(paragraph.lines.len() <= room.min(usize::from(most.unwrap_or(u16::MAX))), "{paragraph:?}");
        for line in &paragraph.lines {
            prop_assert!(line.x >= -0.02 && line.x + line.width <= width + 0.02, "{line:?} in a box of {width} px");
        }
        for glyph in &paragraph.glyphs {
            prop_assert!(glyph.x >= -size && glyph.x <= width + 0.02, "{glyph:?} in a box of {width} px");
        }
    }

    #[test]
    fn the_ellipsis_cuts_between_clusters(text in words(), size in 12.0f32..40.0, width in 60.0f32..400.0) {
        let paragraph = lay(&style(&text, size, Some(2), TextOverflow::Ellipsis), width, 1000.0);
        if paragraph.truncated && let Some(shown) = paragraph.text.strip_suffix('…') {
            // The text without what is never shown: control characters, and white space at the cut.
            let whole: String = lay(&style(&text, size, None, TextOverflow::Ellipsis), 1e6, 1e6).text;
            prop_assert!(whole.starts_with(shown), "{shown:?} is no start of {whole:?}");
            prop_assert!(is_cluster_boundary(&whole, shown.len()), "{shown:?} cuts a cluster of {whole:?}");
        } else if !paragraph.truncated {
            prop_assert!(!paragraph.text.ends_with('…') || text.trim_end().ends_with('…'), "{:?}", paragraph.text);
        }
    }

    #[test]
    fn lines_begin_and_end_as_they_should(text in "[\u{4e00}-\u{9fa5}，。、！？「」《》（）；：]{1,60}", width in 120.0f32..400.0) {
        let paragraph = lay(&style(&text, 30.0, None, TextOverflow::Ellipsis), width, 1e6);
        let lines = lines(&paragraph);
        for pair in lines.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            let (first, last) = (after.chars().next(), before.chars().next_back());
            // Another break: one before an ideograph that follows an ideograph, in the line before.
            let inner: Vec<char> = before.chars().collect();
            let free = inner.windows(2).any(|two| two.iter().all(|c| ('\u{4e00}'..='\u{9fa5}').contains(c)));
            if free {
                prop_assert!(!first.is_some_and(|c| NOT_AT_START.contains(c)), "{lines:?}");
                prop_assert!(!last.is_some_and(|c| NOT_AT_END.contains(c)), "{lines:?}");
            }
        }
    }

    #[test]
    fn no_string_fails(text in ".*", size in 1.0f32..200.0, width in 0.5f32..800.0) {
        lay(&style(&text, size, None, TextOverflow::Ellipsis), width, 200.0);
    }
}

#[test]
fn an_ellipsis_takes_the_longest_start_that_fits() {
    let text = "手冲咖啡套装送礼自用两相宜限时包邮";
    let paragraph = lay(&style(text, 20.0, Some(1), TextOverflow::Ellipsis), 165.0, 100.0);
    assert_eq!(paragraph.text, "手冲咖啡套装送…", "eight characters of 20 px fit into 165 px");
    assert!(paragraph.truncated);
    let whole = lay(&style("手冲咖啡套装送礼", 20.0, Some(1), TextOverflow::Ellipsis), 165.0, 100.0);
    assert_eq!((whole.text.as_str(), whole.truncated), ("手冲咖啡套装送礼", false));
}

#[test]
fn hard_line_breaks_count_as_lines() {
    let paragraph = lay(&style("一\n二\n三", 20.0, Some(2), TextOverflow::Ellipsis), 200.0, 500.0);
    assert_eq!(lines(&paragraph), ["一\n", "二…"]);
}

#[test]
fn a_word_without_a_break_is_broken_anywhere() {
    let paragraph = lay(&style(&"W".repeat(60), 20.0, None, TextOverflow::Ellipsis), 200.0, 1000.0);
    assert!(paragraph.lines.len() > 4 && !paragraph.truncated, "{paragraph:?}");
}

#[test]
fn a_text_of_a_megabyte_costs_no_more_than_what_is_seen() {
    let paragraph = lay(&style(&"海报".repeat(200_000), 20.0, Some(2), TextOverflow::Ellipsis), 300.0, 100.0);
    assert!(paragraph.text.chars().count() <= 30 && paragraph.truncated);
    let marks = format!("a{}", "\u{301}".repeat(300_000));
    lay(&style(&marks, 20.0, Some(2), TextOverflow::Ellipsis), 300.0, 100.0);
}

#[test]
fn emoji_sequences_are_one_glyph_and_missing_characters_are_reported() {
    let fonts = FontSet::embedded();
    for emoji in ["👨‍👩‍👧‍👦", "🇨🇳", "👍🏽", "1️⃣", "❤️"] {
        let paragraph = lay(&style(emoji, 40.0, None, TextOverflow::Ellipsis), 300.0, 100.0);
        assert_eq!((paragraph.glyphs.len(), &paragraph.missing), (1, &Vec::new()), "{emoji}: {paragraph:?}");
        let face = fonts.face(paragraph.glyphs[0].face).expect("a face");
        assert_eq!(face.units_per_em, 2048.0, "{emoji} is drawn with the emoji font");
    }
    let paragraph = lay(&style("好\u{10fffd}好\u{10fffd}", 40.0, None, TextOverflow::Ellipsis), 300.0, 100.0);
    assert_eq!(paragraph.missing, ["\u{10fffd}"]);
}

#[test]
fn rare_ideographs_are_there_in_bold_too() {
    let mut bold = style("𠮷䶮㙘𬭛𬬻", 40.0, None, TextOverflow::Ellipsis);
    bold.spans[0].font_weight = 700;
    assert_eq!(lay(&bold, 400.0, 100.0).missing, Vec::<String>::new());
}
