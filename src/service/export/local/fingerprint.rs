//! Fingerprint of an export's inputs. Runs with equal fingerprints produce equal bytes.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::files::output_failed;
use crate::{
    service::{App, export::Spec},
    words,
};
use haibao_core::error::{Error, ErrorKind, Finding, Result};

/// File name in the work folder.
pub(super) const NAME: &str = "export.json";

/// All inputs that determine the output of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// haibao version.
    pub haibao: String,
    /// Template name and version.
    pub template: String,
    /// Font set version.
    pub fonts: String,
    /// Number and hash of all rows, valid and invalid, with their file names and codes.
    pub rows: String,
    /// Format, scale, strictness and source of the codes.
    pub options: String,
}

impl Fingerprint {
    /// Computes the fingerprint of an export with so many valid and invalid rows, whose JSON in the order of the sheet has this hash.
    /// `is_demo`: its codes come from the emulated WeChat. Differences are shown as they are here, in every language.
    pub fn new(app: &App, spec: &Spec, [rows, bad]: [usize; 2], hash: blake3::Hash, is_demo: bool) -> Self {
        let Spec { template, format, scale, strict, .. } = spec;
        let mut options = format!("--format {} --scale {scale}", format.name());
        for (flag, is_set) in [(" --strict", *strict), (" --demo", is_demo)] {
            options += if is_set { flag } else { "" };
        }
        Self {
            haibao: env!("CARGO_PKG_VERSION").to_owned(),
            template: format!("{} {}", template.id, &template.version.to_hex()[..16]),
            fonts: app.renderer.fonts().version().to_hex()[..16].to_owned(),
            rows: format!("{rows}/{} {}", rows + bad, &hash.to_hex()[..16]),
            options,
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// Reads the fingerprint of an earlier run; `None` if there is none.
    pub(super) fn read(work: &Path) -> Result<Option<Self>> {
        let path = work.join(NAME);
        match fs::read(&path) {
            // The file is written atomically, so an unreadable one is from another version of haibao.
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).unwrap_or_else(|_| Self {
                haibao: "another".into(),
                template: String::new(),
                fonts: String::new(),
                rows: String::new(),
                options: String::new(),
            }))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(output_failed(&path, &error)),
        }
    }

    /// Checks that the current inputs equal those of the earlier run.
    ///
    /// # Errors
    /// `export_differs` with a finding for each difference.
    pub(super) fn ensure_equal(&self, now: &Self) -> Result<()> {
        type Difference = fn(String, String) -> Finding;
        let parts = [
            (words::other_haibao as Difference, &self.haibao, &now.haibao),
            (words::other_template, &self.template, &now.template),
            (words::other_fonts, &self.fonts, &now.fonts),
            (words::other_rows, &self.rows, &now.rows),
            (words::other_options, &self.options, &now.options),
        ];
        let differences = parts.into_iter().filter(|(_, before, now)| before != now);
        let differences: Vec<Finding> =
            differences.map(|(finding, before, now)| finding(format!("{before:?}"), format!("{now:?}"))).collect();
        if differences.is_empty() {
            return Ok(());
        }
        Err(Error::of(ErrorKind::Invalid, words::export_differs()).with_findings(differences))
    }
}
