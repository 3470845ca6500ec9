//! Fixed token from the settings, renewed elsewhere, for example by a third-party platform.

use futures_util::{FutureExt, future::BoxFuture};
use secrecy::{ExposeSecret, SecretString};

use super::{Fresh, MAX_LIFETIME, Mode, TokenSource};
use crate::{wechat::client::answer::CallFailure, words};
use haibao_core::error::{Message, Result};

/// Source of one fixed token.
pub(in crate::wechat::client) struct Fixed(pub SecretString);

impl TokenSource for Fixed {
    fn fetch(&self, _: Mode) -> BoxFuture<'_, Result<Fresh, CallFailure>> {
        // Its lifetime is unknown; WeChat refuses it once it has expired.
        let value = SecretString::from(self.0.expose_secret().trim());
        async { Ok(Fresh { value, lifetime: MAX_LIFETIME }) }.boxed()
    }

    fn when_refused(&self) -> Message {
        words::refused_fixed()
    }
}
