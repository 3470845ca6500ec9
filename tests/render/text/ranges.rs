//! Ranges, dates, prices and telephone numbers in lines that are shorter than them.

use haibao_core::style::TextOverflow;
use proptest::prelude::*;

use super::{chinese::broken, lay, style};

/// Checks the lines of texts of 24 px, which are given with `|` between them.
#[track_caller]
fn check(width: f32, texts: &[&str]) {
    let lines = |text: &&str| broken(&text.replace('|', ""), 24.0, width).join("|");
    assert_eq!(texts.iter().map(lines).collect::<Vec<_>>(), texts, "{width} px");
}

#[test]
fn ranges_longer_than_a_line_are_cut_after_their_connector() {
    check(
        110.0,
        &[
            "11-20至|12-31有效",
            "活动|11/20至|11/30",
            "09:00至|21:30营业",
            "时间|09:00～|21:30",
            "10:00–|22:00，周|末除外",
            "价格|1,280～|1,980元起",
            "仅|￥1,280至|￥1,980",
            "约|12～|18个月可|取",
            "面积|89～|128㎡户|型",
            "20%～|30%优惠",
            "50%～|60%的人",
            "08:30~|22:00到店",
            "房|1203到|1206",
            "温-18℃~|-25℃冻",
        ],
    );
    check(
        150.0,
        &[
            "2026-11-20至|2026-12-31",
            "2026/11/20至|2026/12/31",
            "2026.11.20至|2026.12.31",
            "自|2026.11.20到|2026.12.31止",
            "档期|2026-11-20～|2026-12-31",
            "有效期|2026-11-20至|2026-12-31",
            "价格|1,280～|1,980元起",
            "房号|A-1203至|1206",
        ],
    );
    check(
        200.0,
        &[
            "2026-11-20至|2026-12-31",
            "2026/11/20至|2026/12/31",
            "2026.11.20至|2026.12.31",
            "有效期|2026-11-20至|2026-12-31",
            "档期|2026-11-20～|2026-12-31",
            "自|2026.11.20到|2026.12.31止",
            "（2026-11-20至|2026-12-31）",
            "【2026/11/20至|2026/12/31】",
        ],
    );
}

#[test]
fn ranges_that_fit_into_a_line_stay_whole() {
    check(110.0, &["约|10万+件|已售出", "省|¥50.00/人", "满|2000-300|再减", "券号|88-66-99|可用"]);
    check(150.0, &["活动|11/20至11/30", "09:00至21:30|营业", "时间|09:00～21:30", "面积|89～128㎡户|型"]);
    check(150.0, &["10:00–22:00，|周末除外", "每晚|19:00-21:00|播", "9.9-19.9元任|选", "￥9.9-￥19.9|起"]);
    check(200.0, &["11-20至12-31有效", "房号|A-1203至1206", "08:30~22:00到店", "020-8888-6666或|400-800-8888"]);
}

/// Each end of these ranges is longer than a line as well.
#[test]
fn ends_longer_than_a_line_are_cut_after_their_separators() {
    check(
        110.0,
        &[
            // No line begins with a hyphen.
            "2026-11-|20至|2026-12-|31",
            "2026/11/|20至|2026/12/|31",
            "2026.11.|20至|2026.12.|31",
            "有效期|2026-11-|20至|2026-12-|31",
            "2026.11.|20发售",
            "1234567-|12",
            "020-8888-|6666或|400-800-|8888",
            "C12-34-|56-78看",
        ],
    );
    check(150.0, &["单号|SF123456789|0-12"]);
}

#[test]
fn hyphens_of_amounts_begin_a_line_after_punctuation() {
    check(
        110.0,
        &[
            "优惠。|-¥50.00/|人",
            "满300-50|再减，|-¥50.00",
            "品牌，|-5折起",
            "好评。|-20℃冷冻",
            "净重）|-500g",
            "直降。|-￥300.00|起",
            "会员！|-¥199.00/|年",
            "好物，|-50%限时",
            "券，|-¥50.00/|人起",
            "价格。|−¥50.00/|人",
        ],
    );
    check(150.0, &["优惠。|-¥50.00/人", "满300-50再|减，-¥50.00", "品牌，-5折起", "会员！|-¥199.00/年"]);
    check(200.0, &["优惠。-¥50.00/人", "满300-50再减，|-¥50.00"]);
    // The same after the mark of a clause in ASCII.
    check(150.0, &["优惠,|100-200元券"]);
}

#[test]
fn discounts_are_cut_before_their_minus() {
    for (size, text) in [
        (20.0, "满|199-100元|券"),
        (24.0, "满|199|-100元券"),
        (30.0, "满|199|-100元|券"),
        (44.0, "满|199|-100|元券"),
        // Neither number fits into a line with the minus.
        (60.0, "满|199|-|100|元|券"),
        (24.0, "满|1000|-100元券"),
        (24.0, "满|199元|-100元券"),
        (30.0, "（满|199-20）"),
        (40.0, "（满|199|-20）"),
        // Not a discount.
        (30.0, "券号|199-|100"),
    ] {
        assert_eq!(broken(&text.replace('|', ""), size, 110.0).join("|"), text, "{size} px");
    }
}

/// The sign of a number after an ideograph, which UAX #14 keeps with it.
#[test]
fn ranges_behind_an_ideograph_are_cut_in_any_box_that_is_too_narrow() {
    let text = "温-18℃~-25℃冻";
    for (width, expected) in [
        (80.0, "温|-18℃~|-25℃|冻"),
        (110.0, "温-18℃~|-25℃冻"),
        (140.0, "温-18℃~|-25℃冻"),
        (150.0, "温-18℃~|-25℃冻"),
        (160.0, "温-18℃~-25℃|冻"),
        (190.0, text),
    ] {
        assert_eq!(broken(text, 24.0, width).join("|"), expected, "{width} px");
    }
}

#[test]
fn a_number_stays_whole_although_its_connector_or_mark_does_not_fit() {
    let width = |text: &str| lay(&style(text, 24.0, None, TextOverflow::Ellipsis), 1000.0, 100.0).lines[0].width;
    for (fits, expected) in [
        ("1280", "1280|～|1360|元起"),
        ("1280", "1280|-9元"),
        ("¥50.00", "¥50.00|/人"),
        ("¥50.00", "¥50.00|!"),
        ("¥50.00", "（|¥50.00|）"),
    ] {
        assert_eq!(broken(&expected.replace('|', ""), 24.0, width(fits) + 1.0).join("|"), expected);
    }
}

/// UAX #14 keeps a currency sign with the letters before it.
#[test]
fn prices_behind_a_word_stay_whole() {
    let width = |text: &str| lay(&style(text, 24.0, None, TextOverflow::Ellipsis), 1000.0, 100.0).lines[0].width;
    for text in ["iPhone15Pro|¥8999", "SUPERMARKET|￥1,280元", "FROM|$1999.00"] {
        let [word, price] = text.split_once('|').map(|(word, price)| [word, price].map(width)).expect("two parts");
        let (least, whole) = (word.max(price), width(&text.replace('|', "")));
        for share in [0.1, 0.5, 0.9] {
            let room = least + (whole - least) * share;
            assert_eq!(broken(&text.replace('|', ""), 24.0, room).join("|"), text, "{room} px");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ends_that_fit_into_a_line_stay_whole(
        (one, two) in prop_oneof![
            ("20[0-9]{2}-[0-9]{2}-[0-9]{2}", "20[0-9]{2}-[0-9]{2}-[0-9]{2}"),
            ("20[0-9]{2}/[0-9]{2}/[0-9]{2}", "20[0-9]{2}/[0-9]{2}/[0-9]{2}"),
            ("20[0-9]{2}[.][0-9]{2}[.][0-9]{2}", "20[0-9]{2}[.][0-9]{2}[.][0-9]{2}"),
            ("1[0-2][-/]2[0-9]", "1[0-2][-/]2[0-9]"),
            ("1[0-9]:[0-5][0-9]", "2[0-3]:[0-5][0-9]"),
            ("￥[1-9],[0-9]{3}", "￥[1-9],[0-9]{3}"),
        ],
        connector in "[至到~～–]",
        before in prop_oneof![Just(""), Just("自"), Just("有效期"), Just("【限时】")],
        after in prop_oneof![Just(""), Just("止"), Just("有效"), Just("（含）")],
        more in 0.5f32..200.0,
    ) {
        let start = format!("{one}{connector}");
        let length = |text: &str| lay(&style(text, 24.0, None, TextOverflow::Ellipsis), 1000.0, 100.0).lines[0].width;
        let lines = broken(&format!("{before}{start}{two}{after}"), 24.0, length(&start).max(length(&two)) + more);
        prop_assert!(lines.iter().any(|line| line.contains(&start)), "{start} in {lines:?}");
        prop_assert!(lines.iter().any(|line| line.contains(&two)), "{two} in {lines:?}");
    }

    #[test]
    fn amounts_of_a_discount_stay_whole(
        before in prop_oneof![Just("满"), Just("每满"), Just("（满"), Just("新人满")],
        (one, unit, two) in ("[1-9][0-9]{1,3}", "元?", "[1-9][0-9]{0,2}"),
        after in prop_oneof![Just(""), Just("元"), Just("元券"), Just("）"), Just("再减")],
        more in 0.5f32..100.0,
    ) {
        let discount = format!("-{two}");
        let length = |text: &str| lay(&style(text, 24.0, None, TextOverflow::Ellipsis), 1000.0, 100.0).lines[0].width;
        let width = length(&one).max(length(&discount)) + more;
        let lines = broken(&format!("{before}{one}{unit}{discount}{after}"), 24.0, width);
        prop_assert!(lines.iter().any(|line| line.contains(&one)), "{one} in {lines:?}");
        prop_assert!(lines.iter().any(|line| line.contains(&discount)), "{discount} in {lines:?}");
    }
}
