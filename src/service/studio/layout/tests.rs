//! What the layers of a new template take over from the design.

use haibao_core::render::inspect;

use super::*;
use crate::service::fonts;

/// An SVG of 400 x 600 px with this content.
fn shapes_of(root: &str, body: &str) -> Shapes {
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"600\" viewBox=\"0 0 400 600\" {root}>{body}</svg>"
    );
    inspect(&Bytes::from(svg), &fonts::embedded()).expect("SVG")
}

fn slot(id: &str, kind: SlotKind) -> Slot {
    Slot { id: id.to_owned(), kind, param: format!("own_{id}"), required: None }
}

/// layout.json for an SVG of 400 x 600 px with this content, whose elements `a` and `b` become slots of this kind.
fn layout_of(root: &str, body: &str, kind: SlotKind) -> Value {
    let shapes = shapes_of(root, body);
    let known = |id: &&str| shapes.shapes.iter().any(|shape| shape.id == *id);
    let slots: Vec<Slot> = ["a", "b"].into_iter().filter(known).map(|id| slot(id, kind)).collect();
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
fn codes_on_dark_grounds_and_pictures_have_a_plate() {
    let ground = |color: &str| format!("<rect width=\"400\" height=\"600\" fill=\"{color}\"/>");
    let code = "<rect id=\"a\" x=\"20\" y=\"20\" width=\"150\" height=\"150\" rx=\"12\" fill=\"#fff\"/>";
    for (color, expected) in [("#1f2a44", true), ("#808080", true), ("#f5f0e8", false), ("#ffffff", false)] {
        let layout = layout_of("", &(ground(color) + code), SlotKind::Code);
        let plate = &layout["layers"][0]["plate"];
        assert_eq!(plate.is_object(), expected, "{color}: {layout}");
        if expected {
            assert_eq!(
                (plate["padding"].as_f64(), plate["border_radius"].as_f64()),
                (Some(9.0), Some(12.0)),
                "{plate}"
            );
        }
    }
    let photo = |top: u32| format!("<rect id=\"b\" y=\"{top}\" width=\"400\" height=\"300\" fill=\"#ddd\"/>");
    for (body, expected) in [(photo(0) + code, true), (photo(300) + code, false)] {
        let shapes = shapes_of("", &(ground("#ffffff") + &body));
        let slots = [("b", SlotKind::Image), ("a", SlotKind::Code)].map(|(id, kind)| slot(id, kind));
        let layout: Value = serde_json::from_slice(&files(&shapes, "t", &slots)["layout.json"]).expect("JSON");
        assert_eq!(layout["layers"][1]["plate"].is_object(), expected, "{body}: {layout}");
    }
}

#[test]
fn optional_parameters_hide_their_layers_only_if_there_is_nothing() {
    let body = "<rect id=\"a\" width=\"200\" height=\"60\"/>";
    let shapes = shapes_of("", body);
    for (kind, param, when) in [
        (SlotKind::Text, "price", "{{#if price includeZero=true}}yes{{/if}}"),
        (SlotKind::Text, "label", "{{#if label}}yes{{/if}}"),
        (SlotKind::Text, "date", "{{#if this.date}}yes{{/if}}"),
        (SlotKind::Image, "photo", "{{photo}}"),
    ] {
        let slot = Slot { param: param.to_owned(), required: Some(false), ..slot("a", kind) };
        let layout: Value = serde_json::from_slice(&files(&shapes, "t", &[slot])["layout.json"]).expect("JSON");
        assert_eq!(layout["layers"][0]["when"], when, "{layout}");
    }
}

#[test]
fn parameters_of_one_meaning_have_their_numbers() {
    let shapes = shapes_of("", "<rect id=\"a\" width=\"200\" height=\"200\"/>");
    for (kind, param, expected) in [
        (SlotKind::Image, "photo", "图片"),
        (SlotKind::Image, "photo_2", "图片 2"),
        (SlotKind::Image, "picture", "图片"),
        (SlotKind::Image, "picture_3", "图片 3"),
        (SlotKind::Image, "photo_12", "图片 12"),
        (SlotKind::Text, "text", "文字"),
        (SlotKind::Text, "text_2", "文字 2"),
        (SlotKind::Text, "headnote_2", "headnote_2"),
    ] {
        let slot = Slot { param: param.to_owned(), ..slot("a", kind) };
        let layout: Value = serde_json::from_slice(&files(&shapes, "t", &[slot])["layout.json"]).expect("JSON");
        assert_eq!(layout["params"]["properties"][param]["title"], expected, "{layout}");
    }
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
fn texts_are_shrunk_as_long_as_they_can_be_read() {
    // Half of the size, or 6.4 px on a canvas of 400 px.
    for (size, expected) in [(40, None), (12, Some(7.0)), (8, Some(7.0)), (7, None), (6, None)] {
        let body = format!("<text id=\"a\" x=\"60\" y=\"100\" font-size=\"{size}\">小满</text>");
        let layer = &layout_of("", &body, SlotKind::Text)["layers"][0];
        assert_eq!(layer["min_font_size"].as_f64(), expected, "{layer}");
    }
    let rect = layout_of("", "<rect id=\"a\" width=\"90\" height=\"14\"/>", SlotKind::Text);
    assert_eq!(rect["layers"][0]["min_font_size"].as_f64(), Some(7.0), "{rect}");
}

#[test]
fn texts_of_one_line_have_the_room_beside_them() {
    let found = |body: &str| {
        let layout = layout_of("", body, SlotKind::Text);
        let all = layout["layers"][0]["box"].as_array().cloned();
        all.map(|all| all.iter().filter_map(Value::as_f64).collect::<Vec<_>>())
    };
    let text = |x: u32, anchor: &str| {
        format!("<text id=\"a\" x=\"{x}\" y=\"100\" font-size=\"20\" text-anchor=\"{anchor}\">小满</text>")
    };
    let ends = |body: &str| found(body).map(|all| [all[0].round(), (all[0] + all[2]).round()]);
    let block = |x: u32, y: u32, width: u32| {
        format!("<rect id=\"b\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"60\" fill=\"#ddd\"/>")
    };
    let margin = (400.0 * 0.054_f64).round();
    // Up to the edge of the canvas, the next element, and the edge of what is around.
    assert_eq!(ends(&text(60, "start")), Some([60.0, 400.0 - margin]));
    assert_eq!(ends(&(text(60, "start") + &block(300, 70, 60))), Some([60.0, 292.0]));
    assert_eq!(ends(&(text(60, "start") + &block(300, 200, 60))), Some([60.0, 400.0 - margin]), "it is below");
    assert_eq!(ends(&(block(50, 70, 200) + &text(60, "start"))), Some([60.0, 250.0 - margin]));
    assert_eq!(ends(&text(340, "end")), Some([margin, 340.0]));
    // The middle stays where it is.
    assert_eq!(ends(&text(100, "middle")).map(|[from, to]| from + to), Some(200.0));
    assert_eq!(found(&(text(60, "start") + &block(102, 70, 60))), None, "there is no room");
    let lines =
        "<text id=\"a\" x=\"60\" y=\"100\" font-size=\"20\">一二三<tspan x=\"60\" y=\"130\">四五六</tspan></text>";
    assert_eq!(found(lines), None, "lines have the width of the design");
}

#[test]
fn texts_are_aligned_as_their_neighbours_show() {
    let text = |id: &str, x: u32, y: u32, anchor: &str, content: &str| {
        format!("<text id=\"{id}\" x=\"{x}\" y=\"{y}\" font-size=\"20\" text-anchor=\"{anchor}\">{content}</text>")
    };
    let own = |x: u32, anchor: &str| text("a", x, 100, anchor, "小满");
    let rect = |x: u32, y: u32, width: u32, height: u32| {
        format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"#ddd\"/>")
    };
    // An avatar at the left of a text that is 180 to 220.
    let avatar = rect(90, 60, 80, 80);
    for (body, align, ends) in [
        (own(180, "start"), json!("center"), [22, 378]),
        (
            avatar.clone() + &own(180, "start") + &text("c", 180, 130, "start", "向你推荐一件好物"),
            Value::Null,
            [180, 378],
        ),
        (avatar.clone() + &own(180, "start"), Value::Null, [180, 378]),
        (own(180, "start") + &rect(230, 60, 80, 80), json!("right"), [22, 220]),
        // A text of the same width stands in the middle, too.
        (own(180, "start") + &text("c", 180, 130, "start", "小雨"), json!("center"), [22, 378]),
        (own(180, "start") + &text("c", 60, 130, "start", "向你推荐好物"), json!("center"), [22, 378]),
        (own(180, "start") + &text("c", 220, 130, "end", "向你推荐一件好物"), json!("right"), [22, 220]),
        (own(180, "start") + &text("c", 180, 400, "start", "向你推荐一件好物"), json!("center"), [22, 378]),
        // The text's own anchor decides first; it has at least the room of an ordinary value.
        (own(200, "middle") + &text("c", 180, 130, "start", "向你推荐一件好物"), json!("center"), [22, 378]),
        (avatar + &own(200, "middle"), json!("center"), [178, 298]),
        // At the right edge there is no room after it.
        (own(350, "start"), json!("right"), [22, 390]),
        // In the middle of a button.
        (rect(40, 70, 200, 50) + &own(120, "start"), json!("center"), [62, 218]),
        (rect(40, 70, 200, 50) + &own(60, "start"), Value::Null, [60, 220]),
        (format!("<g id=\"a\">{}</g>", text("c", 60, 100, "start", "小满")), Value::Null, [60, 378]),
    ] {
        let layout = layout_of("", &body, SlotKind::Text);
        let layer = &layout["layers"][0];
        assert_eq!(layer["text_align"], align, "{body}: {layout}");
        let rect: Vec<f64> = layer["box"].as_array().expect("a box").iter().filter_map(Value::as_f64).collect();
        let found = [rect[0], rect[0] + rect[2]];
        let is_near = |(one, other): (f64, i32)| (one - f64::from(other)).abs() < 2.5;
        assert!(found.into_iter().zip(ends).all(is_near), "{found:?} {ends:?} {body}");
    }
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
