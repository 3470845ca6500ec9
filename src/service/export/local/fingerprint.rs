//! What is exported: two runs with equal fingerprints make the same bytes.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::files::failed;
use crate::{
    export::{Failure, Row},
    service::{App, export::Spec},
};
use haibao_core::error::{Error, Finding, Kind, Result};

/// Its file in the work folder.
pub(super) const NAME: &str = "export.json";

/// Everything that decides what an export's files are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Version of haibao.
    pub haibao: String,
    /// Name and version of the template.
    pub template: String,
    /// Version of the fonts.
    pub fonts: String,
    /// Of all rows, good and bad, with their files' names and codes.
    pub rows: String,
    /// Format, scale, strictness, and whose codes they carry.
    pub options: String,
}

impl Fingerprint {
    /// Of an export; `codes` says who makes its codes.
    pub fn new(app: &App, spec: &Spec, rows: &[Row], bad: &[Failure], codes: &str) -> Self {
        let mut hash = blake3::Hasher::new();
        // Plain strings, numbers and maps of them: writing them cannot fail.
        for row in rows {
            hash.update(&serde_json::to_vec(row).unwrap_or_default());
        }
        for row in bad {
            hash.update(&serde_json::to_vec(row).unwrap_or_default());
        }
        let Spec { template, format, scale, strict } = spec;
        Self {
            haibao: env!("CARGO_PKG_VERSION").to_owned(),
            template: format!("{} {}", template.id, &template.version.to_hex()[..16]),
            fonts: app.renderer.fonts().version().to_hex()[..16].to_owned(),
            rows: format!("{} ({} bad) {}", rows.len(), bad.len(), &hash.finalize().to_hex()[..16]),
            options: format!("{} at scale {scale}, strict: {strict}, codes: {codes}", format.media_type()),
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// That of an earlier run; none when it never began.
    pub(super) fn read(work: &Path) -> Result<Option<Self>> {
        let path = work.join(NAME);
        match fs::read(&path) {
            // It is written whole: one that cannot be read belongs to another version.
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).unwrap_or_else(|_| Self {
                haibao: "another".into(),
                template: String::new(),
                fonts: String::new(),
                rows: String::new(),
                options: String::new(),
            }))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&path, &error)),
        }
    }

    /// # Errors
    /// `export_differs` with everything that does.
    pub(super) fn same_as(&self, now: &Self) -> Result<()> {
        let parts = [
            ("the version of haibao", &self.haibao, &now.haibao),
            ("the template", &self.template, &now.template),
            ("the fonts", &self.fonts, &now.fonts),
            ("the rows", &self.rows, &now.rows),
            ("the options", &self.options, &now.options),
        ];
        let differ = parts.into_iter().filter(|(_, before, now)| before != now).map(|(what, before, now)| {
            Finding::error("export_differs", format!("{what} differ: {before:?} then, {now:?} now"))
        });
        let differ: Vec<Finding> = differ.collect();
        if differ.is_empty() {
            return Ok(());
        }
        Err(Error::new(Kind::Invalid, "export_differs", "the work that is to be gone on with is another export's")
            .hint("use what that run used, or remove its work folder to begin anew")
            .with_findings(differ))
    }
}
