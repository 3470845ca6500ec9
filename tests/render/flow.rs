//! Property tests of rows and columns.

use haibao_core::{
    encode::Format,
    plan::{At, Plan},
    render::{Config, Renderer},
    text::{Paragraph, fit},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::kit;

/// Plans a poster of one container on a canvas of 800 x 800 px.
fn plan(container: &Value, scale: f32) -> Plan {
    plan_on([800, 800], container, scale)
}

fn plan_on([width, height]: [u32; 2], container: &Value, scale: f32) -> Plan {
    let layout = json!({ "title": "t", "canvas": { "width": width, "height": height }, "layers": [container] });
    let files = [("layout.json".to_owned(), layout.to_string().into_bytes().into())].into();
    kit::plan(&kit::compile("t", files), json!({}), scale)
}

fn rects(plan: &Plan) -> Vec<[f32; 4]> {
    let rect = |at: &At| if let At::Box(rect) = at { *rect } else { panic!("{at:?}") };
    plan.layers.iter().map(|layer| rect(&layer.at)).collect()
}

/// A text or shape of moderate size.
fn leaf() -> impl Strategy<Value = Value> {
    let text = ("[\u{4e00}-\u{9fa5}]{1,12}|[a-z]{1,8}( [a-z]{1,8}){0,4}", 8u32..40, prop::option::of(1u32..4));
    let text = text.prop_map(|(text, size, lines)| {
        let mut layer = json!({ "type": "text", "text": text, "font_size": size });
        if let Some(lines) = lines {
            layer["max_lines"] = lines.into();
        }
        layer
    });
    let shape = (1u32..120, 1u32..120, 0u32..3).prop_map(|(width, height, grow)| {
        json!({ "type": "shape", "background": "#ccc", "width": width, "height": height, "grow": grow })
    });
    prop_oneof![text, shape]
}

fn container(children: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    let align = prop::sample::select(vec!["start", "center", "end", "stretch", "baseline"]);
    let justify = prop::sample::select(vec!["start", "center", "end", "space-between", "space-around"]);
    let children = prop::collection::vec(children, 0..6);
    (any::<bool>(), align, justify, 0u32..30, 0u32..30, any::<bool>(), children).prop_map(
        |(column, align, justify, gap, padding, wrap, children)| {
            json!({ "type": if column { "column" } else { "row" }, "align_items": align, "justify_content": justify,
                "gap": gap, "padding": padding, "wrap": wrap, "background": "#eee", "children": children })
        },
    )
}

fn tree() -> impl Strategy<Value = Value> {
    container(leaf().prop_recursive(3, 24, 5, |inner| container(inner).boxed()))
}

fn placed(mut container: Value, rect: Value) -> Value {
    container["box"] = rect;
    container
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn children_stay_in_their_container_or_overflow_is_reported(tree in tree(), width in 20u32..700, height in 20u32..700) {
        let plan = plan(&placed(tree, json!([20, 30, width, height])), 1.0);
        let (right, bottom) = (20.0 + width as f32, 30.0 + height as f32);
        if plan.findings.iter().any(|finding| finding.code == "flow_overflow") {
            return Ok(());
        }
        for (layer, [x, y, width, height]) in plan.layers.iter().zip(rects(&plan)) {
            // Each of four levels may exceed its edge by half a px.
            let inside = x >= 18.0 && y >= 28.0 && x + width <= right + 2.0 && y + height <= bottom + 2.0;
            prop_assert!(inside, "{} at {:?} leaves {width} x {height}", layer.pointer, layer.at);
        }
    }

    #[test]
    fn extreme_sizes_give_a_poster_or_an_error(
        numbers in prop::collection::vec(prop::sample::select(vec![0.0_f64, 0.001, 1.0, 37.5, 900.0, 10_000.0]), 12),
        margin in prop::sample::select(vec![-10_000.0, -50.0, 0.0, 10_000.0]),
        lengths in prop::collection::vec(prop::sample::select(vec![json!(0), json!("0%"), json!("100%"), json!("auto"), json!(100_000)]), 4),
        wrap: bool,
        column: bool,
    ) {
        let n = |at: usize| numbers[at % numbers.len()];
        let share = |at: usize| n(at).min(1000.0);
        let leaves = json!([
            { "type": "text", "text": "手冲咖啡 hand drip", "font_size": 30, "width": lengths[0], "grow": share(0), "shrink": share(1) },
            { "type": "shape", "background": "#000", "width": lengths[1], "height": lengths[2], "margin": margin, "aspect_ratio": n(2).clamp(0.01, 100.0) },
            { "type": "row", "gap": n(3), "padding": n(4), "background": "#eee", "height": lengths[3], "children": [
                { "type": "text", "text": "a", "font_size": 12, "margin": [n(5), margin], "shrink": share(6) } ] }
        ]);
        let height = if column { json!("auto") } else { json!(n(7).max(0.001)) };
        let container = json!({ "type": if column { "column" } else { "row" }, "box": [-5, 5, n(8).max(0.001), height],
            "gap": n(9), "padding": n(10), "wrap": wrap, "children": leaves });
        // Small, because it is drawn: the sizes above are within it or far beyond it.
        let plan = plan_on([200, 200], &container, 1.0);
        for rect in rects(&plan) {
            prop_assert!(rect.iter().all(|length| length.is_finite()), "{rect:?} of {container}");
        }
        let renderer = Renderer::new(kit::fonts(), Config::default());
        if let Err(error) = renderer.render(&plan, &kit::gather(&plan), Format::Png) {
            prop_assert_eq!(error.kind(), haibao_core::error::ErrorKind::Invalid, "{} of {}", error, container);
        }
    }

    #[test]
    fn an_automatic_height_contains_all_children(tree in tree(), width in 300u32..700) {
        let mut tree = tree;
        tree["type"] = "column".into();
        let plan = plan(&placed(tree, json!([0, 0, width, "auto"])), 1.0);
        let rects = rects(&plan);
        let Some([_, _, _, height]) = rects.first() else { return Ok(()) };
        let lowest = rects.iter().map(|rect| rect[1] + rect[3]).fold(0.0, f32::max);
        prop_assert!(plan.findings.iter().any(|f| f.code == "flow_overflow") || lowest <= height + 2.0);
    }

    #[test]
    fn children_keep_their_order_and_their_gap(
        sizes in prop::collection::vec((1u32..80, 1u32..80, 0u32..3), 1..8),
        gap in 0u32..40,
        column: bool,
        justify in prop::sample::select(vec!["start", "center", "end", "space-between", "space-around"]),
    ) {
        let child = |(width, height, grow): &(u32, u32, u32)| {
            json!({ "type": "shape", "background": "#000", "width": width, "height": height, "grow": grow })
        };
        let children: Vec<Value> = sizes.iter().map(child).collect();
        let kind = if column { "column" } else { "row" };
        let plan = plan(&json!({ "type": kind, "box": [0, 0, 780, 780], "gap": gap, "justify_content": justify,
            "children": children }), 1.0);
        let rects = rects(&plan);
        prop_assert_eq!(rects.len(), sizes.len());
        let along = usize::from(column);
        for pair in rects.windows(2) {
            let end = pair[0][along] + pair[0][along + 2];
            prop_assert!(pair[1][along] >= end + gap as f32 - 0.01, "{:?}", rects);
        }
        for ((width, height, grow), rect) in sizes.iter().zip(&rects) {
            let (size, own) = if column { (rect[3], *height) } else { (rect[2], *width) };
            prop_assert!((size - own as f32).abs() < 0.01 || *grow > 0 && size > own as f32, "{:?}", rects);
        }
    }

    #[test]
    fn a_single_text_is_as_large_as_its_lines(
        text in "[\u{4e00}-\u{9fa5}a-z ，。「」（]{1,40}", size in 8u32..60, spacing in -2i32..20, width in 80u32..700,
    ) {
        let plan = plan(&json!({ "type": "row", "box": [0, 0, width, 780], "align_items": "start", "children": [
            { "type": "text", "text": text, "font_size": size, "line_height": size * 2, "letter_spacing": spacing } ] }), 1.0);
        let Some(layer) = plan.layers.first() else { return Ok(()) };
        let (Some(style), At::Box([_, _, w, h])) = (layer.kind.text(), &layer.at) else { panic!("{layer:?}") };
        let fonts = kit::fonts();
        let fit = |width: f32, height: f32| fonts.with_shaper(|shaper| fit(&fonts, shaper, style, width, height));
        let fitted = fit(*w, *h);
        prop_assert!(*w <= width as f32 + 0.01, "{w} px in {width} px");
        prop_assert_eq!(fitted.lines.len() as f32 * style.line_height, *h);
        let unconstrained = fit(width as f32, 800.0);
        let breaks = |p: &Paragraph| p.lines.iter().map(|line| line.range.clone()).collect::<Vec<_>>();
        prop_assert_eq!((breaks(&fitted), fitted.truncated), (breaks(&unconstrained), unconstrained.truncated), "in its own box of {} px", w);
    }
}

#[test]
fn line_breaks_do_not_depend_on_the_scale() {
    let container = json!({ "type": "row", "box": [10, 10, 333, 200], "gap": 7, "align_items": "baseline", "children": [
        { "type": "text", "text": "手冲咖啡套装送礼自用两相宜", "font_size": 23 },
        { "type": "column", "gap": 3, "children": [
            { "type": "text", "text": "single origin beans, roasted every day", "font_size": 17 },
            { "type": "text", "text": "¥39.90", "font_size": 31 } ] } ] });
    let renderer = Renderer::new(kit::fonts(), Config::default());
    let lines = |scale: f32| {
        let plan = plan_on([360, 230], &container, scale);
        let rendered = renderer.render(&plan, &kit::gather(&plan), Format::Png).expect("renders");
        let lines: Vec<_> = rendered.layers.iter().map(|layer| (layer.pointer.clone(), layer.lines)).collect();
        (lines, rects(&plan).iter().map(|rect| rect.map(f32::to_bits)).collect::<Vec<_>>())
    };
    let expected = lines(1.0);
    assert_eq!(expected.0.len(), 3, "{expected:?}");
    assert!(expected.0.iter().any(|(_, lines)| *lines > Some(1)), "some text wraps: {expected:?}");
    for scale in [1.5, 2.0, 3.0] {
        assert_eq!(lines(scale), expected, "at scale {scale}");
    }
}

#[test]
fn deep_and_large_layouts_take_little_time() {
    // Close to the limits of a layout: 8 nested containers, 512 texts.
    let text = json!({ "type": "text", "text": "手冲咖啡套装送礼自用两相宜 ".repeat(20), "font_size": 12 });
    let mut tree = json!({ "type": "row", "wrap": true, "gap": 1, "children": vec![text; 70] });
    for depth in 0..6 {
        let kind = if depth % 2 == 0 { "column" } else { "row" };
        tree = json!({ "type": kind, "children": [tree.clone(), { "type": "shape", "width": 1, "height": 1 }] });
    }
    let all = json!({ "type": "column", "box": [0, 0, 800, 800], "children": vec![tree; 6] });
    let start = std::time::Instant::now();
    let plan = plan(&all, 1.0);
    assert_eq!(plan.layers.len(), 420);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
