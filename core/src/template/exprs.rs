//! Collects the strings of a layout that may use parameters.

use super::expr::Expr;

/// JSON pointers with handlebars sources.
pub type Sources = Vec<(String, String)>;

/// Collects the handlebars of one object of the layout.
#[derive(Debug)]
pub struct Expressions {
    base: String,
    sources: Sources,
}

impl Expressions {
    /// Starts with the object at a pointer.
    pub fn new(pointer: &str) -> Self {
        Self { base: pointer.to_owned(), sources: Vec::new() }
    }

    /// Adds a member, if present and using parameters.
    pub fn add<T>(&mut self, name: &str, expr: Option<&Expr<T>>) {
        if let Some(source) = expr.and_then(Expr::source) {
            self.add_source(name, source);
        }
    }

    /// Adds the handlebars of a member.
    pub fn add_source(&mut self, name: &str, source: &str) {
        self.sources.push((format!("{}/{name}", self.base), source.to_owned()));
    }

    /// The added sources, in order.
    pub fn into_sources(self) -> Sources {
        self.sources
    }
}
