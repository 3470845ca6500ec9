//! What the layers of design tools are called, and which slots they propose: one row for each meaning.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::export::simplified;

/// What fills a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlotKind {
    /// A text, or an amount of money.
    Text,
    /// A picture.
    Image,
    /// The mini-program code.
    Code,
    /// A barcode.
    Barcode,
}

/// Type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ParamFormat")]
pub enum Format {
    /// A string.
    Text,
    /// An integer, an amount in fen.
    Money,
    /// The source of a picture.
    Image,
    /// A short string of ASCII characters: the id in a scene, the value of a barcode.
    Id,
}

/// What a layer of a design is about.
#[derive(Debug, PartialEq, Eq)]
pub struct Meaning {
    pub kind: SlotKind,
    /// Name of the parameter.
    pub param: &'static str,
    pub format: Format,
    /// Title of the parameter.
    pub title: &'static str,
    /// Value in the sample `usual`: the text itself, or a file of a starter template.
    pub sample: &'static str,
    pub is_required: bool,
    /// Maximum length of a text, characters.
    pub max_length: u16,
    /// Maximum number of lines.
    pub max_lines: u16,
    pub is_bold: bool,
    /// Names of layers, in lower case and without spaces. Chinese ones are also the ends of longer names.
    names: &'static [&'static str],
}

const fn text(
    param: &'static str,
    title: &'static str,
    sample: &'static str,
    names: &'static [&'static str],
) -> Meaning {
    let (kind, format) = (SlotKind::Text, Format::Text);
    Meaning {
        kind,
        param,
        format,
        title,
        sample,
        is_required: false,
        max_length: 60,
        max_lines: 1,
        is_bold: false,
        names,
    }
}

const fn image(
    param: &'static str,
    title: &'static str,
    sample: &'static str,
    names: &'static [&'static str],
) -> Meaning {
    Meaning { kind: SlotKind::Image, format: Format::Image, ..text(param, title, sample, names) }
}

const fn money(
    param: &'static str,
    title: &'static str,
    sample: &'static str,
    names: &'static [&'static str],
) -> Meaning {
    Meaning { format: Format::Money, is_bold: true, ..text(param, title, sample, names) }
}

const fn required(meaning: Meaning) -> Meaning {
    Meaning { is_required: true, ..meaning }
}

/// All meanings. Of several names that fit, the longest counts.
#[rustfmt::skip]
static MEANINGS: [Meaning; 33] = [
    Meaning {
        max_lines: 2,
        is_bold: true,
        ..required(text("title", "标题", "天青釉手工拉坯花瓶", &[
            "title", "maintitle", "headline", "heading", "name", "productname", "goodsname", "goodstitle", "producttitle",
            "itemname", "coursename", "eventname", "标题", "主标题", "大标题", "名称", "品名", "商品名", "产品名", "课程名",
            "活动名", "商品名称", "宝贝标题", "主题", "项目名", "线路名", "房源名", "楼盘名", "套餐名", "服务名", "会议名", "菜名", "书名",
        ]))
    },
    Meaning {
        max_lines: 2,
        ..text("subtitle", "副标题", "每一只釉色都独一无二", &[
            "subtitle", "subheading", "tagline", "slogan", "副标题", "小标题", "子标题", "标语", "口号", "卖点", "广告语",
            "宣传语", "引导语",
        ])
    },
    Meaning {
        max_length: 200,
        max_lines: 6,
        ..text("description", "说明", "手工拉坯，入窑烧制两次。釉色随火候变化，每一只都不相同。", &[
            "description", "desc", "intro", "introduction", "summary", "paragraph", "details", "说明",
            "描述", "简介", "介绍", "详情", "正文", "文案", "副文案", "活动内容", "课程内容", "规则", "须知", "亮点", "特色", "推荐语", "推荐理由",
            "祝福语", "寄语", "邀请语",
        ])
    },
    required(money("price", "价格", "16800", &[
        "price", "saleprice", "sellingprice", "currentprice", "amount", "价格", "售价", "现价", "单价", "价", "金额",
    ])),
    money("original_price", "原价", "23900", &[
        "originalprice", "oldprice", "listprice", "marketprice", "regularprice", "原价", "市场价", "划线价", "吊牌价", "门市价", "日常价",
        "参考价", "指导价", "标价", "官方价", "单买价", "单独购买价",
    ]),
    money("face_value", "面额", "3000", &["facevalue", "面额", "券额", "券面额", "优惠金额", "抵扣金额", "立减金额"]),
    text("discount", "折扣", "8 折", &["discount", "折扣", "优惠"]),
    text("offer", "优惠", "满 200 减 30", &[
        "offer", "promotion", "promo", "优惠券", "代金券", "满减", "满减券", "折扣券", "抵用券", "满赠", "立减", "使用门槛", "门槛",
    ]),
    text("nickname", "昵称", "小满", &[
        "nickname", "username", "inviter", "sharer", "author", "昵称", "姓名", "名字", "用户名", "分享人", "分享者",
        "邀请人", "邀请者", "推荐人", "推荐者", "发起人", "会员名", "会员名称", "客户名", "联系人", "推广人", "分销员", "店主", "顾问", "团长", "持卡人",
        "收件人",
    ]),
    text("shop", "店名", "山间窑", &[
        "shop", "shopname", "store", "storename", "brand", "brandname", "店名", "店铺", "门店", "品牌", "店铺名", "店铺名称", "门店名", "门店名称",
        "商店名", "商店名称", "商家", "商家名", "商家名称", "商户", "商户名", "商户名称", "品牌名", "品牌名称",
    ]),
    text("organizer", "主办方", "滨江读书会", &[
        "organizer", "organiser", "host", "school", "company", "主办方", "主办", "主办单位", "机构", "机构名", "机构名称", "学校", "学校名称", "公司",
        "公司名", "公司名称", "企业", "企业名称", "单位名称",
    ]),
    text("teacher", "讲师", "林老师", &[
        "teacher", "speaker", "lecturer", "coach", "讲师", "老师", "导师", "主讲", "主讲人", "嘉宾", "教练", "教师", "主持人", "讲师姓名", "老师姓名",
        "导师姓名", "嘉宾姓名", "教练姓名",
    ]),
    text("role", "职位", "高级讲师", &["role", "position", "jobtitle", "职位", "职务", "岗位", "头衔", "身份"]),
    text("date", "日期", "11 月 21 日", &["date", "日期"]),
    text("time", "时间", "11 月 21 日 14:00", &["time", "datetime", "schedule", "时间", "时段", "档期"]),
    text("valid", "有效期", "即日起至 11 月 30 日", &[
        "valid", "validity", "expiry", "expires", "deadline", "有效期", "有效期限", "有效日期", "有效时间", "使用期限", "期限", "截止", "截止日期", "截止时间",
        "使用时间",
    ]),
    text("place", "地点", "杭州 · 滨江公园", &[
        "place", "address", "location", "venue", "city", "地点", "地址", "位置", "场地", "会场", "校区", "城市", "商圈",
    ]),
    text("level", "等级", "黄金会员", &["level", "grade", "等级", "会员等级", "级别"]),
    text("points", "积分", "1280", &["points", "score", "积分"]),
    text("lessons", "课时", "12 节课", &["lessons", "课时", "课次", "节数", "学时"]),
    text("quota", "名额", "限 20 人", &["quota", "seats", "名额", "席位", "人数"]),
    text("sales", "销量", "已售 300+", &["sales", "sold", "stock", "销量", "已售", "库存"]),
    text("spec", "规格", "500 ml", &["spec", "specification", "sku", "规格", "型号", "尺码"]),
    text("wechat", "微信号", "haibao2026", &["wechat", "wechatid", "weixin", "微信号"]),
    text("phone", "电话", "400-800-1234", &[
        "phone", "phonenumber", "tel", "telephone", "mobile", "电话", "手机", "手机号", "手机号码", "电话号码", "联系方式", "热线",
    ]),
    text("label", "标签", "限时", &["tag", "label", "category", "标签", "分类", "品类"]),
    text("voucher", "兑换码", "SPRING-2026", &["coupon", "couponcode", "voucher", "promocode", "兑换码", "优惠码", "券码", "验证码"]),
    required(image("photo", "图片", "product-share/assets/vase.jpg", &[
        "photo", "photograph", "picture", "pic", "image", "img", "cover", "coverimage", "banner", "hero", "heroimage", "product",
        "productimage", "goods", "goodsimage", "mainimage", "图片", "照片", "相片", "封面", "封面图", "主图", "配图",
        "商品图", "产品图", "活动图", "课程图", "房源图", "门店图", "海报图", "头图", "宝贝图", "主视觉",
        "宣传图", "展示图", "实拍图", "效果图", "缩略图", "题图", "插图", "详情图", "首图", "大图", "菜品图", "作品图", "景点图", "人物图", "老师图",
        "thumbnail", "keyvisual", "kv",
    ])),
    image("avatar", "头像", "product-share/assets/lin.jpg", &[
        "avatar", "headimg", "headimage", "portrait", "userpic", "profileimage", "头像", "肖像", "头像图", "头像图片",
    ]),
    image("logo", "标志", "group-buy/assets/hills.jpg", &[
        "logo", "logotype", "logoimage", "标志", "品牌标志", "徽标", "店标", "商标", "校徽", "标识", "logo图", "logo图片",
    ]),
    Meaning {
        kind: SlotKind::Code,
        format: Format::Id,
        ..required(text("id", "编号", "8801", &[
            "code", "qr", "qrcode", "wxacode", "acode", "minicode", "minicodeimage", "miniprogram", "miniprogramcode", "suncode",
            "二维码", "小程序码", "太阳码", "葵花码", "扫码", "码", "二维码图", "二维码图片", "小程序码图", "小程序码图片",
        ]))
    },
    Meaning {
        kind: SlotKind::Barcode,
        format: Format::Id,
        ..required(text("barcode", "条码", "6901234567892", &["barcode", "ean", "ean13", "code128", "条码", "条形码", "一维码"]))
    },
    text("number", "编号", "No. 0128", &[
        "number", "sn", "serial", "编号", "序号", "号码", "卡号", "会员号", "会员卡号", "单号", "订单号", "货号", "工号",
    ]),
];

/// Names of shapes that only decorate, as words in Latin letters and as ends of Chinese names.
const DECORATION: [&str; 30] = [
    "bg",
    "background",
    "backdrop",
    "mask",
    "frame",
    "border",
    "line",
    "icon",
    "shadow",
    "base",
    "plate",
    "box",
    "container",
    "wrapper",
    "group",
    "overlay",
    "divider",
    "badge",
    "背景",
    "背景图",
    "底",
    "底图",
    "底板",
    "边框",
    "框",
    "蒙版",
    "遮罩",
    "阴影",
    "图标",
    "评价",
];

/// Ends of names of shapes that hold the place of something.
const HOLDING: [&str; 4] = ["占位图", "占位符", "占位", "placeholder"];

/// Names that tools give by themselves, with a number behind: `image3`.
const AUTOMATIC: [&str; 16] = [
    "rect",
    "rectangle",
    "path",
    "g",
    "group",
    "circle",
    "ellipse",
    "text",
    "tspan",
    "image",
    "img",
    "use",
    "frame",
    "layer",
    "shape",
    "vector",
];

/// The meaning of a name that a designer gave a layer.
pub fn meaning(name: &str) -> Option<&'static Meaning> {
    // A path such as `card / title`.
    let last = name.rsplit(['/', '／', '|', '>']).map(str::trim).find(|part| !part.is_empty())?;
    let (mut words, is_numbered) = words(last);
    if let Some(word) = words.last_mut()
        && let Some(length) = HOLDING.iter().find_map(|end| word.strip_suffix(*end).map(str::len))
    {
        word.truncate(length);
    }
    words.retain(|word| !word.is_empty());
    let base = words.last()?;
    if is_numbered && words.len() == 1 && AUTOMATIC.contains(&base.as_str()) {
        return None;
    }
    let is_chinese = |text: &str| !text.is_ascii();
    if DECORATION.iter().any(|one| one == base || is_chinese(one) && base.ends_with(one)) {
        return None;
    }
    let all = || MEANINGS.iter().flat_map(|meaning| meaning.names.iter().map(move |name| (*name, meaning)));
    while !words.is_empty() {
        let whole = words.concat();
        let fits = |own: &str| own == whole || is_chinese(own) && whole.ends_with(own);
        if let Some((_, found)) = all().filter(|(own, _)| fits(own)).max_by_key(|(own, _)| own.len()) {
            return Some(found);
        }
        words.remove(0);
    }
    None
}

/// The row of a parameter that a slot of this kind sets, by its name: `title`, `title_2`, `salePrice`.
pub fn of_param(kind: SlotKind, param: &str) -> Option<&'static Meaning> {
    let bare = words(param).0.concat();
    let own = MEANINGS.iter().find(|meaning| meaning.kind == kind && meaning.param.replace('_', "") == bare);
    own.or_else(|| meaning(param).filter(|meaning| meaning.kind == kind))
}

/// The words of a name in lower case, without numbers at its end, and whether it has such a number.
fn words(name: &str) -> (Vec<String>, bool) {
    let (mut words, mut before) = (vec![String::new()], ' ');
    for character in name.chars() {
        let is_new = !character.is_alphanumeric()
            || before.is_ascii() != character.is_ascii()
            || before.is_ascii_lowercase() && character.is_ascii_uppercase();
        if is_new {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_lowercase());
        }
        before = character;
    }
    let mut words: Vec<String> = words.into_iter().map(simplified).filter(|word| !word.is_empty()).collect();
    let mut is_numbered = false;
    while let Some(last) = words.last_mut() {
        let bare = last.trim_end_matches(|c: char| c.is_ascii_digit());
        // Names that end with a number: `ean13`.
        if bare.len() == last.len() || MEANINGS.iter().any(|meaning| meaning.names.contains(&last.as_str())) {
            break;
        }
        is_numbered = true;
        last.truncate(bare.len());
        if !last.is_empty() {
            break;
        }
        words.pop();
    }
    (words, is_numbered)
}

#[cfg(test)]
mod tests;
