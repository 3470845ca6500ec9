//! The strings of a layout that may use parameters, each under its JSON pointer.

use super::expr::Expr;

/// Pointer and handlebars source.
pub type Sources = Vec<(String, String)>;

/// Collects the handlebars of one object of the layout.
#[derive(Debug)]
pub struct Expressions {
    base: String,
    sources: Sources,
}

impl Expressions {
    /// Of the object at a pointer.
    pub fn new(pointer: &str) -> Self {
        Self { base: pointer.to_owned(), sources: Vec::new() }
    }

    /// Adds a member, if it is given and uses parameters.
    pub fn add<T>(&mut self, name: &str, expr: Option<&Expr<T>>) {
        if let Some(source) = expr.and_then(Expr::source) {
            self.add_source(name, source);
        }
    }

    /// Adds the handlebars of a member.
    pub fn add_source(&mut self, name: &str, source: &str) {
        self.sources.push((format!("{}/{name}", self.base), source.to_owned()));
    }

    /// All that were added, in order.
    pub fn into_sources(self) -> Sources {
        self.sources
    }
}
