//! Checks of handlebars when a template is loaded.

use super::*;

#[test]
fn handlebars_are_checked_against_the_params() {
    let text = |source: &str| {
        let source = source.replace('"', "\\\"");
        load(&format!(r##"{{ "type": "text", "box": [0, 0, 9, 9], "text": "{source}", "font_size": 9 }}"##))
    };
    for valid in [
        "{{title}} {{money price}} {{#if title}}{{title}}{{else if price}}x{{/if}}",
        "{{#each buyers}}{{name}} {{@index}} {{../title}} {{@root.price}}{{/each}}",
        "{{#each buyers as |buyer i|}}{{buyer.name}}{{i}}{{/each}}{{buyers.0.name}} {{buyers.[1].name}}",
        "{{#with buyers}}{{len this}}{{/with}} \\\\{{literal}} {{! titel }}",
        "{{#if (and title (gt price 3))}}{{lookup this \"title\"}}{{/if}}",
    ] {
        text(valid).unwrap_or_else(|error| panic!("{valid}: {:#?}", error.all_findings()));
    }
    for (source, code) in [
        ("{{titel}}", "name_unknown"),
        ("{{this.titel}}", "name_unknown"),
        ("{{#if titel}}{{/if}}", "name_unknown"),
        ("{{money prize}}", "name_unknown"),
        ("{{#each buyers}}{{title}}{{/each}}", "name_unknown"),
        ("{{#each buyers as |b|}}{{b.nmae}}{{/each}}", "name_unknown"),
        ("{{buyers.name}}", "name_unknown"),
        ("{{title.x}}", "name_unknown"),
        ("{{../title}}", "name_unknown"),
        ("{{@index}}", "name_unknown"),
        ("{{#if (eq titel 1)}}{{/if}}", "name_unknown"),
        ("{{monye price}}", "helper_unknown"),
        ("{{#title}}x{{/title}}", "helper_unknown"),
        ("{{log title}}", "helper_unknown"),
        ("{{money}}", "helper_arguments"),
        ("{{money price \"万\" \"亿\"}}", "helper_arguments"),
        ("{{money price digits=2}}", "helper_arguments"),
        ("{{#money price}}{{/money}}", "helper_arguments"),
        ("{{if title}}", "helper_arguments"),
        ("{{> partial}}", "handlebars_refused"),
        ("{{#> layout}}x{{/layout}}", "handlebars_refused"),
        ("{{* decorator}}", "handlebars_refused"),
        ("{{#*inline \"a\"}}x{{/inline}}", "handlebars_refused"),
        ("{{date title \"YY-MM\"}}", "helper_arguments"),
        ("{{#if (eq (date title \"D MMM\") title)}}{{/if}}", "helper_arguments"),
        ("{{title", "handlebars_syntax"),
        ("{{#if title}}", "handlebars_syntax"),
        ("{{#if title}}{{/unless}}", "handlebars_syntax"),
        ("{{}}", "handlebars_syntax"),
    ] {
        let found = found(text(source));
        assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), [code], "{source}: {found:#?}");
    }
    for listed in ["{{buyers}}", "{{this}}", "{{buyers.0}}", "{{#each buyers}}{{this}}{{/each}}"] {
        let (code, message) = only(text(listed));
        assert!(code == "handlebars_refused" && message.ends_with(", not text"), "{listed}: {message}");
    }
    load(r##"{ "type": "shape", "box": [0, 0, 9, 9], "when": "{{buyers}}" }"##).expect("a list may be a condition");
    let loops = "{{#each buyers}}{{#each this}}{{#each this}}x{{/each}}{{/each}}{{/each}}";
    assert_eq!(only(text(loops)).1, "`each` blocks nested deeper than 2 levels");
    // The last ones would overflow the stack of the library's parser, if something hid how deep they nest.
    for deep in [
        "{{#if title}}",
        "\\\\\\\\{{#if title}}",
        "{{#if title}}{{!--}}{{/if}}--}}",
        "{{#if title}}{{{{r}}}}{{/if}}{{{{/r}}}}",
        "{{#> 'b\\\\\\\\' }}{{/if}}{{!' }}",
    ] {
        assert_eq!(only(text(&deep.repeat(3000))).0, "handlebars_refused", "{deep}");
    }
    let chain = |count: usize| format!("{{{{#if title}}}}{}{{{{/if}}}}", "{{else if title}}".repeat(count));
    text(&chain(990)).expect("a long chain");
    assert_eq!(only(text(&chain(20_000))).0, "handlebars_refused");
}

#[test]
fn faults_are_bounded_in_number() {
    let source: String = (0..300).map(|i| format!("{{{{name{i}}}}}")).collect();
    let layer = format!(r#"{{ "type": "text", "box": [0, 0, 9, 9], "text": "{source}", "font_size": 9 }}"#);
    assert_eq!(findings(load(&layer)).len(), 100);
}

#[test]
fn the_caret_marks_the_name_in_handlebars() {
    let all = findings(load(
        r#"{ "type": "text", "box": [0, 0, 9, 9], "font_size": 9,
  "text": "\u6d4b\n{{money  prise }}" }"#,
    ));
    let snippet = &all[0].place.as_ref().unwrap().snippet;
    let expected = r#" --> layout.json:8:29
  |
8 |   "text": "\u6d4b\n{{money  prise }}" }
  |                             ^^^^^"#;
    assert_eq!(snippet, expected, "\n{snippet}");
    assert_eq!(all[0].hint.as_deref(), Some("did you mean `price`?"));
}

#[test]
fn handlebars_in_literal_properties_are_rejected() {
    let layer = r##"{ "type": "shape", "at": "#{{title}}", "border": { "width": 1, "color": "{{title}}" } }"##;
    let layers =
        [layer, r##"{ "type": "text", "at": "#photo", "text": "a", "font_size": 9, "font_family": "{{title}}" }"##];
    let codes: Vec<_> = found(load(&layers.join(","))).into_iter().map(|f| (f.0, f.1)).collect();
    let expected = [("layout_invalid", "layout.json:7:73"), ("handlebars_refused", "layout.json:7:167")];
    assert_eq!(codes, expected.map(|(code, place)| (code, place.to_owned())));
}
