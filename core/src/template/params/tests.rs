//! Validation of parameters and of their schema.

mod images;
mod numbers;

use super::*;

fn schema(params: Value) -> Schema {
    let Value::Object(params) = params else { panic!("no object") };
    let files: FilePaths = ["assets/photo.jpg".to_owned()].into();
    Schema::compile(&params, Arc::new(files)).unwrap_or_else(|found| panic!("{found:#?}"))
}

fn product() -> Schema {
    schema(json!({
        "type": "object",
        "required": ["title", "price"],
        "properties": {
            "title": { "type": "string", "maxLength": 5 },
            "price": { "type": "integer", "minimum": 0 },
            "photo": { "type": "string", "format": "image" },
            "kind": { "enum": ["new", "used"], "default": "new" },
            "buyers": { "type": "array", "maxItems": 2, "items": {
                "type": "object", "properties": { "name": { "type": "string" }, "avatar": { "type": "string" } } } },
            "free": { "type": "object" }
        }
    }))
}

/// Kind, pointer, message and hint of each violation.
fn found(schema: &Schema, params: Value) -> Vec<(ViolationKind, String, String, Option<String>)> {
    let found = schema.check(&params).expect_err("a violation");
    found.into_iter().map(|v| (v.kind, v.pointer, v.message.text(), v.message.hint_text())).collect()
}

#[test]
fn absent_parameters_are_filled_in() {
    let filled = product().check(&json!({ "title": "a", "price": 1, "buyers": [{ "name": "b" }] })).unwrap();
    let expected = json!({
        "title": "a", "price": 1, "buyers": [{ "name": "b", "avatar": null }],
        "photo": null, "kind": "new", "free": null
    });
    assert_eq!(Value::Object(filled), expected);
}

#[test]
fn all_violations_are_reported_in_plain_words() {
    let params = json!({
        "titel": "a", "price": "12", "kind": "nwe", "photo": "assets/foto.jpg",
        "buyers": [{ "name": 1 }, { "nmae": "b" }]
    });
    let mut all = found(&product(), params);
    all.sort_by(|a, b| a.1.cmp(&b.1));
    let expected = [
        (ViolationKind::Type, "/buyers/0/name", "expected string, got number 1", None),
        (ViolationKind::Unknown, "/buyers/1/nmae", "`nmae` is not known here", Some("did you mean `name`?")),
        (
            ViolationKind::Invalid,
            "/kind",
            "expected \"new\" or \"used\", got string \"nwe\"",
            Some("did you mean `new`?"),
        ),
        (
            ViolationKind::Invalid,
            "/photo",
            "\"assets/foto.jpg\" is not a file of the template's folder",
            Some("did you mean `assets/photo.jpg`?"),
        ),
        (ViolationKind::Number, "/price", "expected integer, got string \"12\"", None),
        (ViolationKind::Unknown, "/titel", "`titel` is not known here", Some("did you mean `title`?")),
        (ViolationKind::Missing, "/title", "`title` is missing", None),
    ];
    let expected = expected.map(|(s, p, m, h)| (s, p.to_owned(), m.to_owned(), h.map(str::to_owned)));
    assert_eq!(all, expected, "{all:#?}");
}

#[test]
fn messages_name_the_limit() {
    let message = |params: Value| {
        let mut all = found(&product(), params);
        assert_eq!(all.len(), 1, "{all:#?}");
        all.remove(0).2
    };
    assert_eq!(message(json!({ "title": "商品商品商品", "price": 1 })), "6 characters, at most 5 are allowed");
    assert_eq!(message(json!({ "title": "a", "price": -1 })), "-1 is less than the minimum of 0");
    assert_eq!(message(json!({ "title": "a", "price": 1.5 })), "expected integer, got number 1.5");
    assert_eq!(message(json!({ "title": "a", "price": null })), "expected integer, got null");
    let buyers = json!({ "title": "a", "price": 1, "buyers": [{}, {}, {}] });
    assert_eq!(message(buyers), "3 elements, at most 2 are allowed");
    assert_eq!(message(json!([1])), "expected object, got an array");
    assert_eq!(message(json!("x")), "expected object, got string \"x\"");
}

#[test]
fn messages_repeat_at_most_60_characters_of_a_value() {
    let long = "长".repeat(1000);
    for (_, _, message, _) in found(&product(), json!({ "title": "a", "price": long, "photo": long, "kind": long })) {
        assert!(message.matches('长').count() == 60, "{message}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let schema = schema(json!({ "type": "object", "additionalProperties": true }));
    let mut deep = json!(1);
    for _ in 0..1000 {
        deep = Value::Array(vec![deep]);
    }
    assert_eq!(
        found(&schema, Value::Object([("a".to_owned(), deep)].into_iter().collect()))[0].2,
        "nested deeper than 32 levels"
    );
    assert_eq!(found(&schema, json!({ "a": vec![0; 100_000] }))[0].2, "100000 elements, at most 256 are allowed");
    let many = product().check(&json!({ "buyers": vec![json!({ "x": 1, "name": 2 }); 256] })).unwrap_err();
    assert_eq!(many.len(), 100);
}

#[test]
fn a_recursive_schema_terminates() {
    let schema = schema(json!({
        "type": "object",
        "properties": { "node": { "$ref": "#/$defs/node" } },
        "$defs": { "node": { "type": "object", "default": {}, "properties": {
            "left": { "$ref": "#/$defs/node" }, "right": { "$ref": "#/$defs/node" } } } }
    }));
    let filled = schema.check(&json!({})).unwrap();
    assert_eq!(Value::Object(filled), json!({ "node": { "left": null, "right": null } }));
}

#[test]
fn other_properties_are_allowed_where_the_schema_says_so() {
    let open = schema(json!({ "type": "object", "properties": { "a": {} }, "additionalProperties": true }));
    assert!(open.check(&json!({ "b": 1 })).is_ok());
    let composed =
        schema(json!({ "type": "object", "properties": { "a": {} }, "allOf": [{ "properties": { "b": {} } }] }));
    assert!(composed.check(&json!({ "a": 1, "b": 1 })).is_ok());
}

#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the test bounds a time")]
#[test]
fn patterns_match_in_linear_time() {
    let of = |pattern: &str| json!({ "type": "object", "properties": { "a": { "pattern": pattern } } });
    for pattern in ["^(a+)+$", "^(a|a)*$", "^(.*?,){25}a$"] {
        let start = std::time::Instant::now();
        assert!(schema(of(pattern)).check(&json!({ "a": format!("{}b", "a".repeat(50_000)) })).is_err(), "{pattern}");
        assert!(start.elapsed().as_secs() < 10, "{pattern}: {:?}", start.elapsed());
    }
    for (pattern, why) in [("^(a+)+\\1$", "backreferences"), ("^(?=(a+)+$)a", "look-ahead"), ("(", "not closed")] {
        let schema = of(pattern);
        let found = Schema::compile(schema.as_object().unwrap(), Arc::new(FilePaths::default())).unwrap_err();
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].pointer, "/properties/a/pattern");
        assert!(found[0].message.text().contains(why), "{found:#?}");
    }
}

#[test]
fn elements_of_a_tuple_are_filled_in_by_their_own_schemas() {
    let schema = schema(json!({ "type": "object", "properties": { "list": {
        "type": "array",
        "prefixItems": [{ "type": "object", "properties": { "a": {} } }],
        "items": { "type": "object", "properties": { "b": { "default": 1 } } }
    } } }));
    let filled = schema.check(&json!({ "list": [{}, {}] })).expect("valid");
    assert_eq!(Value::Object(filled), json!({ "list": [{ "a": null }, { "b": 1 }] }));
}

#[test]
fn integers_lose_their_fraction() {
    let properties = json!({ "id": { "type": "integer" }, "rate": { "type": "number" }, "count": { "default": 12.0 } });
    let schema = schema(json!({ "type": "object", "properties": properties }));
    let filled = schema.check(&json!({ "id": 8801.0, "rate": 0.5 })).expect("valid");
    assert_eq!(Value::Object(filled).to_string(), r#"{"id":8801,"rate":0.5,"count":12}"#);
}

#[test]
fn defaults_of_nested_properties_are_checked() {
    let alpha = json!({ "type": "number", "maximum": 3, "default": 5 });
    let nested = json!({ "type": "object", "properties": { "alpha": alpha } });
    let document = json!({ "type": "object", "properties": { "v": nested } });
    let found = Schema::compile(document.as_object().unwrap(), Arc::default()).expect_err("a violation");
    assert_eq!(found[0].pointer, "/properties/v/properties/alpha/default");
}

#[test]
fn marked_texts_are_found_wherever_a_schema_may_apply() {
    let name = json!({ "type": "string", "x-check": true });
    let schema = schema(json!({
        "type": "object",
        "$defs": {
            "name": name, "pair": { "prefixItems": [name], "items": { "type": "string" } },
            "tree": { "type": "object", "properties": {
                "text": { "$ref": "#/$defs/name" }, "below": { "type": "array", "items": { "$ref": "#/$defs/tree" } } } }
        },
        "properties": {
            "nickname": name, "title": { "type": "string" }, "empty": name, "plain": { "type": "string", "x-check": false },
            "wish": { "$ref": "#/$defs/name" },
            "beside": { "$ref": "#/$defs/pair/items", "x-check": true },
            "friends": { "type": "array", "items": { "type": "object", "properties": { "a/b": name } } },
            "pair": { "$ref": "#/$defs/pair" },
            "maybe": { "anyOf": [{ "type": "integer" }, name] },
            "tree": { "$ref": "#/$defs/tree" },
            "free": { "type": "object", "additionalProperties": name },
            "default": { "type": "string", "x-check": true, "default": "our own text" }
        }
    }));
    assert!(schema.marks());
    let params = json!({
        "nickname": "n", "title": "no", "empty": " \n", "plain": "no", "wish": "w", "beside": "b",
        "friends": [{ "a/b": "f0" }, {}, { "a/b": "f2" }], "pair": ["p", "no"], "maybe": "m",
        "tree": { "below": [{ "text": "t" }] }, "free": { "any": "x" }
    });
    let found = schema.marked(&params);
    let found: Vec<(&str, &str)> = found.iter().map(|(pointer, text)| (pointer.as_str(), *text)).collect();
    let expected = [
        ("/beside", "b"),
        ("/free/any", "x"),
        ("/friends/0/a~1b", "f0"),
        ("/friends/2/a~1b", "f2"),
        ("/maybe", "m"),
        ("/nickname", "n"),
        ("/pair/0", "p"),
        ("/tree/below/0/text", "t"),
        ("/wish", "w"),
    ];
    assert_eq!(found, expected);
    for (pointer, text) in found {
        assert_eq!(params.pointer(pointer), Some(&json!(text)), "the pointer leads to the text");
    }
    assert!(!product().marks() && product().marked(&json!({ "title": "a" })).is_empty());
}

#[test]
fn marks_that_cannot_work_are_faults_of_the_template() {
    let faults = |property: Value| {
        let params = json!({ "type": "object", "properties": { "a": property } });
        let Value::Object(params) = params else { unreachable!() };
        let found = Schema::compile(&params, Arc::default()).map(drop);
        found.map_or_else(|v| v.into_iter().map(|v| (v.pointer, v.message.text())).collect(), |()| Vec::new())
    };
    let one = |property: Value| faults(property).first().map(|(pointer, text)| format!("{pointer}: {text}"));
    let at = |name: &str, text: &str| Some(format!("/properties/a/{name}: {text}"));
    assert_eq!(one(json!({ "type": "string", "x-check": "yes" })), at("x-check", "`x-check` must be true or false"));
    let not_text = at("x-check", "only strings can be checked");
    assert_eq!(one(json!({ "type": "array", "x-check": true })), not_text);
    assert_eq!(one(json!({ "type": ["string", "object"], "x-check": true })), not_text);
    assert_eq!(one(json!({ "type": "string", "x-chek": true })), at("x-chek", "JSON Schema has no keyword `x-chek`"));
    assert_eq!(one(json!({ "type": ["string", "null"], "x-check": true })), None);
    // A text behind an anchor would not be found.
    let marked = json!({ "$anchor": "name", "type": "string", "x-check": true });
    let anchor = |reference: Value| faults(json!({ "$defs": { "name": marked }, "properties": { "b": reference } }));
    let expected = "a schema with `x-check` can refer to other parts by JSON pointers only";
    for (reference, at) in [(json!({ "$ref": "#name" }), "$ref"), (json!({ "$dynamicRef": "#name" }), "$dynamicRef")] {
        assert_eq!(anchor(reference), [(format!("/properties/a/properties/b/{at}"), expected.to_owned())]);
    }
    assert_eq!(anchor(json!({ "$ref": "#/properties/a/$defs/name" })), []);
    assert_eq!(one(json!({ "$id": "urn:a", "type": "string", "x-check": true })), at("$id", expected));
}

#[test]
fn unknown_formats_have_a_hint() {
    let hint = |format: &str| {
        let schema = json!({ "type": "object", "properties": { "a": { "type": "string", "format": format } } });
        let faults = Schema::compile(schema.as_object().unwrap(), Arc::default()).unwrap_err();
        faults[0].message.hint_text().unwrap_or_default()
    };
    for (format, expected) in [
        ("imgae", "did you mean `image`?"),
        ("color", "for a colour, write \"pattern\": \"^#[0-9a-fA-F]{6}$\" in its place"),
        ("colour", "for a colour, write \"pattern\": \"^#[0-9a-fA-F]{6}$\" in its place"),
    ] {
        assert_eq!(hint(format), expected);
    }
    let listed = hint("richtext");
    assert!(listed.starts_with("known here: ") && listed.contains("`image`, `money`"), "{listed}");
}

#[test]
fn deep_and_cyclic_schemas_are_visited_once() {
    // Each level passes through several references; all alternatives lead back to the same schema.
    let schema = schema(json!({
        "type": "object",
        "$defs": {
            "a": { "allOf": [{ "$ref": "#/$defs/b" }] }, "b": { "anyOf": [{ "$ref": "#/$defs/c" }, { "$ref": "#/$defs/c" }] },
            "c": { "allOf": [{ "$ref": "#/$defs/tree" }, { "$ref": "#/$defs/tree" }] },
            "tree": { "type": "object", "properties": {
                "text": { "type": "string", "x-check": true }, "below": { "$ref": "#/$defs/a" } } }
        },
        "properties": { "tree": { "$ref": "#/$defs/a" } }
    }));
    let mut tree = json!({ "text": "deep" });
    for _ in 0..MAX_DEPTH - 3 {
        tree = json!({ "below": tree });
    }
    let params = json!({ "tree": tree });
    let found = schema.marked(&params);
    assert_eq!(found.values().collect::<Vec<_>>(), [&"deep"]);
}

#[test]
fn amounts_of_money_are_fen() {
    let amount = json!({ "type": "integer", "format": "money", "minimum": 0, "maximum": 200_000 });
    let schema = schema(json!({
        "type": "object", "$defs": { "amount": amount },
        "properties": {
            "price": amount, "n": { "type": "integer" },
            "prices": { "type": "array", "items": { "$ref": "#/$defs/amount" } }
        }
    }));
    let given = json!({ "price": "¥12.50", "prices": [1280, "1,280.00", "89.9元", 1280.0], "n": 5 });
    let filled = schema.check(&given).unwrap_or_else(|found| panic!("{found:#?}"));
    assert_eq!(filled["price"], 1250);
    assert_eq!(
        filled["prices"].as_array().map(|all| all.iter().map(Value::as_f64).collect::<Vec<_>>()),
        Some(vec![Some(1280.0), Some(128_000.0), Some(8990.0), Some(1280.0)])
    );
    let one = |price: Value| found(&schema, json!({ "price": price })).remove(0);
    let (kind, pointer, message, hint) = one(json!(12.5));
    assert_eq!((kind, pointer.as_str()), (ViolationKind::Type, "/price"));
    assert_eq!(message, "expected an integer number of fen, got number 12.5");
    assert_eq!(hint.as_deref(), Some("write 1250, or \"¥12.50\""));
    assert_eq!(one(json!("128")).2, "\"128\" could be fen or yuan");
    assert_eq!(one(json!("面议")).2, "\"面议\" is not an amount of money");
    assert_eq!(one(json!("¥2001")).2, "¥2001.00 is more than the maximum of ¥2000.00");
    assert_eq!(one(json!(true)).2, "expected integer, got true");
    assert_eq!(found(&schema, json!({ "n": "¥5" })).len(), 1, "other integers are not amounts");
    let text = json!({ "type": "object", "properties": { "a": { "type": "string", "format": "money" } } });
    let faults = Schema::compile(text.as_object().unwrap(), Arc::default()).unwrap_err();
    assert_eq!(faults[0].pointer, "/properties/a/format");
}

#[test]
fn messages_name_the_parameter_by_its_title_and_the_unit_of_amounts() {
    let titled = schema(json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": { "type": "string", "title": "商品" },
            "price": { "$ref": "#/$defs/fen", "title": "价格", "x-titles": { "zh": "售价", "en": ["Price", "Cost"] } },
            "goods": { "type": "array", "items": { "type": "object", "properties": {
                "cost": { "$ref": "#/$defs/fen" }, "no": { "type": "string" } } } }
        },
        "$defs": { "fen": { "type": "integer", "format": "money", "minimum": 0, "title": "金额" } }
    }));
    let params = json!({ "price": -5, "goods": [{ "cost": 89.9, "no": 1 }] });
    let mut all: Vec<_> =
        found(&titled, params).into_iter().map(|(_, pointer, text, hint)| (pointer, text, hint)).collect();
    all.sort();
    let expected = [
        (
            "/goods/0/cost",
            "金额: expected an integer number of fen, got number 89.9",
            Some("write 8990, or \"¥89.90\""),
        ),
        ("/goods/0/no", "expected string, got number 1", None),
        ("/name", "商品: `name` is missing", None),
        ("/price", "Price: -¥0.05 is less than the minimum of ¥0.00", None),
    ];
    assert_eq!(
        all,
        expected.map(|(pointer, text, hint)| (pointer.to_owned(), text.to_owned(), hint.map(str::to_owned)))
    );
    let hint = found(&titled, json!({ "name": "a", "Cost": 1 })).remove(0).3;
    assert_eq!(hint.as_deref(), Some("did you mean `price`?"), "a title of another language");
    let finding = finding(titled.check(&json!({ "name": 1 })).unwrap_err().remove(0), "/params");
    assert_eq!(finding.message, "商品: expected string, got number 1");
    assert_eq!(unnamed(&finding).message, "expected string, got number 1");
}

#[test]
fn forms_are_explained_by_examples_before_patterns() {
    let pattern = format!("^({})[0-9]$", ["A|B"; 20].join("|"));
    let of = |more: &str| serde_json::from_str::<Value>(&format!(r#"{{ "pattern": "{pattern}"{more} }}"#)).unwrap();
    let texts = [r#", "examples": ["A1"], "description": "d""#, r#", "description": "A or B""#, ""];
    let schema =
        schema(json!({ "type": "object", "properties": { "a": of(texts[0]), "b": of(texts[1]), "c": of(texts[2]) } }));
    let hints = found(&schema, json!({ "a": "X", "b": "X", "c": "X" })).into_iter().map(|(.., hint)| hint.unwrap());
    let whole = format!("the form as a regular expression: \"{pattern}\"");
    let expected = ["write it like \"A1\"", "A or B", &whole];
    assert_eq!(hints.collect::<Vec<_>>(), expected);
}
