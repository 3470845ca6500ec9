//! DNS resolver that returns public addresses only: the second half of the guard.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address;

/// Resolves names to public addresses only.
#[derive(Debug)]
pub(super) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let all: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(public(&all)?.into_iter()) as Addrs)
        })
    }
}

/// Keeps only public addresses. Fails if there are others but no public one.
fn public(all: &[SocketAddr]) -> Result<Vec<SocketAddr>, NotPublic> {
    let mut why = None;
    let mut public = Vec::new();
    for socket in all {
        match address::special(socket.ip()) {
            None => public.push(*socket),
            Some(what) => why = why.or(Some(NotPublic { ip: socket.ip(), what })),
        }
    }
    match why {
        Some(why) if public.is_empty() => Err(why),
        _ => Ok(public),
    }
}

/// Error for a name that resolves only to non-public addresses.
#[derive(Debug)]
pub(super) struct NotPublic {
    ip: IpAddr,
    what: &'static str,
}

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its name resolves to {}, which is {}", self.ip, self.what)
    }
}

impl std::error::Error for NotPublic {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_resolve_to_public_addresses_only() {
        let sockets = |list: &[&str]| list.iter().map(|s| SocketAddr::new(s.parse().expect(s), 0)).collect::<Vec<_>>();
        let mixed = sockets(&["127.0.0.1", "8.8.8.8", "::1"]);
        assert_eq!(public(&mixed).expect("one is public"), sockets(&["8.8.8.8"]));
        let error = public(&sockets(&["10.0.0.1", "::1"])).expect_err("none is public");
        assert_eq!(error.to_string(), "its name resolves to 10.0.0.1, which is private");
    }
}
