//! Expressions of a template: which parameters they use, and which they format as dates.

use std::collections::BTreeSet;

use haibao_core::template::{Template, layout::CodeTarget};

/// The expressions of a template's layers and code, with their pointers.
pub(super) fn sources(template: &Template) -> Vec<(String, String)> {
    let layers = template.layout.all_layers().into_iter();
    let layers = layers.flat_map(|(pointer, layer)| layer.expressions(&pointer).into_sources());
    let code = template.layout.code.iter().flat_map(CodeTarget::expressions);
    layers.chain(code).collect()
}

/// Parameters that the template formats as dates.
pub(super) fn date_params(template: &Template) -> BTreeSet<String> {
    let is_text = |name: &str| [".json", ".svg"].iter().any(|end| name.ends_with(end));
    let texts = template.files.iter().filter(|(name, _)| is_text(name));
    let texts = texts.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned());
    texts.chain(sources(template).into_iter().map(|(_, source)| source)).flat_map(|text| dates(&text)).collect()
}

/// Names of the values that `{{date NAME}}` and `(date NAME)` format in a text: the first step of the path.
fn dates(text: &str) -> Vec<String> {
    let calls = text.match_indices("date").filter(|(at, _)| text[..*at].trim_end().ends_with(['{', '(', '~']));
    let name = |(at, _): (usize, &str)| {
        let rest = text[at + "date".len()..].strip_prefix(char::is_whitespace)?;
        first_step(rest.trim_start().split(|c: char| c.is_whitespace() || matches!(c, '}' | ')' | '~')).next()?)
    };
    calls.filter_map(name).collect()
}

/// The first steps of all words in the tags of a text: names of values, and of helpers.
pub(super) fn paths(text: &str) -> Vec<String> {
    let tags = text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
    let words = tags.flat_map(|tag| tag.split(|c: char| c.is_whitespace() || "{}()#/^&~=\"'|".contains(c)));
    words.filter_map(first_step).collect()
}

/// The first step of a path in handlebars.
fn first_step(path: &str) -> Option<String> {
    let path = path.trim_start_matches("../");
    let path = path.strip_prefix("this.").or_else(|| path.strip_prefix("@root.")).unwrap_or(path);
    path.split('.').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_of_templates_are_found() {
        let found = super::dates(
            "{{date day}} {{ date start \"M月D日\" }} {{#if (date this.end)}} {{update x}} {{date}} {{~date ../a.b~}}",
        );
        assert_eq!(found, ["day", "start", "end", "a"]);
    }
}
