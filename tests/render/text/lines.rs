//! Lines: breaks, truncation, brackets at their ends, justification.

use haibao_core::{
    style::{TextAlign, TextOverflow, WritingMode},
    text::StyledText,
};

use super::{lay, lines, style};

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
fn the_ellipsis_never_stands_alone() {
    // A word that moves to the next line as a whole must not stay on the line before once it is truncated.
    // Only the ratio of box and letters counts: from two and a half letters a line to the whole text.
    for (size, width) in (10..40).step_by(3).flat_map(|size| (20..60).map(move |step| (size as f32, step as f32 * 5.0)))
    {
        let paragraph = lay(&style("a一.kM000J00MAaA0一", size, Some(3), TextOverflow::Ellipsis), width, 1000.0);
        let lines = lines(&paragraph);
        assert_ne!(lines.last(), Some(&"…"), "{size} px in {width} px: {lines:?}");
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
fn a_bracket_at_a_line_start_is_trimmed() {
    let paragraph = lay(&style("【限时】手冲咖啡", 20.0, Some(1), TextOverflow::Ellipsis), 150.0, 100.0);
    assert_eq!((paragraph.truncated, paragraph.lines[0].width), (false, 150.0), "7.5 em at 20 px");
    assert_eq!(paragraph.glyphs[0].x, -10.0);
    let centred =
        StyledText { text_align: TextAlign::Center, ..style("「咖啡」", 20.0, None, TextOverflow::Ellipsis) };
    let paragraph = lay(&centred, 100.0, 100.0);
    assert_eq!((paragraph.lines[0].x, paragraph.lines[0].width), (20.0, 60.0), "the ink is centred");
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
fn justified_lines_fill_the_box_except_last_lines() {
    let text = "山间的茶园在清晨五点醒来，Oolong 的香气沿着石阶漫下去，\n没有尽头。我们把它装进一只小小的锡罐，寄给远方的“你”。";
    for (writing_mode, name) in [(WritingMode::HorizontalTb, "lines"), (WritingMode::VerticalRl, "columns")] {
        let style = StyledText {
            text_align: TextAlign::Justify,
            writing_mode,
            ..style(text, 20.0, None, TextOverflow::Ellipsis)
        };
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
fn the_cost_of_a_long_text_is_bounded() {
    let paragraph = lay(&style(&"海报".repeat(200_000), 20.0, Some(2), TextOverflow::Ellipsis), 300.0, 100.0);
    assert!(paragraph.text.chars().count() <= 30 && paragraph.truncated);
    let marks = format!("a{}", "\u{301}".repeat(300_000));
    lay(&style(&marks, 20.0, Some(2), TextOverflow::Ellipsis), 300.0, 100.0);
}

#[test]
fn the_cost_of_a_long_vertical_text_is_bounded() {
    let vertical = StyledText {
        writing_mode: WritingMode::VerticalRl,
        ..style(&"满30减5 abc".repeat(100_000), 20.0, None, TextOverflow::Shrink)
    };
    let paragraph = lay(&vertical, 100.0, 300.0);
    assert!(paragraph.truncated && paragraph.text.chars().count() < 500, "{}", paragraph.text.len());
}

#[test]
fn zero_width_text_terminates() {
    let text = format!("一{}", "\u{200b}".repeat(12_000));
    let mut style = style(&text, 1000.0, None, TextOverflow::Ellipsis);
    style.line_height = 1.0;
    assert!(lay(&style, 100.0, 8000.0).truncated);
}
