//! Tokens from WeChat's older `token`
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getAccessToken.html>).
//!
//! Each call makes a new token and ends the one before within 5 minutes: only one program may ask, for all others too.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::{Fresh, MAX_ANSWER, Mode, TokenSource, told};
use crate::wechat::client::{
    answer::Failure,
    call::{Call, Caller},
    config::AppConfig,
};
use haibao_core::error::Result;

/// Asks with the app's credentials.
pub(in crate::wechat::client) struct Classic {
    pub caller: Arc<Caller>,
    pub app: AppConfig,
    /// Longest time for one token, with all attempts.
    pub timeout: Duration,
}

impl Classic {
    async fn ask(&self) -> Result<Fresh, Failure> {
        let call = Call {
            endpoint: "cgi-bin/token",
            query: &[
                ("grant_type", "client_credential"),
                ("appid", self.app.appid.trim()),
                ("secret", self.app.secret.expose_secret().trim()),
            ],
            body: None,
            max_bytes: MAX_ANSWER,
            deadline: Instant::now() + self.timeout,
        };
        told(&self.caller.call(&call, None).await?.bytes)
    }
}

impl TokenSource for Classic {
    fn fetch(&self, _: Mode) -> BoxFuture<'_, Result<Fresh, Failure>> {
        self.ask().boxed()
    }

    fn when_refused(&self) -> &'static str {
        "let no other program ask cgi-bin/token for this app, or set the app's token to \"stable\""
    }
}
