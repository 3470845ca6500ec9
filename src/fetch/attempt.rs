//! One attempt to fetch an asset: the time that its host has, its place at the host, and its memory.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout};
use url::Url;

use super::guard::shown;
use crate::{
    net::{
        fair::Share,
        growing::{Expected, Group, Growing, Memory},
        hosts::Hosts,
    },
    words,
};
use haibao_core::error::{Error, ErrorKind, Finding, Result};

/// An attempt on behalf of a caller.
pub(super) struct Attempt<'a> {
    caller: &'a Arc<str>,
    /// What is asked for first.
    url: &'a Url,
    /// Time that hosts have, all redirects together.
    limit: Duration,
    /// What is left of it. Waiting for memory does not count: it is not the host that is slow.
    left: Duration,
    /// Memory is waited for until then.
    until: Instant,
    place: Option<Share>,
    held: Growing,
}

impl<'a> Attempt<'a> {
    pub fn new(caller: &'a Arc<str>, group: Group, url: &'a Url, limit: Duration, until: Instant) -> Self {
        Self { caller, url, limit, left: limit, until, place: None, held: Growing::in_group(group) }
    }

    /// Enters a host, if there is memory for an asset at all: those that wait for it open no connection.
    ///
    /// # Errors
    /// `busy`, `asset_timeout`.
    pub async fn enter(&mut self, hosts: &Hosts, host: &str, memory: &Memory) -> Result<()> {
        self.held.grow(memory, self.caller, 1, Expected::Exactly(1), self.until).await?;
        // That of the host before, if it redirects.
        self.place = None;
        let caller = self.caller;
        self.place = self.in_time(hosts.enter(host, caller), words::asset_waits).await?;
        Ok(())
    }

    /// Waits for a host.
    ///
    /// # Errors
    /// `asset_timeout` if the total time for all hosts has passed.
    pub async fn of_host<T>(&mut self, work: impl Future<Output = T>) -> Result<T> {
        self.in_time(work, words::asset_timeout).await
    }

    async fn in_time<T>(&mut self, work: impl Future<Output = T>, late: fn(String, u128) -> Finding) -> Result<T> {
        let start = Instant::now();
        let done = timeout(self.left, work).await.map_err(|_| late_error(self.url, self.limit, late));
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
            self.held.grow(memory, self.caller, needed, expected, self.until).await?;
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
    late_error(url, timeout, words::asset_timeout)
}

fn late_error(url: &Url, timeout: Duration, late: fn(String, u128) -> Finding) -> Error {
    Error::of(ErrorKind::Deadline, late(shown(url), timeout.as_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_attempt_that_waits_for_others_of_its_host_says_so() {
        let (hosts, memory, caller) = (Hosts::new(1), Memory::new(1 << 20, 1 << 10), Arc::from("me"));
        let url = Url::parse("https://a.example/p.png?sig=secret").expect("a URL");
        let limit = Duration::from_millis(20);
        let attempt = || Attempt::new(&caller, Group::default(), &url, limit, Instant::now() + Duration::from_secs(20));
        let mut first = attempt();
        first.enter(&hosts, "a.example", &memory).await.expect("a free place");
        let waits = attempt().enter(&hosts, "a.example", &memory).await.expect_err("no free place");
        let silent = first.of_host(std::future::pending::<()>()).await.expect_err("no response");
        for (error, expected) in [(waits, "was not requested"), (silent, "was not received completely")] {
            assert_eq!((error.code(), error.kind()), ("asset_timeout", ErrorKind::Deadline));
            assert!(error.message().contains(expected), "{expected}: {error}");
            assert!(!error.message().contains("secret"), "{error}");
        }
    }
}
