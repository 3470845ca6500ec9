//! Templates: layout.json's types, its diagnostics, handlebars.

pub mod expr;
pub mod layout;
pub mod style;

/// A loaded template.
#[derive(Debug)]
pub struct Template {
    /// Name of its folder.
    pub id: String,
    /// blake3 of all its files: changes when anything of it changes.
    pub version: blake3::Hash,
    /// layout.json.
    pub layout: layout::Layout,
    /// Every file of the folder by its relative path (`assets/photo.jpg`), layout.json and samples excluded.
    pub files: std::collections::BTreeMap<String, bytes::Bytes>,
}
