//! Wider lines are never more, however amounts are cut.

use proptest::prelude::*;

use crate::{
    style::WritingMode,
    testing,
    text::{
        input::{StyledSpan, StyledText},
        line_break::Room,
        source::SourceText,
    },
};

/// Texts with numbers, signs, ranges and marks.
fn amounts() -> impl Strategy<Value = String> {
    let before = "满|房号A-|（|【|有效期|温|券-|直降-|（限时|仅¥|￥|共|电话|惠,|“|约|";
    let sign = "|-|¥|-¥|\\+";
    let more = "([-/.至～×~:,，–]|℃~|元-|元～-)[0-9]{1,4}";
    let after = "元|元券|有效|，止|）起|！|元/月）|℃~|kg|件，|%OFF!!!|：|~|至|（含）|折起|/人|°|\\.|折！！！？？|元……|件。」|\
                 公里\\)\\)\\)|元——！|%!!!|SALE……|";
    prop::string::string_regex(&format!("({before})({sign})[0-9]{{1,5}}({more}){{0,4}}({after})")).expect("a pattern")
}

/// The number of lines of a text of 24 px in each of these widths.
fn counts(text: &str, widths: &[f32]) -> Vec<usize> {
    let style =
        StyledText::line(vec![StyledSpan::plain(text.to_owned(), Vec::new(), 24.0, 400)], WritingMode::HorizontalTb);
    let (fonts, source) = (testing::fonts(), SourceText::new(&style.spans));
    // Shaped once: only the lines depend on the width.
    let shaped = fonts.with_shaper(|shaper| shaper.paragraph(&fonts, &style, &source));
    widths.iter().map(|width| shaped.lines(&source.text, Room::of(*width)).len()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Otherwise the largest size at which a text fits could not be searched for.
    #[test]
    fn wider_lines_are_not_more(
        text in prop::collection::vec(amounts(), 1..3).prop_map(|parts| parts.concat()),
        (start, step) in (26.0f32..40.0, 3.0f32..12.0),
    ) {
        let widths: Vec<f32> = (0..30).map(|at| start + at as f32 * step).collect();
        let counts = counts(&text, &widths);
        prop_assert!(counts.is_sorted_by(|narrow, wide| narrow >= wide), "{text}: {counts:?} lines in {widths:?} px");
    }
}
