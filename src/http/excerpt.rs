//! Findings about the files of a template, each with the lines that it is about.

use schemars::JsonSchema;
use serde::Serialize;

use crate::language::Language;
use haibao_core::error::{Finding, Severity};

/// A finding about a template, in the language of the client.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Excerpt {
    severity: Severity,
    /// Stable, machine-readable name.
    code: String,
    /// One sentence for people; may change.
    message: String,
    /// What to do about it.
    hint: Option<String>,
    /// File name, relative to the template's folder.
    file: Option<String>,
    /// Line, from 1.
    line: Option<usize>,
    /// Column in characters, from 1.
    column: Option<usize>,
    /// The lines around the position, with a mark under it, as the command line prints them.
    excerpt: Option<String>,
    /// JSON pointer into layout.json or into the parameters.
    pointer: Option<String>,
}

impl Excerpt {
    /// Findings in a language.
    pub(super) fn all(findings: &[Finding], language: Language) -> Vec<Self> {
        findings.iter().map(|finding| Self::of(language.finding(finding))).collect()
    }

    fn of(finding: Finding) -> Self {
        let Finding { code, severity, message, pointer, place, hint, .. } = finding;
        let snippet = place.as_ref().map(|place| place.snippet.trim_end()).filter(|snippet| !snippet.is_empty());
        Self {
            severity,
            code: code.to_owned(),
            message,
            hint,
            excerpt: snippet.map(str::to_owned),
            line: place.as_ref().map(|place| place.line),
            column: place.as_ref().map(|place| place.column),
            file: place.map(|place| place.file),
            pointer,
        }
    }
}
