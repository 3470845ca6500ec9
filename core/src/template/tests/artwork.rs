//! The artwork: syntax, slots, references, parameters.

use super::*;

#[test]
fn slots_that_cannot_be_cut_out_are_rejected() {
    let slot = |id: &str| only(load(&format!(r##"{{ "type": "shape", "at": "#{id}" }}"##)));
    assert_eq!(slot("hidden").1, "`hidden` is inside a <defs> (artwork.svg:4)");
    assert_eq!(slot("twice").1, "the id `twice` occurs twice: artwork.svg:5 and artwork.svg:5");
    assert_eq!(slot("nothing").0, "slot_missing");
}

#[test]
fn references_of_nested_layers_are_checked() {
    let photo = |mask: &str| {
        load(&format!(
            r##"{{ "type": "row", "box": [0, 0, 90, 40], "children": [
      {{ "type": "column", "children": [
        {{ "type": "image", "src": "assets/photo.jpg", "width": 30, "height": 30,
          "mask": "#{mask}" }}] }}] }}"##
        ))
    };
    photo("photo").unwrap_or_else(|error| panic!("{:#?}", error.all_findings()));
    let all = findings(photo("foto"));
    let [one] = &all[..] else { panic!("{all:#?}") };
    assert_eq!((one.code, one.pointer.as_deref()), ("slot_missing", Some("/layers/0/children/0/children/0/mask")));
    assert!(one.hint.as_deref().is_some_and(|hint| hint.contains("photo")), "{one:?}");
    assert_eq!(one.place.as_ref().map(|place| (place.line, place.column)), Some((10, 19)), "{one:#?}");
}

#[test]
fn slots_require_an_artwork() {
    let mut all = files(PARAMS, r##"{ "type": "shape", "at": "#photo" }"##);
    let layout = String::from_utf8(all["layout.json"].to_vec()).unwrap();
    all.insert("layout.json".into(), layout.replace("  \"artwork\": \"artwork.svg\",\n", "").into());
    let found = findings(Template::load("t", all));
    assert_eq!((found[0].code, found[0].pointer.as_deref()), ("slot_missing", Some("/layers/0/at")), "{found:#?}");
}

#[test]
fn all_faults_are_reported() {
    let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90">
  <text>{{nope}}</text>
  <script>1</script>
  <image href="http://a.example/a.png" width="9" height="9"/>
  <defs><rect id="photo" width="9" height="9"/></defs>
  <g id="ring"><use href="#ring"/></g>
</svg>"##;
    let mut all = files(PARAMS, r##"{ "type": "shape", "at": "#photo", "opacity": 1e400 }"##);
    all.insert("artwork.svg".into(), svg.into());
    let found = findings(Template::load("t", all));
    let mut codes: Vec<&str> = found.iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    let expected = ["artwork_reference", "artwork_reference", "json_number", "name_unknown", "slot_inside"];
    assert_eq!(codes, expected, "{found:#?}");
    let ring = found.iter().find(|finding| finding.message.contains("`ring`")).expect("the cycle is named");
    assert_eq!(ring.place.as_ref().map(|place| (place.line, place.column)), Some((6, 16)), "{ring:#?}");
}

#[test]
fn broken_artwork_has_a_caret() {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\">\n  <g>\n  </svg>";
    let all = findings(with("artwork.svg", svg));
    assert_eq!(all[0].code, "artwork_syntax");
    let snippet = &all[0].place.as_ref().unwrap().snippet;
    assert_eq!(snippet, " --> artwork.svg:3:3\n  |\n3 |   </svg>\n  |   ^", "\n{snippet}");
    for (svg, code) in [
        ("", "artwork_syntax"),
        ("<svg", "artwork_syntax"),
        ("<svg xmlns=\"http://www.w3.org/2000/svg\"><g/>", "artwork_syntax"),
        ("<!DOCTYPE svg [<!ENTITY a SYSTEM \"b\">]><svg xmlns=\"http://www.w3.org/2000/svg\"/>", "artwork_dtd"),
        ("<html/>", "artwork_not_svg"),
        ("<svg/>", "artwork_not_svg"),
    ] {
        assert_eq!(only(with("artwork.svg", svg)).0, code, "{svg}");
    }
    let deep = format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{}{}</svg>", "<g>".repeat(5000), "</g>".repeat(5000));
    assert_eq!(only(with("artwork.svg", &deep)).0, "artwork_syntax");
}

#[test]
fn external_references_are_rejected() {
    let within = |inner: &str| {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">{inner}</svg>"
        );
        with("artwork.svg", &svg)
    };
    for valid in [
        "<image href=\"assets/photo.jpg\"/><image xlink:href=\"data:image/png;base64,AA\"/>",
        "<g id=\"a\"/><use href=\"#a\"/><rect fill=\"url(#a)\" style=\"filter: url('#a')\"/>",
        "<style>path { marker-start: url(\n#a) }</style><path marker-mid=\"url(#a)\"/>",
    ] {
        within(valid).unwrap_or_else(|error| panic!("{valid}: {:#?}", error.all_findings()));
    }
    for (bad, code) in [
        ("<image href=\"https://a.cn/b.png\"/>", "artwork_reference"),
        ("<image xlink:href=\"assets/foto.jpg\"/>", "artwork_reference"),
        ("<image href=\"/etc/passwd\"/>", "artwork_reference"),
        ("<image href=\"{{title}}\"/>", "artwork_reference"),
        ("<image href=\"data:image/SVG+xml;base64,AA\"/>", "artwork_reference"),
        ("<image href=\"artwork.svg\"/>", "artwork_reference"),
        ("<use href=\"other.svg#a\"/>", "artwork_reference"),
        ("<rect fill=\"url(https://a.cn/#a)\"/>", "artwork_reference"),
        ("<path marker-end=\"url(other.svg#a)\"/>", "artwork_reference"),
    ] {
        assert_eq!(only(within(bad)).0, code, "{bad}");
    }
}

#[test]
fn what_is_not_drawn_is_a_warning_with_a_place() {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"90\" height=\"90\">\n  <script>x</script>\n  \
               <foreignObject/>\n<style>\n@import 'a.css';</style><path fill=\"redd\"/></svg>";
    let template = with("artwork.svg", svg).unwrap_or_else(|error| panic!("{:#?}", error.all_findings()));
    let place = |finding: &Finding| finding.place.as_ref().map(|place| (place.line, place.column));
    let found: Vec<_> = template.warnings().iter().map(|finding| (finding.code, place(finding))).collect();
    let expected = [
        ("artwork_element", Some((2, 3))),
        ("artwork_element", Some((3, 3))),
        ("css_unsupported", Some((5, 1))),
        ("css_value", Some((5, 31))),
    ];
    assert_eq!(found, expected);
    assert!(template.warnings().iter().all(|finding| finding.severity == Severity::Warning));
}

#[test]
fn a_stop_that_is_not_seen_may_have_no_colour() {
    let stop = |rest: &str| {
        let gradient = format!("<linearGradient id=\"g\"><stop {rest}/><stop offset=\"1\"/></linearGradient>");
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\">{gradient}<rect width=\"9\" height=\"9\" fill=\"url(#g)\"/></svg>"
        );
        let template = with("artwork.svg", &svg).unwrap_or_else(|error| panic!("{:#?}", error.all_findings()));
        template.warnings().iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    for (rest, expected) in [
        ("stop-color=\"white\" stop-opacity=\"0\" style=\"stop-color:none;stop-opacity:0;\"", vec![]),
        ("stop-color=\"None\" stop-opacity=\"0%\"", vec![]),
        ("style=\"stop-color: none; stop-opacity: 0.0\"", vec![]),
        ("stop-color=\"#fff\" style=\"stop-color:none;stop-opacity:0.5\"", vec![]),
        ("style=\"stop-color:#fff;stop-color:none\"", vec![]),
        ("stop-color=\"redd\" style=\"stop-color:none\"", vec!["css_value"]),
        ("style=\"stop-color:none\"", vec!["css_value"]),
        ("stop-opacity=\"0\" style=\"stop-color:none;stop-opacity:0.5\"", vec!["css_value"]),
        ("style=\"stop-color:redd;stop-opacity:0\"", vec!["css_value"]),
    ] {
        assert_eq!(stop(rest), expected, "{rest}");
    }
}

#[test]
fn elements_are_passed_on_as_they_were_checked() {
    let svg = |inner: &str| format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{inner}</svg>");
    for (written, checked) in [
        ("<rect/>", "<rect/>"),
        ("<text>{{title}}</text>", "<text>\u{fdd0}______</text>"),
        ("<rect {{#if title}}width=\"1\"{{/if}}/>", "<rect width=\"1\"/>"),
    ] {
        let mut all = files(PARAMS, "");
        all.insert("artwork.svg".into(), svg(written).into());
        all.insert("samples/a.json".into(), "{ \"title\": \"x\" }".into());
        let source = Template::load_then("t", all, |_, elements| Ok(elements.map(|one| one.source.to_owned())));
        assert_eq!(source.unwrap(), Some(svg(checked)), "{written}");
    }
}

#[test]
fn artwork_with_parameters_is_escaped_and_bounded() {
    let svg = |inner: &str| format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{inner}</svg>");
    let values = |params: Value| {
        let Value::Object(params) = params else { panic!("no object") };
        engine::Values::new(params)
    };
    let template = with("artwork.svg", &svg("<text fill=\"{{title}}\">{{title}}</text>")).unwrap();
    assert!(template.artwork_varies());
    let filled = template.artwork(&values(json!({ "title": "<a b=\"c\">&'\u{1}" }))).unwrap().unwrap();
    let escaped = "&lt;a b=&quot;c&quot;&gt;&amp;&#39;\u{fffd}";
    assert_eq!(&*filled, svg(&format!("<text fill=\"{escaped}\">{escaped}</text>")));
    let large = json!({ "title": "x".repeat(engine::MAX_ARTWORK / 4 * 3) });
    let refused = template.artwork(&values(large)).unwrap_err();
    assert_eq!((refused.len(), refused[0].message.as_str()), (1, "longer than 8388608 bytes"));

    // Well-formed XML only after expansion with a sample.
    let odd = svg("<rect {{#if title}}width=\"1\"{{/if}}/>");
    assert_eq!(only(with("artwork.svg", &odd)).0, "artwork_syntax", "without a sample");
    let mut all = files(PARAMS, "");
    all.insert("artwork.svg".into(), odd.into());
    all.insert("samples/a.json".into(), "{ \"title\": \"x\" }".into());
    Template::load("t", all).unwrap();
    assert_eq!(found(with("artwork.svg", &svg("<text>{{titel}}</text>")))[0].1, "artwork.svg:1:49");
    assert_eq!(only(with("artwork.svg", &svg("<text>{{{title}}}</text>"))).0, "handlebars_refused");
}
