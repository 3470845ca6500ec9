//! Artwork split at its slots gives the same pixels as rendering it with resvg in one piece.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use haibao_core::{
    artwork::svg::{self, Step},
    paint::{
        geometry::{PxRect, canvas_size},
        raster::Target,
    },
    plan::Canvas,
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

/// Artwork drawn by resvg in one piece.
fn whole(tree: &Tree, canvas: Canvas, scale: f32) -> Pixmap {
    let (width, height) = canvas_size(canvas, scale);
    let mut pixmap = Pixmap::new(width, height).expect("size");
    let Color { r, g, b, a } = canvas.background;
    pixmap.fill(resvg::tiny_skia::Color::from_rgba8(r, g, b, a));
    let (x, y) = (width as f32 / tree.size().width(), height as f32 / tree.size().height());
    resvg::render(tree, Transform::from_scale(x, y), &mut pixmap.as_mut());
    pixmap
}

/// The artwork drawn from segments, and the places of the layers between them.
fn joined(tree: &Tree, canvas: Canvas, slots: &BTreeMap<&str, f32>, scale: f32) -> (Vec<[u8; 4]>, Vec<PxRect>) {
    let artwork = svg::draw(tree, canvas, scale, slots).expect("segments");
    let (width, height) = canvas_size(canvas, scale);
    let frame = PxRect::new(0, 0, width, height);
    let mut pixels = vec![[0; 4]; (width * height) as usize];
    let mut places = Vec::new();
    for step in &artwork.steps {
        match step {
            Step::Segment(raster) => raster.draw(&mut Target::new(frame, frame, &mut pixels)),
            Step::Slot { id, rect } => {
                places.push(PxRect::snap(*rect, scale).grow((slots[id.as_str()] * scale).ceil() as i32 + 3));
            }
        }
    }
    (pixels, places)
}

/// Maximum difference per channel outside and inside of the places of layers.
fn difference(one: &[[u8; 4]], two: &Pixmap, places: &[PxRect]) -> (u8, u8) {
    // Most artwork is equal: then one comparison is enough, and much faster in a debug build.
    if one.as_flattened() == two.data() {
        return (0, 0);
    }
    let (other, _) = two.data().as_chunks::<4>();
    let (mut outside, mut inside) = (0, 0);
    for (at, (a, b)) in one.iter().zip(other).enumerate().filter(|(_, (a, b))| a != b) {
        let level = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
        let (x, y) = ((at % two.width() as usize) as i32, (at / two.width() as usize) as i32);
        let within = places.iter().any(|place| (place.x0..place.x1).contains(&x) && (place.y0..place.y1).contains(&y));
        let max = if within { &mut inside } else { &mut outside };
        *max = level.max(*max);
    }
    (outside, inside)
}

#[test]
fn segments_of_starter_templates_equal_the_whole() {
    for id in kit::TEMPLATES {
        let template = kit::template(id);
        let plan = kit::plan(&template, kit::sample(&template, "usual"), 1.0);
        let svg = plan.artwork.as_deref().expect("artwork");
        let slots = haibao_core::layer::reaches(&template);
        let trees =
            (svg::parse(svg, &template.files, &kit::fonts()).expect("SVG"), without(svg, &template.files, &slots));
        // Larger scales are no harder: nodes pass others only if they are a px of scale 1 apart, and 1.5 has edges within
        // pixels as any other scale.
        for scale in [1.0, 1.5] {
            let (pixels, places) = joined(&trees.0, plan.canvas, &slots, scale);
            let (outside, inside) = difference(&pixels, &whole(&trees.1, plan.canvas, scale), &places);
            assert_eq!(outside, 0, "{id} at scale {scale} differs outside of layers");
            // Rounding differences under a layer are invisible.
            assert!(inside <= 3, "{id} at scale {scale} differs by {inside} levels");
        }
    }
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
    let canvas = Canvas { width: 400, height: 240, tallest: None, background: Color::white() };
    let slots = BTreeMap::from([("one", 0.0), ("two", 0.0), ("three", 0.0)]);
    let files = BTreeMap::new();
    let (tree, rest) = (svg::parse(svg, &files, &kit::fonts()).expect("SVG"), without(svg, &files, &slots));
    for scale in [1.0, 1.5, 2.0] {
        let (pixels, places) = joined(&tree, canvas, &slots, scale);
        let (outside, inside) = difference(&pixels, &whole(&rest, canvas, scale), &places);
        assert_eq!((places.len(), outside), (3, 0), "at scale {scale}");
        assert!(inside <= 3, "at scale {scale}: differs by {inside} levels");
    }
}

#[test]
fn invalid_slots_are_rejected() {
    let canvas = Canvas { width: 100, height: 100, tallest: None, background: Color::white() };
    let findings = |svg: &str, id: &'static str| {
        let tree = svg::parse(svg, &BTreeMap::new(), &kit::fonts()).expect("SVG");
        let error = svg::slots(&tree, canvas, &BTreeSet::from([id])).expect_err("rejected");
        error.all_findings().iter().map(|f| f.code).collect::<Vec<_>>()
    };
    let within = |attributes: &str| {
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><filter id="f"><feFlood/></filter>
            <clipPath id="c"><rect width="9" height="9"/></clipPath>
            <g {attributes}><g><rect id="a" width="50" height="50"/></g></g></svg>"##
        )
    };
    for attributes in
        [r#"opacity=".5""#, r#"filter="url(#f)""#, r#"clip-path="url(#c)""#, r#"style="mix-blend-mode:multiply""#]
    {
        assert_eq!(findings(&within(attributes), "a"), ["slot_grouped"], "{attributes}");
    }
    assert_eq!(findings(&within(""), "b"), ["slot_missing"]);
    // Effects of the element itself are removed with it.
    let own = r#"<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><rect id="a" width="5" height="5" opacity=".5"/></svg>"#;
    let tree = svg::parse(own, &BTreeMap::new(), &kit::fonts()).expect("SVG");
    assert_eq!(svg::slots(&tree, canvas, &BTreeSet::from(["a"])).expect("a slot")["a"], [0.0, 0.0, 5.0, 5.0]);
    let tall =
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="100" height="150"><rect id="a" width="5" height="5"/></svg>"#;
    assert_eq!(findings(tall, "a"), ["artwork_size"]);
}
