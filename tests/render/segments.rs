//! Artwork split at its slots gives the same pixels as drawing it in one piece, and those of resvg, but for blurs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bytes::Bytes;
use haibao_core::{
    artwork::{
        node,
        segments::{self, Artwork, Step},
        svg,
    },
    encode::Format,
    paint::{
        cache::Weigh,
        geometry::{PxRect, canvas_size},
        raster::Target,
    },
    plan::PlannedCanvas,
    render::{Config, Renderer},
    style::Color,
};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Tree, roxmltree},
};

use crate::kit;

/// The artwork without the elements of its slots.
fn without(svg: &str, files: &BTreeMap<String, Bytes>, slots: &BTreeMap<&str, f32>) -> Tree {
    let document = roxmltree::Document::parse(svg).expect("XML");
    let mut ranges: Vec<_> = document
        .descendants()
        .filter(|node| node.attribute("id").is_some_and(|id| slots.contains_key(id)))
        .map(|node| node.range())
        .collect();
    ranges.sort_by_key(|range| std::cmp::Reverse(range.start));
    let mut rest = svg.to_owned();
    for range in ranges {
        rest.replace_range(range, "");
    }
    svg::parse(&rest, files, &kit::fonts()).expect("SVG")
}

/// Artwork drawn in one piece.
fn whole(tree: &Tree, canvas: PlannedCanvas, scale: f32) -> Pixmap {
    drawn(tree, canvas, scale, |transform, pixmap| {
        tree.root().children().iter().for_each(|node| node::draw(node, transform, pixmap));
    })
}

/// Artwork drawn in one piece by resvg.
fn whole_by_resvg(tree: &Tree, canvas: PlannedCanvas, scale: f32) -> Pixmap {
    drawn(tree, canvas, scale, |transform, pixmap| resvg::render(tree, transform, &mut pixmap.as_mut()))
}

fn drawn(tree: &Tree, canvas: PlannedCanvas, scale: f32, draw: impl FnOnce(Transform, &mut Pixmap)) -> Pixmap {
    let (width, height) = canvas_size(canvas, scale);
    let mut pixmap = Pixmap::new(width, height).expect("size");
    let Color { r, g, b, a } = canvas.background;
    pixmap.fill(resvg::tiny_skia::Color::from_rgba8(r, g, b, a));
    let (x, y) = (width as f32 / tree.size().width(), height as f32 / tree.size().height());
    draw(Transform::from_scale(x, y), &mut pixmap);
    pixmap
}

/// Differences between the bytes of two pictures that are not 0. Most parts are equal: comparing these as slices is much
/// faster in a debug build.
fn differences(one: &[u8], two: &[u8]) -> Vec<u8> {
    const PART: usize = 64;
    assert_eq!(one.len(), two.len());
    let parts = one.chunks(PART).zip(two.chunks(PART)).filter(|(a, b)| a != b);
    parts.flat_map(|(a, b)| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).filter(|levels| *levels > 0)).collect()
}

/// Mean and maximum difference per channel between our blurs and resvg's, which approximates a Gaussian by other boxes.
fn blur_difference(own: &Pixmap, resvg: &Pixmap) -> (f64, u8) {
    let differences = differences(own.data(), resvg.data());
    let sum: f64 = differences.iter().copied().map(f64::from).sum();
    (sum / own.data().len() as f64, differences.into_iter().max().unwrap_or(0))
}

/// Pixels, and the places of the layers.
type Joined = (Vec<[u8; 4]>, Vec<PxRect>);

/// The artwork drawn from segments, and the places of the layers between them.
fn joined(tree: &Tree, canvas: PlannedCanvas, slots: &BTreeMap<&str, f32>, scale: f32) -> Joined {
    let artwork = segments::draw(tree, canvas, scale, slots).expect("segments");
    composed(&artwork, canvas, slots, scale)
}

/// [`joined`] for a starter template at scale 1. Drawn once for all tests.
fn joined_starter(id: &str, tree: &Tree, canvas: PlannedCanvas, slots: &BTreeMap<&str, f32>) -> Arc<Joined> {
    static DRAWN: kit::Table<Arc<Joined>> = kit::Table::new();
    DRAWN.get(id, || Arc::new(joined(tree, canvas, slots, 1.0)))
}

/// Segments in order, and the places of the layers between them.
fn composed(artwork: &Artwork, canvas: PlannedCanvas, slots: &BTreeMap<&str, f32>, scale: f32) -> Joined {
    let (width, height) = canvas_size(canvas, scale);
    let frame = PxRect::new(0, 0, width, height);
    let mut pixels = vec![[0; 4]; (width * height) as usize];
    let mut places = Vec::new();
    for step in &artwork.steps {
        match step {
            Step::Segment(raster) => raster.draw(&mut Target::new(frame, frame, &mut pixels)),
            Step::Slot { id, rect, .. } => {
                places.push(PxRect::snap(*rect, scale).grow((slots[id.as_str()] * scale).ceil() as i32 + 3));
            }
            Step::Group(group) => panic!("a group: {group:?}"),
        }
    }
    (pixels, places)
}

/// Maximum difference per channel outside and inside of the places of layers.
fn difference(one: &[[u8; 4]], two: &Pixmap, places: &[PxRect]) -> (u8, u8) {
    let (other, _) = two.data().as_chunks::<4>();
    let (mut outside, mut inside) = (0, 0);
    // Most rows are equal: comparing these as slices is much faster in a debug build.
    let width = two.width() as usize;
    let rows = one.chunks(width).zip(other.chunks(width)).enumerate();
    for (y, (one, other)) in rows.filter(|(_, (one, other))| one.as_flattened() != other.as_flattened()) {
        for (x, (a, b)) in one.iter().zip(other).enumerate().filter(|(_, (a, b))| a != b) {
            let level = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
            let (x, y) = (x as i32, y as i32);
            let is_in = |place: &PxRect| (place.x0..place.x1).contains(&x) && (place.y0..place.y1).contains(&y);
            let max = if places.iter().any(is_in) { &mut inside } else { &mut outside };
            *max = level.max(*max);
        }
    }
    (outside, inside)
}

#[test]
fn segments_of_starter_templates_equal_the_whole() {
    for id in &kit::templates() {
        let template = kit::template(id);
        let plan = kit::plan(&template, kit::sample(&template, "usual"), 1.0);
        let svg = plan.artwork.as_deref().expect("artwork");
        let slots = haibao_core::layer::reaches(&template);
        let trees =
            (svg::parse(svg, &template.files, &kit::fonts()).expect("SVG"), without(svg, &template.files, &slots));
        let check = |scale: f32, (pixels, places): &Joined| {
            let (own, resvg) = (whole(&trees.1, plan.canvas, scale), whole_by_resvg(&trees.1, plan.canvas, scale));
            let (mean, max) = blur_difference(&own, &resvg);
            assert!(mean < 0.2 && max <= 6, "{id} at scale {scale} differs from resvg by {mean}, at most {max}");
            let (outside, inside) = difference(pixels, &own, places);
            assert_eq!(outside, 0, "{id} at scale {scale} differs outside of layers");
            // Rounding differences under a layer are invisible.
            assert!(inside <= 3, "{id} at scale {scale} differs by {inside} levels");
        };
        check(1.0, &joined_starter(id, &trees.0, plan.canvas, &slots));
        // Larger scales are no harder: nodes pass others only if they are a px of scale 1 apart, and 1.5 has edges within
        // pixels as any other scale. The smallest has filters, gradients, clip paths and uses.
        if id == "coupon" {
            check(1.5, &joined(&trees.0, plan.canvas, &slots, 1.5));
        }
    }
}

/// What the smallest starter template has not, with edges within pixels.
#[test]
fn segments_of_patterns_dashes_and_texts_equal_the_whole() {
    let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" width="240" height="160">
      <defs><pattern id="dots" width="12" height="9.5" patternUnits="userSpaceOnUse"><circle cx="4.3" cy="5" r="3" fill="#c30"/></pattern>
        <radialGradient id="glow"><stop stop-color="#ff8" stop-opacity=".9"/><stop offset="1" stop-color="#08f"/></radialGradient>
        <clipPath id="round"><circle cx="150" cy="70" r="51.4"/></clipPath>
        <g id="ring"><ellipse cx="60" cy="90" rx="48" ry="17" fill="none" stroke="#246" stroke-width=".8"/></g></defs>
      <rect width="240" height="160" fill="url(#glow)"/>
      <rect x="10.5" y="12" width="100" height="60" fill="url(#dots)"/>
      <rect id="one" x="30" y="30" width="60" height="50" fill="#fff"/>
      <g clip-path="url(#round)"><rect width="240" height="160" fill="url(#dots)" opacity=".7"/><use href="#ring" transform="translate(90 -20)"/></g>
      <path d="M20 100C90 60 160 150 230 90" fill="none" stroke="#602" stroke-width="2.5" stroke-dasharray="7 3.3" stroke-linecap="round"/>
      <rect id="two" x="130" y="50" width="70" height="70" fill="#fff"/>
      <use href="#ring"/><use href="#ring" transform="rotate(40 60 90)"/>
      <text x="20" y="140" font-size="24" font-weight="700">满199减100</text>
    </svg>"##;
    let canvas = PlannedCanvas { width: 240, height: 160, tallest: None, background: Color::white() };
    let (slots, files) = (BTreeMap::from([("one", 0.0), ("two", 0.0)]), BTreeMap::new());
    let (tree, rest) = (svg::parse(svg, &files, &kit::fonts()).expect("SVG"), without(svg, &files, &slots));
    for scale in [1.0, 1.5] {
        let (pixels, places) = joined(&tree, canvas, &slots, scale);
        let (outside, inside) = difference(&pixels, &whole(&rest, canvas, scale), &places);
        assert_eq!((places.len(), outside), (2, 0), "at scale {scale}");
        assert!(inside <= 3, "at scale {scale}: differs by {inside} levels");
    }
}

#[test]
fn compressed_segments_equal_the_whole() {
    let template = kit::template("festival-greeting");
    let plan = kit::plan(&template, kit::sample(&template, "usual"), 2.0);
    let svg = plan.artwork.as_deref().expect("artwork");
    let slots = haibao_core::layer::reaches(&template);
    let tree = svg::parse(svg, &template.files, &kit::fonts()).expect("SVG");
    let artwork = segments::draw(&tree, plan.canvas, 2.0, &slots).expect("segments");
    let (pixels, places) = composed(&artwork, plan.canvas, &slots, 2.0);
    assert!(artwork.weigh() * 4 < pixels.len() * 4, "{} bytes", artwork.weigh());
    let own = whole(&without(svg, &template.files, &slots), plan.canvas, 2.0);
    let (outside, inside) = difference(&pixels, &own, &places);
    assert!(outside == 0 && inside <= 3, "differs by {outside}, within layers by {inside}");
}

#[test]
fn strips_equal_the_whole() {
    let mut failed = Vec::new();
    // Together they have filters, gradients, patterns, dashes, clip paths, uses, text, and pictures around slots.
    for id in ["coupon", "group-buy", "job-opening", "member-card"] {
        let template = kit::template(id);
        let plan = kit::plan(&template, kit::sample(&template, "usual"), 1.0);
        let svg = plan.artwork.as_deref().expect("artwork");
        let slots = haibao_core::layer::reaches(&template);
        let tree = svg::parse(svg, &template.files, &kit::fonts()).expect("SVG");
        let drawn = joined_starter(id, &tree, plan.canvas, &slots);
        let (whole, places) = &*drawn;
        // The smallest limit has the smallest strips.
        let steps = (1..100).map(|step| step * whole.len() as u64 / 2);
        let mut strips = steps.filter_map(|limit| segments::draw_within(limit, &tree, plan.canvas, 1.0, &slots).ok());
        let strips = strips.next().expect("drawn in strips");
        let (strips, found) = composed(&strips, plan.canvas, &slots, 1.0);
        assert_eq!(*places, found);
        let differences = differences(strips.as_flattened(), whole.as_flattened());
        let more = differences.iter().filter(|levels| **levels > 1).count();
        let max = differences.into_iter().max().unwrap_or(0);
        // Curves that a strip's edge cuts are flattened in another way: a few levels over many pixels, more on single ones.
        let share = if max <= 8 { 200 } else { 1000 };
        if max > 56 || more * share >= 4 * whole.len() {
            failed.push(format!("{id}: {more} of {} values differ by more than 1, at most {max}", 4 * whole.len()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn artwork_above_a_text_hides_its_overflow() {
    let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><rect id="title" x="20" y="20" width="260"
      height="10"/><rect y="100" width="300" height="200" fill="#fff"/></svg>"##;
    let text =
        serde_json::json!({ "type": "text", "at": "#title", "text": "海报", "font_size": 40, "line_height": 280 });
    let layout = serde_json::json!({ "title": "overflow", "canvas": { "width": 300, "height": 300 }, "artwork": "a.svg",
        "layers": [text] });
    let files = [("layout.json", layout.to_string()), ("a.svg", svg.to_owned())];
    let template = kit::compile("overflow", files.map(|(name, text)| (name.to_owned(), text.into())).into());
    let plan = kit::plan(&template, serde_json::json!({}), 1.0);
    let renderer = Renderer::new(kit::fonts(), Config::default());
    let rendered = renderer.render(&plan, &kit::gather(&plan), Format::Png).expect("drawn");
    let pixels = image::load_from_memory(&rendered.bytes).expect("decodes").into_rgb8();
    assert!(rendered.layers[0].ink.y1 > 130, "the text reaches below: {:?}", rendered.layers[0]);
    assert!(pixels.pixels().all(|pixel| pixel.0 == [255; 3]), "the artwork above hides it");
}

#[test]
fn overlapping_shapes_groups_and_effects_keep_their_order() {
    let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 120" width="400" height="240">
      <defs><filter id="blur"><feGaussianBlur stdDeviation="4"/></filter>
        <linearGradient id="g"><stop stop-color="#f80"/><stop offset="1" stop-color="#08f" stop-opacity=".4"/></linearGradient></defs>
      <rect width="200" height="120" fill="url(#g)"/>
      <g transform="translate(7.3 3.1) rotate(4)">
        <circle cx="60" cy="60" r="41" fill="#1a7" fill-opacity=".6"/>
        <rect id="one" x="40" y="30" width="50" height="50" fill="#fff"/>
        <g transform="scale(1.1)"><circle cx="80" cy="50" r="30" fill="#c1c"/><rect id="two" x="3" y="3" width="9" height="9"/>
          <path d="M10 100 L150 20" stroke="#000" stroke-width="3"/></g>
      </g>
      <g opacity=".5"><rect x="20" y="20" width="120" height="60" fill="#333"/><circle cx="100" cy="60" r="30" fill="#fe0"/></g>
      <path d="M10 8H190" stroke="#d00" stroke-width="2"/><line x1="5" y1="10" x2="5" y2="90" stroke="#00d" stroke-width="3"/>
      <rect id="three" x="150" y="80" width="40" height="30" fill="#000"/>
      <rect x="120" y="60" width="60" height="40" rx="9" fill="#246" filter="url(#blur)"/>
      <text x="20" y="110" font-size="20" font-weight="700">海报 Poster</text>
    </svg>"##;
    let canvas = PlannedCanvas { width: 400, height: 240, tallest: None, background: Color::white() };
    let slots = BTreeMap::from([("one", 0.0), ("two", 0.0), ("three", 0.0)]);
    let files = BTreeMap::new();
    let (tree, rest) = (svg::parse(svg, &files, &kit::fonts()).expect("SVG"), without(svg, &files, &slots));
    for scale in [1.0, 1.5, 2.0] {
        let (pixels, places) = joined(&tree, canvas, &slots, scale);
        let (own, resvg) = (whole(&rest, canvas, scale), whole_by_resvg(&rest, canvas, scale));
        let (mean, max) = blur_difference(&own, &resvg);
        assert!(mean < 0.3 && max <= 12, "at scale {scale}: differs from resvg by {mean}, at most {max}");
        let (outside, inside) = difference(&pixels, &own, &places);
        assert_eq!((places.len(), outside), (3, 0), "at scale {scale}");
        assert!(inside <= 3, "at scale {scale}: differs by {inside} levels");
    }
}

#[test]
fn blurs_are_those_of_resvg() {
    let effect = |primitive: &str, space: &str| {
        format!(
            "<filter id=\"f\" x=\"-.5\" y=\"-.5\" width=\"2\" height=\"2\" color-interpolation-filters=\"{space}\">{primitive}</filter>"
        )
    };
    let blur = |sigma: f32| format!("<feGaussianBlur stdDeviation=\"{sigma}\"/>");
    // Black: resvg converts other colours of shadows from linear RGB although they are sRGB.
    let shadow = "<feDropShadow dx=\"6\" dy=\"-9\" stdDeviation=\"5\" flood-opacity=\".7\"/>";
    let one = r##"<path d="M40 30h90v40a30 30 0 0 1-60 20z" fill="#2a6" fill-opacity=".4"/>"##;
    let two = format!("{one}<circle cx=\"120\" cy=\"80\" r=\"30\" fill=\"#e50\"/>");
    let clipped = "<rect x=\"-60\" y=\"60\" width=\"140\" height=\"140\" fill=\"#124\"/>";
    let canvas = PlannedCanvas { width: 200, height: 140, tallest: None, background: Color::white() };
    for (what, primitive, space, body, attributes) in [
        ("one colour", blur(6.0), "sRGB", one, ""),
        ("one colour, linear", blur(6.0), "linearRGB", one, ""),
        ("small", blur(1.2), "sRGB", one, ""),
        ("two colours", blur(6.0), "sRGB", &two, ""),
        ("two colours, linear", blur(6.0), "linearRGB", &two, ""),
        ("opacity", blur(6.0), "sRGB", &two, "opacity=\".6\""),
        ("beyond the canvas", blur(12.0), "sRGB", clipped, ""),
        ("drop shadow", shadow.to_owned(), "sRGB", &two, ""),
        ("drop shadow, linear", shadow.to_owned(), "linearRGB", &two, ""),
        ("rotated", blur(6.0), "sRGB", &two, "transform=\"rotate(12 100 70)\""),
        ("masked", blur(6.0), "sRGB", &two, "clip-path=\"url(#c)\""),
    ] {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"140\"><defs>{}\
             <clipPath id=\"c\"><circle cx=\"90\" cy=\"70\" r=\"50\"/></clipPath></defs>\
             <rect width=\"200\" height=\"50\" fill=\"#fd8\"/><g transform=\"translate(3 2)\">\
             <g filter=\"url(#f)\" {attributes}>{body}</g></g></svg>",
            effect(&primitive, space)
        );
        let tree = svg::parse(&svg, &BTreeMap::new(), &kit::fonts()).expect("SVG");
        for scale in [1.0, 2.0] {
            let (own, resvg) = (whole(&tree, canvas, scale), whole_by_resvg(&tree, canvas, scale));
            let (mean, max) = blur_difference(&own, &resvg);
            assert!(mean < 0.6 && max <= 12, "{what} at scale {scale}: differs by {mean}, at most {max}");
        }
    }
}

#[test]
fn many_shapes_over_a_slot_keep_their_order() {
    let shape = |i: u32| {
        let (x, y, color) = (i % 97 * 2, i % 89, i.wrapping_mul(2_654_435_761) >> 8);
        format!("<rect x=\"{x}\" y=\"{y}\" width=\"7\" height=\"5\" fill=\"#{color:06x}\"/>")
    };
    let shapes: String = (0..3000).map(shape).collect();
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"100\"><rect id=\"a\" width=\"100\" height=\"100\"/>{shapes}</svg>"
    );
    let canvas = PlannedCanvas { width: 200, height: 100, tallest: None, background: Color::white() };
    let slots = BTreeMap::from([("a", 0.0)]);
    let files = BTreeMap::new();
    let (tree, rest) = (svg::parse(&svg, &files, &kit::fonts()).expect("SVG"), without(&svg, &files, &slots));
    let (pixels, places) = joined(&tree, canvas, &slots, 1.0);
    let (outside, inside) = difference(&pixels, &whole(&rest, canvas, 1.0), &places);
    assert_eq!((outside, inside), (0, 0));
}

#[test]
fn invalid_slots_are_rejected() {
    let canvas = PlannedCanvas { width: 100, height: 100, tallest: None, background: Color::white() };
    let findings = |svg: &str, id: &'static str| {
        let tree = svg::parse(svg, &BTreeMap::new(), &kit::fonts()).expect("SVG");
        let error = segments::slots(&tree, canvas, &BTreeSet::from([id])).expect_err("rejected");
        error.all_findings().iter().map(|f| f.code).collect::<Vec<_>>()
    };
    let own = r#"<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><rect id="a" width="5" height="5" opacity=".5"/></svg>"#;
    assert_eq!(findings(own, "b"), ["slot_missing"]);
    let tree = svg::parse(own, &BTreeMap::new(), &kit::fonts()).expect("SVG");
    assert_eq!(
        segments::slots(&tree, canvas, &BTreeSet::from(["a"])).expect("a slot").boxes["a"],
        [0.0, 0.0, 5.0, 5.0]
    );
    let tall =
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="100" height="150"><rect id="a" width="5" height="5"/></svg>"#;
    assert_eq!(findings(tall, "a"), ["artwork_size"]);
}
