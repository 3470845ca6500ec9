//! Property tests of paragraph layout.

use haibao_core::{
    style::{Color, TextAlign, TextDecoration, TextOverflow, VerticalAlign, WritingMode},
    text::{Fill, Paragraph, PlacedGlyph, Shaper, Span, Text, fit},
};
use proptest::prelude::*;

use crate::kit;

/// Characters that must not start a line if another break is possible (GB/T 15834-2011, 5.1.2; CLREQ, 3.1.3).
const NOT_AT_START: &str = "，。、；：？！”’）》〉】」』…—～·,.;:?!)]}%";
/// Characters that must not end a line if another break is possible.
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
    let fonts = kit::fonts();
    fit(&fonts, &mut Shaper::new(&fonts), style, width, height)
}

fn lines(paragraph: &Paragraph) -> Vec<&str> {
    paragraph.lines.iter().map(|line| &paragraph.text[line.range.clone()]).collect()
}

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
fn paragraph() -> impl Strategy<Value = Text> {
    let spans =
        prop::collection::vec((words(), 8.0f32..60.0, prop_oneof![3 => Just(0.0f32), 1 => -3.0f32..12.0]), 1..4);
    let overflow = prop::sample::select(vec![TextOverflow::Ellipsis, TextOverflow::Clip, TextOverflow::Shrink]);
    let align = prop::sample::select(vec![TextAlign::Left, TextAlign::Center, TextAlign::Right, TextAlign::Justify]);
    let place = prop::sample::select(vec![VerticalAlign::Top, VerticalAlign::Middle, VerticalAlign::Bottom]);
    (spans, overflow, align, place, prop::option::of(1u16..5), any::<bool>()).prop_map(
        |(spans, text_overflow, text_align, vertical_align, max_lines, vertical)| {
            let spans: Vec<Span> = spans
                .into_iter()
                .map(|(text, size, letter_spacing)| Span {
                    letter_spacing,
                    text_decoration: TextDecoration::Underline,
                    ..span(&text, size)
                })
                .collect();
            let largest = spans.iter().map(|span| span.font_size).fold(0.0, f32::max);
            let writing_mode = if vertical { WritingMode::VerticalRl } else { WritingMode::HorizontalTb };
            let style = style("", largest, max_lines, text_overflow);
            Text { spans, writing_mode, text_align, vertical_align, ..style }
        },
    )
}

/// Inline and block dimension of a box: width and height, swapped in vertical text.
fn along(style: &Text, width: f32, height: f32) -> (f32, f32) {
    if style.writing_mode == WritingMode::VerticalRl { (height, width) } else { (width, height) }
}

/// The same text scaled by `zoom`, truncated instead of shrunk.
fn zoomed(style: &Text, zoom: f32) -> Text {
    let mut style = Text { text_overflow: TextOverflow::Ellipsis, ..style.clone() };
    style.line_height *= zoom;
    for span in &mut style.spans {
        span.font_size *= zoom;
        span.letter_spacing *= zoom;
    }
    style
}

#[test]
fn a_leading_emoji_does_not_move_the_decoration() {
    for decoration in [TextDecoration::Underline, TextDecoration::LineThrough] {
        let rule = |text: &str| {
            let mut style = style(text, 40.0, Some(1), TextOverflow::Ellipsis);
            style.spans[0].text_decoration = decoration;
            lay(&style, 400.0, 60.0).rules[0]
        };
        let (plain, emoji) = (rule("价格"), rule("😀价格"));
        assert!((plain.y - emoji.y).abs() < 0.1, "{decoration:?}: {plain:?} {emoji:?}");
        assert!((plain.height - emoji.height).abs() < 0.1, "{decoration:?}: {plain:?} {emoji:?}");
    }
}

#[test]
fn clusters_are_counted_instead_of_code_points() {
    let width = 780.0;
    for (cluster, count) in [("👨🏻‍❤️‍💋‍👨🏻", 15), ("👩🏿‍🤝‍👨🏻", 15)] {
        let text = cluster.repeat(count);
        let paragraph = lay(&style(&text, 40.0, Some(1), TextOverflow::Ellipsis), width, 60.0);
        assert!(!paragraph.truncated && paragraph.text == text, "{count} of {cluster} take less than {width} px");
    }
    let mut tight = style(&"iiiiiiiiil".repeat(36), 40.0, Some(1), TextOverflow::Ellipsis);
    tight.spans[0].letter_spacing = -9.0;
    let paragraph = lay(&tight, width, 60.0);
    assert!(!paragraph.truncated, "{} of 360 letters, {:?}", paragraph.text.len(), paragraph.lines);
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
        let style = Text { text_overflow: TextOverflow::Ellipsis, ..style };
        let paragraph = lay(&style, width, height);
        // The text without control characters and trailing white space.
        let full = lay(&Text { max_lines: None, ..style }, 1e6, 1e6).text;
        if paragraph.truncated && let Some(shown) = paragraph.text.strip_suffix('…') {
            prop_assert!(full.starts_with(shown), "{shown:?} is not a prefix of {full:?}");
            prop_assert!(is_cluster_boundary(&full, shown.len()), "{shown:?} splits a cluster of {full:?}");
        } else if !paragraph.truncated {
            prop_assert_eq!(paragraph.text, full);
        }
    }

    #[test]
    fn a_truncated_line_has_no_space_for_another_cluster(
        text in "[\u{4e00}-\u{9fa5}a-zA-Z]{1,6}( ?[a-zA-Z0-9./]{1,24}| ?[\u{4e00}-\u{9fa5}]{1,4}){1,12}",
        (size, width, max_lines) in (10.0f32..40.0, 100.0f32..500.0, 1u16..4),
        clip in any::<bool>(),
    ) {
        use unicode_segmentation::UnicodeSegmentation;
        let overflow = if clip { TextOverflow::Clip } else { TextOverflow::Ellipsis };
        let paragraph = lay(&style(&text, size, Some(max_lines), overflow), width, 1000.0);
        if paragraph.truncated {
            let shown = paragraph.text.trim_end_matches('…');
            let next = text[shown.len()..].trim_start().graphemes(true).next().unwrap_or_default();
            let next = lay(&style(next, size, None, overflow), 1000.0, 1000.0).lines[0].width;
            let last = paragraph.lines.last().expect("a line");
            // The next cluster, a space before it, and an em for the suffix.
            let max = size + next + size * 0.3;
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
        let style = Text { text_overflow: TextOverflow::Shrink, ..style };
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
                lay(&Text { spans, writing_mode, ..style("", size, None, overflow) }, width, height);
            }
        }
    }
}

#[test]
fn the_ellipsis_follows_the_longest_prefix_that_fits() {
    let text = "手冲咖啡套装送礼自用两相宜限时包邮";
    let paragraph = lay(&style(text, 20.0, Some(1), TextOverflow::Ellipsis), 165.0, 100.0);
    assert_eq!(paragraph.text, "手冲咖啡套装送…", "eight characters of 20 px fit into 165 px");
    assert!(paragraph.truncated);
    let full = lay(&style("手冲咖啡套装送礼", 20.0, Some(1), TextOverflow::Ellipsis), 165.0, 100.0);
    assert_eq!((full.text.as_str(), full.truncated), ("手冲咖啡套装送礼", false));
}

#[test]
fn the_last_line_is_truncated_within_words() {
    let truncated = |text: &str, overflow| lay(&style(text, 20.0, Some(1), overflow), 200.0, 100.0).text;
    let [ellipsis, clip] = [TextOverflow::Ellipsis, TextOverflow::Clip];
    assert_eq!(truncated("小满 Donaudampfschifffahrt", ellipsis), "小满 Donaudampfs…");
    assert!(truncated(&format!("\" {}", "Wm".repeat(30)), ellipsis).starts_with("\" WmWmW"));
    let clipped = truncated(&format!("ab {}", "c".repeat(99)), clip);
    assert!(clipped.len() > 15 && clipped.starts_with("ab ccc"), "{clipped:?}");
    let two = lay(&style("小满 Donaudampfschifffahrtsgesellschaft", 20.0, Some(2), ellipsis), 100.0, 100.0);
    assert_eq!(lines(&two)[0], "小满 ", "only the last line is truncated within a word");
    assert!(lines(&two)[1].starts_with("Donaud") && two.truncated, "{:?}", lines(&two));
    let paragraphs = lay(&style("小满 Donaudampfschifffahrt\n二", 20.0, Some(1), ellipsis), 1000.0, 100.0);
    assert_eq!(paragraphs.text, "小满 Donaudampfschifffahrt…");
}

#[test]
fn negative_spacing_has_a_minimum_advance() {
    let spaced = |spacing: f32| {
        let mut style = style("字距 ii", 20.0, Some(1), TextOverflow::Ellipsis);
        style.spans[0].letter_spacing = spacing;
        lay(&style, 200.0, 100.0)
    };
    let tightest = spaced(-100.0);
    assert_eq!(tightest.glyphs[1].x, 2.0, "a tenth of 20 px");
    assert!(!tightest.truncated);
    // Wide glyphs get the full negative spacing; narrow ones next to them are limited.
    let tight = spaced(-10.0);
    assert_eq!(tight.glyphs[1].x, 10.0);
    let [.., one, two] = &tight.glyphs[..] else { panic!("{tight:?}") };
    assert!(two.x > one.x, "{one:?} {two:?}");
}

#[test]
fn variation_selectors_choose_between_text_and_emoji() {
    let fonts = kit::fonts();
    let family = |text: &str, writing_mode| {
        let style = Text { writing_mode, ..style(text, 20.0, None, TextOverflow::Ellipsis) };
        let paragraph = lay(&style, 300.0, 300.0);
        assert_eq!((paragraph.fonts.len(), paragraph.missing.len()), (1, 0), "{text}: {paragraph:?}");
        (fonts.face(paragraph.glyphs[0].face).expect("a face").family.to_string(), paragraph.glyphs[0].turned)
    };
    for mode in [WritingMode::HorizontalTb, WritingMode::VerticalRl] {
        for emoji in ["©️", "™️", "㊙️", "▶️", "❤️", "☀️", "1️⃣"] {
            assert_eq!(family(emoji, mode), ("Noto Color Emoji".into(), false), "{emoji} {mode:?}");
        }
        for text in ["©︎", "™︎", "㊙︎", "▶︎", "☀︎", "©", "▶", "㊙"] {
            assert_eq!(family(text, mode).0, "Noto Sans SC", "{text} {mode:?}");
        }
    }
    // Both presentations within one text.
    let both = lay(&style("▶️▶︎▶️", 20.0, None, TextOverflow::Ellipsis), 300.0, 100.0);
    let faces: Vec<u16> = both.fonts.iter().map(|run| run.face).collect();
    assert!(faces[0] == faces[2] && faces[0] != faces[1], "{faces:?}");
}

#[test]
fn strikethrough_of_a_column_is_centred() {
    let mut style = style("原价99元 WAIC", 20.0, None, TextOverflow::Ellipsis);
    style.writing_mode = WritingMode::VerticalRl;
    style.spans[0].text_decoration = TextDecoration::LineThrough;
    let paragraph = lay(&style, 60.0, 300.0);
    assert!(!paragraph.rules.is_empty());
    for rule in &paragraph.rules {
        let middle = rule.x + rule.width / 2.0;
        assert!((middle - paragraph.lines[0].baseline).abs() < 0.01, "{rule:?} of {:?}", paragraph.lines[0]);
    }
}

#[test]
fn a_trimmed_bracket_extends_its_line() {
    // The box is 10.5 em long: the second line contains its bracket and ten ideographs.
    let text = "一二三四五六七八九十（一二三四五六七八九十一二";
    let paragraph = lay(&style(text, 20.0, None, TextOverflow::Ellipsis), 210.0, 500.0);
    assert_eq!(lines(&paragraph)[1], "（一二三四五六七八九十");
    assert_eq!((paragraph.lines[1].width, paragraph.lines[1].needs), (210.0, 210.0));
}

#[test]
fn hard_line_breaks_count_as_lines() {
    let paragraph = lay(&style("一\n二\n三", 20.0, Some(2), TextOverflow::Ellipsis), 200.0, 500.0);
    assert_eq!(lines(&paragraph), ["一\n", "二…"]);
}

#[test]
fn a_long_word_breaks_anywhere() {
    let paragraph = lay(&style(&"W".repeat(60), 20.0, None, TextOverflow::Ellipsis), 200.0, 1000.0);
    assert!(paragraph.lines.len() > 4 && !paragraph.truncated, "{paragraph:?}");
}

#[test]
fn the_cost_of_a_long_text_is_bounded() {
    let paragraph = lay(&style(&"海报".repeat(200_000), 20.0, Some(2), TextOverflow::Ellipsis), 300.0, 100.0);
    assert!(paragraph.text.chars().count() <= 30 && paragraph.truncated);
    let marks = format!("a{}", "\u{301}".repeat(300_000));
    lay(&style(&marks, 20.0, Some(2), TextOverflow::Ellipsis), 300.0, 100.0);
}

#[test]
fn emoji_sequences_are_one_glyph_and_missing_characters_are_reported() {
    let fonts = kit::fonts();
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
fn rare_ideographs_have_glyphs_in_bold_text() {
    let mut bold = style("𠮷䶮㙘𬭛𬬻", 40.0, None, TextOverflow::Ellipsis);
    bold.spans[0].font_weight = 700;
    assert_eq!(lay(&bold, 400.0, 100.0).missing, Vec::<String>::new());
}

#[test]
fn justified_lines_fill_the_box_except_last_lines() {
    let text = "山间的茶园在清晨五点醒来，Oolong 的香气沿着石阶漫下去，\n没有尽头。我们把它装进一只小小的锡罐，寄给远方的“你”。";
    for (writing_mode, name) in [(WritingMode::HorizontalTb, "lines"), (WritingMode::VerticalRl, "columns")] {
        let style =
            Text { text_align: TextAlign::Justify, writing_mode, ..style(text, 20.0, None, TextOverflow::Ellipsis) };
        let paragraph = lay(&style, 290.0, 290.0);
        let lengths: Vec<(f32, bool)> = paragraph
            .lines
            .iter()
            .map(|line| {
                let shown = &paragraph.text[line.range.clone()];
                let last = shown.ends_with('\n') || line.range.end == paragraph.text.len();
                (if name == "lines" { line.width } else { line.height }, last)
            })
            .collect();
        assert!(lengths.len() >= 4 && lengths.iter().filter(|(_, last)| *last).count() == 2, "{name}: {lengths:?}");
        for (length, last) in &lengths {
            let flush = (length - 290.0).abs() < 0.01;
            assert!(flush != *last, "{name}: {lengths:?}");
        }
    }
}

#[test]
fn a_bracket_at_a_line_start_is_trimmed() {
    let paragraph = lay(&style("【限时】手冲咖啡", 20.0, Some(1), TextOverflow::Ellipsis), 150.0, 100.0);
    assert_eq!((paragraph.truncated, paragraph.lines[0].width), (false, 150.0), "7.5 em at 20 px");
    assert_eq!(paragraph.glyphs[0].x, -10.0);
    let centred = Text { text_align: TextAlign::Center, ..style("「咖啡」", 20.0, None, TextOverflow::Ellipsis) };
    let paragraph = lay(&centred, 100.0, 100.0);
    assert_eq!((paragraph.lines[0].x, paragraph.lines[0].width), (20.0, 60.0), "the ink is centred");
}

#[test]
fn spans_keep_their_size_and_colour_on_one_baseline() {
    let mut style = style("", 20.0, None, TextOverflow::Ellipsis);
    style.spans = vec![span("到手价", 20.0), span("¥", 24.0), span("39", 48.0)];
    style.line_height = 60.0;
    let paragraph = lay(&style, 300.0, 100.0);
    let sizes: Vec<_> = paragraph.glyphs.iter().map(|glyph| (glyph.span, glyph.size)).collect();
    assert_eq!(sizes, [(0, 20.0), (0, 20.0), (0, 20.0), (1, 24.0), (2, 48.0), (2, 48.0)]);
    assert!(paragraph.glyphs.iter().all(|glyph| glyph.y == paragraph.lines[0].baseline), "{paragraph:?}");
    assert_eq!(paragraph.text, "到手价¥39");
}

#[test]
fn columns_run_from_right_to_left_with_vertical_punctuation() {
    let fonts = kit::fonts();
    let style = Text {
        writing_mode: WritingMode::VerticalRl,
        text_align: TextAlign::Right,
        ..style("好，12日\nWeChat（", 20.0, None, TextOverflow::Ellipsis)
    };
    let paragraph = lay(&style, 100.0, 200.0);
    assert_eq!(paragraph.lines.iter().map(|line| line.x).collect::<Vec<_>>(), [72.0, 44.0]);
    let face = fonts.face(paragraph.glyphs[0].face).expect("a face");
    use ab_glyph::Font;
    assert_eq!(u32::from(paragraph.glyphs[0].id), u32::from(face.font.glyph_id('好').0));
    assert_ne!(u32::from(paragraph.glyphs[1].id), u32::from(face.font.glyph_id('，').0), "vertical alternate glyph");
    let [one, two] = [paragraph.glyphs[2], paragraph.glyphs[3]];
    assert!(one.y == two.y && one.x < two.x && !one.turned, "digits are side by side: {one:?} {two:?}");
    assert_eq!(paragraph.glyphs[4].y - paragraph.glyphs[1].y, 40.0, "12 occupies one cell");
    let turned: Vec<bool> = paragraph.glyphs[5..].iter().map(|glyph| glyph.turned).collect();
    assert_eq!(turned, [true, true, true, true, true, true, false]);
}

#[test]
fn zero_width_text_terminates() {
    let text = format!("一{}", "\u{200b}".repeat(60_000));
    let mut style = style(&text, 1000.0, None, TextOverflow::Ellipsis);
    style.line_height = 1.0;
    assert!(lay(&style, 100.0, 8000.0).truncated);
}

#[test]
fn the_cost_of_a_long_vertical_text_is_bounded() {
    let vertical = Text {
        writing_mode: WritingMode::VerticalRl,
        ..style(&"满30减5 abc".repeat(100_000), 20.0, None, TextOverflow::Shrink)
    };
    let paragraph = lay(&vertical, 100.0, 300.0);
    assert!(paragraph.truncated && paragraph.text.chars().count() < 500, "{}", paragraph.text.len());
}
