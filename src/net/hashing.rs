//! Hashes of whole files, on threads of their own: that of a large one takes milliseconds, too long for the async runtime's threads.

use std::sync::LazyLock;

use bytes::Bytes;

use super::lane::{Lane, Work};
use haibao_core::{asset::Asset, error::Result};

/// Size up to which a file is hashed at once, bytes: it takes microseconds.
const SHORT: usize = 8 << 10;

/// Names a file by its content.
///
/// # Errors
/// `internal` only.
pub(crate) async fn asset(bytes: impl Into<Bytes>) -> Result<Asset> {
    let bytes = bytes.into();
    if bytes.len() <= SHORT {
        return Ok(Asset::new(bytes));
    }
    blocking(move || Asset::new(bytes)).await
}

/// Runs work that may hash a large file.
///
/// # Errors
/// `internal` only.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    static LANE: LazyLock<Lane> = LazyLock::new(|| Lane::of(Work::Hashes));
    LANE.run(work).await
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::FutureExt;
    use tokio::{runtime::Builder, task::spawn_blocking};

    use super::*;

    #[test]
    fn a_large_file_is_hashed_on_another_thread() {
        let runtime = Builder::new_current_thread().max_blocking_threads(1).build().expect("a runtime");
        runtime.block_on(async {
            let (release, wait) = mpsc::channel::<()>();
            let busy = spawn_blocking(move || wait.recv().is_ok());
            let [short, long] = [SHORT, SHORT + 1].map(|length| vec![7; length]);
            let named = asset(short.clone()).now_or_never().expect("at once").expect("a hash");
            assert_eq!((named.hash, &named.bytes[..]), (blake3::hash(&short), &short[..]));
            let mut waiting = Box::pin(asset(long.clone()));
            assert!((&mut waiting).now_or_never().is_none(), "the only other thread is busy");
            drop(release);
            busy.await.expect("no panic");
            assert_eq!(waiting.await.expect("a hash").hash, blake3::hash(&long));
        });
    }
}
