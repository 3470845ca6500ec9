//! The state of a planning, and what the kinds of layers resolve their fields with.

use std::{str::FromStr, sync::Arc};

use super::{limits::MAX_SHOWN, request::CodeRequest};
use crate::{
    asset::Source,
    code::Kind,
    error::{Argument, Finding},
    layer::{BoxPx, code::fields::Code},
    style::Color,
    template::{
        Template, assets,
        engine::{MAX_SOURCE, MAX_TEXT, Values},
        expr::Expr,
        json::escape,
        tags,
    },
    text::FontSet,
};

/// The state of a planning.
pub(crate) struct Resolver<'a> {
    pub(crate) template: Arc<Template>,
    pub(crate) request: &'a CodeRequest,
    /// None when the parameters were refused; what depends on them is then left out without a word.
    pub(crate) values: Option<Values>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) fonts: &'a FontSet,
    /// The elements of repeated layers that strings may name, outermost first: the name, and the element's pointer.
    pub(crate) elements: Vec<(String, String)>,
    /// How many layers in containers there may still be.
    pub(crate) room: usize,
    /// How many characters of text there may still be.
    pub(crate) characters: usize,
    /// The code layers that are drawn.
    pub(crate) codes: Vec<CodeAt>,
    /// Whether the colour of their rays is to be chosen.
    pub(crate) auto_line_color: bool,
    /// Lower edge of the lowest layer.
    pub(crate) bottom: f32,
    pub(crate) warnings: Vec<Finding>,
}

/// A code layer that is drawn.
#[derive(Debug)]
pub(crate) struct CodeAt {
    pub pointer: String,
    pub code: Code,
    /// None when nobody measured its slot.
    pub rect: Option<BoxPx>,
}

impl Resolver<'_> {
    /// Expands handlebars at a pointer of layout.json.
    pub(crate) fn expand(&mut self, pointer: &str, source: &str) -> Option<String> {
        self.expand_within(pointer, source, MAX_TEXT)
    }

    /// As [`Resolver::expand`], to at most `limit` bytes.
    fn expand_within(&mut self, pointer: &str, source: &str, limit: usize) -> Option<String> {
        match self.template.expand(pointer, self.values.as_ref()?, limit) {
            Ok(text) => Some(text),
            Err(why) => {
                let pointer = self.blame(pointer, Some(source));
                self.findings.push(Finding::error("value_invalid", why).pointer(pointer));
                None
            }
        }
    }

    pub(crate) fn text(&mut self, pointer: &str, expr: &Expr<String>) -> Option<String> {
        match expr {
            Expr::Value(text) => Some(text.clone()),
            Expr::Template(source) => self.expand(pointer, source),
        }
    }

    /// A value of a closed set of forms, such as a colour.
    pub(crate) fn value<T>(&mut self, pointer: &str, expr: &Expr<T>) -> Option<T>
    where
        T: Clone + FromStr<Err: Into<Argument>>,
    {
        let source = match expr {
            Expr::Value(value) => return Some(value.clone()),
            Expr::Template(source) => source,
        };
        let text = self.expand(pointer, source)?;
        // No value of these sets is that long, and a message does not repeat more.
        let text: String = text.trim().chars().take(MAX_SHOWN).collect();
        match text.parse() {
            Ok(value) => Some(value),
            Err(why) => {
                let pointer = self.blame(pointer, Some(source));
                self.findings.push(Finding::error("value_invalid", why).pointer(pointer));
                None
            }
        }
    }

    /// A colour that may be absent: handlebars that give no text are none.
    pub(crate) fn optional<T>(&mut self, pointer: &str, expr: &Expr<T>) -> Option<T>
    where
        T: Clone + FromStr<Err: Into<Argument>>,
    {
        if let Expr::Template(source) = expr
            && self.expand(pointer, source)?.trim().is_empty()
        {
            return None;
        }
        self.value(pointer, expr)
    }

    /// Whom to blame for a value: the parameter, when the expression is nothing but that.
    pub(crate) fn blame(&self, pointer: &str, source: Option<&str>) -> String {
        let parameter = source.and_then(tags::sole_path).and_then(|path| match path.split_once('.') {
            Some((first, _)) if !self.elements.iter().any(|(name, _)| name == first) => None,
            _ => self.parameter(path),
        });
        parameter.unwrap_or_else(|| pointer.to_owned())
    }

    /// Where the value of a path such as `title` or `item.name` stands in the request.
    pub(crate) fn parameter(&self, path: &str) -> Option<String> {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let declared = self.template.params().document().get("properties");
        let base = match self.elements.iter().rev().find(|(name, _)| name == first) {
            Some((_, pointer)) => pointer.clone(),
            None => declared?.get(first).map(|_| format!("/params/{}", escape(first)))?,
        };
        let steps = rest.split('.').filter(|step| !step.is_empty());
        Some(steps.fold(base, |base, step| format!("{base}/{}", escape(step))))
    }

    /// Whether the `when` of the object at a pointer holds; true when there is none. An empty list is written as `[]`.
    pub(crate) fn holds(&mut self, pointer: &str, when: Option<&Expr<String>>) -> bool {
        let Some(when) = when else { return true };
        let text = self.text(&format!("{pointer}/when"), when);
        text.is_some_and(|text| !matches!(text.trim(), "" | "false" | "0" | "[]"))
    }

    /// A background colour; none when there is none, or handlebars give no text.
    pub(crate) fn background(&mut self, pointer: &str, expr: Option<&Expr<Color>>) -> Option<Color> {
        self.optional(&format!("{pointer}/background"), expr?)
    }

    /// Where a picture comes from, if from anywhere, and whom to blame when it fails; none when it is refused.
    pub(crate) fn source(&mut self, own: &str, src: &Expr<String>) -> Option<(Option<Source>, String)> {
        let text = match src {
            Expr::Value(text) => text.clone(),
            Expr::Template(source) => self.expand_within(own, source, MAX_SOURCE)?,
        };
        let blamed = self.blame(own, src.source());
        match assets::source(&text, self.template.names()) {
            Ok(source) => Some((source, blamed)),
            Err(message) => {
                self.findings.push(Finding::error("asset_invalid", message).pointer(blamed));
                None
            }
        }
    }

    /// The kind of the code that the request or the layout asks for.
    pub(crate) fn code_kind(&self) -> Kind {
        self.request.kind.or(self.template.layout.code.as_ref().and_then(|target| target.kind)).unwrap_or_default()
    }
}
