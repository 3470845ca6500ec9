//! One API call: bounded in time and size, with retries and fail-over to other hosts.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, RequestBuilder, header::CONTENT_TYPE};
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    answer::{CallFailure, Class, Party, Response},
    gate::Turn,
    hosts::ApiHosts,
};
use crate::{
    causes,
    metrics::{self, CallResult},
    net::{
        backoff,
        transport::{self, BodyError},
    },
    words,
};
use haibao_core::error::{Error, Message, Result};

/// Maximum attempts for one call, or the number of hosts if that is larger.
pub(super) const ATTEMPTS: u32 = 3;
/// Connect timeout. Short, so that an unreachable host leaves time for the next one.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Idle timeout of pooled connections. Shorter than servers' own: a connection that the server closes just as it is
/// reused would count as a failure of the host.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// Sends calls to WeChat's hosts.
pub(super) struct HostClient {
    http: Client,
    hosts: ApiHosts,
    /// Time limit for one attempt.
    attempt: Duration,
}

/// One request: `POST` if there is a body, otherwise `GET`.
pub(super) struct HostRequest<'a> {
    /// Path below the base URL, without leading `/`.
    pub endpoint: &'static str,
    /// Query fields; may contain the token or the secret.
    pub query: &'a [(&'static str, &'a str)],
    /// JSON.
    pub body: Option<Bytes>,
    /// Maximum size of the response, in bytes.
    pub max_bytes: usize,
    /// Deadline for all attempts together.
    pub deadline: Instant,
}

impl HostClient {
    pub fn new(hosts: ApiHosts, attempt: Duration) -> Result<Self> {
        Ok(Self { http: http()?, hosts, attempt })
    }

    /// Makes the call. Retries when WeChat is busy, the host fails or its response is cut: on another host immediately, on the
    /// same one after a delay. If `turn` is given, each retry takes a turn of its own.
    pub async fn call(&self, call: &HostRequest<'_>, mut turn: Option<&mut Turn<'_>>) -> Result<Response, CallFailure> {
        let max_attempts = ATTEMPTS.max(u32::try_from(self.hosts.len()).unwrap_or(u32::MAX));
        let (mut attempt, mut busy) = (0_u32, 0);
        loop {
            attempt += 1;
            let start = Instant::now();
            let host = self.hosts.pick(start, busy);
            let failure = match self.attempt(call, host).await {
                Ok(response) => {
                    let (ms, bytes) = (transport::ms_since(start), response.bytes.len());
                    metrics::wechat_call(call.endpoint, CallResult::Ok);
                    tracing::debug!(endpoint = call.endpoint, host, ms, bytes, "wechat call succeeded");
                    return Ok(response);
                }
                Err(failure) => failure,
            };
            let (ms, error) = (transport::ms_since(start), failure.error.code());
            metrics::wechat_call(call.endpoint, failure.errcode.map_or(CallResult::Failed(error), CallResult::errcode));
            tracing::debug!(endpoint = call.endpoint, host, ms, error, "wechat call failed");
            let now = Instant::now();
            match failure.class {
                Class::Host | Class::Cut => self.hosts.failed(host, now),
                Class::Busy => busy += 1,
                _ => return Err(failure),
            }
            let other = self.hosts.pick(now, busy) != host;
            let delay = if other { Duration::ZERO } else { backoff::pause(attempt) };
            if attempt >= max_attempts || now + delay >= call.deadline {
                return Err(failure);
            }
            sleep(delay).await;
            if let Some(turn) = &mut turn
                && !turn.again(call.deadline).await
            {
                return Err(failure);
            }
        }
    }

    async fn attempt(&self, call: &HostRequest<'_>, host: usize) -> Result<Response, CallFailure> {
        let base = self.hosts.base(host);
        let url = base.join(call.endpoint).map_err(|_| {
            let error = Error::internal("the base URL and the endpoint do not form a valid URL");
            CallFailure::new(Class::Broken, error)
        })?;
        let request = match &call.body {
            Some(body) => self.http.post(url).header(CONTENT_TYPE, "application/json").body(body.clone()),
            None => self.http.get(url),
        };
        let until = call.deadline.min(Instant::now() + self.attempt);
        let class = if until < call.deadline { Class::Host } else { Class::Broken };
        timeout_at(until, send(Party::WeChat, request.query(call.query), call.max_bytes))
            .await
            .unwrap_or_else(|_| Err(CallFailure::new(class, Party::WeChat.timed_out())))
    }
}

/// Creates an HTTP client with the timeouts above.
pub(super) fn http() -> Result<Client> {
    transport::client(|builder| builder.connect_timeout(CONNECT_TIMEOUT).pool_idle_timeout(IDLE_TIMEOUT))
}

/// Sends one request and reads the response.
pub(super) async fn send(party: Party, request: RequestBuilder, max_bytes: usize) -> Result<Response, CallFailure> {
    let unreachable = |why: Message| CallFailure::new(Class::Host, party.unreachable(why));
    let reply = request.send().await.map_err(|e| unreachable(causes::request(&e)))?;
    let status = reply.status();
    let num_used = reply.headers().get("Num-Used").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let body = transport::body(reply, max_bytes).await.map_err(|e| match e {
        BodyError::TooLarge { declared } => {
            let what = match declared {
                Some(bytes) => words::answer_bytes(bytes, max_bytes),
                None => words::answer_many_bytes(max_bytes),
            };
            CallFailure::new(Class::Broken, party.bad_response(what))
        }
        BodyError::Broken(why) => {
            let class = if status.is_success() { Class::Cut } else { Class::Host };
            CallFailure { class, ..unreachable(words::ended_early(why)) }
        }
    })?;
    Ok(Response { bytes: party.judge(status, body)?, num_used })
}
