//! Guard against server-side request forgery (SSRF).
//!
//! Every hop is checked twice: its URL here, and the resolved addresses when the connection is made
//! ([`super::resolver`]), which prevents DNS rebinding. An IP literal is not resolved, so it is only checked here.

#[cfg(test)]
mod tests;

use std::{collections::HashSet, net::IpAddr};

use url::{Host, Url};

use super::{address, config::Config};
use crate::{causes, words};
use haibao_core::error::{Domain, Error, ErrorKind, Finding, Message, Result};

/// Maximum URL length, bytes. Leaves room for signed URLs and bounds cache keys.
const MAX_URL: usize = 8192;
/// Maximum length of a URL in messages, characters.
const MAX_DISPLAY: usize = 120;

/// Addresses that a request to a checked URL may connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Public addresses only.
    Public,
    /// Any address, because `assets.allow_private` lists this host and port.
    Allowed,
}

/// Parsed access rules.
#[derive(Debug)]
pub(super) struct Guard {
    /// Allowed private endpoints, `host:port` with the host as serialised by the `url` crate.
    private: HashSet<String>,
    /// Allowed hosts. Empty: every host.
    hosts: Vec<HostRule>,
    /// Allowed ports of public hosts.
    ports: Vec<u16>,
}

#[derive(Debug, PartialEq, Eq)]
enum HostRule {
    Exact(String),
    /// Suffix that names must end with, `.example.com`.
    Under(String),
}

impl Guard {
    /// Parses the rules. The error lists every invalid entry.
    pub fn new(config: &Config) -> Result<Self> {
        let mut findings = Vec::new();
        let mut reject = |name: &str, index: usize, finding: Finding| {
            findings.push(finding.pointer(format!("/assets/{name}/{index}")));
        };
        let mut private = HashSet::new();
        for (index, text) in config.allow_private.iter().enumerate() {
            match endpoint(text) {
                Some(endpoint) => drop(private.insert(endpoint)),
                None => reject("allow_private", index, words::endpoint_invalid(words::quote(text))),
            }
        }
        let mut hosts = Vec::new();
        for (index, text) in config.allow_hosts.iter().enumerate() {
            match host_rule(text) {
                Some(rule) => hosts.push(rule),
                None => reject("allow_hosts", index, words::host_rule_invalid(words::quote(text))),
            }
        }
        match findings.is_empty() {
            true => Ok(Self { private, hosts, ports: config.allow_ports.clone() }),
            false => Err(Error::findings(ErrorKind::Invalid, "setting_invalid", findings).domain(Domain::Settings)),
        }
    }

    /// Parses a URL from user input.
    pub fn read(&self, text: &str) -> Result<Url> {
        if text.len() > MAX_URL {
            return Err(refused(words::url_too_long(text.len(), MAX_URL)));
        }
        let url = Url::parse(text.trim()).map_err(|e| {
            refused(words::url_unreadable(format!("{:?}", shorten(&without_secrets(text))), causes::url(e)))
        })?;
        check_form(&url, text)?;
        Ok(url)
    }

    /// Reads the target of a redirect from `hop`, which may be relative. `None` if it is not a URL.
    pub fn target(&self, hop: &Url, text: &str) -> Result<Option<Url>> {
        let Ok(mut url) = hop.join(text) else { return Ok(None) };
        url.set_fragment(None);
        if url.host() != hop.host() {
            check_form(&url, text)?;
        }
        Ok(Some(url))
    }

    /// Checks the URL of one hop.
    pub fn check(&self, url: &Url) -> Result<Reach> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused(words::url_not_http(shown(url))));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused(words::url_has_credentials(shown(url))));
        }
        let (Some(host), Some(name), Some(port)) = (url.host(), url.host_str(), url.port_or_known_default()) else {
            return Err(refused(words::url_without_host(shown(url))));
        };
        if self.private.contains(&format!("{name}:{port}")) {
            return Ok(Reach::Allowed);
        }
        if !self.hosts.is_empty() && !self.hosts.iter().any(|rule| rule.admits(name)) {
            return Err(refused(words::host_not_allowed(shown(url), name)));
        }
        if !self.ports.contains(&port) {
            return Err(refused(words::port_not_allowed(shown(url), port)));
        }
        let ip = match host {
            Host::Domain(name) if !is_name(name) => {
                return Err(refused(words::host_name_invalid(shown(url))));
            }
            Host::Domain(_) => return Ok(Reach::Public),
            Host::Ipv4(v4) => IpAddr::V4(v4),
            Host::Ipv6(v6) => IpAddr::V6(v6),
        };
        match address::special(ip) {
            None => Ok(Reach::Public),
            Some(what) => Err(private(url, words::address_is(ip, what()))),
        }
    }
}

/// Refuses IPv4 addresses that are not in the usual form: URL parsers read `2130706433`, `0x7f.1` and `127.1` as 127.0.0.1;
/// legitimate URLs do not use these forms.
fn check_form(url: &Url, text: &str) -> Result<()> {
    match url.host() {
        Some(Host::Ipv4(ip)) if raw_host(text).is_none_or(|host| host != ip.to_string()) => {
            Err(refused(words::ip_form(shown(url), ip)))
        }
        _ => Ok(()),
    }
}

/// Whether a name can exist in DNS: labels of 1 to 63 characters that neither begin nor end with a hyphen, 253 in total.
fn is_name(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
    name.len() <= 253 && name.split('.').all(is_label)
}

impl HostRule {
    fn admits(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        match self {
            Self::Exact(name) => host == name,
            Self::Under(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
        }
    }
}

/// The error for a URL whose name has no public address: it does not exist, or it is internal.
pub(super) fn not_public(url: &Url) -> Error {
    refused(words::host_not_public(shown(url)))
}

/// The error for a URL with a non-public address.
pub(super) fn private(url: &Url, why: Message) -> Error {
    let endpoint =
        format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
    refused(words::address_private(shown(url), why, endpoint))
}

/// An `asset_refused` error.
pub(super) fn refused(finding: Finding) -> Error {
    Error::of(ErrorKind::Invalid, finding)
}

/// A URL for messages: without credentials, query (which may hold a signature) and fragment, at most 120 characters.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Both fail only for URLs that cannot have credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    shorten(url.as_str())
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_DISPLAY) {
        None => text.to_owned(),
        Some(_) => text.chars().take(MAX_DISPLAY - 1).chain(['…']).collect(),
    }
}

/// Removes credentials, query and fragment from text that is not a valid URL.
fn without_secrets(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    match (text.find("//"), text.rfind('@')) {
        (Some(slashes), Some(at)) if slashes < at => format!("{}{}", &text[..slashes + 2], &text[at + 1..]),
        _ => text.to_owned(),
    }
}

/// The unparsed host of a URL `[scheme:]//[user@]host[:port][/...]`.
fn raw_host(text: &str) -> Option<&str> {
    let (_, rest) = text.trim().split_once("//")?;
    let authority = rest.split(['/', '\\', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(host.split_once(':').map_or(host, |(host, _)| host))
}

/// Normalises `host:port`.
fn endpoint(text: &str) -> Option<String> {
    let (host, port) = text.rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    let host = plain_host(host)?;
    Some(format!("{host}:{port}"))
}

fn host_rule(text: &str) -> Option<HostRule> {
    match text.strip_prefix("*.") {
        Some(domain) => Some(HostRule::Under(format!(".{}", plain_host(domain)?))),
        None => plain_host(text).map(HostRule::Exact),
    }
}

/// A host as serialised by the `url` crate: lower case, Punycode for non-ASCII names, IPv6 in brackets.
fn plain_host(text: &str) -> Option<String> {
    let host = Host::parse(text).ok()?.to_string();
    (!host.is_empty() && !host.contains('*')).then(|| host.strip_suffix('.').unwrap_or(&host).to_owned())
}
