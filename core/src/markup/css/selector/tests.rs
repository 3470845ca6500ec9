//! Selectors: their specificity, and what voids a rule.

use super::*;

fn specificity(text: &str) -> Option<Vec<[u32; 3]>> {
    let of = |bits: u32| [bits >> 20, bits >> 10 & 1023, bits & 1023];
    Some(parse(text, None)?.into_iter().map(|one| of(one.specificity)).collect())
}

#[test]
fn selectors_have_a_specificity() {
    assert_eq!(specificity("a, .b > c#d[e]"), Some(vec![[0, 0, 1], [1, 2, 1]]));
    assert_eq!(specificity("*:not(.a, #b) x:where(#c)"), Some(vec![[1, 0, 1]]));
    assert_eq!(specificity("svg|rect:nth-child( 2n + 1 )"), Some(vec![[0, 1, 1]]));
    assert_eq!(specificity("a+b~c"), Some(vec![[0, 0, 3]]));
    assert_eq!(specificity("a:only-child::before"), Some(vec![[0, 1, 2]]));
}

#[test]
fn invalid_selectors_void_the_rule() {
    for text in ["", "a,", "a >", "> a", "a:unknown", "a..b", "[a=]", "a:not()", "a b]", "a:has(b)", "1a"] {
        assert_eq!(parse(text, None), None, "{text}");
    }
    // Unknown in Chromium, too.
    for text in ["a:matches(b)", "a:playing", "[a=b s]", "a::shiny, b"] {
        assert_eq!(parse(text, None), None, "{text}");
    }
    assert_eq!(specificity("a::-webkit-shiny, b"), Some(vec![[0, 0, 2], [0, 0, 1]]));
    assert_eq!(specificity("a:is(b, ..c, #d)"), Some(vec![[1, 0, 1]]));
    // A browser knows it.
    assert_eq!(parse("a:is(b, :read-only)", None), None);
    let deep = format!("{}a{}", ":not(".repeat(1000), ")".repeat(1000));
    assert_eq!(parse(&deep, None), None);
    assert_eq!(parse(&"a+".repeat(100_000), None), None);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(css in "[a-c{}()'\":;#*|=~>+\\[\\]., \\\\not]{0,60}") {
        parse(&css, None);
    }
}
