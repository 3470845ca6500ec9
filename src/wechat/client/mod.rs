//! The client of WeChat's API: tokens, and the codes that posters carry.
//!
//! - [`Client::code`] answers a whole, decodable picture or an error that says what to do; never an error's body.
//! - A token is fetched once for all who wait (`token`), from one source a file (`stable`). When WeChat refuses it, it is
//!   dropped if it is still the one in use, fetched once and used once more.
//! - A busy WeChat and broken connections are tried again twice, within the deadline (`call`).
//! - Secrets and tokens are in no log, error or Debug output.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::{
    code::{CodeNeed, picture},
    error::{Error, Kind, Result, Retry},
    fetch::{cache, flight::Flight},
};

mod call;
mod code;
mod config;
mod stable;
#[cfg(test)]
mod tests;
mod token;

use call::{Call, Caller, Class, Failure};
pub use config::{AppConfig, Config, TokenOrigin};
use stable::Stable;
use token::{TokenSource, Tokens};

/// Largest answer with a picture, in bytes. Codes have at most 1280 x 1280 px.
const MAX_PICTURE: usize = 4 << 20;

/// Whether to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Patience {
    #[default]
    Wait,
    Refuse,
}
/// A code.
pub struct Fetched {
    pub bytes: Bytes,
    pub num_used: Option<u32>,
}

/// Asks WeChat. Cheap to clone; clones share tokens, connections and the cache.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    caller: Arc<Caller>,
    timeout: Duration,
    /// One entry an app.
    tokens: BTreeMap<String, Tokens>,
    /// Codes are valid for ever: nothing in here grows old.
    codes: Cache<CodeNeed, Bytes, Weight>,
    flight: Flight<CodeNeed, Bytes>,
}

/// Bytes that an entry holds.
#[derive(Clone)]
struct Weight;

impl Weighter<CodeNeed, Bytes> for Weight {
    fn weight(&self, need: &CodeNeed, code: &Bytes) -> u64 {
        /// Roughly what an entry costs beside its strings and its picture.
        const OVERHEAD: usize = 300;
        (OVERHEAD + need.app.len() + code.len()) as u64
    }
}

impl Client {
    /// Makes a client. Nothing is asked yet. A configuration without apps is allowed: every code fails then.
    ///
    /// # Errors
    /// `setting_invalid` with every setting that cannot be used.
    pub fn new(config: Config) -> Result<Self> {
        let caller = Arc::new(Caller::new(config.check()?)?);
        let timeout = Duration::from_millis(config.timeout_ms);
        let tokens = config.apps.into_iter().map(|(name, app)| {
            let source: Box<dyn TokenSource> = match app.token {
                TokenOrigin::Stable => Box::new(Stable::new(Arc::clone(&caller), app, timeout)),
            };
            (name, Tokens::new(source))
        });
        Ok(Self(Arc::new(Inner {
            timeout,
            tokens: tokens.collect(),
            codes: cache::new(config.cache_bytes, Weight),
            flight: Flight::default(),
            caller,
        })))
    }

    /// A code.
    pub async fn fetch(&self, need: &CodeNeed, _: Patience) -> Result<Fetched> {
        self.code(need).await.map(|bytes| Fetched { bytes, num_used: None })
    }

    /// The picture of a code, PNG or JPEG, whole and decodable: from memory, or from WeChat. Callers that need the same
    /// code at the same time share one call. Errors are not kept.
    ///
    /// # Errors
    /// `app_unknown`; `wechat_unreachable`, `wechat_timeout`, `wechat_status`, `wechat_bad_answer`; and for WeChat's
    /// refusals the code of the errcode's [kind](crate::wechat::errcode::Kind::code), with the number in the message.
    pub async fn code(&self, need: &CodeNeed) -> Result<Bytes> {
        if let Some(code) = self.0.codes.get(need) {
            return Ok(code);
        }
        if !self.0.tokens.contains_key(&need.app) {
            return Err(unknown_app(&need.app, &self.0.tokens));
        }
        let (inner, wanted) = (Arc::clone(&self.0), need.clone());
        self.0.flight.run(need.clone(), || async move { inner.fetch(wanted).await }).await
    }
}

impl Inner {
    async fn fetch(&self, need: CodeNeed) -> Result<Bytes> {
        if let Some(code) = self.codes.get(&need) {
            return Ok(code);
        }
        let deadline = Instant::now() + self.timeout;
        let code = timeout_at(deadline, self.ask(&need, deadline)).await.unwrap_or_else(|_| Err(call::late()))?;
        let picture = code.clone();
        // Decoding takes milliseconds: too long for the threads that serve connections.
        tokio::task::spawn_blocking(move || picture::check(&picture).map_err(|what| call::bad_answer(&what)))
            .await
            .map_err(|_| Error::new(Kind::Internal, "internal", "decoding the code's picture panicked"))??;
        self.codes.insert(need, code.clone());
        Ok(code)
    }

    async fn ask(&self, need: &CodeNeed, deadline: Instant) -> Result<Bytes> {
        let tokens = self.tokens.get(&need.app).ok_or_else(|| unknown_app(&need.app, &self.tokens))?;
        let body = code::body(need)?;
        let token = tokens.get().await?;
        let post = async |token: &token::Token| {
            let (token, body) = (Some(&token.value), body.clone());
            let call = Call { endpoint: code::ENDPOINT, token, body, max_bytes: MAX_PICTURE, deadline };
            self.caller.post(&call).await
        };
        match post(&token).await {
            Ok(code) => return Ok(code),
            Err(Failure { class: Class::StaleToken, .. }) => tokens.expire(&token),
            Err(Failure { error, .. }) => return Err(error),
        }
        let token = tokens.get().await?;
        post(&token).await.map_err(|Failure { error, class }| match class {
            // It was refused at once: another program ends our tokens, or something else is wrong for good.
            Class::StaleToken => {
                tokens.expire(&token);
                error.retry(Retry::No)
            }
            _ => error,
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("apps", &self.0.tokens.keys()).finish_non_exhaustive()
    }
}

fn unknown_app(name: &str, apps: &BTreeMap<String, Tokens>) -> Error {
    let known: Vec<&str> = apps.keys().map(String::as_str).collect();
    let hint = match known[..] {
        [] => "set HAIBAO_APPS__DEFAULT__APPID and HAIBAO_APPS__DEFAULT__SECRET".to_owned(),
        _ => format!("the settings have {}", known.join(", ")),
    };
    Error::new(Kind::Invalid, "app_unknown", format!("the settings have no app {name:?}"))
        .hint(hint)
        .pointer("/code/app")
}

/// JSON without HTML escapes.
fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value)
        .map_err(|_| Error::new(Kind::Internal, "internal", "the request to WeChat cannot be written as JSON"))
}
