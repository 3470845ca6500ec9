//! The CSS properties that decide how artwork is drawn.

use super::{
    fonts, functions, singles, transform,
    values::Syntax::{self, Alpha, Any, Color, Dashes, Length, Link, Number, Paint, Path, Several, Special, Words},
};

use crate::markup::css::mixing;

/// A CSS property or presentation attribute that changes how artwork is drawn.
#[derive(Debug)]
pub struct Property {
    /// Name in lower case, such as `stroke-width`.
    pub name: &'static str,
    /// Whether an element without a value takes that of its parent.
    pub inherited: bool,
    /// Value of the keyword `initial`. Empty: none is declared.
    pub initial: &'static str,
    /// Its values.
    pub syntax: Syntax,
    /// Where it stands after the cascade, and whether an attribute of that name declares it.
    pub role: Role,
}

/// How a property is written in SVG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A presentation attribute.
    Attribute,
    /// An attribute of some elements: sizes and positions.
    Geometry(&'static [&'static str]),
    /// A declaration of a `style` attribute.
    Style,
    /// Other values than these are noted: what they do is not drawn.
    Undrawn(&'static [&'static str]),
}

const fn property(name: &'static str, inherited: bool, initial: &'static str, syntax: Syntax, role: Role) -> Property {
    Property { name, inherited, initial, syntax, role }
}

/// An inherited presentation attribute.
const fn inherited(name: &'static str, initial: &'static str, syntax: Syntax) -> Property {
    property(name, true, initial, syntax, Role::Attribute)
}

/// A presentation attribute that is not inherited.
const fn own(name: &'static str, initial: &'static str, syntax: Syntax) -> Property {
    property(name, false, initial, syntax, Role::Attribute)
}

const fn geometry(name: &'static str, syntax: Syntax, elements: &'static [&'static str]) -> Property {
    property(name, false, "", syntax, Role::Geometry(elements))
}

const fn undrawn(name: &'static str, harmless: &'static [&'static str]) -> Property {
    property(name, true, "", Any, Role::Undrawn(harmless))
}

const fn length(words: &'static [&'static str]) -> Syntax {
    Length { negative: true, unitless: false, words }
}

const fn size(words: &'static [&'static str]) -> Syntax {
    Length { negative: false, unitless: false, words }
}

const STROKE: Syntax = Length { negative: false, unitless: true, words: &[] };
const BLEND: Syntax = Words(&[
    "normal",
    "multiply",
    "screen",
    "overlay",
    "darken",
    "lighten",
    "color-dodge",
    "color-burn",
    "hard-light",
    "soft-light",
    "difference",
    "exclusion",
    "hue",
    "saturation",
    "color",
    "luminosity",
    "plus-lighter",
]);
const DISPLAY: Syntax = Words(&[
    "inline",
    "block",
    "none",
    "contents",
    "inline-block",
    "flex",
    "grid",
    "list-item",
    "run-in",
    "compact",
    "marker",
    "table",
    "inline-table",
    "inline-flex",
    "inline-grid",
    "flow-root",
    "table-cell",
    "table-row",
    "table-row-group",
    "table-header-group",
    "table-footer-group",
    "table-column",
    "table-column-group",
    "table-caption",
    "ruby",
    "ruby-text",
    "math",
    "-webkit-box",
    "-webkit-inline-box",
    "-webkit-flex",
    "-webkit-inline-flex",
]);
/// Chromium does not know `text-top`, `text-bottom`, `top`, `center` and `bottom`.
const ALIGNMENT: Syntax = Words(&[
    "auto",
    "baseline",
    "before-edge",
    "after-edge",
    "text-before-edge",
    "text-after-edge",
    "middle",
    "central",
    "ideographic",
    "alphabetic",
    "hanging",
    "mathematical",
]);
const BASELINE: Syntax = Words(&[
    "auto",
    "use-script",
    "no-change",
    "reset-size",
    "text-before-edge",
    "text-after-edge",
    "middle",
    "central",
    "ideographic",
    "alphabetic",
    "hanging",
    "mathematical",
]);
const BOXES: &[&str] = &["rect", "svg", "image", "foreignObject", "use", "symbol"];

/// All properties, sorted by name.
#[rustfmt::skip]
const ALL: &[Property] = &[
    undrawn("-webkit-font-smoothing", &["auto", "antialiased", "subpixel-antialiased"]),
    undrawn("-webkit-locale", &["auto"]),
    undrawn("-webkit-text-security", &["none"]),
    own("alignment-baseline", "baseline", ALIGNMENT),
    undrawn("animation", &["none"]),
    undrawn("animation-name", &["none"]),
    own("background-color", "", Color),
    own("baseline-shift", "0", length(&["baseline", "sub", "super"])),
    own("clip-path", "none", Special(functions::clip_path)),
    inherited("clip-rule", "nonzero", Words(&["nonzero", "evenodd"])),
    inherited("color", "#000", Color),
    inherited("color-interpolation", "sRGB", Words(&["auto", "sRGB", "linearRGB"])),
    inherited("color-interpolation-filters", "linearRGB", Words(&["auto", "sRGB", "linearRGB"])),
    property("color-scheme", true, "normal", Special(functions::color_scheme), Role::Style),
    geometry("cx", length(&[]), &["circle", "ellipse"]),
    geometry("cy", length(&[]), &["circle", "ellipse"]),
    geometry("d", Path, &["path"]),
    inherited("direction", "ltr", Words(&["ltr", "rtl"])),
    own("display", "inline", DISPLAY),
    inherited("dominant-baseline", "auto", BASELINE),
    inherited("fill", "#000", Paint),
    inherited("fill-opacity", "1", Alpha),
    inherited("fill-rule", "nonzero", Words(&["nonzero", "evenodd"])),
    own("filter", "none", Special(functions::filter)),
    own("flood-color", "#000", Color),
    own("flood-opacity", "1", Alpha),
    inherited("font-family", "sans-serif", Any),
    property("font-feature-settings", true, "normal", Special(fonts::features), Role::Style),
    property("font-kerning", true, "auto", Words(&["auto", "normal", "none"]), Role::Style),
    inherited("font-size", "medium", size(&["xx-small", "x-small", "small", "medium", "large", "x-large", "xx-large",
        "smaller", "larger"])),
    undrawn("font-size-adjust", &["none"]),
    inherited("font-stretch", "normal", Special(fonts::stretch)),
    inherited("font-style", "normal", Special(fonts::slant)),
    undrawn("font-synthesis", &["weight style", "style weight", "weight style small-caps", "weight style small-caps position"]),
    undrawn("font-synthesis-position", &["auto"]),
    undrawn("font-synthesis-small-caps", &["auto"]),
    undrawn("font-synthesis-style", &["auto"]),
    undrawn("font-synthesis-weight", &["auto"]),
    inherited("font-variant", "normal", Special(fonts::variant)),
    undrawn("font-variant-alternates", &["normal"]),
    property("font-variant-caps", true, "normal", Words(fonts::CAPS), Role::Style),
    property("font-variant-east-asian", true, "normal", Several(fonts::EAST_ASIAN), Role::Style),
    property("font-variant-ligatures", true, "normal", Several(fonts::LIGATURES), Role::Style),
    property("font-variant-numeric", true, "normal", Several(fonts::NUMERIC), Role::Style),
    undrawn("font-variant-position", &["normal"]),
    undrawn("font-variation-settings", &["normal"]),
    inherited("font-weight", "normal", Special(fonts::weight)),
    geometry("height", size(&["auto"]), BOXES),
    inherited("image-rendering", "auto", Words(&["auto", "optimizeSpeed", "optimizeQuality", "smooth", "high-quality",
        "crisp-edges", "pixelated"])),
    property("isolation", false, "auto", Words(&["auto", "isolate"]), Role::Style),
    inherited("letter-spacing", "normal", length(&["normal"])),
    own("lighting-color", "#fff", Color),
    inherited("marker-end", "none", Link),
    inherited("marker-mid", "none", Link),
    inherited("marker-start", "none", Link),
    own("mask", "none", Special(functions::mask)),
    undrawn("mask-composite", &["add", "source-over"]),
    undrawn("mask-image", &["none"]),
    undrawn("mask-mode", &["match-source", "luminance"]),
    own("mask-type", "luminance", Words(&["luminance", "alpha"])),
    property("mix-blend-mode", false, "normal", BLEND, Role::Style),
    undrawn("offset-path", &["none"]),
    own("opacity", "1", Alpha),
    own("overflow", "visible", Several(&["visible", "hidden", "scroll", "auto", "clip"])),
    inherited("paint-order", "normal", Special(functions::paint_order)),
    geometry("r", size(&[]), &["circle"]),
    property("rotate", false, "", Special(singles::rotate), Role::Style),
    geometry("rx", size(&["auto"]), &["rect", "ellipse"]),
    geometry("ry", size(&["auto"]), &["rect", "ellipse"]),
    property("scale", false, "", Special(singles::scale), Role::Style),
    inherited("shape-rendering", "auto", Words(&["auto", "optimizeSpeed", "crispEdges", "geometricPrecision"])),
    own("stop-color", "#000", Special(mixing::stop)),
    own("stop-opacity", "1", Alpha),
    inherited("stroke", "none", Paint),
    inherited("stroke-dasharray", "none", Dashes),
    inherited("stroke-dashoffset", "0", Length { negative: true, unitless: true, words: &[] }),
    inherited("stroke-linecap", "butt", Words(&["butt", "round", "square"])),
    inherited("stroke-linejoin", "miter", Words(&["miter", "round", "bevel"])),
    inherited("stroke-miterlimit", "4", Number(0.0)),
    inherited("stroke-opacity", "1", Alpha),
    inherited("stroke-width", "1", STROKE),
    inherited("text-anchor", "start", Words(&["start", "middle", "end"])),
    own("text-decoration", "none", Special(functions::decoration)),
    undrawn("text-decoration-color", &["currentcolor", "auto"]),
    undrawn("text-decoration-style", &["solid"]),
    undrawn("text-decoration-thickness", &["auto", "from-font"]),
    undrawn("text-emphasis", &["none"]),
    undrawn("text-emphasis-style", &["none"]),
    undrawn("text-orientation", &["mixed", "vertical-right"]),
    own("text-overflow", "clip", Any),
    inherited("text-rendering", "auto", Words(&["auto", "optimizeSpeed", "optimizeLegibility", "geometricPrecision"])),
    property("text-shadow", true, "none", Special(functions::text_shadow), Role::Style),
    property("text-transform", true, "none", Words(&["none", "capitalize", "uppercase", "lowercase", "math-auto"]), Role::Style),
    undrawn("text-underline-offset", &["auto"]),
    own("transform", "none", Special(transform::list)),
    property("transform-box", false, "view-box", Words(&["view-box", "fill-box", "stroke-box", "border-box",
        "content-box"]), Role::Style),
    own("transform-origin", "0 0", Special(singles::origin)),
    property("translate", false, "", Special(singles::translate), Role::Style),
    own("unicode-bidi", "normal", Words(&["normal", "embed", "isolate", "bidi-override", "isolate-override",
        "plaintext"])),
    own("vector-effect", "none", Words(&["none", "non-scaling-stroke", "non-scaling-size", "non-rotation",
        "fixed-position"])),
    inherited("visibility", "visible", Words(&["visible", "hidden", "collapse"])),
    inherited("white-space", "normal", Words(&["normal", "pre", "nowrap", "pre-wrap", "break-spaces", "pre-line"])),
    geometry("width", size(&["auto"]), BOXES),
    inherited("word-spacing", "normal", length(&["normal"])),
    inherited("writing-mode", "horizontal-tb", Words(&["horizontal-tb", "vertical-rl", "vertical-lr", "lr", "lr-tb",
        "rl", "rl-tb", "tb", "tb-rl"])),
    geometry("x", length(&[]), BOXES),
    geometry("y", length(&[]), BOXES),
];

/// Properties and, with a hyphen at their end, beginnings of names, that change nothing in a still picture of SVG.
#[rustfmt::skip]
const WITHOUT_EFFECT: &[&str] = &[
    "-", "align-", "appearance", "backdrop-filter", "backface-visibility", "background", "background-", "block-",
    "border", "border-", "bottom", "box-", "break-", "buffered-rendering", "caret-", "clear", "clip", "color-adjust",
    "color-profile", "color-rendering", "column-", "columns", "contain", "content", "cursor", "enable-background",
    "fill-", "flex", "flex-", "float", "flood-", "font-optical-sizing", "font-smooth", "font-display", "gap", "glyph-orientation-",
    "grid", "grid-", "hyphens", "inline-", "inset", "justify-", "kerning", "left", "line-", "list-", "margin", "margin-",
    "mask-border", "mask-clip", "mask-origin", "mask-position", "mask-repeat", "mask-size", "max-", "min-",
    "object-", "order", "orphans", "outline", "outline-", "overflow-", "overscroll-", "padding", "padding-", "page-",
    "perspective", "perspective-", "place-", "pointer-events", "position", "print-color-adjust", "quotes", "resize",
    "right", "row-", "scroll-", "shape-inside", "shape-margin", "shape-padding", "shape-subtract", "solid-", "tab-size",
    "table-", "text-align", "text-align-", "text-decoration-fill", "text-decoration-line", "text-decoration-skip",
    "text-decoration-skip-ink", "text-decoration-stroke", "text-emphasis-", "text-indent", "text-justify", "text-size-adjust", "text-wrap", "text-underline-position",
    "top", "touch-action", "transform-style", "transition", "transition-", "user-select", "vertical-align", "widows",
    "will-change", "word-break", "word-wrap", "z-index", "zoom", "animation-", "block-progression", "baseline-source",
];

/// For each character of ASCII, where the names that begin with it or a later one start in [`ALL`].
const STARTS: [usize; 129] = starts();

const fn starts() -> [usize; 129] {
    let (mut starts, mut first, mut at) = ([0; 129], 0, 0);
    while first < starts.len() {
        while at < ALL.len() && (ALL[at].name.as_bytes()[0] as usize) < first {
            at += 1;
        }
        starts[first] = at;
        first += 1;
    }
    starts
}

/// Looks a property up by its name in lower case. `None` for properties that have no effect in artwork.
pub fn property_named(name: &str) -> Option<&'static Property> {
    // Several lookups for each attribute of an artwork: few names begin alike, and fewer are as long.
    let first = usize::from(*name.as_bytes().first()?);
    let alike = ALL.get(*STARTS.get(first)?..*STARTS.get(first + 1)?)?;
    alike.iter().find(|one| one.name == name)
}

/// The attribute that declares `transform`: gradients and patterns have their own one.
pub fn transform_name(element: &str) -> &'static str {
    match element {
        "linearGradient" | "radialGradient" => "gradientTransform",
        "pattern" => "patternTransform",
        _ => "transform",
    }
}

/// Whether a name is a property's that changes nothing in artwork.
pub fn is_without_effect(name: &str) -> bool {
    WITHOUT_EFFECT.iter().any(|known| *known == name || (known.ends_with('-') && name.starts_with(known)))
}

/// Names of all properties.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|one| one.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_sorted_and_have_initial_values() {
        assert!(ALL.is_sorted_by(|a, b| a.name < b.name));
        assert!(ALL.iter().all(|one| property_named(one.name).is_some_and(|found| found.name == one.name)));
        assert!(["", "fil", "z", "\u{7f}", "\u{80}", "名"].iter().all(|name| property_named(name).is_none()));
        let context = super::super::Context::default();
        for one in ALL.iter().filter(|one| !one.initial.is_empty()) {
            assert!(super::super::values::read(one.syntax, one.initial, &context).is_some(), "{}", one.name);
        }
        assert!(is_without_effect("-inkscape-stroke") && is_without_effect("cursor") && !is_without_effect("fil"));
    }
}
