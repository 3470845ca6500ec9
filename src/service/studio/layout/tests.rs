//! What the layers of a new template take over from the design.

use haibao_core::render::inspect;

use super::*;
use crate::service::fonts;

/// layout.json for an SVG of 400 x 600 px with this content, whose elements `a` and `b` become slots of this kind.
fn layout_of(root: &str, body: &str, kind: SlotKind) -> Value {
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"600\" viewBox=\"0 0 400 600\" {root}>{body}</svg>"
    );
    let shapes = inspect(&Bytes::from(svg), &fonts::embedded()).expect("SVG");
    let known = |id: &&str| shapes.shapes.iter().any(|shape| shape.id == *id);
    let slot = |id: &str| Slot { id: id.to_owned(), kind, param: format!("own_{id}"), required: None };
    let slots: Vec<Slot> = ["a", "b"].into_iter().filter(known).map(slot).collect();
    serde_json::from_slice(&files(&shapes, "t", &slots)["layout.json"]).expect("JSON")
}

#[test]
fn pictures_have_the_corners_of_their_shapes() {
    for (body, expected) in [
        ("<rect id=\"a\" width=\"200\" height=\"100\"/>", Value::Null),
        ("<rect id=\"a\" width=\"200\" height=\"100\" rx=\"16\"/>", json!(16.0)),
        ("<rect id=\"a\" width=\"200\" height=\"100\" rx=\"7.4\"/>", json!(7.4)),
        ("<rect id=\"a\" width=\"200\" height=\"100\" rx=\"50\"/>", json!(50.0)),
        ("<rect id=\"a\" width=\"100\" height=\"100\" rx=\"50\"/>", json!("50%")),
        ("<circle id=\"a\" cx=\"90\" cy=\"90\" r=\"60\"/>", json!("50%")),
        ("<g id=\"a\"><circle cx=\"90\" cy=\"90\" r=\"60\"/></g>", json!("50%")),
        ("<path id=\"a\" d=\"M20 0h160a20 20 0 0 1 20 20v80H0V20A20 20 0 0 1 20 0z\"/>", json!([20.0, 20.0, 0.0, 0.0])),
        ("<path id=\"a\" d=\"M100 0l100 200H0z\"/>", Value::Null),
        (
            "<image id=\"a\" width=\"200\" height=\"100\" href=\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mO4fPnyfwAIRgOYUZBZ4AAAAABJRU5ErkJggg==\"/>",
            Value::Null,
        ),
    ] {
        let layout = layout_of("", body, SlotKind::Image);
        assert_eq!(layout["layers"][0]["border_radius"].as_f64(), expected.as_f64(), "{body}: {layout}");
        if !expected.is_number() {
            let numbers = |value: &Value| value.as_array().map(|all| all.iter().map(Value::as_f64).collect::<Vec<_>>());
            let own = &layout["layers"][0]["border_radius"];
            assert_eq!((own.as_str(), numbers(own)), (expected.as_str(), numbers(&expected)), "{body}: {layout}");
        }
    }
    let rounded = "<rect id=\"a\" width=\"100\" height=\"100\" rx=\"16\"/>";
    for kind in [SlotKind::Code, SlotKind::Barcode, SlotKind::Text] {
        let layout = layout_of("", rounded, kind);
        assert!(layout["layers"][0]["border_radius"].is_null(), "{layout}");
    }
}

#[test]
fn what_clips_and_masks_leave_is_the_box_of_a_layer() {
    let shape = "<rect x=\"30\" y=\"30\" width=\"300\" height=\"200\" rx=\"20\" fill=\"#fff\"/>";
    let picture = "x=\"-20\" width=\"760\" height=\"560\" fill=\"#b8cfc2\"";
    for body in [
        format!("<mask id=\"m\">{shape}</mask><g id=\"a\">{shape}<rect mask=\"url(#m)\" {picture}/></g>"),
        format!("<clipPath id=\"c\">{shape}</clipPath><g id=\"a\" clip-path=\"url(#c)\"><rect {picture}/></g>"),
    ] {
        let layout = layout_of("", &body, SlotKind::Image);
        let layer = &layout["layers"][0];
        let numbers: Vec<_> = layer["box"].as_array().expect("a box").iter().map(Value::as_f64).collect();
        assert_eq!(numbers, [30.0, 30.0, 300.0, 200.0].map(Some), "{layout}");
        assert_eq!((&layer["at"], layer["border_radius"].as_f64()), (&json!("#a"), Some(20.0)), "{layout}");
    }
    let layout = layout_of("", &format!("<g id=\"a\">{shape}</g>"), SlotKind::Image);
    assert!(layout["layers"][0]["box"].is_null(), "{layout}");
}

#[test]
fn texts_are_set_as_in_the_design() {
    let text = |attributes: &str, content: &str| {
        let body = format!("<text id=\"a\" x=\"60\" y=\"100\" {attributes}>{content}</text>");
        layout_of("", &body, SlotKind::Text)["layers"][0].clone()
    };
    let large = text("font-size=\"38.5\" font-weight=\"600\" fill=\"#a01020\" letter-spacing=\"2\"", "价格");
    for (name, expected) in [("font_size", 38.5), ("font_weight", 600.0), ("letter_spacing", 2.0), ("max_lines", 1.0)] {
        assert_eq!(large[name].as_f64(), Some(expected), "{name}: {large}");
    }
    assert_eq!((&large["color"], &large["text_align"]), (&json!("#a01020"), &Value::Null));
    for (anchor, expected) in [("start", Value::Null), ("middle", json!("center")), ("end", json!("right"))] {
        let found = text(&format!("text-anchor=\"{anchor}\" font-size=\"20\""), "价格");
        assert_eq!((&found["text_align"], &found["font_weight"]), (&expected, &Value::Null), "{found}");
    }
    let lines = text("font-size=\"30\"", "一二三<tspan x=\"60\" y=\"142\">四五六</tspan>");
    assert_eq!((lines["max_lines"].as_f64(), lines["font_size"].as_f64()), (Some(2.0), Some(30.0)), "{lines}");
    let between = lines["line_height"].as_f64().expect("a line height");
    assert!((41.5..42.5).contains(&between), "{between}");
    // Larger letters of one text are its main ones.
    let mixed = text("font-size=\"20\"", "¥<tspan font-size=\"48\" font-weight=\"700\">168</tspan>");
    assert_eq!((mixed["font_size"].as_f64(), mixed["font_weight"].as_f64()), (Some(48.0), Some(700.0)), "{mixed}");
    let within = "<g id=\"a\"><rect width=\"200\" height=\"60\" fill=\"#fff\"/><text x=\"9\" y=\"40\" font-size=\"24\">a</text></g>";
    assert_eq!(layout_of("", within, SlotKind::Text)["layers"][0]["font_size"].as_f64(), Some(24.0));
}

#[test]
fn the_background_is_the_ground_of_the_artwork() {
    let whole = |rest: &str| format!("<rect width=\"400\" height=\"600\" {rest}/>");
    let photo = "<rect id=\"b\" width=\"90\" height=\"90\"/>";
    for (root, body, expected) in [
        ("", whole("fill=\"#203040\"") + photo, "#203040"),
        ("style=\"background:#f5f0e8\"", photo.to_owned(), "#f5f0e8"),
        ("style=\"background:#f5f0e8\"", whole("fill=\"#203040\"") + photo, "#203040"),
        ("", photo.to_owned(), "#ffffff"),
        ("", whole("fill=\"#203040\" rx=\"40\"") + photo, "#ffffff"),
        // The photo takes the place of the rectangle.
        ("", whole("fill=\"#203040\"") + &whole("id=\"a\" fill=\"#d9d9d9\""), "#203040"),
        ("", whole("id=\"a\" fill=\"#d9d9d9\""), "#ffffff"),
    ] {
        let layout = layout_of(root, &body, SlotKind::Image);
        assert_eq!(layout["canvas"]["background"], expected, "{root} {body}");
    }
}
