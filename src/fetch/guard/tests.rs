//! Tests of the access rules.

use super::*;

fn guard(private: &[&str], hosts: &[&str]) -> Result<Guard> {
    let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
    Guard::new(&Config { allow_private: own(private), allow_hosts: own(hosts), ..Config::default() })
}

fn decide(guard: &Guard, url: &str) -> Result<Reach> {
    guard.check(&guard.read(url)?)
}

#[test]
fn private_addresses_are_refused_in_every_form() {
    let guard = guard(&[], &[]).expect("no rules");
    for url in [
        "http://127.0.0.1/a.png",
        "http://127.0.0.1:9000/",
        "http://127.1/",
        "http://127.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://0/",
        "http://0.0.0.0/",
        "http://127.0.0.1./",
        "http://１２７.０.０.１/",
        "http://127。0。0。1/",
        "http://%31%32%37.0.0.1/",
        "http://①②⑦.0.0.1/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://100.100.100.200/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://[ff02::1]/",
        "http://[2001:db8::1]/",
        "http:\\\\127.0.0.1\\a",
        "http:127.0.0.1/",
        "https:///127.0.0.1/",
        "http://\t127.0.0.1/",
        "HTTP://127.0.0.1/",
        // Public addresses in non-canonical forms.
        "http://134744072/",
        "http://0x08080808/",
        "http://8.8.2056/",
        "http://[::ffff:8.8.8.8]/",
    ] {
        let error = decide(&guard, url).map(|r| panic!("{url} passed as {r:?}")).unwrap_err();
        assert_eq!(error.code(), "asset_refused", "{url}: {error}");
    }
}

#[test]
fn other_urls_are_refused() {
    let guard = guard(&[], &[]).expect("no rules");
    for url in [
        "",
        "photo.png",
        "/photo.png",
        "//example.com/a",
        "ftp://example.com/a",
        "file:///etc/passwd",
        "gopher://a/",
        "unix:/run/x",
        "javascript:1",
        "data:,a",
        "http://",
        "http://user:pass@example.com/",
        "http://user@example.com/",
        "http://a b/",
        "http://[::1",
        "http://example.com:99999/",
        "http://example.com:8080/",
        "https://example.com:22/",
        "http://8.8.8.8:6379/",
        "http://a..example/",
        "http://-a.example/",
        "http://a-.example/",
        "http://.example/",
    ] {
        let error = decide(&guard, url).map(|r| panic!("{url} passed as {r:?}")).unwrap_err();
        assert_eq!(error.code(), "asset_refused", "{url}");
        assert!(!error.message().contains("pass@") && !error.message().contains("user"), "{error}");
    }
    let (path, label) = ("a".repeat(MAX_URL), "a".repeat(64));
    let name = vec!["a"; 128].join(".");
    for long in [format!("https://e.com/{path}"), format!("https://{label}.com/"), format!("https://{name}/")] {
        assert_eq!(decide(&guard, &long).expect_err("too long").code(), "asset_refused");
    }
}

#[test]
fn public_urls_pass() {
    let guard = guard(&[], &[]).expect("no rules");
    for url in [
        "https://example.com/a.png?x=1#y",
        "http://example.com:443/",
        "http://8.8.8.8/a",
        " https://8.8.8.8:80/a ",
        "https://[2606:4700::1111]/",
        "https://图片.example/猫.jpg",
        "HTTPS://EXAMPLE.COM",
    ] {
        assert_eq!(decide(&guard, url).unwrap_or_else(|e| panic!("{url}: {e}")), Reach::Public, "{url}");
    }
}

#[test]
fn targets_of_redirects_may_be_relative() {
    let guard = guard(&[], &[]).expect("no rules");
    let hop = Url::parse("https://8.8.8.8/a/b?c").expect("a URL");
    for (text, url) in [
        ("d#e", "https://8.8.8.8/a/d"),
        ("/d", "https://8.8.8.8/d"),
        ("//8.8.4.4/d", "https://8.8.4.4/d"),
        ("http://8.8.4.4:80/d", "http://8.8.4.4/d"),
        ("//example.com", "https://example.com/"),
    ] {
        let target = guard.target(&hop, text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(target.as_ref().map(Url::as_str), Some(url), "{text}");
    }
    for text in ["//8.8.1028/d", "http://134743044/", "https://0x08080404/"] {
        assert_eq!(guard.target(&hop, text).expect_err(text).code(), "asset_refused", "{text}");
    }
    assert_eq!(guard.target(&hop, "http://").ok(), Some(None));
}

#[test]
fn allow_private_matches_host_and_port_exactly() {
    let guard = guard(&["127.0.0.1:9000", "[::1]:9001", "Minio.Internal:80"], &[]).expect("rules");
    for url in ["http://127.0.0.1:9000/a", "http://[::1]:9001/", "http://[0:0::1]:9001/", "http://minio.internal/a"] {
        assert_eq!(decide(&guard, url).unwrap_or_else(|e| panic!("{url}: {e}")), Reach::Allowed, "{url}");
    }
    for url in ["http://127.0.0.1:9001/", "http://127.0.0.1/", "http://127.0.0.2:9000/", "http://[::1]:9000/"] {
        assert!(decide(&guard, url).is_err(), "{url}");
    }
    assert_eq!(
        decide(&guard, "http://minio.internal:443/").ok(),
        Some(Reach::Public),
        "the resolver checks its addresses"
    );
}

#[test]
fn allow_hosts_admits_only_listed_hosts() {
    let guard = guard(&["10.0.0.1:80"], &["img.example.com", "*.cdn.example", "8.8.8.8"]).expect("rules");
    for url in [
        "https://img.example.com/a",
        "https://IMG.example.com./a",
        "https://a.cdn.example/",
        "https://b.a.cdn.example/",
        "http://8.8.8.8/",
        "http://10.0.0.1/",
    ] {
        assert!(decide(&guard, url).is_ok(), "{url}");
    }
    for url in [
        "https://example.com/",
        "https://a.img.example.com/",
        "https://cdn.example/",
        "https://xcdn.example/",
        "https://img.example.com.evil.test/",
        "http://8.8.4.4/",
    ] {
        assert!(decide(&guard, url).is_err(), "{url}");
    }
}

#[test]
fn all_invalid_rules_are_reported() {
    let error = guard(&["127.0.0.1", "ok:1", "a:b", ":80"], &["https://a/", "*", "*.", "ok"]).expect_err("bad rules");
    let pointers: Vec<_> = error.all_findings().iter().filter_map(|f| f.pointer.as_deref()).collect();
    assert_eq!(
        pointers,
        [
            "/assets/allow_private/0",
            "/assets/allow_private/2",
            "/assets/allow_private/3",
            "/assets/allow_hosts/0",
            "/assets/allow_hosts/1",
            "/assets/allow_hosts/2"
        ]
    );
}

#[test]
fn messages_omit_the_query_and_are_short() {
    let url = Url::parse("https://u:p@example.com/a.png?sig=secret#frag").expect("a URL");
    assert_eq!(shown(&url), "https://example.com/a.png");
    let long = Url::parse(&format!("https://example.com/{}", "a".repeat(500))).expect("a URL");
    assert_eq!(shown(&long).chars().count(), MAX_DISPLAY);
    let guard = guard(&[], &[]).expect("no rules");
    let error = guard.read("https://u:p@exa mple.com/?sig=secret").expect_err("not a URL");
    assert!(!error.message().contains("secret") && !error.message().contains("u:p"), "{error}");
}
