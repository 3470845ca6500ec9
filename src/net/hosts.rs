//! Concurrency per host: a slow host occupies its own places only.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Number of hosts from which idle ones are forgotten.
const MAX_IDLE: usize = 256;

/// Places of each host.
#[derive(Debug)]
pub(crate) struct Hosts {
    width: usize,
    known: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Hosts {
    /// At most `width` places per host.
    pub fn new(width: usize) -> Self {
        Self { width: width.max(1), known: Mutex::default() }
    }

    /// Waits for a place, first come, first served. It is given back when the permit is dropped.
    pub async fn enter(&self, host: &str) -> Option<OwnedSemaphorePermit> {
        let places = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() > MAX_IDLE {
                // Permits and waiting callers hold a reference.
                known.retain(|_, places| Arc::strong_count(places) > 1);
            }
            Arc::clone(known.entry(host.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.width))))
        };
        // Never closed, so there always is a permit.
        places.acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn places_are_counted_per_host_and_idle_hosts_are_forgotten() {
        let hosts = Hosts::new(2);
        let held = (hosts.enter("a").await, hosts.enter("a").await);
        assert!(hosts.enter("a").now_or_never().is_none(), "the third waits");
        assert!(hosts.enter("b").now_or_never().is_some());
        for n in 0..1000 {
            hosts.enter(&n.to_string()).await;
        }
        assert!(hosts.known.lock().expect("the hosts").len() <= MAX_IDLE + 1);
        assert!(hosts.enter("a").now_or_never().is_none(), "a host in use is kept");
        drop(held);
        assert!(hosts.enter("a").now_or_never().is_some());
    }
}
