//! The whole pass: results as text, and hostile input that must stay cheap.

mod primitives;

use super::*;

/// The text for usvg, without the root's start and end.
fn plain(body: &str) -> String {
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\">{body}</svg>");
    let xml = parse(&svg).expect("XML");
    let text = Markup::styled(&svg, &xml).expect("styles").plain().expect("elements").text();
    let start = text.find('>').map_or(0, |at| at + 1);
    text[start..].trim_end_matches("</svg>").to_owned()
}

/// The part of the budget for which artwork of a twentieth of the size is hostile.
const PART: usize = 20;

fn code(body: &str) -> &'static str {
    code_within(Budget::default(), body)
}

fn code_of_part(body: &str) -> &'static str {
    code_within(Budget::part(PART), body)
}

fn code_within(budget: Budget, body: &str) -> &'static str {
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{body}</svg>");
    let xml = match parse(&svg) {
        Ok(xml) => xml,
        Err(note) => return note.finding.code,
    };
    Markup::styled_within(budget, &svg, &xml).map_or_else(|note| note.finding.code, |_| "")
}

#[test]
fn styles_become_attributes() {
    for (body, text) in [
        ("<style>.a{fill:red}</style><rect class=\"a\"/>", "<rect fill=\"#ff0000\"/>"),
        (
            "<rect style=\"mix-blend-mode:multiply;opacity:.5\"/>",
            "<g style=\"isolation:isolate;\"><rect opacity=\".5\" style=\"mix-blend-mode:multiply;\"/></g>",
        ),
        (
            "<style>[class=\"É\" i]{fill:red}[class=\"a\" i]{stroke:red}</style><rect class=\"é\"/><rect class=\"A\"/>",
            "<rect/><rect stroke=\"#ff0000\"/>",
        ),
        ("<text>a &lt; \"b\"\n</text>", "<text>a &lt; \"b\"\n</text>"),
        ("<g id=\"a&quot;&#10;b\"/>", "<g id=\"a&quot;&#10;b\"/>"),
        ("<a href=\"x\"><path d=\"\"/></a>", "<g><path/></g>"),
        ("<x:y xmlns:x=\"urn:x\"><rect/></x:y><!-- c -->", ""),
    ] {
        assert_eq!(plain(body), text, "{body}");
    }
}

#[test]
fn markup_in_values_stays_text() {
    let hostile = "&lt;/text&gt;&lt;script&gt;&amp;lt;&quot;";
    let text = plain(&format!("<text fill=\"{hostile}\" class=\"{hostile}\">{hostile}</text>"));
    assert_eq!(text, "<text>&lt;/text&gt;&lt;script&gt;&amp;lt;\"</text>");
    assert_eq!(plain("<g id=\"&lt;&gt;&amp;&quot;'\"/>"), "<g id=\"&lt;&gt;&amp;&quot;'\"/>");
}

#[test]
fn notes_stand_where_the_fault_is() {
    let svg =
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><style>a{fil:red}</style><rect style=\"x:1px;fill:redd\"/></svg>";
    let xml = parse(svg).expect("XML");
    let markup = Markup::styled(svg, &xml).expect("styles");
    let marked: Vec<&str> = markup.notes.iter().map(|note| &svg[note.range.clone()]).collect();
    assert_eq!(marked, ["fill:redd"], "rules that match nothing are not noted");
}

#[test]
fn a_mask_of_the_root_that_does_not_exist_is_told_from_others() {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\" mask=\"url(#a)\" clip-path=\"url(#a)\">\
               <g mask=\"url(#a)\"><rect width=\"9\" height=\"9\"/></g></svg>";
    let xml = parse(svg).expect("XML");
    let markup = Markup::styled(svg, &xml).expect("styles").plain().expect("elements");
    let found: Vec<&str> = markup.notes.iter().map(|note| note.finding.message.as_str()).collect();
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found.iter().filter(|one| one.contains("a browser draws nothing")).count(), 1, "{found:?}");
}

#[test]
fn styles_of_many_elements_are_bounded() {
    let rects = |count: usize| "<rect/>".repeat(count);
    let path = format!("M0 0{}", "h1".repeat(20_000));
    for body in [
        format!("<style>{}</style><rect class=\"{}\"/>", ".a{fill:red}".repeat(9000 / PART), "a ".repeat(20_000)),
        format!("<style>path{{d:path('{path}')}}</style>{}", "<path/>".repeat(8000 / PART)),
        format!(
            "<style>{}</style><g id=\"{}\">{}</g>",
            "g[id*=zq] rect{fill:red}".repeat(500),
            "z".repeat(200_000),
            rects(500 / PART)
        ),
    ] {
        assert_eq!(code_of_part(&body), "artwork_invalid", "{}", &body[..60]);
    }
    let all = ".a{fill:red}".repeat(50);
    assert_eq!(
        plain(&format!("<style>{all}</style><rect class=\"a {}\"/>", "a ".repeat(500))),
        "<rect fill=\"#ff0000\"/>"
    );
    let vars: String = (0..1500).map(|n| format!("--v{n}:1;")).collect();
    let many = "<rect style=\"--a:1\"/>".repeat(1500);
    assert_eq!(code(&format!("<g style=\"{vars}\">{many}</g>")), "");
}

#[test]
fn unknown_names_are_noted_once() {
    let declared = "fillx-opacityy:1;".repeat(600);
    let names: String = (0..600).map(|n| format!(" abcdefgh{n}=\"1\"")).collect();
    let links: String = (0..600).map(|n| format!("<path fill=\"url(#n{n})\"/>")).collect();
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><style>rect{{{declared}}}</style>{}<g{names}/>{links}</svg>",
        "<rect/>".repeat(60)
    );
    let xml = parse(&svg).expect("XML");
    let markup = Markup::styled(&svg, &xml).expect("styles");
    assert_eq!(markup.notes.len(), 1);
    let markup = markup.checked(Extent::Whole).plain().expect("elements");
    assert_eq!(markup.notes.len(), 100);
}

#[test]
fn hostile_artwork_is_bounded() {
    let many = |text: &str, count: usize| text.repeat(count);
    // Removing many children takes time in proportion to their number, and suggestions are made once.
    assert_eq!(plain(&many("<animate/><qqqqqqqq/>", 50_000)), "");
    assert_eq!(code(&format!("<style>@layer {}{{}}</style>", many("a.", 10_000))), "");
    assert_eq!(code(&format!("<style>{}</style>", many("@layer{}", 10_000))), "");
    let interrupted = format!("<style>{}{{{}}}</style>", many("a,", 2000) + "a", many("b:c;@x;", 2000));
    assert_eq!(code(&interrupted), "");
    let unknown = format!("<style>*{{--a:{} var(--no)}}</style>{}", many("x", 100_000), many("<g/>", 90));
    assert_eq!(code_of_part(&unknown), "");
    let overridden = format!("*{{fill:{}}}*{{fill:red!important}}", many("x", 200_000));
    assert_eq!(code_of_part(&format!("<style>{overridden}</style>{}", many("<g/>", 9000 / PART))), "artwork_invalid");
    assert_eq!(code(&format!("{}{}", many("<g>", 300), many("</g>", 300))), "artwork_syntax");
    let nested = |rules: &str| {
        format!("<style>{rules}</style>{}{}{}", many("<g>", 200), many("<rect/>", 200), many("</g>", 200))
    };
    assert_eq!(code(&nested("g g g g g g g g g g g g x rect{fill:red}")), "");
    assert_eq!(code(&nested(&many("x g g g g g g rect{fill:red}", 50))), "artwork_invalid");
    assert_eq!(code(&nested(&format!("{}a{}{{fill:red}}", many(":not(", 5000), many(")", 5000)))), "");
    let beside = format!("<style>{}{{fill:red}}</style>{}", many("rect+", 2000), many("<rect/>", 2000));
    assert_eq!(code_of_part(&beside), "");
    assert_eq!(code(&format!("<style>{}", many("@media all{", 9000))), "artwork_syntax");
    assert_eq!(code(&format!("<style>{}</style>", many("@media all{", 9000))), "");
    let declarations = format!("rect{{{}}}", many("fill:red;", 9000));
    let rects = many("<rect/>", 9000 / PART);
    assert_eq!(code_of_part(&format!("<style>{declarations}</style>{rects}")), "artwork_invalid");
    let rules = many("rect{fill:red}", 9000 / PART);
    assert_eq!(code_of_part(&format!("<style>{rules}</style>{}", many("<rect/>", 99))), "");
    let doubled: String = (1..40).map(|n| format!("--v{n}:var(--v{})var(--v{});", n - 1, n - 1)).collect();
    assert_eq!(code(&format!("<g style=\"--v0:xxxxxxxxxx;{doubled}fill:var(--v39)\"/>")), "");
}

/// A filter that is a shadow.
fn shadow(id: &str) -> String {
    format!("<filter id=\"{id}\" color-interpolation-filters=\"sRGB\"><feDropShadow stdDeviation=\"1\"/></filter>")
}

#[test]
fn shadows_that_resvg_draws_become_primitives() {
    let rect = "<rect width=\"9\" height=\"9\" filter=\"url(#s)\"/>";
    let grey = "<filter id=\"grey\"><feColorMatrix type=\"saturate\" values=\"0\"/></filter>";
    let kept = |body: &str| plain(&format!("{}{grey}{body}", shadow("s"))).contains("<feDropShadow");
    for body in [
        rect.to_owned(),
        format!("<g opacity=\".5\" transform=\"rotate(9) scale(2)\">{rect}</g>"),
        format!("<g filter=\"url(#s)\">{rect}</g>"),
        format!("<svg viewBox=\"0 0 9 20\">{rect}</svg><mask id=\"m\">{rect}</mask>"),
        format!("<defs><g id=\"g\">{rect}</g></defs><use href=\"#g\" transform=\"scale(-2 2)\"/>"),
    ] {
        assert!(kept(&body), "{body}");
    }
    for body in [
        format!("<g filter=\"url(#grey)\">{rect}</g>"),
        format!("{rect}<g transform=\"skewX(9)\">{rect}</g>"),
        format!("<defs><g id=\"g\">{rect}</g></defs><g filter=\"url(#grey)\"><use href=\"#g\"/></g>"),
        format!("<defs><g id=\"g\">{rect}</g></defs><use href=\"#g\" transform=\"scale(2 1)\"/>"),
        format!("<g id=\"g\">{rect}</g><filter id=\"i\"><feImage href=\"#g\"/></filter><g filter=\"url(#i)\"/>"),
        format!("<svg viewBox=\"0 0 9 20\" preserveAspectRatio=\"none\">{rect}</svg>"),
        format!("<symbol id=\"y\" viewBox=\"0 0 9 20\" preserveAspectRatio=\"none\">{rect}</symbol><use href=\"#y\"/>"),
        format!("<pattern id=\"p\" width=\"9.4\" height=\"9\">{rect}</pattern>"),
        format!("<mask id=\"m\" maskContentUnits=\"objectBoundingBox\">{rect}</mask>"),
    ] {
        assert!(!kept(&body), "{body}");
    }
}

#[test]
fn shadows_within_shared_ones_become_primitives() {
    // Each contains the next one; resvg draws the first for another element.
    let shadows: String = (0..100).map(|n| shadow(&format!("s{n}"))).collect();
    let pairs: String = (0..99)
        .map(|n| format!("<g filter=\"url(#s{n})\"><rect width=\"9\" height=\"9\" filter=\"url(#s{})\"/></g>", n + 1))
        .collect();
    let count = |body: &str| plain(body).matches("<feDropShadow").count();
    assert_eq!(count(&format!("{shadows}{pairs}")), 100);
    let skewed = "<rect width=\"9\" height=\"9\" transform=\"skewX(9)\" filter=\"url(#s0)\"/>";
    assert_eq!(count(&format!("{shadows}{pairs}{skewed}")), 0);
    assert_eq!(count(&format!("{skewed}{pairs}{shadows}")), 0);
}

#[test]
fn filters_of_shadows_are_visited_a_constant_number_of_times() {
    // The steps of a visit for each element would exceed the budget several times.
    let many = 20_000;
    let primitives = format!("<filter id=\"f\">{}</filter>", "<feTile/>".repeat(many));
    let groups = "<g filter=\"url(#f)\"/>".repeat(many);
    assert!(plain(&format!("{}{primitives}{groups}", shadow("s"))).contains("<feDropShadow"));
}

#[test]
fn copies_of_values_are_bounded() {
    let overfull_within = |budget: Budget, body: &str| {
        let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\">{body}</svg>");
        let xml = parse(&svg).expect("XML");
        Markup::styled_within(budget, &svg, &xml).expect("styles").plain().is_err()
    };
    let overfull = |body: &str| overfull_within(Budget::part(PART), body);
    let transform = "rotate(1)".repeat(5_000);
    let uses = "<use href=\"#s\"/>".repeat(4000 / PART);
    // Groups within each other, one for each shadow.
    let list = |count: usize| format!("{}<g filter=\"{}\"/>", shadow("f"), vec!["url(#f)"; count].join(" "));
    assert!(overfull(&list(1000)) && !overfull(&list(50)));
    assert!(overfull(&format!("<symbol id=\"s\" transform=\"{transform}\"/>{uses}")));
    let dashes = "1 ".repeat(20_000);
    let rects = "<rect width=\"9\" height=\"9\" pathLength=\"1\"/>".repeat(1000 / PART);
    assert!(overfull(&format!("<g stroke=\"red\" stroke-dasharray=\"{dashes}\">{rects}</g>")));
    assert!(!overfull(&rects));
    // Boxes of groups within each other, of the same elements.
    let filtered = |levels: usize, content: &str| {
        let open = "<g style=\"filter:grayscale(1)\">".repeat(levels);
        format!("{open}{content}{}", "</g>".repeat(levels))
    };
    let shapes = "<rect width=\"9\" height=\"9\"/>".repeat(300);
    assert!(overfull(&filtered(100, &shapes)) && !overfull(&filtered(5, &shapes)));
    let text = format!("<text>{}</text>", "<tspan>a</tspan>".repeat(300));
    assert!(overfull(&filtered(100, &text)) && !overfull(&filtered(5, &text)));
    // Properties are looked for in all groups around an element.
    let deep = |levels: usize| format!("{}{shapes}{}", "<g>".repeat(levels), "</g>".repeat(levels));
    assert!(overfull(&filtered(10, &deep(200))) && !overfull(&filtered(1, &deep(20))));
    // Gradients with the stops of another one.
    let stops = |link: &str| {
        let own = format!("<linearGradient id=\"a\">{}</linearGradient>", "<stop/>".repeat(2000));
        format!("{own}{}", format!("<linearGradient {link}/>").repeat(1000))
    };
    assert!(overfull(&stops("href=\"#a\"")) && !overfull(&stops("")));
    // Scales of used groups in each other are computed once.
    let groups: String = (0..200).map(|n| format!("<g id=\"g{n}\">")).collect();
    let effects = "<path d=\"M0 0h9\" vector-effect=\"non-scaling-stroke\"/>".repeat(300);
    let used: String = (0..200).map(|n| format!("<use href=\"#g{n}\" y=\"9\"/>")).collect();
    let usual = Budget::default();
    assert!(!overfull_within(usual, &format!("<defs>{groups}{effects}{}</defs>{used}", "</g>".repeat(200))));
}

proptest::proptest! {
    #[test]
    fn any_style_gives_well_formed_text(css in "[a-c{}()'\":;#*/@!,. \\-0-9%]{0,80}") {
        let css = css.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        let text = plain(&format!("<style>{css}</style><rect style=\"{css}\" fill=\"{css}\" transform=\"{css}\" clip-path=\"{css}\"/>"));
        let whole = format!("<svg>{text}</svg>");
        proptest::prop_assert!(Xml::parse(&whole).is_ok(), "{whole}");
    }
}
