//! Hosts that fail, and those that stand in for them.

use super::*;

#[tokio::test]
async fn a_host_that_fails_is_replaced_and_left_alone() {
    type Trouble = fn() -> Reply;
    let page = || Reply::Raw(answer("502 Bad Gateway", "text/html", b"<html>"));
    let troubles: [(Trouble, &str); 3] = [(page, "502"), (|| Reply::Reset, "reset"), (|| Reply::Stall, "stall")];
    for (trouble, what) in troubles {
        let first = Server::start(move |_, _| trouble()).await;
        let second = wechat(|_, _| jpeg()).await;
        let config = Config { failover_urls: vec![second.url()], ..config(first.url(), 2000) };
        let client = Client::new(config).expect("a client");
        for i in 0..3 {
            client.code(&need(&format!("id={i}"))).await.unwrap_or_else(|e| panic!("{what}: {e}"));
        }
        assert_eq!(first.requests().len(), 1, "{what}: the first is left alone");
        assert_eq!((second.count("stable_token"), second.count("getwxacodeunlimit")), (1, 3), "{what}");
    }
    // Nobody listens at the first one.
    let second = wechat(|_, _| jpeg()).await;
    let gone = Server::start(|_, _| Reply::Reset).await;
    gone.stop();
    let config = Config { failover_urls: vec![second.url()], ..config(gone.url(), 2000) };
    Client::new(config).expect("a client").code(&need("id=1")).await.expect("the second answers");
}

#[tokio::test]
async fn refusals_are_not_carried_to_other_hosts() {
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
        client.code(&need(&format!("id={i}"))).await.expect("the second is not busy");
    }
    assert_eq!(first.count("getwxacodeunlimit"), 2, "being busy is no reason to leave a host alone");
}
