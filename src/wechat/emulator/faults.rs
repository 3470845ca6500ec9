//! Faults on demand: what goes wrong in the field, one call at a time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;

/// Something that goes wrong with one call. In JSON it is `{"fault": "busy"}`, with its fields beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// errcode -1.
    Busy,
    /// errcode 40001 for a token that is right. Code endpoints only.
    TokenRejected,
    /// Another server takes a new token just before the call, so that 40001 is right. Code endpoints only.
    TokenStolen,
    /// errcode 45009. Code endpoints only.
    Quota,
    /// The right answer, late.
    Delay {
        /// ms before the answer.
        ms: u64,
    },
    /// The right answer, a few bytes at a time.
    SlowDrip {
        /// Bytes at a time, at least 1. Default 64.
        #[serde(default = "drip_bytes")]
        bytes: usize,
        /// ms before each. Default 100.
        #[serde(default = "drip_ms")]
        every_ms: u64,
    },
    /// Half of the right answer, then nothing, with the connection left open.
    Stall,
    /// The connection is reset before the first byte of the answer.
    Reset,
    /// Status 502 with a page of HTML.
    BadGateway,
    /// The first half of the picture as if it were the whole.
    Truncated,
    /// Status 200 and no byte.
    EmptyBody,
    /// An error body (-1) that says `image/jpeg`.
    ErrorAsImage,
    /// The right picture that says it is JSON.
    ImageAsJson,
    /// 50 MiB that begin like a JPEG.
    HugeBody,
}

fn drip_bytes() -> usize {
    64
}

fn drip_ms() -> u64 {
    100
}

/// Bytes of [`Fault::HugeBody`].
pub(super) const HUGE: usize = 50 << 20;

/// Which calls a fault waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// The three code endpoints.
    #[default]
    Code,
    /// The two token endpoints.
    Token,
    /// Both.
    Any,
}

/// A fault, how often it comes and where. In JSON: `{"fault": "busy", "times": 3, "on": "token"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Injection {
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
    /// With how many calls; none (in JSON `null`) is for ever. Default 1.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// With which calls. Default the code endpoints.
    #[serde(default)]
    pub on: On,
}

fn once() -> Option<u32> {
    Some(1)
}

impl Fault {
    /// With the next `n` calls.
    pub fn times(self, n: u32) -> Injection {
        Injection { fault: self, times: Some(n), on: On::default() }
    }

    /// With every call, until the faults are cleared.
    pub fn for_ever(self) -> Injection {
        Injection { times: None, ..self.times(1) }
    }

    /// The next call of these endpoints.
    pub fn on(self, on: On) -> Injection {
        self.times(1).on(on)
    }

    /// A late answer.
    pub fn delay(by: Duration) -> Self {
        Self::Delay { ms: by.as_millis() as u64 }
    }

    /// A slow drip at its default pace.
    pub fn slow_drip() -> Self {
        Self::SlowDrip { bytes: drip_bytes(), every_ms: drip_ms() }
    }
}

impl Injection {
    /// With calls of these endpoints.
    pub fn on(self, on: On) -> Self {
        Self { on, ..self }
    }

    /// Reads one from JSON.
    ///
    /// # Errors
    /// What is wrong with it, an unknown field included.
    pub(super) fn from_json(value: &serde_json::Value) -> Result<Self, String> {
        let injection: Self = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
        let known = serde_json::to_value(injection).map_err(|error| error.to_string())?;
        let unknown = value.as_object().and_then(|fields| fields.keys().find(|key| known.get(key).is_none()));
        unknown.map_or(Ok(injection), |key| Err(format!("unknown field `{key}`")))
    }
}

impl From<Fault> for Injection {
    fn from(fault: Fault) -> Self {
        fault.times(1)
    }
}

/// The faults that wait for their calls.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Injection>);

impl Faults {
    pub(super) fn add(&mut self, injection: Injection) {
        self.0.push(injection);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn waiting(&self) -> &[Injection] {
        &self.0
    }

    /// The fault of this call, the oldest that waits for it, used up once.
    pub(super) fn take(&mut self, endpoint: Endpoint) -> Option<Fault> {
        self.0.retain(|injection| injection.times != Some(0));
        let fits = |on| match on {
            On::Any => true,
            On::Token => endpoint.is_token(),
            On::Code => !endpoint.is_token(),
        };
        let found = self.0.iter_mut().find(|injection| fits(injection.on))?;
        found.times = found.times.map(|n| n - 1);
        let fault = found.fault;
        self.0.retain(|injection| injection.times != Some(0));
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn faults_wait_for_their_calls_in_order() {
        let mut faults = Faults::default();
        faults.add(Fault::Busy.times(2));
        faults.add(Fault::Reset.on(On::Token));
        faults.add(Fault::Quota.for_ever());
        let mut take = |endpoint| faults.take(endpoint);
        assert_eq!(take(Endpoint::StableToken), Some(Fault::Reset));
        assert_eq!(take(Endpoint::StableToken), None);
        let codes = [0; 5].map(|_| take(Endpoint::Unlimited));
        assert_eq!(codes, [Fault::Busy, Fault::Busy, Fault::Quota, Fault::Quota, Fault::Quota].map(Some));
        faults.clear();
        assert_eq!(faults.take(Endpoint::Unlimited), None);
    }

    #[test]
    fn json_says_the_same() {
        let read = |value: serde_json::Value| Injection::from_json(&value);
        assert_eq!(read(json!({"fault": "busy"})), Ok(Fault::Busy.into()));
        assert_eq!(
            read(json!({"fault": "stall", "times": null, "on": "any"})),
            Ok(Fault::Stall.for_ever().on(On::Any))
        );
        assert_eq!(read(json!({"fault": "delay", "ms": 5, "times": 2})), Ok(Fault::Delay { ms: 5 }.times(2)));
        assert_eq!(read(json!({"fault": "slow_drip"})), Ok(Fault::slow_drip().into()));
        assert_eq!(read(json!({"fault": "busy", "time": 2})), Err("unknown field `time`".into()));
        assert!(read(json!({"fault": "bussy"})).is_err());
        assert!(read(json!([])).is_err());
    }
}
