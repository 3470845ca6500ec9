//! Validates values against a compiled JSON Schema, and reports every violation.

use std::{
    error::Error,
    fmt,
    sync::{Arc, LazyLock},
};

use boon::{CompileError, Compiler, Draft, SchemaIndex, Schemas, UrlLoader};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;

use super::violation::{Violation, ViolationKind, describe};
use crate::words;

/// Base URL of the compiled schema. Nothing is loaded from it.
const LOCATION: &str = "schema:///document";
/// Characters that a URL's fragment escapes (URL standard, 1.3), and the escape character.
const FRAGMENT: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'%');
/// URL of the meta-schema (Draft 2020-12, core 8.1).
const META: &str = "https://json-schema.org/draft/2020-12/schema";
/// Maximum number of reported violations, for example in a list of ten thousand mistyped elements.
const MAX_VIOLATIONS: usize = 100;

/// A compiled JSON Schema (Draft 2020-12). Patterns match in linear time; look-around and backreferences are rejected.
pub struct Validator {
    compiled: Arc<Compiled>,
    root: SchemaIndex,
}

/// What the validators of one document share.
struct Compiled {
    document: Value,
    schemas: Schemas,
}

impl Validator {
    /// Compiles a schema.
    ///
    /// # Errors
    /// A reference that is broken or leaves the document. Check the document with [`faults`] first.
    pub fn compile(document: Value) -> Result<Self, Violation> {
        Ok(Self::compile_parts(document, &[])?.0)
    }

    /// Compiles a schema, and those at these JSON pointers of its document as validators of their own. They share what they refer to.
    ///
    /// # Errors
    /// As [`Validator::compile`].
    pub fn compile_parts(document: Value, pointers: &[String]) -> Result<(Self, Vec<Self>), Violation> {
        let (mut compiler, mut schemas) = (compiler(), Schemas::new());
        compiler.add_resource(LOCATION, document.clone()).map_err(|error| not_compiled(&error))?;
        let mut compile =
            |location: &str| compiler.compile(location, &mut schemas).map_err(|error| not_compiled(&error));
        let root = compile(LOCATION)?;
        let parts = pointers.iter().map(|pointer| compile(&location(pointer))).collect::<Result<Vec<_>, _>>()?;
        let compiled = Arc::new(Compiled { document, schemas });
        let part = |root| Self { compiled: Arc::clone(&compiled), root };
        Ok((part(root), parts.into_iter().map(part).collect()))
    }

    /// The schema's document.
    pub fn document(&self) -> &Value {
        &self.compiled.document
    }

    /// Returns every violation of a value, at most 100.
    pub fn violations(&self, value: &Value) -> Vec<Violation> {
        self.validate(&self.compiled.schemas, self.root, value)
    }

    /// Returns the violations of each value by the schema at its JSON pointer in the document, at most 100 each.
    pub fn violations_at(&self, values: &[(String, &Value)]) -> Vec<Vec<Violation>> {
        let (mut compiler, mut schemas) = (compiler(), Schemas::new());
        // Fails only if the schema does not compile, which is a violation of each value.
        let _ = compiler.add_resource(LOCATION, self.document().clone());
        let compiled = values.iter().map(|(pointer, value)| {
            let root = compiler.compile(&location(pointer), &mut schemas);
            root.map(|root| (root, *value)).map_err(|error| not_compiled(&error))
        });
        let compiled: Vec<_> = compiled.collect();
        let violations = |compiled: Result<(SchemaIndex, &Value), Violation>| {
            compiled.map_or_else(|error| vec![error], |(root, value)| self.validate(&schemas, root, value))
        };
        compiled.into_iter().map(violations).collect()
    }

    fn validate(&self, schemas: &Schemas, root: SchemaIndex, value: &Value) -> Vec<Violation> {
        let mut found = Vec::new();
        if let Err(error) = schemas.validate(value, root) {
            describe(&error, self.document(), value, &mut found);
            found.truncate(MAX_VIOLATIONS);
        }
        found
    }
}

/// The URL of the schema at a JSON pointer of the document.
fn location(pointer: &str) -> String {
    format!("{LOCATION}#{}", utf8_percent_encode(pointer, FRAGMENT))
}

fn not_compiled(error: &CompileError) -> Violation {
    let reason: String = error.to_string().replace(LOCATION, "").chars().take(300).collect();
    Violation { kind: ViolationKind::Invalid, pointer: String::new(), message: words::schema_compile(reason) }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").field("document", self.document()).finish_non_exhaustive()
    }
}

/// Returns every violation of the meta-schema by a schema, at most 100.
pub fn faults(document: &Value) -> Vec<Violation> {
    META_SCHEMA.violations(document)
}

static META_SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let (mut schemas, mut compiler) = (Schemas::new(), compiler());
    // Requires that a `pattern` is a valid regular expression.
    compiler.enable_format_assertions();
    #[expect(clippy::expect_used, reason = "the library embeds this schema, and every template compiles it")]
    let root = compiler.compile(META, &mut schemas).expect("the meta-schema compiles");
    Validator { compiled: Arc::new(Compiled { document: Value::Null, schemas }), root }
});

fn compiler() -> Compiler {
    let mut compiler = Compiler::new();
    compiler.set_default_draft(Draft::V2020_12);
    compiler.use_loader(Box::new(NoLoader));
    compiler
}

/// Rejects every load, from files and from the network.
struct NoLoader;

impl UrlLoader for NoLoader {
    fn load(&self, _: &str) -> Result<Value, Box<dyn Error>> {
        Err("a schema must stay within its file".into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_of_a_document_are_validators_of_their_own() {
        let size = json!({ "type": "integer", "maximum": 9 });
        let document = json!({ "type": "object", "$defs": { "size": size, "a b": { "$ref": "#/$defs/size" } } });
        let pointers = ["/$defs/size", "/$defs/a b"].map(str::to_owned);
        let (root, parts) = Validator::compile_parts(document, &pointers).expect("a schema");
        let counts = |value: Value| [&root, &parts[0], &parts[1]].map(|one| one.violations(&value).len());
        assert_eq!([counts(json!({})), counts(json!(9)), counts(json!(10))], [[0, 1, 1], [1, 0, 0], [1, 1, 1]]);
        let broken = Validator::compile_parts(json!({}), &["/$defs/none".to_owned()]);
        assert_eq!(broken.map(|_| ()).expect_err("there is none").kind, ViolationKind::Invalid);
    }
}
