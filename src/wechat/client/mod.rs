//! Client for the WeChat API: access tokens, mini-program codes and the check of texts.
//!
//! - [`Client::fetch`] returns the picture of the code that was asked for or an error with a hint; never the body of an error
//!   response.
//! - Concurrent callers share one token fetch (`token`, one source per file). When WeChat refuses the current token,
//!   the client drops it, fetches a new one and retries the call once.
//! - Every call passes the gate of its app (`gate`), which enforces the quota per minute and the pauses after errcodes
//!   45009 and 45011.
//! - Processes of one app can share the quota and the token through a store ([`Coordinator`]); one of them fetches the token
//!   for all. While the store is unavailable, no call is made that counts against the quota.
//! - Calls are retried within the deadline when WeChat is busy, a connection breaks, a response is cut or a host fails (`call`,
//!   `hosts`).
//! - Secrets and tokens never appear in logs, errors or `Debug` output.

use std::{
    collections::BTreeMap,
    fmt,
    num::NonZeroU32,
    sync::{Arc, LazyLock, atomic::Ordering},
    time::Duration,
};

use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};

use crate::{
    net::{
        flight::{abandoned, queued},
        lane::{Lane, Work},
    },
    words,
};
use haibao_core::{
    asset::Asset,
    code::{CodeNeed, picture},
    error::{Domain, Error, ErrorKind, Finding, Result, Retry},
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
mod text;
mod token;

use answer::{CallFailure, Class, Party, Response};
use call::{HostClient, HostRequest};
use code::ApiCall;
pub use config::{AppConfig, Config, Risky, TextCheck, TokenPauses};
pub use gate::WaitPolicy;
use gate::{Gate, MINUTE, Turn};
pub(crate) use origin::shown_url;
pub use origin::{TokenOrigin, TokenServer};
pub use shared::{Coordinator, QuotaRate, StoredToken, TurnResult};
pub use text::{MAX_TEXT, Suggestion, Verdict};
use token::{Token, TokenSource, Tokens};

/// Maximum size of a picture response, in bytes. Codes have at most 1280 x 1280 px.
const MAX_PICTURE_BYTES: usize = 4 << 20;

/// WeChat client. Cheap to clone; clones share tokens, connections and quotas.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    host_client: Arc<HostClient>,
    /// Time limit for one code, measured from its turn.
    timeout: Duration,
    /// Time limit for waiting for a turn.
    wait: Duration,
    apps: BTreeMap<String, App>,
}

/// State of one mini-program.
struct App {
    tokens: Tokens,
    /// Of codes.
    gate: Gate,
    /// Of text checks, which have a separate quota.
    text_gate: Gate,
    text_check: Option<TextCheck>,
}

/// Why a code was not fetched.
#[derive(Debug)]
pub struct Unfetched {
    /// The error of [`Client::fetch`].
    pub error: Error,
    /// Whether a request was sent whose response has not arrived, or not whole, so that WeChat may have made the code.
    pub may_exist: bool,
}

impl From<Error> for Unfetched {
    fn from(error: Error) -> Self {
        Self { error, may_exist: false }
    }
}

/// Picture of a code.
#[derive(Debug, Clone)]
pub struct FetchedCode {
    /// Complete, decodable PNG or JPEG.
    pub asset: Asset,
    /// Limited and square codes used so far, of the app's 100 000; `None` if WeChat did not report it.
    pub num_used: Option<u32>,
}

impl Client {
    /// Creates a client without sending a request. A configuration without apps is valid; every fetch then fails.
    ///
    /// # Errors
    /// `setting_invalid` with one finding for each invalid setting.
    pub fn new(config: Config) -> Result<Self> {
        Self::with_period(config, MINUTE, None)
    }

    /// Creates a client that shares quotas and tokens with other processes. Only tokens from `stable_token` and `token`
    /// are shared; each process fetches tokens from other sources itself.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn sharing(config: Config, shared: Arc<dyn Coordinator>) -> Result<Self> {
        Self::with_period(config, MINUTE, Some(shared))
    }

    /// Creates a client whose quota applies per `period`.
    fn with_period(config: Config, period: Duration, shared: Option<Arc<dyn Coordinator>>) -> Result<Self> {
        let hosts = config.check()?;
        let timeout = Duration::from_millis(config.timeout_ms);
        // An attempt at a stalled host must leave time for another.
        let attempt = timeout * 3 / 5;
        let host_client = Arc::new(HostClient::new(hosts, attempt)?);
        let limit = |per_minute| NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        let (limit, text_limit) = (limit(config.per_minute), limit(config.text_checks_per_minute));
        let mut apps = BTreeMap::new();
        for (name, app) in config.apps {
            let host_client = Arc::clone(&host_client);
            // The same appid at two APIs, such as WeChat and an emulator, is two apps.
            let shared_name = format!("{} {}", config.base_url.trim(), app.appid.trim());
            let with_shared = |kind: &str, allow_without_store, source: Box<dyn TokenSource>| match &shared {
                None => source,
                Some(shared) => {
                    let (shared, name) = (Arc::clone(shared), format!("{shared_name} {kind}"));
                    Box::new(token::Common {
                        source,
                        shared,
                        name,
                        timeout,
                        allow_without_store,
                        refused: Default::default(),
                        held_lease: Default::default(),
                    })
                }
            };
            let text_check = app.text_check;
            let source: Box<dyn TokenSource> = match &app.token {
                TokenOrigin::Stable => {
                    with_shared("stable", true, Box::new(token::Stable { host_client, app, timeout }))
                }
                TokenOrigin::Classic => {
                    with_shared("classic", false, Box::new(token::Classic { host_client, app, timeout }))
                }
                TokenOrigin::Server(server) => {
                    let target = server.target().map_err(|(field, message)| {
                        Error::of(ErrorKind::Invalid, Finding::error("setting_invalid", message))
                            .domain(Domain::Settings)
                            .pointer(format!("/apps/{name}/token/{field}"))
                    })?;
                    Box::new(token::Server::new(target, server.pointer.clone(), attempt, timeout)?)
                }
                TokenOrigin::Fixed(value) => Box::new(token::Fixed(value.clone())),
            };
            let shared_quota = |name: String| shared.as_ref().map(|shared| (Arc::clone(shared), name));
            let gate = Gate::new(limit, period, shared_quota(shared_name.clone()));
            let text_gate = Gate::new(text_limit, period, shared_quota(format!("{shared_name} texts")));
            apps.insert(name, App { tokens: Tokens::new(source, config.token_pauses), gate, text_gate, text_check });
        }
        let wait = Duration::from_millis(config.wait_ms);
        Ok(Self(Arc::new(Inner { host_client, timeout, wait, apps })))
    }

    /// Name of each app, name of its quota (`codes` or `texts`), and the calls that the quota of the minute still allows, as far
    /// as this process has used it. An app without checks of texts has only the first one.
    pub fn quota_remaining(&self) -> Vec<(&str, &'static str, u32)> {
        let mut all = Vec::new();
        for (name, app) in &self.0.apps {
            all.push((name.as_str(), "codes", app.gate.remaining()));
            if app.text_check.is_some() {
                all.push((name.as_str(), "texts", app.text_gate.remaining()));
            }
        }
        all
    }

    /// Checks that a code can be requested, without a call. A scene that needs a short link is not checked.
    ///
    /// # Errors
    /// `app_unknown`; `code_invalid` or the code of its only finding.
    pub fn check(&self, need: &CodeNeed) -> Result<()> {
        self.0.app(&need.app)?;
        let needs_link = need.page_and_scene().is_some_and(|(_, scene)| scene.needs_link());
        if needs_link { Ok(()) } else { code::request(need).map(drop) }
    }

    /// The error of a code that gives up waiting for its turn; `None` if no code of its app waits.
    pub fn code_given_up(&self, need: &CodeNeed, caller: &Arc<str>) -> Option<Error> {
        let endpoint = code::request(need).ok()?.endpoint;
        self.0.apps.get(&need.app)?.gate.given_up(endpoint, caller)
    }

    /// Fetches a code from WeChat, without caching. Requests that WeChat would refuse are not sent.
    ///
    /// With [`WaitPolicy::Wait`] the call waits for its turn for up to `wechat.wait_ms`, so bursts above the quota are
    /// delayed instead of refused; `wechat.timeout_ms` is measured from the turn.
    ///
    /// # Errors
    /// - `app_unknown`; `code_invalid` with all findings, or the finding's own code if there is only one; `internal`
    ///   for a scene that is still a [`Long`](haibao_core::scene::Scene::Long), and for a plain QR code.
    /// - [`ErrorKind::Limited`] with the time to wait: `quota_minute` when the app's quota per minute is used up;
    ///   `wechat_quota` after errcode 45009 or 45011, until the pause ends.
    /// - `wechat_unreachable`, `wechat_timeout`, `wechat_status`, `wechat_bad_answer`, and the same with
    ///   `token_server_`.
    /// - For other errcodes, the [code of their kind](crate::wechat::errcode::Category::code), with the number in the
    ///   message. After a refused token or secret, the same error is returned for some seconds without a new request.
    /// - Errors of [`Coordinator`], such as `store_busy`.
    ///
    /// # Cancel safety
    /// Dropping the future gives up the caller's place in the queue.
    pub async fn fetch(&self, need: &CodeNeed, wait_policy: WaitPolicy) -> Result<FetchedCode> {
        self.try_fetch(need, wait_policy).await.map_err(|failed| failed.error)
    }

    /// As [`Client::fetch`], and a failure tells whether WeChat may have made the code.
    ///
    /// # Errors
    /// As [`Client::fetch`].
    pub async fn try_fetch(&self, need: &CodeNeed, wait_policy: WaitPolicy) -> Result<FetchedCode, Unfetched> {
        let app = self.0.app(&need.app)?;
        let call = code::request(need)?;
        let sent = self.0.send(app, &app.gate, &call, wait_policy).await;
        let Response { bytes, num_used } =
            sent.map_err(|error| Unfetched { error, may_exist: call.is_unanswered.load(Ordering::Relaxed) })?;
        let need = need.clone();
        let checked = move || match picture::check(&bytes, &need) {
            Ok(()) => Ok(Asset::new(bytes)),
            Err(what) => Err(Party::WeChat.bad_response(what)),
        };
        // Decoding takes milliseconds, too long for the async runtime's threads.
        static LANE: LazyLock<Lane> = LazyLock::new(|| Lane::of(Work::Answers));
        Ok(FetchedCode { asset: LANE.run(checked).await??, num_used })
    }
}

impl Inner {
    fn app(&self, name: &str) -> Result<&App> {
        self.apps.get(name).ok_or_else(|| unknown_app(name, &self.apps))
    }

    /// Makes a call in its turn at `gate`, with a fresh token if WeChat refuses the current one.
    async fn send(&self, app: &App, gate: &Gate, request: &ApiCall, wait_policy: WaitPolicy) -> Result<Response> {
        let start = Instant::now();
        let tokens = &app.tokens;
        gate.open(request.endpoint)?;
        // Get the token before the turn: a call must be sent when it is counted, not wait for a slow token afterwards.
        self.token(app, start + self.timeout).await?;
        let mut turn = tokio::select! {
            turn = queued(gate.turn(request.endpoint, wait_policy, start + self.wait)) => turn?,
            // Gives back the place in the quota. A call that is sent is finished, because its code is stored.
            () = abandoned() => {
                return Err(Error::of(ErrorKind::Deadline, words::callers_gone()));
            }
        };
        let mut deadline = Instant::now() + self.timeout;
        let (mut replaced, mut paused) = (false, false);
        loop {
            // The token may have changed during the wait for the turn.
            let token = self.token(app, deadline).await?;
            let CallFailure { error, class, .. } = match self.post(request, &token, deadline, &mut turn).await {
                Ok(response) => {
                    tokens.accepted(&token);
                    turn.succeeded();
                    return Ok(response);
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
                    // As above: get the token before the next turn.
                    self.token(app, deadline).await?;
                    if !turn.again(deadline).await {
                        return Err(error);
                    }
                }
                Class::TooOften => {
                    tokens.accepted(&token);
                    let error = error.retry(Retry::After(turn.too_often().await));
                    if paused || wait_policy == WaitPolicy::Refuse {
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
                    let error = error.hint(request.endpoint.used_up());
                    return Err(error.retry(Retry::After(turn.used_up().await)));
                }
                Class::Refused => {
                    tokens.accepted(&token);
                    return Err(error);
                }
                Class::Host | Class::Cut | Class::Busy | Class::Broken => return Err(error),
            }
        }
    }

    async fn token(&self, app: &App, deadline: Instant) -> Result<Arc<Token>> {
        timeout_at(deadline, app.tokens.get()).await.unwrap_or_else(|_| Err(Party::WeChat.timed_out()))
    }

    async fn post(
        &self,
        request: &ApiCall,
        token: &Token,
        deadline: Instant,
        turn: &mut Turn<'_>,
    ) -> Result<Response, CallFailure> {
        let call = HostRequest {
            endpoint: request.endpoint.path(),
            query: &[("access_token", token.value.expose_secret())],
            body: Some(request.body.clone()),
            max_bytes: MAX_PICTURE_BYTES,
            deadline,
        };
        request.is_unanswered.store(true, Ordering::Relaxed);
        let answer = self.host_client.call(&call, Some(turn)).await;
        let is_unanswered = answer
            .as_ref()
            .is_err_and(|failure| failure.class == Class::Cut || failure.error.kind() == ErrorKind::Deadline);
        request.is_unanswered.store(is_unanswered, Ordering::Relaxed);
        answer
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
        [] => words::set_an_app(),
        _ => words::configured_apps(known.join(", ")),
    };
    Error::of(ErrorKind::Invalid, words::app_unknown(format!("{name:?}")))
        .domain(Domain::App)
        .hint(hint)
        .pointer("/app")
}
