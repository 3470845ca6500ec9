//! Tests of amounts of money.

use super::*;

#[test]
fn amounts_with_a_sign_a_unit_or_decimals_are_yuan_everywhere() {
    for (text, fen) in [
        ("¥12.50", 1250),
        ("￥12.5", 1250),
        ("¥ 128", 12800),
        ("1,280.00", 128_000),
        ("¥1,280", 128_000),
        ("89.9元", 8990),
        ("128 元", 12800),
        ("128块", 12800),
        ("12元整", 1200),
        ("RMB 12", 1200),
        ("12.30 CNY", 1230),
        ("人民币 5 元", 500),
        ("人民币128元", 12800),
        ("128 RMB", 12800),
        ("128rmb", 12800),
        ("CNY 128", 12800),
        ("128圆", 12800),
        ("￥１，２８０．００", 128_000),
        ("\u{3000}９９．９元\u{a0}", 9990),
        ("-¥12.50", -1250),
        ("¥-12.50", -1250),
        ("−12.50", -1250),
        ("+0.05", 5),
        ("¥\u{200b}1\u{feff}2", 1200),
        // Windows puts these around numbers that are copied.
        ("\u{202a}12.50\u{202c}", 1250),
        ("\u{2066}¥1\u{ad}2\u{2069}", 1200),
        ("12.5000", 1250),
        ("0.00", 0),
        ("¥0", 0),
        ("92233720368547758.07", i64::MAX),
    ] {
        for numbers in [Numbers::Yuan, Numbers::FenOrYuan, Numbers::Unclear] {
            assert_eq!(read(text, numbers), Ok(fen), "{text} {numbers:?}");
        }
    }
    for text in ["1280分", "1280 fen", "１２８０分"] {
        assert_eq!(read(text, Numbers::Yuan), Ok(1280), "{text}");
        assert_eq!(read(text, Numbers::Unclear), Ok(1280), "{text}");
    }
}

#[test]
fn plain_numbers_are_read_as_their_place_says() {
    for (text, yuan, fen, either) in [
        ("128", Some(12800), Some(128), Some(128)),
        ("0", Some(0), Some(0), Some(0)),
        ("-5", Some(-500), Some(-5), Some(-5)),
        ("1,280", Some(128_000), Some(1280), None),
        ("12.5", Some(1250), None, Some(1250)),
        ("1280.00", Some(128_000), Some(1280), Some(128_000)),
        ("００１２８", Some(12800), Some(128), Some(128)),
    ] {
        assert_eq!(read(text, Numbers::Yuan).ok(), yuan, "{text}");
        assert_eq!(read(text, Numbers::Fen).ok(), fen, "{text}");
        assert_eq!(read(text, Numbers::FenOrYuan).ok(), either, "{text}");
    }
    let unclear = read("128", Numbers::Unclear).expect_err("unclear");
    assert_eq!(unclear.text(), "\"128\" could be fen or yuan");
    assert!(unclear.hint_text().is_some_and(|hint| hint.contains("\"¥128\"")), "{unclear:?}");
    assert_eq!(read("¥128", Numbers::Fen), Ok(12800), "a sign means yuan also in a column of fen");
    for (text, is) in [("128", true), ("1,280", true), ("-5", true), ("¥128", false), ("128.00", false), ("a", false)]
    {
        assert_eq!(is_unclear(text), is, "{text}");
        let marked = read(&format!("{text}{FEN_OR_YUAN}"), Numbers::Yuan).expect_err("the unit is not known");
        assert!(!is || marked == read(text, Numbers::Unclear).expect_err("unclear"), "{text}: {marked:?}");
    }
}

#[test]
fn what_is_no_exact_amount_is_refused_with_a_hint() {
    for text in [
        "",
        " ",
        "¥",
        "-¥-5",
        "+¥-5",
        "--5",
        "元",
        "abc",
        "12.345",
        "¥0.001",
        "1,28",
        "12,80.00",
        "1,2800",
        "1.2.3",
        "12.",
        ".",
        "$12",
        "12€",
        "3k",
        "万",
        "1.2万万",
        "1万2千",
        "1.2345678万",
        "5万分",
        "1e3",
        "¥12起",
        "5角",
        "12元5角",
        "--5",
        "12 50",
        "1 280.00",
        "¥¥5",
        "99999999999999999999",
        "12.5分",
        "NaN",
        "∞",
        "１２８０￠",
    ] {
        for numbers in [Numbers::Yuan, Numbers::Fen, Numbers::FenOrYuan, Numbers::Unclear] {
            let fault = read(text, numbers).map(|fen| panic!("{text} is read as {fen}")).unwrap_err();
            assert!(fault.hint_text().is_some(), "{text}: {}", fault.text());
        }
    }
    for (text, numbers) in [("1.2万", Numbers::Unclear), ("12万元", Numbers::FenOrYuan), ("1.2万", Numbers::Fen)] {
        let fault = read(text, numbers).expect_err(text);
        assert!(fault.hint_text().is_some_and(|hint| hint.contains("in full")), "{text}");
    }
    for (text, amount) in [
        ("12.8万", "¥128000"),
        ("3k", "¥3000"),
        ("-1.5千", "-¥1500"),
        ("3千万", "¥30000000"),
        ("¥2.5w", "¥25000"),
        ("5万分", "¥500"),
        ("0.12345万", "¥1234.50"),
    ] {
        let fault = read(text, Numbers::Unclear).expect_err(text);
        let hint = fault.hint_text().unwrap_or_default();
        assert!(hint.ends_with(&format!("in full: {amount}")), "{text}: {hint}");
    }
    for text in ["O12", "l28", "12O", "1l8", "１２Ｏ", "12〇", "三28", "128х"] {
        let fault = read(text, Numbers::Yuan).expect_err(text);
        assert_eq!(fault.row().id, "money_unreadable", "{text}: a digit may be mistyped");
    }
    for text in ["一百", "三千", "k"] {
        assert_eq!(read(text, Numbers::Unclear).expect_err(text).row().id, "money_without_number", "{text}");
    }
    assert!(read(&"1".repeat(100_000), Numbers::Yuan).is_err());
}

#[test]
fn reasons_name_what_was_read() {
    for (text, id) in [
        ("面议", "money_without_number"),
        ("无门槛", "money_without_number"),
        ("免费", "money_without_number"),
        ("满100减20", "money_several"),
        ("100-200", "money_several"),
        ("99～129元", "money_several"),
        ("6800元/月", "money_beside"),
        ("约 ¥100", "money_beside"),
        ("１２８起", "money_beside"),
        ("¥128/人", "money_beside"),
        ("128rmb起", "money_beside"),
        ("RMB128起", "money_beside"),
        ("人民币128元/位", "money_beside"),
        ("5角", "money_unreadable"),
        ("8.5折", "money_unreadable"),
        ("$12", "money_foreign"),
        ("1,28", "money_unreadable"),
        ("12 50", "money_unreadable"),
        ("NT$128", "money_foreign"),
        ("US$12", "money_foreign"),
        ("1,280 USD", "money_foreign"),
        ("128円", "money_foreign"),
        ("JP¥128", "money_foreign"),
        ("12.5万美元", "money_foreign"),
        ("100欧元起", "money_foreign"),
        ("$12-15", "money_foreign"),
        ("128刀", "money_unreadable"),
        ("¥128/$18", "money_unreadable"),
        ("1,28万", "money_unreadable"),
        ("1.2万万", "money_unreadable"),
        ("568万起", "money_beside"),
        ("568万元/套", "money_beside"),
        ("1900-05-07", "money_date"),
        ("2026年5月7日", "money_date"),
        ("1900/5/7 0:00", "money_date"),
        ("2026 年 5 月", "money_several"),
        ("1999-2099", "money_several"),
        ("1999元起（6期/12期）", "money_several"),
        ("2099元/12期/24期", "money_several"),
        ("2000减12送3", "money_several"),
        ("-", "money_unreadable"),
        ("", "money_unreadable"),
    ] {
        let fault = read(text, Numbers::Yuan).expect_err(text);
        assert_eq!(fault.row().id, id, "{text}");
    }
    let text = |text: &str, numbers: Numbers| read(text, numbers).expect_err(text).text();
    assert_eq!(text("568 万元/套", Numbers::TenThousands), "\"568 万元/套\" has more than the amount 568 万: \"/套\"");
    assert_eq!(text("128元VIP", Numbers::Yuan), "\"128元VIP\" has more than the amount 128: \"VIP\"");
    assert_eq!(text("128 RMB起", Numbers::Yuan), "\"128 RMB起\" has more than the amount 128: \"起\"");
    let hint = |text: &str, numbers: Numbers| read(text, numbers).expect_err(text).hint_text().unwrap_or_default();
    assert!(hint("5角", Numbers::TenThousands).contains("万元") && hint("5角", Numbers::Yuan).contains("¥12.50"));
    for numbers in [Numbers::Yuan, Numbers::TenThousands, Numbers::Fen, Numbers::FenOrYuan, Numbers::Unclear] {
        assert_eq!(text("US$12", numbers), "\"US$12\" is an amount in another currency", "{numbers:?}");
        assert!(hint("US$12", numbers).contains("¥12.50"), "a sign means yuan everywhere: {numbers:?}");
    }
    for (text, numbers, amount) in [
        ("128起", Numbers::Yuan, "write 128 alone"),
        ("128起", Numbers::Fen, "write 128 alone"),
        ("¥128起", Numbers::Fen, "write ¥128 alone"),
        ("128rmb起", Numbers::Fen, "write ¥128 alone"),
        ("128rmb起", Numbers::Yuan, "write 128 alone"),
        ("128元/斤", Numbers::Fen, "write ¥128 alone"),
        ("¥128~168", Numbers::Fen, "such as ¥128,"),
        ("¥128起", Numbers::FenOrYuan, "write ¥128 alone"),
        ("128块起", Numbers::Unclear, "write ¥128 alone"),
        ("568万元/套", Numbers::TenThousands, "write 568万 alone"),
        ("¥568起", Numbers::TenThousands, "write ¥568 alone"),
        // The digits alone would be another amount.
        ("128分起", Numbers::Yuan, "such as ¥12.50"),
        ("128块5", Numbers::Yuan, "such as ¥12.50"),
        ("128元50", Numbers::Yuan, "such as ¥12.50"),
        ("5角", Numbers::Fen, "such as 1280, or yuan with a sign"),
    ] {
        let hint = read(text, numbers).expect_err(text).hint_text().unwrap_or_default();
        assert!(hint.contains(amount), "{text} {numbers:?}: what the hint says to write is another amount: {hint}");
    }
    let beside = read("６８００元／月", Numbers::Yuan).expect_err("a unit");
    assert_eq!(beside.text(), "\"６８００元／月\" has more than the amount 6800: \"/月\"");
    assert_eq!(
        read("满100减20", Numbers::Yuan).map_err(|fault| fault.text()),
        Err("\"满100减20\" has several amounts: 100, 20".to_owned())
    );
}

#[test]
fn sheets_abbreviate_large_amounts() {
    for (text, yuan) in [
        ("129.8万", 1_298_000),
        ("129.8万元", 1_298_000),
        ("¥129.8万", 1_298_000),
        ("１２９．８萬", 1_298_000),
        ("0.000001万", 0),
        ("1,280 万", 12_800_000),
        ("-3万", -30_000),
        ("1.2亿", 120_000_000),
    ] {
        let fen = if text == "0.000001万" { 1 } else { yuan * 100 };
        for numbers in [Numbers::Yuan, Numbers::TenThousands] {
            assert_eq!(read(text, numbers), Ok(fen), "{text}");
        }
    }
    assert_eq!(read("129.8", Numbers::TenThousands), Ok(129_800_000));
    assert_eq!(read("¥1298000", Numbers::TenThousands), Ok(129_800_000), "a sign means yuan");
    assert_eq!(read("¥1.2万", Numbers::Fen), Ok(1_200_000), "a sign means yuan");
}

#[test]
fn shown_amounts_are_read_back() {
    for (fen, text) in [(12800, "¥128.00"), (5, "¥0.05"), (-1250, "-¥12.50"), (0, "¥0.00")] {
        assert_eq!(shown(fen), text);
        assert_eq!(read(text, Numbers::Unclear), Ok(fen));
    }
}
