//! Clients that read their responses slowly make room for jobs that wait for memory.

use tokio::time::sleep;

use super::{answer::UNREAD_PAUSE, table::Table};
use crate::service::pool::Pool;

/// Closes the connections whose clients read most slowly, one after another, while a job waits for what they hold. Does not end.
pub(super) async fn relieve(pool: &Pool, table: &Table) {
    loop {
        pool.lacks_held().await;
        table.close_slowest(UNREAD_PAUSE);
        sleep(UNREAD_PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use futures_util::FutureExt;
    use tokio::time::timeout;

    use super::*;
    use crate::service::pool::{Config, Kind, MAX_UNREAD, Need};

    const SOON: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_client_that_reads_nothing_makes_room_for_a_job() {
        let config = Config { workers: 1, ..Config::default() };
        let pool = Pool::start(config, |_| ()).expect("a thread");
        let table = Arc::new(Table::new(2));
        let [stalled, fast] = [0; 2].map(|_| table.admit().expect("room"));
        let _responses = [&stalled, &fast].map(|place| place.state().reading().begin());
        stalled.state().reading().was_blocked();
        // More than fits beside the job, and as much as finished posters may have.
        let (large, rest) = (pool.hold(30 << 20), pool.hold(MAX_UNREAD));
        let need = Need { memory: config.memory(1) - MAX_UNREAD, ..Need::of(Kind::Draw) };
        assert!(pool.lacks_held().now_or_never().is_none(), "no job waits");
        let mut job = Box::pin(pool.run(need, |_| Ok(1)));
        assert!((&mut job).now_or_never().is_none(), "it waits for memory");
        tokio::select! {
            () = relieve(&pool, &table) => panic!("it ended"),
            closed = timeout(SOON, stalled.state().evicted()) => closed.expect("the client that reads nothing is closed"),
        }
        assert!(fast.state().evicted().now_or_never().is_none(), "it has not kept its response waiting");
        // As its response.
        drop(large);
        assert!(pool.lacks_held().now_or_never().is_none(), "what is left has its own part of the memory");
        assert_eq!(timeout(SOON, job).await.expect("there is room").expect("no deadline"), 1);
        drop(rest);
    }
}
