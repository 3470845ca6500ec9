//! Strings of `"format": "image"`.

use super::*;

#[test]
fn images_may_be_urls_data_uris_or_files() {
    for photo in ["https://a.cn/b.jpg", "data:image/png;base64,AA", "assets/photo.jpg", "./assets/photo.jpg", ""] {
        let params = json!({ "title": "a", "price": 1, "photo": photo });
        assert!(product().check(&params).is_ok(), "{photo}");
    }
    for photo in ["ftp://a/b", "../secret", "photo", "http://"] {
        assert_eq!(found(&product(), json!({ "title": "a", "price": 1, "photo": photo })).len(), 1, "{photo}");
    }
}

#[test]
fn images_are_checked_in_lists_and_behind_references() {
    let schema = schema(json!({
        "type": "object",
        "properties": { "all": { "type": "array", "items": { "$ref": "#/$defs/picture" } } },
        "$defs": { "picture": { "allOf": [{ "$ref": "#/$defs/image" }] }, "image": { "type": "string", "format": "image" } }
    }));
    assert!(schema.check(&json!({ "all": ["assets/photo.jpg"] })).is_ok());
    assert_eq!(found(&schema, json!({ "all": ["", "nothing"] }))[0].1, "/all/1");
}

#[test]
fn images_are_checked_where_a_schema_certainly_applies() {
    let image = json!({ "type": "string", "format": "image" });
    let schema = schema(json!({
        "type": "object",
        "properties": {
            "pair": { "type": "array", "prefixItems": [{ "type": "string" }], "items": image },
            "map": { "type": "object", "additionalProperties": image },
            "either": { "anyOf": [image, { "type": "string" }] }
        }
    }));
    let photo = "assets/photo.jpg";
    let valid = json!({ "pair": ["no picture", photo], "map": { "a": photo }, "either": "no picture" });
    schema.check(&valid).expect("valid");
    let pointers = found(&schema, json!({ "pair": ["", "x"], "map": { "a": "x" } })).into_iter().map(|found| found.1);
    assert_eq!(pointers.collect::<Vec<_>>(), ["/pair/1", "/map/a"]);
}

#[test]
fn white_space_is_no_picture_where_one_is_required() {
    let image = |minimum: u64| {
        let photo = json!({ "type": "string", "format": "image", "minLength": minimum });
        schema(json!({ "type": "object", "properties": { "photo": photo } }))
    };
    for blank in [" ", "\t", "\u{3000}", "\n "] {
        let found = found(&image(1), json!({ "photo": blank }));
        let expected = [(ViolationKind::Invalid, "/photo", "0 characters, at least 1 is needed")];
        let found: Vec<_> = found.iter().map(|(kind, pointer, message, _)| (*kind, &**pointer, &**message)).collect();
        assert_eq!(found, expected, "{blank:?}");
        assert!(image(0).check(&json!({ "photo": blank })).is_ok(), "{blank:?} is no picture, and none is required");
    }
    assert_eq!(found(&image(3), json!({ "photo": " " })).len(), 1, "one violation for each value");
}
