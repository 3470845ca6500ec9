//! A service without keys accepts requests from its own machine only. A proxy in front of it would publish it; most proxies show
//! in the request. One on this machine that sends HTTP/1.1 with a loopback `Host` and no header of its own does not.

use std::net::IpAddr;

use axum::http::{HeaderMap, Uri, Version, header, uri::Authority};

use crate::words;
use haibao_core::error::{Error, ErrorKind, Message, Result};

/// Headers of proxies and CDNs, in addition to `x-forwarded-*`. In ascending order.
const FORWARDING: [&str; 23] = [
    "ali-cdn-real-ip",
    "cdn-loop",
    "cdn-src-ip",
    "cf-connecting-ip",
    "eagleid",
    "fastly-client-ip",
    "fly-client-ip",
    "forwarded",
    "proxy-client-ip",
    "true-client-ip",
    "via",
    "wl-proxy-client-ip",
    "x-amzn-trace-id",
    "x-azure-clientip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-envoy-external-address",
    "x-original-forwarded-for",
    "x-original-host",
    "x-original-url",
    "x-proxyuser-ip",
    "x-real-ip",
    "x-remote-ip",
];

/// Checks that a request comes from a program on this machine.
///
/// # Errors
/// `host_forbidden` (403) for headers of proxies, for a host that is not loopback or missing, and for HTTP/1.0: nginx before
/// 1.29.7 passes requests on with that version, its own address as the host and no further header, unless it is configured otherwise
/// (<https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version>).
pub(super) fn check(headers: &HeaderMap, uri: &Uri, version: Version) -> Result<()> {
    if version < Version::HTTP_11 {
        return Err(forbidden(words::host_old_version(format!("{version:?}"))));
    }
    let is_forwarding = |name: &str| name.starts_with("x-forwarded") || FORWARDING.binary_search(&name).is_ok();
    if let Some(name) = headers.keys().map(|name| name.as_str()).find(|name| is_forwarding(name)) {
        return Err(forbidden(words::host_proxied(name)));
    }
    let hosts = headers.get_all(header::HOST).iter().map(|value| value.to_str().ok());
    let named = uri.authority().map(|authority| Some(authority.as_str()));
    let mut named = hosts.chain(named).peekable();
    if named.peek().is_none() {
        return Err(forbidden(words::host_missing()));
    }
    for host in named {
        if !host.is_some_and(is_loopback) {
            let host: String = host.unwrap_or("?").chars().take(100).collect();
            return Err(forbidden(words::host_foreign(words::quote(&host))));
        }
    }
    Ok(())
}

/// Whether `host` or `host:port` is `localhost`, a subdomain of it, or a loopback address.
fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let is_address = address.is_ok_and(|address| address.to_canonical().is_loopback());
    is_address || name == "localhost" || name.ends_with(".localhost")
}

fn forbidden(reason: Message) -> Error {
    Error::of(ErrorKind::Forbidden, words::host_forbidden(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(all: &[(&str, &str)], uri: &str) -> &'static str {
        code_of(all, uri, Version::HTTP_11)
    }

    fn code_of(all: &[(&str, &str)], uri: &str, version: Version) -> &'static str {
        let mut headers = HeaderMap::new();
        for (name, value) in all {
            headers.append(name.parse::<header::HeaderName>().expect("a name"), value.parse().expect("a value"));
        }
        check(&headers, &uri.parse().expect("a URI"), version).map_or_else(|error| error.code(), |()| "")
    }

    #[test]
    fn loopback_hosts_are_served() {
        for host in
            ["127.0.0.1", "127.0.0.1:8080", "127.9.9.9:1", "localhost", "LOCALHOST:80", "a.localhost", "[::1]:8080"]
        {
            assert_eq!(code(&[("host", host)], "/"), "", "{host}");
        }
        assert_eq!(code(&[], "http://localhost:8080/"), "", "a URL with a host");
    }

    #[test]
    fn other_hosts_and_proxies_are_rejected() {
        for host in
            ["shop.example", "10.0.0.1:8080", "localhost.example", "127.0.0.1.nip.io", "0.0.0.0", "[::]", "", "a@b"]
        {
            assert_eq!(code(&[("host", host)], "/"), "host_forbidden", "{host}");
        }
        assert_eq!(code(&[("host", "localhost"), ("host", "shop.example")], "/"), "host_forbidden");
        assert_eq!(code(&[("host", "localhost")], "http://shop.example/"), "host_forbidden");
        assert_eq!(code(&[], "/"), "host_forbidden", "no host");
        assert_eq!(code_of(&[("host", "127.0.0.1:8080")], "/", Version::HTTP_10), "host_forbidden", "nginx's default");
        for name in FORWARDING {
            assert_eq!(code(&[("host", "localhost"), (name, "1")], "/"), "host_forbidden", "{name}");
        }
        for name in ["X-Forwarded-For", "x-forwarded-proto", "Forwarded", "Via", "X-Real-IP", "x-forwarded"] {
            assert_eq!(code(&[("host", "localhost"), (name, "1.2.3.4")], "/"), "host_forbidden", "{name}");
        }
    }
}
