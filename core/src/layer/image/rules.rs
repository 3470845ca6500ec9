//! Rules and properties of pictures.

use super::fields::Image;
use crate::{
    asset::OnError,
    error::Finding,
    layer::{
        fields::{Checked, Fields, Sizing, shadow_reach},
        place::Place,
    },
    style::Radius,
    template::{
        assets,
        broken::{Broken, asset, source},
        exprs::Expressions,
    },
};

impl<L> Fields<L> for Image {
    type Place = Place;

    fn expressions(&self, expressions: &mut Expressions) {
        expressions.add("src", Some(&self.src));
        expressions.add("object_position", Some(&self.object_position));
        expressions.add("background", self.background.as_ref());
    }

    fn rules(&self, Checked { pointer, files, .. }: &Checked<'_>) -> Vec<Broken> {
        let mut broken: Vec<Broken> = source(pointer, "src", &self.src, files).into_iter().collect();
        if let Some(mask) = &self.mask {
            broken.extend(masked(pointer, self, mask));
        }
        match &self.fallback {
            Some(path) => {
                if let Err(fault) = assets::file(path, files) {
                    broken.push(Broken::value(format!("{pointer}/fallback"), asset("asset_missing", fault)));
                }
            }
            None if self.on_error == OnError::Fallback => {
                let finding =
                    Finding::error("fallback_missing", "`on_error` is \"fallback\", but there is no `fallback`");
                let finding = finding.hint("add \"fallback\": \"assets/FILE\"");
                broken.push(Broken::value(format!("{pointer}/on_error"), finding));
            }
            None => {}
        }
        broken
    }

    fn sizing(&self) -> Sizing {
        let hint = "add `width` and `height`, or one of them and `aspect_ratio`";
        Sizing::Given { name: "an image", hint, aspect_ratio: None }
    }

    fn reach(&self, [width, height]: [f32; 2]) -> f32 {
        let reach = shadow_reach(self.box_shadow);
        if self.rotate % 360.0 == 0.0 {
            return reach;
        }
        // The corners of a rotated box move on a circle.
        (width + 2.0 * reach).hypot(height + 2.0 * reach) / 2.0 - width.min(height) / 2.0 + 1.0
    }

    fn mask(&self) -> Option<&str> {
        self.mask.as_deref()?.strip_prefix('#')
    }
}

/// The silhouette of `mask` replaces the box, so the edges of the box cannot be drawn.
fn masked(pointer: &str, image: &Image, mask: &str) -> Vec<Broken> {
    let mut broken = Vec::new();
    if mask.strip_prefix('#').is_none_or(str::is_empty) {
        let finding = Finding::error("mask_invalid", "`mask` is `#` and the id of an SVG element");
        let finding = finding.hint(format!("write \"#{}\"", mask.trim_start_matches('#')));
        broken.push(Broken::value(format!("{pointer}/mask"), finding));
    }
    let boxed = [
        ("border_radius", image.border_radius != Radius::default()),
        ("border", image.border.is_some()),
        ("box_shadow", image.box_shadow.is_some()),
    ];
    for (name, _) in boxed.iter().filter(|(_, given)| *given) {
        let finding = Finding::error("mask_box", format!("`{name}` is the box's, but the picture is cut by `mask`"));
        let finding = finding.hint("keep one of the two; draw edges and shadows of the shape in the artwork");
        broken.push(Broken::key(format!("{pointer}/{name}"), finding));
    }
    broken
}
