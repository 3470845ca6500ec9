//! Addresses that must never be reached: `tests/vectors/addresses.json`, redirects to them, and names whose addresses
//! change.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde::Deserialize;
use tokio::net::TcpListener;

use super::{
    super::{
        address,
        resolver::PublicResolver,
        testing::{Reply, Server, answer, redirect, redirect_with},
    },
    *,
};
use crate::net::testing::NameServer;

/// Addresses that look public to [`Network::fetcher`] in tests of names.
const PUBLIC: &str = "127.0.0.1";
/// An address that stays private there.
const PRIVATE: &str = "127.0.0.2";

#[derive(Deserialize)]
struct Vectors {
    /// By kind. `{port}` is the port of the canary.
    urls: BTreeMap<String, Vec<String>>,
    /// Addresses of names, none of them public.
    names: BTreeMap<String, Vec<IpAddr>>,
}

impl Vectors {
    fn read() -> Self {
        serde_json::from_str(include_str!("../../../tests/vectors/addresses.json")).expect("the file has this form")
    }

    /// All URLs, those of the names last.
    fn urls(&self, port: u16) -> Vec<String> {
        let port = port.to_string();
        let of_names = self.names.keys().flat_map(|name| {
            [format!("http://{name}:{port}/"), format!("https://{name}.:{port}/a.png"), format!("http://{name}/")]
        });
        self.urls.values().flatten().map(|url| url.replace("{port}", &port)).chain(of_names).collect()
    }
}

/// A server on both loopback addresses that counts connections.
struct Canary {
    port: u16,
    connections: Arc<AtomicUsize>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Canary {
    async fn start(addresses: &[&str], port: u16) -> Self {
        let mut canary = Self { port, connections: Arc::default(), tasks: Vec::new() };
        for ip in addresses {
            let ip: IpAddr = ip.parse().expect("an address");
            // Not every machine has IPv6.
            let Ok(listener) = TcpListener::bind((ip, canary.port)).await else { continue };
            canary.port = listener.local_addr().expect("its address").port();
            let connections = Arc::clone(&canary.connections);
            canary.tasks.push(tokio::spawn(async move {
                while listener.accept().await.is_ok() {
                    connections.fetch_add(1, Ordering::SeqCst);
                }
            }));
        }
        assert!(!canary.tasks.is_empty(), "the canary listens at none of {addresses:?}");
        canary
    }

    /// Connections since the last call.
    fn reached(&self) -> usize {
        self.connections.swap(0, Ordering::SeqCst)
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// Settings under which nothing but the address keeps a request from the canary.
fn config(port: u16, private: &[String]) -> Config {
    Config { allow_ports: vec![80, 443, port], allow_private: private.to_vec(), timeout_ms: 3000, ..Config::default() }
}

/// A name server that knows the names of the vectors; every other name leads to the canary.
async fn name_server(vectors: &Vectors) -> NameServer {
    let names = vectors.names.clone();
    NameServer::start(move |name, _| match names.get(name) {
        Some(addresses) => addresses.clone(),
        None => vec![PUBLIC.parse().expect("an address"), "::1".parse().expect("an address")],
    })
    .await
}

fn resolver(names: &NameServer) -> PublicResolver {
    PublicResolver { names: names.resolver(), ..PublicResolver::default() }
}

/// One line per failure, each with its address.
fn assert_none(failures: &[String]) {
    assert!(failures.is_empty(), "{} addresses:\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test]
async fn no_hostile_address_is_reached() {
    let vectors = Vectors::read();
    let (canary, names) = (Canary::start(&["127.0.0.1", "::1"], 0).await, name_server(&vectors).await);
    let urls = vectors.urls(canary.port);
    assert!(urls.len() >= 150, "{} addresses", urls.len());
    let mut failures = Vec::new();
    // In the second configuration the client for private endpoints exists. It must not be used for other endpoints.
    for private in [vec![], vec!["127.0.0.1:1".to_owned()]] {
        let fetcher = Fetcher::with_resolver(config(canary.port, &private), &resolver(&names)).expect("a fetcher");
        for url in &urls {
            let got = fetcher.get(url).await.map(|asset| format!("{} bytes", asset.bytes.len()));
            let posted = fetcher.post(url, &[], "{}".into()).await.map(|status| format!("status {status}"));
            for (method, result) in [("GET", got), ("POST", posted)] {
                match result {
                    Err(error) if error.code() == "asset_refused" => {}
                    other => failures.push(format!("{method} {url:?} is not refused: {other:?}")),
                }
            }
            if canary.reached() > 0 {
                failures.push(format!("{url:?} reached the canary"));
            }
        }
    }
    assert_none(&failures);
    // The canary counts.
    let allowed = Fetcher::new(config(canary.port, &[format!("127.0.0.1:{}", canary.port)])).expect("a fetcher");
    let url = format!("http://127.0.0.1:{}/", canary.port);
    assert_eq!(allowed.get(&url).await.expect_err("it closes connections").code(), "asset_unreachable");
    assert_eq!(canary.reached(), 1);
}

#[tokio::test]
async fn no_redirect_leads_to_a_hostile_address() {
    let vectors = Vectors::read();
    let (canary, names) = (Canary::start(&["127.0.0.1", "::1"], 0).await, name_server(&vectors).await);
    // A header cannot contain control characters other than tabs.
    let is_header = |url: &String| !url.contains(|c: char| c.is_control() && c != '\t');
    let urls = vectors.urls(canary.port).into_iter().filter(is_header);
    let urls: Arc<Vec<String>> = Arc::new(urls.collect());
    let targets = Arc::clone(&urls);
    let server = Server::start(move |_, request| {
        let path = request.line.trim_start_matches("GET /");
        Reply::Raw(match path.strip_prefix("again/").unwrap_or(path).parse::<usize>() {
            // A second hop on the allowed host first.
            Ok(number) if path.starts_with("again/") => redirect(&format!("/{number}")),
            Ok(number) => redirect_with([301, 302, 303, 307, 308][number % 5], &targets[number]),
            Err(_) => answer("404 Not Found", "text/plain", b"no"),
        })
    })
    .await;
    let config = Config { cache_bytes: 0, ..config(canary.port, &[server.endpoint()]) };
    let fetcher = Fetcher::with_resolver(config, &resolver(&names)).expect("a fetcher");
    let mut failures = Vec::new();
    for (number, target) in urls.iter().enumerate() {
        let again = if number % 3 == 0 { "again/" } else { "" };
        let result = fetcher.get(&format!("{}/{again}{number}", server.url())).await;
        // A relative target stays on the allowed host.
        let codes = ["asset_refused", "asset_redirects", "asset_status"];
        if !result.as_ref().is_err_and(|error| codes.contains(&error.code())) {
            failures.push(format!("a redirect to {target:?} is not refused: {result:?}"));
        }
        if canary.reached() > 0 {
            failures.push(format!("a redirect to {target:?} reached the canary"));
        }
    }
    assert_none(&failures);
    let refused = urls.iter().filter(|url| url.starts_with("http://") && !url.contains(' '));
    assert!(refused.count() > 150);
}

/// A server at [`PUBLIC`], a canary at the same port of [`PRIVATE`] and `::1`, and names between them.
struct Network {
    server: Server,
    canary: Canary,
    names: NameServer,
}

impl Network {
    /// `None` where loopback has one address only.
    async fn start(addresses: impl Fn(&str, usize) -> Vec<&'static str> + Send + Sync + 'static) -> Option<Self> {
        let listener = TcpListener::bind((PUBLIC, 0)).await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        TcpListener::bind((PRIVATE, port)).await.ok()?;
        let canary = Canary::start(&[PRIVATE, "::1"], port).await;
        let server = Server::on(listener, move |_, request| {
            Reply::Raw(match request.line.strip_prefix("GET /to/") {
                Some(host) => redirect(&format!("http://{host}:{port}/")),
                None => answer("200 OK", "image/png", b"\x89PNG"),
            })
        });
        let ips = move |name: &str, number: usize| {
            addresses(name, number).into_iter().map(|ip| ip.parse().expect("an address")).collect()
        };
        Some(Self { server, canary, names: NameServer::start(ips).await })
    }

    /// A fetcher that regards [`PUBLIC`] as public.
    fn fetcher(&self) -> Fetcher {
        let special = |ip: IpAddr| if ip.to_string() == PUBLIC { None } else { address::special(ip) };
        let config = Config { cache_bytes: 0, ..config(self.server.port(), &[]) };
        Fetcher::with_resolver(config, &PublicResolver { names: self.names.resolver(), special }).expect("a fetcher")
    }

    /// Code of the result of one request.
    async fn get(&self, fetcher: &Fetcher, path: &str) -> &'static str {
        let url = format!("http://{}", path.replacen('/', &format!(":{}/", self.server.port()), 1));
        fetcher.get(&url).await.map_or_else(|error| error.code(), |_| "ok")
    }
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_checked_each_time() {
    let Some(network) = Network::start(|name, number| match (name, number % 2) {
        ("first.example", _) if number == 0 => vec![PUBLIC],
        ("first.example", _) => vec![PRIVATE],
        ("turns.example", 0) => vec![PUBLIC],
        ("turns.example", _) => vec![PRIVATE, "::1"],
        ("grows.example", 0) => vec![PUBLIC],
        ("grows.example", _) => vec![PRIVATE, PUBLIC, "::1"],
        ("private.example", _) => vec![PRIVATE],
        _ => vec![],
    })
    .await
    else {
        return;
    };
    let fetcher = network.fetcher();
    // One lookup per request: the address that was checked is the one that is connected to.
    assert_eq!(network.get(&fetcher, "first.example/1").await, "ok");
    assert_eq!(network.get(&fetcher, "first.example/2").await, "asset_refused");
    let mut codes = BTreeMap::new();
    for number in 0..40 {
        *codes.entry(network.get(&fetcher, &format!("turns.example/{number}")).await).or_insert(0) += 1;
        assert_eq!(network.get(&fetcher, &format!("grows.example/{number}")).await, "ok", "{number}");
    }
    assert_eq!(codes.keys().copied().collect::<Vec<_>>(), ["asset_refused", "ok"], "{codes:?}");
    assert_eq!(network.get(&fetcher, "grows.example/to/private.example").await, "asset_refused");
    assert_eq!(network.get(&fetcher, "grows.example/to/[::1]").await, "asset_refused");
    assert_eq!(network.canary.reached(), 0);
}

#[tokio::test]
async fn private_addresses_beside_a_public_one_are_not_tried() {
    let Some(network) = Network::start(|name, _| match name {
        "private-first.example" => vec![PRIVATE, PUBLIC],
        "public-first.example" => vec![PUBLIC, PRIVATE],
        "both-families.example" => vec!["::1", PUBLIC],
        _ => vec![PRIVATE, "::1"],
    })
    .await
    else {
        return;
    };
    let fetcher = network.fetcher();
    let hosts = ["private-first.example", "public-first.example", "both-families.example"];
    for host in hosts {
        assert_eq!(network.get(&fetcher, &format!("{host}/a")).await, "ok", "{host}");
    }
    network.server.stop();
    tokio::task::yield_now().await;
    for host in hosts {
        // Also not when the public address does not answer.
        assert_eq!(network.get(&fetcher, &format!("{host}/b")).await, "asset_unreachable", "{host}");
    }
    assert_eq!(network.canary.reached(), 0);
}
