//! CPU pool: dedicated drawing threads, so that rendering never blocks the async runtime.
//!
//! The queue is bounded: when it is full, requests are rejected with `busy` instead of growing latency for everyone.

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

use haibao_core::error::{Error, ErrorKind, Result, Retry};

/// Settings of the pool (`[pool]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Number of threads. 0 (default): one per core.
    pub workers: usize,
    /// Maximum number of waiting posters; more are rejected with 503. At least 1. Default: 64.
    pub queue: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { workers: 0, queue: 64 }
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// Drawing threads and their queue. After it is dropped, the threads finish all queued jobs and exit.
#[derive(Debug)]
pub struct Pool {
    jobs: SyncSender<Job>,
    workers: usize,
}

impl Pool {
    /// Starts the threads.
    ///
    /// # Errors
    /// `pool_failed` if a thread cannot be created.
    pub fn start(config: Config) -> Result<Self> {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        let workers = if config.workers == 0 { cores() } else { config.workers };
        let (jobs, queue) = sync_channel::<Job>(config.queue.max(1));
        let queue = Arc::new(Mutex::new(queue));
        for index in 0..workers {
            let queue = Arc::clone(&queue);
            thread::Builder::new().name(format!("draw-{index}")).spawn(move || work(&queue)).map_err(|e| {
                Error::new(ErrorKind::Internal, "pool_failed", "cannot start a drawing thread").source(e)
            })?;
        }
        Ok(Self { jobs, workers })
    }

    /// Number of threads.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Runs `task` on a thread of the pool.
    ///
    /// # Cancel safety
    /// If the future is dropped before the task starts, the task is skipped; a running task is finished.
    ///
    /// # Errors
    /// `busy` immediately if the queue is full, `internal` if the task panics, and the errors of the task itself.
    pub async fn run<T: Send + 'static>(&self, task: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let (sender, result) = oneshot::channel();
        let span = tracing::Span::current();
        let job: Job = Box::new(move || {
            if sender.is_closed() {
                return;
            }
            // Unwind safe: everything the task shares is immutable or a cache whose locks do not poison.
            let done = span.in_scope(|| catch_unwind(AssertUnwindSafe(task)));
            let _ = sender.send(done.unwrap_or_else(|_| Err(panicked())));
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
        // One thread blocks in `recv` with the lock held, the others on the lock, so each job wakes one thread.
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}

fn busy() -> Error {
    Error::new(ErrorKind::Busy, "busy", "the drawing queue is full")
        .hint("try again after the time in Retry-After")
        .retry(Retry::After(Duration::from_secs(1)))
}

fn panicked() -> Error {
    Error::internal("drawing the poster failed").hint("this is a bug in haibao; see its log for details")
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
    async fn the_result_is_returned() {
        assert_eq!(pool(2, 4).run(|| Ok(6 * 7)).await.expect("a result"), 42);
    }

    #[tokio::test]
    async fn zero_workers_means_one_per_core() {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        assert_eq!(pool(0, 1).workers(), cores);
    }

    #[tokio::test]
    async fn a_full_queue_rejects_immediately_and_recovers() {
        let pool = Arc::new(pool(1, 1));
        let (release, running) = block(&pool).await;
        let mut waiting = Box::pin(pool.run(|| Ok(1)));
        // Poll once to enqueue the job.
        assert!((&mut waiting).now_or_never().is_none(), "the only thread is occupied");
        let refused = pool.run(|| Ok(2)).await.expect_err("the queue is full");
        assert_eq!((refused.kind(), refused.code()), (ErrorKind::Busy, "busy"));
        assert!(matches!(refused.retry_advice(), Retry::After(d) if d >= Duration::from_secs(1)));
        drop(release);
        running.await.expect("no panic").expect("done");
        assert_eq!(waiting.await.expect("its turn came"), 1);
        assert_eq!(pool.run(|| Ok(3)).await.expect("room again"), 3);
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_thread_survives() {
        let pool = pool(1, 2);
        let error = pool.run(|| -> Result<()> { panic!("expected by this test") }).await.expect_err("it panicked");
        assert_eq!((error.kind(), error.code()), (ErrorKind::Internal, "internal"));
        assert_eq!(pool.run(|| Ok(1)).await.expect("the only thread still works"), 1);
    }

    #[tokio::test]
    async fn a_job_whose_caller_was_dropped_is_skipped() {
        let pool = Arc::new(pool(1, 4));
        let drawn = Arc::new(AtomicUsize::new(0));
        let (release, running) = block(&pool).await;
        let counter = Arc::clone(&drawn);
        let mut dropped = Box::pin(pool.run(move || Ok(counter.fetch_add(1, Ordering::SeqCst))));
        assert!((&mut dropped).now_or_never().is_none(), "the only thread is occupied");
        drop(dropped);
        drop(release);
        running.await.expect("no panic").expect("done");
        pool.run(|| Ok(())).await.expect("the next in the queue");
        assert_eq!(drawn.load(Ordering::SeqCst), 0, "the skipped job ran");
    }
}
