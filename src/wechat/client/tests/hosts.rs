//! Fail-over between hosts.

use super::*;

#[tokio::test]
async fn a_failed_host_is_replaced_and_skipped() {
    type Failing = fn() -> Reply;
    let page = || Reply::Raw(answer("502 Bad Gateway", "text/html", b"<html>"));
    let failures: [(Failing, &str); 3] = [(page, "502"), (|| Reply::Reset, "reset"), (|| Reply::Stall, "stall")];
    for (failing, what) in failures {
        let first = Server::start(move |_, _| failing()).await;
        let second = wechat(|_, _| jpeg()).await;
        let config = Config { failover_urls: vec![second.url()], ..config(first.url(), 2000) };
        let client = Client::new(config).expect("a client");
        for i in 0..3 {
            client.code(&need(&format!("id={i}"))).await.unwrap_or_else(|e| panic!("{what}: {e}"));
        }
        assert_eq!(first.requests().len(), 1, "{what}: the first host is skipped");
        assert_eq!((second.count("stable_token"), second.count("getwxacodeunlimit")), (1, 3), "{what}");
    }
    // The first host refuses connections.
    let second = wechat(|_, _| jpeg()).await;
    let gone = Server::start(|_, _| Reply::Reset).await;
    gone.stop();
    let config = Config { failover_urls: vec![second.url()], ..config(gone.url(), 2000) };
    Client::new(config).expect("a client").code(&need("id=1")).await.expect("a code from the second host");
}

#[tokio::test]
async fn refusals_are_not_retried_on_other_hosts() {
    for number in [41030, 45009, 40164] {
        let first = wechat(move |_, _| errcode(number)).await;
        let second = wechat(|_, _| jpeg()).await;
        let config = Config { failover_urls: vec![second.url()], ..config(first.url(), 2000) };
        Client::new(config).expect("a client").code(&need("id=1")).await.expect_err("refused");
        assert!(second.requests().is_empty(), "{number}");
    }
    let first = wechat(|_, _| errcode(-1)).await;
    let second = wechat(|_, _| jpeg()).await;
    let config = Config { failover_urls: vec![second.url()], ..config(first.url(), 2000) };
    let client = Client::new(config).expect("a client");
    for i in 0..2 {
        client.code(&need(&format!("id={i}"))).await.expect("a code from the second host");
    }
    assert_eq!(first.count("getwxacodeunlimit"), 2, "a busy host is not skipped");
}
