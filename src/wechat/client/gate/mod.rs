//! The gate that every code call of an app passes: it keeps WeChat's quota, and the pauses that WeChat asks for.

use std::{
    num::NonZeroU32,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use tokio::time::{Instant, sleep, timeout_at};

use pauses::Pauses;

use super::{
    code::Endpoint,
    shared::{Rate, Shared, Turned},
};
use haibao_core::error::{Error, Kind, Result, Retry};

mod pauses;

/// What WeChat counts calls in.
pub(super) const MINUTE: Duration = Duration::from_secs(60);
/// What a caller does when the quota of the minute is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Patience {
    /// Waits for its turn, first come first served, for `wechat.wait_ms` at most.
    #[default]
    Wait,
    /// Is refused at once, and told when to come again.
    Refuse,
}

/// Pause after which a store that cannot be used is asked for a turn again.
const STORE_PAUSE: Duration = Duration::from_millis(500);
/// How long the patient wait for such a store: a restart of a database, but less than an HTTP request may take.
const STORE_WAIT: Duration = Duration::from_secs(15);

/// The gate of one app.
pub(super) struct Gate {
    limiter: Limiter,
    limit: NonZeroU32,
    rate: Rate,
    /// Those who wait, in their order: the first one holds the lock.
    queue: tokio::sync::Mutex<()>,
    waiting: AtomicU32,
    pauses: Mutex<Pauses>,
}

/// Who gives the turns.
enum Limiter {
    /// This process, which is alone.
    Own(DefaultDirectRateLimiter),
    /// What the app's processes share, by this name.
    Common(Arc<dyn Shared>, String),
}

/// Why a call may not pass now.
enum Closed {
    /// The store of turns cannot be used: without it a call could be one too many.
    Unknown(Error),
    /// For this time the endpoint is stopped.
    Stopped(Duration),
    /// For this time the app pauses.
    Paused(Duration),
    /// For this time no turn is free.
    Full(Duration),
}

/// The permission to make one call.
pub(super) struct Turn<'a> {
    gate: &'a Gate,
    endpoint: Endpoint,
    patience: Patience,
    at: Instant,
}

impl Gate {
    /// At most `limit` calls in any `period`, as WeChat counts them; of all processes together when there is what they
    /// share, by the app's name there.
    pub fn new(limit: NonZeroU32, period: Duration, shared: Option<(Arc<dyn Shared>, String)>) -> Self {
        let quota = quota(limit, period);
        let rate = Rate { interval: quota.replenish_interval(), burst: quota.burst_size().get() };
        let limiter = match shared {
            None => Limiter::Own(RateLimiter::direct(quota)),
            Some((shared, name)) => Limiter::Common(shared, name),
        };
        let (queue, waiting, pauses) = (tokio::sync::Mutex::default(), AtomicU32::new(0), Mutex::default());
        Self { limiter, limit, rate, queue, waiting, pauses }
    }

    /// Whether the endpoint is not stopped.
    ///
    /// # Errors
    /// `wechat_quota` when it is.
    pub fn open(&self, endpoint: Endpoint) -> Result<()> {
        self.pauses().open(endpoint, Instant::now()).map_err(|rest| self.explain(&Closed::Stopped(rest), endpoint))
    }

    /// Takes a turn, waiting for it until `until` when there is patience. A caller that goes away gives up its place.
    ///
    /// # Errors
    /// [`Kind::Limited`]: `quota_minute`, or `wechat_quota` while WeChat's pauses last; with the time to wait.
    pub async fn turn(&self, endpoint: Endpoint, patience: Patience, until: Instant) -> Result<Turn<'_>> {
        let _waiting = Waiting::new(&self.waiting);
        let first = match patience {
            Patience::Refuse => None,
            Patience::Wait => {
                let first = timeout_at(until, self.queue.lock()).await;
                Some(first.map_err(|_| self.explain(&Closed::Full(self.rate.interval), endpoint))?)
            }
        };
        let at = self.wait(endpoint, if first.is_some() { until } else { Instant::now() }).await;
        at.map(|at| Turn { gate: self, endpoint, patience, at }).map_err(|closed| self.explain(&closed, endpoint))
    }

    /// Passes as soon as possible, until then at the latest.
    async fn wait(&self, endpoint: Endpoint, until: Instant) -> Result<Instant, Closed> {
        let store_until = until.min(Instant::now() + STORE_WAIT);
        loop {
            match self.pass(endpoint).await {
                Err(Closed::Full(rest) | Closed::Paused(rest)) if Instant::now() + rest <= until => sleep(rest).await,
                Err(Closed::Unknown(error))
                    if error.kind() == Kind::Busy && Instant::now() + STORE_PAUSE <= store_until =>
                {
                    sleep(STORE_PAUSE).await;
                }
                passed => return passed,
            }
        }
    }

    async fn pass(&self, endpoint: Endpoint) -> Result<Instant, Closed> {
        let now = Instant::now();
        self.pauses().open(endpoint, now).map_err(Closed::Stopped)?;
        self.pauses().flowing(now).map_err(Closed::Paused)?;
        match &self.limiter {
            Limiter::Own(limiter) => {
                let full = |not| Closed::Full(governor::NotUntil::wait_time_from(&not, DefaultClock::default().now()));
                limiter.check().map(|()| now).map_err(full)
            }
            Limiter::Common(shared, name) => match shared.take(name, Some(&stop(name, endpoint)), self.rate).await {
                // The call goes out now, not when the store was asked.
                Ok(Turned::Given) => Ok(Instant::now()),
                Ok(Turned::Full(rest)) => Err(Closed::Full(rest)),
                Ok(Turned::Paused(rest)) => Err(Closed::Paused(rest)),
                Ok(Turned::Stopped(rest)) => Err(Closed::Stopped(rest)),
                Err(error) => Err(Closed::Unknown(error)),
            },
        }
    }

    fn explain(&self, closed: &Closed, endpoint: Endpoint) -> Error {
        let (code, message, hint, rest) = match *closed {
            Closed::Unknown(ref error) => return error.clone(),
            Closed::Full(rest) => {
                // Those who wait go first; this caller is one of them.
                let before = self.waiting.load(Ordering::Relaxed).saturating_sub(1);
                let message = format!("the {} codes that the app may fetch in a minute are used up", self.limit);
                let hint = "wait, or fetch codes ahead of need; WeChat's limit is the setting wechat.per_minute";
                ("quota_minute", message, hint, rest + self.rate.interval * before)
            }
            Closed::Paused(rest) => {
                let message = "WeChat said that it was called too often (errcode 45011); the app pauses".to_owned();
                ("wechat_quota", message, "wait; lower wechat.per_minute if other programs use the same app", rest)
            }
            Closed::Stopped(rest) => {
                let path = endpoint.path();
                let message =
                    format!("WeChat said that the quota of {path} is used up (errcode 45009); it is left alone");
                let hint = "wait; a daily quota begins anew at midnight in China; fetch codes ahead of need";
                ("wechat_quota", message, hint, rest)
            }
        };
        Error::new(Kind::Limited, code, message).hint(hint).retry(Retry::After(rest))
    }

    /// A panic cannot leave the pauses half changed.
    fn pauses(&self) -> MutexGuard<'_, Pauses> {
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Takes another turn for another attempt: whether there is one until then. It does not queue again: behind a long
    /// queue no attempt would be in time.
    pub async fn again(&mut self, until: Instant) -> bool {
        let until = if self.patience == Patience::Wait { until } else { Instant::now() };
        match self.gate.wait(self.endpoint, until).await {
            Ok(at) => self.at = at,
            Err(_) => return false,
        }
        true
    }

    /// The call was answered well.
    pub fn worked(&self) {
        self.gate.pauses().worked(self.endpoint, self.at);
    }

    /// WeChat answered 45011: for how long the app pauses now, in all processes.
    pub async fn too_often(&self) -> Duration {
        let rest = self.gate.pauses().too_often(self.at, Instant::now());
        self.share(str::to_owned, rest).await;
        rest
    }

    /// WeChat answered 45009: for how long the endpoint is left alone now, by all processes.
    pub async fn used_up(&self) -> Duration {
        let rest = self.gate.pauses().used_up(self.endpoint, self.at, Instant::now());
        self.share(|name| stop(name, self.endpoint), rest).await;
        rest
    }

    /// Tells the other processes of a pause, of what has a name that the app's gives.
    async fn share(&self, named: impl FnOnce(&str) -> String, rest: Duration) {
        if let Limiter::Common(shared, name) = &self.gate.limiter
            && let Err(error) = shared.pause(&named(name), rest).await
        {
            // The others learn it from WeChat.
            tracing::warn!(code = error.code(), message = error.message(), "a pause cannot be shared");
        }
    }
}

/// The name under which an app's endpoint is stopped.
fn stop(name: &str, endpoint: Endpoint) -> String {
    format!("{name} {}", endpoint.path())
}

/// Counts a caller for as long as it waits.
struct Waiting<'a>(&'a AtomicU32);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A tenth of the limit may come at once, the rest evenly.
///
/// In any time W this lets through at most `burst + W / interval` calls. WeChat counts calls when they arrive, and those
/// of a period here may arrive in less: W is a twelfth longer than the period (65 s for a minute), so calls may be up to
/// 5 s on their way, and still no minute of WeChat's has more than `limit`.
fn quota(limit: NonZeroU32, period: Duration) -> Quota {
    let burst = NonZeroU32::new(limit.get() / 10).unwrap_or(NonZeroU32::MIN);
    let even = (limit.get() - burst.get()).max(1);
    // A nanosecond against rounding down.
    let interval = (period + period / 12) / even + Duration::from_nanos(1);
    Quota::with_period(interval).unwrap_or(Quota::per_minute(NonZeroU32::MIN)).allow_burst(burst)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use futures_util::future::join_all;
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limit(n: u32) -> NonZeroU32 {
        NonZeroU32::new(n).expect("not 0")
    }

    proptest::proptest! {
        /// Calls that are made as fast as the gate lets them, now and then after a rest, and arrive up to 5 s late.
        #[test]
        fn no_minute_of_wechats_has_more_than_the_limit(
            most in 1_u32..200,
            rests in proptest::collection::vec(0_u64..90_000, 1..6),
            delays in proptest::collection::vec(0_u64..=5000, 50),
        ) {
            let clock = FakeRelativeClock::default();
            let limiter = RateLimiter::direct_with_clock(quota(limit(most), MINUTE), clock.clone());
            let (mut now, mut arrivals) = (Duration::ZERO, Vec::new());
            for rest in rests {
                for _ in 0..most * 2 {
                    if let Err(not) = limiter.check() {
                        let wait = not.wait_time_from(clock.now());
                        clock.advance(wait);
                        now += wait;
                        proptest::prop_assert!(limiter.check().is_ok(), "the time told is the time to wait");
                    }
                    arrivals.push(now + Duration::from_millis(delays[arrivals.len() % delays.len()]));
                }
                clock.advance(Duration::from_millis(rest));
                now += Duration::from_millis(rest);
            }
            arrivals.sort();
            let mut window = VecDeque::new();
            for at in arrivals {
                window.push_back(at);
                while window.front().is_some_and(|first| *first + MINUTE <= at) {
                    window.pop_front();
                }
                proptest::prop_assert!(window.len() <= most as usize, "{} calls in a minute", window.len());
            }
        }
    }

    #[test]
    fn most_of_the_limit_can_be_used() {
        let quota = quota(limit(5000), MINUTE);
        assert_eq!(quota.burst_size().get(), 500);
        let a_minute = 60.0 / quota.replenish_interval().as_secs_f64();
        assert!((4150.0..4160.0).contains(&a_minute), "{a_minute} a minute in the long run");
    }

    #[tokio::test]
    async fn the_impatient_are_told_when_and_the_patient_wait_in_turn() {
        // A burst of 2, then one every 130 ms.
        let gate = Gate::new(limit(20), Duration::from_millis(2160), None);
        let soon = || Instant::now() + Duration::from_secs(5);
        let endpoint = Endpoint::Unlimited;
        for _ in 0..2 {
            gate.turn(endpoint, Patience::Refuse, soon()).await.map(drop).expect("the burst");
        }
        let refused = async || gate.turn(endpoint, Patience::Refuse, soon()).await.map(drop).expect_err("too many");
        let error = refused().await;
        assert_eq!((error.kind(), error.code()), (Kind::Limited, "quota_minute"));
        let Retry::After(rest) = error.retry_advice() else { panic!("it says when: {error:?}") };
        assert!(rest <= Duration::from_millis(131), "{rest:?}");
        tokio::time::sleep(rest).await;
        gate.turn(endpoint, Patience::Refuse, soon()).await.map(drop).expect("the time that was told is enough");

        let order = Mutex::new(Vec::new());
        let start = Instant::now();
        join_all((0..4).map(|i| {
            let (gate, order) = (&gate, &order);
            async move {
                gate.turn(endpoint, Patience::Wait, soon()).await.map(drop).expect("its turn");
                order.lock().expect("the order").push(i);
            }
        }))
        .await;
        assert_eq!(*order.lock().expect("the order"), [0, 1, 2, 3]);
        assert!(start.elapsed() >= Duration::from_millis(3 * 130), "{:?}", start.elapsed());
        let late = gate.turn(endpoint, Patience::Wait, Instant::now()).await.map(drop).expect_err("no patience left");
        assert_eq!(late.code(), "quota_minute");
        let gone = tokio::time::timeout(Duration::from_millis(1), gate.turn(endpoint, Patience::Wait, soon())).await;
        assert!(gone.is_err(), "it went away before its turn");
        gate.turn(endpoint, Patience::Wait, soon()).await.map(drop).expect("the place of who went away is free");
    }

    /// A minute of one second.
    #[tokio::test]
    async fn a_burst_of_6000_gets_through_within_the_quota() {
        let period = Duration::from_secs(1);
        let gate = Gate::new(limit(5000), period, None);
        let until = Instant::now() + Duration::from_secs(30);
        let turns = join_all((0..6000).map(|_| gate.turn(Endpoint::Unlimited, Patience::Wait, until))).await;
        let at: Vec<Instant> = turns.into_iter().map(|turn| turn.map(|turn| turn.at).expect("its turn")).collect();
        assert!(at.is_sorted(), "first come, first served");
        let crowded = at.windows(5001).find(|turns| turns[5000] - turns[0] < period);
        assert_eq!(crowded, None, "over 5000 turns in a minute");
        assert!(at[5999] - at[0] > period, "6000 take more than a minute");
    }
}
