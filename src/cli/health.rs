//! `haibao health`: checks that a service on this machine answers. For container health checks, which have no HTTP client.

use std::{net::SocketAddr, time::Duration};

use super::{Listen, block_on, output, serve};
use crate::{causes, net::transport, words};
use haibao_core::error::{Error, ErrorKind, Message, Result};

/// Time limit for the response.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The address of `serve`, from the same settings.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) listen: Listen,
}

pub(super) fn run(addr: &str) -> Result<()> {
    block_on(async {
        let client = transport::client(|builder| builder.timeout(TIMEOUT))?;
        let url = format!("{}/healthz", base(addr));
        let failed = |what: Message| Error::of(ErrorKind::Upstream, words::service_unhealthy(&url, what));
        let response = client.get(&url).send().await.map_err(|e| failed(causes::request(&e)))?;
        let status = response.status();
        if !status.is_success() {
            return Err(failed(words::status(status.as_u16())));
        }
        output::print("ok\n")
    })
}

/// Base URL of the service that listens on `addr`. An unspecified IP is replaced by the loopback address.
fn base(addr: &str) -> String {
    addr.parse::<SocketAddr>().map_or_else(|_| format!("http://{addr}"), serve::url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unspecified_addresses_are_checked_on_loopback() {
        for (addr, expected) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:8080", "http://127.0.0.1:8080"),
            ("[::1]:8080", "http://[::1]:8080"),
            ("localhost:8080", "http://localhost:8080"),
        ] {
            assert_eq!(base(addr), expected, "{addr}");
        }
    }
}
