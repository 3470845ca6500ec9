//! Places of a file.

/// Where a text would be inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// The text of an element.
    Text,
    /// The value of an attribute; of `style`, outside of the values of its declarations.
    Value,
    /// The value of a declaration, in a `<style>` or a `style`.
    StyleValue,
    /// A `<style>`, outside of the values of its declarations.
    StyleSheet,
    /// A comment, also one of CSS.
    Comment,
    /// A tag, outside of the values of its attributes.
    Tag,
    /// The value of `xmlns`.
    Namespace,
    /// The name of an entity, after `&`.
    Reference,
    /// A processing instruction, or the XML declaration.
    Instruction,
    /// The DOCTYPE.
    Doctype,
}
