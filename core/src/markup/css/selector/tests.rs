//! Selectors: their specificity, and what voids a rule.

use super::*;

/// Parses selectors of a style sheet with these namespaces.
fn parse_in<'a>(text: &'a str, declared: &[&str]) -> Option<Vec<Selector<'a>>> {
    let mut namespaces = Namespaces::default();
    declared.iter().for_each(|one| namespaces.declare(one, "urn:svg"));
    parse(text, None, &namespaces)
}

fn specificity(text: &str) -> Option<Vec<[u32; 3]>> {
    let of = |bits: u32| [bits >> 20, bits >> 10 & 1023, bits & 1023];
    Some(parse_in(text, &["svg 'urn:svg'"])?.into_iter().map(|one| of(one.specificity)).collect())
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
        assert_eq!(parse_in(text, &[]), None, "{text}");
    }
    // Unknown in Chromium, too.
    for text in ["a:matches(b)", "a:playing", "[a=b s]", "a::shiny, b"] {
        assert_eq!(parse_in(text, &[]), None, "{text}");
    }
    assert_eq!(specificity("a::-webkit-shiny, b"), Some(vec![[0, 0, 2], [0, 0, 1]]));
    assert_eq!(specificity("a:is(b, ..c, #d)"), Some(vec![[1, 0, 1]]));
    // A browser knows it.
    assert_eq!(parse_in("a:is(b, :read-only)", &[]), None);
    let deep = format!("{}a{}", ":not(".repeat(1000), ")".repeat(1000));
    assert_eq!(parse_in(&deep, &[]), None);
    assert_eq!(parse_in(&"a+".repeat(100_000), &[]), None);
}

#[test]
fn namespaces_are_those_of_the_style_sheet() {
    // Whether the selector may match an element of SVG.
    let matches = |text: &str, declared: &[&str]| {
        let all = parse_in(text, declared)?;
        Some(all.iter().all(|one| !one.compounds.iter().any(|(_, compound)| compound.pseudo.contains(&Pseudo::Never))))
    };
    let prefixed = ["svg 'urn:svg'", "x 'urn:x'"];
    for (text, expected) in [
        ("rect, *, .a, *|rect, *|*", Some(true)),
        ("svg|rect", Some(true)),
        ("svg|*", Some(true)),
        ("x|rect", Some(false)),
        ("|rect", Some(false)),
        ("|*", Some(false)),
        ("y|rect, rect", None),
        ("g SVG|rect", None),
        ("svg |rect", Some(false)),
        ("svg| rect", None),
        (":not(y|rect)", None),
        (":is(y|rect, rect)", Some(true)),
        ("[svg|a], [x|a], [*|a], [|a=b], [*|a|=b]", Some(true)),
        ("[y|a]", None),
        ("[*a]", None),
    ] {
        assert_eq!(matches(text, &prefixed), expected, "{text}");
    }
    for (text, expected) in [("rect", false), ("*", false), (".a", false), (":is(.a)", false), ("*|*:is(.a)", true)] {
        assert_eq!(matches(text, &["'urn:x'"]), Some(expected), "{text}");
        assert_eq!(matches(text, &["'urn:x'", "'urn:svg'"]), Some(true), "{text}: the last one holds");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(css in "[a-c{}()'\":;#*|=~>+\\[\\]., \\\\not]{0,60}") {
        parse_in(&css, &[]);
    }
}
