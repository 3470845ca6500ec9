//! Gate for the calls of one app that share a quota: enforces it per minute, and the pauses after errcodes 45009 and 45011.

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use tokio::time::{Instant, sleep, timeout_at};

use pauses::Pauses;
use recent::Recent;

use super::{
    code::Endpoint,
    shared::{Coordinator, QuotaRate, TurnResult},
};
use crate::{
    net::{caller, fair_lock::FairLock},
    words,
};
use haibao_core::error::{Error, ErrorKind, Result, Retry};

mod pauses;
mod recent;
#[cfg(test)]
mod tests;

/// Period of WeChat's quota.
pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// What to do when the quota of the minute is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WaitPolicy {
    /// Wait for a turn, for up to `wechat.wait_ms`: callers take turns, and calls of each are served in order of arrival.
    #[default]
    Wait,
    /// Fail immediately, with the time to wait.
    Refuse,
}

/// Delay before an unavailable store is asked for a turn again.
const STORE_PAUSE: Duration = Duration::from_millis(500);
/// How long [`WaitPolicy::Wait`] waits for an unavailable store: long enough for a database to restart, shorter than an
/// HTTP request may take.
const STORE_WAIT: Duration = Duration::from_secs(15);

/// Gate of one app.
pub(super) struct Gate {
    limiter: Limiter,
    limit: NonZeroU32,
    rate: QuotaRate,
    /// Waiting calls; the one that is next holds the lock.
    queue: FairLock,
    pauses: Mutex<Pauses>,
    recent: Recent,
}

/// Source of turns.
enum Limiter {
    /// Quota of this process alone.
    Own(OwnLimiter),
    /// Quota shared between processes, under this name.
    Common(Arc<dyn Coordinator>, String),
}

type OwnLimiter = RateLimiter<NotKeyed, InMemoryState, RuntimeClock, NoOpMiddleware<std::time::Instant>>;

/// The clock that pauses and deadlines use, too. Tests can pause it.
#[derive(Debug, Clone, Copy)]
struct RuntimeClock;

impl Clock for RuntimeClock {
    type Instant = std::time::Instant;

    fn now(&self) -> Self::Instant {
        Instant::now().into_std()
    }
}

/// Why a call may not be made now.
enum Closed {
    /// The store is unavailable: without it, the call could exceed the quota.
    Unknown(Error),
    /// The endpoint is stopped for this time.
    Stopped(Duration),
    /// The app is paused for this time.
    Paused(Duration),
    /// No turn is free for this time.
    Full(Duration),
}

/// Permission to make one call.
pub(super) struct Turn<'a> {
    gate: &'a Gate,
    endpoint: Endpoint,
    wait_policy: WaitPolicy,
    granted_at: Instant,
}

impl Gate {
    /// Allows at most `limit` calls in any `period`, as counted by WeChat. With `shared`, the limit applies to all
    /// processes that use the same name there.
    pub fn new(limit: NonZeroU32, period: Duration, shared: Option<(Arc<dyn Coordinator>, String)>) -> Self {
        let quota = quota(limit, period);
        let rate = QuotaRate { interval: quota.replenish_interval(), burst: quota.burst_size().get() };
        let limiter = match shared {
            None => Limiter::Own(RateLimiter::direct_with_clock(quota, RuntimeClock)),
            Some((shared, name)) => Limiter::Common(shared, name),
        };
        let (queue, pauses) = (FairLock::default(), Mutex::default());
        Self { limiter, limit, rate, queue, pauses, recent: Recent::new() }
    }

    /// How many calls the quota of the minute still allows, as far as this process has used it.
    pub fn remaining(&self) -> u32 {
        self.limit.get().saturating_sub(self.recent.count())
    }

    /// The error of a call that gives up waiting for its turn; `None` if no call waits.
    pub fn given_up(&self, endpoint: Endpoint, caller: &Arc<str>) -> Option<Error> {
        let is_waited_for = self.queue.ahead(caller) > 0;
        is_waited_for.then(|| self.explain_to(caller, &Closed::Full(self.rate.interval), endpoint))
    }

    /// Checks that the endpoint is not stopped.
    ///
    /// # Errors
    /// `wechat_quota` if it is.
    pub fn open(&self, endpoint: Endpoint) -> Result<()> {
        self.pauses().open(endpoint, Instant::now()).map_err(|rest| self.explain(&Closed::Stopped(rest), endpoint))
    }

    /// Takes a turn for the [current caller](caller::current). [`WaitPolicy::Wait`] waits for it up to `until`. Dropping the
    /// future gives up the place in the queue.
    ///
    /// # Errors
    /// [`ErrorKind::Limited`] with the time to wait: `quota_minute`, or `wechat_quota` during a pause. Errors of [`Coordinator`].
    pub async fn turn(&self, endpoint: Endpoint, wait_policy: WaitPolicy, until: Instant) -> Result<Turn<'_>> {
        let first = match wait_policy {
            WaitPolicy::Refuse => None,
            WaitPolicy::Wait => {
                let first = timeout_at(until, self.queue.lock(&caller::current())).await;
                Some(first.map_err(|_| self.explain(&Closed::Full(self.rate.interval), endpoint))?)
            }
        };
        let at = self.wait(endpoint, if first.is_some() { until } else { Instant::now() }).await;
        // One that gives up is not before itself.
        drop(first);
        at.map(|at| Turn { gate: self, endpoint, wait_policy, granted_at: at })
            .map_err(|closed| self.explain(&closed, endpoint))
    }

    /// Passes as soon as possible, at `until` at the latest. Returns the time of passing.
    async fn wait(&self, endpoint: Endpoint, until: Instant) -> Result<Instant, Closed> {
        let store_until = until.min(Instant::now() + STORE_WAIT);
        loop {
            match self.pass(endpoint).await {
                Err(Closed::Full(rest) | Closed::Paused(rest)) if Instant::now() + rest <= until => sleep(rest).await,
                Err(Closed::Unknown(error))
                    if error.kind() == ErrorKind::Busy && Instant::now() + STORE_PAUSE <= store_until =>
                {
                    sleep(STORE_PAUSE).await;
                }
                passed => {
                    if passed.is_ok() {
                        self.recent.add();
                    }
                    return passed;
                }
            }
        }
    }

    async fn pass(&self, endpoint: Endpoint) -> Result<Instant, Closed> {
        let now = Instant::now();
        self.pauses().open(endpoint, now).map_err(Closed::Stopped)?;
        self.pauses().app_open(now).map_err(Closed::Paused)?;
        match &self.limiter {
            Limiter::Own(limiter) => {
                limiter.check().map(|()| now).map_err(|not| Closed::Full(not.wait_time_from(limiter.clock().now())))
            }
            Limiter::Common(shared, name) => match shared.take(name, Some(&stop_name(name, endpoint)), self.rate).await
            {
                // The call is sent after the store's reply, not at `now`.
                Ok(TurnResult::Given) => Ok(Instant::now()),
                Ok(TurnResult::Full(rest)) => Err(Closed::Full(rest)),
                Ok(TurnResult::Paused(rest)) => Err(Closed::Paused(rest)),
                Ok(TurnResult::Stopped(rest)) => Err(Closed::Stopped(rest)),
                Err(error) => Err(Closed::Unknown(error)),
            },
        }
    }

    fn explain(&self, closed: &Closed, endpoint: Endpoint) -> Error {
        self.explain_to(&caller::current(), closed, endpoint)
    }

    fn explain_to(&self, caller: &Arc<str>, closed: &Closed, endpoint: Endpoint) -> Error {
        let (finding, rest) = match *closed {
            Closed::Unknown(ref error) => return error.clone(),
            Closed::Full(rest) => {
                let before = u32::try_from(self.queue.ahead(caller)).unwrap_or(u32::MAX);
                let (what, setting) = endpoint.quota();
                let finding = words::quota_minute(self.limit, what, setting);
                (finding, rest.saturating_add(self.rate.interval.saturating_mul(before)))
            }
            Closed::Paused(rest) => (words::wechat_quota(endpoint.quota().1), rest),
            Closed::Stopped(rest) => (words::wechat_quota_day(endpoint.path(), endpoint.used_up()), rest),
        };
        Error::of(ErrorKind::Limited, finding).retry(Retry::After(rest))
    }

    /// A poisoned lock is safe to use: no panic can leave the pauses half changed.
    fn pauses(&self) -> MutexGuard<'_, Pauses> {
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Takes another turn for a retry, and returns whether there was one before `until` ([`WaitPolicy::Refuse`]: right
    /// now). The retry does not queue again: behind a long queue it would be too late.
    pub async fn again(&mut self, until: Instant) -> bool {
        let until = if self.wait_policy == WaitPolicy::Wait { until } else { Instant::now() };
        match self.gate.wait(self.endpoint, until).await {
            Ok(at) => self.granted_at = at,
            Err(_) => return false,
        }
        true
    }

    /// Records the call's success.
    pub fn succeeded(&self) {
        self.gate.pauses().succeeded(self.endpoint, self.granted_at);
    }

    /// Records errcode 45011: pauses the app in all processes. Returns the length of the pause.
    pub async fn too_often(&self) -> Duration {
        let rest = self.gate.pauses().too_often(self.granted_at, Instant::now());
        self.share(str::to_owned, rest).await;
        rest
    }

    /// Records errcode 45009: stops the endpoint in all processes. Returns for how long.
    pub async fn used_up(&self) -> Duration {
        let rest = self.gate.pauses().used_up(self.endpoint, self.granted_at, Instant::now());
        self.share(|name| stop_name(name, self.endpoint), rest).await;
        rest
    }

    /// Shares a pause with the other processes. `named` derives the name to pause from the app's name.
    async fn share(&self, named: impl FnOnce(&str) -> String, rest: Duration) {
        if let Limiter::Common(shared, name) = &self.gate.limiter
            && let Err(error) = shared.pause(&named(name), rest).await
        {
            // Not fatal: WeChat refuses the other processes' calls, too.
            tracing::warn!(
                code = error.code(),
                error = error.message(),
                "cannot share a pause with the other processes"
            );
        }
    }
}

/// Name under which one endpoint of an app is stopped.
fn stop_name(name: &str, endpoint: Endpoint) -> String {
    format!("{name} {}", endpoint.path())
}

/// Quota that allows a tenth of the limit as a burst and spreads the rest evenly.
///
/// In any window W this allows at most `burst + W / interval` calls. WeChat counts calls on arrival, and calls that
/// were sent within W may arrive within a shorter time. W is therefore one twelfth longer than the period (65 s for a
/// minute): even if calls take up to 5 s to arrive, no minute of WeChat's has more than `limit`.
fn quota(limit: NonZeroU32, period: Duration) -> Quota {
    let burst = NonZeroU32::new(limit.get() / 10).unwrap_or(NonZeroU32::MIN);
    let even = (limit.get() - burst.get()).max(1);
    // The division rounds down.
    let interval = (period + period / 12) / even + Duration::from_nanos(1);
    Quota::with_period(interval).unwrap_or(Quota::per_minute(NonZeroU32::MIN)).allow_burst(burst)
}
