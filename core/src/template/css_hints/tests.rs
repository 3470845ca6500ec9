//! Hints by kind of layer and value.

use super::*;

/// A value within arrays and objects of these steps. All objects have a `type`.
fn nested(layer: &str, steps: &[&str], value: Value) -> Value {
    let Some((step, inner)) = steps.split_first() else { return value };
    let value = nested(layer, inner, value);
    match step.parse::<usize>() {
        Ok(index) => {
            let mut all = vec![Value::Null; index];
            all.push(value);
            all.into()
        }
        Err(_) => Value::Object([("type".to_owned(), layer.into()), ((*step).to_owned(), value)].into_iter().collect()),
    }
}

/// The hint for a value in a layer of a kind.
fn hint_for(kind: ViolationKind, layer: &str, pointer: &str, value: Value) -> Option<String> {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    hint(kind, pointer, &nested(layer, &steps, value)).map(|hint| hint.text())
}

const PLACE: &str = "this is a single colour: draw the gradient in the artwork";

#[test]
fn css_is_answered_with_what_to_write() {
    use ViolationKind::{Invalid, Number, Type, Unknown};
    const PX: &str = "write 44: lengths are numbers of px without a unit";
    const QUOTED: &str = "write 2: numbers have no quotation marks";
    const WEIGHT: &str = ": weights are numbers from 100 to 900";
    for (kind, pointer, value, expected) in [
        (Number, "/layers/0/font_size", "44px", Some(PX.to_owned())),
        (Number, "/layers/0/box/2", "44 px", Some(PX.to_owned())),
        (Invalid, "/layers/0/padding", "44px", Some(PX.to_owned())),
        (Invalid, "/layers/0/width", "2", Some(QUOTED.to_owned())),
        (Number, "/layers/0/max_lines", "2", Some(QUOTED.to_owned())),
        (Number, "/layers/0/font_weight", "bold", Some(format!("write 700{WEIGHT}"))),
        (Number, "/layers/0/font_weight", "600", Some(format!("write 600{WEIGHT}"))),
        (Invalid, "/layers/0/color", "red", Some("write \"#ff0000\"".to_owned())),
        (Invalid, "/canvas/background", "rgba(0, 0, 0, 0.5)", Some("write \"#00000080\"".to_owned())),
        (Invalid, "/layers/0/line_color", "hsl(0 100% 50%)", Some("write \"#ff0000\"".to_owned())),
        (
            Type,
            "/layers/0/box_shadow",
            "0 4px 12px rgba(0, 0, 0, .2)",
            Some("write { \"y\": 4, \"blur\": 12, \"color\": \"#00000033\" }".to_owned()),
        ),
        (
            Type,
            "/layers/0/text_shadow",
            "1px 1px red",
            Some("write { \"x\": 1, \"y\": 1, \"color\": \"#ff0000\" }".to_owned()),
        ),
        (
            Type,
            "/layers/0/box_shadow",
            "0 1px 2px red, 0 4px 8px rgb(0 0 0 / .5)",
            Some("a layer has one shadow: write { \"y\": 1, \"blur\": 2, \"color\": \"#ff0000\" }".to_owned()),
        ),
        (Type, "/layers/0/border", "1px solid red", Some("write { \"width\": 1, \"color\": \"#ff0000\" }".to_owned())),
        (Type, "/layers/0/border", "solid #abc", Some("write { \"width\": 3, \"color\": \"#aabbcc\" }".to_owned())),
        (Type, "/layers/0/border", "1px dashed red", None),
        (Type, "/layers/0/border", "red", None),
        (Unknown, "/layers/0/glow", "0 2px 4px #0003", None),
        // The name is wrong, whatever the value.
        (Unknown, "/layers/0/fill", "red", None),
        // They are greater than the layer takes.
        (Type, "/layers/0/box_shadow", "0 0 300px red", None),
        (Type, "/layers/0/border", "9000px solid red", None),
        (Type, "/layers/0/box_shadow", "inset 0 0 4px red", None),
        (Type, "/layers/0/box_shadow", "4px", None),
        (Invalid, "/layers/0/color", "not a colour", None),
        (Number, "/layers/0/font_size", "2em", None),
        (Number, "/layers/0/font_size", "", None),
        (Number, "/layers/0/font_weight", "fat", None),
        // An array is expected.
        (Type, "/layers/0/box", "12", None),
        (Type, "/layers/0/box", "12px", None),
        (Invalid, "/layers/0/text_align", "12", None),
        (Invalid, "/layers/0/text_align", "12px", None),
        (Invalid, "/layers/0/object_position", "10px", None),
    ] {
        let is_of_text = ["color", "text_shadow"].iter().any(|name| pointer.ends_with(name));
        let layer = if is_of_text { "text" } else { "image" };
        assert_eq!(hint_for(kind, layer, pointer, value.into()), expected, "{pointer} {value}");
    }
    assert_eq!(hint_for(Number, "text", "/layers/0/font_size", json!(44)), None);
    let shadow = json!({ "y": 2, "color": "#0003" });
    let written = "{ \"y\": 2, \"color\": \"#0003\" }";
    for (kind, name, value, expected) in [
        (Unknown, "shadows", json!([shadow]), Some(format!("write \"box_shadow\": {written}"))),
        (Unknown, "shadows", json!([]), Some(format!("write \"box_shadow\": {SHADOW}"))),
        (Type, "box_shadow", json!([shadow]), Some(format!("write {written}"))),
        (Type, "box_shadow", json!([shadow, shadow]), Some(format!("a layer has one shadow: write {written}"))),
        (Type, "box_shadow", json!(4), None),
    ] {
        let found = hint_for(kind, "image", &format!("/layers/0/{name}"), value.clone());
        assert_eq!(found, expected, "{name} {value}");
    }
}

#[test]
fn shadows_are_those_of_their_layer() {
    use ViolationKind::{Type, Unknown};
    let boxed = "write \"box_shadow\": { \"y\": 2, \"blur\": 4, \"spread\": 1, \"color\": \"#ff0000\" }";
    let of_text = "write \"text_shadow\": { \"y\": 2, \"blur\": 4, \"color\": \"#ff0000\" }";
    for name in ["shadow", "boxShadow", "box-shadow", "drop_shadows", "textShadow"] {
        for (layer, expected) in [
            ("image", Some(boxed)),
            ("shape", Some(boxed)),
            ("row", Some(boxed)),
            ("column", Some(boxed)),
            ("text", Some(of_text)),
            ("code", None),
            ("barcode", None),
        ] {
            for holder in ["/layers/0", "/layers/0/children/1"] {
                let found = hint_for(Unknown, layer, &format!("{holder}/{name}"), json!("0 2px 4px 1px red"));
                assert_eq!(found.as_deref(), expected, "{layer} {name}");
            }
        }
    }
    assert_eq!(hint_for(Unknown, "text", "/layers/0/spans/0/shadow", json!("0 2px red")), None);
    let own = hint_for(Type, "text", "/layers/0/text_shadow", json!("0 2px 4px 1px red"));
    assert_eq!(own.as_deref(), Some("write { \"y\": 2, \"blur\": 4, \"color\": \"#ff0000\" }"));
    let shadow = json!({ "y": 2, "spread": 1, "color": "#0003" });
    let own = hint_for(Unknown, "text", "/layers/0/shadows", json!([shadow]));
    assert_eq!(own.as_deref(), Some("write \"text_shadow\": { \"y\": 2, \"color\": \"#0003\" }"));
}

#[test]
fn gradients_are_written_where_they_are_possible() {
    use ViolationKind::Invalid;
    let example = format!("a text has a linear gradient in this form: {GRADIENT}");
    let write = |gradient: &str| format!("write {{ \"gradient\": {{ {gradient} }} }}");
    let stops = |stops: &[(f64, &str)]| {
        let stops: Vec<String> = stops.iter().map(|(at, color)| format!("[{at}, \"#{color}\"]")).collect();
        format!("\"stops\": [{}]", stops.join(", "))
    };
    let (red, green, blue, white) = ("ff0000", "00ff00", "0000ff", "ffffff");
    for (css, expected) in [
        (
            "linear-gradient(to right, red, rgb(0, 255, 0) 25%, blue)",
            write(&format!("\"angle\": 90, {}", stops(&[(0.0, red), (0.25, green), (1.0, blue)]))),
        ),
        (
            "linear-gradient(red, blue 90%, lime, white)",
            write(&stops(&[(0.0, red), (0.9, blue), (0.95, green), (1.0, white)])),
        ),
        (
            "linear-gradient(red, lime 25%, blue, white)",
            write(&stops(&[(0.0, red), (0.25, green), (0.625, blue), (1.0, white)])),
        ),
        ("linear-gradient(red 50%, lime 20%, blue)", write(&stops(&[(0.5, red), (0.5, green), (1.0, blue)]))),
        ("linear-gradient(red -10%, blue 120%)", example.clone()),
        ("linear-gradient(450deg, red, blue)", example.clone()),
        ("linear-gradient(to bottom right, red, blue)", example.clone()),
        ("linear-gradient(red 10px, blue)", example.clone()),
        ("linear-gradient(red)", example.clone()),
        ("radial-gradient(red, blue)", example),
    ] {
        for pointer in ["/layers/0/color", "/layers/0/spans/1/color", "/layers/0/children/2/color"] {
            assert_eq!(hint_for(Invalid, "text", pointer, json!(css)).as_ref(), Some(&expected), "{pointer} {css}");
        }
        for (layer, pointer) in [
            ("barcode", "/layers/0/color"),
            ("image", "/layers/0/background"),
            ("text", "/layers/0/stroke/color"),
            ("", "/canvas/background"),
        ] {
            assert_eq!(hint_for(Invalid, layer, pointer, json!(css)).as_deref(), Some(PLACE), "{pointer}");
        }
    }
}

#[test]
fn multiples_of_the_font_size_are_answered_in_px() {
    let of = |name: &str, text: &str, font_size: Value| {
        let mut layer = json!({ "type": "text", "font_size": font_size });
        layer[name] = text.into();
        let layout = json!({ "layers": [layer] });
        hint(ViolationKind::Number, &format!("/layers/0/{name}"), &layout).map(|hint| hint.text())
    };
    for (name, text, font_size, expected) in [
        ("line_height", "1.5em", json!(40), Some("write 60: ")),
        ("line_height", "150%", json!(40), Some("write 60: ")),
        ("line_height", "1.2em", json!(14), Some("write 16.8: ")),
        ("letter_spacing", "0.1em", json!(40), Some("write 4: ")),
        ("line_height", "1.5rem", json!(40), None),
        ("letter_spacing", "10%", json!(40), None),
        ("line_height", "1.5em", Value::Null, None),
    ] {
        let found = of(name, text, font_size);
        let is_right = match expected {
            Some(start) => found.as_deref().is_some_and(|found| found.starts_with(start)),
            None => found.is_none(),
        };
        assert!(is_right, "{name} {text}: {found:?}");
    }
}
