//! Artwork that takes long to draw is refused, and no other.

use std::collections::BTreeMap;

use base64::Engine;

use super::slow_filters;
use crate::{
    artwork::svg::{self, ArtworkError, Widths},
    error::Error,
};

/// Error message for artwork of 750 x 1334 px; empty if it is accepted.
fn fault(body: &str) -> String {
    fault_in("0 0 750 1334", body)
}

fn fault_in(view_box: &str, body: &str) -> String {
    fault_of("width=\"750\" height=\"1334\"", view_box, body)
}

fn fault_of(size: &str, view_box: &str, body: &str) -> String {
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" {size} viewBox=\"{view_box}\">{body}</svg>");
    let (fonts, canvas) = (crate::testing::fonts(), Widths { canvas: Some(750), output: None });
    let tree = svg::read(&svg, &BTreeMap::new(), &fonts, canvas);
    tree.map_or_else(|error| Error::from(error).message().to_owned(), |_| String::new())
}

fn full_size_rect(attributes: &str) -> String {
    format!("<rect width=\"750\" height=\"1334\" {attributes}/>")
}

#[test]
fn typical_artwork_is_accepted() {
    let blur = "<filter id=\"f\"><feGaussianBlur stdDeviation=\"20\"/></filter>";
    assert_eq!(fault(&format!("{blur}{}", full_size_rect("filter=\"url(#f)\"").repeat(15))), "");
    assert_eq!(fault(&full_size_rect("opacity=\".5\"").repeat(200)), "");
    let leaves = "<path d=\"M3 3c9 9 20 20 40 3z\" stroke=\"#000\" stroke-dasharray=\"4 2\"/>";
    assert_eq!(fault(&leaves.repeat(20_000)), "");
}

#[test]
fn effects_cost_as_much_as_the_canvas_is_large() {
    let blur = "<foreignObject x=\"9\" y=\"9\" width=\"99\" height=\"99\"><div xmlns=\"http://www.w3.org/1999/xhtml\" \
                style=\"backdrop-filter:blur(4px)\"/></foreignObject>"
        .repeat(2);
    let shadows = |count: usize| {
        let open = "<g style=\"filter:drop-shadow(0 0 50px #0003)\">".repeat(count);
        format!("{open}<rect width=\"9\" height=\"9\"/>{}", "</g>".repeat(count))
    };
    for size in ["width=\"750\" height=\"1334\"", "width=\"7.5\" height=\"13.34\""] {
        assert_eq!(fault_of(size, "0 0 750 1334", &blur), "", "{size}");
        assert_eq!(fault_of(size, "0 0 750 1334", &shadows(10)), "", "{size}");
    }
}

#[test]
fn content_of_nested_wide_shadows_counts_as_often_as_it_is_drawn() {
    let outlines = format!("<path d=\"M1 1{}\"/>", "l1 1l-1 0l1-1l-1 0".repeat(2500));
    let shadow = |n: i32, growth: f32| {
        format!(
            "<filter id=\"f{n}\" filterUnits=\"userSpaceOnUse\" x=\"0\" y=\"0\" width=\"9\" height=\"9\" \
             color-interpolation-filters=\"sRGB\"><feDropShadow stdDeviation=\"{}\"/></filter><g filter=\"url(#f{n})\">",
            50.0 * growth.powi(n)
        )
    };
    let shadows = |growth: f32| {
        let open: String = (0..14).map(|n| shadow(n, growth)).collect();
        format!("{open}{outlines}{}", "</g>".repeat(14))
    };
    let growing = fault(&shadows(3.2));
    assert!(growing.starts_with("the artwork takes too long to draw"), "{growing:?}");
    // At the smaller scale, each of equal ones is drawn once.
    assert_eq!(fault(&shadows(1.0)), "");
}

#[test]
fn expensive_artwork_is_rejected() {
    let morphology =
        format!("<filter id=\"f\"><feMorphology radius=\"250\"/></filter>{}", full_size_rect("filter=\"url(#f)\""));
    let blurs = "<feGaussianBlur stdDeviation=\"9\"/>".repeat(200);
    let blurs = format!("<filter id=\"f\">{blurs}</filter>{}", full_size_rect("filter=\"url(#f)\""));
    // Each pattern draws the previous one eight times.
    let mut patterns =
        "<pattern id=\"p0\" width=\"9\" height=\"9\" patternUnits=\"userSpaceOnUse\"><path d=\"M0 0h9v9z\"/></pattern>"
            .to_owned();
    for i in 1..9 {
        let inside = format!("<rect width=\"99\" height=\"99\" fill=\"url(#p{})\"/>", i - 1).repeat(8);
        patterns += &format!(
            "<pattern id=\"p{i}\" width=\"99\" height=\"99\" patternUnits=\"userSpaceOnUse\">{inside}</pattern>"
        );
    }
    patterns += &full_size_rect("fill=\"url(#p8)\"");
    let layers = full_size_rect("opacity=\".5\"").repeat(1500);
    let dashes = "<path d=\"M0 0H100000\" stroke=\"#000\" stroke-dasharray=\".1\"/>".repeat(20);
    let tile = "<pattern id=\"p\" width=\"90000\" height=\"90000\" patternUnits=\"userSpaceOnUse\"><rect width=\"9\" height=\"9\"/></pattern>"
        .to_owned()
        + &full_size_rect("fill=\"url(#p)\"");
    let narrow = tile.replace("\"90000\" height=\"90000\"", "\"3000000000\" height=\"0.0001\"");
    let small = "<pattern id=\"i\" width=\"30\" height=\"30\" patternUnits=\"userSpaceOnUse\"><rect width=\"9\" height=\"9\"/></pattern>";
    let filled = "<rect width=\"9\" height=\"9\" fill=\"url(#i)\"/>";
    let nested = format!(
        "{small}<pattern id=\"p\" width=\"1\" height=\"1\" patternUnits=\"userSpaceOnUse\" patternTransform=\"scale(3000)\">\
         {filled}</pattern>{}",
        full_size_rect("fill=\"url(#p)\"")
    );
    let masked = format!(
        "{small}<mask id=\"m\">{filled}</mask><g transform=\"scale(3000)\"><rect width=\"9\" height=\"9\" mask=\"url(#m)\"/></g>"
    );
    let sizes = ["width=\"750\" height=\"1334\"", "width=\"7.5\" height=\"13.34\""];
    // The canvas counts, not the size that the artwork has by itself: of filters, layers, tiles and masks.
    let at_both = [morphology, layers, tile, masked].map(|body| (body, &sizes[..]));
    let at_one = [blurs, patterns, dashes, narrow, nested].map(|body| (body, &sizes[..1]));
    for (body, sizes) in at_both.into_iter().chain(at_one) {
        for size in sizes {
            let fault = fault_of(size, "0 0 750 1334", &body);
            assert!(fault.starts_with("the artwork takes too long to draw"), "{fault:?} for {}", &body[..60]);
        }
    }
    let crowd = format!("<g id=\"crowd\">{}</g><path d=\"M0 0h9v9z\"/>", full_size_rect("opacity=\".5\"").repeat(1500));
    for view_box in ["0 0 750 1334", "0 0 375 667"] {
        let named = fault_in(view_box, &crowd);
        assert!(named.contains("\"crowd\""), "{view_box}: {named}");
    }
}

#[test]
fn huge_coordinates_are_rejected() {
    assert!(fault("<circle r=\"1e30\"/>").contains("reaches farther"));
    for arc in ["<path d=\"M0 0A1e30 1e30 0 1 1 1e30 9z\"/>", "<defs><path d=\"M1e30 0a9 9 0 1 1-1e30 0\"/></defs>"] {
        assert!(fault(arc).contains("reaches farther"), "{arc}: {}", fault(arc));
    }
    let clip = "<rect width=\"9\" height=\"9\" style=\"clip-path:path('M0 0A1e30 1e30 0 1 1 1e30 9z')\"/>";
    let track = "<text><textPath path=\"M0 0A1e30 1e30 0 1 1 1e30 9z\">a</textPath></text>";
    assert_eq!((fault(clip), fault(track)), (String::new(), String::new()));
    // Each becomes a hundred curves.
    let arcs = "a1e11 1e11 0 1 1 1e11 1e11".repeat(20_000);
    let clip = format!("<rect width=\"9\" height=\"9\" style=\"clip-path:path('M0 0{arcs}z')\"/>");
    assert!(fault(&clip).starts_with("the artwork takes too long to draw"), "{}", fault(&clip));
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbaImage::new(1, 1).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
    let href = base64::engine::general_purpose::STANDARD.encode(png.into_inner());
    let image = format!("<image width=\"1e30\" height=\"1e30\" href=\"data:image/png;base64,{href}\"/>");
    assert!(fault(&image).contains("reaches farther"), "{}", fault(&image));
}

/// Why the filters of artwork of 750 x 1334 px are refused at a scale, with what that is about.
fn slow(body: &str, scale: u32) -> Option<(String, String)> {
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"750\" height=\"1334\">{body}</svg>");
    let widths = Widths { canvas: Some(750), output: Some(750 * scale) };
    match svg::read(&svg, &BTreeMap::new(), &crate::testing::fonts(), widths) {
        Ok(_) => None,
        Err(ArtworkError::SlowFilters(note)) => Some((note.finding.message, svg[note.range].to_owned())),
        Err(ArtworkError::Invalid(error)) => panic!("refused at scale 1: {error}"),
    }
}

#[test]
fn filters_are_limited_at_the_size_at_which_they_are_drawn() {
    let filter =
        |primitives: &str| format!("<filter id=\"f\">{primitives}</filter>{}", full_size_rect("filter=\"url(#f)\""));
    let noise = "<feTurbulence baseFrequency=\".1\"/><feGaussianBlur stdDeviation=\"150\"/>";
    let spread = format!("{noise}<feMorphology operator=\"dilate\" radius=\"40\"/>");
    assert_eq!(slow(&filter(&spread), 1), None);
    let (message, place) = slow(&filter(&spread), 3).expect("slow");
    assert!(message.starts_with("the artwork's filters take "), "{message}");
    assert!(message.contains("at a width of 2250 px, at most 60000 million"), "{message}");
    assert!(place.starts_with("<filter id=\"f\">"), "{place}");
    // The slowest filter is named.
    let both = format!("<filter id=\"g\"><feOffset dx=\"9\"/></filter><g filter=\"url(#g)\">{}</g>", filter(&spread));
    assert!(slow(&both, 3).is_some_and(|(_, place)| place.starts_with("<filter id=\"f\">")));
    // One without an element is named by its function: the blur is slower than each of the others, which exceed the
    // maximum.
    let others: String = (0..600)
        .map(|n| {
            format!(
                "<filter id=\"m{n}\"><feMorphology radius=\"1\"/></filter>\
                 <rect width=\".3\" height=\".3\" filter=\"url(#m{n})\"/>"
            )
        })
        .collect();
    let function = full_size_rect("filter=\"blur(150px) grayscale(1)\"");
    let (_, place) = slow(&format!("<g transform=\"scale(30)\">{others}</g>{function}"), 3).expect("slow");
    assert!(place.contains("blur(150px)") && !place.contains("<rect"), "{place}");
    // A radius is one of the group's units.
    let scaled = "<filter id=\"f\"><feMorphology radius=\"4\"/></filter><g transform=\"scale(30)\"><rect width=\"25\" \
                  height=\"45\" filter=\"url(#f)\"/></g>";
    assert!(slow(scaled, 4).is_some());
    // Ordinary designs at the largest scales.
    let blur = "<feGaussianBlur stdDeviation=\"150\"/>";
    let shadow = "<feFlood flood-opacity=\"0\" result=\"b\"/><feColorMatrix in=\"SourceAlpha\" values=\"0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 127 0\" \
                  result=\"h\"/><feMorphology operator=\"dilate\" radius=\"4\" in=\"SourceAlpha\"/><feOffset dy=\"9\"/><feGaussianBlur \
                  stdDeviation=\"30\"/><feComposite in2=\"h\" operator=\"out\"/><feBlend in2=\"b\" result=\"s\"/><feBlend in=\"SourceGraphic\" \
                  in2=\"s\"/>";
    for primitives in [blur, noise, shadow] {
        assert_eq!((slow(&filter(primitives), 3), slow(&filter(primitives), 4)), (None, None), "{primitives}");
    }
    let blurred = full_size_rect("style=\"filter:blur(150px)\"").repeat(10);
    assert_eq!(slow(&blurred, 3), None);
}

#[test]
fn filters_in_patterns_count_for_each_strip() {
    let noise = "<feTurbulence baseFrequency=\".1\"/><feGaussianBlur stdDeviation=\"9\"/>".repeat(3);
    let filtered = full_size_rect("filter=\"url(#f)\"");
    let body = format!(
        "<filter id=\"f\">{noise}</filter><pattern id=\"p\" width=\"750\" height=\"1334\" patternUnits=\"userSpaceOnUse\">\
         {filtered}</pattern>{}",
        full_size_rect("fill=\"url(#p)\"")
    );
    let tree = crate::testing::artwork([750, 1334], &body).expect("accepted at scale 1");
    let steps = |rows: u32| slow_filters(&tree, 750, 3000, rows);
    assert_eq!(steps(6000), None, "one strip");
    assert!(steps(256).is_some_and(|filters| filters.contains_key("f")), "21 strips, each with the whole tile");
}
