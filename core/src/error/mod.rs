//! One error type for the whole product.
//!
//! An [`Error`] says what went wrong (`message`), under which stable name (`code`), what to do (`hint`), and carries
//! every [`Finding`] at once. The edges translate it: `http/` into problem+json, `cli/` into text and an exit code.

mod finding;
mod message;
mod row;

use std::{fmt, sync::Arc, time::Duration};

pub use finding::{Finding, Place};
pub use message::{Argument, Message, Pattern, Translation};
pub use row::{Row, Severity, placeholders};

/// What sort of failure it is; decides the HTTP status and the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request cannot be read at all (HTTP 400).
    Malformed,
    /// The thing asked for does not exist (404).
    NotFound,
    /// Over a size limit (413).
    TooLarge,
    /// A format that is not supported (415).
    Unsupported,
    /// Readable, but against the rules; see the findings (422).
    Invalid,
    /// Too many requests: wait (429).
    Limited,
    /// WeChat or the host of an asset failed (502).
    Upstream,
    /// The service is full: wait (503).
    Busy,
    /// A deadline passed (504).
    Deadline,
    /// A fault of haibao or of its machine (500).
    Internal,
}

/// The error of every fallible function of haibao. Cheap to move (one pointer).
///
/// It can be cloned: callers that wait for one fetch together are told of one failure.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: Kind,
    code: &'static str,
    message: String,
    hint: Option<String>,
    findings: Vec<Finding>,
    retry: Retry,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// Whether trying the same again helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same request fails again.
    No,
    /// It may work at once.
    Yes,
    /// It may work after this time.
    After(Duration),
}

/// Short for a result with haibao's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of a kind, with its stable code and a message.
    pub fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        let retry = match kind {
            Kind::Busy | Kind::Limited => Retry::After(Duration::from_secs(1)),
            Kind::Deadline => Retry::Yes,
            _ => Retry::No,
        };
        Self(Box::new(Inner {
            kind,
            code,
            message: message.into(),
            hint: None,
            findings: Vec::new(),
            retry,
            source: None,
        }))
    }

    /// All findings at once. The message is the first finding's, or counts them.
    pub fn findings(kind: Kind, code: &'static str, findings: Vec<Finding>) -> Self {
        let message = match &findings[..] {
            [one] => one.message.clone(),
            all => format!("{} findings", all.len()),
        };
        let mut error = Self::new(kind, code, message);
        error.0.findings = findings;
        error
    }

    /// Adds what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Says where: one finding with this JSON pointer, under the error's own code and message.
    pub fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.0.findings.push(self.as_finding().pointer(pointer));
        self
    }

    /// Replaces the findings; the message stays.
    pub fn with_findings(mut self, findings: Vec<Finding>) -> Self {
        self.0.findings = findings;
        self
    }

    /// The error itself as one finding.
    pub fn as_finding(&self) -> Finding {
        Finding { hint: self.0.hint.clone(), ..Finding::error(self.0.code, self.0.message.clone()) }
    }

    /// Says whether trying again helps.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Keeps the cause for logs; it is never shown to a client.
    pub fn source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
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

    /// What to do.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Every finding.
    pub fn all_findings(&self) -> &[Finding] {
        &self.0.findings
    }

    /// Whether trying again helps.
    pub fn retry_advice(&self) -> Retry {
        self.0.retry
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

/// The error of these findings: under `code`, or under the finding's own code when there is but one.
pub fn invalid(code: &'static str, findings: Vec<Finding>) -> Error {
    match &findings[..] {
        [one] => {
            let (code, hint) = (one.code, one.hint.clone());
            let error = Error::findings(Kind::Invalid, code, findings);
            if let Some(hint) = hint { error.hint(hint) } else { error }
        }
        _ => Error::findings(Kind::Invalid, code, findings),
    }
}
