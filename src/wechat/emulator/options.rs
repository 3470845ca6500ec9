//! What an emulator is told when it starts.

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

/// Its secret: published, so worth nothing.
pub const SAMPLE_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// How an emulator behaves. The defaults are WeChat's documented figures and one sample app.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens: a loopback address; port 0 takes any free one. Default 127.0.0.1:0.
    pub addr: SocketAddr,
    /// The apps that it knows. Default [`SAMPLE_APPID`] with [`SAMPLE_SECRET`].
    pub apps: Vec<App>,
    /// The pages in every app's released version. Default any.
    pub pages: Pages,
    /// Calls of one code endpoint by one app in any 60 s, above which it answers 45009. Default 5000.
    pub per_minute: u32,
    /// Codes in all that `getwxacode` and `createwxaqrcode` share, above which they answer 45029. Default 100 000.
    pub total_codes: u32,
    /// How long a token lives. Default 7200 s.
    pub token_life: Duration,
    /// How long the earlier token stays valid at most, and how long before its end a stable token is replaced.
    /// Default 300 s.
    pub token_overlap: Duration,
    /// What time it is.
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
            token_life: Duration::from_secs(7200),
            token_overlap: Duration::from_secs(300),
            clock: Clock::system(),
        }
    }
}

/// One mini-program.
#[derive(Debug, Clone)]
pub struct App {
    /// Such as `wx0123456789abcdef`.
    pub appid: String,
    /// The AppSecret.
    pub secret: SecretString,
}

/// The pages of a released version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pages {
    /// Every page is there.
    Any,
    /// Only these, each without a leading `/`. The home page (an empty page) is always there.
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

/// Tells the time since the Unix epoch. Only rules about time ask it; injected delays really pass.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Clock {
    /// A clock of one's own. It must not go backwards.
    pub fn new(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// A clock that stands still until its hand is moved, for tests.
    pub fn manual() -> (Self, ClockHand) {
        // 2025-01-01 04:00 in China: no day ends soon.
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

/// Moves a [`Clock::manual`].
#[derive(Debug, Clone)]
pub struct ClockHand(Arc<AtomicU64>);

impl ClockHand {
    /// Lets time pass, to the millisecond.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
    }
}
