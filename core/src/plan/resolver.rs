//! State of planning, with the tools that layer kinds resolve their fields with.

use std::{str::FromStr, sync::Arc};

use crate::{
    asset::AssetSource,
    code::{CodeFields, CodeKind},
    error::{Argument, Finding, Message},
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

/// State of planning one poster.
pub(crate) struct Resolver<'a> {
    pub(crate) template: Arc<Template>,
    pub(crate) request: &'a CodeFields,
    /// Parameters; none if they are invalid. Values that depend on them are then skipped without a finding.
    pub(crate) values: Option<Values>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) fonts: &'a FontSet,
    /// Name and JSON pointer of the current elements of repeated layers, outermost first.
    pub(crate) elements: Vec<(String, String)>,
    /// Remaining number of layers in containers, of [`super::limits::MAX_LAYERS`].
    pub(crate) room: usize,
    /// Remaining number of conditions of layers in containers, of [`super::limits::MAX_CONDITIONS`].
    pub(crate) conditions: usize,
    /// Whether a limit of layers is exceeded: further layers in containers are skipped.
    pub(crate) is_full: bool,
    /// Remaining number of characters, of [`super::limits::MAX_CHARACTERS`].
    pub(crate) characters: usize,
    /// Drawn code layers.
    pub(crate) codes: Vec<CodeAt>,
    /// See [`super::Plan::auto_line_color`].
    pub(crate) auto_line_color: bool,
    /// Bottom edge of the lowest layer, px at scale 1.
    pub(crate) bottom: f32,
    pub(crate) warnings: Vec<Finding>,
}

/// A drawn code layer.
#[derive(Debug)]
pub(crate) struct CodeAt {
    pub pointer: String,
    pub code: Code,
    /// None if its slot was not measured.
    pub rect: Option<BoxPx>,
}

impl Resolver<'_> {
    /// Expands the handlebars at a pointer of layout.json; none, with a finding, if that fails.
    pub(crate) fn expand(&mut self, pointer: &str, source: &str) -> Option<String> {
        self.expand_within(pointer, source, MAX_TEXT)
    }

    /// As [`Resolver::expand`], up to `limit` bytes.
    fn expand_within(&mut self, pointer: &str, source: &str, limit: usize) -> Option<String> {
        let expanded = self.template.expand(pointer, self.values.as_ref()?, limit);
        expanded.map_err(|why| self.fault(pointer, source, why)).ok()
    }

    /// Resolves a string; none, with a finding, if it cannot be expanded.
    pub(crate) fn text(&mut self, pointer: &str, expr: &Expr<String>) -> Option<String> {
        match expr {
            Expr::Value(text) => Some(text.clone()),
            Expr::Template(source) => self.expand(pointer, source),
        }
    }

    /// Resolves a parsed value, such as a colour; none, with a finding, if it is malformed.
    pub(crate) fn value<T>(&mut self, pointer: &str, expr: &Expr<T>) -> Option<T>
    where
        T: Clone + FromStr<Err: Into<Argument>>,
    {
        self.parsed(pointer, expr, false)
    }

    /// Resolves an optional value: none, without a finding, if its handlebars expand to white space only.
    pub(crate) fn optional<T>(&mut self, pointer: &str, expr: &Expr<T>) -> Option<T>
    where
        T: Clone + FromStr<Err: Into<Argument>>,
    {
        self.parsed(pointer, expr, true)
    }

    fn parsed<T>(&mut self, pointer: &str, expr: &Expr<T>, may_be_blank: bool) -> Option<T>
    where
        T: Clone + FromStr<Err: Into<Argument>>,
    {
        let source = match expr {
            Expr::Value(value) => return Some(value.clone()),
            Expr::Template(source) => source,
        };
        let text = self.expand(pointer, source)?;
        if may_be_blank && text.trim().is_empty() {
            return None;
        }
        let parsed = text.trim().parse::<T>();
        parsed.map_err(|why| self.fault(pointer, source, Message::from(why.into()))).ok()
    }

    /// Adds a finding about the value that the handlebars `source` at a pointer expand to.
    fn fault(&mut self, pointer: &str, source: &str, why: Message) {
        let pointer = self.blame(pointer, Some(source));
        self.findings.push(Finding::error("value_invalid", why).pointer(pointer));
    }

    /// JSON pointer to report for a value: that of the parameter, if the expression is a plain parameter, else
    /// `pointer`.
    pub(crate) fn blame(&self, pointer: &str, source: Option<&str>) -> String {
        let parameter = source.and_then(tags::sole_path).and_then(|path| match path.split_once('.') {
            Some((first, _)) if !self.elements.iter().any(|(name, _)| name == first) => None,
            _ => self.parameter(path),
        });
        parameter.unwrap_or_else(|| pointer.to_owned())
    }

    /// JSON pointer into the request for a path such as `title` or `item.name`.
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

    /// Whether the `when` of the object at a pointer holds; true if there is none.
    pub(crate) fn holds(&mut self, pointer: &str, when: Option<&Expr<String>>) -> bool {
        let Some(when) = when else { return true };
        let text = self.text(&format!("{pointer}/when"), when);
        // An empty list expands to `[]`.
        text.is_some_and(|text| !matches!(text.trim(), "" | "false" | "0" | "[]"))
    }

    /// Resolves the `background` of the object at a pointer.
    pub(crate) fn background(&mut self, pointer: &str, expr: Option<&Expr<Color>>) -> Option<Color> {
        self.optional(&format!("{pointer}/background"), expr?)
    }

    /// Resolves the source of a picture at a pointer: the source, unless it is empty, and the JSON pointer to report when
    /// it fails. None, with a finding, if it is invalid.
    pub(crate) fn source(&mut self, own: &str, src: &Expr<String>) -> Option<(Option<AssetSource>, String)> {
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

    /// Kind of the plan's code: that of the request, else of the layout.
    pub(crate) fn code_kind(&self) -> CodeKind {
        self.request.kind.or(self.template.layout.code.as_ref().and_then(|target| target.kind)).unwrap_or_default()
    }
}
