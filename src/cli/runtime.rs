//! The async runtime of a command.

use std::{sync::Arc, time::Duration};

use tokio::runtime::{Builder, Runtime};

use crate::{config::Settings, net::lane::THREADS, service::App, store::Store};
use haibao_core::error::{Error, Result};

/// Time to close the databases at the end of a command. Statements in progress may wait for a server.
const CLOSE: Duration = Duration::from_secs(2);

/// Blocking threads for single files, beside those of all lanes.
const SPARE_THREADS: usize = 2;

/// Runs a future on a new runtime.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = runtime()?;
    let result = runtime.block_on(future);
    // Do not wait for threads that are still decoding or resolving a name.
    runtime.shutdown_background();
    result
}

fn runtime() -> Result<Runtime> {
    // Bounded, because the allocator keeps memory per thread.
    let runtime = Builder::new_multi_thread().enable_all().max_blocking_threads(THREADS + SPARE_THREADS).build();
    runtime.map_err(|e| Error::internal("cannot start the runtime").source(e))
}

/// Runs work with the components of the service, and closes their databases.
pub(super) fn with_app<T>(settings: &Settings, work: impl AsyncFnOnce(&Arc<App>) -> Result<T>) -> Result<T> {
    block_on(async {
        let app = Arc::new(App::new(&settings.service())?);
        let result = work(&app).await;
        close(app.close()).await;
        result
    })
}

/// Runs work with the database, and closes it.
pub(super) fn with_store<T>(settings: &Settings, work: impl AsyncFnOnce(Store) -> Result<T>) -> Result<T> {
    block_on(async {
        let store = Store::new(&settings.store, &settings.data)?;
        let result = work(store.clone()).await;
        close(store.close()).await;
        result
    })
}

/// Waits until the databases are closed, within a limit: what is not closed is complete, too, but leaves a write-ahead log.
pub(super) async fn close(closing: impl Future<Output = ()>) {
    let _ = tokio::time::timeout(CLOSE, closing).await;
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::future::join_all;

    use super::*;
    use crate::net::lane::{Lane, Work};

    #[test]
    fn a_file_is_read_while_all_lanes_are_busy() {
        let runtime = runtime().expect("a runtime");
        let lanes: Vec<_> = Work::ALL.iter().map(|work| (Lane::of(*work), work.width())).collect();
        runtime.block_on(async {
            let (mut released, mut busy) = (Vec::new(), Vec::new());
            let (started, starts) = mpsc::channel();
            for (lane, width) in &lanes {
                for _ in 0..*width {
                    let (release, wait) = mpsc::channel::<()>();
                    let started = started.clone();
                    released.push(release);
                    busy.push(lane.run(move || {
                        let _ = started.send(());
                        let _ = wait.recv();
                    }));
                }
            }
            let file = async {
                let mut running = 0;
                while running < THREADS {
                    running += starts.try_iter().count();
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                let read = tokio::task::spawn_blocking(|| ());
                tokio::time::timeout(Duration::from_secs(20), read).await.expect("a thread is left").expect("no panic");
                released.clear();
            };
            let ((), done) = tokio::join!(file, join_all(busy));
            assert!(done.into_iter().all(|done| done.is_ok()));
        });
    }
}
