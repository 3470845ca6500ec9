//! Slots inside groups with effects: the poster equals resvg's drawing of the same artwork with the layer's picture in place
//! of the slot.

mod bounds;

use std::collections::BTreeMap;

use base64::Engine;
use bytes::Bytes;
use haibao_core::{
    encode::Format,
    render::{Config, Rendered, Renderer},
};
use resvg::{
    tiny_skia::{Pixmap, PixmapPaint, Transform},
    usvg::Tree,
};
use serde_json::{Value, json};

use crate::kit;

const WIDTH: u32 = 160;
const HEIGHT: u32 = 120;
/// Box of the slot.
const SLOT: [u32; 4] = [30, 20, 80, 60];

const DEFS: &str = r##"<defs>
  <clipPath id="circle"><circle cx="70" cy="50" r="33.3"/></clipPath>
  <clipPath id="rounded"><rect x="20" y="10.5" width="100" height="80" rx="12"/></clipPath>
  <clipPath id="whole"><rect x="40" y="10" width="60" height="90"/></clipPath>
  <clipPath id="edge"><rect x="40.5" y="10" width="60" height="90"/></clipPath>
  <clipPath id="frame"><rect width="160" height="120" fill="white"/></clipPath>
  <clipPath id="box" clipPathUnits="objectBoundingBox"><path d="M0 .5L.5 0 1 .5 .5 1z"/></clipPath>
  <clipPath id="both" clip-path="url(#circle)"><rect x="30" y="20" width="40" height="80"/><circle cx="80" cy="60" r="20"/></clipPath>
  <linearGradient id="fade"><stop stop-color="#fff"/><stop offset="1" stop-color="#fff" stop-opacity=".1"/></linearGradient>
  <mask id="soft"><rect x="20" y="10" width="120" height="90" fill="url(#fade)"/></mask>
  <mask id="alpha" mask-type="alpha"><circle cx="70" cy="50" r="30" fill-opacity=".6"/></mask>
  <mask id="cut" x="0" y="0" width=".5" height="1"><rect width="160" height="120" fill="#ccc"/></mask>
  <filter id="figma" x="10" y="5" width="130" height="110" filterUnits="userSpaceOnUse" color-interpolation-filters="sRGB">
    <feFlood flood-opacity="0" result="BackgroundImageFix"/>
    <feColorMatrix in="SourceAlpha" type="matrix" values="0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 127 0" result="hardAlpha"/>
    <feOffset dx="3" dy="6"/><feGaussianBlur stdDeviation="4"/><feComposite in2="hardAlpha" operator="out"/>
    <feColorMatrix type="matrix" values="0 0 0 0 0.2 0 0 0 0 0 0 0 0 0 0.4 0 0 0 0.5 0"/>
    <feBlend mode="normal" in2="BackgroundImageFix" result="effect1"/>
    <feBlend mode="normal" in="SourceGraphic" in2="effect1" result="shape"/>
  </filter>
  <filter id="gray"><feColorMatrix type="saturate" values="0"/></filter>
  <filter id="blur" color-interpolation-filters="sRGB"><feGaussianBlur stdDeviation="3"/></filter>
  <filter id="linear"><feGaussianBlur stdDeviation="3"/></filter>
  <filter id="shadow" x="-1" y="-1" width="3" height="3" color-interpolation-filters="sRGB"><feDropShadow dx="4" dy="5" stdDeviation="3" flood-opacity=".6"/></filter>
</defs>"##;

/// A picture of the slot's size, partly translucent.
fn picture() -> Vec<u8> {
    let image = image::RgbaImage::from_fn(SLOT[2], SLOT[3], |x, y| {
        let alpha = if (x / 10 + y / 10) % 5 == 0 { 140 } else { 255 };
        image::Rgba([(x * 3) as u8, (255 - y * 4) as u8, ((x ^ y) * 5) as u8, alpha])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    image.write_to(&mut png, image::ImageFormat::Png).expect("a picture");
    png.into_inner()
}

/// Artwork with `slot` in place of each `<slot`.
fn artwork(body: &str, slot: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\">{DEFS}{}</svg>",
        body.replace("<slot", slot)
    )
}

fn files(body: &str, layer: &Value) -> BTreeMap<String, Bytes> {
    let [x, y, width, height] = SLOT;
    let slot = format!("<rect id=\"slot\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"");
    let layout = json!({ "title": "group", "canvas": { "width": WIDTH, "height": HEIGHT }, "artwork": "artwork.svg",
        "params": { "type": "object", "properties": { "title": { "type": "string" } } }, "layers": [layer] });
    let text = [("layout.json", layout.to_string()), ("artwork.svg", artwork(body, &slot))];
    let files = text.map(|(name, text)| (name.to_owned(), Bytes::from(text)));
    files.into_iter().chain([("picture.png".to_owned(), picture().into())]).collect()
}

fn photo() -> Value {
    json!({ "type": "image", "at": "#slot", "src": "picture.png", "object_fit": "fill" })
}

fn render_with(renderer: &Renderer, body: &str, layer: &Value, scale: f32) -> Rendered {
    let template = kit::compile("group", files(body, layer));
    let plan = kit::plan(&template, json!({}), scale);
    renderer.render(&plan, &kit::gather(&plan), Format::Png).expect("drawn")
}

fn render(body: &str, layer: &Value, scale: f32) -> Rendered {
    render_with(&Renderer::new(kit::fonts(), Config::default()), body, layer, scale)
}

fn pixels(rendered: &Rendered) -> Vec<u8> {
    image::load_from_memory(&rendered.bytes).expect("decodes").into_rgba8().into_raw()
}

/// resvg's drawing of artwork, isolated from a white background as a browser does.
fn drawn_by_resvg(svg: &str, scale: f32) -> Vec<u8> {
    let tree = Tree::from_str(svg, &resvg::usvg::Options::default()).expect("SVG");
    let size = |side: u32| (side as f32 * scale).round() as u32;
    let mut root = Pixmap::new(size(WIDTH), size(HEIGHT)).expect("size");
    let mut canvas = root.clone();
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut root.as_mut());
    canvas.fill(resvg::tiny_skia::Color::WHITE);
    canvas.draw_pixmap(0, 0, root.as_ref(), &PixmapPaint::default(), Transform::identity(), None);
    canvas.take()
}

/// Maximum and mean difference per channel between the poster and resvg's drawing.
fn difference(body: &str, is_picture: bool, scale: f32) -> (u8, f64) {
    let [x, y, width, height] = SLOT;
    let place = format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"");
    let (layer, slot) = if is_picture {
        let data = base64::engine::general_purpose::STANDARD.encode(picture());
        let image = format!("<image {place} image-rendering=\"optimizeSpeed\" href=\"data:image/png;base64,{data}\"");
        (photo(), image)
    } else {
        (json!({ "type": "shape", "at": "#slot", "background": "#e32d" }), format!("<rect {place} fill=\"#e32d\""))
    };
    let (own, theirs) = (pixels(&render(body, &layer, scale)), drawn_by_resvg(&artwork(body, &slot), scale));
    if let Some(folder) = std::env::var_os("HAIBAO_GROUPS_OUT") {
        let save = |name: &str, pixels: &[u8]| {
            let size = |side: u32| (side as f32 * scale).round() as u32;
            let path = std::path::Path::new(&folder).join(name);
            image::save_buffer(path, pixels, size(WIDTH), size(HEIGHT), image::ColorType::Rgba8).expect("saved");
        };
        save("own.png", &own);
        save("resvg.png", &theirs);
    }
    let differences = || own.iter().zip(&theirs).map(|(a, b)| a.abs_diff(*b));
    let sum: f64 = differences().map(f64::from).sum();
    (differences().max().unwrap_or(0), sum / own.len() as f64)
}

/// The bodies of each of some attributes, with one of two values by turns: each of the attributes has both.
fn cases<T: Copy>(all: &[&'static str], values: [T; 2]) -> Vec<(&'static str, String, T)> {
    let bodies = all.iter().flat_map(|attributes| bodies(attributes).map(|body| (*attributes, body)));
    bodies.zip(values.into_iter().cycle()).map(|((attributes, body), value)| (attributes, body, value)).collect()
}

/// Bodies in which a group, then the shape itself, has these attributes.
fn bodies(attributes: &str) -> [String; 3] {
    let below =
        "<rect width=\"160\" height=\"120\" fill=\"#dfe8c0\"/><circle cx=\"30\" cy=\"80\" r=\"30\" fill=\"#48a\"/>";
    let inside = "<rect x=\"90\" y=\"5\" width=\"50\" height=\"70.5\" fill=\"#fa0\"/>";
    let over = "<path d=\"M20 90L140 20\" stroke=\"#063\" stroke-width=\"7\"/>";
    [
        format!("{below}<g {attributes}>{inside}<slot/>{over}</g>{over}"),
        format!("{below}<g {attributes}><slot/></g>"),
        format!("{below}<slot {attributes}/>{over}"),
    ]
}

#[test]
fn effects_apply_to_layers_as_to_shapes() {
    let all = [
        "opacity=\".4\"",
        "clip-path=\"url(#circle)\"",
        "clip-path=\"url(#rounded)\"",
        "clip-path=\"url(#whole)\"",
        "clip-path=\"url(#edge)\"",
        "clip-path=\"url(#frame)\"",
        "clip-path=\"url(#box)\"",
        "clip-path=\"url(#both)\"",
        "mask=\"url(#soft)\"",
        "mask=\"url(#alpha)\"",
        "mask=\"url(#cut)\"",
        "style=\"mix-blend-mode:multiply\"",
        "style=\"mix-blend-mode:color-burn;opacity:.7\"",
        "style=\"mix-blend-mode:passthrough\"",
        "style=\"mix-blend-mode:normal\"",
        "style=\"mix-blend-mode:nonsense;isolation:isolate\"",
        "opacity=\".8\" clip-path=\"url(#circle)\" mask=\"url(#soft)\" style=\"mix-blend-mode:screen\"",
        "filter=\"url(#figma)\"",
        "filter=\"url(#gray)\" opacity=\".5\"",
    ];
    for (attributes, body, is_picture) in cases(&all, [false, true]) {
        let (max, mean) = difference(&body, is_picture, 1.0);
        assert!(max <= 4, "{attributes}, {body}: differs by {mean}, at most {max}");
    }
}

#[test]
fn effects_apply_by_class_and_in_styles_as_by_attribute() {
    for (name, value) in
        [("opacity", ".4"), ("clip-path", "url(#circle)"), ("mask", "url(#soft)"), ("filter", "url(#figma)")]
    {
        let drawn = |attributes: &str, sheet: &str| {
            bodies(attributes).map(|body| render(&format!("{sheet}{body}"), &photo(), 1.0).bytes)
        };
        let expected = drawn(&format!("{name}=\"{value}\""), "");
        let sheet = format!("<style>.e{{{name}:{value}}}</style>");
        assert!(drawn("class=\"e\"", &sheet) == expected, "{name} by class");
        assert!(drawn(&format!("style=\"{name}:{value}\""), "") == expected, "{name} in a style");
    }
}

#[test]
fn edges_of_layers_and_clips_fall_on_the_same_pixels_at_any_scale() {
    let all = ["opacity=\".5\"", "clip-path=\"url(#rounded)\"", "clip-path=\"url(#whole)\"", "mask=\"url(#soft)\""];
    for (attributes, body, scale) in cases(&all, [1.5, 2.0]) {
        let (max, mean) = difference(&body, false, scale);
        // tiny-skia covers a few edges of paths otherwise in a layer of another size.
        assert!(max <= 16 && mean < 0.1, "{attributes} at scale {scale}, {body}: differs by {mean}, at most {max}");
    }
}

#[test]
fn blurs_and_shadows_apply_to_layers() {
    // resvg approximates a Gaussian by other boxes.
    let all = [
        "filter=\"url(#blur)\"",
        "filter=\"url(#linear)\"",
        "filter=\"url(#shadow)\"",
        "filter=\"url(#shadow)\" opacity=\".6\"",
        "filter=\"url(#blur)\" clip-path=\"url(#circle)\" style=\"mix-blend-mode:multiply\"",
    ];
    for (attributes, body, scale) in cases(&all, [1.0, 2.0]) {
        let (max, mean) = difference(&body, false, scale);
        assert!(max <= 14 && mean < 0.7, "{attributes} at scale {scale}, {body}: differs by {mean}, at most {max}");
    }
}

#[test]
fn rotated_groups_with_a_filter_have_upright_layers() {
    let body = "<g transform=\"rotate(20 70 50)\" filter=\"url(#gray)\"><rect width=\"20\" height=\"20\" fill=\"#f00\"/><slot/></g>";
    let rendered = render(body, &json!({ "type": "shape", "at": "#slot", "background": "#ff0000" }), 1.0);
    let own = image::load_from_memory(&rendered.bytes).expect("decodes").into_rgb8();
    let [r, g, b] = own.get_pixel(70, 50).0;
    assert!(r == g && g == b && r < 200, "the layer is grey: {r} {g} {b}");
}

#[test]
fn huge_filters_are_bounded() {
    let filter = "<filter id=\"huge\" x=\"-1000\" y=\"-1000\" width=\"2001\" height=\"2001\"><feGaussianBlur stdDeviation=\"40000\"/>\
                  <feOffset dx=\"90000\"/></filter>";
    let rendered = render(&format!("{filter}<g filter=\"url(#huge)\"><slot/></g>"), &photo(), 1.0);
    assert!(rendered.groups[0].pixels <= u64::from(WIDTH * HEIGHT * 9), "{:?}", rendered.groups);
}

#[test]
fn what_blends_above_a_slot_blends_with_its_layer() {
    for over in [
        "<circle cx=\"70\" cy=\"50\" r=\"30\" fill=\"#c60\" style=\"mix-blend-mode:multiply\"/>",
        "<g transform=\"translate(3 2)\"><circle cx=\"70\" cy=\"50\" r=\"30\" fill=\"#c60\" style=\"mix-blend-mode:difference\"/>\
         <rect x=\"50\" width=\"9\" height=\"99\"/></g>",
        "<g opacity=\".5\"><circle cx=\"70\" cy=\"50\" r=\"30\" fill=\"#c60\" style=\"mix-blend-mode:screen\"/></g>",
        "<circle cx=\"150\" cy=\"110\" r=\"9\" fill=\"#c60\" style=\"mix-blend-mode:screen\"/>",
    ] {
        for below in ["", "<rect width=\"160\" height=\"60\" fill=\"#8ad\"/>"] {
            let body = format!("{below}<slot/>{over}");
            let (max, mean) = difference(&body, true, 1.0);
            // A shape that touches no layer is drawn with those below: its edges may be rounded otherwise.
            assert!(max <= 3 || (mean < 0.01 && max <= 16), "{body}: differs by {mean}, at most {max}");
        }
    }
}

#[test]
fn a_frame_costs_nothing() {
    let content = "<rect width=\"160\" height=\"120\" fill=\"#f3efe6\"/><slot/><circle cx=\"150\" cy=\"60\" r=\"40\" fill=\"#a22\"/>";
    let frames = [
        format!("<g clip-path=\"url(#frame)\">{content}</g>"),
        format!("<g clip-path=\"url(#frame)\"><g clip-path=\"url(#frame)\">{content}</g></g>"),
        format!("<g style=\"isolation:isolate;mix-blend-mode:passthrough\">{content}</g>"),
    ];
    let plain = render(content, &photo(), 2.0);
    for body in frames {
        let framed = render(&body, &photo(), 2.0);
        assert_eq!(framed.groups, [], "{body}");
        assert!(framed.bytes == plain.bytes, "{body}");
    }
    // At whole px, a frame within the canvas needs no group either.
    let inner = render("<g clip-path=\"url(#whole)\"><slot/></g>", &photo(), 2.0);
    assert_eq!(inner.groups, []);
    assert_eq!(inner.layers[0].ink.x0, 80, "the ink ends at the clip");
    assert_eq!(render("<g clip-path=\"url(#edge)\"><slot/></g>", &photo(), 1.0).groups.len(), 1);
}

#[test]
fn groups_are_reported_with_their_cost() {
    let body = "<g id=\"card\" clip-path=\"url(#circle)\" opacity=\".5\"><rect width=\"9\" height=\"9\"/><g filter=\"url(#shadow)\"><slot/></g></g>";
    let rendered = render(body, &photo(), 1.0);
    let [card, shadow] = &rendered.groups[..] else { panic!("{:?}", rendered.groups) };
    assert_eq!(
        (card.element.as_str(), &card.effects[..], card.layers.clone()),
        ("card", &["clip-path", "opacity"][..], 0..1)
    );
    assert_eq!((shadow.element.as_str(), &shadow.effects[..], shadow.layers.clone()), ("", &["filter"][..], 0..1));
    assert!((4000..5000).contains(&card.pixels), "{card:?}");
    assert!(shadow.pixels > u64::from(SLOT[2] * SLOT[3]), "{shadow:?}");
}

#[test]
fn what_layers_draw_outside_of_their_slot_is_clipped() {
    let layer =
        json!({ "type": "shape", "at": "#slot", "background": "#000", "box_shadow": { "blur": 30, "color": "#000" } });
    for (clip, left) in [("whole", 40), ("rounded", 20)] {
        let rendered = render(&format!("<g clip-path=\"url(#{clip})\"><slot/></g>"), &layer, 1.0);
        let own = image::load_from_memory(&rendered.bytes).expect("decodes").into_rgb8();
        assert_eq!(own.get_pixel(left - 1, 50).0, [255; 3], "{clip}");
        assert_ne!(own.get_pixel(left + 1, 50).0, [255; 3], "{clip}");
    }
}

#[test]
fn cached_bands_and_other_bands_give_the_same_group() {
    let renderer = Renderer::new(kit::fonts(), Config::default());
    let other = Renderer::new(kit::fonts(), Config { band_rows: 7, ..Config::default() });
    let [body, ..] = bodies("filter=\"url(#figma)\" opacity=\".7\" clip-path=\"url(#rounded)\"");
    let first = render_with(&renderer, &body, &photo(), 2.0);
    let again = render_with(&renderer, &body, &photo(), 2.0);
    assert_eq!((again.bands_drawn, again.bytes == first.bytes), (0, true));
    assert_eq!(pixels(&render_with(&other, &body, &photo(), 2.0)), pixels(&first));
    // Another text changes only the bands that it touches; in a group with a filter, all of the group's.
    let layer = json!({ "type": "text", "at": "#slot", "text": "{{title}}", "font_size": 30 });
    for (attributes, drawn) in [("opacity=\".7\"", 2), ("filter=\"url(#shadow)\"", 8)] {
        let body = format!("<g {attributes}><rect width=\"160\" height=\"120\" fill=\"#fd8\"/><slot/></g>");
        let template = kit::compile("group", files(&body, &layer));
        let draw = |renderer: &Renderer, title: &str| {
            let plan = kit::plan(&template, json!({ "title": title }), 2.0);
            renderer.render(&plan, &kit::gather(&plan), Format::Png).expect("drawn")
        };
        draw(&renderer, "one");
        let changed = draw(&renderer, "two");
        assert_eq!(changed.bands_drawn, drawn, "{attributes}");
        let fresh = Renderer::new(kit::fonts(), Config::default());
        assert!(changed.bytes == draw(&fresh, "two").bytes, "{attributes}");
    }
}

#[test]
fn a_code_in_a_translucent_group_is_judged_as_it_looks() {
    let layer = json!({ "type": "barcode", "at": "#slot", "format": "code128", "value": "1" });
    let codes = |body: &str| {
        let rendered = render(body, &layer, 3.0);
        rendered.findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    let below = "<rect width=\"160\" height=\"120\" fill=\"#fff\"/>";
    assert_eq!(codes(&format!("{below}<g opacity=\".99\"><slot/></g>")), [""; 0]);
    for attributes in ["opacity=\".1\"", "clip-path=\"url(#circle)\"", "filter=\"url(#blur)\""] {
        let found = codes(&format!("{below}<g {attributes}><slot/></g>"));
        assert!(found.iter().any(|code| code.starts_with("code_")), "{attributes}: {found:?}");
    }
}
