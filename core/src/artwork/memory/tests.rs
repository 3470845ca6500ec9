//! Memory of layers, filters and tiles, on a canvas of 100 x 200 px.

use std::collections::BTreeMap;

use super::*;
use crate::{
    artwork::{cut::cut, segments},
    plan,
    style::Color,
    testing::artwork,
};

const CANVAS: plan::PlannedCanvas =
    plan::PlannedCanvas { width: 100, height: 200, tallest: None, background: Color::white() };

fn tree(body: &str) -> Tree {
    artwork([100, 200], body).expect("valid artwork")
}

fn of_slot(body: &str) -> ArtworkMemory {
    let tree = tree(body);
    segments::slots(&tree, CANVAS, &["slot"].into()).expect("a slot").memory
}

#[test]
fn groups_around_slots_keep_their_shapes_and_coverage() {
    let slot = "<rect id=\"slot\" width=\"100\" height=\"200\"/>";
    let shape = "<rect width=\"100\" height=\"100\"/>";
    assert_eq!(of_slot(&format!("{shape}{slot}{shape}")), ArtworkMemory { drawn: 1.0, kept: 0.0, each: 0.0 });
    let opacity = of_slot(&format!("<g opacity=\".5\">{shape}{slot}{shape}</g>"));
    assert!((opacity.kept - 1.0).abs() < 0.1 && opacity.each == 0.0, "{opacity:?}");
    let clip = "<clipPath id=\"c\"><ellipse cx=\"50\" cy=\"100\" rx=\"50\" ry=\"100\"/></clipPath>";
    let clipped = of_slot(&format!("{clip}<g clip-path=\"url(#c)\">{slot}</g>"));
    assert!((clipped.kept - 0.25).abs() < 0.1, "{clipped:?}");
    let filter =
        "<filter id=\"f\" x=\"0\" y=\"0\" width=\"1\" height=\"1\"><feGaussianBlur stdDeviation=\"4\"/></filter>";
    let filtered = of_slot(&format!("{filter}<g filter=\"url(#f)\"><g filter=\"url(#f)\">{slot}</g></g>"));
    assert!(filtered.each > 10.0 && filtered.kept == 0.0, "{filtered:?}");
    // Drawn without resvg: two results, and the pixels of both while the inner one is blurred, with its coverage and room around it.
    let srgb = filter.replace("<filter", "<filter color-interpolation-filters=\"sRGB\"");
    let filtered = of_slot(&format!("{srgb}<g filter=\"url(#f)\"><g filter=\"url(#f)\">{slot}</g></g>"));
    assert!((6.0..7.0).contains(&filtered.each) && filtered.kept == 0.0, "{filtered:?}");
}

#[test]
fn filters_of_large_posters_are_refused() {
    let filtered = |region: &str| {
        tree(&format!(
            "<filter id=\"f\" {region}><feGaussianBlur stdDeviation=\"1\"/></filter>\
             <g filter=\"url(#f)\"><rect id=\"slot\" width=\"100\" height=\"200\"/></g>"
        ))
    };
    let draw = |region: &str, (width, height): (u32, u32)| {
        let tree = filtered(region);
        let canvas = plan::PlannedCanvas { width, height, ..CANVAS };
        segments::draw(&tree, canvas, 1.0, &[("slot", 0.0)].into()).map(drop)
    };
    let (whole, part) = ("x=\"0\" y=\"0\" width=\"1\" height=\"1\"", "x=\"0\" y=\"0\" width=\"1\" height=\".1\"");
    draw(whole, (300, 600)).expect("small");
    draw(part, (300, 600)).expect("a small region");
    // What drawing asks before it begins: drawing itself takes seconds in a debug build.
    let (tree, canvas) = (filtered(part), plan::PlannedCanvas { width: 4000, height: 8000, ..CANVAS });
    let parts = cut(&tree, canvas, 1.0, &[("slot", 0.0)].into()).expect("a slot");
    let rows = strip_rows(&tree, &parts, (4000, 8000), MAX_BYTES);
    assert!(rows.is_some() && of_filters(&tree, &parts, (4000, 8000)) <= MAX_FILTER_BYTES, "a small region");
    // MasterGo writes the units of the canvas for those of the element's box.
    draw("x=\"-32\" y=\"-20\" width=\"718\" height=\"868\"", (750, 1500)).expect("a region far beyond the canvas");
    let error = draw(whole, (4000, 8000)).expect_err("2.5 times 128 MB");
    assert_eq!(error.code(), "artwork_invalid");
    assert!(error.to_string().contains("224 MiB at 4000 x 8000 px"), "{error}");
}

fn of_body(body: &str) -> f32 {
    let tree = tree(body);
    Canvas::of_tree(&tree, 100, 1.0).of_children(tree.root())
}

#[test]
fn strips_bound_the_memory_of_layers() {
    let rect = "<rect width=\"100\" height=\"200\"/>".repeat(2);
    let nested = format!("{}{rect}{}", "<g opacity=\".5\">".repeat(4), "</g>".repeat(4));
    let tree = tree(&nested);
    let cut = cut(&tree, CANVAS, 1.0, &BTreeMap::new()).expect("no slots");
    let canvas = 4000 * 8000 * 4;
    let rows = |limit| strip_rows(&tree, &cut, (4000, 8000), limit);
    assert_eq!(rows(canvas * 6), Some(8000));
    assert_eq!(rows(MAX_BYTES), Some(256));
    assert_eq!(rows(canvas / 2), Some(256), "more than the limit, for a moment");
    assert_eq!(rows(canvas / 4), None);
    let memory = of(&tree, &cut, 100);
    assert!(bytes(memory, canvas / 4, false) < MAX_BYTES + canvas / 2 && bytes(memory, canvas / 4, true) == 0);
    assert!((27_000..30_000).contains(&bytes(memory, 1000, false)), "{memory:?}");
}

#[test]
fn tiles_of_patterns_count_in_full() {
    let tile = |size: u32, transform: &str| {
        format!(
            "<pattern id=\"p\" width=\"{size}\" height=\"{size}\" patternUnits=\"userSpaceOnUse\" {transform}>\
             <rect width=\"9\" height=\"9\"/></pattern><rect width=\"9\" height=\"9\" fill=\"url(#p)\"/>"
        )
    };
    assert!((of_body(&tile(2000, "")) - 200.0).abs() < 1.0);
    assert!((of_body(&tile(100, "patternTransform=\"scale(20)\"")) - 200.0).abs() < 1.0);
    assert!(of_body(&tile(10, "")) < 0.01);
    // Whole px are drawn of a narrow one.
    let narrow = tile(1_000_000, "").replace("height=\"1000000\"", "height=\"0.000001\"");
    assert!((of_body(&narrow) - 50.0).abs() < 0.1, "{}", of_body(&narrow));
}

#[test]
fn tiles_in_patterns_masks_and_filters_have_the_scale_of_these() {
    let tile = |id: &str, size: u32, inside: &str| {
        format!(
            "<pattern id=\"{id}\" width=\"{size}\" height=\"{size}\" patternUnits=\"userSpaceOnUse\">{inside}</pattern>"
        )
    };
    let rect = |paint: &str| format!("<rect width=\"9\" height=\"9\" fill=\"{paint}\"/>");
    let inner = tile("i", 20, &rect("red"));
    let outer = tile("o", 1, &rect("url(#i)")).replace("<pattern", "<pattern patternTransform=\"scale(100)\"");
    let nested = of_body(&format!("{inner}{outer}{}", rect("url(#o)")));
    assert!((nested - 200.5).abs() < 1.0, "{nested}");
    let mask = format!("<mask id=\"m\">{}</mask>", rect("url(#i)"));
    let masked = format!("{inner}{mask}<g transform=\"scale(100)\"><g mask=\"url(#m)\">{}</g></g>", rect("red"));
    assert!((200.0..300.0).contains(&of_body(&masked)), "{}", of_body(&masked));
    let shape = format!("<g id=\"s\">{}</g>", rect("url(#i)"));
    let filter = "<filter id=\"f\"><feImage href=\"#s\"/></filter>";
    let scaled = format!("<g transform=\"scale(100)\"><g filter=\"url(#f)\">{}</g></g>", rect("red"));
    let filtered = format!("{inner}<defs>{shape}</defs>{filter}{scaled}");
    assert!((200.0..300.0).contains(&of_body(&filtered)), "{}", of_body(&filtered));
}

#[test]
fn plain_shapes_need_no_layer() {
    assert_eq!(of_body("<g><rect width=\"100\" height=\"200\"/></g>"), 0.0);
}

#[test]
fn groups_one_after_another_share_a_layer() {
    let group = "<g opacity=\".5\"><rect width=\"100\" height=\"100\"/><rect width=\"50\" height=\"50\"/></g>";
    assert!((of_body(group) - 0.5).abs() < 0.1, "{}", of_body(group));
    assert_eq!(of_body(&group.repeat(3)), of_body(group));
}

#[test]
fn nested_groups_need_a_layer_each() {
    let rect = "<rect width=\"100\" height=\"200\"/>".repeat(2);
    let nested = format!("<g opacity=\".5\">{rect}<g opacity=\".4\">{rect}</g></g>");
    assert!((of_body(&nested) - 2.0).abs() < 0.2, "{}", of_body(&nested));
}

#[test]
fn filters_keep_a_copy_for_each_primitive() {
    let filter = |primitives: &str| {
        format!(
            "<filter id=\"f\" x=\"0\" y=\"0\" width=\"1\" height=\"1\">{primitives}</filter>\
             <rect width=\"100\" height=\"200\" filter=\"url(#f)\"/>"
        )
    };
    let blur = of_body(&filter("<feGaussianBlur stdDeviation=\"4\"/>"));
    assert!((blur - 1.5).abs() < 0.1, "{blur}");
    let chain = of_body(&filter(&"<feOffset dx=\"1\"/>".repeat(8)));
    assert!((chain - 12.0).abs() < 0.5, "{chain}");
}
