//! Pictures by reference and by content.

pub mod unsupported;

use schemars::JsonSchema;
use serde::Deserialize;

/// Where a picture's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AssetSource {
    /// http or https.
    Url(String),
    /// A `data:` URI.
    Data(String),
    /// A file of the template's folder.
    File(String),
    /// An uploaded picture: the blake3 of its bytes, 64 lower-case hexadecimal digits.
    Upload(String),
}

/// What happens when a picture cannot be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// No poster.
    #[default]
    Fail,
    /// The poster without this picture (its background, border and shadow stay), with a warning.
    Hide,
    /// The `fallback` file instead, with a warning.
    Fallback,
}

/// A fetched picture: its bytes and their name by content. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Asset {
    /// blake3 of the bytes.
    pub hash: blake3::Hash,
    /// The file as it was fetched; not decoded, not yet trusted to be a picture.
    pub bytes: bytes::Bytes,
}

impl Asset {
    /// Names bytes by their content.
    pub fn new(bytes: impl Into<bytes::Bytes>) -> Self {
        let bytes = bytes.into();
        Self { hash: blake3::hash(&bytes), bytes }
    }
}
