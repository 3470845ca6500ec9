//! The CPU pool: threads of our own for drawing, so that the network's threads never wait for a poster.
//!
//! The queue is bounded: when it is full a caller is told to come back, instead of everybody waiting longer and longer.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::Duration,
};

use serde::Deserialize;
use tokio::sync::oneshot;

use haibao_core::error::{Error, Kind, Result, Retry};

/// Settings of the pool (`[pool]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Threads that draw. 0 (default): one per core.
    pub workers: usize,
    /// Posters that may wait for a thread before others are refused with 503. At least 1. Default 64.
    pub queue: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { workers: 0, queue: 64 }
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// Threads that draw, and their queue. Dropping it ends the threads once their work is done.
#[derive(Debug)]
pub struct Pool {
    jobs: SyncSender<Job>,
    workers: usize,
}

impl Pool {
    /// Starts the threads.
    ///
    /// # Errors
    /// `pool_failed` when the system gives no thread.
    pub fn start(config: Config) -> Result<Self> {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        let workers = if config.workers == 0 { cores() } else { config.workers };
        let (jobs, queue) = sync_channel::<Job>(config.queue.max(1));
        let queue = Arc::new(Mutex::new(queue));
        for index in 0..workers {
            let queue = Arc::clone(&queue);
            thread::Builder::new()
                .name(format!("draw-{index}"))
                .spawn(move || work(&queue))
                .map_err(|e| Error::new(Kind::Internal, "pool_failed", "cannot start a drawing thread").source(e))?;
        }
        Ok(Self { jobs, workers })
    }

    /// How many threads draw.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Runs `task` on a thread of the pool. When the caller goes away before its turn comes, the task is skipped.
    ///
    /// # Errors
    /// `busy` at once when the queue is full, `internal` when the task panicked, and whatever the task itself returns.
    pub async fn run<T: Send + 'static>(&self, task: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let (answer, result) = oneshot::channel();
        let span = tracing::Span::current();
        let job: Job = Box::new(move || {
            if answer.is_closed() {
                return;
            }
            // Whatever the task shares is either immutable or a cache whose locks do not poison.
            let done = span.in_scope(|| catch_unwind(AssertUnwindSafe(task)));
            let _ = answer.send(done.unwrap_or_else(|_| Err(panicked())));
        });
        self.jobs.try_send(job).map_err(|e| match e {
            TrySendError::Full(_) => busy(),
            TrySendError::Disconnected(_) => panicked(),
        })?;
        result.await.unwrap_or_else(|_| Err(panicked()))
    }
}

fn work(queue: &Mutex<Receiver<Job>>) {
    loop {
        // One thread waits in `recv` holding the lock, the others wait for the lock: each job wakes one thread.
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}

fn busy() -> Error {
    Error::new(Kind::Busy, "busy", "the service is drawing as many posters as it can")
        .hint("try again after the time in Retry-After")
        .retry(Retry::After(Duration::from_secs(1)))
}

fn panicked() -> Error {
    Error::new(Kind::Internal, "internal", "drawing the poster failed")
        .hint("this is a fault of haibao; its log says more")
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use futures_util::FutureExt;

    use super::*;

    fn pool(workers: usize, queue: usize) -> Pool {
        Pool::start(Config { workers, queue }).expect("threads")
    }

    /// Occupies one thread until the sender is dropped.
    async fn block(pool: &Arc<Pool>) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<()>>) {
        let (release, wait) = mpsc::channel::<()>();
        let (started, running) = oneshot::channel();
        let pool = Arc::clone(pool);
        let task = tokio::spawn(async move {
            pool.run(move || {
                let _ = started.send(());
                let _ = wait.recv();
                Ok(())
            })
            .await
        });
        running.await.expect("the task starts");
        (release, task)
    }

    #[tokio::test]
    async fn a_result_comes_back() {
        assert_eq!(pool(2, 4).run(|| Ok(6 * 7)).await.expect("an answer"), 42);
    }

    #[tokio::test]
    async fn zero_workers_means_one_per_core() {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        assert_eq!(pool(0, 1).workers(), cores);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_recovers() {
        let pool = Arc::new(pool(1, 1));
        let (release, running) = block(&pool).await;
        let mut waiting = Box::pin(pool.run(|| Ok(1)));
        // Polled once, so that it stands in the queue.
        assert!((&mut waiting).now_or_never().is_none(), "the only thread is occupied");
        let refused = pool.run(|| Ok(2)).await.expect_err("the queue is full");
        assert_eq!((refused.kind(), refused.code()), (Kind::Busy, "busy"));
        assert!(matches!(refused.retry_advice(), Retry::After(d) if d >= Duration::from_secs(1)));
        drop(release);
        running.await.expect("no panic").expect("done");
        assert_eq!(waiting.await.expect("its turn came"), 1);
        assert_eq!(pool.run(|| Ok(3)).await.expect("room again"), 3);
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_thread_lives_on() {
        let pool = pool(1, 2);
        let error = pool.run(|| -> Result<()> { panic!("expected by this test") }).await.expect_err("it panicked");
        assert_eq!((error.kind(), error.code()), (Kind::Internal, "internal"));
        assert_eq!(pool.run(|| Ok(1)).await.expect("the only thread still works"), 1);
    }

    #[tokio::test]
    async fn a_caller_that_left_is_skipped() {
        let pool = Arc::new(pool(1, 4));
        let drawn = Arc::new(AtomicUsize::new(0));
        let (release, running) = block(&pool).await;
        let counter = Arc::clone(&drawn);
        let mut left = Box::pin(pool.run(move || Ok(counter.fetch_add(1, Ordering::SeqCst))));
        assert!((&mut left).now_or_never().is_none(), "the only thread is occupied");
        drop(left);
        drop(release);
        running.await.expect("no panic").expect("done");
        pool.run(|| Ok(())).await.expect("the next in the queue");
        assert_eq!(drawn.load(Ordering::SeqCst), 0, "nobody waits for that poster any more");
    }
}
