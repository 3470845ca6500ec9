//! Parameters in the artwork: where they may be, and how their values are inserted.

use super::*;

fn svg(inner: &str) -> String {
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{inner}</svg>")
}

/// Loads an artwork with a sample, with which it can be expanded.
fn artwork(text: &str) -> Result<Template> {
    let mut all = files(PARAMS, "");
    all.insert("artwork.svg".into(), text.to_owned().into());
    all.insert("samples/a.json".into(), "{ \"title\": \"a\", \"buyers\": [{ \"name\": \"b\" }] }".into());
    Template::load("t", all)
}

fn expand(text: &str, params: Value) -> Result<String, Vec<Finding>> {
    let template = artwork(text).unwrap_or_else(|error| panic!("{text}: {:#?}", error.all_findings()));
    let Value::Object(params) = params else { panic!("no object") };
    Ok(template.artwork(&engine::Values::new(params))?.expect("an artwork").to_string())
}

#[test]
fn a_doctype_must_not_use_parameters() {
    let entity = "<!DOCTYPE svg [<!ENTITY x \"{{title}}\">]>";
    for doctype in [
        entity.to_owned(),
        format!("<?xml version=\"1.0\"?><!-- a -->{entity}"),
        format!("{{{{#if title}}}}{}{{{{/if}}}}", entity.replace("{{title}}", "y")),
        "<!DOCTYPE svg [{{#each buyers}}<!ENTITY x \"y\">{{/each}}]>".to_owned(),
        "<!DOCTYPE svg [<!ATTLIST rect fill CDATA \"{{title}}\">]>".to_owned(),
        "<!DOCTYPE svg [<!-- {{title}} --><?a?>]>".to_owned(),
        "<!DOCTYPE svg [<?a {{title}}?>]>".to_owned(),
        "<!DOCTYPE {{title}}>".to_owned(),
    ] {
        // Once with XML as it is written, and once with XML only when it is expanded.
        for body in ["<g/>", "<g {{#if title}}id=\"a\"{{/if}}/>"] {
            let text = format!("{doctype}\n{}", svg(body));
            let (code, message) = only(artwork(&text));
            assert_eq!((code, message.as_str()), ("artwork_dtd", "a DOCTYPE must not use parameters"), "{text}");
        }
    }
    let found = findings(artwork(&format!("{entity}\n{}", svg("&x;"))));
    let snippet = &found[0].place.as_ref().unwrap().snippet;
    let expected = format!(" --> artwork.svg:1:28\n  |\n1 | {entity}\n  | {}{}", " ".repeat(27), "^".repeat(9));
    assert_eq!(*snippet, expected, "\n{snippet}");
    assert_eq!(found[0].hint.as_deref(), Some("use them in elements and attributes"));
    // Literal braces are none, and neither are comments.
    let text =
        format!("<!DOCTYPE svg [{{{{! title }}}}<!ENTITY x \"\\{{{{y}}}}\">]>{}", svg("<text>&x;{{title}}</text>"));
    assert!(expand(&text, json!({ "title": "a" })).unwrap().contains("<!ENTITY x \"{{y}}\">"));
}

#[test]
fn parameters_are_refused_where_they_would_be_markup() {
    for inner in [
        "<{{title}}/>",
        "<g {{title}}=\"a\"/>",
        "<g fill={{title}}/>",
        "<g xmlns=\"{{title}}\"/>",
        "<text>&{{title}};</text>",
        "<?a {{title}}?>",
        "<style>{{title}}</style>",
        "<style>.{{title}} { fill: red }</style>",
        "{{#if title}}<!-- {{/if}} -->",
        "{{{{if title}}}}<g/>{{{{/if}}}}",
    ] {
        let found = findings(artwork(&svg(inner)));
        let [one] = &found[..] else { panic!("{inner}: {found:#?}") };
        assert_eq!((one.code, one.hint.is_some()), ("handlebars_refused", true), "{inner}");
        let column = svg(inner).find("{{").map(|at| at + 1);
        assert_eq!(one.place.as_ref().map(|place| place.column), column, "{inner}: {one:#?}");
    }
    let both = found(artwork(&svg("<g {{titel}}=\"a\"/>")));
    assert_eq!(both.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), ["handlebars_refused", "name_unknown"]);
}

#[test]
fn no_value_becomes_markup() {
    let hostile = "--> ]]> ?> </text> <script> &x; \" ' /* */ {{title}} \\";
    let written = "--&gt; ]]&gt; ?&gt; &lt;/text&gt; &lt;script&gt; &amp;x; &quot; &#39; /* */ {{title}} \\";
    let params = json!({ "title": hostile });
    for (inner, expected) in [
        ("<text fill='{{title}}'>{{title}}</text>", format!("<text fill='{written}'>{written}</text>")),
        ("<!-- {{title}} --><g/>", "<!--  --><g/>".to_owned()),
        ("<g style=\"/* {{title}} */\"/>", "<g style=\"/*  */\"/>".to_owned()),
        ("<text><![CDATA[<{{title}}>]]></text>", format!("<text><![CDATA[<]]>{written}<![CDATA[>]]></text>")),
    ] {
        let text = expand(&svg(inner), params.clone()).unwrap();
        assert_eq!(text, svg(&expected), "{inner}");
        crate::markup::parse(&text).expect("XML");
    }
}

#[test]
fn values_stay_within_their_declarations() {
    let of = |inner: &str, title: &str| expand(&svg(inner), json!({ "title": title }));
    for inner in [
        "<style>.a { fill: {{title}} }</style>",
        "<style><![CDATA[.a { fill: {{title}} }]]></style>",
        "<g style=\"fill: {{title}}; stroke: red\"/>",
        "<g style=\"font-family: &quot;{{title}}&quot;\"/>",
    ] {
        for valid in ["red", "rgb(1, 2, 3)", "", "url('#a')"] {
            of(inner, valid).unwrap_or_else(|found| panic!("{inner} {valid}: {found:#?}"));
        }
        for intruder in
            ["red;display:none", "red}*{display:none", "red/*", "\"", "rgb(", "\\", "a\nb", "red !important"]
        {
            let found = of(inner, intruder).unwrap_err();
            let [one] = &found[..] else { panic!("{inner} {intruder}: {found:#?}") };
            assert_eq!(
                (one.code, one.pointer.as_deref()),
                ("value_invalid", Some("/params/title")),
                "{inner} {intruder}"
            );
        }
    }
    // All of the style is the parameter's.
    assert!(of("<g style=\"{{title}}\"/>", "fill:red;stroke:blue").is_ok());
}

#[test]
fn names_are_checked_whatever_their_values_are() {
    let inner = "<rect fil=\"{{title}}\" onclick=\"{{title}}\" data-a=\"{{title}}\" width=\"{{price}}\"/>\
                 <g style=\"fil: {{title}}\" fill=\"{{default title \"red\"}}\"/>";
    let template = with("artwork.svg", &svg(inner)).unwrap_or_else(|error| panic!("{:#?}", error.all_findings()));
    let found: Vec<_> = template.warnings().iter().map(|finding| (finding.code, finding.message.as_str())).collect();
    let expected = [
        ("artwork_attribute", "the attribute \"fil\" has no effect"),
        ("artwork_attribute", "the event handler \"onclick\" is not run: a poster is a still picture"),
        ("css_property", "\"fil\" is not a property that is drawn"),
    ];
    assert_eq!(found, expected);
    assert!(
        template.warnings().iter().all(|finding| finding.place.as_ref().is_some_and(|at| at.file == "artwork.svg"))
    );
}

#[test]
fn values_that_are_not_known_are_no_warnings() {
    let inner = "<g style=\"font: {{price}}px Georgia; fill: var(--a) {{title}}\" clip-path=\"{{title}}\" offset-path=\"{{title}}\"/>\
                 <filter id=\"a\"><feGaussianBlur stdDeviation=\"{{price}}\" edgeMode=\"{{title}}\"/></filter>\
                 <g id=\"b\" mask=\"{{title}}\" vector-effect=\"{{title}}\"/><use href=\"#{{title}}\" width=\"{{price}}\"/>\
                 <text font-family=\"{{title}}\">{{title}}</text><style>g { {{#if title}}fill: {{title}}{{/if}} }</style>";
    let template = with("artwork.svg", &svg(inner)).unwrap_or_else(|error| panic!("{:#?}", error.all_findings()));
    assert_eq!(template.warnings(), []);
}

#[test]
fn values_of_a_sample_are_no_warnings_about_posters() {
    let body = "<rect {{#if title}}x=\"1\"{{/if}} fill=\"{{title}}\" wide=\"1\"/><use href=\"{{title}}\"/><g id=\"a\"/><g id=\"a\"/>";
    let template = artwork(&svg(body)).unwrap_or_else(|error| panic!("{:#?}", error.all_findings()));
    let found: Vec<_> = template.warnings().iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(found, ["the attribute \"wide\" has no effect"]);
}
