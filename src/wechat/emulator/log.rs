//! What the emulator was asked, so that tests can count and read it. Neither secrets nor tokens get here.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{endpoint::Endpoint, faults::Fault};

/// Calls that are kept; older ones are forgotten.
const MOST_CALLS: usize = 10_000;
/// Most characters of a page, scene or path that are kept.
const MOST_CHARACTERS: usize = 1024;

/// How often what happened since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Calls of the token endpoints, failed ones included.
    pub token_calls: u64,
    /// Tokens made.
    pub tokens_minted: u64,
    /// Forced refreshes of stable tokens that were done.
    pub forced_refreshes: u64,
    /// Calls of the code endpoints, failed ones included.
    pub code_calls: u64,
    /// Pictures drawn.
    pub codes_drawn: u64,
    /// Calls answered with an errcode.
    pub errors: u64,
    /// Calls that met an injected fault.
    pub faults: u64,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// ms since the Unix epoch, by the emulator's clock.
    pub at_ms: u64,
    /// What was called.
    pub endpoint: Endpoint,
    /// The HTTP status of the answer; none while it is being made, or when there was none.
    pub status: Option<u16>,
    /// The errcode of the answer; none for a success, or when there was no such answer.
    pub errcode: Option<i32>,
    /// The page, when the body named one.
    pub page: Option<String>,
    /// The scene, when the body named one.
    pub scene: Option<String>,
    /// The path, when the body named one.
    pub path: Option<String>,
    /// What was made to go wrong.
    pub fault: Option<Fault>,
}

/// The last calls.
#[derive(Debug, Default)]
pub(super) struct Log {
    calls: VecDeque<Call>,
    /// Calls before the first one that is kept.
    forgotten: usize,
}

impl Log {
    /// Writes down a call and gives it a number.
    pub(super) fn begin(&mut self, call: Call) -> usize {
        if self.calls.len() == MOST_CALLS {
            self.calls.pop_front();
            self.forgotten += 1;
        }
        self.calls.push_back(call);
        self.forgotten + self.calls.len() - 1
    }

    /// Completes a call, when it is not forgotten yet.
    pub(super) fn complete(&mut self, number: usize, complete: impl FnOnce(&mut Call)) {
        if let Some(call) = number.checked_sub(self.forgotten).and_then(|i| self.calls.get_mut(i)) {
            complete(call);
        }
    }

    /// All that are kept, the oldest first.
    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.iter().cloned().collect()
    }
}

/// The part of a text that is kept.
pub(super) fn kept(text: Option<&str>) -> Option<String> {
    text.map(|text| text.chars().take(MOST_CHARACTERS).collect())
}
