//! DNS resolver that returns public addresses only: the second half of the guard.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{self, What};
use crate::net::{
    caller::{self, on_behalf},
    resolver::{LookupError, Resolver},
};

/// Resolves names to public addresses only.
#[derive(Clone)]
pub(super) struct PublicResolver {
    pub names: Resolver,
    /// Describes why an address is not public. In tests, one loopback address counts as public and another one does not.
    pub special: fn(IpAddr) -> Option<What>,
}

impl Default for PublicResolver {
    fn default() -> Self {
        Self { names: Resolver::default(), special: address::special }
    }
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { names, special } = self.clone();
        // The connection may be made by another task.
        let caller = caller::current();
        Box::pin(async move {
            // With a final dot, so that short names are not completed to those of the internal network.
            let full = format!("{}.", name.as_str().trim_end_matches('.'));
            let all = match on_behalf(caller, names.addresses(&full)).await {
                Ok(all) => all,
                Err(LookupError::Unknown) => return Err(NotPublic.into()),
                Err(unavailable) => return Err(unavailable.into()),
            };
            let public = public(&all, special).inspect_err(|_| {
                tracing::warn!(name = name.as_str(), addresses = ?all, "a URL leads to a private address");
            })?;
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Keeps only public addresses. Fails if there is none.
fn public(all: &[IpAddr], special: fn(IpAddr) -> Option<What>) -> Result<Vec<SocketAddr>, NotPublic> {
    let public = all.iter().filter(|ip| special(**ip).is_none());
    let public: Vec<SocketAddr> = public.map(|ip| SocketAddr::new(*ip, 0)).collect();
    if public.is_empty() { Err(NotPublic) } else { Ok(public) }
}

/// Error for a name that has no public address. Does not tell apart names that do not exist from internal ones, because
/// callers must not learn which internal names exist.
#[derive(Debug)]
pub(super) struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host name has no public address")
    }
}

impl std::error::Error for NotPublic {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_resolve_to_public_addresses_only() {
        let ips = |list: &[&str]| list.iter().map(|s| s.parse().expect(s)).collect::<Vec<IpAddr>>();
        let mixed = ips(&["127.0.0.1", "8.8.8.8", "::1"]);
        assert_eq!(
            public(&mixed, address::special).expect("one is public"),
            [SocketAddr::new(ips(&["8.8.8.8"])[0], 0)]
        );
        for private in [&["10.0.0.1", "::1"][..], &[]] {
            let error = public(&ips(private), address::special).expect_err("none is public");
            assert_eq!(error.to_string(), "the host name has no public address");
        }
    }
}
