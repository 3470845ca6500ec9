//! Conditions with the answers of Chromium.

use super::*;
use crate::markup::budget::Budget;

/// Answers of Chromium 156 to `@supports` rules: 1 or 0, or x for a rule that it skips.
const CONDITIONS: &str = include_str!("conditions.txt");

fn holds(text: &str) -> Option<bool> {
    supports(text, &Namespaces::default(), &Budget::default())
}

#[test]
fn conditions_hold_as_in_chromium() {
    for (answer, text) in CONDITIONS.lines().filter_map(|line| line.split_once(' ')) {
        let expected = match answer {
            "1" => Some(true),
            "0" => Some(false),
            _ => None,
        };
        assert_eq!(holds(text), expected, "{text}");
    }
}

#[test]
fn conditions_hold_for_what_browsers_know() {
    for (text, expected) in [
        ("(fill: red)", Some(true)),
        ("not (fill: red)", Some(false)),
        ("(fill: color(display-p3 1 0 0)) and (opacity: 50%)", Some(true)),
        ("(fill: shiny) or (--x: 1)", Some(true)),
        ("(display: grid)", Some(true)),
        ("(foo: bar)", Some(false)),
        ("selector(a > b)", Some(true)),
        ("selector(a >)", Some(false)),
        ("not selector( :has(a) )", Some(false)),
        ("selector(:shiny) or (fill: red)", Some(true)),
        ("((fill: red) and (not (foo: bar)))", Some(true)),
        ("font-tech(color-COLRv1)", Some(true)),
        ("font-format(svg)", Some(false)),
        ("at-rule(@layer)", Some(true)),
        ("not shiny(a)", Some(true)),
        ("(mask: linear-gradient(red, blue))", Some(true)),
        ("(transform: perspective(1px))", Some(true)),
        ("(font: 12px a) and (marker: none)", Some(true)),
        ("(foo: var(--x))", Some(false)),
        ("(kerning: auto) or (-inkscape-stroke: none)", Some(false)),
        ("(fill: red) and", None),
        ("fill: red", None),
    ] {
        assert_eq!(holds(text), expected, "{text}");
    }
    let deep = format!("{}(fill: red){}", "(".repeat(500), ")".repeat(500));
    assert_eq!(holds(&deep), Some(false));
}

#[test]
fn prefixes_are_those_of_the_style_sheet() {
    let mut namespaces = Namespaces::default();
    namespaces.declare("s 'urn:s'", "urn:s");
    assert_eq!(supports("selector(s|a)", &namespaces, &Budget::default()), Some(true));
    assert_eq!(supports("selector(s|a)", &Namespaces::default(), &Budget::default()), Some(false));
}

#[test]
fn hostile_values_are_bounded() {
    let many = |text: &str| text.repeat(3000);
    for value in [many("1px "), many("[a] "), many("f("), many("a,"), many("'a' ")] {
        for name in ["background", "grid-template", "font-variant", "will-change", "mask"] {
            // So many components are no value, whether or not they exceed the budget.
            let answer = supports(&format!("({name}: {value})"), &Namespaces::default(), &Budget::part(100));
            assert_eq!(answer, Some(false), "{name}: {}", &value[..9]);
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in "[(]?(width|font|mask|grid|not|selector)?[:( ]{0,2}[a-d0-9%(),/ '#+*.!-]{0,40}[)]{0,3}") {
        holds(&text);
    }
}
