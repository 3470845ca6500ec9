//! Injected faults, modelled on failures in production.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;

/// A fault of one call. In JSON `{"fault": "busy"}`, with the fault's fields in the same object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// errcode -1.
    Busy,
    /// errcode 40001 for a valid token. Not for token endpoints.
    TokenRejected,
    /// Another program refreshes the tokens just before the call, so the call's token is invalid (40001). Code
    /// endpoints only.
    TokenStolen,
    /// errcode 45009. Not for token endpoints.
    Quota,
    /// The correct response, delayed.
    Delay {
        /// Delay in ms.
        ms: u64,
    },
    /// The correct response, a few bytes at a time.
    SlowDrip {
        /// Bytes per write, at least 1. Default 64.
        #[serde(default = "drip_bytes")]
        bytes: usize,
        /// Delay before each write, in ms. Default 100.
        #[serde(default = "drip_ms")]
        every_ms: u64,
    },
    /// Half of the correct response, then nothing; the connection stays open.
    Stall,
    /// The connection is reset before the first byte of the response.
    Reset,
    /// Status 502 with an HTML page.
    BadGateway,
    /// The first half of the body, with a matching `Content-Length`.
    Truncated,
    /// Status 200 with an empty body.
    EmptyBody,
    /// An error body (-1) with `Content-Type: image/jpeg`.
    ErrorAsImage,
    /// The correct response with the `Content-Type` of JSON.
    ImageAsJson,
    /// 50 MiB that start like a JPEG.
    HugeBody,
}

fn drip_bytes() -> usize {
    64
}

fn drip_ms() -> u64 {
    100
}

/// Length of the body of [`Fault::HugeBody`], in bytes.
pub(super) const HUGE_BYTES: usize = 50 << 20;

/// Which calls a fault applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// The three code endpoints.
    #[default]
    Code,
    /// The two token endpoints.
    Token,
    /// The check of texts.
    Text,
    /// All.
    Any,
}

/// A fault with its number of calls and endpoints. In JSON `{"fault": "busy", "times": 3, "on": "token"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Injection {
    /// What goes wrong. Its members stand beside `times` and `on` in JSON.
    #[serde(flatten)]
    pub fault: Fault,
    /// Number of calls; `None` (in JSON `null`) is unlimited. Default 1.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// Endpoints. Default: the code endpoints.
    #[serde(default)]
    pub on: On,
}

fn once() -> Option<u32> {
    Some(1)
}

impl Fault {
    /// Applies the fault to the next `n` calls of the code endpoints.
    pub fn times(self, n: u32) -> Injection {
        Injection { fault: self, times: Some(n), on: On::default() }
    }

    /// Applies the fault to every call of the code endpoints until the faults are cleared.
    pub fn always(self) -> Injection {
        Injection { times: None, ..self.times(1) }
    }

    /// Applies the fault to the next call of these endpoints.
    pub fn on(self, on: On) -> Injection {
        self.times(1).on(on)
    }

    /// [`Fault::Delay`] by a [`Duration`].
    pub fn delay(by: Duration) -> Self {
        Self::Delay { ms: by.as_millis() as u64 }
    }

    /// [`Fault::SlowDrip`] with its defaults.
    pub fn slow_drip() -> Self {
        Self::SlowDrip { bytes: drip_bytes(), every_ms: drip_ms() }
    }
}

impl Injection {
    /// Applies the fault to calls of these endpoints.
    pub fn on(self, on: On) -> Self {
        Self { on, ..self }
    }

    /// Parses an injection from JSON.
    ///
    /// # Errors
    /// A message for invalid values and unknown fields.
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

/// Faults that have not been used up.
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

    /// Takes the oldest fault that applies to the endpoint, and counts it as used once.
    pub(super) fn take(&mut self, endpoint: Endpoint) -> Option<Fault> {
        self.0.retain(|injection| injection.times != Some(0));
        let fits = |on| match on {
            On::Any => true,
            On::Token => endpoint.is_token(),
            On::Code => endpoint.is_code(),
            On::Text => endpoint == Endpoint::TextCheck,
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
    fn faults_apply_in_order_to_their_endpoints() {
        let mut faults = Faults::default();
        faults.add(Fault::Busy.times(2));
        faults.add(Fault::Reset.on(On::Token));
        faults.add(Fault::Quota.always());
        let mut take = |endpoint| faults.take(endpoint);
        assert_eq!(take(Endpoint::StableToken), Some(Fault::Reset));
        assert_eq!(take(Endpoint::StableToken), None);
        let codes = [0; 5].map(|_| take(Endpoint::Unlimited));
        assert_eq!(codes, [Fault::Busy, Fault::Busy, Fault::Quota, Fault::Quota, Fault::Quota].map(Some));
        faults.clear();
        assert_eq!(faults.take(Endpoint::Unlimited), None);
    }

    #[test]
    fn injections_are_parsed_from_json() {
        let read = |value: serde_json::Value| Injection::from_json(&value);
        assert_eq!(read(json!({"fault": "busy"})), Ok(Fault::Busy.into()));
        assert_eq!(read(json!({"fault": "stall", "times": null, "on": "any"})), Ok(Fault::Stall.always().on(On::Any)));
        assert_eq!(read(json!({"fault": "delay", "ms": 5, "times": 2})), Ok(Fault::Delay { ms: 5 }.times(2)));
        assert_eq!(read(json!({"fault": "slow_drip"})), Ok(Fault::slow_drip().into()));
        assert_eq!(read(json!({"fault": "busy", "time": 2})), Err("unknown field `time`".into()));
        assert!(read(json!({"fault": "bussy"})).is_err());
        assert!(read(json!([])).is_err());
    }
}
