//! Failures of fetching, in one error.

use haibao_core::error::{Domain, Error, ErrorKind, Finding, Result};

/// Collects failures into one error with the kind of the first.
#[derive(Default)]
pub(super) struct Failures {
    first: Option<Error>,
    findings: Vec<Finding>,
}

impl Failures {
    /// Adds the failure of what has this pointer.
    pub(super) fn add(&mut self, error: &Error, pointer: &str) {
        let mut finding = error.as_finding().pointer(pointer);
        if finding.hint.is_none()
            && let Some(other) = error.all_findings().iter().find(|other| other.hint.is_some())
        {
            finding = finding.hint_of(other);
        }
        if self.first.is_none() {
            let mut first = error.clone().with_findings(Vec::new());
            if let Some(hint) = finding.words().own_hint() {
                first = first.hint(hint);
            }
            self.first = Some(first);
        }
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Adds the failure of the code.
    pub(super) fn add_code(&mut self, error: &Error) {
        let is_app_unknown = error.is_from(Domain::App) && error.kind() == ErrorKind::Invalid;
        self.add(error, if is_app_unknown { "/code/app" } else { "/code" });
    }

    /// The code, or `None` after recording the failure.
    pub(super) fn code<T>(&mut self, code: Result<Option<T>>) -> Option<T> {
        code.unwrap_or_else(|error| {
            self.add_code(&error);
            None
        })
    }

    /// # Errors
    /// The failures, if there are any.
    pub(super) fn into_result(self) -> Result<()> {
        self.first.map_or(Ok(()), |first| Err(first.with_findings(self.findings)))
    }
}
