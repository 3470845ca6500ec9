//! Hostile groups are refused, and random ones equal resvg's drawing.

use std::{collections::BTreeMap, fmt::Write};

use haibao_core::{
    artwork::{segments, svg},
    plan::PlannedCanvas,
    style::Color,
};
use proptest::prelude::*;

use super::{HEIGHT, WIDTH, artwork, difference, files, photo};
use crate::kit;

#[test]
fn hostile_nesting_is_refused() {
    let fault = |body: &str| {
        let result = haibao_core::render::compile("group", files(body, &photo()), &kit::fonts());
        result.err().map(|error| error.all_findings().iter().map(|finding| finding.code).collect::<Vec<_>>())
    };
    let nested = |depth: usize, inside: &str| {
        let open = format!("<g opacity=\".99\">{inside}");
        format!("{}<slot/>{}", open.repeat(depth), "</g>".repeat(depth))
    };
    assert_eq!(fault(&nested(16, "")), None);
    assert_eq!(fault(&nested(17, "")), Some(vec!["slot_grouped"]));
    assert_eq!(fault(&nested(200, "")), Some(vec!["slot_grouped"]));
    let whole = "<rect width=\"160\" height=\"120\" fill=\"#eee\"/>";
    assert_eq!(fault(&nested(15, whole)), None);
    assert_eq!(fault(&nested(15, &format!("{whole}<g opacity=\".9\">{whole}</g>"))), None);
    let image = "<filter id=\"i\"><feImage href=\"#x\"/></filter><g filter=\"url(#i)\"><slot/></g><rect id=\"x\" width=\"9\" height=\"9\"/>";
    assert_eq!(fault(image), Some(vec!["slot_grouped"]));
}

#[test]
fn pixels_of_groups_are_bounded() {
    // Each group keeps a shape of the canvas's size and a clip of it.
    let count = 20;
    let mut body = String::new();
    let mut slots = BTreeMap::new();
    let ids: Vec<String> = (0..count).map(|index| format!("s{index}")).collect();
    for id in &ids {
        let _ = write!(
            body,
            "<g opacity=\".9\"><rect width=\"160\" height=\"120\"/><rect id=\"{id}\" width=\"9\" height=\"9\"/></g>"
        );
        slots.insert(id.as_str(), 0.0);
    }
    let tree = svg::parse(&artwork(&body, ""), &BTreeMap::new(), &kit::fonts()).expect("SVG");
    let canvas = PlannedCanvas { width: WIDTH, height: HEIGHT, tallest: None, background: Color::white() };
    let error = segments::draw(&tree, canvas, 1.0, &slots).expect_err("too many pixels");
    assert!(error.message().contains("16 times"), "{error}");
    assert!(segments::slots(&tree, canvas, &slots.keys().copied().collect()).is_err());
}

/// A group of random effects around a random group or the slot, with shapes below and above.
fn group() -> impl Strategy<Value = String> {
    let shape = (0_u32..120, 0_u32..90, 5_u32..80, 5_u32..60, "[0-9a-f]{6}", prop_oneof![Just("1"), Just(".5")], prop_oneof![3 => Just(""), 1 => Just("multiply")])
        .prop_map(|(x, y, w, h, color, opacity, blend)| {
            format!("<rect x=\"{x}.3\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"3\" fill=\"#{color}\" fill-opacity=\"{opacity}\" style=\"mix-blend-mode:{blend}\"/>")
        });
    let shapes = proptest::collection::vec(shape, 0..3).prop_map(|all| all.concat());
    let effect = prop_oneof![
        2 => Just(String::new()),
        2 => (1_u32..10).prop_map(|tenths| format!("opacity=\".{tenths}\"")),
        4 => proptest::sample::select(vec!["circle", "rounded", "whole", "edge", "frame", "both"]).prop_map(|id| format!("clip-path=\"url(#{id})\"")),
        2 => proptest::sample::select(vec!["soft", "alpha"]).prop_map(|id| format!("mask=\"url(#{id})\"")),
        2 => proptest::sample::select(vec!["multiply", "screen", "overlay", "darken", "color-dodge", "exclusion", "soft-light"])
            .prop_map(|mode| format!("style=\"mix-blend-mode:{mode}\"")),
        1 => (0_u32..9, 0_u32..9).prop_map(|(x, y)| format!("transform=\"translate({x} {y})\"")),
    ];
    let wrap = (shapes.clone(), effect, shapes);
    let slot = prop_oneof![Just("<slot/>".to_owned()), Just("<slot opacity=\".6\"/>".to_owned())];
    (slot, proptest::collection::vec(wrap, 1..5)).prop_map(|(slot, around)| {
        around
            .into_iter()
            .fold(slot, |inside, (below, effect, above)| format!("{below}<g {effect}>{inside}{above}</g>"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_groups_equal_resvg(body in group(), is_picture: bool) {
        let (max, mean) = difference(&body, is_picture, 1.0);
        // Each nested group rounds once more, over all of its area; blend modes such as color-dodge amplify that.
        prop_assert!(max <= 3 || mean < 0.3 && max <= 48, "differs by {mean}, at most {max}: {body}");
    }
}
