//! The error type of haibao.
//!
//! An [`Error`] has a [`ErrorKind`], a stable code, a message, a hint, and every [`Finding`] at once. The edges translate it:
//! `http/` into problem+json, `cli/` into text and an exit code. Callers tell errors apart by [`ErrorKind`] and [`Domain`].

mod domain;
mod finding;
mod message;
mod row;
pub(crate) mod sentences;
mod title;

use std::{fmt, sync::Arc, time::Duration};

pub use domain::Domain;
pub use finding::{Finding, Place};
pub use message::{Argument, Message, Pattern, Translation, ends_sentence};
pub use row::{Severity, Wording, of_counts, placeholders};
pub use title::Title;

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
    /// Code, message and hint.
    own: Finding,
    findings: Vec<Finding>,
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
    /// An error with its kind, stable code and message. Its hint is that of the message's row.
    pub fn new(kind: ErrorKind, code: &'static str, message: impl Into<Message>) -> Self {
        Self::of(kind, Finding::error(code, message.into()))
    }

    /// A bug of haibao or a panic, under the code `internal`. A `reason` that is no sentence of a
    /// table is for developers, and English in every language.
    pub fn internal(reason: impl Into<Argument>) -> Self {
        Self::new(ErrorKind::Internal, "internal", sentences::internal(reason)).domain(Domain::Bug)
    }

    /// An error with the code, message and hint of a finding. It lists no findings until [`Error::pointer`] adds a
    /// position.
    pub fn of(kind: ErrorKind, finding: Finding) -> Self {
        let retry = match kind {
            ErrorKind::Busy | ErrorKind::Limited => Retry::After(Duration::from_secs(1)),
            ErrorKind::Deadline => Retry::Yes,
            _ => Retry::No,
        };
        Self(Box::new(Inner { kind, own: finding, findings: Vec::new(), domain: None, retry, source: None }))
    }

    /// An error with all findings. The message is that of the first one, with the name of its field and the number of the others.
    pub fn findings(kind: ErrorKind, code: &'static str, findings: Vec<Finding>) -> Self {
        let mut error = Self::new(kind, code, summary(&findings).without_hint());
        error.0.findings = findings;
        error
    }

    /// Sets the hint: what to do about the error.
    pub fn hint(mut self, hint: impl Into<Message>) -> Self {
        self.0.own = self.0.own.with_hint(hint.into());
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

    /// Changes the findings. A message that is that of the first one, or begins with it, changes with it; the hint stays.
    pub fn map_findings(mut self, map: impl Fn(Finding) -> Finding) -> Self {
        let before = std::mem::take(&mut self.0.findings);
        self.0.findings = before.iter().cloned().map(map).collect();
        let is_first = before.first().is_some_and(|first| first.message == self.message());
        let message = match &self.0.findings[..] {
            [first, ..] if is_first => first.summary(),
            all if summary(&before).text() == self.message() => summary(all),
            _ => return self,
        };
        self.with_message(message)
    }

    /// Replaces the message; the hint stays.
    pub fn with_message(mut self, message: impl Into<Message>) -> Self {
        self.0.own = self.0.own.within(|_| message.into());
        self
    }

    /// Puts the message into another sentence, for example to add context. The hint stays.
    pub fn within(mut self, outer: impl FnOnce(Message) -> Message) -> Self {
        self.0.own = self.0.own.within(outer);
        self
    }

    /// The error itself as a finding, without a position.
    pub fn as_finding(&self) -> Finding {
        self.0.own.clone()
    }

    /// The error with its words in another language.
    pub fn in_words(mut self, translation: &Translation<'_>) -> Self {
        self.0.own = self.0.own.in_words(translation);
        self.0.findings = self.0.findings.iter().map(|finding| finding.in_words(translation)).collect();
        self
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

    /// What the caller can do about the error. HTTP maps it to a status, the command line to an exit code.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The stable code, such as `param_missing`.
    pub fn code(&self) -> &'static str {
        self.0.own.code
    }

    /// The message, one sentence without a full stop.
    pub fn message(&self) -> &str {
        &self.0.own.message
    }

    /// How to fix the error, in English. `None` if nothing general can be said.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.own.hint.as_deref()
    }

    /// The hint; without one, that of the only finding.
    pub fn advice(&self) -> Option<&str> {
        let of_finding = match self.all_findings() {
            [one] => one.hint.as_deref(),
            _ => None,
        };
        self.hint_text().or(of_finding)
    }

    /// Message and hint, independent of the language.
    pub fn words(&self) -> &Message {
        self.0.own.words()
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
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|e| e as _)
    }
}

/// The message of an error with these findings. That of one has its hint.
fn summary(findings: &[Finding]) -> Message {
    match findings {
        [] => sentences::no_findings(),
        [one] => one.summary(),
        [first, others @ ..] => sentences::and_more(first.summary(), others.len()),
    }
}

/// An `Invalid` error with these findings. Its code is `code`, or that of the only finding.
pub fn invalid(code: &'static str, findings: Vec<Finding>) -> Error {
    match &findings[..] {
        [one] => Error::of(ErrorKind::Invalid, Finding::error(one.code, one.summary())).with_findings(findings),
        _ => Error::findings(ErrorKind::Invalid, code, findings),
    }
}
