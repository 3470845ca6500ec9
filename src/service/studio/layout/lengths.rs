//! Lengths of a design as layout.json has them.

use haibao_core::artwork::shapes::Corners;

/// Smallest radius of a corner, px.
const MIN_RADIUS: f32 = 1.0;

/// The radius of a picture with these corners, if they are not sharp.
pub(super) fn border_radius(corners: Corners) -> Option<String> {
    let written = match corners {
        Corners::Ellipse => "\"50%\"".to_owned(),
        Corners::Radii(radii) => {
            let [first, ..] = radii;
            let is_same = radii.iter().all(|radius| (radius - first).abs() < MIN_RADIUS / 2.0);
            let radii = radii.map(|radius| tenths(if radius < MIN_RADIUS { 0.0 } else { radius }));
            if radii.iter().all(|radius| *radius <= 0.0) {
                return None;
            }
            let written = radii.map(|radius| radius.to_string());
            if is_same { written[0].clone() } else { format!("[{}]", written.join(", ")) }
        }
    };
    Some(format!("\"border_radius\": {written}"))
}

/// A length rounded to tenths of a px.
pub(super) fn tenths(px: f32) -> f32 {
    (px * 10.0).round() / 10.0
}
