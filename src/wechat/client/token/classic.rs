//! Tokens from WeChat's older endpoint `token`
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getAccessToken.html>).
//!
//! Each call creates a new token and invalidates the previous one within 5 minutes, so only one program may fetch it.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::{Fresh, MAX_TOKEN_RESPONSE, Mode, TokenSource, parse_token_response};
use crate::wechat::client::{
    answer::CallFailure,
    call::{HostClient, HostRequest},
    config::AppConfig,
};
use crate::words;
use haibao_core::error::{Message, Result};

/// Fetches tokens with the app's credentials.
pub(in crate::wechat::client) struct Classic {
    pub host_client: Arc<HostClient>,
    pub app: AppConfig,
    /// Time limit for one token, including all attempts.
    pub timeout: Duration,
}

impl Classic {
    async fn fetch_token(&self) -> Result<Fresh, CallFailure> {
        let call = HostRequest {
            endpoint: "cgi-bin/token",
            query: &[
                ("grant_type", "client_credential"),
                ("appid", self.app.appid.trim()),
                ("secret", self.app.secret.expose_secret().trim()),
            ],
            body: None,
            max_bytes: MAX_TOKEN_RESPONSE,
            deadline: Instant::now() + self.timeout,
        };
        parse_token_response(&self.host_client.call(&call, None).await?.bytes)
    }
}

impl TokenSource for Classic {
    fn fetch(&self, _: Mode) -> BoxFuture<'_, Result<Fresh, CallFailure>> {
        self.fetch_token().boxed()
    }

    fn when_refused(&self) -> Message {
        words::refused_classic()
    }
}
