//! The hosts that answer for WeChat: the first that works.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use url::Url;

/// How long a host that failed is left alone.
const REST: Duration = Duration::from_secs(30);

/// Base URLs in order of preference, at least one. Each ends in `/`.
pub(super) struct Hosts {
    bases: Vec<Url>,
    /// Until when each is left alone.
    resting: Mutex<Vec<Option<Instant>>>,
}

impl Hosts {
    pub fn new(first: Url, others: impl IntoIterator<Item = Url>) -> Self {
        let bases: Vec<Url> = std::iter::once(first).chain(others).collect();
        Self { resting: Mutex::new(vec![None; bases.len()]), bases }
    }

    pub fn len(&self) -> usize {
        self.bases.len()
    }

    /// The number of the host to ask: the first that is not left alone, or the `skip`th after it. When all are left
    /// alone, it is the one that has been so for longest.
    pub fn pick(&self, now: Instant, skip: usize) -> usize {
        let resting = self.resting();
        let rests = |i: &usize| resting[*i].is_some_and(|until| now < until);
        let awake: Vec<usize> = (0..self.bases.len()).filter(|i| !rests(i)).collect();
        match awake.len() {
            0 => (0..self.bases.len()).min_by_key(|i| resting[*i]).unwrap_or(0),
            n => awake[skip % n],
        }
    }

    /// The base URL of a host.
    pub fn base(&self, host: usize) -> &Url {
        &self.bases[host]
    }

    /// It could not be reached, was too slow, or answered 5xx.
    pub fn failed(&self, host: usize, now: Instant) {
        self.resting()[host] = Some(now + REST);
    }

    /// A panic cannot leave the list half changed.
    fn resting(&self) -> MutexGuard<'_, Vec<Option<Instant>>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_failed_is_left_alone_for_30_s() {
        let url = |name: &str| Url::parse(&format!("https://{name}/")).expect("a URL");
        let hosts = Hosts::new(url("a"), [url("b"), url("c")]);
        let start = Instant::now();
        let after = |s| start + Duration::from_secs(s);
        assert_eq!([0, 1, 2, 3].map(|skip| hosts.pick(start, skip)), [0, 1, 2, 0]);
        hosts.failed(0, start);
        assert_eq!([0, 1, 2].map(|skip| hosts.pick(after(29), skip)), [1, 2, 1]);
        assert_eq!(hosts.pick(after(30), 0), 0, "its rest is over");
        hosts.failed(1, after(1));
        hosts.failed(2, after(2));
        assert_eq!(hosts.pick(after(3), 0), 0, "all rest: the first one's rest ends first");
        hosts.failed(0, after(3));
        assert_eq!(hosts.pick(after(4), 0), 1, "in turn");
        assert_eq!(hosts.base(1).as_str(), "https://b/");
    }
}
