//! Places of layers in the artwork.

use haibao_core::{
    encode::Format,
    render::{Config, Renderer},
};

use crate::kit;

#[test]
fn a_moved_layer_keeps_its_slot() {
    let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><rect width="300" height="200" fill="#fff"/>
      <rect id="slot" x="20" y="20" width="60" height="60" fill="#00f"/><rect x="150" width="50" height="200" fill="#080"/></svg>"##;
    let colors = |layers: serde_json::Value| {
        let layout = serde_json::json!({ "title": "moved", "canvas": { "width": 300, "height": 200 }, "artwork": "a.svg",
            "layers": layers });
        let files = [("layout.json", layout.to_string()), ("a.svg", svg.to_owned())];
        let template = kit::compile("moved", files.map(|(name, text)| (name.to_owned(), text.into())).into());
        let plan = kit::plan(&template, serde_json::json!({}), 1.0);
        let renderer = Renderer::new(kit::fonts(), Config::default());
        let rendered = renderer.render(&plan, &kit::gather(&plan), Format::Png).expect("drawn");
        let pixels = image::load_from_memory(&rendered.bytes).expect("decodes").into_rgb8();
        // In the element, beside the bar, beneath it, and on its other side.
        [(50, 50), (130, 120), (175, 120), (230, 120)].map(|(x, y)| pixels.get_pixel(x, y).0)
    };
    let [white, green, red] = [[255, 255, 255], [0, 136, 0], [255, 0, 0]];
    let shape = |place: serde_json::Value| {
        let mut layer = serde_json::json!({ "type": "shape", "background": "#f00" });
        layer.as_object_mut().expect("an object").extend(place.as_object().cloned().expect("an object"));
        layer
    };
    let place = serde_json::json!({ "at": "#slot", "box": [120, 100, 130, 60] });
    assert_eq!(
        colors(serde_json::json!([shape(place.clone())])),
        [white, red, green, red],
        "its order is that of the element"
    );
    let above = serde_json::json!({ "box": [120, 100, 130, 60] });
    assert_eq!(
        colors(serde_json::json!([shape(above)])),
        [[0, 0, 255], red, red, red],
        "a box alone is above the artwork"
    );
    let mut row = serde_json::json!({ "type": "row", "children": [{ "type": "shape", "width": 130, "height": 60, "background": "#f00" }] });
    row.as_object_mut().expect("an object").extend(place.as_object().cloned().expect("an object"));
    assert_eq!(colors(serde_json::json!([row])), [white, red, green, red], "also the children of a container");
    let both = serde_json::json!([shape(place), shape(serde_json::json!({ "at": "#slot" }))]);
    assert_eq!(colors(both), [red, red, green, red], "others stay in the slot");
}
