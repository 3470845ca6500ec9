//! Rows and columns: resolves, repeats and lays out their layers.

use serde_json::Value;

use super::{
    At, PlannedCanvas, PlannedLayer,
    arrange::{self, Node},
    limits::{MAX_CONDITIONS, MAX_COPIES, MAX_LAYERS},
    resolver::{CodeAt, Resolver},
};
use crate::{
    error::Finding,
    layer::{
        BoxPx, Layer,
        flow::{
            fields::Child,
            item::{FlexItem, Length},
            sides::Padding,
        },
    },
    words,
};

impl Resolver<'_> {
    /// Resolves a container with its children, and adds all of them in drawing order.
    pub(super) fn container(
        &mut self,
        pointer: &str,
        layer: &Layer,
        at: At,
        rect: Option<BoxPx>,
        layers: &mut Vec<PlannedLayer>,
    ) {
        // The number of layers depends on the parameters.
        if self.values.is_none() {
            return;
        }
        let Some([x, y, width, height]) = rect else {
            let id = layer.at().unwrap_or_default();
            self.findings.push(words::slot_unmeasured(id).pointer(format!("{pointer}/at")));
            return;
        };
        let Some(root) = self.node(pointer, &FlexItem::default(), layer, None) else { return };
        let canvas = PlannedCanvas::tallest(&self.template.layout.canvas);
        let space = arrange::Space {
            width,
            height: height.is_finite().then_some(height),
            max: [canvas.width as f32, canvas.height as f32],
        };
        let arranged = self.fonts.with_shaper(|shaper| arrange::arrange(root, space, self.fonts, shaper));
        self.warnings.extend(arranged.warnings);
        self.bottom = self.bottom.max(y + arranged.height);
        for placed in arranged.placed {
            let [left, top, width, height] = placed.rect;
            let rect = [x + left, y + top, width, height];
            self.bottom = self.bottom.max(rect[1] + height);
            if let Some(code) = placed.code {
                self.codes.push(CodeAt { pointer: placed.pointer.clone(), code, rect: Some(rect) });
            }
            let at = match &at {
                At::Slot(slot) | At::Within { slot, .. } => At::Within { slot: slot.clone(), rect: placed.rect },
                At::Moved { slot, .. } => At::Moved { slot: slot.clone(), rect },
                At::Box(_) => At::Box(rect),
            };
            layers.push(PlannedLayer { pointer: placed.pointer, at, kind: placed.kind });
        }
    }

    /// Resolves a layer with its children. None if it cannot be drawn, or draws nothing and takes no room. For `column`,
    /// see [`arrange::style`].
    fn node(&mut self, pointer: &str, item: &FlexItem, layer: &Layer, column: Option<bool>) -> Option<Node> {
        let kind = layer.kind.resolve(pointer, self)?;
        if kind.is_blank() {
            return None;
        }
        let flow = layer.kind.flow();
        let mut children = Vec::new();
        if let Some(flow) = flow {
            for (index, child) in flow.children.iter().enumerate() {
                self.child(&format!("{pointer}/children/{index}"), child, flow.is_column, &mut children);
            }
        }
        // An empty list leaves no gap.
        let sized = item.width != Length::Auto || item.height != Length::Auto || item.grow > 0.0;
        let empty = flow.is_some_and(|flow| children.is_empty() && flow.padding == Padding::default());
        if column.is_some() && empty && !sized && !kind.has_ink() {
            return None;
        }
        let style = arrange::style(item, &layer.kind, &kind, column);
        let code = layer.kind.code().cloned();
        Some(Node { pointer: pointer.to_owned(), kind, code, style, is_flow: flow.is_some(), children })
    }

    /// Resolves a child, once for each element if it is repeated.
    fn child(&mut self, pointer: &str, child: &Child<Layer>, column: bool, nodes: &mut Vec<Node>) {
        let Some(path) = &child.item.repeat else { return self.one(pointer, child, column, nodes) };
        if self.is_full {
            return;
        }
        let blamed = self.parameter(path).unwrap_or_else(|| format!("{pointer}/repeat"));
        let list = match self.values.as_ref().and_then(|values| values.find(path)) {
            None | Some(Value::Null) => return,
            Some(Value::Array(list)) if list.len() <= MAX_COPIES => list.clone(),
            Some(Value::Array(list)) => {
                self.findings.push(words::repeat_too_many(list.len(), MAX_COPIES).pointer(blamed));
                return;
            }
            Some(_) => {
                self.findings.push(words::repeat_value(path).pointer(blamed));
                return;
            }
        };
        let name = child.item.element();
        let before = (self.set(name, None), self.set("index", None));
        for (index, element) in list.into_iter().enumerate() {
            self.set(name, Some(element));
            self.set("index", Some(index.into()));
            self.elements.push((name.to_owned(), format!("{blamed}/{index}")));
            self.one(pointer, child, column, nodes);
            self.elements.pop();
        }
        self.set("index", before.1);
        self.set(name, before.0);
    }

    /// Sets a name of expressions. Returns its value before.
    fn set(&mut self, name: &str, value: Option<Value>) -> Option<Value> {
        self.values.as_mut()?.set(name, value)
    }

    /// Resolves a child, or one copy of it, if its `when` holds.
    fn one(&mut self, pointer: &str, child: &Child<Layer>, column: bool, nodes: &mut Vec<Node>) {
        if self.is_full {
            return;
        }
        let Some(conditions) = self.conditions.checked_sub(1) else {
            return self.full(words::conditions_too_many(MAX_CONDITIONS));
        };
        self.conditions = conditions;
        if self.shown(pointer, &child.layer) {
            let Some(room) = self.room.checked_sub(1) else { return self.full(words::layers_too_many(MAX_LAYERS)) };
            self.room = room;
            nodes.extend(self.node(pointer, &child.item, &child.layer, Some(column)));
        }
    }

    /// Skips all further layers in containers: a limit is exceeded.
    fn full(&mut self, finding: Finding) {
        self.is_full = true;
        self.findings.push(finding.pointer("/layers"));
    }
}
