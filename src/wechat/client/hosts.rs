//! Fail-over between WeChat's hosts.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use url::Url;

/// How long a failed host is skipped.
const COOL_DOWN: Duration = Duration::from_secs(30);

/// Base URLs in order of preference, at least one. Each ends in `/`.
pub(super) struct ApiHosts {
    bases: Vec<Url>,
    /// By host: until when it is skipped.
    cooling: Mutex<Vec<Option<Instant>>>,
}

impl ApiHosts {
    pub fn new(first: Url, others: impl IntoIterator<Item = Url>) -> Self {
        let bases: Vec<Url> = std::iter::once(first).chain(others).collect();
        Self { cooling: Mutex::new(vec![None; bases.len()]), bases }
    }

    pub fn len(&self) -> usize {
        self.bases.len()
    }

    /// Index of the host to use: the first that is not cooling down, or the `skip`th after it, wrapping around. If all
    /// are cooling down, the one that will be done first.
    pub fn pick(&self, now: Instant, skip: usize) -> usize {
        let cooling = self.cooling();
        let is_cooling = |i: &usize| cooling[*i].is_some_and(|until| now < until);
        let usable: Vec<usize> = (0..self.bases.len()).filter(|i| !is_cooling(i)).collect();
        match usable.len() {
            0 => (0..self.bases.len()).min_by_key(|i| cooling[*i]).unwrap_or(0),
            n => usable[skip % n],
        }
    }

    /// Base URL of the host with this index, below which the paths of the API are.
    pub fn base(&self, host: usize) -> &Url {
        &self.bases[host]
    }

    /// Records that a host was unreachable or too slow, returned 5xx, or sent a response that was cut.
    pub fn failed(&self, host: usize, now: Instant) {
        self.cooling()[host] = Some(now + COOL_DOWN);
    }

    /// A poisoned lock is safe to use: no panic can leave the list half changed.
    fn cooling(&self) -> MutexGuard<'_, Vec<Option<Instant>>> {
        self.cooling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_host_is_skipped_for_30_s() {
        let url = |name: &str| Url::parse(&format!("https://{name}/")).expect("a URL");
        let hosts = ApiHosts::new(url("a"), [url("b"), url("c")]);
        let start = Instant::now();
        let after = |s| start + Duration::from_secs(s);
        assert_eq!([0, 1, 2, 3].map(|skip| hosts.pick(start, skip)), [0, 1, 2, 0]);
        hosts.failed(0, start);
        assert_eq!([0, 1, 2].map(|skip| hosts.pick(after(29), skip)), [1, 2, 1]);
        assert_eq!(hosts.pick(after(30), 0), 0, "its cool-down is over");
        hosts.failed(1, after(1));
        hosts.failed(2, after(2));
        assert_eq!(hosts.pick(after(3), 0), 0, "all are cooling down: the first one is done first");
        hosts.failed(0, after(3));
        assert_eq!(hosts.pick(after(4), 0), 1, "the second one is done first");
        assert_eq!(hosts.base(1).as_str(), "https://b/");
    }
}
