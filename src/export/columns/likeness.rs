//! Which parameter a column of another name may be: a guess that a person has to confirm.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
};

use super::{
    names::{Names, members, normalized},
    traditional::simplified,
};
use crate::export::cell_value::Typing;
use haibao_core::template::suggest::nearest;
use haibao_sheet::remark::without_remark;

/// A word of a name. Words that people use for one another are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word<'n> {
    Id,
    Name,
    Picture,
    Price,
    /// An ideograph, a word in Latin letters, or a word whose parts mean something else.
    Plain(&'n str),
}

use Word::{Id, Name, Picture, Plain, Price};

/// Words that are more than their characters. Of several that fit, the longest counts.
const WORDS: [(&str, &[Word<'static>]); 39] = [
    ("图片链接", &[Picture]),
    ("图片地址", &[Picture]),
    ("封面图", &[Picture]),
    ("图片", &[Picture]),
    ("主图", &[Picture]),
    ("照片", &[Picture]),
    ("封面", &[Picture]),
    ("图", &[Picture]),
    ("编号", &[Id]),
    ("编码", &[Id]),
    ("货号", &[Id]),
    ("款号", &[Id]),
    ("id", &[Id]),
    ("sku", &[Id]),
    ("名称", &[Name]),
    ("标题", &[Name]),
    ("昵称", &[Plain("昵"), Name]),
    ("姓名", &[Plain("昵"), Name]),
    ("价格", &[Price]),
    ("售价", &[Price]),
    ("单价", &[Price]),
    ("金额", &[Price]),
    ("原价", &[Plain("原"), Price]),
    ("市场价", &[Plain("原"), Price]),
    ("划线价", &[Plain("原"), Price]),
    ("吊牌价", &[Plain("原"), Price]),
    ("门市价", &[Plain("原"), Price]),
    // No ids, names and prices.
    ("序号", &[Plain("序号")]),
    ("行号", &[Plain("行号")]),
    ("型号", &[Plain("型号")]),
    ("账号", &[Plain("账号")]),
    ("房号", &[Plain("房号")]),
    ("手机号", &[Plain("手机号")]),
    ("电话号", &[Plain("电话号")]),
    ("订单号", &[Plain("订单号")]),
    ("报名", &[Plain("报名")]),
    ("签名", &[Plain("签名")]),
    ("评价", &[Plain("评价")]),
    ("地图", &[Plain("地图")]),
];

/// Endings of names of remarks, states and measures: 图片说明 is no picture.
const OTHERS: [&str; 15] = [
    "备注", "说明", "单位", "状态", "类型", "类别", "分类", "区间", "范围", "来源", "数量", "大小", "尺寸", "日期",
    "时间",
];

/// In how many parameters each word and ideograph is.
type Counts<'n> = HashMap<&'n str, HashSet<usize>>;

/// The words of a normalised name. At its end, 号, 名 and 价 are words if they stand behind one that parameters have, too.
fn words<'n>(name: &'n str, known: Option<&Counts<'_>>) -> Vec<Word<'n>> {
    let (mut found, mut rest) = (Vec::new(), name);
    while let Some(first) = rest.chars().next() {
        let latin = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let fits = |word: &str| rest.starts_with(word) && (latin == 0 || latin == word.len());
        let (end, own): (usize, &[Word<'n>]) =
            match WORDS.iter().filter(|(word, _)| fits(word)).max_by_key(|w| w.0.len()) {
                Some((word, own)) => (word.len(), *own),
                None => {
                    let end = latin.max(first.len_utf8());
                    let last = found.last().copied();
                    let is_known = match (last, known) {
                        (Some(Plain(last)), Some(known)) => known.contains_key(last),
                        (last, _) => last.is_some(),
                    };
                    match (&rest[..end], end == rest.len()) {
                        ("价", true) => (end, &[Price]),
                        ("号", true) if is_known => (end, &[Id]),
                        ("名", true) if is_known => (end, &[Name]),
                        (plain, _) => {
                            if first.is_alphanumeric() {
                                found.push(Plain(plain));
                            }
                            (end, &[])
                        }
                    }
                }
            };
        found.extend(
            own.iter().filter(|word| matches!(word, Plain(_)) || !found.contains(word)).copied().collect::<Vec<_>>(),
        );
        rest = &rest[end..];
    }
    found
}

/// A title or the name of a parameter.
struct Known<'n> {
    text: &'n str,
    words: Vec<Word<'n>>,
}

impl Known<'_> {
    /// How alike the name of a column is, from 0.
    fn likeness(&self, name: &str, own: &[Word<'_>], counts: &Counts<'_>) -> i64 {
        const SAME: i64 = 10_000;
        if !own.is_empty() && own == self.words {
            return SAME;
        }
        // A word that one parameter has alone says the most.
        let weight = |word: &Word<'_>| match word {
            Plain(text) => counts.get(text).map_or(0.0, |params| 1.0 / params.len() as f64),
            _ => 0.0,
        };
        let is_kind = |word: &&Word<'_>| !matches!(word, Plain(_));
        let is_shared = |word: &&Word<'_>| self.words.contains(word);
        let has_kind = |words: &[Word<'_>]| words.iter().any(|word| is_kind(&word));
        let shares_kind = own.iter().filter(is_kind).any(|word| is_shared(&word));
        // A picture is no price, and the name of another parameter is not that of this one.
        let is_other = |word: &Word<'_>| match word {
            Plain(text) => weight(word) >= 0.5 && !is_shared(&word) && !self.text.contains(text),
            _ => false,
        };
        if (has_kind(own) && has_kind(&self.words) && !shares_kind) || own.iter().any(is_other) {
            return 0;
        }
        let base = if shares_kind {
            let is_price = own.contains(&Price);
            let is_unknown = |word: &Word<'_>| matches!(word, Plain(_)) && weight(word) == 0.0;
            let shares_plain = own.iter().filter(|word| !is_kind(word)).any(|word| is_shared(&word));
            let is_bare = self.words.iter().all(|word| is_kind(&word));
            let is_old = |words: &[Word<'_>]| words.contains(&Plain("原"));
            let differs = match is_price {
                true => is_old(own) != is_old(&self.words),
                // 店铺名称 is no title of a product.
                false => own.iter().any(is_unknown) && !shares_plain && !is_bare,
            };
            let is_besides = OTHERS.iter().any(|end| name.ends_with(end) && !self.text.contains(end));
            if differs || is_besides { 0 } else { 200 }
        } else {
            let alike = likeness(name, self.text);
            let shared = name.char_indices().map(|(at, c)| &name[at..at + c.len_utf8()]);
            let shared: Vec<f64> = shared.filter(|c| self.text.contains(c)).map(|c| weight(&Plain(c))).collect();
            // 日期 is not alike 期限.
            let is_far = shared.len() < 2 || shared.iter().sum::<f64>() < 0.5;
            if alike < BY_LETTERS && is_far { 0 } else { alike as i64 }
        };
        let sum = |words: &[Word<'_>], others: &[Word<'_>], is_in: bool| -> f64 {
            words.iter().filter(|word| others.contains(word) == is_in).map(weight).sum()
        };
        let more = 10.0 * sum(own, &self.words, true)
            - 10.0 * sum(own, &self.words, false)
            - 5.0 * sum(&self.words, own, false);
        if base == 0 { 0 } else { (10 * base + (10.0 * more) as i64).max(1) }
    }
}

/// For each of these columns, the parameter that it may be, if any: the pairs that are most alike first, and each parameter once.
pub(super) fn guesses<'n>(
    names: &Names<'n>,
    columns: &[(usize, &str)],
    open: &[&'n str],
    required: &[&str],
) -> BTreeMap<usize, &'n str> {
    let all = members(names.document, names.document);
    let titles: Vec<Vec<(String, bool)>> = all
        .iter()
        .map(|(key, schema)| {
            let titles = names.titles(schema).map(|title| (simplified(normalized(title)), true));
            titles.chain([(normalized(key), false)]).collect()
        })
        .collect();
    let known: Vec<Vec<Known<'_>>> = titles
        .iter()
        .map(|own| own.iter().map(|(text, _)| Known { text, words: words(text, None) }).collect())
        .collect();
    let mut counts = Counts::new();
    for (at, (own, of)) in known.iter().zip(&titles).enumerate() {
        for Known { text, words } in own.iter().zip(of).filter(|(_, (_, is_title))| *is_title).map(|(own, _)| own) {
            let plain = words.iter().filter_map(|word| if let Plain(text) = word { Some(*text) } else { None });
            let chars = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]);
            plain.chain(chars).for_each(|word| {
                counts.entry(word).or_default().insert(at);
            });
        }
    }
    let mut pairs = Vec::new();
    for (column, name) in columns {
        let name = simplified(normalized(without_remark(name).0));
        let own = words(&name, Some(&counts));
        for (at, (key, schema)) in all.iter().enumerate().filter(|(_, (key, _))| open.contains(key)) {
            // 商品名称 is no picture of a product.
            if Typing::of(names.document, schema).is_picture() && !names_picture(&name) {
                continue;
            }
            let likeness = known[at].iter().map(|known| known.likeness(&name, &own, &counts)).max().unwrap_or_default();
            if likeness > 0 {
                // Without required parameters there is no poster. Of equals, the first one.
                pairs.push((Reverse(likeness), !required.contains(key), *column, at, *key));
            }
        }
    }
    pairs.sort_unstable();
    let (mut found, mut taken) = (BTreeMap::new(), HashSet::new());
    for (.., column, at, key) in pairs {
        if !found.contains_key(&column) && taken.insert(at) {
            found.insert(column, key);
        }
    }
    found
}

/// How many parameters these texts are like.
pub(in crate::export) fn alike(names: &Names<'_>, texts: &[&str]) -> usize {
    let columns: Vec<(usize, &str)> = texts.iter().copied().enumerate().collect();
    let open: Vec<&str> = members(names.document, names.document).iter().map(|(name, _)| *name).collect();
    guesses(names, &columns, &open, &[]).len()
}

/// Whether a normalised name may be that of a picture.
fn names_picture(name: &str) -> bool {
    const WORDS: [&str; 14] =
        ["图", "照", "像", "片", "封面", "视觉", "logo", "标志", "photo", "image", "img", "pic", "avatar", "cover"];
    WORDS.iter().any(|word| name.contains(word))
}

/// A likeness of more than some characters.
const BY_LETTERS: usize = 50;

/// Length up to which words in Latin letters are alike by chance.
const SHORT: usize = 4;

/// Whether a part of a name in Latin letters is a word of it: `name` in `nickname`, `id` in `goods_id`, but not `age` in `page`.
fn is_word_of(part: &str, name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    let is_alone = |at: usize| !name[..at].ends_with(is_letter) && !name[at + part.len()..].starts_with(is_letter);
    part.len() >= SHORT || name.match_indices(part).any(|(at, _)| is_alone(at))
}

/// How alike two normalised names are, from 0. Names of a few ideographs are alike if they share half of them.
fn likeness(one: &str, two: &str) -> usize {
    let (short, long) = if one.chars().count() <= two.chars().count() { (one, two) } else { (two, one) };
    let length = short.chars().count();
    if length == 0 {
        return 0;
    }
    if length > 1 && long.contains(short) && (!short.is_ascii() || is_word_of(short, long)) {
        return 100 + length;
    }
    if short.is_ascii() || length > 4 {
        // rate is no date.
        if length <= SHORT && short.chars().next() != long.chars().next() {
            return 0;
        }
        return if nearest(short, [long]).is_some() { BY_LETTERS + length } else { 0 };
    }
    let shared = short.chars().filter(|c| !c.is_ascii() && long.contains(*c)).count();
    if length > 1 && 2 * shared >= length && 3 * shared >= long.chars().count() { 10 + shared } else { 0 }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The guesses for all columns of a sheet of a template with these titles, of which those with `*` are required.
    fn proposed(titles: &[&str], columns: &[&str]) -> Vec<Option<String>> {
        let picture = |title: &str| title.contains(['图', '像']);
        let schema = |title: &str| match picture(title) {
            true => json!({ "type": "string", "format": "image", "title": title }),
            false => json!({ "type": "string", "title": title }),
        };
        let bare = |title: &&str| title.trim_end_matches('*').to_owned();
        let properties: serde_json::Map<String, Value> =
            titles.iter().map(bare).enumerate().map(|(at, title)| (format!("p{at:02}"), schema(&title))).collect();
        let document = json!({ "type": "object", "properties": properties });
        let names = Names { document: &document };
        let all: Vec<&str> = members(&document, &document).iter().map(|(key, _)| *key).collect();
        let required: Vec<&str> =
            all.iter().zip(titles).filter(|(_, title)| title.ends_with('*')).map(|(key, _)| *key).collect();
        let columns: Vec<(usize, &str)> = columns.iter().copied().enumerate().collect();
        let found = guesses(&names, &columns, &all, &required);
        let title = |at: &usize| found.get(at).and_then(|key| names.title(key)).map(|title| title.own());
        columns.iter().map(|(at, _)| title(at)).collect()
    }

    #[test]
    fn the_parameter_that_is_most_alike_is_proposed() {
        let product = ["商品图*", "商品标题*", "售价*", "原价", "分享人昵称", "分享人头像", "商品编号*", "分享人编号"];
        let group = [
            "商品图*",
            "商品标题*",
            "拼团价*",
            "单独购买价",
            "成团人数*",
            "还差人数*",
            "团长昵称",
            "团长头像",
            "截止时间",
            "团编号*",
        ];
        let member = ["会员等级*", "会员昵称*", "会员头像", "积分", "会员卡编号*", "邀请人编号"];
        for (titles, pairs) in [
            (
                &product[..],
                &[
                    ("商品ID", "商品编号"),
                    ("商品名称", "商品标题"),
                    ("商品主图", "商品图"),
                    ("商品价格", "售价"),
                    ("商品原价", "原价"),
                ][..],
            ),
            (
                &product,
                &[
                    ("产品名称", "商品标题"),
                    ("封面图", "商品图"),
                    ("SKU", "商品编号"),
                    ("市场价", "原价"),
                    ("活动价", "售价"),
                ],
            ),
            (&product, &[("分享人ID", "分享人编号"), ("分享人名称", "分享人昵称"), ("品名", "商品标题")]),
            (&product, &[("序号", ""), ("店铺名称", ""), ("备注", ""), ("手机号", ""), ("日期", "")]),
            (&product, &[("商品原价", "原价"), ("商品成本价", "售价")]),
            (&product, &[("商品相片圖", "商品图"), ("貨品名稱", "商品标题"), ("市場價", "原价")]),
            (&group, &[("团长", "团长昵称"), ("团号", "团编号")]),
            (&group, &[("团号", "团编号"), ("团长编号", ""), ("头像", "团长头像"), ("价格", "拼团价"), ("原价", "")]),
            (&member, &[("会员卡号", "会员卡编号"), ("姓名", "会员昵称"), ("等级", "会员等级")]),
        ] {
            let columns: Vec<&str> = pairs.iter().map(|(column, _)| *column).collect();
            let expected: Vec<_> =
                pairs.iter().map(|(_, title)| (!title.is_empty()).then(|| (*title).to_owned())).collect();
            assert_eq!(proposed(titles, &columns), expected, "{columns:?}");
        }
        // What another parameter is named after is not proposed for the one that is left.
        assert_eq!(proposed(&["售价*", "原价"], &["原价", "商品原价"]), [Some("原价".to_owned()), None]);
    }

    #[test]
    fn what_shares_little_is_not_proposed() {
        let titles = ["图片*", "售价*", "标题*", "角色", "期限", "城市", "活动时间", "date"];
        let alike = ["图片链接", "图片1", "价格", "标题1", "活动时刻", "dates"];
        let expected = ["图片", "图片", "售价", "标题", "活动时间", "date"].map(|title| Some(title.to_owned()));
        assert_eq!(alike.map(|column| proposed(&titles, &[column]).remove(0)), expected);
        for column in ["图片说明", "价格备注", "标题类型", "颜色", "日期", "市级", "rate"] {
            assert_eq!(proposed(&titles, &[column]), [None], "{column}");
        }
    }

    #[test]
    fn names_are_alike_by_what_they_share() {
        for (one, two) in
            [("商品名", "商品名称"), ("标题", "商品标题"), ("价格", "售价"), ("titel", "title"), ("nick", "nickname")]
        {
            assert!(likeness(one, two) > 0 && likeness(two, one) > 0, "{one} {two}");
        }
        for (one, two) in [("备注", "商品标题"), ("日期", "售价"), ("color", "title"), ("", "a"), ("号", "编号")]
        {
            assert_eq!(likeness(one, two), 0, "{one} {two}");
        }
        for (one, two) in [("id", "goods_id"), ("编码id", "id"), ("names", "name"), ("dates", "date")] {
            assert!(likeness(one, two) > 0 && likeness(two, one) > 0, "{one} {two}");
        }
        for (one, two) in [("rate", "date"), ("age", "page"), ("id", "width"), ("no", "to"), ("no", "notes")] {
            assert_eq!((likeness(one, two), likeness(two, one)), (0, 0), "{one} {two}");
        }
        assert!(likeness("商品名", "商品名称") > likeness("商品名", "商品编号"));
    }
}
