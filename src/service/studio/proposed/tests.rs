//! Shapes and what they propose.

use bytes::Bytes;
use haibao_core::render::inspect;

use super::*;
use crate::service::fonts;

fn shape(id: &str, tag: &str, rect: [f32; 4], within: &[&str]) -> Shape {
    Shape {
        id: id.to_owned(),
        is_written: true,
        is_placed: true,
        tag: tag.to_owned(),
        name: id.to_owned(),
        layer: Some(id.to_owned()),
        label: None,
        rect,
        seen: None,
        is_outlined: false,
        is_mixed: false,
        corners: None,
        color: None,
        setting: None,
        within: within.iter().map(|id| (*id).to_owned()).collect(),
    }
}

#[test]
fn shapes_propose_what_they_can_hold() {
    let all = [
        shape("title", "g", [0.0, 0.0, 750.0, 1200.0], &[]),
        shape("photo", "rect", [0.0, 0.0, 750.0, 1200.0], &[]),
        shape("头像", "g", [10.0, 10.0, 90.0, 90.0], &[]),
        shape("avatar", "circle", [20.0, 20.0, 70.0, 70.0], &["头像"]),
        shape("二维码", "text", [10.0, 900.0, 90.0, 30.0], &[]),
        shape("小程序码", "rect", [10.0, 900.0, 400.0, 90.0], &[]),
        shape("qrcode", "rect", [10.0, 900.0, 90.0, 90.0], &[]),
        shape("code", "rect", [110.0, 900.0, 90.0, 90.0], &[]),
        shape("price", "image", [10.0, 700.0, 90.0, 30.0], &[]),
    ];
    let found = proposals(&all, [750.0, 1200.0]);
    let ids: Vec<_> = found.iter().map(|(at, meaning)| (all[*at].id.as_str(), meaning.param)).collect();
    assert_eq!(ids, [("photo", "photo"), ("avatar", "avatar"), ("qrcode", "id")]);
}

/// Names of the shapes that become slots and their parameters, in an SVG of 400 x 600 px.
fn found(body: &str) -> Vec<(String, &'static str)> {
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"600\">{body}</svg>");
    let shapes = inspect(&Bytes::from(svg), &fonts::embedded()).expect("SVG").shapes;
    let found = proposals(&shapes, [400.0, 600.0]);
    found.iter().map(|(at, meaning)| (shapes[*at].name.clone(), meaning.param)).collect()
}

#[test]
fn the_part_of_a_group_that_its_name_is_about_is_the_slot() {
    let button = "<rect x=\"20\" y=\"20\" width=\"160\" height=\"60\" rx=\"8\" fill=\"#fa541c\"/>";
    let picture =
        |id: &str| format!("<rect id=\"{id}\" x=\"20\" y=\"20\" width=\"90\" height=\"90\" fill=\"#d9d9d9\"/>");
    let text = |x: u32, y: u32, size: u32, content: &str| {
        format!("<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"#fff\">{content}</text>")
    };
    let letters = "<path id=\"letters\" d=\"M30 30h20v30z M60 30h20v30z M90 30h20v30z\"/>";
    let glyph = |x: u32| format!("<path id=\"glyph{x}\" d=\"M{x} 30h9v9z m2 2h2v2z m4 0h2v2z\"/>");
    let group = |id: &str, body: &str| format!("<g id=\"{id}\">{body}</g>");
    let offer = text(40, 60, 24, "满199减50");
    for (body, expected) in [
        (group("优惠券", &(button.to_owned() + &offer)), vec![("满199减50", "offer")]),
        (group("优惠券", &format!("<g>{button}</g><g>{offer}</g>")), vec![("满199减50", "offer")]),
        (group("card", &group("优惠券", &(button.to_owned() + &offer))), vec![("满199减50", "offer")]),
        (
            group(
                "优惠券",
                &(button.to_owned() + &group("texts", &(text(30, 40, 16, "满199") + &text(30, 60, 16, "减50")))),
            ),
            { vec![("texts", "offer")] },
        ),
        // Without a ground, all of it is replaced.
        (group("优惠券", &offer), vec![("优惠券", "offer")]),
        (group("价格", &(text(30, 60, 16, "¥") + &text(44, 60, 32, "168"))), vec![("价格", "price")]),
        (group("原价", &(text(30, 60, 16, "¥239") + "<path d=\"M30 55h40\" stroke=\"#fff\"/>")), {
            vec![("原价", "original_price")]
        }),
        (
            group("价格", &(button.to_owned() + &text(30, 60, 40, "到手价") + &text(100, 60, 32, "168"))),
            vec![("168", "price")],
        ),
        // Outlined letters on a ground.
        (group("优惠券", &(button.to_owned() + letters)), vec![("letters", "offer")]),
        (group("优惠券", &(button.to_owned() + &glyph(30) + &glyph(60))), vec![]),
        (group("优惠券", letters), vec![("优惠券", "offer")]),
        // A picture with a caption, or with a text that names it.
        (group("商品图", &(picture("rect") + &text(20, 130, 16, "新品"))), vec![("rect", "photo")]),
        (group("商品图", &(picture("rect") + &text(45, 70, 16, "商品图"))), vec![("商品图", "photo")]),
        (group("小程序码", &(picture("rect") + &text(20, 130, 16, "长按识别"))), vec![("rect", "id")]),
        (group("logo", &(picture("rect") + &text(20, 130, 16, "山间窑"))), vec![("logo", "logo")]),
        (group("店铺名", &(picture("rect") + &text(120, 70, 16, "山间窑"))), vec![("山间窑", "shop")]),
        // A nickname beside its avatar.
        (
            group("昵称", &(picture("头像") + &text(120, 70, 16, "小满"))),
            vec![("头像", "avatar"), ("小满", "nickname")],
        ),
        (group("头像", &picture("rect")), vec![("头像", "avatar")]),
        (
            "<clipPath id=\"c\"><circle cx=\"60\" cy=\"60\" r=\"30\"/></clipPath>".to_owned()
                + &group("头像", &format!("<g clip-path=\"url(#c)\">{}</g>", picture("rect"))),
            vec![("头像", "avatar")],
        ),
    ] {
        let mut own = found(&body);
        own.sort_by_key(|(_, param)| *param);
        let expected: Vec<_> = expected.into_iter().map(|(name, param)| (name.to_owned(), param)).collect();
        assert_eq!(own, expected, "{body}");
    }
}

#[test]
fn amounts_beside_their_unit_are_texts() {
    let svg =
        |body: &str| format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"600\">{body}</svg>");
    let number = "<text id=\"价格\" x=\"44\" y=\"60\" font-size=\"32\">168</text>";
    let sign = |x: u32, y: u32, content: &str| format!("<text x=\"{x}\" y=\"{y}\" font-size=\"16\">{content}</text>");
    for (body, expected) in [
        (number.to_owned(), Format::Money),
        (number.to_owned() + &sign(30, 60, "¥"), Format::Text),
        (number.to_owned() + &sign(108, 60, "元"), Format::Text),
        (number.to_owned() + &sign(30, 200, "¥"), Format::Money),
        (number.replace("168", "¥168") + &sign(30, 60, "¥"), Format::Money),
    ] {
        let shapes = inspect(&Bytes::from(svg(&body)), &fonts::embedded()).expect("SVG").shapes;
        let (at, meaning) = proposals(&shapes, [400.0, 600.0])[0];
        assert_eq!(format_of(meaning, &shapes[at], &shapes), expected, "{body}");
    }
}
