//! Steps that run concurrently with the workers, in separate lanes: checks of sheets and webhooks. A slow one delays neither chunks
//! nor the steps of the other lane.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::Semaphore, task::JoinSet};

/// Running and waiting steps of this process.
#[derive(Debug)]
pub(super) struct Background {
    tasks: Mutex<JoinSet<()>>,
    keys: Arc<Mutex<HashSet<String>>>,
    checks: Arc<Semaphore>,
    webhooks: Arc<Semaphore>,
}

/// Kind of background work. Each kind has places of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BackgroundKind {
    /// Checks of sheets. Large ones also wait for memory.
    Check,
    Webhook,
}

/// Sheets checked at the same time.
const CHECKS: usize = 4;
/// Webhooks sent at the same time.
const WEBHOOKS: usize = 16;

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
            checks: Arc::new(Semaphore::new(CHECKS)),
            webhooks: Arc::new(Semaphore::new(WEBHOOKS)),
        }
    }
}

impl Background {
    /// Runs a step of an export when its lane has room, unless the same step runs or waits already.
    pub fn spawn(&self, side: BackgroundKind, id: &str, step: impl Future<Output = ()> + Send + 'static) {
        let (prefix, lane) = match side {
            BackgroundKind::Check => ("check", &self.checks),
            BackgroundKind::Webhook => ("webhook", &self.webhooks),
        };
        let key = format!("{prefix}/{id}");
        if !lock(&self.keys).insert(key.clone()) {
            return;
        }
        let (entry, lane) = (Entry { keys: Arc::clone(&self.keys), key }, Arc::clone(lane));
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            let _entry = entry;
            // The semaphore is never closed.
            let _place = lane.acquire().await;
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
            background.spawn(BackgroundKind::Webhook, &n.to_string(), std::future::pending());
        }
        for _ in 0..3 {
            let checked = Arc::clone(&checked);
            background.spawn(BackgroundKind::Check, "one", async move {
                checked.fetch_add(1, Ordering::SeqCst);
            });
        }
        while lock(&background.keys).iter().any(|key| key.starts_with("check/")) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(checked.load(Ordering::SeqCst), 1, "the same step is not queued twice");
        assert_eq!(background.webhooks.available_permits(), 0);
        let stopped = tokio::time::timeout(Duration::from_millis(10), background.ended()).await;
        assert!(stopped.is_err(), "they never end by themselves");
        while !lock(&background.keys).is_empty() {
            tokio::task::yield_now().await;
        }
    }
}
