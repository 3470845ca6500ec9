//! Style sheets: rules, declarations, errors and at-rules.

use super::*;
use crate::markup::{budget::Budget, notes::Notes};

/// Number of selectors, and declarations.
type Plain = (usize, Vec<(String, String, bool)>);

fn read(css: &str) -> (Vec<Plain>, Vec<&'static str>) {
    let (mut sheet, mut notes) = (StyleSheet::default(), Notes::default());
    let span = SourceSpan { range: 0..css.len(), exact: true };
    rules(css, &span, [600.0, 800.0], &Budget::default(), &mut notes, &mut sheet);
    let plain = |one: &Declaration<'_>| (one.name.to_string(), one.value.to_owned(), one.important);
    let all =
        sheet.rules.iter().map(|rule| (sheet.lists[rule.list].len(), rule.declarations.iter().map(plain).collect()));
    (all.collect(), notes.into_vec().iter().map(|note| note.finding.code).collect())
}

fn values(css: &str) -> Vec<String> {
    let (rules, _) = read(css);
    rules.into_iter().flat_map(|rule| rule.1).map(|(name, value, _)| format!("{name}={value}")).collect()
}

#[test]
fn rules_and_declarations_are_split() {
    let css = "/* a { */ .a, #b > rect { fill : url(#a;}b) ; Stroke:red !important }\n@media print { c { fill: red } }\
               d{marker/**/:none}";
    let own = |name: &str, value: &str, important| (name.to_owned(), value.to_owned(), important);
    let expected = vec![
        (2, vec![own("fill", "url(#a;}b)", false), own("stroke", "red", true)]),
        (1, vec![own("marker", "none", false)]),
    ];
    assert_eq!(read(css), (expected, vec![]));
    assert_eq!(values("a { b: '}' \"\\\"\" }"), ["b='}' \"\\\"\""]);
    assert_eq!(values("a { b: c"), ["b=c"], "an unclosed block");
    assert_eq!(values("a { --X: {y;z} ; --w:; }"), ["--X={y;z}", "--w="]);
}

#[test]
fn declarations_around_nested_rules_share_their_selectors() {
    let css = format!("{} {{ b: c; @x; b: c; @media all {{ b: c }} @media all {{ b: c }} }}", "a, ".repeat(9) + "a");
    let (mut sheet, span) = (StyleSheet::default(), SourceSpan { range: 0..css.len(), exact: true });
    rules(&css, &span, [1.0; 2], &Budget::default(), &mut Notes::default(), &mut sheet);
    assert_eq!((sheet.lists.len(), sheet.rules.len()), (1, 4));
}

#[test]
fn errors_skip_one_declaration() {
    assert_eq!(values("a { b: c; d e; g: h } i { j: k }"), ["b=c", "g=h", "j=k"]);
    assert_eq!(values("} a { b: c } d { e: f }"), ["e=f"], "the brace is part of the selector");
    assert_eq!(values("@media all { a { b: c }}} d { e: f } g { h: i }"), ["b=c", "h=i"]);
    assert_eq!(read("} a { b: c }").1, ["css_syntax"]);
    assert_eq!(read("a { b c }").1, ["css_syntax"]);
    assert_eq!(read("a { b: c }} ").1, ["css_syntax"]);
    assert_eq!(read("a:has(b) { b: c }").1, ["css_selector"]);
}

#[test]
fn rules_nest() {
    assert_eq!(values("a { b: c; &:hover { e: f } g: h }"), ["b=c", "e=f", "g=h"]);
    assert_eq!(values("a { > b, &.c { d: e; f { g: h } } @media screen { i: j } }"), ["d=e", "g=h", "i=j"]);
    assert_eq!(
        read("a { .. { b: c } d: e }"),
        (vec![(1, vec![("d".into(), "e".into(), false)])], vec!["css_selector"])
    );
    assert_eq!(values("a { --x: { b: c } ; d: e }"), ["--x={ b: c }", "d=e"]);
    let deep = format!("{}b: c{}", "a { ".repeat(500), "}".repeat(500));
    assert_eq!(values(&deep), [""; 0]);
}

#[test]
fn at_rules_apply_to_a_poster() {
    assert_eq!(values("@media all { @media screen { a { b: c } } } d { e: f }"), ["b=c", "e=f"]);
    assert_eq!(values("@media (min-width: 900px) { a { b: c } } @supports (fill: red) { d { e: f } }"), ["e=f"]);
    assert_eq!(values("@layer x, y; @layer y { a { b: c } } @layer { d { e: f } }"), ["b=c", "e=f"]);
    let deep = format!("@layer {}z {{ a {{ b: c }} }} d {{ e: f }}", "z.".repeat(99));
    assert_eq!((values(&deep), read(&deep).1), (vec!["e=f".to_owned()], vec!["css_unsupported"]));
    assert_eq!(values("@property --x { syntax: '<color>'; initial-value: red } a { b: c }"), ["--x=red", "b=c"]);
    assert_eq!(read("@font-face { font-family: x; src: url(a.woff) }").1, [""; 0], "text in the font is told");
    assert_eq!(values("@starting-style { a { b: c } } @counter-style x { system: cyclic } d { e: f }"), ["e=f"]);
}

#[test]
fn prefixes_are_declared_before_all_rules() {
    let declared = "@namespace s url(http://www.w3.org/2000/svg);";
    for css in ["", "@charset 'utf-8'; @import 'a.css'; @layer x; a:shiny {}"] {
        assert_eq!(values(&format!("{css} {declared} @media all {{ s|a {{ b: c }} }}")), ["b=c"], "{css}");
    }
    for css in ["a {}", "@media print {}", "@layer x {}", "@font-face {}"] {
        assert_eq!(values(&format!("{css} {declared} s|a {{ b: c }}")), [""; 0], "{css}");
    }
    assert_eq!(values(&format!("@media all {{ {declared} }} s|a {{ b: c }}")), [""; 0]);
    assert_eq!(values(&format!("{declared} @supports selector(s|a) {{ a {{ b: c }} }}")), ["b=c"]);
    assert_eq!(read("s|a, a { b: c }").1, ["css_selector"]);
    assert_eq!(read("@namespace 'http://www.w3.org/1999/xhtml'; a { b: c }").1, [""; 0], "as in browsers");
}

#[test]
fn at_rules_are_told() {
    for (css, code) in [
        ("@import 'a.css'; a { b: c }", "css_unsupported"),
        ("@keyframes x { from { fill: red } } a { b: c }", "artwork_animation"),
        ("@media (shiny: 9px) { z { y: x } } a { b: c }", "css_unsupported"),
        ("@supports fill { z { y: x } } a { b: c }", "css_unsupported"),
        ("@scope (g) { z { y: x } } a { b: c }", "css_unsupported"),
    ] {
        assert_eq!(read(css).1, [code], "{css}");
        assert_eq!(values(css), ["b=c"], "{css}");
    }
}
