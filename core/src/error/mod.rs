//! The error type of haibao.
//!
//! An [`Error`] has a [`ErrorKind`], a stable code, a message, a hint, and every [`Finding`] at once. The edges translate it:
//! `http/` into problem+json, `cli/` into text and an exit code. Callers tell errors apart by [`ErrorKind`] and [`Domain`].

mod domain;
mod finding;
mod message;
mod row;

use std::{fmt, sync::Arc, time::Duration};

pub use domain::Domain;
pub use finding::{Finding, Place};
pub use message::{Argument, Message, Pattern, Translation};
pub use row::{Severity, Wording, placeholders};

/// Kind of an error. Determines the HTTP status and the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request cannot be parsed (HTTP 400).
    Malformed,
    /// The caller may not do this (403).
    Forbidden,
    /// The requested resource does not exist (404).
    NotFound,
    /// The resource is not in a state that allows the request (409).
    Conflict,
    /// The requested resource has expired (410).
    Gone,
    /// A size limit is exceeded (413).
    TooLarge,
    /// The format is not supported (415).
    Unsupported,
    /// The request was parsed, but violates rules; see the findings (422).
    Invalid,
    /// Too many requests; retry later (429).
    Limited,
    /// WeChat or the host of an asset failed (502).
    Upstream,
    /// The service is overloaded or a part of it is unavailable; retry later (503).
    Busy,
    /// A deadline passed (504).
    Deadline,
    /// A fault of haibao or of the machine it runs on (500).
    Internal,
}

/// The error of every fallible function of haibao. A single pointer in size.
///
/// `Clone`: concurrent callers of one fetch share its failure.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: ErrorKind,
    code: &'static str,
    message: String,
    hint: Option<String>,
    findings: Vec<Finding>,
    /// The finding that the error was created from. Keeps its words.
    own: Option<Finding>,
    domain: Option<Domain>,
    retry: Retry,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// Whether retrying helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same request fails again.
    No,
    /// A retry may succeed immediately.
    Yes,
    /// A retry may succeed after this time.
    After(Duration),
}

/// A result with haibao's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with its kind, stable code and message.
    pub fn new(kind: ErrorKind, code: &'static str, message: impl Into<String>) -> Self {
        let retry = match kind {
            ErrorKind::Busy | ErrorKind::Limited => Retry::After(Duration::from_secs(1)),
            ErrorKind::Deadline => Retry::Yes,
            _ => Retry::No,
        };
        Self(Box::new(Inner {
            kind,
            code,
            message: message.into(),
            hint: None,
            findings: Vec::new(),
            own: None,
            domain: None,
            retry,
            source: None,
        }))
    }

    /// A bug of haibao or a panic, under the code `internal`.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, "internal", message).domain(Domain::Bug)
    }

    /// An error with the code, message and hint of a finding. It lists no findings until [`Error::pointer`] adds a
    /// position.
    pub fn of(kind: ErrorKind, finding: Finding) -> Self {
        let mut error = Self::new(kind, finding.code, finding.message.clone());
        error.0.hint.clone_from(&finding.hint);
        error.0.own = Some(finding);
        error
    }

    /// An error with all findings. The message is that of the only finding, otherwise their number.
    pub fn findings(kind: ErrorKind, code: &'static str, findings: Vec<Finding>) -> Self {
        let message = match &findings[..] {
            [one] => one.message.clone(),
            all => format!("{} findings", all.len()),
        };
        let mut error = Self::new(kind, code, message);
        error.0.findings = findings;
        error
    }

    /// Sets the hint: what to do about the error.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds a finding with this JSON pointer and the error's own code and message.
    pub fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.0.findings.push(self.as_finding().pointer(pointer));
        self
    }

    /// Replaces the findings; the message stays.
    pub fn with_findings(mut self, findings: Vec<Finding>) -> Self {
        self.0.findings = findings;
        self
    }

    /// Replaces the message, for example to add context.
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self.0.own = None;
        self
    }

    /// The error itself as a finding, without a position.
    pub fn as_finding(&self) -> Finding {
        let finding = match (&self.0.own, &self.0.findings[..]) {
            (Some(own), _) => own.clone(),
            (None, [one]) if one.code == self.0.code && one.message == self.0.message => {
                Finding::error(one.code, one.words().clone())
            }
            _ => Finding::error(self.0.code, Message::verbatim(&self.0.message)),
        };
        match &self.0.hint {
            Some(hint) if finding.hint.as_ref() != Some(hint) => finding.with_hint(Message::verbatim(hint)),
            Some(_) => finding,
            None => finding.without_hint(),
        }
    }

    /// Sets which part the error comes from.
    pub fn domain(mut self, domain: Domain) -> Self {
        self.0.domain = Some(domain);
        self
    }

    /// Sets whether retrying helps.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Sets the cause, for logs and for callers within the process. It is never sent to a client.
    pub fn source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The stable code, such as `param_missing`.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The message, one sentence without a full stop.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The hint.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Every finding.
    pub fn all_findings(&self) -> &[Finding] {
        &self.0.findings
    }

    /// Whether retrying helps.
    pub fn retry_advice(&self) -> Retry {
        self.0.retry
    }

    /// Whether the error comes from this part.
    pub fn is_from(&self, domain: Domain) -> bool {
        self.0.domain == Some(domain)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|e| e as _)
    }
}

/// An `Invalid` error with these findings. Its code is `code`, or that of the only finding.
pub fn invalid(code: &'static str, findings: Vec<Finding>) -> Error {
    match &findings[..] {
        [one] => {
            let (code, hint) = (one.code, one.hint.clone());
            let error = Error::findings(ErrorKind::Invalid, code, findings);
            if let Some(hint) = hint { error.hint(hint) } else { error }
        }
        _ => Error::findings(ErrorKind::Invalid, code, findings),
    }
}
