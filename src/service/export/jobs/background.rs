//! Steps that run concurrently with the workers, with places for each kind: checks of sheets and webhooks. A slow one delays neither
//! chunks nor the steps of the other kind.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::task::JoinSet;

use crate::net::fair::Shares;

/// Running and waiting steps of this process.
#[derive(Debug)]
pub(super) struct Background {
    tasks: Mutex<JoinSet<()>>,
    keys: Arc<Mutex<HashSet<String>>>,
    checks: Shares,
    webhooks: Shares,
}

/// Kind of background work. Each kind has places of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BackgroundKind {
    /// Checks of sheets. Large ones also wait for memory.
    Check,
    Webhook,
}

/// Sheets checked at the same time.
const CHECKS: u32 = 4;
/// Webhooks sent at the same time.
const WEBHOOKS: u32 = 16;

/// Removes a step's key when it ends or is aborted.
struct Entry {
    keys: Arc<Mutex<HashSet<String>>>,
    key: String,
}

impl Drop for Entry {
    fn drop(&mut self) {
        lock(&self.keys).remove(&self.key);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for Background {
    fn default() -> Self {
        Self {
            tasks: Mutex::default(),
            keys: Arc::default(),
            checks: Shares::new(CHECKS),
            webhooks: Shares::new(WEBHOOKS),
        }
    }
}

impl Background {
    /// Runs a step of an export when there is a place for its kind, unless the same step runs or waits already. Of several callers that
    /// wait, the one with the fewest running steps is next.
    pub fn spawn(
        &self,
        kind: BackgroundKind,
        caller: Arc<str>,
        id: &str,
        step: impl Future<Output = ()> + Send + 'static,
    ) {
        let (prefix, places) = match kind {
            BackgroundKind::Check => ("check", &self.checks),
            BackgroundKind::Webhook => ("webhook", &self.webhooks),
        };
        let key = format!("{prefix}/{id}");
        if !lock(&self.keys).insert(key.clone()) {
            return;
        }
        let (entry, places) = (Entry { keys: Arc::clone(&self.keys), key }, places.clone());
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            let _entry = entry;
            let _place = places.take(&caller, 1, None).await;
            step.await;
        });
    }

    /// Waits for all steps. Dropping the future aborts them.
    pub async fn ended(&self) {
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        while tasks.join_next().await.is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use super::*;

    #[tokio::test]
    async fn a_lane_is_bounded_and_does_not_delay_the_other() {
        let (background, checked) = (Background::default(), Arc::new(AtomicUsize::new(0)));
        for n in 0..100 {
            background.spawn(BackgroundKind::Webhook, "flood".into(), &n.to_string(), std::future::pending());
        }
        for _ in 0..3 {
            let checked = Arc::clone(&checked);
            background.spawn(BackgroundKind::Check, "flood".into(), "one", async move {
                checked.fetch_add(1, Ordering::SeqCst);
            });
        }
        while lock(&background.keys).iter().any(|key| key.starts_with("check/")) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(checked.load(Ordering::SeqCst), 1, "the same step is not queued twice");
        assert_eq!(background.webhooks.free(), 0);
        let stopped = tokio::time::timeout(Duration::from_millis(10), background.ended()).await;
        assert!(stopped.is_err(), "they never end by themselves");
        while !lock(&background.keys).is_empty() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn the_steps_of_one_caller_do_not_keep_another_waiting() {
        let (background, order) = (Background::default(), Arc::new(Mutex::new(Vec::new())));
        for (caller, id) in (0..20).map(|n| ("flood", n)).chain([("light", 20)]) {
            let order = Arc::clone(&order);
            background.spawn(BackgroundKind::Check, caller.into(), &id.to_string(), async move {
                tokio::task::yield_now().await;
                order.lock().unwrap_or_else(PoisonError::into_inner).push(caller);
            });
        }
        background.ended().await;
        let order = order.lock().expect("no panic");
        let at = order.iter().position(|caller| *caller == "light").expect("it has run");
        assert!(order.len() == 21 && at <= 2 * CHECKS as usize, "{order:?}");
    }
}
