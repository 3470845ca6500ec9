//! Checks the layers of a layout and their children.

use serde_json::{Map, Value, json};

use super::loader::Loader;
use crate::{
    layer::{
        Layer, Within,
        code::fields::Code,
        flow::{fields::Child, item::FlexItem},
    },
    template::{engine::Engine, exprs::Sources, json::Part, names, rules},
    words,
};

/// Collected from all layers.
pub(super) struct Reading<'a> {
    /// Compiled handlebars.
    pub strings: &'a mut Engine,
    /// Sources of handlebars.
    pub known: &'a mut Sources,
    /// The code layers, each with its pointer.
    pub codes: &'a mut Vec<(String, Code)>,
}

impl Loader<'_> {
    /// Checks a layer outside of containers. `scope` is the schema of the values that it may use.
    pub(super) fn top_layer(&mut self, pointer: &str, layer: &Layer, scope: &Value, reading: &mut Reading<'_>) {
        self.broken(rules::layer(pointer, layer, &self.names.clone()));
        self.content(pointer, layer, scope, reading);
        self.children(pointer, layer, scope, (1, false), reading);
    }

    fn content(&mut self, pointer: &str, layer: &Layer, scope: &Value, reading: &mut Reading<'_>) {
        let sources = layer.expressions(pointer).into_sources();
        self.handlebars(&sources, scope, reading.strings);
        reading.known.extend(sources);
        if let Some(code) = layer.kind.code() {
            reading.codes.push((pointer.to_owned(), code.clone()));
        }
    }

    fn children(
        &mut self,
        pointer: &str,
        layer: &Layer,
        scope: &Value,
        (depth, repeated): (usize, bool),
        reading: &mut Reading<'_>,
    ) {
        let Some(flow) = layer.kind.flow() else { return };
        for (index, Child { item, layer: child }) in flow.children.iter().enumerate() {
            let pointer = format!("{pointer}/children/{index}");
            let repeated = repeated || item.repeat.is_some();
            let within = Within { flow, item, depth, repeated };
            self.broken(rules::child(&pointer, child, &within, &self.names.clone()));
            let inner = self.repeated(&pointer, item, scope);
            let scope = inner.as_ref().unwrap_or(scope);
            self.content(&pointer, child, scope, reading);
            self.children(&pointer, child, scope, (depth + 1, repeated), reading);
        }
    }

    /// Schema of the values that a repeated layer may use: those of the scope, the element and its index.
    fn repeated(&mut self, pointer: &str, item: &FlexItem, scope: &Value) -> Option<Value> {
        let list = item.repeat.as_deref()?;
        let element = names::elements(scope, list).unwrap_or_else(|fault| {
            let pointer = format!("{pointer}/repeat");
            let place = self.document.place(&pointer, Part::Value);
            self.fault(fault.finding.pointer(pointer), place);
            None
        });
        let mut inner = scope.as_object()?.clone();
        let properties = inner.entry("properties").or_insert_with(|| Value::Object(Map::new())).as_object_mut()?;
        let name = item.element();
        if name == "index" || properties.contains_key(name) {
            let pointer = format!("{pointer}/{}", if item.element.is_some() { "as" } else { "repeat" });
            let place = self.document.place(&pointer, Part::Value);
            self.fault(words::repeat_name(name).pointer(pointer), place);
        }
        properties.insert(name.to_owned(), element.unwrap_or(Value::Bool(true)));
        properties.insert("index".to_owned(), json!({ "type": "integer" }));
        Some(Value::Object(inner))
    }
}
