//! One attempt to fetch an asset: the time that its host has, its place at the host, and its memory.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout};
use url::Url;

use super::guard::shown;
use crate::{
    net::{
        fair::Share,
        flight,
        growing::{Expected, Group, Growing, Memory},
        hosts::Hosts,
    },
    words,
};
use haibao_core::error::{Error, ErrorKind, Result};

/// An attempt on behalf of a caller.
pub(super) struct Attempt<'a> {
    caller: &'a Arc<str>,
    /// What is asked for first.
    url: &'a Url,
    /// Time that hosts have, all redirects together.
    limit: Duration,
    /// What is left of it. Waiting for memory or for a place does not count: it is not the host that is slow.
    left: Duration,
    /// Memory and places are waited for until then.
    until: Instant,
    place: Option<Share>,
    held: Growing,
}

impl<'a> Attempt<'a> {
    pub fn new(caller: &'a Arc<str>, group: Group, url: &'a Url, limit: Duration, until: Instant) -> Self {
        Self { caller, url, limit, left: limit, until, place: None, held: Growing::in_group(group) }
    }

    /// Enters a host, if there is memory for an asset at all: those that wait for it open no connection. The first one is the
    /// [turn](flight::queued) of a flight.
    ///
    /// # Errors
    /// `busy`.
    pub async fn enter(&mut self, hosts: &Hosts, host: &str, memory: &Memory) -> Result<()> {
        flight::queued(self.take_place(hosts, host, memory)).await
    }

    async fn take_place(&mut self, hosts: &Hosts, host: &str, memory: &Memory) -> Result<()> {
        self.held.grow(memory, self.caller, 1, Expected::Exactly(1), self.until).await?;
        // That of the host before, if it redirects.
        self.place = None;
        let place = hosts.enter_by(host, self.caller, self.until).await;
        self.place = Some(place.map_err(|late| late.error(words::asset_waits(shown(self.url))))?);
        Ok(())
    }

    /// Waits for a host.
    ///
    /// # Errors
    /// `asset_timeout` if the total time for all hosts has passed.
    pub async fn of_host<T>(&mut self, work: impl Future<Output = T>) -> Result<T> {
        let start = Instant::now();
        let done = timeout(self.left, work).await.map_err(|_| timeout_error(self.url, self.limit));
        self.left = self.left.saturating_sub(start.elapsed());
        done
    }

    /// Takes memory for `needed` bytes of those `expected`. If it has to wait, its place at the host is left to another attempt.
    ///
    /// # Errors
    /// `busy`.
    pub async fn grow(&mut self, memory: &Memory, needed: u64, expected: Expected) -> Result<()> {
        if !self.held.try_grow(memory, self.caller, needed, expected) {
            self.place = None;
            flight::queued(self.held.grow(memory, self.caller, needed, expected, self.until)).await?;
        }
        Ok(())
    }

    /// The memory of a complete asset.
    pub fn settle(self, memory: &Memory, bytes: u64) -> Growing {
        let mut held = self.held;
        held.settle(memory, self.caller, bytes);
        held
    }
}

pub(super) fn timeout_error(url: &Url, timeout: Duration) -> Error {
    Error::of(ErrorKind::Deadline, words::asset_timeout(shown(url), timeout.as_millis()))
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::{sync::watch, time::sleep};

    use super::*;
    use crate::net::flight::{Flight, Progress};
    use haibao_core::error::Retry;

    #[tokio::test(start_paused = true)]
    async fn a_picture_that_two_callers_want_comes_in_the_first_turn() {
        let (hosts, memory) = (Arc::new(Hosts::new(2)), Memory::new(1 << 24, 1 << 10));
        let url = Url::parse("https://a.example/p.png").expect("a URL");
        let (all, start, minute) = (Flight::<String, ()>::default(), Instant::now(), Duration::from_secs(60));
        let fetch = |caller: &str, picture: String| {
            let (caller, all): (Arc<str>, _) = (caller.into(), &all);
            let (hosts, memory, url) = (&hosts, &memory, &url);
            async move {
                let work = || {
                    let (hosts, memory, url) = (Arc::clone(hosts), memory.clone(), url.clone());
                    let caller = Arc::clone(&caller);
                    async move {
                        let mut attempt = Attempt::new(&caller, Group::default(), &url, minute, start + minute);
                        tokio::select! {
                            entered = attempt.enter(&hosts, "a.example", &memory) => entered?,
                            () = flight::abandoned() => return Err(Error::internal("abandoned")),
                        }
                        attempt.of_host(sleep(Duration::from_secs(4))).await
                    }
                };
                let progress = watch::Sender::default();
                all.run_for(picture, &caller, &progress, work).await.expect("a picture");
                start.elapsed()
            }
        };
        let flood = join_all((0..20).map(|n| fetch("flood", n.to_string())));
        let light = async {
            sleep(Duration::from_secs(1)).await;
            fetch("light", "19".to_owned()).await
        };
        let (flood, light) = tokio::join!(flood, light);
        for done in [light, flood[19]] {
            assert!(done < Duration::from_secs(9), "{done:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn callers_see_that_a_picture_waits_for_memory() {
        let (hosts, memory) = (Arc::new(Hosts::new(1)), Memory::new(1 << 20, 1 << 10));
        let (caller, other): (Arc<str>, Arc<str>) = ("me".into(), "other".into());
        let url = Url::parse("https://a.example/p.png").expect("a URL");
        let (minute, second) = (Duration::from_secs(60), Duration::from_secs(1));
        let work = || {
            let (hosts, memory, url) = (Arc::clone(&hosts), memory.clone(), url.clone());
            let (caller, other) = (Arc::clone(&caller), Arc::clone(&other));
            async move {
                let mut attempt = Attempt::new(&caller, Group::default(), &url, minute, Instant::now() + minute);
                attempt.enter(&hosts, "a.example", &memory).await?;
                let shared = std::iter::from_fn(|| memory.shared.try_take(&other, 1 << 10));
                let held: Vec<_> = shared.chain(memory.reserve.try_take(&other, u64::MAX)).collect();
                attempt.of_host(sleep(second)).await?;
                tokio::spawn(async move {
                    sleep(second).await;
                    drop(held);
                });
                attempt.grow(&memory, 1 << 19, Expected::Exactly(1 << 19)).await?;
                attempt.of_host(sleep(second)).await
            }
        };
        let (all, progress) = (Flight::<u8, ()>::default(), watch::Sender::<Progress>::default());
        let mut seen = progress.subscribe();
        let waits = async {
            for is_working in [true, false, true] {
                seen.wait_for(|task| task.is_working == is_working).await.expect("its sender is kept");
            }
        };
        let picture = all.run_for(1, &caller, &progress, work);
        let both = async { tokio::join!(picture, waits) };
        let (picture, ()) = timeout(minute, both).await.expect("it waits once");
        picture.expect("a picture");
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_a_host_begins_with_its_place() {
        let (hosts, memory, caller) = (Hosts::new(1), Memory::new(1 << 20, 1 << 10), Arc::from("me"));
        let url = Url::parse("https://a.example/p.png?sig=secret").expect("a URL");
        let (limit, start) = (Duration::from_secs(5), Instant::now());
        let fetch = |until: u64, takes: u64| {
            let (hosts, memory, caller, url) = (&hosts, &memory, &caller, &url);
            async move {
                let until = start + Duration::from_secs(until);
                let mut attempt = Attempt::new(caller, Group::default(), url, limit, until);
                attempt.enter(hosts, "a.example", memory).await?;
                attempt.of_host(sleep(Duration::from_secs(takes))).await?;
                Ok::<_, Error>(start.elapsed())
            }
        };
        // The last one has no place when its time is over.
        let all = [(30, 4), (30, 4), (30, 6), (30, 4), (11, 1)].map(|(until, takes)| fetch(until, takes));
        let all: [Result<Duration>; 5] = join_all(all).await.try_into().expect("five");
        let [first, second, silent, fourth, late] = all;
        assert!(first.is_ok() && second.is_ok(), "each has five seconds");
        assert!(fourth.expect("a picture") >= Duration::from_secs(17), "it has waited for longer than that");
        let (silent, late) = (silent.expect_err("no response"), late.expect_err("no place"));
        assert_eq!((silent.code(), silent.kind()), ("asset_timeout", ErrorKind::Deadline));
        assert!(silent.message().contains("was not received completely within 5000 ms"), "{silent}");
        assert_eq!((late.code(), late.kind()), ("busy", ErrorKind::Busy));
        assert!(late.message().contains("was not requested"), "{late}");
        assert!(matches!(late.retry_advice(), Retry::After(_)), "{late:?}");
        for error in [silent, late] {
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }
}
