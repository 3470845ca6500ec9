//! The async runtime of a command.

use haibao_core::error::{Error, Result};

/// Maximum number of blocking threads: those of all lanes (`net::lane`) and as many for single files.
const BLOCKING_THREADS: usize = 16;

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
