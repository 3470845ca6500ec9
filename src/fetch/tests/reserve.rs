//! Groups of assets that need the reserve of the memory, and share a fetch.

use std::future::pending;

use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::Semaphore;

use super::*;

const SIZE: usize = 1 << 20;

/// A fetcher whose memory is used up but for the reserve, with the asset that occupies it.
async fn full() -> (Fetcher, Asset) {
    let fetcher =
        Fetcher::new(Config { max_bytes: SIZE, memory_bytes: SIZE as u64, cache_bytes: 0, ..Config::default() });
    let fetcher = fetcher.expect("a fetcher");
    let (flood, _) = held(&fetcher.by("flood".into()), 64 << 10).await.expect("free");
    (fetcher, flood)
}

/// An asset of this size, and whether it may be kept.
async fn held(fetcher: &Fetcher, bytes: usize) -> Result<(Asset, bool)> {
    fetcher.hold(bytes as u64, soon(), || async move { Ok(Asset::new(vec![0; bytes])) }).await
}

/// Reads an asset on behalf of a group once the gate is open.
fn reader(
    fetcher: &Fetcher,
    gate: &Arc<Semaphore>,
) -> impl Fn() -> BoxFuture<'static, Result<(Asset, Option<Duration>)>> {
    let (fetcher, gate) = (fetcher.clone(), Arc::clone(gate));
    move || {
        let (fetcher, gate) = (fetcher.clone(), Arc::clone(&gate));
        let read = async move {
            let _open = gate.acquire().await.expect("never closed");
            let (asset, may_keep) = held(&fetcher, SIZE / 4).await?;
            Ok((asset, may_keep.then_some(Duration::ZERO)))
        };
        read.boxed()
    }
}

fn open() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(1 << 10))
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("it does not wait")
}

#[tokio::test]
async fn a_group_with_the_reserve_does_not_wait_for_the_fetch_of_another() {
    let (fetcher, _flood) = full().await;
    let (first, second) = (fetcher.by("first".into()), fetcher.by("second".into()));
    let (own, may_keep) = held(&first, SIZE / 4).await.expect("the reserve");
    assert!(!may_keep, "it is of the reserve");
    let gate = open();
    let mut other = Box::pin(second.stored("shared", reader(&second, &gate)));
    assert!((&mut other).now_or_never().is_none(), "it waits for the reserve");
    let shared = in_time(first.stored("shared", reader(&first, &open()))).await.expect("an asset");
    drop((own, shared));
    in_time(other).await.expect("its turn");
}

#[tokio::test]
async fn a_group_that_gets_the_reserve_stops_to_wait_for_the_fetch_of_another() {
    let (fetcher, _flood) = full().await;
    let (first, second) = (fetcher.by("first".into()), fetcher.by("second".into()));
    let mut other = Box::pin(second.stored("shared", pending::<Result<(Asset, Option<Duration>)>>));
    assert!((&mut other).now_or_never().is_none());
    let gate = open();
    let mut shared = Box::pin(first.stored("shared", reader(&first, &gate)));
    assert!((&mut shared).now_or_never().is_none(), "it shares the fetch");
    let _own = held(&first, SIZE / 4).await.expect("the reserve");
    in_time(shared).await.expect("an asset");
}

#[tokio::test]
async fn an_asset_in_the_reserve_of_one_group_is_not_taken_over_by_another() {
    let (fetcher, _flood) = full().await;
    let (first, second, gate) = (fetcher.by("first".into()), fetcher.by("second".into()), Arc::new(Semaphore::new(0)));
    let mut own = Box::pin(first.stored("shared", reader(&first, &gate)));
    assert!((&mut own).now_or_never().is_none());
    let mut shared = Box::pin(second.stored("shared", reader(&second, &gate)));
    assert!((&mut shared).now_or_never().is_none(), "it shares the fetch");
    gate.add_permits(1 << 10);
    let own = in_time(own).await.expect("the reserve");
    assert!((&mut shared).now_or_never().is_none(), "it waits for its turn");
    drop(own);
    let _shared = in_time(shared).await.expect("its turn");
    // The reserve is that of the second group now.
    in_time(held(&second, SIZE / 4)).await.expect("the rest of its turn");
}
