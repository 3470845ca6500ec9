//! Resolves the names of columns against a template: parameters by name or title, fields of the code, the file name.

use serde_json::Value;

use super::{
    path::Step,
    target::{FILE_NAME, Target},
    traditional::simplified,
};
use crate::export::{
    cell_value::Typing,
    code_column::{Field, SCENE_PREFIX},
};
use haibao_core::{
    error::Title,
    template::{
        Template,
        json::unescape,
        params::{MAX_ELEMENTS, resolve},
        price_unit::{self, PriceUnit},
        titles,
    },
};
pub(in crate::export) use haibao_sheet::remark::normalized;
use haibao_sheet::remark::{folded, undecorated, without_remark};

/// Title of [`FILE_NAME`].
pub(in crate::export) const FILE_TITLE: &str = "文件名";

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
        match self.exact(name) {
            Meaning::None if bare.len() < name.len() => self.exact(bare),
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
        let fits = |of: &Field| of.name() == field || of.title().is_some_and(|title| normalized(title) == name);
        let found = Field::ALL.iter().map(|(of, _)| *of).find(fits);
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
        let plain = simplified(folded(&name));
        for form in [Form::Name, Form::Title, Form::Folded] {
            let fits = |(key, schema): &&(&str, &Value)| match form {
                Form::Name => normalized(key) == name,
                Form::Title => self.titles(schema).any(|title| normalized(title) == name),
                // old_price, Old-Price and Old price; 售價.
                Form::Folded => {
                    self.titles(schema).chain([*key]).any(|title| simplified(folded(&normalized(title))) == plain)
                }
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
        titles::all(schema, resolve(self.document, schema))
    }

    /// Whether a name of a column is only a further title of its parameter: a column with its name or first title goes before.
    pub fn is_alias(&self, name: &str) -> bool {
        let name = undecorated(name);
        let is_own = |text: &str| {
            let text = folded(&normalized(text));
            self.members().iter().any(|(key, schema)| {
                let own = [Some(*key), self.titles(schema).next()];
                own.into_iter().flatten().any(|own| folded(&normalized(own)) == text)
            })
        };
        !is_own(name) && !is_own(without_remark(name).0) && matches!(self.path(without_remark(name).0), Path::Found(..))
    }

    /// The parameters.
    fn members(&self) -> Vec<(&'a str, &'a Value)> {
        members(self.document, self.document)
    }

    /// A target for people: by the titles of its parameter, `商品 名称`, or else as a column is named.
    pub fn shown(&self, target: &Target) -> Title {
        let titled = match target {
            Target::Param(path, _) => self.titled(path),
            Target::Code(field) => field.title().map(|title| Title::new(title, [("en", field.name())])),
            Target::FileName => Some(Title::new(FILE_TITLE, [("en", FILE_NAME)])),
            Target::Scene(_) | Target::Ignored => None,
        };
        titled.unwrap_or_else(|| Title::new(&target.name().unwrap_or_default(), []))
    }

    /// The titles along a path. `None` if a part has none.
    pub fn titled(&self, path: &[Step]) -> Option<Title> {
        let (mut schema, mut titles) = (self.document, None::<Title>);
        for step in path {
            let title = match step {
                Step::Key(key) => {
                    schema = members(self.document, schema).into_iter().find(|(name, _)| name == key)?.1;
                    titles::title(schema, resolve(self.document, schema))?
                }
                Step::Index(index) => {
                    schema = resolve(self.document, schema).get("items")?;
                    Title::new(&(index + 1).to_string(), [])
                }
            };
            titles = Some(match titles {
                Some(outer) => outer.then(title),
                None => title,
            });
        }
        titles
    }

    /// The titles of the parameter at a JSON pointer into the parameters, `/goods/name`.
    pub fn titled_at(&self, pointer: &str) -> Option<Title> {
        let (mut path, mut schema) = (Vec::new(), self.document);
        for step in pointer.split('/').skip(1).map(unescape) {
            if let Some((_, member)) = members(self.document, schema).into_iter().find(|(name, _)| *name == step) {
                path.push(Step::Key(step));
                schema = member;
            } else {
                path.push(Step::Index(step.parse().ok()?));
                schema = resolve(self.document, schema).get("items")?;
            }
        }
        self.titled(&path)
    }

    /// The title of a parameter.
    pub fn title(&self, name: &str) -> Option<Title> {
        self.titled(&[Step::Key(name.to_owned())])
    }

    /// The schema of the value at a path. `None` if the template declares none there.
    pub fn schema_at(&self, path: &[Step]) -> Option<&'a Value> {
        path.iter().try_fold(self.document, |schema, step| match step {
            Step::Key(key) => {
                let all = members(self.document, schema);
                all.into_iter().find(|(name, _)| name == key).map(|(_, schema)| schema)
            }
            Step::Index(_) => resolve(self.document, schema).get("items"),
        })
    }

    /// Whether the schema at a path says that it is a date.
    pub fn is_date(&self, path: &[Step]) -> bool {
        let schema = self.schema_at(path).map(|schema| resolve(self.document, schema));
        let format = schema.and_then(|schema| schema.get("format")).and_then(Value::as_str);
        matches!(format, Some("date" | "date-time"))
    }

    /// What happens to the unit behind an amount at a path.
    pub fn unit_of(&self, path: &[Step]) -> Option<PriceUnit<'a>> {
        let schema = self.schema_at(path)?;
        price_unit::of(schema).or_else(|| price_unit::of(resolve(self.document, schema)))
    }

    /// Whether the schema at a path allows only some texts, such as dates in one form.
    pub fn is_restricted(&self, path: &[Step]) -> bool {
        let schema = self.schema_at(path);
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

enum Path<'a> {
    Found(Vec<Step>, &'a Value),
    Several(Vec<String>),
    None,
}

/// How a name may be that of a member, the most exact one first.
#[derive(Clone, Copy)]
enum Form {
    Name,
    Title,
    Folded,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::columns::Known;

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
    fn built_in_templates_have_names_in_both_languages() {
        let all = crate::service::Catalog::of_built_in().all();
        assert_eq!(all.len(), 10);
        for (id, template) in all {
            let template = template.unwrap_or_else(|error| panic!("{id}: {error}"));
            let (names, known) = (Names::of(&template), Known::of(&template));
            for (key, schema) in names.members() {
                let titles: Vec<&str> = names.titles(schema).collect();
                let (english, chinese): (Vec<&str>, Vec<&str>) =
                    titles.iter().copied().partition(|title| title.is_ascii());
                assert!(!english.is_empty() && chinese.len() > 1, "{id}: {key}: {titles:?}");
                for title in titles.iter().chain([&key]) {
                    for name in
                        [(*title).to_owned(), format!("*{title}："), title.to_uppercase(), title.replace(' ', "_")]
                    {
                        let Meaning::One(Target::Param(path, _)) = names.meaning(&name) else {
                            panic!("{id}: {name} is {:?}", names.meaning(&name));
                        };
                        assert_eq!(path, [Step::Key(key.to_owned())], "{id}: {name}");
                        assert!(known.may_be(&name), "{id}: {name}");
                    }
                }
                assert!(!names.is_alias(key) && !names.is_alias(titles[0]), "{id}: {key}");
                assert!(
                    names.is_alias(titles.last().expect("a title"))
                        || folded(&normalized(titles.last().expect("a title"))) == folded(key),
                    "{id}: {key}"
                );
            }
        }
    }

    #[test]
    fn targets_are_shown_by_their_titles() {
        let document = serde_json::json!({ "properties": {
            "goods": { "title": "商品", "properties": { "name": { "title": "名称", "x-titles": { "en": ["Name"] } }, "no": {} } },
            "tags": { "title": "标签", "items": { "type": "string" } } } });
        let names = Names { document: &document };
        for (pointer, expected) in [
            ("/goods/name", Some(["商品 名称", "商品 Name"])),
            ("/tags/1", Some(["标签 2", "标签 2"])),
            ("/goods/no", None),
            ("/x", None),
            ("", None),
        ] {
            let titles = names.titled_at(pointer).map(|title| ["zh", "en"].map(|language| title.text(language)));
            assert_eq!(titles, expected.map(|titles| titles.map(str::to_owned)), "{pointer}");
        }
    }
}
