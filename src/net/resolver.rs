//! DNS: asynchronous, bounded, with a timeout. The system's resolver (getaddrinfo) would block a thread for each name, for as
//! long as a name server stays silent.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hickory_resolver::{
    ResolverBuilder, TokioResolver,
    config::LookupIpStrategy,
    net::{NetError, runtime::TokioRuntimeProvider},
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::{sync::OnceCell, time::timeout};

use super::{
    caller::{self, on_behalf},
    fair::Shares,
};
use crate::words;
use haibao_core::error::Message;

/// Time for one name, including the wait for a place.
const TIMEOUT: Duration = Duration::from_secs(4);
/// Time for one try at one name server.
const TRY_TIMEOUT: Duration = Duration::from_millis(1500);
/// Names resolved at the same time. Those of one caller leave a part of the places to others.
const MAX_LOOKUPS: u32 = 64;

/// Resolves names as the system's configuration says (`/etc/resolv.conf`, `/etc/hosts`), with a cache. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Resolver(Arc<Inner>);

struct Inner {
    /// Created on first use, because it needs an async runtime.
    resolver: OnceCell<TokioResolver>,
    lookups: Shares,
}

/// Why a name has no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookupError {
    /// The name does not exist, or has no address.
    Unknown,
    /// The name servers do not answer in time, or fail.
    Unavailable,
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message().text())
    }
}

impl LookupError {
    /// The failure as a sentence.
    pub(crate) fn message(&self) -> Message {
        match self {
            Self::Unknown => words::host_unknown(),
            Self::Unavailable => words::host_unresolved(),
        }
    }
}

impl std::error::Error for LookupError {}

impl Default for Resolver {
    fn default() -> Self {
        Self(Arc::new(Inner { resolver: OnceCell::new(), lookups: Shares::with_room(MAX_LOOKUPS) }))
    }
}

impl Resolver {
    /// Addresses of a name, for the [current caller](caller::current). A name with a final dot is not completed by the system's search
    /// list.
    ///
    /// # Errors
    /// [`LookupError`].
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        let lookup = async {
            let _place = self.0.lookups.take(&caller::current(), 1, None).await;
            let resolver = self.0.resolver.get_or_try_init(|| async { create() }).await?;
            match resolver.lookup_ip(name).await {
                Ok(found) => Ok(found.iter().collect()),
                Err(error) if error.is_no_records_found() || error.is_nx_domain() => Err(LookupError::Unknown),
                Err(error) => {
                    tracing::debug!(name, %error, "a name cannot be resolved");
                    Err(LookupError::Unavailable)
                }
            }
        };
        timeout(TIMEOUT, lookup).await.unwrap_or(Err(LookupError::Unavailable))
    }
}

/// A resolver with the system's configuration.
fn create() -> Result<TokioResolver, LookupError> {
    TokioResolver::builder_tokio().and_then(build).map_err(|error| {
        tracing::error!(%error, "the system's DNS settings cannot be read");
        LookupError::Unavailable
    })
}

fn build(mut builder: ResolverBuilder<TokioRuntimeProvider>) -> Result<TokioResolver, NetError> {
    let options = builder.options_mut();
    options.timeout = TRY_TIMEOUT;
    options.attempts = 2;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    builder.build()
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        // The connection may be made by another task.
        let caller = caller::current();
        Box::pin(async move {
            let addresses = on_behalf(caller, resolver.addresses(name.as_str())).await?;
            Ok(Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

#[cfg(test)]
impl Resolver {
    /// A resolver that asks one name server.
    pub fn asking(server: SocketAddr) -> Self {
        use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};

        let mut connection = ConnectionConfig::udp();
        connection.port = server.port();
        let config =
            ResolverConfig::from_name_servers(vec![NameServerConfig::new(server.ip(), true, vec![connection])]);
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let resolver = OnceCell::new_with(Some(build(builder).expect("a resolver")));
        Self(Arc::new(Inner { resolver, lookups: Shares::with_room(MAX_LOOKUPS) }))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::Mutex};

    use futures_util::future::join_all;
    use tokio::net::UdpSocket;

    use super::*;
    use crate::net::testing::NameServer;

    #[tokio::test]
    async fn a_silent_name_server_blocks_no_thread() {
        let server = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let resolver = Resolver::asking(server.local_addr().expect("its address"));
        let asked = Arc::new(Mutex::new(HashSet::new()));
        let names = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut query = [0; 512];
            while let Ok(size) = server.recv(&mut query).await {
                // The first label of the name, behind a head of 12 bytes and its length.
                let length = usize::from(query[12]);
                names.lock().expect("no panic").insert(query[..size][13..][..length].to_ascii_lowercase());
            }
        });
        let all = join_all((0..500).map(|n| {
            let resolver = resolver.clone();
            async move { resolver.addresses(&format!("host{n}.example.")).await }
        }));
        let all = tokio::spawn(all);
        // Blocking threads do other work meanwhile.
        for _ in 0..100 {
            tokio::task::spawn_blocking(|| ()).await.expect("no panic");
        }
        assert!(!all.is_finished(), "the names were resolved before the other work");
        let all = all.await.expect("no panic");
        assert!(all.iter().all(|found| *found == Err(LookupError::Unavailable)));
        // The wait for a place counts: after the time of three tries, no further name is asked for.
        let asked = asked.lock().expect("no panic").len();
        assert!((1..=3 * MAX_LOOKUPS as usize).contains(&asked), "{asked} of 500 names were asked for");
    }

    #[tokio::test]
    async fn names_of_one_caller_do_not_hold_up_those_of_another() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let server = NameServer::start(|_, _| vec![IpAddr::from([192, 0, 2, 1])]).await;
        // Two resolvers that share their places: the names of the flood are never answered.
        let flooded = Resolver::asking(silent.local_addr().expect("its address"));
        let Some(answered) = Arc::into_inner(server.resolver().0) else { unreachable!("nothing else has it") };
        let light = Resolver(Arc::new(Inner { lookups: flooded.0.lookups.clone(), ..answered }));
        let flood = on_behalf(
            "flood".into(),
            join_all((0..500).map(|n| {
                let flooded = flooded.clone();
                async move { flooded.addresses(&format!("host{n}.example.")).await }
            })),
        );
        let flood = tokio::spawn(flood);
        while light.0.lookups.free() == MAX_LOOKUPS {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let found = on_behalf("light".into(), light.addresses("shop.example.")).await;
        assert_eq!(found, Ok(vec![IpAddr::from([192, 0, 2, 1])]));
        assert!(!flood.is_finished(), "its name was resolved after those of the flood");
        flood.abort();
    }

    #[tokio::test]
    async fn the_hosts_file_and_localhost_are_honoured() {
        let found = Resolver::default().addresses("localhost").await.expect("every system has it");
        assert!(found.iter().all(IpAddr::is_loopback) && !found.is_empty(), "{found:?}");
    }
}
