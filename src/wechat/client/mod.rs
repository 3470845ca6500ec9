//! The client of WeChat's API: tokens, and the codes that posters carry.
//!
//! - [`Client::fetch`] answers a whole, decodable picture or an error that says what to do; never an error's body.
//! - A token is fetched once for all who wait (`token`), from one source a file. When WeChat refuses it, it is dropped if
//!   it is still the one in use, fetched once and used once more.
//! - Every call passes its app's gate (`gate`): the quota of the minute, and the pauses that WeChat asks for.
//! - Processes of one app that share a store keep the quota together, and one of them asks for the token for all
//!   ([`Shared`]). When the store is away, a call that it would count is not made.
//! - A busy WeChat, broken connections and hosts that fail are tried again, within the deadline (`call`, `hosts`).
//! - Secrets and tokens are in no log, error or Debug output.

use std::{collections::BTreeMap, fmt, num::NonZeroU32, sync::Arc, time::Duration};

use bytes::Bytes;
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};

use haibao_core::{
    code::{CodeNeed, picture},
    error::{Error, Kind, Result, Retry},
};

mod answer;
mod call;
mod code;
mod config;
mod gate;
mod hosts;
mod origin;
mod shared;
#[cfg(test)]
mod tests;
mod token;

use answer::{Answer, Class, Failure, Party};
use call::{Call, Caller};
use code::Ask;
pub use config::{AppConfig, Config};
pub use gate::Patience;
use gate::{Gate, MINUTE, Turn};
pub(crate) use origin::shown_url;
pub use origin::{TokenOrigin, TokenServer};
pub use shared::{Kept, Rate, Shared, Turned};
use token::{Token, TokenSource, Tokens};

/// Largest answer with a picture, in bytes. Codes have at most 1280 x 1280 px.
const MAX_PICTURE: usize = 4 << 20;

/// Asks WeChat. Cheap to clone; clones share tokens, connections and quotas.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    caller: Arc<Caller>,
    /// For one code, from its turn on.
    timeout: Duration,
    /// For the turn.
    wait: Duration,
    apps: BTreeMap<String, App>,
}

/// One mini-program.
struct App {
    tokens: Tokens,
    gate: Gate,
}

/// A code's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// PNG or JPEG, whole and decodable.
    pub bytes: Bytes,
    /// How many of the app's 100 000 limited and square codes are used, when WeChat tells.
    pub num_used: Option<u32>,
}

impl Client {
    /// Makes a client. Nothing is asked yet. A configuration without apps is allowed: every code fails then.
    ///
    /// # Errors
    /// `setting_invalid` with every setting that cannot be used.
    pub fn new(config: Config) -> Result<Self> {
        Self::with_period(config, MINUTE, None)
    }

    /// Makes a client that keeps the quota, and shares tokens, together with other processes. Asked of them is only
    /// `stable_token` or `token`; an app whose token comes from elsewhere gets it there.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn sharing(config: Config, shared: Arc<dyn Shared>) -> Result<Self> {
        Self::with_period(config, MINUTE, Some(shared))
    }

    /// With another time than a minute for the quota.
    fn with_period(config: Config, period: Duration, shared: Option<Arc<dyn Shared>>) -> Result<Self> {
        let hosts = config.check()?;
        let timeout = Duration::from_millis(config.timeout_ms);
        // A host that stalls leaves time for another attempt.
        let attempt = timeout * 3 / 5;
        let caller = Arc::new(Caller::new(hosts, attempt)?);
        let limit = NonZeroU32::new(config.per_minute).unwrap_or(NonZeroU32::MIN);
        let mut apps = BTreeMap::new();
        for (name, app) in config.apps {
            let caller = Arc::clone(&caller);
            // The same app of two APIs, such as an emulator's, is two.
            let whose = format!("{} {}", config.base_url.trim(), app.appid.trim());
            let common = |kind: &str, may_ask_alone, source: Box<dyn TokenSource>| match &shared {
                None => source,
                Some(shared) => {
                    let (shared, name) = (Arc::clone(shared), format!("{whose} {kind}"));
                    Box::new(token::Common {
                        source,
                        shared,
                        name,
                        timeout,
                        may_ask_alone,
                        refused: Default::default(),
                        held: Default::default(),
                    })
                }
            };
            let source: Box<dyn TokenSource> = match &app.token {
                TokenOrigin::Stable => common("stable", true, Box::new(token::Stable { caller, app, timeout })),
                TokenOrigin::Classic => common("classic", false, Box::new(token::Classic { caller, app, timeout })),
                TokenOrigin::Server(server) => {
                    let target = server.target().map_err(|(field, message)| {
                        Error::new(Kind::Invalid, "setting_invalid", message)
                            .pointer(format!("/apps/{name}/token/{field}"))
                    })?;
                    Box::new(token::Server::new(target, server.pointer.clone(), attempt, timeout)?)
                }
                TokenOrigin::Fixed(value) => Box::new(token::Fixed(value.clone())),
            };
            let turns = shared.as_ref().map(|shared| (Arc::clone(shared), whose.clone()));
            apps.insert(name, App { tokens: Tokens::new(source), gate: Gate::new(limit, period, turns) });
        }
        let wait = Duration::from_millis(config.wait_ms);
        Ok(Self(Arc::new(Inner { caller, timeout, wait, apps })))
    }

    /// Fetches a code from WeChat; nothing is kept. What WeChat would refuse is not asked.
    ///
    /// With [`Patience::Wait`] the call waits for its turn for at most `wechat.wait_ms`, so that a burst over the quota
    /// gets through; `wechat.timeout_ms` counts from the turn on. A caller that wants to wait for less drops the future,
    /// which gives up its place.
    ///
    /// # Errors
    /// - `app_unknown`; `code_invalid` with all findings, or the finding's own code when there is but one; `internal` for
    ///   a scene that is still a [`Link`](haibao_core::scene::Scene::Link), and for a plain QR code.
    /// - [`Kind::Limited`] with the time to wait: `quota_minute`, the app's quota of the minute; `wechat_quota`, WeChat
    ///   answered 45009 or 45011 and is left alone for that time.
    /// - `wechat_unreachable`, `wechat_timeout`, `wechat_status`, `wechat_bad_answer`, and the same with `token_server_`.
    /// - For WeChat's other refusals the code of the errcode's [kind](crate::wechat::errcode::Kind::code), with the
    ///   number in the message. Refused tokens and secrets are told for some seconds without asking again.
    pub async fn fetch(&self, need: &CodeNeed, patience: Patience) -> Result<Fetched> {
        let app = self.0.apps.get(&need.app).ok_or_else(|| unknown_app(&need.app, &self.0.apps))?;
        let Answer { bytes, num_used } = self.0.ask(app, &code::ask(need)?, patience).await?;
        let picture = bytes.clone();
        // Decoding takes milliseconds: too long for the threads that serve connections.
        tokio::task::spawn_blocking(move || picture::check(&picture).map_err(|what| Party::WeChat.nonsense(&what)))
            .await
            .map_err(|_| Error::new(Kind::Internal, "internal", "decoding the code's picture panicked"))??;
        Ok(Fetched { bytes, num_used })
    }
}

impl Inner {
    async fn ask(&self, app: &App, ask: &Ask, patience: Patience) -> Result<Answer> {
        let start = Instant::now();
        let App { tokens, gate } = app;
        gate.open(ask.endpoint)?;
        // Before the turn, so that calls go out when they are counted and do not gather behind a slow token.
        self.token(app, start + self.timeout).await?;
        let mut turn = gate.turn(ask.endpoint, patience, start + self.wait).await?;
        let mut deadline = Instant::now() + self.timeout;
        let (mut replaced, mut paused) = (false, false);
        loop {
            // Another one, when the turn was long in coming.
            let token = self.token(app, deadline).await?;
            let Failure { error, class } = match self.post(ask, &token, deadline, &mut turn).await {
                Ok(answer) => {
                    tokens.accepted(&token);
                    turn.worked();
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            match class {
                Class::StaleToken => {
                    let error = tokens.refuse(&token, error);
                    if replaced {
                        return Err(error);
                    }
                    replaced = true;
                    // Before the next turn, as above.
                    self.token(app, deadline).await?;
                    if !turn.again(deadline).await {
                        return Err(error);
                    }
                }
                Class::TooOften => {
                    tokens.accepted(&token);
                    let error = error.retry(Retry::After(turn.too_often().await));
                    if paused || patience == Patience::Refuse {
                        return Err(error);
                    }
                    paused = true;
                    if !turn.again(start + self.wait).await {
                        return Err(error);
                    }
                    deadline = Instant::now() + self.timeout;
                }
                Class::UsedUp => {
                    tokens.accepted(&token);
                    return Err(error.retry(Retry::After(turn.used_up().await)));
                }
                Class::Refused => {
                    tokens.accepted(&token);
                    return Err(error);
                }
                Class::Host | Class::Busy | Class::Broken => return Err(error),
            }
        }
    }

    async fn token(&self, app: &App, deadline: Instant) -> Result<Arc<Token>> {
        timeout_at(deadline, app.tokens.get()).await.unwrap_or_else(|_| Err(Party::WeChat.late()))
    }

    async fn post(&self, ask: &Ask, token: &Token, deadline: Instant, turn: &mut Turn<'_>) -> Result<Answer, Failure> {
        let call = Call {
            endpoint: ask.endpoint.path(),
            query: &[("access_token", token.value.expose_secret())],
            body: Some(ask.body.clone()),
            max_bytes: MAX_PICTURE,
            deadline,
        };
        self.caller.call(&call, Some(turn)).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("apps", &self.0.apps.keys()).finish_non_exhaustive()
    }
}

fn unknown_app(name: &str, apps: &BTreeMap<String, App>) -> Error {
    let known: Vec<&str> = apps.keys().map(String::as_str).collect();
    let hint = match known[..] {
        [] => "set HAIBAO_APPS__DEFAULT__APPID and HAIBAO_APPS__DEFAULT__SECRET".to_owned(),
        _ => format!("the settings have {}", known.join(", ")),
    };
    Error::new(Kind::Invalid, "app_unknown", format!("the settings have no app {name:?}"))
        .hint(hint)
        .pointer("/code/app")
}
