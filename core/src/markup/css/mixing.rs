//! Colours in the spaces that gradients are mixed in.

use ::color::{AlphaColor, ColorSpace, LinearSrgb, Oklab};

use super::{
    color::{MAX_DEPTH, dynamic, parse, text},
    context::Context,
    scan::Scanner,
};

/// Start of the colours that gradients with them are mixed in Oklab for.
const OKLAB: &str = "oklab(";

/// A space that gradients are mixed in, other than sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// Of gradients with a colour that is not one of CSS's legacy colours (CSS Color 4, 12.1).
    Oklab,
    /// Of `color-interpolation: linearRGB`.
    Linear,
}

/// The colour of a stop: as colours elsewhere, but one that is not a legacy colour is `oklab(...)`, and not clipped to sRGB.
pub fn stop(value: &str, context: &Context<'_>) -> Option<String> {
    if is_legacy(value, context.is_dark) {
        return parse(value, context).map(Into::into);
    }
    let [l, a, b, alpha] = dynamic(value, context, 0)?.to_alpha_color::<Oklab>().components;
    Some(format!("{OKLAB}{l} {a} {b} / {alpha})"))
}

/// Whether gradients with a colour of a stop are mixed in Oklab.
pub fn is_wide(color: &str) -> bool {
    color.starts_with(OKLAB)
}

/// Whether a colour is one of CSS 2: a name, `#rrggbb`, `rgb()`, `hsl()` or `hwb()`.
fn is_legacy(value: &str, is_dark: bool) -> bool {
    let mut value = value.trim();
    // What is deeper is no colour, and may be deeper than the stack.
    for _ in 0..=MAX_DEPTH {
        let Some((name, mut args)) = Scanner::new(value).function() else { return true };
        match name.as_str() {
            "light-dark" => {
                let light = args.until(&[',']);
                args.comma();
                let chosen = if is_dark { args.rest() } else { light };
                value = chosen.trim();
            }
            "rgb" | "rgba" | "hsl" | "hsla" | "hwb" => {
                return !args.text.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("from "));
            }
            _ => return false,
        }
    }
    true
}

impl Space {
    /// Components of the colour of a stop, the last one its opacity.
    pub fn read(self, color: &str) -> Option<[f32; 4]> {
        let color = dynamic(color, &Context::default(), 0)?;
        Some(match self {
            Self::Oklab => color.to_alpha_color::<Oklab>().components,
            Self::Linear => color.to_alpha_color::<LinearSrgb>().components,
        })
    }

    /// The colour of sRGB with these components.
    pub fn write(self, components: [f32; 4]) -> String {
        fn of<S: ColorSpace>(components: [f32; 4]) -> String {
            text(AlphaColor::<S>::new(components).to_rgba8().to_u8_array())
        }
        match self {
            Self::Oklab => of::<Oklab>(components),
            Self::Linear => of::<LinearSrgb>(components),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modern_colors_are_not_clipped() {
        let read = |value: &str| stop(value, &Context::default()).unwrap_or_default();
        for legacy in ["red", "#f00", "rgb(255 0 0)", "hsl(0 100% 50%)", "light-dark(#f00, oklch(0 0 0))"] {
            assert_eq!(
                read(legacy).to_lowercase().replace("#ff0000", "#f00").replace("red", "#f00"),
                "#f00",
                "{legacy}"
            );
        }
        for modern in
            ["color(srgb 1 0 0)", "color-mix(in srgb, red, red)", "rgb(from red r g b)", "oklch(62.8% .2577 29.23)"]
        {
            assert!(is_wide(&read(modern)), "{modern}: {}", read(modern));
            let components = Space::Oklab.read(&read(modern)).expect("a colour");
            assert_eq!(Space::Oklab.write(components), "#ff0000", "{modern}");
        }
        assert_eq!(read("currentcolor"), "currentColor");
        assert_eq!((read("rgb("), read("{{a}}")), (String::new(), String::new()));
        let nested = |depth: usize| format!("{}oklch(0 0 0){}", "light-dark(".repeat(depth), ", red)".repeat(depth));
        assert!(is_wide(&read(&nested(MAX_DEPTH))), "{}", read(&nested(MAX_DEPTH)));
        for depth in [MAX_DEPTH + 1, 100_000] {
            assert_eq!(read(&nested(depth)), "", "{depth} in each other");
        }
        assert_eq!(Space::Linear.read("#bcbcbc").map(|[r, ..]| (r * 100.0).round()), Some(50.0));
    }
}
