//! A compiled JSON Schema, and everything in which a value differs from it.

use std::{error::Error, fmt, sync::LazyLock};

use boon::{CompileError, Compiler, Draft, SchemaIndex, Schemas, UrlLoader};
use serde_json::Value;

use super::violation::{Sort, Violation, describe};

/// Where a schema is said to lie; nothing is ever loaded from there.
const LOCATION: &str = "schema:///document";
/// The schema of schemas (Draft 2020-12, core 8.1).
const META: &str = "https://json-schema.org/draft/2020-12/schema";
/// Most violations that are told at once; a list of ten thousand mistyped elements says nothing more.
const MAX_VIOLATIONS: usize = 100;

/// A JSON Schema (Draft 2020-12) that values are held against. Patterns take linear time: look-around and back
/// references are refused.
pub struct Validator {
    document: Value,
    schemas: Schemas,
    root: SchemaIndex,
}

impl Validator {
    /// Compiles a schema.
    ///
    /// # Errors
    /// A reference that leads nowhere or outside. What [`faults`] tells is to be asked for before.
    pub fn compile(document: Value) -> Result<Self, Violation> {
        let fault = |error: CompileError| {
            let message = error.to_string().replace(LOCATION, "").chars().take(300).collect();
            Violation { sort: Sort::Invalid, pointer: String::new(), message, hint: None }
        };
        let mut compiler = compiler();
        compiler.add_resource(LOCATION, document.clone()).map_err(fault)?;
        let mut schemas = Schemas::new();
        let root = compiler.compile(LOCATION, &mut schemas).map_err(fault)?;
        Ok(Self { document, schemas, root })
    }

    /// The schema.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Everything that is wrong with a value, at most 100 things.
    pub fn violations(&self, value: &Value) -> Vec<Violation> {
        let mut found = Vec::new();
        if let Err(error) = self.schemas.validate(value, self.root) {
            describe(&error, &self.document, value, &mut found);
            found.truncate(MAX_VIOLATIONS);
        }
        found
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").field("document", &self.document).finish_non_exhaustive()
    }
}

/// Everything in which a schema differs from the schema of schemas.
pub fn faults(document: &Value) -> Vec<Violation> {
    SCHEMA_OF_SCHEMAS.violations(document)
}

static SCHEMA_OF_SCHEMAS: LazyLock<Validator> = LazyLock::new(|| {
    let (mut schemas, mut compiler) = (Schemas::new(), compiler());
    // So that a pattern must be a regular expression.
    compiler.enable_format_assertions();
    #[expect(clippy::expect_used, reason = "the library carries this schema with it, and every template compiles one")]
    let root = compiler.compile(META, &mut schemas).expect("the schema of schemas");
    Validator { document: Value::Null, schemas, root }
});

fn compiler() -> Compiler {
    let mut compiler = Compiler::new();
    compiler.set_default_draft(Draft::V2020_12);
    compiler.use_loader(Box::new(Nothing));
    compiler
}

/// Loads nothing, from files or from anywhere else.
struct Nothing;

impl UrlLoader for Nothing {
    fn load(&self, _: &str) -> Result<Value, Box<dyn Error>> {
        Err("a schema must stay within its file".into())
    }
}
