//! Cached pictures that their hosts confirm, and avatars that have expired.

use std::{collections::BTreeMap, net::IpAddr};

use super::{
    super::{
        address,
        resolver::PublicResolver,
        testing::{Reply, Request, Server, redirect},
    },
    *,
};
use crate::net::testing::NameServer;

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// A picture, with header lines.
fn picture(headers: &str) -> Reply {
    let head = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: 4\r\nConnection: close\r\n\r\n");
    Reply::Raw([head.as_bytes(), b"\x89PNG"].concat())
}

/// The confirmation of a picture, with header lines.
fn unchanged(headers: &str) -> Reply {
    Reply::Raw(format!("HTTP/1.1 304 Not Modified\r\n{headers}Connection: close\r\n\r\n").into_bytes())
}

fn has(request: &Request, line: &str) -> bool {
    request.head.lines().any(|own| own.eq_ignore_ascii_case(line))
}

async fn origins(fetcher: &Fetcher, url: &str, count: usize) -> Vec<AssetOrigin> {
    let mut origins = Vec::new();
    for _ in 0..count {
        let (asset, origin) = fetcher.get_with_origin(url, soon(), None).await.expect("a picture");
        assert_eq!(&asset.bytes[..], b"\x89PNG");
        origins.push(origin);
    }
    origins
}

#[tokio::test]
async fn a_stale_picture_is_confirmed_by_its_host() {
    use AssetOrigin::{Confirmed, Fetched, Memory};
    for (given, asked) in [
        ("ETag: \"v1\"\r\n", "If-None-Match: \"v1\""),
        ("ETag: W/\"v1\"\r\n", "If-None-Match: W/\"v1\""),
        ("Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"),
    ] {
        for (cache, later, expected) in [
            ("no-cache", "", [Fetched, Confirmed, Confirmed]),
            ("max-age=0", "Cache-Control: max-age=60\r\n", [Fetched, Confirmed, Memory]),
            ("max-age=0", "Cache-Control: no-store\r\n", [Fetched, Confirmed, Fetched]),
            ("max-age=60", "", [Fetched, Memory, Memory]),
            ("no-store", "", [Fetched, Fetched, Fetched]),
            ("private", "", [Fetched, Fetched, Fetched]),
        ] {
            let server = Server::start(move |_, request| match has(request, asked) {
                true => unchanged(later),
                false => picture(&format!("{given}Cache-Control: {cache}\r\n")),
            })
            .await;
            let fetcher = fetcher(&server, |_| {});
            assert_eq!(origins(&fetcher, &server.url(), 3).await, expected, "{given} {cache} {later}");
            let conditions = server.requests().iter().filter(|request| has(request, asked)).count();
            assert_eq!(conditions, expected.iter().filter(|origin| **origin == Confirmed).count());
        }
    }
}

#[tokio::test]
async fn a_picture_that_has_changed_is_fetched() {
    let server = Server::start(|number, _| {
        let bytes = if number < 2 { b"\x89PNG" } else { b"\x89new" };
        let head = format!("HTTP/1.1 200 OK\r\nETag: \"{number}\"\r\nCache-Control: no-cache\r\nContent-Length: 4\r\n");
        Reply::Raw([head.as_bytes(), b"Connection: close\r\n\r\n", bytes].concat())
    })
    .await;
    let fetcher = fetcher(&server, |_| {});
    for expected in [b"\x89PNG", b"\x89PNG", b"\x89new"] {
        let (asset, origin) = fetcher.get_with_origin(&server.url(), soon(), None).await.expect("a picture");
        assert_eq!((&asset.bytes[..], origin), (&expected[..], AssetOrigin::Fetched));
    }
    let asked: Vec<_> =
        (0..3).map(|n| has(&server.requests()[n], &format!("If-None-Match: \"{}\"", n.max(1) - 1))).collect();
    assert_eq!(asked, [false, true, true], "{:?}", server.requests());
}

#[tokio::test]
async fn only_the_url_of_the_picture_is_asked_with_its_validators() {
    let server = Server::start(|number, request| match request.line.as_str() {
        "GET /avatar" if number < 4 => Reply::Raw(redirect("/one")),
        "GET /avatar" => Reply::Raw(redirect("/two")),
        "GET /one" if has(request, "If-None-Match: \"1\"") => unchanged(""),
        _ => picture("ETag: \"1\"\r\nCache-Control: max-age=0\r\n"),
    })
    .await;
    let fetcher = fetcher(&server, |_| {});
    let url = format!("{}/avatar", server.url());
    assert_eq!(origins(&fetcher, &url, 3).await, [AssetOrigin::Fetched, AssetOrigin::Confirmed, AssetOrigin::Fetched]);
    let asked = |request: &Request| request.head.to_ascii_lowercase().contains("if-none-match");
    let requests = server.requests();
    let seen: Vec<_> = requests.iter().map(|request| (request.line.as_str(), asked(request))).collect();
    let (avatar, one) = ("GET /avatar", "GET /one");
    let expected = [(avatar, false), (one, false), (avatar, false), (one, true), (avatar, false), ("GET /two", false)];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_host_that_fails_confirms_nothing() {
    let server = Server::start(|number, _| match number {
        0 => picture("ETag: \"1\"\r\nCache-Control: max-age=0\r\n"),
        1 => Reply::Raw(answer("503 Service Unavailable", "text/plain", b"")),
        2 => unchanged(""),
        _ => picture(&format!("Last-Modified: {DATE}\r\n")),
    })
    .await;
    let fetcher = fetcher(&server, |_| {});
    let url = server.url();
    assert_eq!(origins(&fetcher, &url, 1).await, [AssetOrigin::Fetched]);
    assert_eq!(fetcher.get(&url).await.expect_err("the host fails").code(), "asset_status");
    assert_eq!(origins(&fetcher, &url, 1).await, [AssetOrigin::Confirmed], "the picture is still known");
    // Nothing was asked, so nothing is confirmed.
    let server = Server::start(|_, _| unchanged("")).await;
    let error = self::fetcher(&server, |_| {}).get(&server.url()).await.expect_err("not asked");
    assert_eq!(error.code(), "asset_status");
}

#[tokio::test]
async fn expired_avatars_are_recognised_over_sockets() {
    let server = Server::start(|number, request| match request.line.as_str() {
        "GET /errno" => picture("X-ErrNo: -6101\r\nX-Info: notexist:-6101\r\nETag: \"grey\"\r\n"),
        "GET /info" => picture("X-Info: notexist:-109\r\n"),
        "GET /later" if number > 0 && has(request, "If-None-Match: \"face\"") => unchanged("X-ErrNo: -6101\r\n"),
        "GET /later" => picture("X-Info: real data\r\nETag: \"face\"\r\nCache-Control: no-cache\r\n"),
        "GET /moved" => Reply::Raw(redirect("/errno")),
        _ => picture("X-Info: real data\r\nX-ErrNo: 0\r\n"),
    })
    .await;
    let names = BTreeMap::from([("thirdwx.qlogo.cn", true), ("wx.qlogo.cn", true), ("qlogo.cn.example.com", false)]);
    let name_server = NameServer::start(|_, _| vec![IpAddr::from([127, 0, 0, 1])]).await;
    let special = |ip: IpAddr| if ip.is_loopback() { None } else { address::special(ip) };
    let config = Config { allow_ports: vec![server.port()], ..Config::default() };
    let resolver = PublicResolver { names: name_server.resolver(), special };
    for (name, is_avatar_host) in names {
        let fetcher = Fetcher::with_resolver(config.clone(), &resolver).expect("a fetcher");
        for (path, is_expired) in [("good", false), ("errno", true), ("info", true), ("moved", true), ("good", false)] {
            let url = format!("http://{name}:{}/{path}", server.port());
            // Twice: a placeholder is not cached.
            for _ in 0..2 {
                match fetcher.get(&url).await {
                    Ok(_) => assert!(!(is_avatar_host && is_expired), "{url}"),
                    Err(error) => {
                        assert!(is_avatar_host && is_expired, "{url}: {error}");
                        assert_eq!((error.code(), error.kind()), ("asset_placeholder", ErrorKind::Upstream), "{url}");
                        assert!(error.hint_text().is_some_and(|hint| hint.contains("keep a copy")), "{error:?}");
                    }
                }
            }
        }
        let later = format!("http://{name}:{}/later", server.port());
        fetcher.get(&later).await.expect("a face");
        let confirmed = fetcher.get(&later).await.map_err(|error| error.code());
        assert_eq!(confirmed.err(), is_avatar_host.then_some("asset_placeholder"), "{name}");
    }
}
