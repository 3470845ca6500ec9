//! Filters that are one blur or one drop shadow.

use resvg::usvg::{
    BlendMode, Group,
    filter::{ColorInterpolation, DropShadow, Filter, GaussianBlur, Input, Kind},
};

/// The effect of a group that is drawn here.
#[derive(Debug, Clone, Copy)]
pub enum Effect<'a> {
    /// `feGaussianBlur` of the group.
    Blur(&'a GaussianBlur, ColorInterpolation),
    /// `feDropShadow` of the group, in sRGB.
    Shadow(&'a DropShadow),
}

/// The effect of a group, if it has no other one.
pub fn effect(group: &Group) -> Option<Effect<'_>> {
    let [filter] = group.filters() else { return None };
    let is_only = group.clip_path().is_none() && group.mask().is_none() && group.blend_mode() == BlendMode::Normal;
    let effect = if is_only { primitive(filter)? } else { return None };
    let is_drawn = matches!(effect, Effect::Blur(..)) || group.opacity().get() == 1.0;
    is_drawn.then_some(effect)
}

/// The effect that a filter consists of, if it has one primitive.
pub fn primitive(filter: &Filter) -> Option<Effect<'_>> {
    let [primitive] = filter.primitives() else { return None };
    if primitive.rect() != filter.rect() {
        return None;
    }
    match primitive.kind() {
        Kind::GaussianBlur(blur) if *blur.input() == Input::SourceGraphic && blur.std_dev_x() == blur.std_dev_y() => {
            Some(Effect::Blur(blur, primitive.color_interpolation()))
        }
        Kind::DropShadow(shadow)
            if *shadow.input() == Input::SourceGraphic
                && primitive.color_interpolation() == ColorInterpolation::SRGB
                && shadow.std_dev_x() == shadow.std_dev_y() =>
        {
            Some(Effect::Shadow(shadow))
        }
        _ => None,
    }
}
