//! Reads round sample codes back from rendered posters. Square codes are checked with the legibility of the poster.

use image::RgbImage;

use crate::words;
use haibao_core::{
    code::Opens,
    error::{Finding, Severity},
    plan::Plan,
    render::{PlacedLayer, Rendered},
    sample::{self, Payload},
};

/// Minimum side in px for the emulator's decoder to be reliable. Phones read smaller codes, so posters with smaller codes
/// are rendered at a larger scale for this check.
const MIN_DECODABLE: u32 = 160;

/// Factor by which the scale of a poster must be increased so that its codes can be decoded, 1 to 3.
pub(super) fn scale(plan: &Plan, rendered: &Rendered) -> f32 {
    let sides = round(plan, rendered).map(|layer| layer.rect.width().min(layer.rect.height()).max(1));
    let scale = sides.map(|side| (MIN_DECODABLE as f32 / side as f32).ceil()).fold(1.0, f32::max);
    scale.min(3.0)
}

/// One finding per round code of a poster that is unreadable or has unexpected content.
pub(super) fn misread(plan: &Plan, rendered: &Rendered, poster: &RgbImage) -> Vec<Finding> {
    let Some(expected) = plan.code.as_ref().and_then(sample::payload_of) else { return Vec::new() };
    let is_checked = |layer: &&PlacedLayer| {
        let own = |finding: &&Finding| finding.pointer.as_deref() == Some(layer.pointer.as_str());
        // Skip codes that already have an error.
        !rendered.findings.iter().filter(own).any(|finding| finding.severity == Severity::Error)
    };
    round(plan, rendered).filter(is_checked).filter_map(|layer| fault(layer, poster, &expected)).collect()
}

fn fault(layer: &PlacedLayer, poster: &RgbImage, expected: &Payload) -> Option<Finding> {
    let rect = &layer.rect;
    let view = image::imageops::crop_imm(
        poster,
        rect.x0.max(0).unsigned_abs(),
        rect.y0.max(0).unsigned_abs(),
        rect.width(),
        rect.height(),
    );
    let code = image::DynamicImage::ImageRgb8(view.to_image()).into_rgba8();
    let finding = match sample::decode(&code) {
        Ok(payload) if payload == *expected => return None,
        Ok(_) => words::round_code_other_content(),
        Err(_) => words::round_code_unreadable(),
    };
    Some(finding.pointer(&layer.pointer))
}

/// Layers with a round code requested by the plan, in contrast to an image supplied by the caller.
fn round<'r>(plan: &'r Plan, rendered: &'r Rendered) -> impl Iterator<Item = &'r PlacedLayer> {
    let opens = plan.code.as_ref().map(|need| &need.opens);
    let is_round = matches!(opens, Some(Opens::Unlimited { .. } | Opens::Limited { .. }));
    rendered.layers.iter().filter(move |layer| {
        let kind = plan.layers.get(layer.position).map(|layer| &layer.kind);
        is_round && kind.is_some_and(|kind| kind.shows_code())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use haibao_core::{
        paint::geometry::PxRect,
        sample::{SAMPLE_APPID, SampleStyle},
    };

    fn payload(scene: &str) -> Payload {
        Payload::from_scene(scene, Payload::digest_of(SAMPLE_APPID, "pages/a", "release")).expect("a scene")
    }

    #[test]
    fn different_and_unreadable_codes_are_distinguished() {
        let style = SampleStyle { width: 430, ..SampleStyle::default() };
        let code = sample::draw(&payload("id=7"), &style).expect("a code");
        let code = image::load_from_memory(&code).expect("a picture").into_rgb8();
        let mut poster = RgbImage::from_pixel(600, 600, image::Rgb([255; 3]));
        image::imageops::overlay(&mut poster, &code, 80, 90);
        let rect = PxRect::new(80, 90, code.width(), code.height());
        let layer = PlacedLayer {
            position: 0,
            pointer: "/layers/0".to_owned(),
            kind: "code",
            rect,
            ink: rect,
            is_code: true,
            lines: None,
            zoom: 1.0,
            truncated: false,
            text: String::new(),
            fonts: Vec::new(),
        };
        assert_eq!(fault(&layer, &poster, &payload("id=7")), None);
        let other = fault(&layer, &poster, &payload("id=8")).expect("a finding");
        assert_eq!((other.code, other.pointer.as_deref()), ("code_unreadable", Some("/layers/0")));
        assert!(other.message.contains("different content"), "{other:?}");
        let empty = RgbImage::from_pixel(600, 600, image::Rgb([255; 3]));
        let none = fault(&layer, &empty, &payload("id=7")).expect("a finding");
        assert!(none.message.contains("cannot be read"), "{none:?}");
    }
}
