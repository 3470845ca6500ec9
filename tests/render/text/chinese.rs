//! Chinese lines: prices, quotation marks, adjacent punctuation, and truncation at words and numbers.

use haibao_core::{
    style::{LineBreak, TextAlign, TextOverflow, WritingMode},
    text::StyledText,
};

use super::{lay, lines, style};

/// The lines of a text in a box of this width.
pub(super) fn broken(text: &str, size: f32, width: f32) -> Vec<String> {
    let paragraph = lay(&style(text, size, None, TextOverflow::Ellipsis), width, 1000.0);
    lines(&paragraph).into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The text in a box for one line.
fn truncated(text: &str, width: f32) -> String {
    lay(&style(text, 20.0, Some(1), TextOverflow::Ellipsis), width, 100.0).text
}

#[test]
fn prices_are_not_torn() {
    assert_eq!(broken("限时到手价，¥12,800.00", 36.0, 190.0), ["限时到手", "价，", "¥12,800.00"]);
    assert_eq!(broken("（促销价）￥12800.00起", 36.0, 190.0), ["（促销价）", "￥12800.00", "起"]);
    assert_eq!(broken("【会员】¥199.90/件", 36.0, 190.0), ["【会员】", "¥199.90/件"]);
    assert_eq!(broken("仅限今日，+86 13800138000", 36.0, 190.0), ["仅限今日，", "+86", "138001380", "00"]);
    assert_eq!(broken("仅售89.9元", 36.0, 140.0), ["仅售", "89.9元"]);
    assert_eq!(broken("满300立减-¥50元", 26.0, 130.0), ["满300立减", "-¥50元"]);
    assert_eq!(broken("已售10万+件", 26.0, 110.0), ["已售", "10万+件"]);
    assert_eq!(broken("房租3500元/月起", 26.0, 130.0), ["房租", "3500元/月", "起"]);
    assert_eq!(broken("面积89平方米", 26.0, 140.0), ["面积", "89平方米"]);
    // Torn before its unit rather than parted from its brackets.
    assert_eq!(broken("（3500元/月）", 26.0, 126.0), ["（3500元/", "月）"]);
    // Without an opportunity before the number, which fits into a line of its own.
    assert_eq!(broken("到手（$12,800.00）", 36.0, 190.0), ["到手", "（", "$12,800.00", "）"]);
}

#[test]
fn marks_stay_with_their_numbers() {
    for (text, width, expected) in [
        ("长宽高30×20×10cm，约", 200.0, "长宽高/30×20×/10cm，约"),
        ("价¥1,280~1,360，起", 180.0, "价/¥1,280~/1,360，起"),
        ("共1280~1360元，起", 180.0, "共/1280~/1360元，起"),
        ("约19.9~29.9%，折", 130.0, "约/19.9~/29.9%，/折"),
        ("温度-18℃~25℃，湿度", 180.0, "温/度-18℃~/25℃，湿度"),
        ("电话138-0013-8000（王经理）", 180.0, "电话/138-0013-/8000（王经/理）"),
        ("电话010-12345678，转", 100.0, "电话/010-/123456/78，转"),
    ] {
        assert_eq!(broken(text, 28.0, width).join("/"), expected, "{text}");
    }
    // A word instead of its mark, but not a number.
    let word = broken("（ABCDEFGHIJKLM）好", 20.0, 180.0);
    assert!(word.iter().all(|line| !line.starts_with('）')), "{word:?}");
    assert_eq!(broken("单号123456789012，元", 28.0, 190.0).last().map(String::as_str), Some("，元"));
}

#[test]
fn quantities_that_are_too_long_are_cut_before_their_units_and_after_slashes() {
    let width = |text: &str| lay(&style(text, 20.0, None, TextOverflow::Ellipsis), 1000.0, 100.0).lines[0].width;
    // The box is as wide as the second text.
    for (text, fits, expected) in [
        ("￥1,000元", "￥1,000", "￥1,000|元"),
        ("满￥1,000元减", "￥1,000", "满|￥1,000|元减"),
        ("（￥1,000元）", "￥1,000", "（|￥1,000|元）"),
        ("￥100万元", "￥100万", "￥100万|元"),
        ("10万+件", "10万+", "10万+|件"),
        ("1280kg", "1280k", "1280|kg"),
        ("50%OFF!!!", "50%OFF!", "50%|OFF!!!"),
        ("12:00/18:00", "12:00/18", "12:00/|18:00"),
        ("13:00/18:00-19:30", "13:00/18", "13:00/|18:00-|19:30"),
        ("1.5L/2L装", "1.5L/2", "1.5L/|2L装"),
        ("60x120x200cm", "60x120x2", "60x120x|200cm"),
        ("60*120*200cm", "60*120*2", "60*120*|200cm"),
        ("2026－11－20", "2026－11", "2026－|11－20"),
    ] {
        assert_eq!(broken(text, 20.0, width(fits)).join("|"), expected, "{text}");
    }
}

#[test]
fn lines_break_around_quotation_marks() {
    let text = "他们在说“扫码”（限时）和”《秋》";
    assert_eq!(broken(text, 36.0, 213.0), ["他们在说", "“扫码”（限", "时）和”", "《秋》"]);
    assert_eq!(broken("搜索“App Store”下载", 20.0, 130.0), ["搜索“App", "Store”下载"]);
}

#[test]
fn connectors_do_not_begin_a_strict_line() {
    let normal = |text: &str, width: f32| {
        let style = StyledText { line_break: LineBreak::Normal, ..style(text, 20.0, None, TextOverflow::Ellipsis) };
        lines(&lay(&style, width, 1000.0)).join("|")
    };
    assert_eq!(broken("列奥纳多·达·芬奇", 20.0, 80.0), ["列奥纳", "多·达·", "芬奇"]);
    assert_eq!(normal("列奥纳多·达·芬奇", 80.0), "列奥纳多|·达·芬|奇");
    assert_eq!(broken("一二三四～五", 20.0, 80.0), ["一二三", "四～五"]);
    assert_eq!(broken("一二三四——五", 20.0, 80.0), ["一二三四", "——五"]);
}

#[test]
fn adjacent_punctuation_takes_one_and_a_half_em() {
    let text = "《红楼梦》《西游记》：（正品），「秋」（限时）。";
    let paragraph = lay(&style(text, 20.0, None, TextOverflow::Ellipsis), 560.0, 100.0);
    // Seven pairs, and a blank half at each end of the line.
    let em = text.chars().count() as f32 - 7.0 * 0.5 - 2.0 * 0.5;
    assert_eq!((paragraph.lines.len(), paragraph.lines[0].width), (1, em * 20.0));
    for pair in ["》《", "：（", "。「", "））", "（（", "，”"] {
        let text = format!("一{pair}二");
        for writing_mode in [WritingMode::HorizontalTb, WritingMode::VerticalRl] {
            let style = StyledText { writing_mode, ..style(&text, 20.0, None, TextOverflow::Ellipsis) };
            let line = &lay(&style, 200.0, 200.0).lines[0];
            let vertical = writing_mode == WritingMode::VerticalRl;
            // Colons are centred in vertical text.
            let expected = if vertical && pair == "：（" { 80.0 } else { 70.0 };
            assert_eq!(if vertical { line.height } else { line.width }, expected, "{pair} {writing_mode:?}");
        }
    }
    // As in Chromium: middle dots, ideographic spaces and half-width brackets, but not next to the ink of a bracket.
    for (pair, blank) in [
        ("》·《", 1.0),
        ("」・「", 1.0),
        ("，‧", 0.5),
        ("」\u{3000}「", 1.0),
        ("。\u{3000}", 0.5),
        ("(（", 0.5),
        ("[「", 0.5),
        ("）)", 0.5),
        ("，]", 0.5),
        ("（\u{3000}", 0.0),
        ("（·", 0.0),
        ("·）", 0.0),
        ("）(", 0.0),
        (")（", 0.0),
        ("「(", 0.0),
    ] {
        let width = |text: &str| lay(&style(text, 20.0, None, TextOverflow::Ellipsis), 400.0, 100.0).lines[0].width;
        let apart: f32 = pair.chars().map(|c| width(&format!("一{c}二")) - 40.0).sum();
        let squeezed = apart - (width(&format!("一{pair}二")) - 40.0);
        assert!((squeezed - blank * 20.0).abs() < 0.01, "{pair}: {squeezed}");
    }
    let plain = lay(&style("（一", 20.0, None, TextOverflow::Ellipsis), 200.0, 100.0);
    let squeezed = lay(&style("（（一", 20.0, None, TextOverflow::Ellipsis), 200.0, 100.0);
    assert_eq!(squeezed.glyphs[1].x - squeezed.glyphs[0].x, 10.0);
    assert_eq!(squeezed.glyphs[2].x, plain.glyphs[1].x + 10.0);
}

#[test]
fn a_trimmed_stop_fits_at_the_end_of_a_line() {
    assert_eq!(broken("一二三四五，六七", 20.0, 110.0), ["一二三四五，", "六七"]);
    assert_eq!(broken("一二三四五，六七", 20.0, 109.0), ["一二三四", "五，六七"]);
    // At the break, a pair loses one half at each edge.
    assert_eq!(broken("《一二三》《四五六》", 20.0, 80.0), ["《一二三》", "《四五六》"]);
}

#[test]
fn a_soft_hyphen_is_drawn_at_the_end_of_a_line() {
    use ab_glyph::Font;
    let text = "Donau\u{ad}dampf\u{ad}schiff\u{ad}fahrt";
    let paragraph = lay(&style(text, 24.0, None, TextOverflow::Ellipsis), 120.0, 200.0);
    assert_eq!(lines(&paragraph), ["Donau\u{ad}", "dampf\u{ad}", "schiff\u{ad}fahrt"]);
    let fonts = crate::kit::fonts();
    let hyphen = |face: u16| fonts.face(face).expect("a face").font.glyph_id('-').0;
    let drawn: Vec<f32> = paragraph.glyphs.iter().filter(|g| g.id == hyphen(g.face)).map(|glyph| glyph.y).collect();
    assert_eq!(drawn, [paragraph.lines[0].baseline, paragraph.lines[1].baseline]);
    assert!(paragraph.lines.iter().all(|line| line.width <= 120.0 && line.needs == line.width));
    assert!(paragraph.missing.is_empty());
}

#[test]
fn the_ellipsis_follows_whole_words_and_numbers() {
    assert_eq!(truncated("生活 Beautiful things", 120.0), "生活…");
    assert_eq!(truncated("Beautiful", 60.0), "Bea…", "nothing precedes the word");
    assert_eq!(truncated("到手价¥12,800.00", 140.0), "到手价…");
    assert_eq!(truncated("仅售3万元", 75.0), "仅售…");
    assert_eq!(truncated("一二（三四五六七）", 75.0), "一二…", "not after an opening bracket");
    assert_eq!(truncated("小满“Pro”款", 70.0), "小满…");
    let clip = style("生活 Beautiful things", 20.0, Some(1), TextOverflow::Clip);
    assert_eq!(lay(&clip, 120.0, 100.0).text, "生活 Beautif");
}

#[test]
fn justified_lines_with_few_gaps_are_not_stretched() {
    let text = "咖啡 Donaudampfschifffahrt 航运";
    let style = StyledText { text_align: TextAlign::Justify, ..style(text, 20.0, None, TextOverflow::Ellipsis) };
    let paragraph = lay(&style, 230.0, 200.0);
    assert_eq!((lines(&paragraph)[0], paragraph.lines[0].width), ("咖啡 ", 40.0));
}
