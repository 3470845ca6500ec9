//! Counters and log of calls, for tests. Contain neither secrets nor tokens.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{endpoint::Endpoint, faults::Fault};

/// Maximum number of calls in the log; older ones are dropped.
const MAX_CALLS: usize = 10_000;
/// Maximum characters of a page, scene or path in the log.
const MAX_CHARACTERS: usize = 1024;

/// Event counts since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Calls of the token endpoints, failed ones included.
    pub token_calls: u64,
    /// Tokens issued.
    pub tokens_minted: u64,
    /// Forced refreshes of stable tokens that took effect.
    pub forced_refreshes: u64,
    /// Calls of the code endpoints, failed ones included.
    pub code_calls: u64,
    /// Calls of the text check, failed ones included.
    pub text_calls: u64,
    /// Pictures drawn.
    pub codes_drawn: u64,
    /// Calls that returned an errcode.
    pub errors: u64,
    /// Calls with an injected fault.
    pub faults: u64,
}

/// A logged call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedCall {
    /// Time by the emulator's clock, in ms since the Unix epoch.
    pub at_ms: u64,
    /// Endpoint that was called, by its path in JSON.
    pub endpoint: Endpoint,
    /// HTTP status of the response; `None` while the call is in progress, or if there was no response.
    pub status: Option<u16>,
    /// Errcode of the response; `None` for a success, or if the response has none.
    pub errcode: Option<i32>,
    /// Page in the request, if any.
    pub page: Option<String>,
    /// Scene in the request, if any.
    pub scene: Option<String>,
    /// Path in the request, if any.
    pub path: Option<String>,
    /// Injected fault, if any.
    pub fault: Option<Fault>,
}

/// Log of the last calls.
#[derive(Debug, Default)]
pub(super) struct Log {
    calls: VecDeque<LoggedCall>,
    /// Number of calls dropped so far.
    dropped: usize,
}

impl Log {
    /// Logs a call and returns its number.
    pub(super) fn begin(&mut self, call: LoggedCall) -> usize {
        if self.calls.len() == MAX_CALLS {
            self.calls.pop_front();
            self.dropped += 1;
        }
        self.calls.push_back(call);
        self.dropped + self.calls.len() - 1
    }

    /// Updates a call, unless it has been dropped.
    pub(super) fn complete(&mut self, number: usize, update: impl FnOnce(&mut LoggedCall)) {
        if let Some(call) = number.checked_sub(self.dropped).and_then(|i| self.calls.get_mut(i)) {
            update(call);
        }
    }

    /// All logged calls, oldest first.
    pub(super) fn calls(&self) -> Vec<LoggedCall> {
        self.calls.iter().cloned().collect()
    }
}

/// Truncates a text for the log.
pub(super) fn kept(text: Option<&str>) -> Option<String> {
    text.map(|text| text.chars().take(MAX_CHARACTERS).collect())
}
