//! Tokens from WeChat's endpoint `stable_token`
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html>).
//!
//! Normal mode returns the same token until 5 minutes before it expires, so several programs can call it. Forced mode
//! invalidates the earlier token for all of them; it is used only if normal mode returns a token that WeChat refuses.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use secrecy::ExposeSecret;
use serde::Serialize;
use tokio::time::Instant;

use super::{Fresh, MAX_TOKEN_RESPONSE, Mode, TokenSource, parse_token_response};
use crate::wechat::client::{
    answer::{CallFailure, Class},
    call::{HostClient, HostRequest},
    code::json,
    config::AppConfig,
};
use crate::words;
use haibao_core::error::{Message, Result};

/// Fetches tokens with the app's credentials.
pub(in crate::wechat::client) struct Stable {
    pub host_client: Arc<HostClient>,
    pub app: AppConfig,
    /// Time limit for one token, including all attempts.
    pub timeout: Duration,
}

#[derive(Serialize)]
struct RequestBody<'a> {
    grant_type: &'static str,
    appid: &'a str,
    secret: &'a str,
    force_refresh: bool,
}

impl Stable {
    async fn fetch_token(&self, mode: Mode) -> Result<Fresh, CallFailure> {
        let body = json(&RequestBody {
            grant_type: "client_credential",
            appid: self.app.appid.trim(),
            secret: self.app.secret.expose_secret().trim(),
            force_refresh: mode == Mode::Forced,
        });
        let call = HostRequest {
            endpoint: "cgi-bin/stable_token",
            query: &[],
            body: Some(body.map_err(|error| CallFailure::new(Class::Broken, error))?),
            max_bytes: MAX_TOKEN_RESPONSE,
            deadline: Instant::now() + self.timeout,
        };
        parse_token_response(&self.host_client.call(&call, None).await?.bytes)
    }
}

impl TokenSource for Stable {
    fn fetch(&self, mode: Mode) -> BoxFuture<'_, Result<Fresh, CallFailure>> {
        self.fetch_token(mode).boxed()
    }

    fn can_force(&self) -> bool {
        true
    }

    fn when_refused(&self) -> Message {
        words::refused_stable()
    }
}
