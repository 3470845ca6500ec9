//! Limits of copied elements, values and texts.

use super::cost::vertices;
use crate::testing::artwork_fault as fault;

#[test]
fn text_counts_as_often_as_it_is_drawn() {
    let text = |count: usize| format!("<text id=\"t\" y=\"50\">a<tspan>{}</tspan></text>", "报".repeat(count - 1));
    assert_eq!(fault(&text(500)), "");
    assert_eq!(fault(&text(20_001)), "the artwork has 20001 characters of text, at most 20000 are allowed");
    let used = format!("{}{}", text(500), "<use href=\"#t\"/>".repeat(40));
    assert_eq!(fault(&used), "the artwork has 20500 characters of text, at most 20000 are allowed");
    let nested = format!(
        "<defs>{}<g id=\"g\">{}</g></defs>{}",
        text(100),
        "<use href=\"#t\"/>".repeat(20),
        "<use href=\"#g\"/>".repeat(20)
    );
    assert!(fault(&nested).contains("characters of text"), "{}", fault(&nested));
}

#[test]
fn copies_are_bounded() {
    let many = "<path d=\"M0 0h1v1z\"/>".repeat(1000);
    let marker = format!("<marker id=\"m\">{many}</marker>");
    let path = |attributes: &str, count: usize| format!("<path {attributes} d=\"M0 0{}\"/>", "h1".repeat(count));
    let mask = format!("<mask id=\"k\">{many}</mask>");
    let shapes = |attributes: &str| format!("<rect width=\"9\" height=\"9\" {attributes}/>").repeat(1000);
    let mut groups = "<rect id=\"g0\" width=\"9\" height=\"9\"/>".to_owned();
    for n in 1..9 {
        groups += &format!("<g id=\"g{n}\">{}</g>", format!("<use href=\"#g{}\"/>", n - 1).repeat(10));
    }
    for body in [
        format!("{marker}{}", path("marker-mid=\"url(#m)\"", 10_000)),
        format!("{marker}<g style=\"marker: url(#m)\">{}</g>", path("", 10_000)),
        format!("{mask}{}", "<rect width=\"9\" height=\"9\" mask=\"url(#k)\"/>".repeat(1000)),
        format!("<use href=\"#p\"/><g style=\"marker: url(#m)\">{}</g>{marker}", path("id=\"p\"", 10_000)),
        format!("{marker}<defs>{}</defs><use href=\"#p\" style=\"marker-mid: url(#m)\"/>", path("id=\"p\"", 10_000)),
        format!("<defs>{groups}</defs><use href=\"#g8\"/>"),
        format!("<pattern id=\"k\" width=\"1\" height=\"1\">{many}</pattern>{}", shapes("fill=\"url(#k)\"")),
        format!("<pattern id=\"k\" width=\"1\" height=\"1\">{many}</pattern><g stroke=\"url(#k)\">{}</g>", shapes("")),
        format!(
            "<pattern id=\"k\" width=\"1\" height=\"1\">{many}</pattern><defs><g id=\"g\">{}</g></defs><use href=\"#g\" fill=\"url(#k)\"/>",
            shapes("")
        ),
        format!(
            "<pattern id=\"o\">{many}</pattern><pattern id=\"k\" href=\"#o\" width=\"1\" height=\"1\"/>{}",
            shapes("fill=\"url(#k)\"")
        ),
        format!("<filter id=\"k\">{}</filter>{}", "<feOffset dx=\"1\"/>".repeat(1000), shapes("filter=\"url(#k)\"")),
        format!(
            "<filter id=\"k\"><feImage href=\"#g\"/></filter><g id=\"g\">{many}</g>{}",
            shapes("filter=\"url(#k)\"")
        ),
        format!("<clipPath id=\"k\">{many}</clipPath>{}", shapes("clip-path=\"url(#k)\"")),
    ] {
        // References in quotation marks are followed, too.
        let quoted = body.replace("id=\"k\"", "id=\"k k\"").replace("url(#k)", "url('#k k')");
        for body in std::iter::once(&body).chain((quoted != body).then_some(&quoted)) {
            let fault = fault(body);
            assert!(fault.starts_with("the artwork takes too long"), "{fault}: {}", &body[..80]);
        }
    }
    assert_eq!(
        fault(&format!("<marker id=\"m\"><path d=\"M0 0h1v1z\"/></marker>{}", path("marker-mid=\"url(#m)\"", 1000))),
        ""
    );
    assert_eq!(fault("<g id=\"a\"><use href=\"#a\"/></g>"), "", "usvg ignores it");
}

#[test]
fn copies_of_long_values_are_bounded() {
    let uses = "<use href=\"#p\"/>".repeat(2000);
    let path = format!("<defs><path id=\"p\" d=\"M0 0{}\"/></defs>", "h1".repeat(20_000));
    let dashes = format!("stroke-dasharray=\"{}\"", "1 ".repeat(50_000));
    let paths = "<path d=\"M0 0h1\"/>".repeat(3000);
    let stops = "<stop/>".repeat(20_000);
    let list = "serif,".repeat(5000);
    let picture = format!("<image id=\"p\" href=\"data:image/png;base64,{}\"/>", "A".repeat(500_000));
    for body in [
        format!("{path}{uses}"),
        format!("<g {dashes}>{paths}</g>"),
        format!("<defs><g id=\"p\">{paths}</g></defs><use href=\"#p\" {dashes}/>"),
        format!("<linearGradient id=\"k\">{stops}</linearGradient><g fill=\"url(#k)\">{paths}</g>"),
        format!("<text font-family=\"{list}\">{}</text>", "<tspan>a</tspan>".repeat(3000)),
        format!("{picture}{uses}"),
        format!(
            "<filter id=\"k\"><feComponentTransfer><feFuncR type=\"table\" tableValues=\"{}\"/></feComponentTransfer></filter><g>{}</g>",
            "0 ".repeat(50_000),
            paths.replace("/>", " filter=\"url(#k)\"/>")
        ),
    ] {
        let fault = fault(&body);
        assert!(fault.starts_with("the artwork takes too long"), "{fault}: {}", &body[..80]);
    }
    let own = paths.replace("/>", " stroke-dasharray=\"none\"/>");
    assert_eq!(fault(&format!("<g {dashes}>{own}</g>")), "", "values that do not apply cost nothing");
}

#[test]
fn vertices_are_counted() {
    for (data, count) in [
        ("M0 0h1h1", 7),
        ("M0,0 1 1-2-2.5.5", 4),
        ("M.5.5.5.5", 3),
        ("M0 0v1 2 3 4", 8),
        ("M0 0c1 1 2 2 3 3", 6),
        ("M0 0L1 1Z", 5),
    ] {
        assert_eq!(vertices("path", data), count, "{data}");
    }
    assert_eq!(vertices("polyline", "0,0 1,1 2,2"), 3);
}
