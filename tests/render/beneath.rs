//! What depends on the pixels beneath it: blend modes that mix channels, and background blurs. The colours are Chromium's.

use std::collections::BTreeMap;

use bytes::Bytes;
use haibao_core::{
    encode::Format,
    render::{self, Config, Renderer},
};
use serde_json::json;

use crate::kit;

/// Files of a template of 100 x 100 px. A shape of this colour fills the element `slot`, if there is one.
fn files(body: &str, slot: &str) -> BTreeMap<String, Bytes> {
    let layers = if body.contains("id='slot'") {
        json!([{ "type": "shape", "at": "#slot", "background": slot }])
    } else {
        json!([])
    };
    let layout = json!({ "title": "t", "canvas": { "width": 100, "height": 100 }, "artwork": "artwork.svg",
        "params": { "type": "object" }, "layers": layers });
    let svg = format!("<svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'>{body}</svg>");
    [("layout.json", layout.to_string()), ("artwork.svg", svg)]
        .map(|(name, text)| (name.to_owned(), Bytes::from(text)))
        .into()
}

/// Colours of some px of a poster.
fn colors(body: &str, slot: &str, places: &[(u32, u32)]) -> Vec<[u8; 3]> {
    let template = kit::compile("t", files(body, slot));
    let plan = kit::plan(&template, json!({}), 1.0);
    let rendered =
        Renderer::new(kit::fonts(), Config::default()).render(&plan, &kit::gather(&plan), Format::Png).expect("drawn");
    let picture = image::load_from_memory(&rendered.bytes).expect("decodes").into_rgb8();
    places.iter().map(|(x, y)| picture.get_pixel(*x, *y).0).collect()
}

fn assert_near(got: &[[u8; 3]], expected: &[[u8; 3]], tolerance: u8, what: &str) {
    let differ = got.iter().flatten().zip(expected.iter().flatten()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(got.len() == expected.len() && differ <= Some(tolerance), "{what}: {got:?}, expected {expected:?}");
}

const BLUE: &str = "<rect width='100' height='100' fill='#22e'/>";

#[test]
fn modes_that_mix_channels_keep_luminosity() {
    let blended = |mode: &str| format!("<rect width='100' height='100' fill='#f80' style='mix-blend-mode:{mode}'/>");
    for (mode, color) in [
        ("color", [0x5c, 0x31, 0]),
        ("luminosity", [0x91, 0x91, 0xff]),
        ("hue", [0x5c, 0x31, 0]),
        ("saturation", [0x20, 0x20, 0xff]),
    ] {
        let over = blended(mode);
        let clip = "<clipPath id='c'><circle cx='50' cy='50' r='49'/></clipPath>";
        for body in [
            format!("{BLUE}{over}"),
            format!("{clip}<g clip-path='url(#c)'>{BLUE}{over}</g>"),
            format!("{BLUE}<g><g id='named'>{over}</g></g>"),
            format!(
                "{clip}{BLUE}<g clip-path='url(#c)' style='mix-blend-mode:{mode}'><rect width='100' height='100' fill='#f80'/></g>"
            ),
            format!("<rect id='slot' width='100' height='100'/>{over}"),
            format!("{clip}<g clip-path='url(#c)'><rect id='slot' width='100' height='100'/>{over}</g>"),
        ] {
            assert_near(&colors(&body, "#2222ee", &[(50, 50)]), &[color], 1, &body);
        }
        let slot = format!("{BLUE}<g style='mix-blend-mode:{mode}'><rect id='slot' width='100' height='100'/></g>");
        assert_near(&colors(&slot, "#ff8800", &[(50, 50)]), &[color], 1, &slot);
    }
}

#[test]
fn a_blend_within_opacity_is_blended_first() {
    let body =
        format!("<g opacity='.5'>{BLUE}<rect width='100' height='100' fill='#f80' style='mix-blend-mode:color'/></g>");
    assert_near(&colors(&body, "", &[(50, 50)]), &[[172, 151, 126]], 2, &body);
}

/// A background blur of 8 px as Figma exports it: over the middle of the canvas, or over its left half.
fn glass(clip: &str) -> String {
    format!(
        "<foreignObject x='10' y='10' width='80' height='80'><div xmlns='http://www.w3.org/1999/xhtml' \
         style='backdrop-filter:blur(8px);clip-path:url(#g);height:100%;width:100%'></div></foreignObject>\
         <rect data-figma-bg-blur-radius='16' x='10' y='10' width='80' height='80' fill='#fff' fill-opacity='.01'/>\
         <clipPath id='g' transform='translate(-10 -10)'>{clip}</clipPath>"
    )
}

const PLACES: [(u32, u32); 5] = [(5, 50), (30, 50), (50, 50), (58, 50), (95, 50)];

#[test]
fn a_background_blur_shows_what_lies_beneath() {
    let halves = "<rect width='50' height='100' fill='red'/><rect x='50' width='50' height='100' fill='blue'/>";
    let slot = "<rect width='50' height='100' fill='red'/><rect id='slot' x='50' width='50' height='100'/>";
    let whole = glass("<rect x='10' y='10' width='80' height='80' rx='9'/>");
    let expected = [[255, 0, 0], [255, 3, 3], [122, 3, 135], [36, 3, 221], [0, 0, 255]];
    let frame = "<clipPath id='f'><rect width='100' height='100'/></clipPath>";
    for body in [
        format!("{halves}{whole}"),
        format!("{slot}{whole}"),
        format!("{frame}<g clip-path='url(#f)'>{slot}{whole}</g>"),
        format!("{slot}<g transform='translate(10 10)'><g transform='translate(-10 -10)'>{whole}</g></g>"),
    ] {
        assert_near(&colors(&body, "#0000ff", &PLACES), &expected, 6, &body);
    }
    // The clip ends the blur.
    let left = glass("<rect x='10' y='10' width='44' height='80'/>");
    let got = colors(&format!("{slot}{left}"), "#0000ff", &PLACES);
    assert_near(&got[2..4], &[[122, 3, 135], [3, 3, 255]], 6, "the left half");
    // What lies above is not blurred.
    let over = format!("{slot}{whole}<rect x='56' y='40' width='6' height='20' fill='lime'/>");
    assert_near(&colors(&over, "#0000ff", &PLACES)[2..4], &[[122, 3, 135], [0, 255, 0]], 6, "a shape above");
}

#[test]
fn a_background_blur_goes_on_at_the_edges_of_the_canvas() {
    let body = format!(
        "<rect width='100' height='100' fill='red'/><g transform='translate(-20 -20)'>{}</g>",
        glass("<rect x='10' y='10' width='80' height='80'/>")
    );
    assert_near(&colors(&body, "", &[(0, 0), (1, 30)]), &[[255, 3, 3]; 2], 3, "the corner");
}

#[test]
fn a_huge_background_blur_has_one_colour() {
    let body = "<rect width='50' height='100' fill='red'/><rect x='50' width='50' height='100' fill='blue'/>\
         <foreignObject width='100' height='50'><div xmlns='http://www.w3.org/1999/xhtml' \
         style='backdrop-filter:blur(1e9px)'/></foreignObject>";
    let colors = colors(body, "", &[(25, 25), (75, 25), (25, 75)]);
    assert_near(&colors, &[[128, 0, 128], [128, 0, 128], [255, 0, 0]], 1, body);
}

#[test]
fn hidden_slots_are_refused() {
    let slot = "<rect id='slot' width='50' height='50'/>";
    for body in [
        slot.replace("id=", "visibility='hidden' id="),
        format!("<style>.h{{visibility:collapse}}</style><g class='h'>{slot}</g>"),
        slot.replace("id=", "opacity='0' id="),
        format!("<g style='opacity:0%'><g>{slot}</g></g>"),
        format!("<clipPath id='e'/><g clip-path='url(#e)'>{slot}</g>"),
        format!("<clipPath id='e'><g><rect width='9' height='9'/></g></clipPath><g clip-path='url(#e)'>{slot}</g>"),
        format!("<mask id='e'/><g mask='url(#e)'><g>{slot}</g></g>"),
        format!("<filter id='e'/>{}", slot.replace("id=", "style='filter:url(#e)' id=")),
    ] {
        let error = render::compile("t", files(&body, "#fff"), &kit::fonts()).expect_err("hidden");
        let found: Vec<_> = error.all_findings().iter().map(|finding| finding.code).collect();
        assert_eq!(found, ["slot_hidden"], "{body}");
        assert!(error.all_findings()[0].message.contains("(artwork.svg:1)"), "{}", error.message());
    }
    let shown = format!("<g visibility='hidden'>{}</g>", slot.replace("id=", "visibility='visible' id="));
    assert_near(&colors(&shown, "#ff0000", &[(25, 25)]), &[[255, 0, 0]], 0, "a visible slot");
}
