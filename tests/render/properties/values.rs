//! Example values of each property, and properties without a visible effect.

use serde_json::{Value, json};

/// Nested objects: schema definition, and name of the property that contains it.
pub const PARTS: [(&str, &str); 7] = [
    ("Border", "border"),
    ("BoxShadow", "box_shadow"),
    ("TextStroke", "stroke"),
    ("TextShadow", "text_shadow"),
    ("Gradient", "gradient"),
    ("CodeCenter", "center"),
    ("Plate", "plate"),
];

/// Properties without a visible effect, and what they affect.
pub const INVISIBLE: [(&str, &str); 9] = [
    ("code target.app", "the app of the code"),
    ("code target.page", "the page that the code opens"),
    ("code target.scene", "the payload of the code"),
    ("code target.path", "the path that the code opens"),
    ("code target.text", "the content of the code"),
    ("code target.env_version", "the version that the code opens"),
    ("code target.check_path", "whether WeChat checks the page"),
    ("code.auto_color", "WeChat chooses the colour"),
    ("image.timeout_ms", "the wait for the picture"),
];

/// Example values of each property. A layer with each value is drawn, side by side; its other properties come from
/// [`Kind::base`](super::kinds::Kind).
pub fn values() -> Vec<(&'static str, Value)> {
    let shadow = json!({ "y": 3, "blur": 6, "color": "#0008" });
    let spread = json!({ "x": 4, "y": 4, "spread": 3, "color": "#c338" });
    let border =
        json!([{ "border": { "width": 1, "color": "#24352f" } }, { "border": { "width": 6, "color": "#c33" } }]);
    let shadows = json!([{ "box_shadow": shadow }, { "box_shadow": spread }]);
    let radius = json!([{ "border_radius": 16 }, { "border_radius": "50%" }, { "border_radius": [0, 24, 8, 24] }]);
    let long = "秋日手作天青釉花瓶限时开窑";
    vec![
        ("canvas.width", json!([{ "width": 120 }])),
        ("canvas.height", json!([{ "height": 40 }])),
        ("canvas.min_height", json!([{ "height": "auto", "min_height": 90 }])),
        ("canvas.max_height", json!([{ "height": "auto", "max_height": 44 }])),
        ("canvas.padding_bottom", json!([{ "height": "auto", "padding_bottom": 30 }])),
        ("canvas.background", json!([{ "background": "#dbe7dd" }])),
        ("code target.kind", json!([{ "kind": "qr", "text": "https://example.com" }])),
        ("image.type", json!([{}])),
        ("image.at", json!([{ "at": "#slot" }])),
        ("image.box", json!([{}])),
        ("image.when", json!([{ "when": "{{yes}}" }, { "when": "{{no}}" }])),
        ("image.src", json!([{}, { "src": "assets/logo.png" }])),
        ("image.object_fit", json!(["cover", "contain", "fill", "blur-fill"].map(|fit| json!({ "object_fit": fit })))),
        (
            "image.object_position",
            json!(["left", "right", "attention"].map(|place| json!({ "object_position": place }))),
        ),
        ("image.border_radius", radius.clone()),
        ("image.mask", json!([{ "mask": "#heart" }])),
        ("image.border", border.clone()),
        ("image.box_shadow", shadows.clone()),
        ("image.blur", json!([{ "blur": 2 }, { "blur": 8 }])),
        ("image.grayscale", json!([{ "grayscale": 0.5 }, { "grayscale": 1 }])),
        ("image.brightness", json!([{ "brightness": 0.5 }, { "brightness": 1.5 }])),
        ("image.rotate", json!([{ "rotate": 8 }, { "rotate": -20 }])),
        ("image.opacity", json!([{ "opacity": 0.7 }, { "opacity": 0.3 }])),
        ("image.background", json!([{ "object_fit": "contain", "background": "#24352f" }])),
        ("image.on_error", json!([{ "src": "assets/broken.png", "on_error": "hide", "background": "#ddd5c4" }])),
        (
            "image.fallback",
            json!([{ "src": "assets/broken.png", "on_error": "fallback", "fallback": "assets/logo.png" }]),
        ),
        ("text.type", json!([{}])),
        ("text.at", json!([{ "at": "#slot" }])),
        ("text.box", json!([{}])),
        ("text.when", json!([{ "when": "{{yes}}" }, { "when": "{{no}}" }])),
        ("text.text", json!([{ "text": "{{list.0}}与{{list.1}}" }])),
        (
            "text.spans",
            json!([{ "text": null, "spans": [{ "text": "¥", "font_size": 14 }, { "text": "99", "font_size": 30 }] }]),
        ),
        ("text.font_family", json!([{}, { "font_family": "Noto Color Emoji", "text": "😀" }])),
        ("text.font_size", json!([{ "font_size": 14 }, { "font_size": 26 }])),
        (
            "text.min_font_size",
            json!([{ "text": long, "text_overflow": "shrink", "min_font_size": 8, "max_lines": 1 }]),
        ),
        ("text.font_weight", json!([{ "font_weight": 400 }, { "font_weight": 700 }])),
        ("text.font_features", json!([{ "text": "11:17" }, { "text": "11:17", "font_features": ["fwid"] }])),
        (
            "text.color",
            json!([{ "color": "#c33" }, { "color": { "gradient": { "angle": 90, "stops": [[0, "#c33"], [1, "#36c"]] } } }]),
        ),
        ("text.stroke", json!([{ "color": "#fff", "stroke": { "width": 4, "color": "#c33" } }])),
        (
            "text.text_shadow",
            json!([{ "text_shadow": { "x": 2, "y": 2, "color": "#0006" } }, { "text_shadow": { "y": 2, "blur": 6, "color": "#c33" } }]),
        ),
        ("text.writing_mode", json!([{}, { "writing_mode": "vertical-rl" }])),
        (
            "text.text_align",
            json!(
                ["left", "center", "right", "justify"]
                    .map(|align| json!({ "text_align": align, "text": "秋日手作天青釉花瓶" }))
            ),
        ),
        ("text.text_box", json!(["line", "ink"].map(|part| json!({ "text_box": part })))),
        ("text.vertical_align", json!(["top", "middle", "bottom"].map(|align| json!({ "vertical_align": align })))),
        (
            "text.line_height",
            json!([{ "text": "秋日手作天青釉花瓶", "line_height": 22 }, { "text": "秋日手作天青釉花瓶", "line_height": 30 }]),
        ),
        ("text.letter_spacing", json!([{ "letter_spacing": 4 }, { "letter_spacing": -2 }])),
        ("text.max_lines", json!([{ "text": long, "max_lines": 1 }, { "text": long, "max_lines": 2 }])),
        (
            "text.line_break",
            json!([{ "text": "达·芬奇号·列", "line_break": "strict" }, { "text": "达·芬奇号·列", "line_break": "normal" }]),
        ),
        ("text.text_wrap", json!(["auto", "balance"].map(|how| json!({ "text": "天青釉手作瓶", "text_wrap": how })))),
        (
            "text.text_overflow",
            json!(
                ["ellipsis", "clip", "shrink"].map(|how| json!({ "text": long, "text_overflow": how, "max_lines": 1 }))
            ),
        ),
        ("text.text_decoration", json!([{ "text_decoration": "underline" }, { "text_decoration": "line-through" }])),
        ("text.opacity", json!([{ "opacity": 0.7 }, { "opacity": 0.3 }])),
        ("span.when", json!([{ "when": "{{yes}}" }, { "when": "{{no}}" }])),
        ("span.text", json!([{ "text": "{{list.0}}" }])),
        ("span.font_family", json!([{ "font_family": "Noto Color Emoji", "text": "🎁" }])),
        ("span.font_size", json!([{ "font_size": 30 }])),
        ("span.font_weight", json!([{ "font_weight": 700 }])),
        ("span.font_features", json!([{ "text": "11", "font_features": ["fwid"] }])),
        ("span.color", json!([{ "color": "#c33" }])),
        ("span.letter_spacing", json!([{ "letter_spacing": 6 }])),
        ("span.text_decoration", json!([{ "text_decoration": "line-through" }])),
        ("code.type", json!([{}])),
        ("code.at", json!([{ "at": "#slot" }])),
        ("code.box", json!([{}])),
        ("code.when", json!([{ "when": "{{no}}" }])),
        ("code.src", json!([{ "src": "assets/code.png" }])),
        ("code.center", json!([{ "center": { "src": "assets/logo.png", "size": 0.36 } }])),
        ("code.is_hyaline", json!([{ "is_hyaline": false }])),
        ("code.line_color", json!([{ "line_color": "#7a1f2b" }])),
        (
            "code.plate",
            json!([{ "plate": { "show": "always", "background": "#fff", "padding": 8, "border_radius": 16 } }]),
        ),
        ("shape.type", json!([{}])),
        ("shape.at", json!([{ "at": "#slot" }])),
        ("shape.box", json!([{}])),
        ("shape.when", json!([{ "when": "{{yes}}" }, { "when": "{{no}}" }])),
        ("shape.background", json!([{ "background": "#24352f" }, { "background": "#36c8" }])),
        ("shape.border_radius", radius.clone()),
        ("shape.border", border.clone()),
        ("shape.box_shadow", shadows.clone()),
        ("shape.opacity", json!([{ "opacity": 0.7 }, { "opacity": 0.3 }])),
        ("barcode.type", json!([{}])),
        ("barcode.at", json!([{ "at": "#slot", "value": "7" }])),
        ("barcode.box", json!([{}])),
        ("barcode.when", json!([{ "when": "{{yes}}" }, { "when": "{{no}}" }])),
        ("barcode.value", json!([{ "value": "0042" }])),
        ("barcode.format", json!([{ "format": "ean13", "value": "400399415548", "digits": true }])),
        ("barcode.color", json!([{ "color": "#24352f" }])),
        ("barcode.background", json!([{ "background": "#e9d9b8" }])),
        ("barcode.border_radius", json!([{ "border_radius": 12 }])),
        ("barcode.digits", json!([{ "digits": true }])),
        ("barcode.font_size", json!([{ "digits": true, "font_size": 9 }])),
        ("row.type", json!([{}, { "type": "column" }])),
        ("row.at", json!([{ "at": "#slot" }])),
        ("row.box", json!([{}])),
        ("row.when", json!([{ "when": "{{yes}}" }, { "when": "{{no}}" }])),
        ("row.gap", json!([{ "gap": 2 }, { "gap": 14 }])),
        ("row.padding", json!([{ "padding": 4 }, { "padding": [20, 30] }])),
        ("row.align_items", json!(["start", "center", "end"].map(|align| json!({ "align_items": align })))),
        (
            "row.justify_content",
            json!(["start", "center", "space-between"].map(|how| json!({ "justify_content": how }))),
        ),
        ("row.wrap", json!([{ "wrap": true, "gap": 30 }])),
        ("row.background", json!([{ "background": "#ddd5c4" }])),
        ("row.border_radius", radius),
        ("row.border", border),
        ("row.box_shadow", shadows),
        ("row.children", json!([{ "children": [{ "type": "text", "text": "{{list.0}}", "font_size": 24 }] }])),
        ("child.width", json!([{ "width": 20 }, { "width": "50%" }])),
        ("child.height", json!([{ "height": 12 }])),
        ("child.aspect_ratio", json!([{ "width": 40, "height": "auto", "aspect_ratio": 2 }])),
        ("child.grow", json!([{ "grow": 1 }])),
        ("child.shrink", json!([{ "width": 200, "shrink": 1 }])),
        ("child.margin", json!([{ "margin": [0, 16] }])),
        ("child.align_self", json!([{ "align_self": "end" }])),
        ("child.repeat", json!([{ "repeat": "list", "width": 12 }])),
        (
            "child.as",
            json!([{ "type": "text", "background": null, "border_radius": null, "width": "auto", "height": "auto", "repeat": "list", "as": "word", "text": "{{word}} ", "font_size": 20 }]),
        ),
    ]
}
