//! Faults of text layers.

use super::{found, load, only};

fn text(fields: &str) -> String {
    format!(r##"{{ "type": "text", "box": [0, 0, 9, 9], "font_size": 9{fields} }}"##)
}

#[test]
fn a_text_layer_has_either_text_or_spans() {
    assert!(load(&text(r#", "spans": [{ "text": "a" }, { "text": "{{title}}", "when": "{{title}}" }]"#)).is_ok());
    assert_eq!(only(load(&text(""))).0, "text_missing");
    assert_eq!(only(load(&text(r#", "text": "a", "spans": [{ "text": "a" }]"#))).0, "text_twice");
    assert_eq!(only(load(&text(r#", "spans": []"#))).1, "0 elements, at least 1 is needed");
}

#[test]
fn faults_of_spans_have_positions() {
    let layer = text(r##", "spans": [{ "text": "a", "colour": "#fff" }, { "text": "{{titel}}", "font_size": 0 }]"##);
    let all = found(load(&layer));
    let brief: Vec<_> = all.iter().map(|(code, place, hint)| (*code, place.as_str(), hint.as_str())).collect();
    let expected = [
        ("layout_unknown", "layout.json:7:81", "did you mean `color`?"),
        ("name_unknown", "layout.json:7:114", "did you mean `title`?"),
        ("layout_invalid", "layout.json:7:137", ""),
    ];
    assert_eq!(brief, expected, "{all:#?}");
    let literal = text(r#", "spans": [{ "text": "a", "font_family": "{{title}}" }]"#);
    assert_eq!(only(load(&literal)).0, "handlebars_refused");
}

#[test]
fn gradients_and_features_are_checked() {
    let color = |value: &str| only(load(&text(&format!(r##", "text": "a", "color": {value}"##))));
    let gradient = |stops: &str| color(&format!(r##"{{ "gradient": {{ "stops": [{stops}] }} }}"##));
    assert_eq!(gradient(r##"[0.5, "#000"], [0.4, "#fff"]"##).0, "gradient_order");
    assert_eq!(gradient(r##"[0, "#000"]"##).1, "1 element, at least 2 are needed");
    assert_eq!(gradient(r##"[0, "#000"], [1.5, "#fff"]"##).1, "1.5 is greater than the maximum of 1");
    let misspelt = found(load(&text(r##", "text": "a", "color": { "gradiant": {} }"##)));
    assert!(
        misspelt.iter().any(|(code, _, hint)| *code == "layout_unknown" && hint.contains("gradient")),
        "{misspelt:?}"
    );
    assert!(load(&text(r##", "text": "a", "color": "{{title}}""##)).is_ok());
    let features = |value: &str| load(&text(&format!(r##", "text": "a", "font_features": [{value}]"##)));
    assert!(features(r#""tnum", "liga=0""#).is_ok());
    let message = only(features(r#""tabular""#)).1;
    assert!(message.starts_with("expected an OpenType feature such as tnum or liga=0"), "{message}");
}

#[test]
fn min_font_size_is_at_most_font_size() {
    assert_eq!(only(load(&text(r#", "text": "a", "min_font_size": 10"#))).0, "font_size_range");
}
