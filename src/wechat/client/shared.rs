//! State shared by the processes of one app, so that together they keep to WeChat's limits: the quota and the token.
//! Passed to [`Client::sharing`](super::Client::sharing); a single process does not need it.

use std::time::Duration;

use futures_util::future::BoxFuture;
use secrecy::SecretString;

use haibao_core::error::Result;

/// Rate of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaRate {
    /// Time between two turns once the burst is used up.
    pub interval: Duration,
    /// Turns that may be taken at once, at least 1.
    pub burst: u32,
}

/// Result of [`Coordinator::take`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnResult {
    /// The turn is granted.
    Given,
    /// No turn is free; the next one is free after this time.
    Full(Duration),
    /// The whole quota is paused for this time.
    Paused(Duration),
    /// Only this use of the quota is stopped, for this time.
    Stopped(Duration),
}

/// A shared token.
#[derive(Debug, Clone)]
pub struct StoredToken {
    /// Token value.
    pub value: SecretString,
    /// Remaining lifetime.
    pub left: Duration,
    /// Whether the token is about to expire and should be replaced.
    pub is_due: bool,
}

/// State shared between processes.
///
/// `name` identifies an app and what is counted or stored for it.
///
/// # Errors
/// All methods return errors of the store; [`ErrorKind::Busy`](haibao_core::error::ErrorKind::Busy) if a retry can help.
pub trait Coordinator: Send + Sync {
    /// Takes a turn of a quota, if one is free. All processes together get no more turns than `rate` allows. `what`
    /// names the use of the turn, which can be stopped on its own with [`pause`](Self::pause).
    fn take<'a>(&'a self, name: &'a str, what: Option<&'a str>, rate: QuotaRate) -> BoxFuture<'a, Result<TurnResult>>;

    /// Grants no process a turn of the quota `name`, or a turn for the use `name`, until `rest` has passed.
    fn pause<'a>(&'a self, name: &'a str, rest: Duration) -> BoxFuture<'a, Result<()>>;

    /// The token, if a valid one is stored.
    fn token<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>>>;

    /// Deletes the token if it still has this value.
    fn drop_token<'a>(&'a self, name: &'a str, value: &'a SecretString) -> BoxFuture<'a, Result<()>>;

    /// Acquires the exclusive right to fetch a token, for at most `length`. Returns the fencing token of the lease, or
    /// `None` while another process holds it.
    fn lease<'a>(&'a self, name: &'a str, length: Duration) -> BoxFuture<'a, Result<Option<i64>>>;

    /// Stores the token and releases the lease. The token expires after `lifetime` and should be replaced after
    /// `renew`. Returns whether the lease was still held; if not, nothing is stored.
    fn keep_token<'a>(
        &'a self,
        name: &'a str,
        lease: i64,
        value: &'a SecretString,
        lifetime: Duration,
        renew: Duration,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Releases the lease without storing a token.
    fn release<'a>(&'a self, name: &'a str, lease: i64) -> BoxFuture<'a, Result<()>>;
}
