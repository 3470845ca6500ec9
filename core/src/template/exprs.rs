//! The strings of a layout that may use parameters, each under its JSON pointer.

use super::{
    expr::Expr,
    json::escape,
    layout::{CodeTarget, Layer, SceneExpr},
    typography::TextColor,
};

/// Pointer and handlebars source.
pub type Sources = Vec<(String, String)>;

struct Collect {
    base: String,
    sources: Sources,
}

impl Collect {
    fn add<T>(&mut self, name: &str, expr: Option<&Expr<T>>) {
        if let Some(source) = expr.and_then(Expr::source) {
            self.sources.push((format!("{}/{name}", self.base), source.to_owned()));
        }
    }
}

/// Those of the layer at a pointer, without those of the layers within it.
pub fn of_layer(pointer: &str, layer: &Layer) -> Sources {
    let mut all = Collect { base: pointer.to_owned(), sources: Vec::new() };
    match layer {
        Layer::Image(image) => {
            all.add("when", image.when.as_ref());
            all.add("src", Some(&image.src));
            all.add("object_position", Some(&image.object_position));
            all.add("background", image.background.as_ref());
        }
        Layer::Text(text) => {
            all.add("when", text.when.as_ref());
            all.add("text", text.text.as_ref());
            all.add("color", text.color.solid());
            for (at, span) in text.spans.iter().flatten().enumerate() {
                all.add(&format!("spans/{at}/when"), span.when.as_ref());
                all.add(&format!("spans/{at}/text"), Some(&span.text));
                all.add(&format!("spans/{at}/color"), span.color.as_ref().and_then(TextColor::solid));
            }
        }
        Layer::Code(code) => {
            all.add("when", code.when.as_ref());
            all.add("line_color", code.line_color.as_ref());
            all.add("src", code.src.as_ref());
            all.add("center/src", code.center.as_ref().map(|center| &center.src));
        }
        Layer::Shape(shape) => {
            all.add("when", shape.when.as_ref());
            all.add("background", shape.background.as_ref());
        }
        Layer::Row(flow) | Layer::Column(flow) => {
            all.add("when", flow.when.as_ref());
            all.add("background", flow.background.as_ref());
        }
    }
    all.sources
}

/// Those of the code's target, below `/code`.
pub fn of_code(code: &CodeTarget) -> Sources {
    let mut all = Collect { base: "/code".to_owned(), sources: Vec::new() };
    all.add("app", code.app.as_ref());
    all.add("page", code.page.as_ref());
    all.add("path", code.path.as_ref());
    all.add("text", code.text.as_ref());
    all.add("env_version", code.env_version.as_ref());
    match &code.scene {
        Some(SceneExpr::Text(text)) => all.add("scene", Some(text)),
        Some(SceneExpr::Map(map)) => {
            let values = map.iter().filter_map(|(key, value)| Some((key, value.as_str()?)));
            let values = values.filter(|(_, value)| value.contains("{{"));
            all.sources.extend(values.map(|(key, value)| (format!("/code/scene/{}", escape(key)), value.to_owned())));
        }
        None => {}
    }
    all.sources
}
