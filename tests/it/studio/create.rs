//! New templates: from starters, and from the exports of design tools.

use std::{fs, path::Path};

use super::*;

const TOOLS: [&str; 7] = ["canva", "figma", "illustrator", "inkscape", "jsdesign", "mastergo", "sketch"];

/// The export of a design tool.
fn export(tool: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports").join(tool);
    fs::read_to_string(folder.join("artwork.svg")).expect("an export")
}

fn artwork(node: &Node, svg: &[u8], accept: &str) -> Response {
    send(node.addr, "POST", "/v1/studio/artworks", &[("Accept", accept)], svg)
}

fn create(node: &Node, body: &Value) -> Response {
    send(node.addr, "POST", "/v1/studio/templates", &[JSON], body.to_string().as_bytes())
}

fn svg(body: &str) -> String {
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"600\">{body}</svg>")
}

#[test]
fn an_export_of_each_tool_becomes_a_template() {
    let service = editing();
    for tool in TOOLS {
        let text = export(tool);
        let listed = artwork(&service, text.as_bytes(), "application/json").json();
        assert_eq!((&listed["width"], &listed["height"]), (&json!(750), &json!(1200)), "{tool}");
        let shapes = listed["shapes"].as_array().expect("shapes");
        let slots: Vec<Value> = shapes
            .iter()
            .filter(|shape| !shape["proposal"].is_null())
            .map(|shape| {
                let proposal = &shape["proposal"];
                json!({ "id": shape["id"], "kind": proposal["kind"], "param": proposal["param"], "required": proposal["required"] })
            })
            .collect();
        assert!(slots.len() >= 5, "{tool}: {slots:#?}");
        let name = format!("from-{tool}");
        let body = json!({ "name": name, "from": { "svg": text, "slots": slots, "title": tool } });
        let made = create(&service, &body);
        assert_eq!(made.status, 201, "{tool}: {}", made.text());
        assert_eq!(
            (made.header("location"), &made.json()["id"]),
            (&*format!("/v1/studio/templates/{name}"), &json!(name))
        );
        let template = open(&service, &name);
        let sample = file(&template, "samples/usual.json")["text"].as_str().expect("a sample");
        let params: Value = serde_json::from_str(sample).expect("JSON");
        let poster = service.post(&json!({ "template": name, "params": params }));
        let png = poster.poster();
        let size = image::load_from_memory(png).expect("a PNG");
        assert_eq!((size.width(), size.height()), (750, 1200), "{tool}");
        assert_eq!(payload(png).scene, "id=8801", "{tool}");
    }
}

#[test]
fn an_artwork_is_listed_and_drawn_without_being_kept() {
    let service = editing();
    let text =
        svg("<rect width=\"400\" height=\"600\" fill=\"#a01020\"/><rect id=\"photo\" width=\"90\" height=\"60\"/>\
                    <text id=\"note\" x=\"9\" y=\"300\" font-family=\"Futura\">a</text>");
    let listed = artwork(&service, text.as_bytes(), "application/json");
    assert_eq!(listed.header("cache-control"), "no-store");
    let listed = listed.json();
    let photo = listed["shapes"].as_array().expect("shapes").iter().find(|shape| shape["id"] == "photo");
    let photo = photo.unwrap_or_else(|| panic!("{listed:#}"));
    assert_eq!((&photo["box"], &photo["tag"]), (&json!([0.0, 0.0, 90.0, 60.0]), &json!("rect")));
    let proposal = json!({ "kind": "image", "param": "photo", "format": "image", "required": true });
    assert_eq!(photo["proposal"], proposal);
    let font = &listed["findings"][0];
    assert_eq!((&font["finding"]["code"], font["box"].is_array()), (&json!("font_unknown"), true), "{listed:#}");
    let drawn = artwork(&service, text.as_bytes(), "image/png");
    let picture = image::load_from_memory(drawn.poster()).expect("a PNG").into_rgb8();
    assert_eq!((picture.dimensions(), picture.get_pixel(300, 500).0), ((400, 600), [0xa0, 0x10, 0x20]));
    let names = fs::read_dir(service.folder.path().join("templates")).expect("a folder").count();
    assert_eq!(names, 1, "nothing is kept");
}

#[test]
fn a_starter_is_copied_and_a_blank_one_created() {
    let service = editing();
    for (body, files) in [
        (json!({ "name": "blank" }), &["layout.json", "artwork.svg", "samples/longest.json"][..]),
        (json!({ "name": "shop", "from": "product-share" }), &["assets/vase.jpg"]),
        (json!({ "name": "second", "from": TEMPLATE }), &["layout.json"]),
    ] {
        let made = create(&service, &body);
        assert_eq!(made.status, 201, "{}", made.text());
        let folder = service.folder.path().join("templates").join(body["name"].as_str().expect("a name"));
        for file in files {
            assert!(folder.join(file).is_file(), "{body}: {file}");
        }
        open(&service, body["name"].as_str().expect("a name"));
    }
    assert!(service.folder.path().join("templates/layout.schema.json").is_file());
}

#[test]
fn refused_templates_leave_nothing_behind() {
    let service = editing();
    let slot = |id: &str, kind: &str, param: &str| json!({ "id": id, "kind": kind, "param": param });
    let of = |slots: Value| json!({ "name": "mine", "from": { "svg": svg("<rect id=\"a\" width=\"90\" height=\"60\"/>"), "slots": slots } });
    for (body, status, code) in [
        (json!({ "name": TEMPLATE }), 409, "template_exists"),
        (json!({ "name": "product-share" }), 409, "template_exists"),
        (json!({ "name": "My" }), 422, "template_name"),
        (json!({ "name": "../mine" }), 422, "template_name"),
        (json!({ "name": "new" }), 422, "template_name"),
        (json!({ "name": "mine", "from": "none" }), 404, "template_unknown"),
        (json!({ "name": "mine", "from": "../my" }), 404, "template_unknown"),
        (json!({ "from": TEMPLATE }), 422, "request_invalid"),
        (json!({ "name": "mine", "from": 1 }), 422, "request_invalid"),
        (of(json!([slot("b", "text", "title")])), 422, "request_invalid"),
        (of(json!([slot("a", "text", "a b")])), 422, "request_invalid"),
        (of(json!([slot("a", "text", "t"), slot("a", "text", "u")])), 422, "request_invalid"),
        (json!({ "name": "mine", "from": { "svg": "<svg" } }), 422, "template_invalid"),
    ] {
        create(&service, &body).problem(status, code);
    }
    let problem = create(&service, &of(json!([slot("a", "text", "a b")]))).problem(422, "request_invalid");
    assert_eq!(errors(&problem), [("slot_invalid", "/from/slots/0/param")]);
    let names = fs::read_dir(service.folder.path().join("templates")).expect("a folder");
    let names: Vec<_> = names.map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names, [TEMPLATE], "no part of a template is left");
}

#[test]
fn no_artwork_harms_the_service() {
    let service = editing();
    let deep = svg(&format!("{}{}", "<g>".repeat(2000), "</g>".repeat(2000)));
    let entities = format!(
        "<!DOCTYPE svg [ <!ENTITY a \"{}\"> <!ENTITY b \"{}\"> <!ENTITY c \"{}\"> ]>{}",
        "x".repeat(1000),
        "&a;".repeat(1000),
        "&b;".repeat(1000),
        svg("<text>&c;</text>")
    );
    let outside = "<!DOCTYPE svg [ <!ENTITY a SYSTEM \"file:///etc/passwd\"> ]>".to_owned() + &svg("<text>&a;</text>");
    let uses: String =
        (1..40).map(|n| format!("<g id=\"u{n}\"><use href=\"#u{0}\"/><use href=\"#u{0}\"/></g>", n - 1)).collect();
    let uses = svg(&format!("<rect id=\"u0\" width=\"9\" height=\"9\"/>{uses}"));
    let circular = svg(
        "<mask id=\"a\"><rect width=\"9\" height=\"9\" mask=\"url(#a)\"/></mask><rect width=\"9\" height=\"9\" mask=\"url(#a)\"/>",
    );
    for text in [deep, entities, outside, uses, circular, "{{#each".to_owned(), svg("{{x}}"), String::new()] {
        for accept in ["application/json", "image/png"] {
            let answer = artwork(&service, text.as_bytes(), accept);
            assert!([200, 422].contains(&answer.status), "{}: {}", answer.status, &text[..text.len().min(200)]);
        }
    }
    artwork(&service, &[0xff, 0xd8, 0xff, 0xe0], "application/json").problem(422, "template_invalid");
    artwork(&service, &vec![b' '; (8 << 20) + 1], "application/json").problem(413, "body_too_large");
    // Scripts and links are no part of what is drawn; the SVG is not served as a page.
    let script = svg("<script>alert(1)</script><image href=\"http://127.0.0.1:1/x\" width=\"9\" height=\"9\"/>");
    let answer = artwork(&service, script.as_bytes(), "application/json");
    assert!([200, 422].contains(&answer.status), "{}", answer.text());
    let usual = svg("<rect id=\"title\" width=\"9\" height=\"9\"/>");
    assert_eq!(artwork(&service, usual.as_bytes(), "application/json").status, 200, "the service goes on");
}

#[test]
fn only_an_administrator_of_a_service_that_may_edit_creates_templates() {
    let service = Service::start();
    create(&service, &json!({ "name": "mine" })).problem(403, "studio_read_only");
    let page = service.get("/studio/new").text();
    assert!(page.contains("data-editable=\"false\""), "{page}");
    assert!(!service.get("/").text().contains("/studio/new"), "there is no button");
    let folder = workspace();
    let key = |name: &str, scopes: &[&str]| format!("Bearer {}", keys::add(folder.path(), name, scopes, &[]));
    let (usual, admin) = (key("usual", &[]), key("admin", &["--scopes", "templates,admin"]));
    let wechat = Emulator::start(Options::default()).expect("an emulator");
    let node = Node::start(folder.path(), &wechat.url(), &[("HAIBAO_STUDIO__EDIT", "true")]);
    let ask = |path: &str, key: &str, body: &str| {
        send(node.addr, "POST", path, &[JSON, ("Authorization", key)], body.as_bytes())
    };
    let body = json!({ "name": "mine" }).to_string();
    ask("/v1/studio/templates", &usual, &body).problem(403, "key_scope");
    ask("/v1/studio/artworks", &usual, &svg("")).problem(403, "key_scope");
    assert_eq!(ask("/v1/studio/artworks", &admin, &svg("<rect id=\"a\" width=\"9\" height=\"9\"/>")).status, 200);
    assert_eq!(ask("/v1/studio/templates", &admin, &body).status, 201);
    let page = |path: &str, key: &str| {
        let response = send(node.addr, "GET", path, &[("Authorization", key)], b"");
        String::from_utf8_lossy(&response.body).into_owned()
    };
    assert!(page("/studio/new", &admin).contains("data-editable=\"true\""));
    assert!(page("/", &admin).contains("/studio/new") && !page("/", &usual).contains("/studio/new"));
    // What takes dropped files.
    assert!(page("/", &admin).contains("id=\"drop\"") && !page("/", &usual).contains("id=\"drop\""));
}

#[test]
fn the_command_makes_a_template_of_an_svg() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("poster.svg"), export("figma")).expect("a file");
    fs::write(folder.path().join("plain.svg"), svg("<rect width=\"90\" height=\"60\"/>")).expect("a file");
    let made = run(folder.path(), &["new", "autumn", "--svg", "poster.svg"]);
    assert_eq!(made.status.code(), Some(0), "{}", talk(&made));
    assert!(talk(&made).contains("#title title") && talk(&made).contains("#code id"), "{}", talk(&made));
    let poster = run(folder.path(), &["render", "autumn", "--sample", "usual", "--demo", "-o", "a.png"]);
    assert_eq!(poster.status.code(), Some(0), "{}", talk(&poster));
    let plain = run(folder.path(), &["new", "plain", "--svg", "plain.svg"]);
    assert_eq!(plain.status.code(), Some(0), "{}", talk(&plain));
    assert!(talk(&plain).contains("no element is named like a slot"), "{}", talk(&plain));
    for (arguments, said) in [
        (&["new", "autumn", "--svg", "poster.svg"][..], "already exists"),
        (&["new", "b", "--svg", "none.svg"], "cannot read none.svg"),
        (&["new", "b", "--svg", "poster.svg", "--from", "coupon"], "cannot be used with"),
    ] {
        let refused = run(folder.path(), arguments);
        assert!(!refused.status.success() && talk(&refused).contains(said), "{}", talk(&refused));
    }
}
