//! A string of layout.json that may contain handlebars. Literals are parsed when the template is loaded, templates once
//! the parameters are known.

use std::{borrow::Cow, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::error::{Argument, Message};

/// A literal value, or a handlebars template that expands to one.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr<T> {
    /// A literal, parsed when the template is loaded.
    Value(T),
    /// Handlebars source.
    Template(String),
}

impl<T> Expr<T> {
    /// Creates a literal.
    pub const fn value(value: T) -> Self {
        Self::Value(value)
    }

    /// Returns the handlebars source, if this is a template.
    pub fn source(&self) -> Option<&str> {
        match self {
            Self::Value(_) => None,
            Self::Template(source) => Some(source),
        }
    }
}

impl<'de, T: FromStr<Err: Into<Argument>>> Deserialize<'de> for Expr<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(d)?;
        if text.contains("{{") {
            return Ok(Self::Template(text.into_owned()));
        }
        text.parse().map(Self::Value).map_err(|error: T::Err| de::Error::custom(Message::from(error.into()).text()))
    }
}

impl<T: JsonSchema> JsonSchema for Expr<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let literal = generator.subschema_for::<T>();
        if literal.as_value() == &serde_json::json!({ "type": "string" }) {
            return literal;
        }
        json_schema!({ "anyOf": [literal, { "type": "string", "pattern": "\\{\\{" }] })
    }
}
