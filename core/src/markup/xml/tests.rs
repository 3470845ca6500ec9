//! Entities, their bounds, and references in them.

use super::*;

fn code(text: &str) -> &'static str {
    parse(text).err().map_or("", |note| note.finding.code)
}

#[test]
fn namespaces_may_be_entities() {
    let text = "<?xml version=\"1.0\"?><!-- <a> --><!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://x/svg11.dtd\" [\n\
                <!ENTITY ns_svg \"http://www.w3.org/2000/svg\">]><svg xmlns=\"&ns_svg;\"><g id=\"a\"/></svg>";
    let document = parse(text).expect("valid");
    assert_eq!(document.root_element().tag_name().namespace(), Some("http://www.w3.org/2000/svg"));
    assert_eq!(code("<!DOCTYPE svg><svg/>"), "");
    assert_eq!(code("<svg>&lt;!DOCTYPE</svg>"), "");
}

#[test]
fn entities_are_bounded() {
    let with = |entities: &str, body: &str| code(&format!("<!DOCTYPE svg [{entities}]><svg>{body}</svg>"));
    let laughs: String = (1..9).map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10))).collect();
    assert_eq!(with(&format!("<!ENTITY e0 \"lol\">{laughs}"), "&e8;"), "artwork_dtd");
    assert_eq!(with("<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">", "&a;"), "artwork_dtd");
    let long = format!("<!ENTITY a \"{}\">", "x".repeat(100_000));
    assert_eq!(with(&long, "&a;"), "");
    assert_eq!(with(&long, &"&a;".repeat(1000)), "artwork_dtd");
    assert_eq!(with("<!ENTITY a SYSTEM \"file:///etc/passwd\">", "&a;"), "artwork_dtd");
    assert_eq!(with("<!ENTITY % a \"x\">", ""), "artwork_dtd");
}

#[test]
fn references_in_entities_are_read_where_they_are_declared() {
    let read = |entity: &str| -> Result<String, &'static str> {
        let text = format!("<!DOCTYPE svg [<!-- \" --><!ENTITY a \"{entity}\"><!ENTITY b '乙'>]><svg>&a;<g/></svg>");
        let plain = declared(&text);
        assert_eq!(plain.find("<svg>"), text.find("<svg>"), "{entity}");
        let document = parse(&plain).map_err(|note| note.finding.code)?;
        Ok(document.root_element().text().unwrap_or_default().to_owned())
    };
    for (entity, expected) in [
        ("甲&#38;#38;乙", Ok("甲&乙")),
        ("&#x26;#x3C;", Ok("<")),
        ("&#038;lt;&#38;b;", Ok("<乙")),
        ("&#65;&#34;&#;", Err("artwork_syntax")),
        ("&#65;&#34;", Ok("A\"")),
        ("&#60;g/>", Ok("")),
        ("a &#38; b", Err("artwork_syntax")),
        ("&#38;a;", Err("artwork_dtd")),
    ] {
        assert_eq!(read(entity), expected.map(str::to_owned), "{entity}");
    }
    assert!(matches!(declared("<!DOCTYPE svg [<!ENTITY a '&#65;&amp;'>]><svg/>"), Cow::Borrowed(_)));
}

#[test]
fn comments_hide_no_entities() {
    let long = format!("<!ENTITY a \"{}\">", "x".repeat(100_000));
    let body = format!("<svg>{}</svg>", "&a;".repeat(1000));
    for before in ["<!-- <a> -->", "<!-- <!DOCTYPE x> -->", "\u{feff}<?xml version=\"1.0\"?><?a <b> ?>", "<!-- ' -->"] {
        assert_eq!(code(&format!("{before}<!DOCTYPE svg [{long}]>{body}")), "artwork_dtd", "{before}");
    }
    for inside in
        ["<!-- <!ENTITY a \"x\"> -->", "<?a <!ENTITY a \"x\"> ?>", "<!-- ' -->", "<!-- ]> -->", "<!ATTLIST a b '>"]
    {
        assert_eq!(code(&format!("<!DOCTYPE svg [{inside}{long}]>{body}")), "artwork_dtd", "{inside}");
    }
    assert_eq!(code("<!DOCTYPE svg SYSTEM \"a[b\" [<!ENTITY a \"]>\">]><svg>&a;</svg>"), "");
    assert_eq!(code("<!DOCTYPE svg ["), "artwork_syntax");
}

#[test]
fn entities_bring_no_tags_into_attributes() {
    let read = |entity: &str, body: &str| {
        let text = format!(
            "<!DOCTYPE svg [<!ENTITY a \"{entity}\"><!ENTITY b \"&a;\"><!ENTITY c \"<g x='&a;'/>\">]><svg>{body}</svg>"
        );
        code(&declared(&text))
    };
    for entity in ["&#60;", "&#x3c;g", "<"] {
        assert_eq!(read(entity, "<g x=\"&a;\"/>"), "artwork_syntax", "{entity}");
        assert_eq!(read(entity, "<g x=\"&b;\"/>"), "artwork_syntax", "{entity}");
        assert_eq!(read(entity, "<g x=\"9\"/>"), "", "{entity}");
    }
    assert_eq!(read("&#60;g/>", "&b;<g x=\"&lt;\"/>"), "");
    assert_eq!(read("&#60;", "&c;"), "artwork_syntax");
    assert_eq!(read("9", "&c;<g x=\"&a;&lt;\"/>"), "");
    let text = "<!DOCTYPE svg [<!ENTITY a \"<\">]><svg><g x=\"9 &a;\"/></svg>";
    let note = parse(text).expect_err("a tag in an attribute");
    assert_eq!(&text[note.range], "9 &a;");
}
