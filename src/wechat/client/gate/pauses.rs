//! Pauses after errcodes 45009 and 45011. Reads no clock; callers pass the time.

use std::time::Duration;

use tokio::time::Instant;

use crate::wechat::client::code::Endpoint;

/// Minimum and maximum pause of an app after errcode 45011 (too many calls).
const TOO_OFTEN: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(60)];
/// Minimum and maximum stop of an endpoint after errcode 45009 (quota used up).
const USED_UP: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(3600)];

/// Pauses of one app.
#[derive(Default)]
pub(super) struct Pauses {
    app: Option<Pause>,
    /// Indexed by [`Endpoint`].
    endpoints: [Option<Pause>; 4],
}

#[derive(Clone, Copy)]
struct Pause {
    ends: Instant,
    length: Duration,
}

impl Pauses {
    /// `Ok` if the endpoint is not stopped, otherwise the remaining time.
    pub fn open(&self, endpoint: Endpoint, now: Instant) -> Result<(), Duration> {
        remaining(self.endpoints[endpoint as usize], now)
    }

    /// `Ok` if the app is not paused, otherwise the remaining time.
    pub fn app_open(&self, now: Instant) -> Result<(), Duration> {
        remaining(self.app, now)
    }

    /// Records the success of a call that was sent at `at`.
    pub fn succeeded(&mut self, endpoint: Endpoint, at: Instant) {
        for pause in [&mut self.app, &mut self.endpoints[endpoint as usize]] {
            // A call sent before the end of the pause proves nothing.
            *pause = pause.filter(|pause| at < pause.ends);
        }
    }

    /// Records errcode 45011 for a call that was sent at `at`. Returns for how long the app is paused.
    pub fn too_often(&mut self, at: Instant, now: Instant) -> Duration {
        extend(&mut self.app, at, now, TOO_OFTEN)
    }

    /// Records errcode 45009 for a call that was sent at `at`. Returns for how long the endpoint is stopped.
    pub fn used_up(&mut self, endpoint: Endpoint, at: Instant, now: Instant) -> Duration {
        extend(&mut self.endpoints[endpoint as usize], at, now, USED_UP)
    }
}

fn remaining(pause: Option<Pause>, now: Instant) -> Result<(), Duration> {
    let rest = pause.map(|pause| pause.ends.saturating_duration_since(now));
    rest.filter(|rest| !rest.is_zero()).map_or(Ok(()), Err)
}

/// Starts a pause after the refusal of a call that was sent at `at`, twice as long as the previous one. Returns how
/// much of the pause remains.
fn extend(pause: &mut Option<Pause>, at: Instant, now: Instant, [first, max]: [Duration; 2]) -> Duration {
    let length = match pause {
        // No call passes during a pause, so this one was already in flight: one of several that were refused together.
        Some(pause) if at < pause.ends => return pause.ends.saturating_duration_since(now),
        Some(pause) => (pause.length * 2).min(max),
        None => first,
    };
    *pause = Some(Pause { ends: now + length, length });
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(s: u64) -> Duration {
        Duration::from_secs(s)
    }

    #[test]
    fn pauses_double_until_a_call_succeeds() {
        let (mut pauses, start) = (Pauses::default(), Instant::now());
        let (mut now, mut lengths) = (start, Vec::new());
        for _ in 0..4 {
            lengths.push(pauses.too_often(now, now).as_secs());
            assert_eq!(
                pauses.too_often(now, now + seconds(1)).as_secs() + 1,
                *lengths.last().expect("one"),
                "one burst"
            );
            assert!(pauses.app_open(now + seconds(9)).is_err());
            now += seconds(*lengths.last().expect("one"));
            assert!(pauses.app_open(now).is_ok(), "the pause is over");
        }
        assert_eq!(lengths, [10, 20, 40, 60]);
        pauses.succeeded(Endpoint::Limited, now - seconds(61));
        assert_eq!(pauses.too_often(now, now), seconds(60), "success of an earlier call must not reset the pause");
        now += seconds(60);
        pauses.succeeded(Endpoint::Limited, now);
        assert_eq!(pauses.too_often(now, now), seconds(10));
    }

    #[test]
    fn a_stopped_endpoint_does_not_affect_the_others() {
        let (mut pauses, mut now) = (Pauses::default(), Instant::now());
        let lengths = [0; 8].map(|_| {
            let length = pauses.used_up(Endpoint::Limited, now, now);
            assert!(pauses.open(Endpoint::Limited, now).is_err() && pauses.open(Endpoint::Unlimited, now).is_ok());
            pauses.succeeded(Endpoint::Unlimited, now);
            assert!(pauses.open(Endpoint::Limited, now).is_err(), "success of another endpoint must not end the stop");
            now += length;
            length.as_secs()
        });
        assert_eq!(lengths, [60, 120, 240, 480, 960, 1920, 3600, 3600]);
        pauses.succeeded(Endpoint::Limited, now);
        assert_eq!(pauses.used_up(Endpoint::Limited, now, now), seconds(60));
    }
}
