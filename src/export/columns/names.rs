//! Resolves the names of columns against a template: parameters by name or title, fields of the code, the file name.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    path::Step,
    target::{FILE_NAME, Target},
    units::{self, Unit},
};
use crate::export::{
    cell_value::Typing,
    code_column::{Field, SCENE_PREFIX},
};
use haibao_core::template::{
    Template,
    money::Numbers,
    params::{MAX_ELEMENTS, resolve},
};

/// Title of [`FILE_NAME`].
pub(in crate::export) const FILE_TITLE: &str = "文件名";
/// Keyword with further titles of a parameter, by language.
const TITLES: &str = "x-titles";

/// What a name of a column means.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::export) enum Meaning {
    /// It sets this.
    One(Target),
    /// Several parameters have this title.
    Several(Vec<String>),
    /// Nothing in the template has this name.
    None,
}

/// The names of a template.
#[derive(Debug, Clone, Copy)]
pub(in crate::export) struct Names<'a> {
    pub document: &'a Value,
}

impl<'a> Names<'a> {
    pub fn of(template: &'a Template) -> Self {
        Self { document: template.params().document() }
    }

    /// The meaning of a name: as written, or else without a remark in brackets, such as a unit.
    pub fn meaning(&self, name: &str) -> Meaning {
        let name = undecorated(name);
        let (bare, _) = without_remark(name);
        let found = match self.exact(name) {
            Meaning::None if bare.len() < name.len() => self.exact(bare),
            found => found,
        };
        match found {
            // The unit of an amount.
            Meaning::One(Target::Param(path, Typing::Money(numbers))) => {
                Meaning::One(Target::Param(path, Typing::Money(numbers_of(name).unwrap_or(numbers))))
            }
            found => found,
        }
    }

    fn exact(&self, name: &str) -> Meaning {
        match self.path(name) {
            Path::Found(path, schema) => {
                return Meaning::One(Target::Param(path, Typing::of(self.document, schema)));
            }
            Path::Several(names) => return Meaning::Several(names),
            Path::None => {}
        }
        let name = normalized(name);
        if name == FILE_NAME || name == FILE_TITLE {
            return Meaning::One(Target::FileName);
        }
        let field = name.strip_prefix("code.").unwrap_or(&name);
        if let Some(parameter) = field.strip_prefix(SCENE_PREFIX).filter(|parameter| !parameter.is_empty()) {
            return Meaning::One(Target::Scene(parameter.to_owned()));
        }
        // The width of a code is determined by the poster's layout.
        let fits = |of: &Field| of.name() == field || of.title().is_some_and(|title| normalized(title) == name);
        let found = Field::ALL.iter().map(|(of, _)| *of).find(|of| *of != Field::Width && fits(of));
        found.map_or(Meaning::None, |field| Meaning::One(Target::Code(field)))
    }

    /// Resolves a path such as `goods.name`, `tags[0]` or `标题`.
    fn path(&self, name: &str) -> Path<'a> {
        match self.member(self.document, name) {
            Member::One(key, schema) => return Path::Found(vec![Step::Key(key)], schema),
            Member::Several(names) => return Path::Several(names),
            Member::None => {}
        }
        let (mut path, mut schema) = (Vec::new(), self.document);
        for part in name.replace('[', ".[").split('.').filter(|part| !part.is_empty()) {
            let index = part.strip_prefix('[').map_or(Some(part), |part| part.strip_suffix(']'));
            let Some(index) = index else { return Path::None };
            let own = resolve(self.document, schema);
            match (index.trim().parse::<usize>(), own.get("items")) {
                (Ok(index), Some(items)) if index < MAX_ELEMENTS => {
                    path.push(Step::Index(index));
                    schema = items;
                }
                _ => match self.member(schema, part) {
                    Member::One(key, member) => {
                        path.push(Step::Key(key));
                        schema = member;
                    }
                    Member::Several(names) => return Path::Several(names),
                    Member::None => return Path::None,
                },
            }
        }
        if path.is_empty() { Path::None } else { Path::Found(path, schema) }
    }

    /// Finds an object member by exact name, else by name or title ignoring case and spaces.
    fn member(&self, schema: &'a Value, name: &str) -> Member<'a> {
        let all = members(self.document, schema);
        if let Some((key, schema)) = all.iter().find(|(key, _)| *key == name) {
            return Member::One((*key).to_owned(), schema);
        }
        let name = normalized(name);
        for by_name in [true, false] {
            let fits = |(key, schema): &&(&str, &Value)| match by_name {
                true => normalized(key) == name,
                false => self.titles(schema).any(|title| normalized(title) == name),
            };
            let fitting: Vec<_> = all.iter().filter(fits).collect();
            match fitting[..] {
                [] => {}
                [(key, schema)] => return Member::One((*key).to_owned(), schema),
                _ => return Member::Several(fitting.iter().map(|(key, _)| (*key).to_owned()).collect()),
            }
        }
        Member::None
    }

    /// Titles of a schema: its own, or else that of the schema that it refers to, and those of other languages.
    pub fn titles(&self, schema: &'a Value) -> impl Iterator<Item = &'a str> + use<'a> {
        let of = |key: &str| schema.get(key).or_else(|| resolve(self.document, schema).get(key));
        let texts = |value: &'a Value| match value {
            Value::String(text) => vec![text.as_str()],
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let own = of("title").map(texts).unwrap_or_default();
        let others =
            of(TITLES).and_then(Value::as_object).into_iter().flat_map(serde_json::Map::values).flat_map(texts);
        own.into_iter().chain(others)
    }

    /// The first title of a parameter.
    pub fn title(&self, name: &str) -> Option<&'a str> {
        let (_, schema) = members(self.document, self.document).into_iter().find(|(key, _)| *key == name)?;
        self.titles(schema).next()
    }

    /// Whether the schema at a path allows only some texts, such as dates in one form.
    pub fn is_restricted(&self, path: &[Step]) -> bool {
        let schema = path.iter().try_fold(self.document, |schema, step| match step {
            Step::Key(key) => {
                let all = members(self.document, schema);
                all.into_iter().find(|(name, _)| name == key).map(|(_, schema)| schema)
            }
            Step::Index(_) => resolve(self.document, schema).get("items"),
        });
        let keywords = ["pattern", "enum", "const", "format"];
        schema.is_none_or(|schema| keywords.iter().any(|key| resolve(self.document, schema).get(key).is_some()))
    }

    /// Names of the required parameters without a default.
    pub fn required(&self) -> Vec<&'a str> {
        let required = self.document.get("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        let all = members(self.document, self.document);
        let has_default = |name: &str| {
            let schema = all.iter().find(|(key, _)| *key == name).map(|(_, schema)| *schema);
            schema.is_some_and(|schema| {
                schema.get("default").or_else(|| resolve(self.document, schema).get("default")).is_some()
            })
        };
        required.filter(|name| !has_default(name)).collect()
    }
}

/// Names and titles of a template, normalised, and those of the other columns. Most cells are none of these, which is found
/// without comparing them with each parameter.
#[derive(Debug)]
pub(in crate::export) struct Known(HashSet<String>);

impl Known {
    pub fn of(template: &Template) -> Self {
        let names = Names::of(template);
        let all = members(names.document, names.document);
        let params = all.into_iter().flat_map(|(key, schema)| names.titles(schema).chain([key]));
        let fields = Field::ALL.iter().flat_map(|(field, _)| [Some(field.name()), field.title()]).flatten();
        Self(params.chain(fields).chain([FILE_NAME, FILE_TITLE]).map(normalized).collect())
    }

    /// Whether a text may be the name of a column. Paths, such as `goods.name` and `tags[0]`, may be.
    pub fn may_be(&self, text: &str) -> bool {
        let name = undecorated(text);
        name.contains(['.', '[']) || self.0.contains(&normalized(name)) || {
            let (bare, _) = without_remark(name);
            bare.len() < name.len() && self.0.contains(&normalized(bare))
        }
    }
}

enum Path<'a> {
    Found(Vec<Step>, &'a Value),
    Several(Vec<String>),
    None,
}

enum Member<'a> {
    One(String, &'a Value),
    Several(Vec<String>),
    None,
}

/// Object members declared by a schema, directly or in its `allOf`.
pub(in crate::export) fn members<'a>(document: &'a Value, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
    let schema = resolve(document, schema);
    let own = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let parts = parts.filter_map(|part| resolve(document, part).get("properties").and_then(Value::as_object)).flatten();
    own.chain(parts).map(|(key, schema)| (key.as_str(), schema)).collect()
}

/// A name without the marks of required columns around it, and without a colon behind it: `*售价`, `商品编号：`.
fn undecorated(name: &str) -> &str {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '*' | '＊' | '★');
    name.trim_start_matches(is_mark).trim_end_matches(|c| is_mark(c) || matches!(c, ':' | '：'))
}

/// Normalises a name for comparison: `商品 标题` equals `商品标题`, and `Title*` and `*Title:` equal `title`.
pub(in crate::export) fn normalized(name: &str) -> String {
    undecorated(name).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// A name without a remark at its end, and the remark: `价格（元）`, `价格/元`, `头像(图片)`.
pub(super) fn without_remark(name: &str) -> (&str, &str) {
    let name = name.trim();
    if let Some(inner) = name.strip_suffix([')', '）', ']', '】', '>', '》', '〉', '」', '}'])
        && let Some(at) = inner.rfind(['(', '（', '[', '【', '<', '《', '〈', '「', '{'])
        // `tags[0]` is an element.
        && !inner.ends_with(|c: char| c.is_ascii_digit())
        && at > 0
    {
        let open = inner[at..].chars().next().map_or(0, char::len_utf8);
        return (inner[..at].trim_end(), inner[at + open..].trim());
    }
    // 售价￥.
    if let Some(sign) = name.chars().next_back().filter(|c| matches!(c, '¥' | '￥' | '$' | '＄' | '€' | '£')) {
        let at = name.len() - sign.len_utf8();
        if at > 0 && name[..at].ends_with(|c: char| c.is_alphanumeric()) {
            return (&name[..at], &name[at..]);
        }
    }
    match name.rsplit_once(['/', '／', ':', '：', ' ', '_', '-', '－', '—', '|']) {
        Some((bare, last)) if unit(last).is_some() && !bare.is_empty() => (bare.trim_end(), last.trim()),
        // 总价万元.
        _ => match units::without_ten_thousands(name).filter(|bare| bare.ends_with(char::is_alphanumeric)) {
            Some(bare) => (bare, &name[bare.len()..]),
            None => (name, ""),
        },
    }
}

/// The unit that a remark names.
fn unit(remark: &str) -> Option<Unit> {
    units::unit(&normalized(remark))
}

/// The unit in the name of a column of amounts, if it is neither yuan, 万元 nor fen: `售价（千元）`, `价格/$`.
pub(in crate::export) fn other_unit(name: &str) -> Option<&str> {
    let name = undecorated(name);
    let (_, remark) = without_remark(name);
    match unit(remark) {
        Some(Unit::Other) => Some(remark),
        Some(_) => None,
        None if units::is_unclear(&normalized(remark)) => Some(remark),
        None => units::other_suffix(name),
    }
}

/// How the numbers of a column of amounts are read, if its name says that they are in fen or in 万元.
pub(in crate::export) fn numbers_of(name: &str) -> Option<Numbers> {
    let name = undecorated(name);
    match unit(without_remark(name).1) {
        Some(Unit::Fen) => Some(Numbers::Fen),
        Some(Unit::TenThousands) => Some(Numbers::TenThousands),
        None if units::without_ten_thousands(name).is_some() => Some(Numbers::TenThousands),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_around_names_are_left_out() {
        for name in ["售价", "*售价", "＊ 售价", "★售价", "售价：", "售价: ", "售价*", " * 售 价 ：* "]
        {
            assert_eq!(normalized(name), "售价", "{name}");
        }
        let document = serde_json::json!({ "properties": { "price": { "title": "售价" } } });
        let names = Names { document: &document };
        for name in ["*售价（元）", "售价（元）：", "★price"] {
            assert!(matches!(names.meaning(name), Meaning::One(_)), "{name}");
        }
    }

    #[test]
    fn remarks_are_split_off() {
        for (name, bare, remark) in [
            ("价格（元）", "价格", "元"),
            ("价格 (分)", "价格", "分"),
            ("价格【单位：分】", "价格", "单位：分"),
            ("价格/元", "价格", "元"),
            ("头像(图片)", "头像", "图片"),
            ("tags[0]", "tags[0]", ""),
            ("积分", "积分", ""),
            ("原价 分", "原价", "分"),
            ("原价-元", "原价", "元"),
            ("原价<元>", "原价", "元"),
            ("price_fen", "price", "fen"),
            ("售价￥", "售价", "￥"),
            ("old_price", "old_price", ""),
            ("售价/万元", "售价", "万元"),
            ("总价万元", "总价", "万元"),
            ("总價萬元", "总價", "萬元"),
            ("总价百万元", "总价百万元", ""),
            ("（备注）", "（备注）", ""),
            ("a/b", "a/b", ""),
            (")", ")", ""),
        ] {
            assert_eq!(without_remark(name), (bare, remark), "{name}");
        }
    }

    #[test]
    fn units_of_names_are_found() {
        for (name, expected) in [
            ("售价（千元）", Some("千元")),
            ("售价（千元）*", Some("千元")),
            ("售价（万元）", None),
            ("Price (USD)", Some("USD")),
            ("价格/$", Some("$")),
            ("售价$", Some("$")),
            ("price_usd", Some("usd")),
            ("售价（人民币千元）", Some("人民币千元")),
            ("价（含分）", Some("含分")),
            ("成交价千元", Some("千元")),
            ("总价十万元", Some("十万元")),
            ("总价百万元", Some("百万元")),
            ("总价千万元", Some("千万元")),
            ("价格（元）", None),
            ("价格（分）", None),
            ("售价（分/件）", None),
            ("售价（RMB分）", None),
            ("价（积分）", None),
            ("售价￥", None),
            ("万元户", None),
        ] {
            assert_eq!(other_unit(name), expected, "{name}");
        }
        for name in ["price_fen", "售价_分", "原价 分", "原价<分>", "成本（单位：分）*"] {
            assert_eq!(numbers_of(name), Some(Numbers::Fen), "{name}");
        }
        for name in ["总价（万元）", "总价/万元*", "成交价万元", "总价【单位：万元】"] {
            assert_eq!(numbers_of(name), Some(Numbers::TenThousands), "{name}");
        }
        for name in
            ["积分", "原价-元", "fen", "售价（千元）", "总价百万元", "总价千万元", "总价十万元", "总价（十万元）"]
        {
            assert_eq!(numbers_of(name), None, "{name}");
        }
    }
}
