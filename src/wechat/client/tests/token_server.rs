//! Tokens from the user's own server.

use super::*;

/// Starts WeChat and a token server with the given responses, and a client of both.
async fn with_token_server(
    reply: impl Fn(usize) -> Reply + Send + Sync + 'static,
    code: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
) -> (Server, Server, Client) {
    let wechat = wechat(code).await;
    let tokens = Server::start(move |n, _| reply(n)).await;
    let server = TokenServer {
        url: format!("{}/token?key=hush-key", tokens.url()).into(),
        pointer: "/data/token".to_owned(),
        header: Some("Authorization: Bearer hush-header".into()),
    };
    let app = AppConfig { token: TokenOrigin::Server(server), ..AppConfig::new("wx1", "") };
    let config = Config { apps: [("default".to_owned(), app)].into(), ..config(wechat.url(), 5000) };
    let client = Client::new(config).expect("a client");
    assert!(!format!("{client:?}").contains("hush"));
    (wechat, tokens, client)
}

#[tokio::test]
async fn the_request_to_a_token_server_follows_the_settings() {
    let body = br#"{"code":0,"data":{"token":"hush-token-x","expires_in":7000}}"#;
    let (wechat, tokens, client) =
        with_token_server(|_| Reply::Raw(answer("200 OK", "application/json", body)), |_, _| jpeg()).await;
    client.code(&need("id=1")).await.expect("a code");
    client.code(&need("id=2")).await.expect("a code");
    let requests = tokens.requests();
    assert_eq!((requests.len(), requests[0].line.as_str()), (1, "GET /token?key=hush-key"));
    assert!(
        requests[0].head.to_ascii_lowercase().contains("authorization: bearer hush-header"),
        "{}",
        requests[0].head
    );
    assert_eq!(wechat.count("access_token=hush-token-x"), 2);
    assert_eq!(wechat.count("stable_token"), 0);
}

#[tokio::test]
async fn failures_of_a_token_server_have_hints() {
    type Failing = fn(usize) -> Reply;
    fn raw(status: &str, body: &str) -> Reply {
        Reply::Raw(answer(status, "application/json", body.as_bytes()))
    }
    let cases: [(Failing, usize, &str); 8] = [
        (|_| raw("403 Forbidden", "{}"), 1, "token_server_status"),
        (|_| raw("302 Found", ""), 1, "token_server_status"),
        (|_| raw("500 Oops", "hush"), 3, "token_server_status"),
        (|_| raw("200 OK", r#"{"token":"hush"}"#), 1, "token_server_bad_answer"),
        (|_| raw("200 OK", r#"{"data":{"token":"hush"#), 3, "token_server_bad_answer"),
        (|_| raw("200 OK", ""), 3, "token_server_bad_answer"),
        (|_| raw("200 OK", r#"{"errcode":40164,"errmsg":"hush"}"#), 1, "wechat_ip"),
        (|_| Reply::Reset, 3, "token_server_unreachable"),
    ];
    for (failing, calls, code) in cases {
        let (wechat, tokens, client) = with_token_server(failing, |_, _| jpeg()).await;
        let error = client.code(&need("id=1")).await.expect_err(code);
        assert_eq!((error.code(), tokens.requests().len()), (code, calls), "{error}");
        assert!(error.hint_text().is_some(), "{error}");
        no_secret(&error);
        assert!(wechat.requests().is_empty());
    }
}

#[tokio::test]
async fn a_token_server_that_repeats_a_refused_token_is_reported() {
    let body = br#"{"data":{"token":"hush-token"}}"#;
    let tokens = |_| Reply::Raw(answer("200 OK", "application/json", body));
    let code = |n, _: &Request| if n == 0 { errcode(42001) } else { jpeg() };
    let (_wechat, server, client) = with_token_server(tokens, code).await;
    let error = client.fetch(&need("id=1"), WaitPolicy::Wait).await.expect_err("no other token");
    assert_eq!((error.code(), server.requests().len()), ("wechat_token", 2));
    assert!(error.hint_text().is_some_and(|h| h.contains("token server")), "{:?}", error.hint_text());
    assert!(matches!(error.retry_advice(), Retry::After(_)), "{error:?}");
    no_secret(&error);
}
