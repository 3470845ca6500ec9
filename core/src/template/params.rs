//! Validates parameters against the template's JSON Schema, and reports every finding.

mod amounts;
mod applied;
mod keywords;
mod marked;
mod patterns;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::{Map, Number, Value, json};

use applied::Applied;

use crate::{
    error::{Argument, Finding, Message, Title},
    number,
    template::{
        assets::{self, FilePaths},
        json::{escape, unescape},
        money, titles,
        validator::Validator,
        violation::{Violation, ViolationKind},
    },
    words,
};

/// Maximum elements of one list, and maximum members of one object. Bounds the work of a template's loops.
pub const MAX_ELEMENTS: usize = 256;
/// Maximum nesting depth of parameters.
const MAX_DEPTH: usize = 32;

/// Converts a violation to a finding, with its pointer below `base`.
pub(crate) fn finding(violation: Violation, base: &str) -> Finding {
    let code = match violation.kind {
        ViolationKind::Unknown => "param_unknown",
        ViolationKind::Missing => "param_missing",
        ViolationKind::Number | ViolationKind::Type => "param_type",
        ViolationKind::Invalid => "param_invalid",
    };
    Finding::error(code, violation.message).pointer(format!("{base}{}", violation.pointer))
}

/// The finding without the parameter's title, for a place that names the parameter itself, such as a column.
pub fn unnamed(finding: &Finding) -> Finding {
    let plain = |reason: &Message| match reason.row().id {
        // It would name the parameter as the template does.
        words::schema_missing::ID => words::value_not_given(),
        _ => reason.clone(),
    };
    let said = finding.words();
    match (said.row().id, said.arguments()) {
        (words::param_named::ID | words::param_in_fen::ID, [_, Argument::Message(reason)]) => {
            finding.clone().within(|_| plain(reason))
        }
        (words::schema_missing::ID, _) => finding.clone().within(|reason| plain(&reason)),
        _ => finding.clone(),
    }
}

/// A message with the title of its parameter, and the unit of an amount that does not say it.
fn named(message: Message, (title, is_amount): (Title, bool)) -> Message {
    let says_unit = !is_amount || words::is_about_money(&message);
    message.within(|reason| match says_unit {
        true => words::param_named(title, reason),
        false => words::param_in_fen(title, reason),
    })
}

/// The compiled JSON Schema of a template's parameters (Draft 2020-12).
#[derive(Debug)]
pub struct Schema {
    /// The document as written, except that objects with `properties` reject other properties unless they allow them.
    validator: Validator,
    files: Arc<FilePaths>,
    /// Whether any schema in it marks texts of users.
    marks: bool,
    /// Whether it has amounts of money.
    has_amounts: bool,
}

impl Schema {
    /// Compiles `params` of a layout. `files` are the files that a `"format": "image"` may name.
    ///
    /// # Errors
    /// Every fault of the schema, with pointers within it.
    pub fn compile(params: &Map<String, Value>, files: Arc<FilePaths>) -> Result<Self, Vec<Violation>> {
        let mut document = Value::Object(params.clone());
        if params.is_empty() {
            document = json!({ "type": "object", "properties": {} });
        }
        let (found, marks) = keywords::faults(&document);
        if !found.is_empty() {
            return Err(found);
        }
        close(&mut document);
        let has_amounts = amounts::any(&document);
        let validator = Validator::compile(document).map_err(|fault| vec![fault])?;
        let schema = Self { validator, files, marks, has_amounts };
        let found = schema.check_defaults();
        if found.is_empty() { Ok(schema) } else { Err(found) }
    }

    /// The document of the schema used for validation.
    pub fn document(&self) -> &Value {
        self.validator.document()
    }

    /// Validates parameters, reads amounts of money, and fills in absent ones: the `default`, otherwise null.
    ///
    /// # Errors
    /// Every violation, with pointers within `params`.
    pub fn check(&self, params: &Value) -> Result<Map<String, Value>, Vec<Violation>> {
        let mut found = Vec::new();
        check_bounds(params, "", 0, &mut found);
        if !found.is_empty() {
            return Err(found);
        }
        let mut filled = params.clone();
        self.fill(self.document(), &mut filled, Fill::Default);
        let unread = if self.has_amounts { amounts::read(self.document(), &mut filled) } else { Vec::new() };
        let mut found = amounts::explained(self.violations(&filled), unread);
        let lost = inexact(&filled, &found);
        found.extend(lost);
        if !found.is_empty() {
            return Err(found.into_iter().map(|violation| self.named(violation)).collect());
        }
        Ok(self.finished(filled))
    }

    /// Parameters with their defaults: fills in null for what is still absent.
    fn finished(&self, mut filled: Value) -> Map<String, Value> {
        self.fill(self.document(), &mut filled, Fill::Null);
        // Texts, codes and scenes show integers without a fraction.
        number::normalize(&mut filled);
        match filled {
            Value::Object(map) => map,
            // The schema's type is object.
            _ => Map::new(),
        }
    }

    /// The valid members of parameters that are not valid as a whole, filled in like those that are, and the names of the
    /// others. Without a valid member, all are absent.
    pub(crate) fn valid_part(&self, params: &Value) -> (Map<String, Value>, BTreeSet<String>) {
        let (mut part, mut invalid) = (params.clone(), BTreeSet::new());
        for violation in self.check(params).err().unwrap_or_default() {
            match violation.pointer.split('/').nth(1).map(unescape) {
                Some(name) => {
                    part.as_object_mut().into_iter().for_each(|members| drop(members.remove(&name)));
                    invalid.insert(name);
                }
                None => {
                    invalid.extend(part.as_object().into_iter().flat_map(Map::keys).cloned());
                    part = Value::Object(Map::new());
                }
            }
        }
        self.fill(self.document(), &mut part, Fill::Default);
        if self.has_amounts {
            amounts::read(self.document(), &mut part);
        }
        (self.finished(part), invalid)
    }

    /// The non-blank marked texts of parameters, by JSON pointer. Defaults are the template's own texts and are not included.
    ///
    /// A string is included if any schema that may apply to it marks it, whether or not that schema's conditions hold.
    pub fn marked<'p>(&'p self, params: &'p Value) -> BTreeMap<String, &'p str> {
        if self.marks { marked::texts(self.document(), params) } else { BTreeMap::new() }
    }

    /// Whether the schema marks any text.
    pub fn marks(&self) -> bool {
        self.marks
    }

    /// A violation whose message names the parameter by its title, and the unit of amounts.
    fn named(&self, violation: Violation) -> Violation {
        match self.title_at(&violation.pointer) {
            Some(titled) => Violation { message: named(violation.message, titled), ..violation },
            None => violation,
        }
    }

    /// A finding whose message names the parameter that it points at, `/params/price`, by its title and the unit of amounts, unless
    /// it does already.
    pub fn titled(&self, finding: Finding) -> Finding {
        let is_named = [words::param_named::ID, words::param_in_fen::ID].contains(&finding.row().id);
        let titled = finding.pointer.as_deref().and_then(|pointer| self.title_at(pointer.strip_prefix("/params")?));
        match titled.filter(|_| !is_named) {
            Some(titled) => finding.within(|reason| named(reason, titled)),
            None => finding,
        }
    }

    /// The title of the parameter at a pointer within `params`, or else that of the innermost one around it, and whether it is an
    /// amount of money.
    fn title_at(&self, pointer: &str) -> Option<(Title, bool)> {
        let (mut schema, mut titled) = (self.document(), None);
        for step in pointer.split('/').skip(1) {
            let schema_here = resolve(self.document(), schema);
            let member = schema_here.get("properties").and_then(|properties| properties.get(unescape(step)));
            let Some(inner) = member.or_else(|| schema_here.get("items")) else { break };
            schema = inner;
            let inner = resolve(self.document(), inner);
            let is_amount = inner.get("format").and_then(Value::as_str) == Some(money::FORMAT);
            titled = titles::title(schema, inner).map(|title| (title, is_amount)).or(titled);
        }
        titled
    }

    fn violations(&self, params: &Value) -> Vec<Violation> {
        let mut found = self.validator.violations(params);
        self.images(self.document(), params, &mut found);
        found
    }

    /// Adds a violation for every string of `"format": "image"` that is not a picture's source. It is the only format that
    /// is asserted: in Draft 2020-12 the others are annotations (validation, 7.2.1).
    fn images(&self, schema: &Value, value: &Value, found: &mut Vec<Violation>) {
        applied::visit(self.document(), schema, value, Applied::Certainly, |schema, value, pointer| {
            let Some(text) = value.as_str().filter(|_| schema.get("format") == Some(&json!("image"))) else { return };
            let message = match assets::source(text, &self.files) {
                Err(message) => message,
                // White space names no picture: the poster would have a hole where the schema requires one.
                Ok(None) if is_long_enough(text, schema) => words::schema_min_length(0, 1),
                Ok(_) => return,
            };
            found.push(Violation { kind: ViolationKind::Invalid, pointer: pointer.to_owned(), message });
        });
    }

    /// Returns a violation for every default of a property that its own schema rejects.
    fn check_defaults(&self) -> Vec<Violation> {
        let (mut schemas, mut defaults) = (Vec::new(), Vec::new());
        keywords::walk("", self.document(), &mut |outer, schema| {
            for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                if let Some(default) = self.default(schema) {
                    schemas.push(schema);
                    defaults.push((format!("{outer}/properties/{}", escape(name)), default));
                }
            }
        });
        let mut found = Vec::new();
        for ((schema, (pointer, default)), mut own) in
            schemas.into_iter().zip(&defaults).zip(self.validator.violations_at(&defaults))
        {
            self.images(schema, default, &mut own);
            let lost = inexact(default, &own);
            own.extend(lost);
            let place = |inner: &str| format!("{pointer}/default{inner}");
            found.extend(own.into_iter().map(|one| Violation { pointer: place(&one.pointer), ..one }));
        }
        found
    }

    /// The default of a property: its own, otherwise that of the schema it refers to.
    fn default<'s>(&'s self, schema: &'s Value) -> Option<&'s Value> {
        schema.get("default").or_else(|| resolve(self.document(), schema).get("default"))
    }

    /// Fills in absent properties of objects, recursively.
    fn fill(&self, schema: &Value, value: &mut Value, how: Fill) {
        let schema = resolve(self.document(), schema);
        match value {
            Value::Object(object) => {
                for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                    if let Some(present) = object.get_mut(name) {
                        self.fill(schema, present, how);
                        continue;
                    }
                    // A default is not filled in turn, which might not terminate.
                    match (how, self.default(schema)) {
                        (Fill::Default, Some(default)) => drop(object.insert(name.clone(), default.clone())),
                        (Fill::Default, None) => {}
                        (Fill::Null, _) => drop(object.insert(name.clone(), Value::Null)),
                    }
                }
            }
            Value::Array(list) => {
                for (index, element) in list.iter_mut().enumerate() {
                    let own = schema.get("prefixItems").and_then(|schemas| schemas.get(index));
                    if let Some(schema) = own.or_else(|| schema.get("items")) {
                        self.fill(schema, element, how);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The value of absent properties.
#[derive(Clone, Copy)]
enum Fill {
    /// The schema's `default`; without one, the property stays absent.
    Default,
    /// Null.
    Null,
}

/// Whether a schema's `minLength` refuses an empty text, but not this one.
fn is_long_enough(text: &str, schema: &Map<String, Value>) -> bool {
    let minimum = schema.get("minLength").and_then(Value::as_f64).unwrap_or_default();
    minimum >= 1.0 && text.chars().count() as f64 >= minimum
}

/// A violation for each number whose digits are lost, unless another one is `known` there.
fn inexact(value: &Value, known: &[Violation]) -> Vec<Violation> {
    let mut lost = number::inexact(value);
    lost.retain(|(pointer, _)| known.iter().all(|violation| violation.pointer != *pointer));
    let message = |number: &Number| words::schema_inexact(words::value_number(number));
    let violation = |pointer, message| Violation { kind: ViolationKind::Invalid, pointer, message };
    lost.into_iter().map(|(pointer, number)| violation(pointer, message(number))).collect()
}

/// Adds a violation for every list or object with more than [`MAX_ELEMENTS`] elements, or nested deeper than
/// [`MAX_DEPTH`].
fn check_bounds(value: &Value, pointer: &str, depth: usize, found: &mut Vec<Violation>) {
    let mut refuse =
        |message| found.push(Violation { kind: ViolationKind::Invalid, pointer: pointer.to_owned(), message });
    let size = match value {
        Value::Array(list) => list.len(),
        Value::Object(object) => object.len(),
        _ => return,
    };
    if depth > MAX_DEPTH {
        return refuse(words::nested_too_deep(MAX_DEPTH));
    }
    if size > MAX_ELEMENTS {
        return refuse(words::schema_max_items(size, MAX_ELEMENTS));
    }
    let list = value.as_array().into_iter().flatten().enumerate().map(|(index, value)| (index.to_string(), value));
    let object = value.as_object().into_iter().flatten().map(|(name, value)| (escape(name), value));
    for (step, value) in list.chain(object) {
        if value.is_array() || value.is_object() {
            check_bounds(value, &format!("{pointer}/{step}"), depth + 1, found);
        }
    }
}

/// Sets `additionalProperties: false` on objects that list their properties, unless another keyword decides about others.
fn close(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    let decided = |object: &Map<String, Value>| {
        let deciding = ["additionalProperties", "unevaluatedProperties", "patternProperties"];
        let composed = ["allOf", "anyOf", "oneOf", "if", "$ref", "$dynamicRef", "dependentSchemas"];
        deciding.iter().chain(&composed).any(|key| object.contains_key(*key))
    };
    if object.contains_key("properties") && !decided(object) {
        object.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(close);
    }
    if let Some(items) = object.get_mut("items") {
        close(items);
    }
}

/// Follows a schema's `$ref` within its document.
pub fn resolve<'a>(document: &'a Value, mut schema: &'a Value) -> &'a Value {
    // Longer chains of references are cycles.
    for _ in 0..32 {
        match schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => match document.pointer(pointer) {
                Some(target) => schema = target,
                None => return schema,
            },
            None => return schema,
        }
    }
    schema
}

#[cfg(test)]
mod tests;
