//! Checks the values of parameters in the artwork when a template is compiled: those of samples, and those that the schema lists.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::{
    error::{Error, ErrorKind, Finding, Result, Severity},
    markup,
    template::{
        ExpandedArtwork, Template,
        artwork_samples::{expanded_with, of_sample, preferred},
        engine::Values,
        json::escape,
        params::resolve,
    },
    text::FontSet,
    words,
};

/// Maximum number of values of the schema that are tried.
const MAX_VALUES: usize = 64;
/// Maximum number of findings.
const MAX_FINDINGS: usize = 100;

/// Adds warnings about the values in the artwork of a template.
///
/// # Errors
/// `template_invalid` with all values that a template must not have.
pub fn checked(template: Template, fonts: &FontSet) -> Result<Template> {
    if !template.artwork_varies() {
        return Ok(template);
    }
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    let mut is_new = |finding: &Finding| known.insert((finding.code, finding.message.clone()));
    for (name, sample) in template.samples() {
        let all = findings(&template, template.check(sample)?, fonts, &expanded_with(name));
        found.extend(all.into_iter().filter(&mut is_new).map(|finding| of_sample(finding, name)));
    }
    for (pointer, values) in listed(&template) {
        let all = findings(&template, values, fonts, "").into_iter();
        let own = all.filter(|finding| finding.pointer.as_ref() == Some(&pointer));
        found.extend(own.filter(&mut is_new).map(|finding| finding.within(words::value_of_schema)));
    }
    found.truncate(MAX_FINDINGS);
    let (errors, warnings): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|finding| finding.severity == Severity::Error);
    if errors.is_empty() {
        Ok(template.with_sample_warnings(warnings))
    } else {
        Err(Error::findings(ErrorKind::Invalid, "template_invalid", errors))
    }
}

/// Findings about the artwork with these parameters. Artwork that cannot be expanded or read with them fails as a poster.
fn findings(template: &Template, values: Map<String, Value>, fonts: &FontSet, as_expanded: &str) -> Vec<Finding> {
    let artwork = match template.artwork(&Values::new(values)) {
        Ok(Some(artwork)) => artwork,
        Ok(None) => return Vec::new(),
        // Values that would leave their declarations.
        Err(found) => {
            let placed = |finding: Finding| {
                let place = template.insertion(finding.pointer.as_deref()?)?;
                Some(finding.place(place))
            };
            return found.into_iter().filter_map(placed).collect();
        }
    };
    let notes = noted(template, &artwork, fonts);
    template.artwork_findings(&artwork, notes, as_expanded)
}

fn noted(template: &Template, artwork: &ExpandedArtwork, fonts: &FontSet) -> Vec<markup::Note> {
    let Ok(xml) = markup::parse(artwork) else { return Vec::new() };
    template.check_artwork(artwork, &xml, fonts).map_or_else(|_| Vec::new(), |(_, notes)| notes)
}

/// Parameters with a value that the schema lists, each with the JSON pointer to it. The others are those of a sample. First one value of
/// each parameter, then a second one, up to [`MAX_VALUES`].
fn listed(template: &Template) -> Vec<(String, Map<String, Value>)> {
    let schema = template.params();
    let base = preferred(template.samples()).next().map(|(_, sample)| sample);
    let with = |name: &String, value: &Value| match base {
        Some(base) => {
            let mut params = base.clone();
            params.as_object_mut()?.insert(name.clone(), value.clone());
            template.check(&params).ok()
        }
        None => {
            let params = Value::Object([(name.clone(), value.clone())].into_iter().collect());
            let (filled, invalid) = schema.valid_part(&params);
            (!invalid.contains(name)).then_some(filled)
        }
    };
    let of = |name: String| {
        let own = schema.document().get("properties")?.get(&name)?;
        let all = values(resolve(schema.document(), own));
        Some((name, all))
    };
    let all: Vec<(String, Vec<Value>)> = template.artwork_parameters().into_iter().filter_map(of).collect();
    let in_turn = (0..MAX_VALUES).flat_map(|at| all.iter().filter_map(move |(name, own)| Some((name, own.get(at)?))));
    let tried = in_turn.take(MAX_VALUES);
    tried.filter_map(|(name, value)| Some((format!("/params/{}", escape(name)), with(name, value)?))).collect()
}

/// Values that a schema lists, or that are typical of its type.
fn values(schema: &Value) -> Vec<Value> {
    let list = |name: &str| schema.get(name).and_then(Value::as_array).into_iter().flatten();
    let alternatives = list("oneOf").chain(list("anyOf")).filter_map(|one| one.get("const"));
    let single = ["const", "default", "minimum", "maximum"].into_iter().filter_map(|name| schema.get(name));
    let all = list("enum").chain(list("examples")).chain(alternatives).chain(single);
    let mut all: Vec<Value> = all.filter(|value| !value.is_null()).take(MAX_VALUES).cloned().collect();
    if all.is_empty() {
        match schema.get("type").and_then(Value::as_str) {
            Some("boolean") => all.extend([true, false].map(Value::from)),
            Some("integer" | "number") => all.push(1.into()),
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_all_parameters_are_tried() {
        let many: Vec<String> = (0..100).map(|number| format!("#{number:06}")).collect();
        let layout = json!({
            "title": "t",
            "canvas": { "width": 9, "height": 9 },
            "artwork": "a.svg",
            "params": { "type": "object", "properties": { "a": { "enum": many }, "b": { "enum": ["red", "blue"] } } },
            "layers": [],
        });
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><rect fill=\"{{a}}\" stroke=\"{{b}}\"/></svg>";
        let files = [("layout.json", layout.to_string()), ("a.svg", svg.to_owned())];
        let files = files.map(|(path, text)| (path.to_owned(), Bytes::from(text)));
        let template = Template::load("t", files.into()).expect("a template");
        let tried: Vec<String> = listed(&template).into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(
            (tried.len(), &tried[..5]),
            (MAX_VALUES, &["a", "b", "a", "b", "a"].map(|name| format!("/params/{name}"))[..])
        );
    }

    #[test]
    fn schemas_list_values() {
        for (schema, expected) in [
            (json!({ "type": "string" }), json!([])),
            (json!({ "enum": ["red", null, "红色"] }), json!(["red", "红色"])),
            (json!({ "type": "string", "default": "red", "examples": ["blue"] }), json!(["blue", "red"])),
            (json!({ "oneOf": [{ "const": "a", "title": "b" }, { "type": "null" }] }), json!(["a"])),
            (json!({ "type": "integer", "minimum": -1, "maximum": 9 }), json!([-1, 9])),
            (json!({ "type": "integer" }), json!([1])),
            (json!({ "type": "boolean" }), json!([true, false])),
        ] {
            assert_eq!(Value::from(values(&schema)), expected, "{schema}");
        }
    }
}
