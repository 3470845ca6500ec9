//! The async runtime of a command.

use std::{sync::Arc, time::Duration};

use crate::{config::Settings, service::App, store::Store};
use haibao_core::error::{Error, Result};

/// Time to close the databases at the end of a command. Statements in progress may wait for a server.
const CLOSE: Duration = Duration::from_secs(2);

/// Maximum number of blocking threads: those of all lanes (`net::lane`), which are 16, and two for single files.
const BLOCKING_THREADS: usize = 18;

/// Runs a future on a new runtime.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    // Bounded, because the allocator keeps memory per thread.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(BLOCKING_THREADS).build();
    let runtime = runtime.map_err(|e| Error::internal("cannot start the runtime").source(e))?;
    let result = runtime.block_on(future);
    // Do not wait for threads that are still decoding or resolving a name.
    runtime.shutdown_background();
    result
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
