//! Glyphs: their fonts, spacing, baselines, decoration and columns.

use haibao_core::{
    style::{TextAlign, TextBox, TextDecoration, TextOverflow, VerticalAlign, WritingMode},
    text::StyledText,
};

use super::{lay, span, style};
use crate::kit;

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
fn variation_selectors_choose_between_text_and_emoji() {
    let fonts = kit::fonts();
    let family = |text: &str, writing_mode| {
        let style = StyledText { writing_mode, ..style(text, 20.0, None, TextOverflow::Ellipsis) };
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
    let style = StyledText {
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
fn emoji_by_default_have_colour() {
    let fonts = kit::fonts();
    let all = "⚽⚾🆎🆑🆒🆓🆔🆕🆖🆗🆘🆙🆚🈁🈚🈯🈲🈳🈴🈵🈶🈸🈹🈺🉐🉑";
    let paragraph = lay(&style(all, 20.0, None, TextOverflow::Ellipsis), 2000.0, 100.0);
    let families: Vec<&str> =
        paragraph.fonts.iter().map(|run| &*fonts.face(run.face).expect("a face").family).collect();
    assert_eq!((families, paragraph.glyphs.len()), (vec!["Noto Color Emoji"], 26));
    // Emoji 16 and 17.
    let new = lay(&style("\u{1fae9}\u{1fadc}\u{1faea}\u{1fac8}", 20.0, None, TextOverflow::Ellipsis), 200.0, 100.0);
    assert_eq!((new.glyphs.len(), new.missing), (4, Vec::new()));
}

/// `Emoji_Presentation` is No, so those of the Basic Multilingual Plane are text as long as a font has them.
#[test]
fn signs_that_are_text_by_default_look_alike() {
    let fonts = kit::fonts();
    let families = |text: &str| {
        let paragraph = lay(&style(text, 20.0, None, TextOverflow::Ellipsis), 2000.0, 100.0);
        assert_eq!(paragraph.missing, Vec::<String>::new(), "{text}");
        let family = |face: u16| fonts.face(face).expect("a face").family.to_string();
        paragraph.fonts.iter().map(|run| family(run.face)).collect::<Vec<_>>()
    };
    for text in ["✔✗", "✖✕✘", "☑☒", "❤✈✉✂", "✔︎", "☺︎"] {
        assert!(!families(text).contains(&"Noto Color Emoji".to_owned()), "{text}: {:?}", families(text));
    }
    assert_eq!(families("✔✗"), ["Noto Sans Scripts"]);
    for emoji in
        ["✔\u{fe0f}", "❤\u{fe0f}", "🏷\u{fe0f}", "⭐", "🛒", "🏷🛍🌶", "☝🏽", "❤\u{200d}🔥", "👁\u{200d}🗨", "🏳\u{200d}🌈"]
    {
        assert_eq!(families(emoji), ["Noto Color Emoji"], "{emoji}");
    }
    let mut bold = style("✔✗", 20.0, None, TextOverflow::Ellipsis);
    bold.spans[0].font_weight = 700;
    assert_eq!(lay(&bold, 200.0, 100.0).fonts.len(), 1);
}

#[test]
fn marks_without_a_glyph_take_no_room() {
    let marks = "\u{366}".repeat(12);
    let plain = lay(&style("他来了，正文", 20.0, None, TextOverflow::Ellipsis), 130.0, 100.0);
    let marked = lay(&style(&format!("他{marks}来了，正文"), 20.0, None, TextOverflow::Ellipsis), 130.0, 100.0);
    assert!(!marked.truncated && marked.lines.len() == 1, "{marked:?}");
    assert_eq!(marked.lines[0].width, plain.lines[0].width);
    // As many as a nickname may have.
    let zalgo = lay(
        &style(&"他\u{334}\u{336}\u{337}\u{327}\u{489}".repeat(4), 20.0, Some(1), TextOverflow::Ellipsis),
        90.0,
        30.0,
    );
    assert!(zalgo.glyphs.len() >= 4 && !zalgo.truncated, "{zalgo:?}");
    let endless =
        lay(&style(&format!("他{}", "\u{301}".repeat(30_000)), 20.0, Some(1), TextOverflow::Ellipsis), 90.0, 30.0);
    assert!(!endless.glyphs.is_empty());
}

#[test]
fn stacks_of_marks_are_bounded() {
    for (letter, mark) in [("ꜳ", "\u{302}"), ("ꜳ", "\u{323}"), ("ก", "\u{e47}")] {
        for writing_mode in [WritingMode::HorizontalTb, WritingMode::VerticalRl] {
            let lay = |count: usize| {
                let text = format!("一{letter}{}二", mark.repeat(count));
                lay(&StyledText { writing_mode, ..style(&text, 20.0, Some(1), TextOverflow::Ellipsis) }, 200.0, 200.0)
            };
            let (plain, stacked) = (lay(1), lay(200));
            assert!(!stacked.truncated && stacked.missing.is_empty(), "{letter}: {stacked:?}");
            let [one, other] = [&plain, &stacked].map(|paragraph| &paragraph.lines[0]);
            assert!((one.width - other.width).abs() < 0.01 && (one.height - other.height).abs() < 0.01, "{letter}");
            // Ideographs and the letter, and some of the marks.
            assert!((5..10).contains(&stacked.glyphs.len()), "{letter}: {} glyphs", stacked.glyphs.len());
            assert!(plain.glyphs.len() == 4, "{plain:?}");
            let usual = plain.glyphs[2];
            for glyph in &stacked.glyphs[2..stacked.glyphs.len() - 1] {
                let across = if glyph.turned { glyph.x - usual.x } else { glyph.y - usual.y };
                assert!(across.abs() <= 0.66 * 20.0, "{letter}: {glyph:?} of {usual:?}");
            }
        }
    }
    // Any other cluster of many marks, with and without letters.
    for text in [
        "\u{301}".repeat(99),
        "Z\u{351}\u{336}\u{489}\u{20dd}".repeat(99),
        "ཧཱུྃ".repeat(9),
        "ก็\u{e47}\u{e48}\u{e49}".repeat(40),
    ] {
        for writing_mode in [WritingMode::HorizontalTb, WritingMode::VerticalRl] {
            lay(&StyledText { writing_mode, ..style(&text, 20.0, None, TextOverflow::Shrink) }, 90.0, 60.0);
        }
    }
}

#[test]
fn two_marks_of_vietnamese_and_thai_are_drawn() {
    let width = |text: &str| {
        let paragraph = lay(&style(text, 20.0, Some(1), TextOverflow::Ellipsis), 1000.0, 60.0);
        assert_eq!((&paragraph.missing, paragraph.truncated), (&Vec::new(), false), "{text}");
        (paragraph.lines[0].width, paragraph.glyphs.len())
    };
    // Composed and decomposed.
    assert_eq!(width("ế"), width("e\u{302}\u{301}"));
    assert_eq!(width("ệ"), width("e\u{323}\u{302}"));
    assert_eq!(width("Tiếng Việt"), width("Tie\u{302}\u{301}ng Vie\u{323}\u{302}t"));
    // A vowel and a tone above the letter take no room.
    let (letter, marks) = (width("ท"), width("ที่"));
    assert!((letter.0 - marks.0).abs() < 0.01 && marks.1 == 3, "{letter:?} {marks:?}");
    width("น้ำผึ้ง ปั๊ม ผู้ใหญ่");
}

#[test]
fn other_scripts_have_glyphs_and_join() {
    let fonts = kit::fonts();
    for text in
        ["مرحبا", "שלום", "สวัสดี", "नमस्ते", "გამარჯობა", "𝓗𝓮𝓵𝓵𝓸", "₹ ✗ ﬁ", "꧁ღ꧂ ᥫ᭡ ༺༻ ᯤ", "ಠ_ಠ ʕ•ᴥ•ʔ ᴗ", "བོད", "ᠮᠣᠩᠭᠣᠯ"]
    {
        let paragraph = lay(&style(text, 20.0, None, TextOverflow::Ellipsis), 1000.0, 100.0);
        assert_eq!(paragraph.missing, Vec::<String>::new(), "{text}");
    }
    // Letters of a word have other forms than alone, from right to left.
    let glyphs = |text: &str| {
        let paragraph = lay(&style(text, 20.0, None, TextOverflow::Ellipsis), 1000.0, 100.0);
        assert_eq!(&*fonts.face(paragraph.glyphs[0].face).expect("a face").family, "Noto Sans Scripts");
        paragraph.glyphs.into_iter().map(|glyph| glyph.id).collect::<Vec<_>>()
    };
    let (word, alone) = (glyphs("بب"), glyphs("ب"));
    assert!(word.len() == 2 && word[0] != word[1] && !word.contains(&alone[0]), "{word:?} {alone:?}");
    let mixed = lay(&style("小满 مرحبا 2026", 20.0, None, TextOverflow::Ellipsis), 1000.0, 100.0);
    assert!(mixed.missing.is_empty() && mixed.glyphs.windows(2).all(|pair| pair[0].x <= pair[1].x), "visual order");
}

#[test]
fn a_box_of_ink_holds_the_letters_without_leading() {
    let lay = |text: &str, vertical_align, height: f32| {
        let style = style(text, 100.0, None, TextOverflow::Ellipsis);
        lay(&StyledText { text_box: TextBox::Ink, vertical_align, ..style }, 1000.0, height)
    };
    let baseline = |text: &str, align, height: f32| lay(text, align, height).lines[0].baseline;
    // Ideographs of Noto Sans SC span -0.078 to 0.838 em, capitals 0 to 0.733 em.
    let near = |one: f32, two: f32| assert!((one - two).abs() < 0.1, "{one} {two}");
    near(baseline("商品", VerticalAlign::Top, 91.6), 83.8);
    near(baseline("¥168", VerticalAlign::Top, 73.3), 73.3);
    near(baseline("商品", VerticalAlign::Bottom, 200.0), 200.0 - 7.8);
    near(baseline("商品", VerticalAlign::Middle, 200.0), 100.0 - 91.6 / 2.0 + 83.8);
    // The box of the outlines of a line holds that line: the letters' side bearings are outside.
    let whole = style("商品", 100.0, Some(1), TextOverflow::Ellipsis);
    let paragraph = super::lay(&StyledText { text_box: TextBox::Ink, ..whole }, 192.0, 90.0);
    assert!(!paragraph.truncated && paragraph.glyphs[0].x < 0.0, "{paragraph:?}");
    // Outlines of two lines may be a little lower than the extents of the font.
    let lines = |height: f32| lay("商品\n标题", VerticalAlign::Top, height).lines.len();
    assert_eq!([lines(140.0 + 91.6), lines(140.0 + 84.0), lines(140.0)], [2, 2, 1]);
}
