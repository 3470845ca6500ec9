//! On whose behalf the network is used: names, and turns of WeChat's quota, are shared fairly between callers.

use std::sync::Arc;

tokio::task_local! {
    static CALLER: Arc<str>;
}

/// Runs work on behalf of a caller. Tasks spawned within do not inherit it.
pub(crate) async fn on_behalf<F: Future>(caller: Arc<str>, work: F) -> F::Output {
    CALLER.scope(caller, work).await
}

/// The caller of the current work. Empty outside of [`on_behalf`].
pub(crate) fn current() -> Arc<str> {
    CALLER.try_with(Arc::clone).unwrap_or_default()
}
