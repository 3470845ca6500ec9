//! `text_wrap: balance`.

use haibao_core::style::{TextOverflow, TextWrap, WritingMode};
use haibao_core::text::StyledText;
use proptest::prelude::*;

use super::{lay, lines, style};

fn balanced(text: &str, width: f32) -> Vec<String> {
    let style = StyledText { text_wrap: TextWrap::Balance, ..style(text, 20.0, None, TextOverflow::Ellipsis) };
    lines(&lay(&style, width, 500.0)).into_iter().map(str::to_owned).collect()
}

#[test]
fn no_character_stays_alone() {
    let text = "家用早餐咖啡杯";
    let filled = lay(&style(text, 20.0, None, TextOverflow::Ellipsis), 120.0, 500.0);
    assert_eq!(lines(&filled), ["家用早餐咖啡", "杯"]);
    let [first, second] = &balanced(text, 120.0)[..] else { panic!("two lines") };
    assert!(first.chars().count().abs_diff(second.chars().count()) <= 1, "{first} {second}");
    assert_eq!(balanced(text, 140.0), [text], "one line stays one line");
}

#[test]
fn lines_end_after_punctuation() {
    let lines = balanced("阳山水蜜桃礼盒装，树上熟当日采，顺丰冷链包邮", 175.0);
    assert_eq!(lines, ["阳山水蜜桃礼盒装，", "树上熟当日采，", "顺丰冷链包邮"]);
    // Not at any price: the first line would be a quarter as long as the second.
    let lines = balanced("早安，家用早餐咖啡杯陶瓷马克杯", 280.0);
    assert_ne!(lines[0], "早安，", "{lines:?}");
}

#[test]
fn chinese_words_stay_whole() {
    for (text, width, expected) in [
        ("家用早餐咖啡杯陶瓷马克杯带盖勺", 290.0, "家用早餐咖啡杯/陶瓷马克杯带盖勺"),
        ("家用早餐咖啡杯陶瓷马克杯", 160.0, "家用早餐咖啡杯/陶瓷马克杯"),
        ("云南大理洱海古城深度五日游", 150.0, "云南大理洱海/古城深度五日游"),
    ] {
        assert_eq!(balanced(text, width).join("/"), expected);
    }
}

#[test]
fn words_and_hard_breaks_stay() {
    assert_eq!(balanced("成人零基础大提琴入门\n小班", 130.0).last().map(String::as_str), Some("小班"));
    for line in balanced("Cello for Beginners in Hangzhou", 180.0) {
        assert!("Cello for Beginners in Hangzhou".contains(line.trim_end()) && !line.starts_with(' '), "{line}");
    }
    let long = "Donaudampfschifffahrtsgesellschaft";
    assert_eq!(balanced(long, 120.0).concat(), long, "a word longer than a line is broken as without balance");
}

#[test]
fn columns_are_balanced() {
    let vertical = StyledText {
        text_wrap: TextWrap::Balance,
        writing_mode: WritingMode::VerticalRl,
        ..style("家用早餐咖啡杯", 20.0, None, TextOverflow::Ellipsis)
    };
    let columns: Vec<usize> =
        lines(&lay(&vertical, 500.0, 120.0)).iter().map(|column| column.chars().count()).collect();
    assert!(columns == [4, 3] || columns == [3, 4], "{columns:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_number_of_lines_stays(text in "[一-龥a-z，。（）「」 \n0-9]{1,80}", width in 60.0f32..400.0) {
        let auto = style(&text, 20.0, None, TextOverflow::Ellipsis);
        let balanced = StyledText { text_wrap: TextWrap::Balance, ..auto.clone() };
        let (auto, balanced) = (lay(&auto, width, 5000.0), lay(&balanced, width, 5000.0));
        prop_assert_eq!(auto.lines.len(), balanced.lines.len());
        prop_assert_eq!(&auto.text, &balanced.text);
        for line in &balanced.lines {
            prop_assert!(line.width <= width + 0.1 || auto.lines.iter().any(|line| line.width > width), "{:?}", line);
        }
    }
}
