//! State of the emulator, and the order of its checks.

use std::{collections::HashMap, time::Duration};

use secrecy::ExposeSecret;

use super::{
    body,
    endpoint::Endpoint,
    errcode::Errcode,
    faults::{Fault, Faults},
    log::{Counters, Log, LoggedCall, kept},
    options::Options,
    rules::{Window, checked_page, checked_path, checked_scene, checked_text, checked_version, rating, style, use_one},
    token::{Issued, Tokens, day},
};
use haibao_core::sample::{payload::Payload, picture::SampleStyle, square};

/// Maximum calls of `stable_token` by one app per minute and per day.
const STABLE_CALLS: (u32, u32) = (10_000, 500_000);
/// Maximum text checks of one app per day.
const TEXTS_PER_DAY: u32 = 2_000_000;

/// Mutable state, with the options.
pub(super) struct State {
    pub(super) options: Options,
    pub(super) faults: Faults,
    pub(super) log: Log,
    counters: Counters,
    apps: HashMap<String, AppState>,
}

#[derive(Default)]
struct AppState {
    tokens: Tokens,
    // Calls of the last minute, by endpoint.
    unlimited: Window,
    limited: Window,
    square: Window,
    stable: Window,
    texts: Window,
    /// The current [`day`], and its text checks.
    texts_day: (u64, u32),
    /// The current [`day`], and its calls of `stable_token`.
    stable_day: (u64, u32),
    /// Codes used so far, of [`Options::total_codes`].
    used: u32,
}

/// The parts of a request that the rules depend on.
#[derive(Clone, Copy)]
pub(super) struct ApiRequest<'a> {
    pub(super) endpoint: Endpoint,
    pub(super) is_get: bool,
    pub(super) is_post: bool,
    /// Decoded fields of the query string.
    pub(super) query: &'a [(String, String)],
    pub(super) body: &'a [u8],
}

impl ApiRequest<'_> {
    /// A field of the query string, if it is present and not empty.
    fn field(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

/// A picture to draw, after all checks have passed.
pub(super) enum Drawing {
    /// A round code. `used` is the number of limited codes used so far.
    Round { payload: Payload, style: SampleStyle, used: Option<u32> },
    /// A square code with this content.
    Square { content: String, width: i64 },
}

impl State {
    pub(super) fn new(options: Options) -> Self {
        let apps = options.apps.iter().map(|app| (app.appid.clone(), AppState::default())).collect();
        Self { options, faults: Faults::default(), log: Log::default(), counters: Counters::default(), apps }
    }

    pub(super) fn counters(&self) -> Counters {
        let tokens = || self.apps.values().map(|app| &app.tokens);
        Counters {
            tokens_minted: tokens().map(|tokens| tokens.minted).sum(),
            forced_refreshes: tokens().map(|tokens| tokens.forces).sum(),
            ..self.counters
        }
    }

    /// Counts and logs a new call. Returns its number in the log, and its fault.
    pub(super) fn begin(&mut self, call: &ApiRequest) -> (usize, Option<Fault>) {
        let fault = self.faults.take(call.endpoint);
        let calls = match call.endpoint {
            Endpoint::Token | Endpoint::StableToken => &mut self.counters.token_calls,
            Endpoint::Unlimited | Endpoint::Limited | Endpoint::Square => &mut self.counters.code_calls,
            Endpoint::TextCheck => &mut self.counters.text_calls,
        };
        *calls += 1;
        self.counters.faults += u64::from(fault.is_some());
        let fields: serde_json::Value = match call.endpoint.is_code() {
            true => serde_json::from_slice(call.body).unwrap_or_default(),
            // Bodies of the other endpoints contain secrets, openids and texts of users.
            false => serde_json::Value::Null,
        };
        let field = |name: &str| kept(fields.get(name).and_then(serde_json::Value::as_str));
        let call = LoggedCall {
            at_ms: self.options.clock.now().as_millis() as u64,
            endpoint: call.endpoint,
            status: None,
            errcode: None,
            page: field("page"),
            scene: field("scene"),
            path: field("path"),
            fault,
        };
        (self.log.begin(call), fault)
    }

    /// Records the response to a call.
    pub(super) fn end(&mut self, number: usize, status: Option<u16>, errcode: Option<i32>) {
        self.counters.errors += u64::from(errcode.is_some());
        self.log.complete(number, |call| (call.status, call.errcode) = (status, errcode));
    }

    /// Counts a drawn picture.
    pub(super) fn drew(&mut self) {
        self.counters.codes_drawn += 1;
    }

    /// Handles `/cgi-bin/token` and `/cgi-bin/stable_token`.
    pub(super) fn token(&mut self, call: &ApiRequest) -> Result<Issued, Errcode> {
        let now = self.options.clock.now();
        if call.endpoint == Endpoint::Token {
            if !call.is_get {
                return Err(Errcode::MustGet);
            }
            let fields = ["grant_type", "appid", "secret"].map(|name| call.field(name));
            let app = known_app(&self.options, &mut self.apps, fields)?;
            return Ok(app.tokens.ordinary(now, &self.options));
        }
        if !call.is_post {
            return Err(Errcode::MustPost);
        }
        let read: body::StableToken = body::read(call.body)?;
        let fields =
            [&read.grant_type, &read.appid, &read.secret].map(|field| field.as_deref().filter(|f| !f.is_empty()));
        let app = known_app(&self.options, &mut self.apps, fields)?;
        app.stable.pass(now, STABLE_CALLS.0, Errcode::TooOften)?;
        let today = day(now);
        if app.stable_day.0 != today {
            app.stable_day = (today, 0);
        }
        if app.stable_day.1 >= STABLE_CALLS.1 {
            return Err(Errcode::Quota);
        }
        app.stable_day.1 += 1;
        app.tokens.stable(read.force_refresh.unwrap_or(false), now, &self.options)
    }

    /// Handles `/wxa/msg_sec_check`. Returns the suggestion and the label.
    pub(super) fn text(&mut self, call: &ApiRequest, fault: Option<Fault>) -> Result<(&'static str, u32), Errcode> {
        let now = self.options.clock.now();
        if !call.is_post {
            return Err(Errcode::MustPostText);
        }
        let (appid, app) = caller(&mut self.apps, &self.options, call, fault, now)?;
        let read: body::Text = body::read(call.body)?;
        if fault == Some(Fault::Quota) {
            return Err(Errcode::Quota);
        }
        let today = day(now);
        if app.texts_day.0 != today {
            app.texts_day = (today, 0);
        }
        if app.texts_day.1 >= TEXTS_PER_DAY {
            return Err(Errcode::Quota);
        }
        app.texts_day.1 += 1;
        app.texts.pass(now, self.options.texts_per_minute, Errcode::Quota)?;
        let content = checked_text(&read, appid, &self.options.users, now)?;
        Ok(rating(content, &self.options))
    }

    /// Handles the code endpoints. Checks are in the documented order.
    pub(super) fn code(&mut self, call: &ApiRequest, fault: Option<Fault>) -> Result<Drawing, Errcode> {
        let now = self.options.clock.now();
        if !call.is_post {
            return Err(Errcode::MustPost);
        }
        let (appid, app) = caller(&mut self.apps, &self.options, call, fault, now)?;
        match call.endpoint {
            Endpoint::Limited => {
                let read: body::Limited = body::read(call.body)?;
                pass(&mut app.limited, now, &self.options, fault)?;
                let env_version = checked_version(read.style.env_version.as_deref())?;
                let path = checked_path(read.path.as_deref(), 1024)?;
                let used = use_one(&mut app.used, self.options.total_codes)?;
                let payload = Payload::from_path(path, Payload::digest_of(appid, "", env_version));
                Ok(Drawing::Round { payload, style: style(&read.style), used: Some(used) })
            }
            Endpoint::Square => {
                let read: body::Square = body::read(call.body)?;
                pass(&mut app.square, now, &self.options, fault)?;
                let path = checked_path(read.path.as_deref(), 128)?;
                use_one(&mut app.used, self.options.total_codes)?;
                Ok(Drawing::Square { content: square::content(appid, path), width: read.width.unwrap_or(430) })
            }
            Endpoint::Unlimited | Endpoint::Token | Endpoint::StableToken | Endpoint::TextCheck => {
                let read: body::Unlimited = body::read(call.body)?;
                pass(&mut app.unlimited, now, &self.options, fault)?;
                let scene = checked_scene(read.scene.as_deref(), call.body)?;
                let env_version = checked_version(read.style.env_version.as_deref())?;
                let check_path = read.check_path.unwrap_or(true);
                let page = checked_page(read.page.as_deref(), check_path, &self.options.pages)?;
                let payload = Payload::from_scene(scene, Payload::digest_of(appid, page, env_version));
                let payload = payload.ok_or(Errcode::SceneCharacter)?;
                Ok(Drawing::Round { payload, style: style(&read.style), used: None })
            }
        }
    }
}

/// Finds the app with these credentials. Checks for missing ones before wrong ones.
fn known_app<'a>(
    options: &Options,
    apps: &'a mut HashMap<String, AppState>,
    [grant_type, appid, secret]: [Option<&str>; 3],
) -> Result<&'a mut AppState, Errcode> {
    let appid = appid.ok_or(Errcode::AppidMissing)?;
    let secret = secret.ok_or(Errcode::SecretMissing)?;
    if grant_type != Some("client_credential") {
        return Err(Errcode::GrantType);
    }
    let app = options.apps.iter().find(|app| app.appid == appid).ok_or(Errcode::Appid)?;
    if app.secret.expose_secret() != secret {
        return Err(Errcode::Secret);
    }
    apps.get_mut(appid).ok_or(Errcode::Appid)
}

/// Finds the app of a call by its token, after faults of the token.
fn caller<'a>(
    apps: &'a mut HashMap<String, AppState>,
    options: &Options,
    call: &ApiRequest,
    fault: Option<Fault>,
    now: Duration,
) -> Result<(&'a str, &'a mut AppState), Errcode> {
    let token = call.field("access_token").ok_or(Errcode::TokenMissing)?;
    if fault == Some(Fault::TokenStolen) {
        apps.values_mut().for_each(|app| app.tokens.steal(now, options));
    }
    let found = holder(apps, token, now)?;
    if fault == Some(Fault::TokenRejected) { Err(Errcode::TokenInvalid) } else { Ok(found) }
}

/// Finds the app that a token belongs to.
fn holder<'a>(
    apps: &'a mut HashMap<String, AppState>,
    token: &str,
    now: Duration,
) -> Result<(&'a str, &'a mut AppState), Errcode> {
    let mut error = Errcode::TokenInvalid;
    for (appid, app) in apps {
        match app.tokens.check(token, now) {
            Ok(()) => return Ok((appid, app)),
            Err(Errcode::TokenExpired) => error = Errcode::TokenExpired,
            Err(_) => {}
        }
    }
    Err(error)
}

fn pass(window: &mut Window, now: Duration, options: &Options, fault: Option<Fault>) -> Result<(), Errcode> {
    if fault == Some(Fault::Quota) {
        return Err(Errcode::Quota);
    }
    window.pass(now, options.per_minute, Errcode::Quota)
}
