//! The baseline: the entire poster as one SVG, drawn by usvg and resvg and encoded by the png crate with default settings.

use std::{collections::BTreeMap, fmt::Write};

use base64::{Engine, prelude::BASE64_STANDARD};
use haibao_core::{
    artwork::svg,
    layer::{Planned, Role},
    paint::geometry::canvas_size,
    plan::{At, Plan, ResolvedAssets},
    style::{ObjectFit, Radius, TextAlign, TextDecoration},
    text::{Fill, Shaper, fit},
};
use resvg::tiny_skia::{Pixmap, Transform};

use crate::kit;

/// The layer as SVG.
fn element(index: usize, layer: &Planned, rect: [f32; 4], asset: Option<&[u8]>, shaper: &mut Shaper) -> String {
    let [x, y, width, height] = rect;
    let mut out = String::new();
    let radius = |radius: Radius| match radius {
        // Not used by the measured template.
        Radius::Corners(_) => 0.0,
        Radius::Px(px) => px,
        Radius::Half => width / 2.0,
    };
    let picture = |out: &mut String, bytes: &[u8], corner: f32, fit: ObjectFit| {
        let kind = if bytes.starts_with(b"\x89PNG") { "png" } else { "jpeg" };
        let aspect = match fit {
            ObjectFit::Cover => "xMidYMid slice",
            ObjectFit::Contain | ObjectFit::BlurFill => "xMidYMid meet",
            ObjectFit::Fill => "none",
        };
        let data = BASE64_STANDARD.encode(bytes);
        let _ = write!(
            out,
            r##"<clipPath id="clip{index}"><rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{corner}"/></clipPath>
            <image x="{x}" y="{y}" width="{width}" height="{height}" preserveAspectRatio="{aspect}" clip-path="url(#clip{index})" href="data:image/{kind};base64,{data}"/>"##
        );
    };
    match layer {
        Planned::Image(image) => {
            if let Some(bytes) = asset {
                picture(&mut out, bytes, radius(image.border_radius), image.object_fit);
            }
            if let Some(border) = image.border {
                let half = border.width / 2.0;
                let _ = write!(
                    out,
                    r##"<rect x="{}" y="{}" width="{}" height="{}" rx="{}" fill="none" stroke="{}" stroke-width="{}"/>"##,
                    x + half,
                    y + half,
                    width - border.width,
                    height - border.width,
                    radius(image.border_radius) - half,
                    border.color,
                    border.width
                );
            }
        }
        Planned::Code(_) => picture(&mut out, asset.unwrap_or_default(), 0.0, ObjectFit::Contain),
        Planned::Text(text) => {
            let paragraph = fit(&kit::fonts(), shaper, text, width, height);
            // Every text of the benchmark's template has a single style.
            let [span] = &text.spans[..] else { panic!("one span") };
            let fill = match &span.fill {
                Fill::Color(color) => color.to_string(),
                Fill::Gradient(gradient) => {
                    let (sin, cos) = (gradient.angle.to_radians().sin() / 2.0, gradient.angle.to_radians().cos() / 2.0);
                    let [x1, y1, x2, y2] = [0.5 - sin, 0.5 + cos, 0.5 + sin, 0.5 - cos];
                    let stops = gradient
                        .stops
                        .iter()
                        .map(|stop| format!(r#"<stop offset="{}" stop-color="{}"/>"#, stop.0, stop.1));
                    let stops: String = stops.collect();
                    let _ = write!(
                        out,
                        r##"<linearGradient id="fill{index}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}">{stops}</linearGradient>"##
                    );
                    format!("url(#fill{index})")
                }
            };
            let (anchor, at) = match text.text_align {
                TextAlign::Left | TextAlign::Justify => ("start", x),
                TextAlign::Center => ("middle", x + width / 2.0),
                TextAlign::Right => ("end", x + width),
            };
            let line_through = match span.text_decoration {
                TextDecoration::None => "none",
                TextDecoration::Underline => "underline",
                TextDecoration::LineThrough => "line-through",
            };
            for line in &paragraph.lines {
                let words = paragraph.text[line.range.clone()].replace('&', "&amp;").replace('<', "&lt;");
                let _ = write!(
                    out,
                    r##"<text x="{at}" y="{}" font-family="Noto Sans SC" font-size="{}" font-weight="{}" fill="{}" text-anchor="{anchor}" text-decoration="{line_through}">{words}</text>"##,
                    y + line.baseline,
                    span.font_size,
                    span.font_weight,
                    fill
                );
            }
        }
        Planned::Shape(shape) | Planned::Row(shape) | Planned::Column(shape) => {
            let fill = shape.background.map_or("none".into(), |c| c.to_string());
            let _ = write!(
                out,
                r##"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{}" fill="{fill}"/>"##,
                radius(shape.border_radius)
            );
        }
        other => panic!("the baseline draws no {}", other.name()),
    }
    out
}

/// The entire poster as one SVG.
pub fn document(plan: &Plan, gathered: &ResolvedAssets, shaper: &mut Shaper) -> String {
    let mut svg = plan.artwork.as_deref().expect("artwork").to_owned();
    let mut above = String::new();
    let mut replaced: BTreeMap<&str, String> = BTreeMap::new();
    let box_of = |id: &str| plan.template.slot(id).expect("a measured slot");
    for (index, layer) in plan.layers.iter().enumerate() {
        let asset = gathered.get(index, Role::CONTENT).map(|asset| asset.bytes.as_ref());
        match &layer.at {
            At::Box(rect) => above.push_str(&element(index, &layer.kind, *rect, asset, shaper)),
            At::Moved { slot, rect } => {
                *replaced.entry(slot).or_default() += &element(index, &layer.kind, *rect, asset, shaper);
            }
            At::Slot(id) => *replaced.entry(id).or_default() += &element(index, &layer.kind, box_of(id), asset, shaper),
            At::Within { slot, rect: [x, y, width, height] } => {
                let [left, top, ..] = box_of(slot);
                let rect = [left + x, top + y, *width, *height];
                *replaced.entry(slot).or_default() += &element(index, &layer.kind, rect, asset, shaper);
            }
        }
    }
    let document = resvg::usvg::roxmltree::Document::parse(&svg).expect("XML");
    let mut edits: Vec<_> =
        document.descendants().filter_map(|node| Some((node.range(), replaced.get(node.attribute("id")?)?))).collect();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut out = svg.clone();
    for (range, new) in edits {
        out.replace_range(range, new);
    }
    svg = out;
    let end = svg.rfind("</svg>").expect("an end");
    svg.insert_str(end, &above);
    svg
}

/// Renders a plan to PNG.
pub fn compose(plan: &Plan, gathered: &ResolvedAssets, shaper: &mut Shaper) -> Vec<u8> {
    let document = document(plan, gathered, shaper);
    let tree = svg::parse(&document, &plan.template.files, &kit::fonts()).expect("SVG");
    let (width, height) = canvas_size(plan.canvas, plan.scale);
    let mut pixmap = Pixmap::new(width, height).expect("size");
    let background = plan.canvas.background;
    pixmap.fill(resvg::tiny_skia::Color::from_rgba8(background.r, background.g, background.b, 255));
    resvg::render(&tree, Transform::from_scale(plan.scale, plan.scale), &mut pixmap.as_mut());
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().expect("header");
    writer.write_image_data(pixmap.data()).expect("data");
    writer.finish().expect("end");
    out
}
