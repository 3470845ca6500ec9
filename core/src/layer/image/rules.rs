//! Rules and properties of pictures.

use super::{fields::Image, words};
use crate::{
    asset::OnError,
    error::{Finding, Wording},
    layer::{
        fields::{Fields, RuleContext, Sizing, SlotSize, shadow_reach},
        place::PlaceFields,
    },
    style::Radius,
    template::{
        assets,
        broken::{Broken, source},
        exprs::Expressions,
    },
};

impl<L> Fields<L> for Image {
    type Place = PlaceFields;
    const WORDS: &'static [&'static Wording] = words::ROWS;

    fn expressions(&self, expressions: &mut Expressions) {
        expressions.add("src", Some(&self.src));
        expressions.add("object_position", Some(&self.object_position));
        expressions.add("background", self.background.as_ref());
    }

    fn rules(&self, RuleContext { pointer, files, .. }: &RuleContext<'_>) -> Vec<Broken> {
        let mut broken: Vec<Broken> = source(pointer, "src", &self.src, files).into_iter().collect();
        if let Some(mask) = &self.mask {
            broken.extend(masked(pointer, self, mask));
        }
        match &self.fallback {
            Some(path) => {
                if let Err(message) = assets::file(path, files) {
                    let finding = Finding::error("asset_missing", message);
                    broken.push(Broken::value(format!("{pointer}/fallback"), finding));
                }
            }
            None if self.on_error == OnError::Fallback => {
                broken.push(Broken::value(format!("{pointer}/on_error"), words::fallback_missing()));
            }
            None => {}
        }
        broken
    }

    fn sizing(&self) -> Sizing {
        Sizing::Given { finding: words::image_size, aspect_ratio: None }
    }

    fn reach(&self, SlotSize { max: [width, height], .. }: SlotSize) -> f32 {
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
        let finding = words::mask_invalid(mask.trim_start_matches('#'));
        broken.push(Broken::value(format!("{pointer}/mask"), finding));
    }
    let boxed = [
        ("border_radius", image.border_radius != Radius::default()),
        ("border", image.border.is_some()),
        ("box_shadow", image.box_shadow.is_some()),
    ];
    for (name, _) in boxed.iter().filter(|(_, given)| *given) {
        broken.push(Broken::key(format!("{pointer}/{name}"), words::mask_box(name)));
    }
    broken
}
