//! Filter primitives: values that browsers read otherwise than usvg, and places.

use super::*;

/// Compares filters with what they are rewritten to.
fn check(cases: &[(&str, &str)]) {
    for (body, expected) in cases {
        let filter = |content: &str| format!("<filter id=\"f\">{}</filter>", content.replace('\'', "\""));
        assert_eq!(plain(&filter(body)), filter(expected), "{body}");
    }
}

#[test]
fn values_are_read_as_in_browsers() {
    check(&[
        ("<feConvolveMatrix divisor='0'/>", "<feConvolveMatrix/>"),
        ("<feConvolveMatrix divisor=' -0.0 '/>", "<feConvolveMatrix/>"),
        ("<feConvolveMatrix divisor='-1'/>", "<feConvolveMatrix divisor='-1'/>"),
        ("<feConvolveMatrix order='3 3 3'/>", "<feConvolveMatrix/>"),
        (
            "<feConvolveMatrix order='3,2' targetX='1.0' targetY=' 1 '/>",
            "<feConvolveMatrix order='3,2' targetX='0' targetY=' 1 '/>",
        ),
        (
            "<feConvolveMatrix divisor='\u{fdd0}__' order='1 2 3'/>",
            "<feConvolveMatrix divisor='\u{fdd0}__' order='1 2 3'/>",
        ),
        ("<feMorphology radius='-3'/>", "<feOffset radius='-3'/>"),
        ("<feMorphology radius='2 2 2'/>", "<feOffset radius='2 2 2'/>"),
        ("<feMorphology dx='4'/>", "<feOffset/>"),
        ("<feMorphology radius='1'/>", "<feMorphology radius='1'/>"),
        ("<feMorphology radius='-2 1'/>", "<feMorphology radius='0.000001 1'/>"),
        ("<feColorMatrix type='saturate' values='.5'/>", "<feColorMatrix type='saturate' values='.5'/>"),
        ("<feColorMatrix type='saturate' values='1 1'/>", "<feColorMatrix type='saturate'/>"),
        ("<feColorMatrix type='hueRotate' values='9 9'/>", "<feColorMatrix type='hueRotate'/>"),
        (
            "<feComponentTransfer><feFuncR/><feFuncA type='linear'/></feComponentTransfer>",
            "<feComponentTransfer><feFuncR type='identity'/><feFuncA type='linear'/></feComponentTransfer>",
        ),
        ("<feTurbulence numOctaves='1.5'/>", "<feTurbulence/>"),
        ("<feTurbulence numOctaves='-1' type='fractalNoise'/>", "<feTurbulence numOctaves='0' type='turbulence'/>"),
        ("<feTurbulence numOctaves='10'/>", "<feTurbulence numOctaves='9'/>"),
        ("<feDropShadow stdDeviation='1 2 3' dx='1'/>", "<feDropShadow dx='1'/>"),
        (
            "<feFlood/><feSpotLight limitingConeAngle='-0' specularExponent='200'/>",
            "<feFlood/><feSpotLight specularExponent='128'/>",
        ),
        ("<feBlend in='FillPaint' in2='BackgroundImage'/>", "<feBlend/>"),
    ]);
    let text = plain("<filter id=\"f\"><feColorMatrix type=\"saturate\" values=\"-1\"/></filter>");
    assert!(text.contains("type=\"matrix\" values=\"-0.5"), "{text}");
}

#[test]
fn primitives_have_the_places_of_their_inputs() {
    let placed = "x='1' y='2' width='3' height='4'";
    let srgb = "color-interpolation-filters='sRGB'";
    check(&[
        (
            &format!("<feFlood {placed}/><feGaussianBlur/><feTurbulence/>"),
            &format!("<feFlood {placed}/><feGaussianBlur x='1' width='3' y='2' height='4'/><feTurbulence/>"),
        ),
        (
            &format!("<feFlood {placed}/><feComposite in2='SourceAlpha'/>"),
            &format!("<feFlood {placed}/><feComposite in2='SourceAlpha'/>"),
        ),
        (
            &format!("<feFlood {placed} result='a'/><feFlood x='0' y='5' width='2' height='9'/><feBlend in2='a'/>"),
            &format!(
                "<feFlood {placed} result='a'/><feFlood x='0' y='5' width='2' height='9'/>\
                 <feBlend in2='a' x='0' width='4' y='2' height='12'/>"
            ),
        ),
        (
            "<feFlood x='5%'/><feOffset in='none' result='a'/>",
            "<feFlood x='5%'/><feOffset in='none' x='5%'/><feComponentTransfer result='a' x='5%'/>",
        ),
        (
            "<feFlood width='0' x='9' result='a'/><feGaussianBlur/><feMerge><feMergeNode in='a'/></feMerge>",
            "<feMerge result='a'/><feMerge/><feMerge/>",
        ),
        (
            "<feFlood height='-1%' result='a'/><feMerge><feMergeNode in='a'/><feMergeNode in='SourceGraphic'/></feMerge>",
            "<feMerge result='a'/><feMerge><feMergeNode in='a'/><feMergeNode in='SourceGraphic'/></feMerge>",
        ),
        (
            "<feColorMatrix x='1' width='9' result='a'/><feTile in='a'/>",
            &format!(
                "<feColorMatrix x='1' width='9' result='a'/>\
                 <feComponentTransfer in='a' x='1' width='9' {srgb}/><feTile/>"
            ),
        ),
        (&format!("<feColorMatrix {srgb}/><feTile/>"), &format!("<feColorMatrix {srgb}/><feTile/>")),
        ("<feFlood/><feTile/>", "<feFlood/><feTile/>"),
    ]);
}

#[test]
fn places_that_are_not_known_are_noted() {
    let inputs = "<feFlood x=\"1\" y=\"2\" width=\"3\" height=\"4\" result=\"a\"/>\
                  <feFlood x=\"5%\" y=\"0\" width=\"9\" height=\"9\" result=\"b\"/>";
    for (place, expected) in [("", 1), ("x=\"1\" width=\"2\"", 1), ("x=\"1\" y=\"5%\" width=\"2\" height=\"9\"", 0)] {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><filter id=\"f\">{inputs}\
             <feBlend in=\"a\" in2=\"b\" {place}/></filter></svg>"
        );
        let xml = parse(&svg).expect("XML");
        let markup = Markup::styled(&svg, &xml).expect("styles").plain().expect("elements");
        let found = markup.notes.iter().filter(|note| note.finding.message.contains("<feBlend>")).count();
        assert_eq!(found, expected, "{place}: {:?}", markup.notes);
    }
}

#[test]
fn luminances_are_rounded() {
    for (input, level) in [
        ("<feTurbulence/>", 0.004),
        ("<feTurbulence result=\"n\"/><feFlood/>", 0.002),
        ("<feFlood/>", 0.002),
        ("", 0.002),
    ] {
        let text = plain(&format!("<filter id=\"f\">{input}<feColorMatrix type=\"luminanceToAlpha\"/></filter>"));
        assert!(text.contains(&format!(".0721 0 {level}\"")), "{text}");
    }
    let named = "<feTurbulence result=\"n\"/><feFlood/><feColorMatrix in=\"n\" type=\"luminanceToAlpha\"/>";
    let text = plain(&format!("<filter id=\"f\">{named}</filter>"));
    assert!(text.contains(".0721 0 0.004\""), "{text}");
}
