//! Tokens from the user's own server. WeChat recommends one central server that refreshes the token for all programs.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use reqwest::Client;
use secrecy::SecretString;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use super::{Fresh, MAX_LIFETIME, MAX_TOKEN_RESPONSE, Mode, TokenSource};
use crate::{
    net::backoff,
    wechat::client::{
        answer::{CallFailure, Class, Party},
        call::{self, ATTEMPTS},
        origin::TokenServerTarget,
    },
    words,
};
use haibao_core::error::{Message, Result};

/// Lifetime assumed if the response has no `expires_in`. Short, since calls to the user's own server are cheap.
const UNKNOWN_LIFETIME: Duration = Duration::from_secs(60);

/// Fetches tokens from a URL.
pub(in crate::wechat::client) struct Server {
    http: Client,
    target: TokenServerTarget,
    pointer: String,
    attempt: Duration,
    timeout: Duration,
}

impl Server {
    /// `attempt` bounds one request, `timeout` all of them.
    pub fn new(target: TokenServerTarget, pointer: String, attempt: Duration, timeout: Duration) -> Result<Self> {
        Ok(Self { http: call::http()?, target, pointer, attempt, timeout })
    }

    async fn fetch_token(&self) -> Result<Fresh, CallFailure> {
        let deadline = Instant::now() + self.timeout;
        for attempt in 1.. {
            let failure = match self.once(deadline).await {
                Ok(fresh) => return Ok(fresh),
                Err(failure) => failure,
            };
            tracing::debug!(error = failure.error.code(), "token server call failed");
            let delay = backoff::pause(attempt);
            let is_transient = matches!(failure.class, Class::Host | Class::Cut | Class::Busy);
            if !is_transient || attempt >= ATTEMPTS || Instant::now() + delay >= deadline {
                return Err(failure);
            }
            sleep(delay).await;
        }
        // Unreachable: the loop always returns.
        Err(CallFailure::new(Class::Broken, Party::TokenServer.timed_out()))
    }

    async fn once(&self, deadline: Instant) -> Result<Fresh, CallFailure> {
        let mut request = self.http.get(self.target.url.clone());
        if let Some((name, value)) = &self.target.header {
            request = request.header(name, value);
        }
        let until = deadline.min(Instant::now() + self.attempt);
        let response = timeout_at(until, call::send(Party::TokenServer, request, MAX_TOKEN_RESPONSE))
            .await
            .unwrap_or_else(|_| Err(CallFailure::new(Class::Host, Party::TokenServer.timed_out())))?;
        self.read(&response.bytes).ok_or_else(|| {
            let error = Party::TokenServer.bad_response(words::answer_no_pointer());
            CallFailure::new(Class::Broken, error)
        })
    }

    fn read(&self, body: &[u8]) -> Option<Fresh> {
        let json: Value = serde_json::from_slice(body).ok()?;
        let token = json.pointer(&self.pointer)?.as_str()?.trim();
        let parent = self.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        let seconds = json.pointer(&format!("{parent}/expires_in")).and_then(Value::as_u64);
        let lifetime = seconds.map_or(UNKNOWN_LIFETIME, Duration::from_secs).min(MAX_LIFETIME);
        (!token.is_empty() && !lifetime.is_zero()).then(|| Fresh { value: SecretString::from(token), lifetime })
    }
}

impl TokenSource for Server {
    fn fetch(&self, _: Mode) -> BoxFuture<'_, Result<Fresh, CallFailure>> {
        self.fetch_token().boxed()
    }

    fn when_refused(&self) -> Message {
        words::refused_server()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use url::Url;

    use super::*;

    #[test]
    fn the_pointer_selects_the_token_and_its_lifetime() {
        let read = |pointer: &str, body: &str| {
            let target = TokenServerTarget { url: Url::parse("http://h/").expect("a URL"), header: None };
            let (pointer, second) = (pointer.to_owned(), Duration::from_secs(1));
            let server = Server::new(target, pointer, second, second).expect("a server");
            server.read(body.as_bytes()).map(|f| (f.value.expose_secret().to_owned(), f.lifetime.as_secs()))
        };
        let some = |token: &str, seconds| Some((token.to_owned(), seconds));
        assert_eq!(read("/access_token", r#"{"access_token":"t","expires_in":7000}"#), some("t", 7000));
        assert_eq!(read("/access_token", r#"{"access_token":"t"}"#), some("t", 60));
        assert_eq!(read("/data/0/t", r#"{"expires_in":1,"data":[{"t":" t\n","expires_in":5}]}"#), some("t", 5));
        assert_eq!(read("/data/0/t", r#"{"expires_in":1,"data":[{"t":"t"}]}"#), some("t", 60));
        assert_eq!(read("", r#""t""#), some("t", 60));
        assert_eq!(read("/t", r#"{"t":"t","expires_in":99999999999}"#), some("t", 86_400));
        for body in ["", "t", "{}", r#"{"t":5}"#, r#"{"t":""}"#, r#"{"t":"t","expires_in":0}"#, "[1]"] {
            assert_eq!(read("/t", body), None, "{body}");
        }
    }
}
