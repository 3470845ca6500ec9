//! Output formats: one file per format, one line in the list below.

mod band;
mod deflate;
mod huffman;

use std::str::FromStr;

use band::Properties;
pub use band::{BandEncoder, EncodedBand, RowReader};

use crate::error::Result;

/// The closed list of formats: a line gives the variant, its documentation and its module, which it declares and which
/// has `PROPERTIES`, `Encoder` and `rows`.
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

            /// Reads the rows of a file of this format that [`Format::encoder`] made.
            ///
            /// # Errors
            /// `internal` if the file is not one of the encoder.
            pub fn rows(self, file: &[u8]) -> Result<Box<dyn RowReader + '_>> {
                match self {
                    $(Self::$variant => Ok(Box::new($module::rows(file)?))),+
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

    /// Splits the name of a file into its stem and the format that its extension names. `None` for other extensions.
    pub fn of_file(name: &str) -> Option<(&str, Self)> {
        let (stem, extension) = name.rsplit_once('.')?;
        Some((stem, Self::ALL.iter().copied().find(|format| format.extension() == extension)?))
    }

    /// Names of all formats, in a list.
    pub fn names() -> String {
        Self::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
    }

    /// The `Content-Type`, such as `image/png`.
    pub fn media_type(self) -> &'static str {
        self.properties().media_type
    }

    /// Media types of all formats.
    pub fn media_types() -> Vec<&'static str> {
        Self::ALL.iter().map(|format| format.media_type()).collect()
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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use super::*;

    /// What the edges take from a format, so that none of them names one.
    #[test]
    fn every_format_is_complete() {
        let mut seen = BTreeSet::new();
        for format in Format::ALL.iter().copied() {
            let (name, extension, media_type) = (format.name(), format.extension(), format.media_type());
            assert!(seen.insert(name) && seen.insert(media_type), "{name} is there twice");
            assert_eq!(Format::ALL.iter().filter(|other| other.extension() == extension).count(), 1, "{extension}");
            assert!(media_type.starts_with("image/"), "{media_type}");
            assert_eq!(name.parse(), Ok(format));
            assert_eq!(Format::of_file(&format!("a.b.{extension}")), Some(("a.b", format)));
            assert!(Format::names().contains(name) && Format::media_types().contains(&media_type));
        }
        for other in ["png", "a", "a.", "a.tiff", ""] {
            assert_eq!(Format::of_file(other), None, "{other:?}");
        }
        assert!("tiff".parse::<Format>().is_err());
    }

    #[test]
    fn every_format_reads_the_rows_of_its_files() {
        const WIDTH: u32 = 40;
        let colors = [[250, 240, 230, 255], [20, 40, 200, 255]];
        for format in Format::ALL.iter().copied() {
            let mut encoder = format.encoder();
            let bands: Vec<_> = colors.iter().map(|color| Arc::new(encoder.band(&[*color; 40 * 16], WIDTH))).collect();
            let file = encoder.assemble(WIDTH, 32, &bands);
            let mut rows = format.rows(&file).expect("a file of the encoder");
            let mut count = 0;
            while let Some(row) = rows.next_row().expect("a row") {
                let expected = colors[count / 16];
                assert_eq!(row.len(), WIDTH as usize);
                // Lossy formats may differ a little.
                let is_near = |pixel: &[u8; 3]| pixel.iter().zip(expected).all(|(own, to)| own.abs_diff(to) < 12);
                assert!(row.iter().all(is_near), "{} row {count}: {row:?}", format.name());
                count += 1;
            }
            assert_eq!(count, 32, "{}", format.name());
            assert!(rows.next_row().expect("the end").is_none(), "{} ends", format.name());
            assert!(format.rows(b"no picture").is_err(), "{}", format.name());
        }
    }
}
