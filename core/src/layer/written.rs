//! A layer in layout.json: its place and the fields of its kind.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value, json};

use super::{
    code::fields::Code,
    fields::{Fields, RuleContext, Sizing, SlotSize, Within},
    flow::fields::Flow,
    place::{BoxPx, PlaceFields},
};
use crate::{
    error::Wording,
    template::{broken::Broken, expr::Expr, exprs::Expressions},
};

/// One layer of layout.json. The kind is its `type`.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Position and condition.
    pub place: PlaceFields,
    /// The fields of its kind.
    pub kind: Written,
}

macro_rules! written {
    ($($kind:ident: $Variant:ident,)*) => {
        /// The fields of a layer, by kind.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum Written {
            $(#[doc = concat!("`", stringify!($kind), "`.")] $Variant(super::$kind::$Variant),)*
        }

        impl Written {
            /// See [`Fields::ALTERNATIVES`]: those of all kinds.
            pub const ALTERNATIVES: &'static [&'static [&'static str]] =
                &[$(<super::$kind::$Variant as Fields<Layer>>::ALTERNATIVES),*];

            /// See [`Fields::WORDS`]: those of all kinds.
            pub const WORDS: &'static [&'static [&'static Wording]] =
                &[$(<super::$kind::$Variant as Fields<Layer>>::WORDS),*];

            /// A layer that is valid in any container and draws nothing, as in layout.json. See [`Fields::IS_SPACER`].
            pub fn spacer() -> Value {
                let kinds = [$((stringify!($kind), <super::$kind::$Variant as Fields<Layer>>::IS_SPACER)),*];
                json!({ "type": kinds.into_iter().find(|(_, is_spacer)| *is_spacer).map(|(kind, _)| kind) })
            }

            /// Reads the fields of a kind.
            fn read(kind: &Value, fields: Value) -> Result<Self, serde_json::Error> {
                match kind.as_str() {
                    $(Some(name) if name == stringify!($kind) => Deserialize::deserialize(fields).map(Self::$Variant),)*
                    _ => Err(serde_json::Error::custom(format!("unknown type {kind}"))),
                }
            }

            /// The schema of each kind.
            fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema> {
                vec![$(schema_of::<super::$kind::$Variant>(stringify!($kind), generator)),*]
            }

            /// See [`Fields::expressions`].
            pub fn expressions(&self, expressions: &mut Expressions) {
                match self { $(Self::$Variant(fields) => Fields::<Layer>::expressions(fields, expressions),)* }
            }

            /// See [`Fields::rules`].
            pub fn rules(&self, checked: &RuleContext<'_>) -> Vec<Broken> {
                match self { $(Self::$Variant(fields) => Fields::<Layer>::rules(fields, checked),)* }
            }

            /// See [`Fields::child_rules`].
            pub fn child_rules(&self, checked: &RuleContext<'_>, within: &Within<'_, Layer>) -> Vec<Broken> {
                match self { $(Self::$Variant(fields) => Fields::child_rules(fields, checked, within),)* }
            }

            /// See [`Fields::sizing`].
            pub fn sizing(&self) -> Sizing {
                match self { $(Self::$Variant(fields) => Fields::<Layer>::sizing(fields),)* }
            }

            /// See [`Fields::reach`].
            pub fn reach(&self, slot: SlotSize) -> f32 {
                match self { $(Self::$Variant(fields) => Fields::<Layer>::reach(fields, slot),)* }
            }

            /// See [`Fields::needs_slot_size`].
            pub fn needs_slot_size(&self) -> bool {
                match self { $(Self::$Variant(fields) => Fields::<Layer>::needs_slot_size(fields),)* }
            }

            /// See [`Fields::flow`].
            pub fn flow(&self) -> Option<&Flow<Layer>> {
                match self { $(Self::$Variant(fields) => Fields::flow(fields),)* }
            }

            /// See [`Fields::code`].
            pub fn code(&self) -> Option<&Code> {
                match self { $(Self::$Variant(fields) => Fields::<Layer>::code(fields),)* }
            }

            /// See [`Fields::mask`].
            pub fn mask(&self) -> Option<&str> {
                match self { $(Self::$Variant(fields) => Fields::<Layer>::mask(fields),)* }
            }

            /// See [`Fields::limits_text`].
            pub fn limits_text(&self) -> bool {
                match self { $(Self::$Variant(fields) => Fields::<Layer>::limits_text(fields),)* }
            }
        }
    };
}
kinds!(written);

impl Layer {
    /// `#id` of the SVG element whose place the layer takes.
    pub fn at(&self) -> Option<&str> {
        self.place.at.as_deref()
    }

    /// Id (without `#`) of that element.
    pub fn slot(&self) -> Option<&str> {
        self.at()?.strip_prefix('#')
    }

    /// The layer's box, unless it takes that of an SVG element. A container's automatic height is infinite.
    pub fn rect(&self) -> Option<BoxPx> {
        self.place.rect
    }

    /// The condition under which it is drawn.
    pub fn when(&self) -> Option<&Expr<String>> {
        self.place.when.as_ref()
    }

    /// The strings of the layer at a pointer that may use parameters, except those of children.
    pub fn expressions(&self, pointer: &str) -> Expressions {
        let mut expressions = Expressions::new(pointer);
        expressions.add("when", self.when());
        self.kind.expressions(&mut expressions);
        expressions
    }

    /// Calls `visit` with this layer and every layer within it, each with its JSON pointer.
    pub fn visit<'a>(&'a self, pointer: &str, visit: &mut dyn FnMut(&str, &'a Layer)) {
        visit(pointer, self);
        for (index, child) in self.kind.flow().iter().flat_map(|flow| flow.children.iter().enumerate()) {
            child.layer.visit(&format!("{pointer}/children/{index}"), visit);
        }
    }
}

impl<'de> Deserialize<'de> for Layer {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let mut fields = Map::<String, Value>::deserialize(d)?;
        let kind = fields.remove("type").ok_or_else(|| D::Error::missing_field("type"))?;
        let place = PlaceFields::KEYS.iter().filter_map(|key| Some(((*key).to_owned(), fields.shift_remove(*key)?)));
        let place = PlaceFields::deserialize(Value::Object(place.collect())).map_err(D::Error::custom)?;
        let kind = Written::read(&kind, Value::Object(fields)).map_err(D::Error::custom)?;
        let has_auto_height = |[.., height]: BoxPx| height.is_infinite();
        if place.rect.is_some_and(has_auto_height) && kind.flow().is_none() {
            return Err(D::Error::custom("only containers may have an automatic height"));
        }
        Ok(Self { place, kind })
    }
}

impl JsonSchema for Layer {
    fn schema_name() -> Cow<'static, str> {
        "Layer".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kinds = Written::schemas(generator);
        json_schema!({ "oneOf": kinds, "description": "One layer. The kind is its `type`." })
    }
}

/// The schema of a kind: `type`, the place, the kind's own fields.
fn schema_of<F: Fields<Layer> + JsonSchema>(kind: &str, generator: &mut SchemaGenerator) -> Schema {
    let mut place = F::Place::json_schema(generator);
    let mut schema = F::json_schema(generator);
    let object = schema.ensure_object();
    let mut properties = Map::new();
    properties.insert("type".to_owned(), json!({ "type": "string", "const": kind }));
    for schema in [place.ensure_object(), object] {
        if let Some(Value::Object(members)) = schema.get_mut("properties").map(Value::take) {
            properties.extend(members);
        }
    }
    object.insert("properties".to_owned(), Value::Object(properties));
    let required = object.entry("required").or_insert_with(|| json!([]));
    if let Some(required) = required.as_array_mut() {
        required.insert(0, json!("type"));
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spacer_is_a_layer() {
        let layer = Layer::deserialize(Written::spacer()).expect("valid");
        assert!(matches!(layer.kind.sizing(), Sizing::Content), "it needs no size");
        assert!(layer.expressions("").into_sources().is_empty());
    }
}
