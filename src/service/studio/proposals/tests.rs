//! Names of layers and what they propose.

use super::*;

fn param(name: &str) -> &'static str {
    meaning(name).map_or("", |meaning| meaning.param)
}

#[test]
fn names_have_their_meanings() {
    for (name, expected) in [
        ("title", "title"),
        ("Title 2", "title"),
        ("card / title", "title"),
        ("productName", "title"),
        ("goods-title", "title"),
        ("活动标题", "title"),
        ("副标题", "subtitle"),
        ("商品名称", "title"),
        ("商品名稱", "title"),
        ("price", "price"),
        ("sale_price", "price"),
        ("salePrice", "price"),
        ("票价", "price"),
        ("价格", "price"),
        ("價格", "price"),
        ("团购价", "price"),
        ("original price", "original_price"),
        ("划线价", "original_price"),
        ("avatar", "avatar"),
        ("用户头像", "avatar"),
        ("nickname", "nickname"),
        ("昵称", "nickname"),
        ("邀请人", "nickname"),
        ("photo", "photo"),
        ("photo_2", "photo"),
        ("商品图", "photo"),
        ("商品 图片", "photo"),
        ("活动照片", "photo"),
        ("hero image", "photo"),
        ("qrcode", "id"),
        ("QR Code", "id"),
        ("code", "id"),
        ("二维码", "id"),
        ("小程序码", "id"),
        ("barcode", "barcode"),
        ("EAN13", "barcode"),
        ("条形码", "barcode"),
        ("手机号码", "phone"),
        ("兑换码", "voucher"),
        ("品牌 logo", "logo"),
        ("正文", "description"),
        ("地址", "place"),
        ("店铺名", "shop"),
        ("店铺名称", "shop"),
        ("我的店铺名称", "shop"),
        ("店名", "shop"),
        ("商家名称", "shop"),
        ("商品主图", "photo"),
        ("商品图占位", "photo"),
        ("头像占位图", "avatar"),
        ("photo placeholder", "photo"),
        ("头像图片", "avatar"),
        ("二维码图片", "id"),
        ("公众号二维码", "id"),
        ("logo图", "logo"),
        ("现价", "price"),
        ("到手价", "price"),
        ("日常价", "original_price"),
        ("面额", "face_value"),
        ("优惠金额", "face_value"),
        ("优惠券", "offer"),
        ("满减", "offer"),
        ("限时优惠", "discount"),
        ("日期", "date"),
        ("活动日期", "date"),
        ("时间", "time"),
        ("活动时间", "time"),
        ("开课时间", "time"),
        ("有效期", "valid"),
        ("截止时间", "valid"),
        ("活动地点", "place"),
        ("讲师", "teacher"),
        ("授课老师", "teacher"),
        ("老师姓名", "teacher"),
        ("主办方", "organizer"),
        ("学校名称", "organizer"),
        ("课时", "lessons"),
        ("剩余名额", "quota"),
        ("会员等级", "level"),
        ("会员积分", "points"),
        ("会员卡号", "number"),
        ("客服电话", "phone"),
        ("微信号", "wechat"),
        ("商品规格", "spec"),
        ("活动主题", "title"),
        ("活动规则", "description"),
    ] {
        assert_eq!(param(name), expected, "{name}");
    }
}

#[test]
fn parameters_have_rows() {
    for (kind, name, expected) in [
        (SlotKind::Code, "id", Some("id")),
        (SlotKind::Text, "title_2", Some("title")),
        (SlotKind::Text, "salePrice", Some("price")),
        (SlotKind::Text, "original_price", Some("original_price")),
        (SlotKind::Image, "title", None),
        (SlotKind::Text, "x", None),
    ] {
        assert_eq!(of_param(kind, name).map(|meaning| meaning.param), expected, "{name}");
    }
}

#[test]
fn names_of_other_shapes_propose_nothing() {
    for name in [
        "",
        "/",
        "12",
        "code bg",
        "title background",
        "价格背景",
        "头像边框",
        "二维码底板",
        "photo mask",
        "badge",
        "poster / 商品分享",
        "Rectangle 1",
        "image3",
        "text12",
        "Group 3",
        "g5",
        "Vector",
        "Frame 427318930",
        "椭圆形",
        "矩形",
        "card",
        "footer",
        "评价",
        "clip0_24_118",
        "背景",
        "页面-1",
        "shape-3",
        "晨间阅读课",
        "占位",
        "placeholder",
        "优惠券背景",
        "店铺图标",
    ] {
        assert_eq!(param(name), "", "{name}");
    }
}

#[test]
fn the_names_of_the_table_are_distinct_and_plain() {
    let all: Vec<&str> = MEANINGS.iter().flat_map(|meaning| meaning.names).copied().collect();
    let mut sorted = all.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), all.len());
    for meaning in &MEANINGS {
        assert_eq!(param(meaning.names[0]), meaning.param);
        for name in meaning.names {
            assert!(simplified(name.to_lowercase()) == *name && !name.contains([' ', '-', '_']), "{name}");
            assert!(!DECORATION.contains(name), "{name}");
        }
    }
}
