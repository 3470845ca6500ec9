//! Output formats: one file per format, one line in the list below.

mod band;
mod deflate;
mod huffman;

use std::str::FromStr;

use band::Properties;
pub use band::{BandEncoder, EncodedBand};

/// The closed list of formats: a line gives the variant, its documentation and its module, which it declares and which
/// has `PROPERTIES` and `Encoder`.
macro_rules! formats {
    ($($(#[$meta:meta])* $variant:ident => $module:ident),+ $(,)?) => {
        $(mod $module;)+

        /// Format of a poster's file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub enum Format {
            $($(#[$meta])* $variant),+
        }

        impl Format {
            /// All formats.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            fn properties(self) -> &'static Properties {
                match self {
                    $(Self::$variant => &$module::PROPERTIES),+
                }
            }

            /// A new encoder of this format.
            pub fn encoder(self) -> Box<dyn BandEncoder> {
                match self {
                    $(Self::$variant => Box::new($module::Encoder::default())),+
                }
            }
        }
    };
}

formats! {
    /// PNG, 8-bit RGB.
    #[default]
    Png => png,
}

impl Format {
    /// Name in requests, such as `png`.
    pub fn name(self) -> &'static str {
        self.properties().name
    }

    /// Extension of file names, without a dot.
    pub fn extension(self) -> &'static str {
        self.properties().extension
    }

    /// Names of all formats, in a list.
    pub fn names() -> String {
        Self::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
    }

    /// Media type.
    pub fn media_type(self) -> &'static str {
        self.properties().media_type
    }

    /// Version of the encoder, for cache keys.
    pub fn version(self) -> u32 {
        self.properties().version
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().copied().find(|format| format.name() == s);
        known.ok_or_else(|| format!("{s:?} is not an output format; supported: {}", Self::names()))
    }
}
