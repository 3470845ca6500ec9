//! The pauses that WeChat asks for. No clock is read here: the time is told.

use std::time::Duration;

use tokio::time::Instant;

use crate::wechat::client::code::Endpoint;

/// After errcode 45011 (too often): the shortest and the longest pause of the app.
const TOO_OFTEN: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(60)];
/// After errcode 45009 (quota used up): the shortest and the longest stop of the endpoint.
const USED_UP: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(3600)];

/// The pauses that WeChat asked for.
#[derive(Default)]
pub(super) struct Pauses {
    app: Option<Pause>,
    /// By [`Endpoint`].
    endpoints: [Option<Pause>; 3],
}

#[derive(Clone, Copy)]
struct Pause {
    ends: Instant,
    length: Duration,
}

impl Pauses {
    /// Whether the endpoint is not stopped; for how long it is otherwise.
    pub fn open(&self, endpoint: Endpoint, now: Instant) -> Result<(), Duration> {
        rest(self.endpoints[endpoint as usize], now)
    }

    /// Whether the app does not pause; for how long it does otherwise.
    pub fn flowing(&self, now: Instant) -> Result<(), Duration> {
        rest(self.app, now)
    }

    /// A call that passed at `at` was answered well.
    pub fn worked(&mut self, endpoint: Endpoint, at: Instant) {
        for pause in [&mut self.app, &mut self.endpoints[endpoint as usize]] {
            // An answer to a call from before says nothing about now.
            *pause = pause.filter(|pause| at < pause.ends);
        }
    }

    /// A call that passed at `at` was answered 45011: for how long the app pauses now.
    pub fn too_often(&mut self, at: Instant, now: Instant) -> Duration {
        extend(&mut self.app, at, now, TOO_OFTEN)
    }

    /// A call that passed at `at` was answered 45009: for how long the endpoint is stopped now.
    pub fn used_up(&mut self, endpoint: Endpoint, at: Instant, now: Instant) -> Duration {
        extend(&mut self.endpoints[endpoint as usize], at, now, USED_UP)
    }
}

fn rest(pause: Option<Pause>, now: Instant) -> Result<(), Duration> {
    let rest = pause.map(|pause| pause.ends.saturating_duration_since(now));
    rest.filter(|rest| !rest.is_zero()).map_or(Ok(()), Err)
}

/// Begins a pause after a call that passed at `at` was refused, twice as long as the one before it: for how long.
fn extend(pause: &mut Option<Pause>, at: Instant, now: Instant, [first, most]: [Duration; 2]) -> Duration {
    let length = match pause {
        // Nobody passes during a pause, so the call was under way when it began: one of many that were refused together.
        Some(pause) if at < pause.ends => return pause.ends.saturating_duration_since(now),
        Some(pause) => (pause.length * 2).min(most),
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
    fn pauses_grow_until_a_call_works() {
        let (mut pauses, start) = (Pauses::default(), Instant::now());
        let (mut now, mut lengths) = (start, Vec::new());
        for _ in 0..4 {
            lengths.push(pauses.too_often(now, now).as_secs());
            assert_eq!(
                pauses.too_often(now, now + seconds(1)).as_secs() + 1,
                *lengths.last().expect("one"),
                "one burst"
            );
            assert!(pauses.flowing(now + seconds(9)).is_err());
            now += seconds(*lengths.last().expect("one"));
            assert!(pauses.flowing(now).is_ok(), "it is over");
        }
        assert_eq!(lengths, [10, 20, 40, 60]);
        pauses.worked(Endpoint::Limited, now - seconds(61));
        assert_eq!(pauses.too_often(now, now), seconds(60), "the answer to an older call resets nothing");
        now += seconds(60);
        pauses.worked(Endpoint::Limited, now);
        assert_eq!(pauses.too_often(now, now), seconds(10));
    }

    #[test]
    fn one_endpoint_is_stopped_and_the_others_go_on() {
        let (mut pauses, mut now) = (Pauses::default(), Instant::now());
        let lengths = [0; 8].map(|_| {
            let length = pauses.used_up(Endpoint::Limited, now, now);
            assert!(pauses.open(Endpoint::Limited, now).is_err() && pauses.open(Endpoint::Unlimited, now).is_ok());
            pauses.worked(Endpoint::Unlimited, now);
            assert!(pauses.open(Endpoint::Limited, now).is_err(), "another endpoint's success says nothing");
            now += length;
            length.as_secs()
        });
        assert_eq!(lengths, [60, 120, 240, 480, 960, 1920, 3600, 3600]);
        pauses.worked(Endpoint::Limited, now);
        assert_eq!(pauses.used_up(Endpoint::Limited, now, now), seconds(60));
    }
}
