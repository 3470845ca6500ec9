//! What several processes of one app share, so that together they keep WeChat's rules: the turns of its quota, and its
//! token. Whoever makes a [`Client`](super::Client) brings it; a single process needs none.

use std::time::Duration;

use futures_util::future::BoxFuture;
use secrecy::SecretString;

use haibao_core::error::Result;

/// How fast turns of a quota are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Time between two turns when many wait.
    pub interval: Duration,
    /// Turns that may be taken at once, at least 1.
    pub burst: u32,
}

/// The answer to who wants a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// It is given.
    Given,
    /// Another one is free after this time.
    Full(Duration),
    /// WeChat asked for a pause, which lasts for this time.
    Paused(Duration),
    /// For this time what the turn is for is stopped, and nothing else.
    Stopped(Duration),
}

/// A token that processes share.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The token.
    pub value: SecretString,
    /// For how long it is valid from now on.
    pub left: Duration,
    /// Whether it is in its last minutes and shall be replaced.
    pub is_due: bool,
}

/// Common state. Every error is of the store; [`Kind::Busy`](haibao_core::error::Kind::Busy) when trying again helps.
///
/// Names tell apps, and what of them is counted, apart.
pub trait Shared: Send + Sync {
    /// Takes a turn of a quota, if one is free. Of all processes together no more get one than the rate allows. What the
    /// turn is for may have a name of its own, under which it is paused alone.
    fn take<'a>(&'a self, name: &'a str, what: Option<&'a str>, rate: Rate) -> BoxFuture<'a, Result<Turned>>;

    /// Gives no process a turn of a quota, or a turn for what has this name, for some time.
    fn pause<'a>(&'a self, name: &'a str, rest: Duration) -> BoxFuture<'a, Result<()>>;

    /// The token, when a valid one is known.
    fn token<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Kept>>>;

    /// Forgets the token, if it is still this one.
    fn drop_token<'a>(&'a self, name: &'a str, value: &'a SecretString) -> BoxFuture<'a, Result<()>>;

    /// The right to ask for another token, for at most this time: its number, or none while another process has it.
    fn lease<'a>(&'a self, name: &'a str, length: Duration) -> BoxFuture<'a, Result<Option<i64>>>;

    /// Gives the lease back with the token that it was for, which ends after `lifetime` and shall be replaced after
    /// `renew`: whether it was still one's own. Otherwise nothing is kept.
    fn keep_token<'a>(
        &'a self,
        name: &'a str,
        lease: i64,
        value: &'a SecretString,
        lifetime: Duration,
        renew: Duration,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Gives the lease back without a token.
    fn release<'a>(&'a self, name: &'a str, lease: i64) -> BoxFuture<'a, Result<()>>;
}
