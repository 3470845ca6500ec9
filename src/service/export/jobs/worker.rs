//! The workers of this instance: each takes one task at a time out of the queue.

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
    Exports, Task, chunk, finish, prepare,
    queue::{Engine, Pulse},
    sweep, webhook,
};
use crate::service::App;
use haibao_core::error::{Error, Kind, Result};

/// How long a chunk in hand may go on when the process stops.
const GRACE: Duration = Duration::from_secs(8);
/// The error's code of a task that panicked.
const PANICKED: &str = "internal";
/// The pause before a worker that failed starts again.
const AGAIN: Duration = Duration::from_secs(1);

/// Workers, the sweeper, and what tells others that this instance lives.
pub struct Workers {
    app: Arc<App>,
    stop: watch::Sender<bool>,
    running: JoinSet<()>,
    /// Ends when the workers have.
    beat: JoinSet<()>,
}

impl Workers {
    /// Starts them, as many as the settings say.
    pub fn start(app: Arc<App>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut running = JoinSet::new();
        let threads = app.pool.workers() + 2;
        let count = usize::try_from(app.exports.config.workers).unwrap_or(threads);
        for index in 0..count {
            running.spawn(work(Arc::clone(&app), index, stopped.clone()));
        }
        running.spawn(sweeping(Arc::clone(&app), stopped));
        let mut beat = JoinSet::new();
        beat.spawn(beating(Arc::clone(&app)));
        Self { app, stop, running, beat }
    }

    /// Stops: chunks in hand are finished when that does not take long, else given back.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        self.app.exports.closing.send_replace(true);
        let ended = async { while self.running.join_next().await.is_some() {} };
        if time::timeout(GRACE, ended).await.is_err() {
            self.running.shutdown().await;
        }
        self.beat.shutdown().await;
        let exports = &self.app.exports;
        // Without anything held, no file is made for a goodbye.
        if exports.records.store().existing().await.is_ok_and(|db| db.is_some())
            && let Err(error) = exports.records.leave().await
        {
            tracing::warn!(message = error.message(), "what is in hand is free for others only after a while");
        }
    }
}

/// A third of the lease: one beat may be late.
fn rhythm(exports: &Exports) -> Duration {
    Duration::from_secs(exports.config.lease_seconds.max(1)) / 3
}

async fn beating(app: Arc<App>) {
    loop {
        let exports = &app.exports;
        let there = exports.records.store().existing().await;
        let beaten = match there {
            Ok(Some(_)) => exports.records.beat().await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        exports.written(&beaten);
        if let Err(error) = beaten {
            tracing::warn!(message = error.message(), "nobody can be told that this instance lives");
        }
        time::sleep(rhythm(exports)).await;
    }
}

async fn sweeping(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let pause = Duration::from_secs(app.exports.config.lease_seconds.clamp(1, 30));
    loop {
        if let Err(error) = sweep::run(&app.exports).await {
            tracing::warn!(code = error.code(), message = error.message(), "sweeping up after exports failed");
        }
        tokio::select! {
            () = time::sleep(pause) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

/// A worker. Its type cannot be named for both engines.
macro_rules! built {
    ($name:expr, $backend:expr, $app:expr) => {{
        let app = Arc::clone($app);
        WorkerBuilder::new($name).backend($backend).layer(OneAtATime::default()).catch_panic().build(
            move |task: Task| {
                // A task of its own: when the worker fails, what it has in hand goes on to its end.
                let work = tokio::spawn(run(Arc::clone(&app), task));
                async move { work.await?.map_err(|error| Box::new(error) as BoxDynError) }
            },
        )
    }};
}

type Ended = Pin<Box<dyn Future<Output = Result<(), WorkerError>> + Send>>;

/// A worker that runs until it is told to stop.
fn started(
    engine: Engine,
    name: &str,
    app: &Arc<App>,
    until: impl Future<Output = Result<(), WorkerError>> + Send + 'static,
) -> Ended {
    match engine {
        Engine::Sqlite(storage) => {
            let backend = storage.poll_with_strategy(Pulse::default());
            Box::pin(built!(name, backend, app).run_until(until))
        }
        Engine::Postgres(postgres) => {
            let backend = postgres.storage.poll_with_strategy(Pulse::default());
            Box::pin(built!(name, backend, app).run_until(until))
        }
    }
}

/// One worker; when it fails (the database was away) it starts again under another name.
async fn work(app: Arc<App>, index: usize, stopped: watch::Receiver<bool>) {
    let mut start = 0_u32;
    while !*stopped.borrow() {
        // The first file is made by the first export.
        if !app.exports.records.store().existing().await.is_ok_and(|db| db.is_some()) {
            let mut stopped = stopped.clone();
            let _ = time::timeout(Duration::from_millis(250), stopped.wait_for(|stop| *stop)).await;
            continue;
        }
        let name = format!("{}/{index}.{start}", app.exports.records.instance());
        // What it takes is its own from the first moment.
        let ready = async {
            app.exports.records.beat().await?;
            app.exports.queue.engine().await.cloned()
        };
        match ready.await {
            Ok(engine) => {
                let mut stopped = stopped.clone();
                let until = async move {
                    let _ = stopped.wait_for(|stop| *stop).await;
                    Ok::<(), WorkerError>(())
                };
                let ended = started(engine, &name, &app, until).await;
                app.exports.queue.ended(&name);
                if let Err(error) = ended {
                    tracing::warn!(worker = name, %error, "a worker of exports starts again");
                }
            }
            Err(error) => tracing::warn!(message = error.message(), "the queue of exports cannot be opened"),
        }
        start += 1;
        let mut stopped = stopped.clone();
        let _ = time::timeout(AGAIN, stopped.wait_for(|stop| *stop)).await;
    }
}

/// Does a task. What fails or panics is given back, so that the sweeper can make a new task for it.
async fn run(app: Arc<App>, task: Task) -> Result<()> {
    // What it shares are caches whose locks do not poison, as for the drawing threads.
    let done = AssertUnwindSafe(done(&app, task.clone())).catch_unwind().await;
    let done = done.unwrap_or_else(|_| Err(Error::new(Kind::Internal, PANICKED, "a task of an export panicked")));
    if let Err(error) = &done {
        tracing::warn!(task = task.key(), code = error.code(), message = error.message(), "a task of an export failed");
        // What panics would panic for ever if it did not count.
        give_back(&app.exports, &task, error.code() != PANICKED).await;
    }
    done
}

async fn done(app: &Arc<App>, task: Task) -> Result<()> {
    match task {
        Task::Prepare { id, generation } => prepare::run(app, &id, generation).await,
        Task::Chunk { id, generation, n } => chunk::run(app, &id, n, generation).await,
        Task::Finish { id, generation } => finish::run(app, &id, generation).await,
        Task::Webhook { id, attempt } => webhook::run(&app.exports, &id, attempt).await,
    }
}

/// Gives back what this process holds for a task, as soon as the store is there: nobody else can while it lives. An
/// attempt that is `forgiven` does not count.
async fn give_back(exports: &Exports, task: &Task, forgiven: bool) {
    let mut pause = Duration::from_millis(250);
    loop {
        let given = match task {
            Task::Prepare { id, generation } | Task::Finish { id, generation } => {
                exports.records.release(id, *generation, forgiven, None).await
            }
            Task::Chunk { id, n, .. } => exports.records.release_chunk(id, *n, forgiven).await,
            Task::Webhook { .. } => return,
        };
        let Err(error) = given else { return };
        tracing::warn!(task = task.key(), message = error.message(), "a task is not given back yet");
        time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

/// Lets one task through at a time: a worker that holds several keeps them from others, and its own from being counted.
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
        // Whoever asks is woken by the task that ends.
        if self.busy.load(Ordering::Acquire) { Poll::Pending } else { self.inner.poll_ready(cx) }
    }

    fn call(&mut self, task: T) -> Self::Future {
        /// Also when the task is dropped.
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
