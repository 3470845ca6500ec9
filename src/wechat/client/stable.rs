//! Tokens from WeChat's `stable_token`
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html>).
//!
//! In normal mode it answers the same token until its last 5 minutes, so several programs may ask. The forced mode, which
//! ends the earlier token for all of them and works 20 times a day, is not used.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{
    call::{Call, Caller, bad_answer},
    config::AppConfig,
    token::{Fresh, TokenSource},
};
use crate::error::{Result, Retry};

/// A token has at least 512 characters of room; the answer holds little else.
const MAX_ANSWER: usize = 64 << 10;
/// Longest life that is believed.
const MAX_LIFETIME: Duration = Duration::from_secs(86_400);

/// Asks with the app's credentials.
pub(super) struct Stable {
    caller: Arc<Caller>,
    app: AppConfig,
    timeout: Duration,
}

#[derive(Serialize)]
struct Ask<'a> {
    grant_type: &'static str,
    appid: &'a str,
    secret: &'a str,
    force_refresh: bool,
}

#[derive(Deserialize)]
struct Told {
    access_token: SecretString,
    /// Seconds.
    expires_in: u64,
}

impl Stable {
    pub fn new(caller: Arc<Caller>, app: AppConfig, timeout: Duration) -> Self {
        Self { caller, app, timeout }
    }

    async fn ask(&self) -> Result<Fresh> {
        let ask = Ask {
            grant_type: "client_credential",
            appid: self.app.appid.trim(),
            secret: self.app.secret.expose_secret().trim(),
            force_refresh: false,
        };
        let call = Call {
            endpoint: "cgi-bin/stable_token",
            token: None,
            body: super::json(&ask)?,
            max_bytes: MAX_ANSWER,
            deadline: Instant::now() + self.timeout,
        };
        // A new token does not help against a refusal here.
        let body = self.caller.post(&call).await.map_err(|failure| match failure.error.code() {
            "wechat_token" => failure.error.retry(Retry::No),
            _ => failure.error,
        })?;
        // The cause is left out: it would quote the value that it does not like.
        let told: Told =
            serde_json::from_slice(&body).map_err(|_| bad_answer("answered no token where one was asked for"))?;
        if told.access_token.expose_secret().is_empty() || told.expires_in == 0 {
            return Err(bad_answer("answered an empty or expired token"));
        }
        Ok(Fresh { value: told.access_token, lifetime: Duration::from_secs(told.expires_in).min(MAX_LIFETIME) })
    }
}

impl TokenSource for Stable {
    fn fetch(&self) -> BoxFuture<'_, Result<Fresh>> {
        self.ask().boxed()
    }
}
