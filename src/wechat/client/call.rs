//! One call of WeChat's API: bounded in time and size, tried again and on other hosts when that may help.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, RequestBuilder, header::CONTENT_TYPE};
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    answer::{Answer, Class, Failure, Party},
    gate::Turn,
    hosts::Hosts,
};
use crate::net::transport::{self, BodyError};
use haibao_core::error::{Error, Kind, Result};

/// Attempts of one call on one host; with more hosts, one on each at most.
pub(super) const ATTEMPTS: usize = 3;
/// Longest time to connect, so that a host that is gone leaves time for the next.
const CONNECT: Duration = Duration::from_secs(3);
/// How long an idle connection is kept: less than servers keep theirs, as one that ends while it is used looks like a host
/// that fails.
const IDLE: Duration = Duration::from_secs(20);
/// Pause before the second attempt; it doubles from there.
const PAUSE: Duration = Duration::from_millis(200);

/// Speaks to WeChat's hosts.
pub(super) struct Caller {
    http: Client,
    hosts: Hosts,
    /// Longest time for one attempt.
    attempt: Duration,
}

/// A request: POST with a body, GET without.
pub(super) struct Call<'a> {
    /// Path below the base URL, without leading `/`.
    pub endpoint: &'static str,
    /// May hold the token or the secret.
    pub query: &'a [(&'static str, &'a str)],
    /// JSON in UTF-8.
    pub body: Option<Bytes>,
    /// Largest answer in bytes.
    pub max_bytes: usize,
    /// When the caller stops waiting.
    pub deadline: Instant,
}

impl Caller {
    pub fn new(hosts: Hosts, attempt: Duration) -> Result<Self> {
        Ok(Self { http: http()?, hosts, attempt })
    }

    /// Makes the call. Further attempts, each of which takes a turn of its own when there is a `turn`, follow when WeChat
    /// is busy, or when a host fails: on the next host at once, on the same one after a pause.
    pub async fn call(&self, call: &Call<'_>, mut turn: Option<&mut Turn<'_>>) -> Result<Answer, Failure> {
        let most = ATTEMPTS.max(self.hosts.len());
        let (mut attempt, mut busy) = (0, 0);
        loop {
            attempt += 1;
            let start = Instant::now();
            let host = self.hosts.pick(start, busy);
            let failure = match self.attempt(call, host).await {
                Ok(answer) => {
                    let (ms, bytes) = (transport::ms_since(start), answer.bytes.len());
                    tracing::debug!(endpoint = call.endpoint, host, ms, bytes, "wechat answered");
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            let (ms, error) = (transport::ms_since(start), failure.error.code());
            tracing::debug!(endpoint = call.endpoint, host, ms, error, "wechat call failed");
            let now = Instant::now();
            match failure.class {
                Class::Host => self.hosts.failed(host, now),
                Class::Busy => busy += 1,
                _ => return Err(failure),
            }
            let other = self.hosts.pick(now, busy) != host;
            let pause = if other { Duration::ZERO } else { back_off(attempt) };
            if attempt >= most || now + pause >= call.deadline {
                return Err(failure);
            }
            sleep(pause).await;
            if let Some(turn) = &mut turn
                && !turn.again(call.deadline).await
            {
                return Err(failure);
            }
        }
    }

    async fn attempt(&self, call: &Call<'_>, host: usize) -> Result<Answer, Failure> {
        let base = self.hosts.base(host);
        let url = base.join(call.endpoint).map_err(|_| {
            let error = Error::new(Kind::Internal, "internal", "the endpoint does not follow the base URL");
            Failure::new(Class::Broken, error)
        })?;
        let request = match &call.body {
            Some(body) => self.http.post(url).header(CONTENT_TYPE, "application/json").body(body.clone()),
            None => self.http.get(url),
        };
        let until = call.deadline.min(Instant::now() + self.attempt);
        let class = if until < call.deadline { Class::Host } else { Class::Broken };
        timeout_at(until, send(Party::WeChat, request.query(call.query), call.max_bytes))
            .await
            .unwrap_or_else(|_| Err(Failure::new(class, Party::WeChat.late())))
    }
}

/// The HTTP client of all calls.
pub(super) fn http() -> Result<Client> {
    transport::client(|builder| builder.connect_timeout(CONNECT).pool_idle_timeout(IDLE))
}

/// One request and its answer.
pub(super) async fn send(party: Party, request: RequestBuilder, max_bytes: usize) -> Result<Answer, Failure> {
    let unreachable = |why: &str| Failure::new(Class::Host, party.unreachable(why));
    let response = request.send().await.map_err(|e| unreachable(&transport::cause(&e)))?;
    let status = response.status();
    let num_used = response.headers().get("Num-Used").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let body = transport::body(response, max_bytes).await.map_err(|e| match e {
        BodyError::TooLarge { declared } => {
            let size = declared.map_or("too many".to_owned(), |bytes| bytes.to_string());
            let what = format!("answered {size} bytes, the limit is {max_bytes}");
            Failure::new(Class::Broken, party.nonsense(&what))
        }
        BodyError::Broken(why) => unreachable(&format!("the answer broke off: {why}")),
    })?;
    Ok(Answer { bytes: party.judge(status, body)?, num_used })
}

/// The pause after this many attempts, 200 ms, 400 ms, ..., of which up to a half is left out at random, so that callers
/// that failed together do not come back together.
pub(super) fn back_off(attempts: usize) -> Duration {
    let full = PAUSE * (1 << (attempts.clamp(1, 6) - 1));
    // Without randomness everybody waits for the full time.
    let share = getrandom::u32().unwrap_or(0);
    full - full.mul_f64(f64::from(share) / f64::from(u32::MAX) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_vary() {
        for (attempts, full) in [(0, 200), (1, 200), (2, 400), (3, 800), (1000, 6400)] {
            let pauses: Vec<_> = (0..20).map(|_| back_off(attempts)).collect();
            let full = Duration::from_millis(full);
            assert!(pauses.iter().all(|p| (full / 2..=full).contains(p)), "{attempts}: {pauses:?}");
            assert!(pauses.windows(2).any(|w| w[0] != w[1]), "{attempts}: all alike");
        }
    }
}
