//! The names that columns may have for a template, to tell most cells from names without comparing them with each parameter.

use std::collections::HashSet;

use super::{
    names::{FILE_TITLE, Names, members, normalized},
    target::FILE_NAME,
    traditional::{simple, simplified},
};
use crate::export::code_column::Field;
use haibao_core::template::Template;
use haibao_sheet::remark::{folded, undecorated, without_remark};

/// Names and titles of a template, normalised, and those of the other columns.
#[derive(Debug)]
pub(in crate::export) struct Known {
    names: HashSet<String>,
    /// The [`head`] of each name.
    heads: HashSet<[Option<char>; 2]>,
}

impl Known {
    pub fn of(template: &Template) -> Self {
        let names = Names::of(template);
        let all = members(names.document, names.document);
        let params = all.into_iter().flat_map(|(key, schema)| names.titles(schema).chain([key]));
        let fields = Field::ALL.iter().flat_map(|(field, _)| [Some(field.name()), field.title()]).flatten();
        let all = params.chain(fields).chain([FILE_NAME, FILE_TITLE, "code"]).map(normalized);
        let names: HashSet<String> = all.flat_map(|name| [simplified(folded(&name)), name]).collect();
        Self { heads: names.iter().map(|name| head(name)).collect(), names }
    }

    /// Whether a text may be the name of a column, or a path that begins with one, such as `goods.name` and `tags[0]`.
    pub fn may_be(&self, text: &str) -> bool {
        self.may_begin(text) && self.is_name(text)
    }

    /// Whether a text begins as a name does. The cells of a large sheet are millions, and nearly all of them do not.
    fn may_begin(&self, text: &str) -> bool {
        let [first, second] = head(text);
        // A name may have fewer letters, and a remark or an index behind it.
        [[first, second], [first, None], [None, None]].iter().any(|head| self.heads.contains(head))
    }

    fn is_name(&self, text: &str) -> bool {
        let name = undecorated(text);
        let has = |name: &str| {
            let name = normalized(name);
            self.names.contains(&name) || self.names.contains(&simplified(folded(&name)))
        };
        let is_known = |name: &str| {
            let first = name.split(['.', '[']).find(|part| !part.is_empty()).unwrap_or_default();
            has(name) || (first.len() < name.len() && has(first))
        };
        is_known(name) || Some(without_remark(name).0).is_some_and(|bare| bare.len() < name.len() && is_known(bare))
    }
}

/// The first two letters or digits of a text, in the form that all spellings of a name share.
fn head(text: &str) -> [Option<char>; 2] {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    let mut letters = letters.filter_map(|c| c.to_lowercase().next()).map(simple);
    [letters.next(), letters.next()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_name_begins_as_the_name() {
        let layout = r#"{ "title": "t", "canvas": { "width": 400, "height": 400 },
          "params": { "type": "object", "properties": { "goods_id": { "type": "string", "title": "商品编号" },
            "x": { "type": "string", "title": "价" } } },
          "layers": [ { "type": "text", "box": [0, 0, 300, 50], "text": "{{goods_id}}{{x}}", "font_size": 20 } ] }"#;
        let files = [("layout.json".to_owned(), bytes::Bytes::from_static(layout.as_bytes()))];
        let template =
            haibao_core::render::compile("t", files.into(), &crate::service::fonts::embedded()).expect("a template");
        let known = Known::of(&template);
        for name in [
            "goods_id",
            " *Goods ID：",
            "GOODS-ID（必填）",
            "goodsid[0]",
            "商品編號",
            "★商 品 编 号",
            "x",
            "X.name",
            "价（元）",
            "價/元",
            "价[0]",
        ] {
            assert!(known.may_begin(name) && known.may_be(name), "{name}");
        }
        for text in ["16800", "春日限定｜天青釉花瓶", "u17", "——", "", "good.jpg", "商城"] {
            assert!(!known.may_be(text), "{text}");
        }
        // Those that are not even compared.
        for text in ["16800", "春日限定｜天青釉花瓶", "u17", "——", "", "商城"] {
            assert!(!known.may_begin(text), "{text}");
        }
    }
}
