//! The features of SVG 1.1, SVG 2 and CSS, one small artwork each: it is drawn as in a browser, or a finding tells that it is
//! not.

mod boxes;
mod browsers;
mod elements;
mod nested;
mod paint;
mod primitives;
mod shapes;
mod standard;
mod styles;
mod told;

use std::collections::BTreeMap;

use bytes::Bytes;
use haibao_core::{
    artwork::{
        segments::{self, Step},
        svg,
    },
    paint::{geometry::PxRect, raster::Target},
    plan::PlannedCanvas,
    render,
    style::Color,
};

use crate::kit;

/// Largest difference of a channel from the expected colour.
const TOLERANCE: u8 = 3;

/// A feature: its name, the content of an `<svg>` of 100 x 100 px, the colours at some px (`"x,y #rgb"`), and the codes of all
/// findings, between spaces.
type Feature = (&'static str, &'static str, &'static [&'static str], &'static str);

fn expand(body: &str) -> String {
    if ["<svg xmlns", "<svg:svg", "<?", "<!"].iter().any(|start| body.starts_with(start)) {
        return body.to_owned();
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"100\" height=\"100\">\
         {body}</svg>"
    )
}

/// Codes of the findings of a template with this artwork.
fn codes(svg: &str) -> String {
    let layout = "{ \"title\": \"t\", \"canvas\": { \"width\": 100, \"height\": 100 }, \"artwork\": \"artwork.svg\", \"layers\": [] }";
    let files = BTreeMap::from([
        ("layout.json".to_owned(), Bytes::from(layout)),
        ("artwork.svg".to_owned(), Bytes::from(svg.to_owned())),
    ]);
    let mut found: Vec<&str> = match render::compile("t", files, &kit::fonts()) {
        Ok(template) => template.warnings().iter().map(|finding| finding.code).collect(),
        Err(error) if error.all_findings().is_empty() => vec![error.code()],
        Err(error) => error.all_findings().iter().map(|finding| finding.code).collect(),
    };
    found.sort_unstable();
    found.join(" ")
}

/// Colour of three or six hexadecimal digits.
fn color(text: &str) -> [u8; 3] {
    let digits: Vec<u8> =
        text.trim_start_matches('#').chars().map(|c| c.to_digit(16).expect("a digit") as u8).collect();
    match digits[..] {
        [r, g, b] => [r * 17, g * 17, b * 17],
        [r, s, g, h, b, i] => [r * 16 + s, g * 16 + h, b * 16 + i],
        _ => panic!("{text}"),
    }
}

/// The pixels of artwork without slots.
fn composed(steps: &[Step]) -> Vec<[u8; 4]> {
    let frame = PxRect::new(0, 0, 100, 100);
    let mut pixels = vec![[0; 4]; 100 * 100];
    for step in steps {
        match step {
            Step::Segment(segment) => segment.draw(&mut Target::new(frame, frame, &mut pixels)),
            // Tests of what lies beneath are in `beneath`.
            Step::Group(group) if group.shows_beneath => {}
            other => panic!("no segment: {other:?}"),
        }
    }
    pixels
}

/// Faults of one feature.
fn faults((name, body, probes, told): &Feature) -> Vec<String> {
    let svg = expand(body);
    let mut faults = Vec::new();
    let found = codes(&svg);
    if found != *told {
        faults.push(format!("{name}: told {found:?}, expected {told:?}"));
    }
    if probes.is_empty() {
        return faults;
    }
    let tree = match svg::parse(&svg, &BTreeMap::new(), &kit::fonts()) {
        Ok(tree) => tree,
        Err(error) => return vec![format!("{name}: {}", error.message())],
    };
    let canvas =
        PlannedCanvas { width: 100, height: 100, tallest: None, background: Color { r: 255, g: 255, b: 255, a: 255 } };
    let pixels = match segments::draw(&tree, canvas, 1.0, &BTreeMap::new()) {
        Ok(artwork) => composed(&artwork.steps),
        Err(error) => return vec![format!("{name}: {}", error.message())],
    };
    for probe in *probes {
        let (place, expected) = probe.split_once(' ').expect("a place and a colour");
        let (x, y) = place.split_once(',').expect("x and y");
        let (x, y): (usize, usize) = (x.parse().expect("x"), y.parse().expect("y"));
        let [r, g, b, _] = pixels[y * 100 + x];
        let got = [r, g, b];
        if got.iter().zip(color(expected)).any(|(a, b)| a.abs_diff(b) > TOLERANCE) {
            faults.push(format!("{name}: #{:02x}{:02x}{:02x} at {place}, expected {expected}", got[0], got[1], got[2]));
        }
    }
    faults
}

#[test]
fn every_feature_is_drawn_or_told() {
    let all = [
        boxes::ALL,
        browsers::ALL,
        shapes::ALL,
        paint::ALL,
        primitives::ALL,
        standard::ALL,
        styles::ALL,
        elements::ALL,
        nested::ALL,
        told::ALL,
    ];
    let count: usize = all.iter().map(|list| list.len()).sum();
    let faults: Vec<String> = all.into_iter().flatten().flat_map(faults).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(count > 150, "{count} features");
}
