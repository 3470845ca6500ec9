//! On whose behalf the network is used: names, and turns of WeChat's quota, are shared fairly between callers. And how long blocking
//! work waits for its turn.

use std::{sync::Arc, time::Instant};

tokio::task_local! {
    static CALLER: Arc<str>;
    static UNTIL: Option<Instant>;
}

/// Runs work on behalf of a caller. Tasks spawned within do not inherit it.
pub(crate) async fn on_behalf<F: Future>(caller: Arc<str>, work: F) -> F::Output {
    CALLER.scope(caller, work).await
}

/// The caller of the current work. Empty outside of [`on_behalf`].
pub(crate) fn current() -> Arc<str> {
    CALLER.try_with(Arc::clone).unwrap_or_default()
}

/// Runs work whose parts wait for a turn in a [lane](super::lane) until then. Tasks spawned within do not inherit it.
pub(crate) fn waiting_until<F: Future>(until: Option<Instant>, work: F) -> impl Future<Output = F::Output> {
    UNTIL.scope(until, work)
}

/// How long the current work waits. `None`: as long as it takes.
pub(crate) fn until() -> Option<Instant> {
    UNTIL.try_with(|until| *until).ok().flatten()
}
