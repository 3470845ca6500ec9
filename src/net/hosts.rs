//! Concurrency per host: a slow host occupies its own places only.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::time::Instant;

use super::fair::{Late, Share, Shares};

/// Number of hosts from which idle ones are forgotten.
const MAX_IDLE: usize = 256;

/// Places of each host.
#[derive(Debug)]
pub(crate) struct Hosts {
    width: u32,
    known: Mutex<HashMap<String, Shares>>,
}

impl Hosts {
    /// At most `width` places per host.
    pub fn new(width: usize) -> Self {
        Self { width: u32::try_from(width).unwrap_or(u32::MAX).max(1), known: Mutex::default() }
    }

    /// Waits for a place. Callers are served in the order of [`Shares`]. It is given back when the share is dropped.
    pub async fn enter(&self, host: &str, caller: &Arc<str>) -> Option<Share> {
        self.places(host).take(caller, 1, None).await
    }

    /// Waits for a place as long as there is time for the work at the host, which is to end by `end`: see [`Shares::take_by`].
    ///
    /// # Errors
    /// If the place does not come in time.
    pub async fn enter_by(&self, host: &str, caller: &Arc<str>, end: Instant) -> Result<Share, Late> {
        self.places(host).take_by(caller, 1, end).await
    }

    fn places(&self, host: &str) -> Shares {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > MAX_IDLE {
            // Shares and waiting callers hold a reference.
            known.retain(|_, places| !places.is_idle());
        }
        known.entry(host.to_owned()).or_insert_with(|| Shares::new(self.width)).clone()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn places_are_counted_per_host_and_idle_hosts_are_forgotten() {
        let (hosts, me) = (Hosts::new(2), Arc::from("me"));
        let held = (hosts.enter("a", &me).await, hosts.enter("a", &me).await);
        assert!(hosts.enter("a", &me).now_or_never().is_none(), "the third waits");
        assert!(hosts.enter("b", &me).now_or_never().is_some());
        for n in 0..1000 {
            hosts.enter(&n.to_string(), &me).await;
        }
        assert!(hosts.known.lock().expect("the hosts").len() <= MAX_IDLE + 1);
        assert!(hosts.enter("a", &me).now_or_never().is_none(), "a host in use is kept");
        drop(held);
        assert!(hosts.enter("a", &me).now_or_never().is_some());
    }
}
