//! Rate limits of keys.

use std::{fmt, num::NonZeroU32, str::FromStr, time::Duration};

use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};

use haibao_core::error::{Error, ErrorKind, Finding, Retry};

/// Share of a minute's requests that may come in one burst, unless the key sets its own.
const BURST_SHARE: u32 = 10;

/// Maximum rate of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests per minute; 0: not limited.
    pub per_minute: u32,
    /// Requests in a burst.
    pub burst: u32,
}

impl Default for Rate {
    /// 6000 requests a minute, 600 in a burst.
    fn default() -> Self {
        Self::per_minute(6000)
    }
}

impl Rate {
    /// Not limited.
    pub const NONE: Self = Self { per_minute: 0, burst: 0 };

    fn per_minute(per_minute: u32) -> Self {
        Self { per_minute, burst: (per_minute / BURST_SHARE).max(1) }
    }

    /// The same rate with another burst.
    #[must_use]
    pub fn with_burst(self, burst: u32) -> Self {
        Self { burst: burst.max(1), ..self }
    }
}

impl FromStr for Rate {
    type Err = String;

    /// Parses `600/min`, `10/s` or `none`. The error is a message.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::NONE);
        }
        let (number, factor) = match text.split_once('/') {
            Some((number, "s")) => (number, 60),
            Some((number, "min")) => (number, 1),
            _ => ("", 0),
        };
        let rate = number.parse::<u32>().ok().and_then(|n| n.checked_mul(factor)).filter(|n| *n > 0);
        rate.map(Self::per_minute).ok_or_else(|| format!("{text:?} is not a rate such as 600/min, 10/s or none"))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.per_minute {
            0 => f.write_str("none"),
            n => write!(f, "{n}/min"),
        }
    }
}

/// Enforces a rate in this process.
pub(super) struct Limiter {
    pub(super) rate: Rate,
    limiter: Option<DefaultDirectRateLimiter>,
}

impl Limiter {
    pub(super) fn new(rate: Rate) -> Self {
        let quota = NonZeroU32::new(rate.per_minute).map(Quota::per_minute);
        let quota = quota.map(|quota| NonZeroU32::new(rate.burst).map_or(quota, |burst| quota.allow_burst(burst)));
        Self { rate, limiter: quota.map(RateLimiter::direct) }
    }

    /// Takes one request. Fails with the time until the next one is allowed.
    pub(super) fn take(&self) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check().map_err(|not| not.wait_time_from(DefaultClock::default().now()))
    }
}

/// The error of an exceeded rate.
pub(super) fn limited(finding: Finding, wait: Duration) -> Error {
    // Rounded up: `Retry-After` has whole seconds.
    let wait = Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
    Error::of(ErrorKind::Limited, finding).retry(Retry::After(wait))
}
