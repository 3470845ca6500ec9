//! The attributes of SVG that are no properties.

/// Attributes of SVG 1.1 and 2, without those that are properties. Sorted.
#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "amplitude", "azimuth", "baseFrequency", "bias", "clipPathUnits", "cx", "cy", "d", "diffuseConstant", "divisor", "dx",
    "dy", "edgeMode", "elevation", "exponent", "filterUnits", "fr", "fx", "fy", "gradientTransform", "gradientUnits",
    "height", "href", "id", "in", "in2", "intercept", "k1", "k2", "k3", "k4", "kernelMatrix", "kernelUnitLength",
    "lengthAdjust", "limitingConeAngle", "markerHeight", "markerUnits", "markerWidth", "maskContentUnits", "maskUnits",
    "method", "mode", "numOctaves", "offset", "operator", "order", "orient", "path", "pathLength", "patternContentUnits",
    "patternTransform", "patternUnits", "points", "pointsAtX", "pointsAtY", "pointsAtZ", "preserveAlpha",
    "preserveAspectRatio", "primitiveUnits", "r", "radius", "refX", "refY", "requiredExtensions", "requiredFeatures",
    "result", "rotate", "rx", "ry", "scale", "seed", "side", "slope", "spacing", "specularConstant", "specularExponent",
    "spreadMethod", "startOffset", "stdDeviation", "stitchTiles", "surfaceScale", "systemLanguage", "tableValues",
    "targetX", "targetY", "textLength", "type", "values", "viewBox", "width", "x", "x1", "x2", "xChannelSelector",
    "xml:space", "y", "y1", "y2", "yChannelSelector", "z",
];
/// Attributes that draw nothing: of documents, of accessibility, of design tools and frameworks.
#[rustfmt::skip]
const SILENT: &[&str] = &[
    "alt", "attributeName", "baseProfile", "class", "colorspace", "contentScriptType", "contentStyleType", "crossorigin",
    "decoding", "download", "enable-background", "enableBackground", "externalResourcesRequired", "fetchpriority",
    "filterRes", "focusable", "hreflang", "lang", "loading", "media", "name", "overflow", "p-id", "ping", "referrerpolicy",
    "rel", "role", "sandbox", "slot", "style", "t", "tabindex", "target", "title", "version", "viewTarget", "xml:lang",
    "zoomAndPan", "typeof", "property", "content", "about", "resource", "datatype", "glyph-orientation-horizontal",
    "glyph-orientation-vertical", "kerning", "color-profile", "cursor", "pointer-events", "color-rendering", "clip",
    "text-align", "line-height", "input", "solid-color", "solid-opacity", "space", "layerName", "layer", "unicode", "visible",
    "line-spacing", "customFrame",
];

/// Whether SVG has an attribute.
pub fn is_known(name: &str) -> bool {
    KNOWN.binary_search(&name).is_ok()
}

/// Names of the attributes.
pub fn names() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().copied()
}

/// Whether an attribute is for programs, and never drawn.
pub fn is_metadata(name: &str) -> bool {
    SILENT.contains(&name)
        || ["data-", "aria-", "_ng", "v-", "ng-", "font-variant-"].iter().any(|start| name.starts_with(start))
}

/// Whether an attribute is an event handler.
pub fn is_event(name: &str) -> bool {
    name.strip_prefix("on").is_some_and(|rest| rest.len() > 2 && rest.bytes().all(|b| b.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_sorted() {
        assert!(KNOWN.is_sorted_by(|a, b| a < b));
        assert!(!KNOWN.iter().any(|name| is_metadata(name) || is_event(name)));
        assert!(is_event("onclick") && !is_event("one") && !is_known("viewbox") && is_metadata("data-name"));
        // Sketch, Pixso.
        assert!(is_metadata("line-spacing") && is_metadata("customFrame"));
    }
}
