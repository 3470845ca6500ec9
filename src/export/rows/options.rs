//! Options for converting rows.

use std::{fmt, sync::Arc};

use crate::export::{columns::Mapping, pictures::Gallery};
use haibao_core::{
    asset::AssetSource,
    code::CodeFields,
    encode::Format,
    error::{Finding, Result},
};

/// Checks a source.
type Check = dyn Fn(&AssetSource) -> Result<()> + Send + Sync;

/// Checks sources of pictures without fetching them.
#[derive(Clone)]
pub struct SourceCheck(pub Arc<Check>);

impl SourceCheck {
    /// The findings about sources, each with the JSON pointer to report. Equal findings are reported once.
    pub fn findings<'s>(&self, sources: impl IntoIterator<Item = (&'s AssetSource, &'s str)>) -> Vec<Finding> {
        let mut found: Vec<Finding> = Vec::new();
        for (source, pointer) in sources {
            let fault = (self.0)(source).err().map(|error| error.as_finding().pointer(pointer));
            if let Some(fault) = fault.filter(|fault| !found.contains(fault)) {
                found.push(fault);
            }
        }
        found
    }
}

impl fmt::Debug for SourceCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SourceCheck")
    }
}

/// Options for converting rows.
#[derive(Debug, Clone)]
pub struct RowOptions {
    /// How columns are found.
    pub mapping: Mapping,
    /// Pictures of the sheet.
    pub pictures: Arc<Gallery>,
    /// Checks the pictures without which there is no poster.
    pub sources: Option<SourceCheck>,
    /// File name pattern: a Handlebars template over the parameters and `row` (the row number with leading zeros). A cell
    /// in the column `file_name` takes precedence. Without either, the file name is the row number.
    pub file_name: Option<String>,
    /// File extension without a dot. Default: `png`.
    pub extension: String,
    /// Code target and options; values in a row take precedence.
    pub code: CodeFields,
    /// Output pixels per canvas pixel, 1 to 3. Default: 1.
    pub scale: f32,
}

impl Default for RowOptions {
    fn default() -> Self {
        Self {
            mapping: Mapping::default(),
            pictures: Arc::default(),
            sources: None,
            file_name: None,
            extension: Format::default().extension().to_owned(),
            code: CodeFields::default(),
            scale: 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use haibao_core::error::{Error, ErrorKind, Message};

    #[test]
    fn a_finding_of_several_sources_is_reported_once() {
        let refuse = |source: &AssetSource| match source {
            AssetSource::Url(_) => Err(Error::new(ErrorKind::Invalid, "asset_refused", Message::verbatim("refused"))),
            _ => Ok(()),
        };
        let [first, second] =
            ["http://10.0.0.1/a.jpg", "http://10.0.0.1/b.jpg"].map(|url| AssetSource::Url(url.into()));
        let file = AssetSource::File("assets/a.jpg".into());
        let sources = [
            (&first, "/params/a"),
            (&second, "/params/b"),
            (&first, "/params/a"),
            (&file, "/params/c"),
            (&first, "/d"),
        ];
        let found = SourceCheck(Arc::new(refuse)).findings(sources);
        let pointers: Vec<_> = found.iter().map(|finding| finding.pointer.as_deref().unwrap_or_default()).collect();
        assert_eq!(pointers, ["/params/a", "/params/b", "/d"]);
    }
}
