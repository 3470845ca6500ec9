//! Encoders for output formats.

mod deflate;
mod huffman;
pub mod png;

/// Output format of a poster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// PNG, 8-bit RGB.
    #[default]
    Png,
}

impl Format {
    /// Media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
        }
    }
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match s {
            "png" => Ok(Self::Png),
            other => Err(format!("{other:?} is no format that haibao writes: use png")),
        }
    }
}
