//! Workers of this instance. Each takes one task at a time from the queue.

use std::{
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use apalis::prelude::{BackendExt, BoxDynError, Layer, Service, WorkerBuilder, WorkerBuilderExt, WorkerError};
use futures_util::FutureExt;
use tokio::{sync::watch, task::JoinSet, time};

use super::{
    ExportJobs, Task,
    background::BackgroundKind,
    chunk, finish, prepare,
    queue::{AdaptivePolling, Engine, on_engine},
    sweep, webhook,
};
use crate::service::{App, call::Call};
use haibao_core::error::{Domain, Error, Result};

/// Time that chunks in flight have to finish when the process stops.
const GRACE_PERIOD: Duration = Duration::from_secs(8);
/// Delay before an ended worker is restarted.
const RESTART_DELAY: Duration = Duration::from_secs(1);

/// Background tasks of this instance: workers, sweeper and heartbeat.
pub struct Workers {
    app: Arc<App>,
    stop: watch::Sender<bool>,
    running: JoinSet<()>,
    /// Heartbeat, stopped after the workers.
    heartbeat: JoinSet<()>,
}

impl Workers {
    /// Starts as many workers as configured, the sweeper and the heartbeat.
    pub fn start(app: Arc<App>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut running = JoinSet::new();
        let threads = app.pool.workers() + 2;
        let count = usize::try_from(app.exports.config.workers).unwrap_or(threads);
        for index in 0..count {
            running.spawn(work(Arc::clone(&app), index, stopped.clone()));
        }
        running.spawn(sweep_loop(Arc::clone(&app), stopped));
        let mut heartbeat = JoinSet::new();
        heartbeat.spawn(heartbeat_loop(Arc::clone(&app)));
        Self { app, stop, running, heartbeat }
    }

    /// Stops the workers. Chunks in flight have 8 s to finish, then they are released for other instances.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        self.app.exports.closing.send_replace(true);
        let exports = &self.app.exports;
        let ended = async {
            while self.running.join_next().await.is_some() {}
            // Started by the workers.
            exports.background.ended().await;
        };
        if time::timeout(GRACE_PERIOD, ended).await.is_err() {
            self.running.shutdown().await;
        }
        self.heartbeat.shutdown().await;
        let exports = &self.app.exports;
        // If the database does not exist yet, nothing is held. Do not create it.
        if exports.records.store().existing().await.is_ok_and(|db| db.is_some())
            && let Err(error) = exports.records.leave().await
        {
            tracing::warn!(
                error = error.message(),
                "failed to release work; other instances take it over after the lease expires"
            );
        }
    }
}

/// A third of the lease, so that a late heartbeat does not expire it.
fn heartbeat_interval(exports: &ExportJobs) -> Duration {
    Duration::from_secs(exports.config.lease_seconds.max(1)) / 3
}

async fn heartbeat_loop(app: Arc<App>) {
    loop {
        let exports = &app.exports;
        let existing = exports.records.store().existing().await;
        let beaten = match existing {
            Ok(Some(_)) => exports.records.beat().await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        exports.set_write_error(&beaten);
        if let Err(error) = beaten {
            tracing::warn!(error = error.message(), "failed to write the heartbeat of this instance");
        }
        time::sleep(heartbeat_interval(exports)).await;
    }
}

async fn sweep_loop(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let pause = Duration::from_secs(app.exports.config.lease_seconds.clamp(1, 30));
    loop {
        if let Err(error) = sweep::run(&app.exports).await {
            tracing::warn!(code = error.code(), error = error.message(), "export sweep failed");
        }
        tokio::select! {
            () = time::sleep(pause) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

/// Builds a worker. A macro, because the worker type depends on the backend.
macro_rules! build {
    ($name:expr, $backend:expr, $app:expr) => {{
        let app = Arc::clone($app);
        WorkerBuilder::new($name)
            .backend($backend)
            .layer(OneAtATime::default())
            .catch_panic()
            .build(move |task: Task| perform(Arc::clone(&app), task))
    }};
}

/// A future whose type does not become a part of apalis' generic types: they take long to compile as it is.
type Erased<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Spawned, so that the work finishes even if the worker fails.
fn perform(app: Arc<App>, task: Task) -> Erased<(), BoxDynError> {
    let work = tokio::spawn(run(app, task));
    Box::pin(async move { work.await?.map_err(|error| Box::new(error) as BoxDynError) })
}

/// Runs a worker until `until` completes.
fn start_worker(engine: Engine, name: &str, app: &Arc<App>, until: Erased<(), WorkerError>) -> Erased<(), WorkerError> {
    on_engine!(engine, open => {
        let backend = open.storage.poll_with_strategy(AdaptivePolling::default());
        Box::pin(build!(name, backend, app).run_until(until))
    })
}

/// Runs one worker. If it fails, for example because the database is unavailable, it is restarted under a new name.
async fn work(app: Arc<App>, index: usize, stopped: watch::Receiver<bool>) {
    let mut start = 0_u32;
    while !*stopped.borrow() {
        // The first export creates the database. Until then there is no work.
        if !app.exports.records.store().existing().await.is_ok_and(|db| db.is_some()) {
            let mut stopped = stopped.clone();
            let _ = time::timeout(Duration::from_millis(250), stopped.wait_for(|stop| *stop)).await;
            continue;
        }
        let name = format!("{}/{index}.{start}", app.exports.records.instance());
        // Send a heartbeat first, so that tasks taken by this worker count as live.
        let ready = async {
            app.exports.records.beat().await?;
            app.exports.queue.engine().await.cloned()
        };
        match ready.await {
            Ok(engine) => {
                let mut stopped = stopped.clone();
                let until = async move {
                    let _ = stopped.wait_for(|stop| *stop).await;
                    Ok(())
                };
                let ended = start_worker(engine, &name, &app, Box::pin(until)).await;
                app.exports.queue.ended(&name);
                if let Err(error) = ended {
                    tracing::warn!(worker = name, %error, "restarting an export worker");
                }
            }
            Err(error) => tracing::warn!(error = error.message(), "failed to open the export queue"),
        }
        start += 1;
        let mut stopped = stopped.clone();
        let _ = time::timeout(RESTART_DELAY, stopped.wait_for(|stop| *stop)).await;
    }
}

/// Runs a task, or hands it to its lane.
async fn run(app: Arc<App>, task: Task) -> Result<()> {
    let (side, id) = match &task {
        Task::Prepare { id, .. } => (BackgroundKind::Check, id.clone()),
        Task::Webhook { id, .. } => (BackgroundKind::Webhook, id.clone()),
        Task::Chunk { .. } | Task::Finish { .. } => return run_now(&app, task).await,
    };
    let step = {
        let app = Arc::clone(&app);
        async move { drop(run_now(&app, task).await) }
    };
    // A step of an unknown export has nothing to do.
    let owner = app.exports.records.get(&id).await.ok().flatten().and_then(|export| export.owner);
    app.exports.background.spawn(side, owner.unwrap_or_default().into(), &id, step);
    Ok(())
}

/// Runs a task. If it fails or panics, its work is released, so that the sweeper can enqueue a new task.
async fn run_now(app: &Arc<App>, task: Task) -> Result<()> {
    // Unwind safe: the shared state consists of caches whose locks do not poison.
    let work = Call::export("").scope(execute(app, task.clone()));
    let result = AssertUnwindSafe(work).catch_unwind().await;
    settle(&app.exports, &task, result.unwrap_or_else(|_| Err(Error::internal("an export task panicked")))).await
}

/// Releases the work of a task that failed. If its export has ended meanwhile, that is no failure.
pub(super) async fn settle(exports: &ExportJobs, task: &Task, result: Result<()>) -> Result<()> {
    let Err(error) = &result else { return result };
    if exports.has_ended(task.export()).await.unwrap_or_default() {
        tracing::debug!(task = task.key(), code = error.code(), "the export has ended meanwhile");
        // What is held cannot be removed.
        release(exports, task, true).await;
        return Ok(());
    }
    tracing::warn!(task = task.key(), code = error.code(), error = error.message(), "export task failed");
    // Bugs and panics count as attempts, or the task would be retried without end.
    release(exports, task, !error.is_from(Domain::Bug)).await;
    result
}

async fn execute(app: &Arc<App>, task: Task) -> Result<()> {
    match task {
        Task::Prepare { id, .. } => Box::pin(prepare::run(app, &id)).await,
        Task::Chunk { id, generation, n } => Box::pin(chunk::run(app, &id, n, generation)).await,
        Task::Finish { id, generation } => Box::pin(finish::run(app, &id, generation)).await,
        Task::Webhook { id, attempt } => Box::pin(webhook::run(&app.exports, &id, attempt)).await,
    }
}

/// Releases what this process holds for a task. Retries until the store is available, because other instances cannot
/// take over the work of a live one. A `forgiven` attempt is not counted.
async fn release(exports: &ExportJobs, task: &Task, forgiven: bool) {
    let mut pause = Duration::from_millis(250);
    loop {
        let released = match task {
            Task::Prepare { id, generation } | Task::Finish { id, generation } => {
                exports.records.release(id, *generation, forgiven, None).await
            }
            Task::Chunk { id, n, .. } => exports.records.release_chunk(id, *n, forgiven).await,
            Task::Webhook { .. } => return,
        };
        let Err(error) = released else { return };
        tracing::warn!(task = task.key(), error = error.message(), "failed to release a task, retrying");
        time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

/// Layer that limits a worker to one task at a time, so that it does not hold tasks which other workers could run.
#[derive(Debug, Clone, Default)]
pub(super) struct OneAtATime(Arc<AtomicBool>);

impl<S> Layer<S> for OneAtATime {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated { inner, busy: Arc::clone(&self.0) }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Gated<S> {
    inner: S,
    busy: Arc<AtomicBool>,
}

impl<S, T> Service<T> for Gated<S>
where
    S: Service<T>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        // The caller is woken when the running task ends.
        if self.busy.load(Ordering::Acquire) { Poll::Pending } else { self.inner.poll_ready(cx) }
    }

    fn call(&mut self, task: T) -> Self::Future {
        /// Clears the flag when the task ends or is dropped.
        struct Busy(Arc<AtomicBool>);
        impl Drop for Busy {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Release);
            }
        }
        self.busy.store(true, Ordering::Release);
        let busy = Busy(Arc::clone(&self.busy));
        let work = self.inner.call(task);
        Box::pin(async move {
            let _busy = busy;
            work.await
        })
    }
}
