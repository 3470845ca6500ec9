//! Checks handlebars against the parameters' schema when a template is loaded. An undeclared name is found then, instead
//! of in the first poster that uses it.

use handlebars::{
    Path, PathSeg, Template,
    template::{BlockParam, HelperTemplate, Parameter, TemplateElement},
};
use serde_json::Value;

use super::{
    helpers::{self, CallForm, HELPERS},
    params::resolve,
    suggest::suggest,
};
use crate::{error::Finding, words};

/// Maximum nesting of `each` blocks. Together with [`crate::template::params::MAX_ELEMENTS`] it bounds the work of an expansion.
const MAX_LOOPS: usize = 2;
/// Maximum number of reported faults of a source.
const MAX_FAULTS: usize = 100;

/// A fault in a handlebars source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordFault {
    /// The word at fault, as written.
    pub word: String,
    /// What is wrong, without a position.
    pub finding: Finding,
}

/// Returns the faults of a compiled source, at most 100.
///
/// `params` is the prepared schema of the parameters. `raw`: whether values may be inserted unescaped, as `{{{name}}}`.
/// `shown`: whether the result is displayed or looked up, and not only used as a condition.
pub fn check(template: &Template, params: &Value, raw: bool, shown: bool) -> Vec<WordFault> {
    let root = Scope { schema: Some(params), names: Vec::new(), loops: false };
    let mut walk = Walk { document: params, raw, shown, scopes: vec![root], faults: Vec::new() };
    walk.template(template);
    walk.faults
}

/// Returns the schema of the elements of the list at a path such as `items` or `item.tags`, if it is known.
///
/// # Errors
/// An undeclared name, or a value that is not a list.
pub fn elements(params: &Value, path: &str) -> Result<Option<Value>, Box<WordFault>> {
    let walk = Walk { document: params, raw: true, shown: false, scopes: Vec::new(), faults: Vec::new() };
    let fault = |finding| Box::new(WordFault { word: path.to_owned(), finding });
    let mut schema = Some(params);
    for name in path.split('.') {
        let Some(known) = schema else { break };
        schema = walk.member(known, name).map_err(|finding| fault(*finding))?;
    }
    let Some(schema) = schema.map(|schema| resolve(params, schema)) else { return Ok(None) };
    match schema.get("type").and_then(Value::as_str) {
        Some(kind) if kind != "array" => Err(fault(words::repeat_not_a_list(path, kind))),
        _ => Ok(walk.element(schema).cloned()),
    }
}

/// The names within a block. The schema of a value is `None` when it is unknown.
struct Scope<'s> {
    schema: Option<&'s Value>,
    /// Names of `as |name index|`, with their schemas.
    names: Vec<(String, Option<&'s Value>)>,
    /// Whether this is an `each` block, in which `@index` and similar variables exist.
    loops: bool,
}

struct Walk<'s> {
    document: &'s Value,
    raw: bool,
    shown: bool,
    scopes: Vec<Scope<'s>>,
    faults: Vec<WordFault>,
}

impl<'s> Walk<'s> {
    fn fault(&mut self, word: &str, finding: Finding) {
        let fault = WordFault { word: word.to_owned(), finding };
        if self.faults.len() < MAX_FAULTS && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    fn template(&mut self, template: &Template) {
        for element in &template.elements {
            match element {
                TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
                TemplateElement::HtmlExpression(helper) if !self.raw => {
                    let word = helper.name.as_name().unwrap_or_default();
                    self.fault(word, words::handlebars_unescaped());
                }
                TemplateElement::Expression(helper) | TemplateElement::HtmlExpression(helper) => self.inline(helper),
                TemplateElement::HelperBlock(helper) => self.block(helper),
                // Sources with other tags are refused before they are compiled.
                _ => self.fault("", words::handlebars_form()),
            }
        }
    }

    /// `{{name}}` or `{{helper a b}}`.
    fn inline(&mut self, helper: &HelperTemplate) {
        if !helper.params.is_empty() || !helper.hash.is_empty() {
            self.call(helper, CallForm::Inline);
            return;
        }
        match &helper.name {
            Parameter::Path(path) => {
                let raw = raw(path);
                // A bare word is looked up among the helpers first.
                if helpers::find(raw).is_some() {
                    self.fault(raw, words::helper_without_arguments(raw));
                } else {
                    let schema = self.path(path);
                    self.inserted(raw, schema);
                }
            }
            other => drop(self.parameter(other)),
        }
    }

    /// Checks a value that is inserted as it is. A list or an object would become `[a, b]` or `[object]`.
    fn inserted(&mut self, raw: &str, schema: Option<&Value>) {
        let Some(schema) = schema.filter(|_| self.shown) else { return };
        let finding = match resolve(self.document, schema).get("type").and_then(Value::as_str) {
            Some("array") => words::list_inserted(raw),
            Some("object") => words::object_inserted(raw),
            _ => return,
        };
        self.fault(raw, finding);
    }

    /// `{{#helper a}}...{{else}}...{{/helper}}`.
    fn block(&mut self, helper: &HelperTemplate) {
        let argument = self.call(helper, CallForm::Block);
        let name = helper.name.as_name().unwrap_or_default();
        let inside = match name {
            "each" => Some(argument.and_then(|list| self.element(list))),
            "with" => Some(argument),
            _ => None,
        };
        if name == "each" && self.scopes.iter().filter(|scope| scope.loops).count() >= MAX_LOOPS {
            self.fault(name, words::each_nested(MAX_LOOPS));
            return;
        }
        if let Some(schema) = inside {
            let names = match &helper.block_param {
                Some(BlockParam::Single(one)) => vec![(one, schema)],
                Some(BlockParam::Pair((one, index))) => vec![(one, schema), (index, None)],
                _ => Vec::new(),
            };
            let names = names.into_iter().map(|(name, schema)| (name.as_name().unwrap_or_default().to_owned(), schema));
            self.scopes.push(Scope { schema, names: names.collect(), loops: name == "each" });
        }
        if let Some(template) = &helper.template {
            self.template(template);
        }
        if inside.is_some() {
            self.scopes.pop();
        }
        if let Some(template) = &helper.inverse {
            self.template(template);
        }
    }

    /// Checks a helper call. Returns the schema of its first argument, if it is known.
    fn call(&mut self, helper: &HelperTemplate, form: CallForm) -> Option<&'s Value> {
        let name = helper.name.as_name().unwrap_or_default();
        match helpers::find(name) {
            None => {
                let hint = suggest(name, HELPERS.iter().map(|entry| entry.name));
                self.fault(name, words::helper_unknown(name).with_hint(hint));
            }
            Some(entry) => {
                if entry.form != form && entry.form != CallForm::Both {
                    let finding = match form {
                        CallForm::Inline => words::helper_is_block(name),
                        _ => words::helper_is_inline(name),
                    };
                    self.fault(name, finding);
                }
                let (given, takes) = (helper.params.len(), &entry.arguments);
                if !takes.contains(&given) {
                    let takes = if takes.start() == takes.end() {
                        takes.start().to_string()
                    } else {
                        format!("{} to {}", takes.start(), takes.end())
                    };
                    self.fault(name, words::helper_argument_count(name, takes, given));
                }
            }
        }
        self.pattern(helper);
        for (option, value) in &helper.hash {
            if !(option == "includeZero" && ["if", "unless"].contains(&name)) {
                self.fault(option, words::helper_option(name, option));
            }
            self.parameter(value);
        }
        let known: Vec<_> = helper.params.iter().map(|argument| self.parameter(argument)).collect();
        known.into_iter().next().flatten()
    }

    /// Checks the pattern of a `date` call, if it is a literal.
    fn pattern(&mut self, helper: &HelperTemplate) {
        if helper.name.as_name() == Some("date")
            && let Some(Parameter::Literal(Value::String(pattern))) = helper.params.get(1)
            && let Err(reason) = helpers::check_pattern(pattern)
        {
            self.fault(pattern, words::date_pattern_invalid(reason));
        }
    }

    fn parameter(&mut self, parameter: &Parameter) -> Option<&'s Value> {
        match parameter {
            Parameter::Path(path) => self.path(path),
            Parameter::Subexpression(inner) => {
                if let TemplateElement::Expression(helper) = inner.as_element() {
                    self.call(helper, CallForm::Inline);
                }
                None
            }
            _ => None,
        }
    }

    /// Checks a path. Returns the schema of its value, if it is known.
    fn path(&mut self, path: &Path) -> Option<&'s Value> {
        let raw = raw(path);
        let segments = match path {
            Path::Local((_, name, _)) => {
                let known = ["index", "key", "first", "last"];
                if !self.scopes.iter().any(|scope| scope.loops) || !known.contains(&name.as_str()) {
                    self.fault(raw, words::variable_unknown(raw));
                }
                return None;
            }
            Path::Relative((segments, _)) => segments,
        };
        let mut names = segments.iter().filter_map(|segment| match segment {
            PathSeg::Named(name) => Some(name.as_str()),
            _ => None,
        });
        let ups = raw.split('/').take_while(|step| *step == "..").count();
        let mut schema = if raw.starts_with("@root") {
            self.scopes[0].schema
        } else if ups >= self.scopes.len() {
            self.fault(raw, words::name_above_root(raw));
            return None;
        } else {
            let first = segments.first().and_then(|segment| match segment {
                PathSeg::Named(name) => Some(name),
                _ => None,
            });
            let block = self.scopes.iter().rev().flat_map(|scope| &scope.names).find(|(name, _)| Some(name) == first);
            match block.map(|(_, schema)| *schema) {
                Some(schema) => {
                    names.next();
                    schema
                }
                None => self.scopes[self.scopes.len() - 1 - ups].schema,
            }
        };
        for name in names {
            schema = match self.member(schema?, name) {
                Ok(schema) => schema,
                Err(finding) => {
                    self.fault(raw, *finding);
                    return None;
                }
            };
        }
        schema
    }

    /// Returns the schema of a member of a value, if it is known.
    fn member(&self, schema: &'s Value, name: &str) -> Result<Option<&'s Value>, Box<Finding>> {
        let schema = resolve(self.document, schema);
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            return match properties.get(name) {
                Some(found) => Ok(Some(found)),
                None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                    let hint = suggest(name, properties.keys().map(String::as_str));
                    Err(Box::new(words::param_undeclared(name).with_hint(hint)))
                }
                None => Ok(None),
            };
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("array") if name.parse::<usize>().is_err() => Err(Box::new(words::member_of_list(name))),
            Some("array") => Ok(self.element(schema)),
            Some(kind @ ("string" | "integer" | "number" | "boolean" | "null")) => {
                Err(Box::new(words::member_of_scalar(name, kind)))
            }
            _ => Ok(None),
        }
    }

    /// Returns the schema of a list's elements, if it is known.
    fn element(&self, schema: &'s Value) -> Option<&'s Value> {
        let schema = resolve(self.document, schema);
        if schema.get("prefixItems").is_some() { None } else { schema.get("items").filter(|items| items.is_object()) }
    }
}

fn raw(path: &Path) -> &str {
    match path {
        Path::Relative((_, raw)) | Path::Local((_, _, raw)) => raw,
    }
}
