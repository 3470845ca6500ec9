//! Filters: `feMorphology` in two passes, blurs at the edges of regions, and artwork whose filters take too long at a scale.

use std::collections::BTreeMap;

use bytes::Bytes;
use haibao_core::{encode::Format, error::Error, render::Rendered};
use resvg::{
    tiny_skia::{Color, Pixmap, Transform},
    usvg::{Options, Tree},
};
use serde_json::json;

use crate::kit;

/// Draws artwork of this size without slots.
fn draw(svg: &str, (width, height): (u32, u32), scale: f32) -> Result<Rendered, Error> {
    let layout = json!({ "title": "t", "canvas": { "width": width, "height": height },
        "artwork": "artwork.svg", "layers": [] });
    let files = [("layout.json", layout.to_string()), ("artwork.svg", svg.to_owned())];
    let files: BTreeMap<_, _> = files.map(|(name, text)| (name.to_owned(), Bytes::from(text))).into();
    let plan = kit::plan(&kit::compile("filters", files), json!({}), scale);
    kit::renderer().render(&plan, &kit::gather(&plan), Format::Png)
}

#[test]
fn morphology_in_two_passes_is_that_of_one() {
    let shapes = "<path d='M20 20h9l4 7 30-12v30l-20 3z' fill='#c03a' stroke='#08f'/><circle cx='70' cy='60' r='14' fill='#0a0'/>";
    for (attributes, filter, transform) in [
        ("radius='4'", "", ""),
        ("operator='dilate' radius='5 2.4'", "", ""),
        ("operator='dilate' radius='3' x='30' y='20' width='30' height='40'", "", ""),
        ("radius='2' color-interpolation-filters='sRGB'", "x='0' y='0' width='1' height='1'", ""),
        ("operator='dilate' radius='.03 .06' in='SourceAlpha'", "primitiveUnits='objectBoundingBox'", ""),
        ("operator='dilate' radius='3'", "", "transform='rotate(20 50 50)'"),
    ] {
        let svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='100' height='80'><filter id='f' {filter}><feOffset dx='1'/>\
             <feMorphology {attributes}/></filter><g filter='url(#f)' {transform}>{shapes}</g></svg>"
        );
        for scale in [1.0, 3.0] {
            let png = draw(&svg, (100, 80), scale).unwrap_or_else(|error| panic!("{attributes}: {error}")).bytes;
            let own = image::load_from_memory(&png).expect("decodes").into_rgba8();
            let tree = Tree::from_str(&svg, &Options::default()).expect("SVG");
            let mut theirs = Pixmap::new(own.width(), own.height()).expect("a size");
            theirs.fill(Color::WHITE);
            resvg::render(&tree, Transform::from_scale(scale, scale), &mut theirs.as_mut());
            let pairs = own.pixels().zip(theirs.data().as_chunks::<4>().0);
            let is_other = |own: &[u8; 4], theirs: &[u8; 4]| own.iter().zip(theirs).any(|(a, b)| a.abs_diff(*b) > 2);
            let differ = pairs.filter(|(own, theirs)| is_other(&own.0, theirs)).count();
            let all = own.pixels().len();
            // Regions end at whole px, which resvg rounds otherwise.
            assert!(differ * 100 < all, "{attributes} at {scale}: {differ} of {all} px");
        }
    }
}

/// Chromium's noise is that of resvg half a unit and half a px further.
#[test]
fn noise_lies_as_in_chromium() {
    let filter = "<filter id='f' x='-20' y='-20' width='120' height='90' filterUnits='userSpaceOnUse'>\
                  <feTurbulence baseFrequency='.1 .2' numOctaves='2'/></filter>";
    for (body, unit) in [
        ("<rect width='60' height='40' filter='url(#f)'/>", 1.0),
        ("<g opacity='.5' transform='translate(7 3)' filter='url(#f)'><rect width='50' height='30'/></g>", 1.0),
        ("<g transform='scale(3)'><rect id='r' width='9' height='9' filter='url(#f)'/></g>", 3.0),
    ] {
        let svg = format!("<svg xmlns='http://www.w3.org/2000/svg' width='60' height='40'>{filter}{body}</svg>");
        for scale in [1.0, 3.0] {
            let png = draw(&svg, (60, 40), scale).unwrap_or_else(|error| panic!("{body}: {error}")).bytes;
            let own = image::load_from_memory(&png).expect("decodes").into_rgba8();
            let tree = Tree::from_str(&svg, &Options::default()).expect("SVG");
            let mut theirs = Pixmap::new(own.width(), own.height()).expect("a size");
            theirs.fill(Color::WHITE);
            let by = -0.5 - 0.5 * unit * scale;
            let moved = Transform::from_scale(scale, scale).post_translate(by, by);
            resvg::render(&tree, moved, &mut theirs.as_mut());
            let pairs = own.pixels().zip(theirs.data().as_chunks::<4>().0);
            let most = pairs.flat_map(|(own, theirs)| own.0.into_iter().zip(*theirs)).map(|(a, b)| a.abs_diff(b)).max();
            assert!(most <= Some(2), "{body} at {scale}: {most:?}");
        }
    }
}

#[test]
fn filters_that_take_too_long_at_a_scale_are_refused_with_their_place() {
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='750' height='1334'>\n\
               <filter id='f'><feTurbulence baseFrequency='.1'/><feGaussianBlur stdDeviation='150'/><feMorphology radius='40'/></filter>\n\
               <rect width='750' height='1334' filter='url(#f)'/></svg>";
    let error = draw(svg, (750, 1334), 3.0).map(|_| ()).expect_err("too slow");
    assert_eq!(error.code(), "artwork_invalid");
    let [finding] = error.all_findings() else { panic!("{error:?}") };
    assert!(finding.message.contains("million steps at a width of 2250 px"), "{}", finding.message);
    assert!(finding.hint.as_deref().is_some_and(|hint| hint.contains("a smaller radius")), "{:?}", finding.hint);
    let place = finding.place.as_ref().expect("a place");
    assert_eq!((place.file.as_str(), place.line, place.column), ("artwork.svg", 2, 1));
}

#[test]
fn blurs_at_the_edges_of_a_region_lose_nothing() {
    let inside = "<feComposite in2='SourceAlpha' operator='arithmetic' k2='-1' k3='1'/>";
    // Half a px within the edge of a half plane, a blur by 10 px has a coverage of 0.52, one by 1 px of 0.7.
    let sides = |value| [(10, 50, value), (89, 50, value), (50, 10, value), (50, 89, value)].to_vec();
    for (name, primitives, expected) in [
        ("one blur", "<feGaussianBlur stdDeviation='10'/>".to_owned(), sides(122)),
        ("a narrow blur", "<feGaussianBlur stdDeviation='1'/>".to_owned(), sides(76)),
        ("a glow", format!("<feGaussianBlur in='SourceAlpha' stdDeviation='10'/>{inside}"), sides(133)),
        // The region cuts what the offset moves out of it.
        (
            "a shadow inside",
            format!("<feOffset in='SourceAlpha' dx='4'/><feGaussianBlur stdDeviation='10'/>{inside}"),
            vec![(10, 50, 93), (89, 50, 133)],
        ),
    ] {
        let svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'>\
             <filter id='f' x='0' y='0' width='1' height='1' color-interpolation-filters='sRGB'>{primitives}</filter>\
             <rect x='10' y='10' width='80' height='80' filter='url(#f)'/></svg>"
        );
        let png = draw(&svg, (100, 100), 1.0).unwrap_or_else(|error| panic!("{name}: {error}")).bytes;
        let drawn = image::load_from_memory(&png).expect("decodes").into_luma8();
        for (x, y, value) in expected {
            let [found] = drawn.get_pixel(x, y).0;
            assert!(found.abs_diff(value) <= 6, "{name} at {x},{y}: {found}, expected about {value}");
        }
        let [outside] = drawn.get_pixel(8, 50).0;
        assert_eq!(outside, 255, "{name} is drawn outside of its region");
    }
    // Of two colours in linear light.
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'>\
        <filter id='f' x='0' y='0' width='1' height='1'><feGaussianBlur stdDeviation='10'/></filter><g filter='url(#f)'>\
        <rect x='10' y='10' width='60' height='80'/><rect x='70' y='10' width='20' height='80' fill='#008'/></g></svg>";
    let png = draw(svg, (100, 100), 1.0).unwrap_or_else(|error| panic!("two colours: {error}")).bytes;
    let drawn = image::load_from_memory(&png).expect("decodes").into_luma8();
    let [left, top, outside] = [(10, 50), (30, 10), (8, 50)].map(|(x, y)| drawn.get_pixel(x, y).0[0]);
    assert!(left.abs_diff(122) <= 6 && top.abs_diff(122) <= 6, "two colours: {left} and {top}, expected about 122");
    assert_eq!(outside, 255, "two colours are drawn outside of the region");
}
