//! Reads and checks the samples of a template.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::loader::{Loader, read};
use crate::template::{json::Part, params, violation::ViolationKind};

/// Folder of the samples.
pub(super) const FOLDER: &str = "samples/";
/// Extension of a sample; other files of the folder are ignored.
pub(super) const EXTENSION: &str = ".json";

/// The parameters of a sample.
pub(super) struct Sample {
    /// As written in the file.
    pub written: Value,
    /// With absent ones filled in; `None` if they are invalid.
    pub filled: Option<Map<String, Value>>,
}

impl Loader<'_> {
    /// Reads samples, by path.
    pub(super) fn samples(
        &mut self,
        files: &BTreeMap<String, Bytes>,
        params: Option<&params::Schema>,
    ) -> BTreeMap<String, Sample> {
        let mut samples = BTreeMap::new();
        for (path, bytes) in files {
            let document = match read(path, bytes) {
                Ok(document) => {
                    self.findings.extend(document.duplicates.iter().cloned());
                    self.numbers.extend(document.numbers.iter().cloned());
                    document
                }
                Err(findings) => {
                    self.findings.extend(findings);
                    continue;
                }
            };
            let filled = params.map(|params| params.check(&document.value)).transpose().unwrap_or_else(|violations| {
                for violation in violations {
                    let part = if violation.kind == ViolationKind::Unknown { Part::Key } else { Part::Value };
                    let place = document.place(&violation.pointer, part);
                    self.findings.push(params::finding(violation, "").place(place));
                }
                None
            });
            let name = path.strip_prefix(FOLDER).unwrap_or(path);
            let name = name.strip_suffix(EXTENSION).unwrap_or(name).to_owned();
            samples.insert(name, Sample { written: document.value, filled });
        }
        samples
    }
}
