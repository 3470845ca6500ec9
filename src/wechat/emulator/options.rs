//! Options of the emulator.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use haibao_core::sample::SAMPLE_APPID;
use secrecy::SecretString;

/// AppSecret of the sample app. Public: it protects nothing.
pub const SAMPLE_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Options of an emulator. The defaults are WeChat's documented limits and one sample app.
#[derive(Debug, Clone)]
pub struct Options {
    /// Loopback address to listen on; port 0 selects a free one. Default 127.0.0.1:0.
    pub addr: SocketAddr,
    /// Known apps. Default: [`SAMPLE_APPID`] with [`SAMPLE_SECRET`].
    pub apps: Vec<App>,
    /// Pages in the released version of every app. Default: any.
    pub pages: Pages,
    /// Maximum calls of one code endpoint by one app in any 60 s; further calls get 45009. Default 5000.
    pub per_minute: u32,
    /// Maximum number of codes of one app from `getwxacode` and `createwxaqrcode` together; further calls get 45029.
    /// Default 100 000.
    pub total_codes: u32,
    /// Maximum text checks of one app in any 60 s; further calls get 45009 (A). Default 4000.
    pub texts_per_minute: u32,
    /// Users whose texts can be checked. Default: every well-formed openid, with a visit just now.
    pub users: Users,
    /// Words that make a text risky. Default: `违规示例`.
    pub risky: Vec<String>,
    /// Words that make a text questionable. Default: `待审示例`.
    pub review: Vec<String>,
    /// Lifetime of a token. Default 7200 s.
    pub token_life: Duration,
    /// How long a replaced token stays valid at most, and how long before its expiry a stable token is replaced.
    /// Default 300 s.
    pub token_overlap: Duration,
    /// A forced refresh of a stable token has no effect within this time after the previous one. Default 30 s.
    pub force_gap: Duration,
    /// Source of the current time.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            apps: vec![App { appid: SAMPLE_APPID.into(), secret: SAMPLE_SECRET.into() }],
            pages: Pages::Any,
            per_minute: 5000,
            total_codes: 100_000,
            texts_per_minute: 4000,
            users: Users::Any,
            risky: vec!["违规示例".to_owned()],
            review: vec!["待审示例".to_owned()],
            token_life: Duration::from_secs(7200),
            token_overlap: Duration::from_secs(300),
            force_gap: Duration::from_secs(30),
            clock: Clock::system(),
        }
    }
}

/// One mini-program.
#[derive(Debug, Clone)]
pub struct App {
    /// AppID, such as `wx0123456789abcdef`.
    pub appid: String,
    /// AppSecret.
    pub secret: SecretString,
}

/// Users of the apps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Users {
    /// Every well-formed openid belongs to the calling app and has visited just now.
    Any,
    /// Only these.
    Only(Vec<User>),
}

/// A user of one app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Openid: `o` and 27 characters of `A-Za-z0-9_-`.
    pub openid: String,
    /// The app.
    pub appid: String,
    /// Last visit, since the Unix epoch.
    pub visited: Duration,
}

/// Pages of a released version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pages {
    /// Every page exists.
    Any,
    /// Only these pages, each without a leading `/`, and the home page (an empty page).
    Only(Vec<String>),
}

impl Pages {
    pub(super) fn has(&self, page: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(pages) => page.is_empty() || pages.iter().any(|known| known == page),
        }
    }
}

/// Clock that returns the time since the Unix epoch. Injected delays do not depend on it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Clock {
    /// A custom clock. It must be monotonic.
    pub fn new(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The system clock.
    pub fn system() -> Self {
        Self::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// A clock for tests that advances only through its [`ClockHand`].
    pub fn manual() -> (Self, ClockHand) {
        // 2025-01-01 04:00 China time (UTC+8), so midnight is far away.
        let hand = ClockHand(Arc::new(AtomicU64::new(1_735_675_200_000)));
        let now = hand.clone();
        (Self::new(move || Duration::from_millis(now.0.load(Ordering::SeqCst))), hand)
    }

    pub(super) fn now(&self) -> Duration {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Advances a [`Clock::manual`].
#[derive(Debug, Clone)]
pub struct ClockHand(Arc<AtomicU64>);

impl ClockHand {
    /// Advances the clock, with a precision of 1 ms.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
    }
}
