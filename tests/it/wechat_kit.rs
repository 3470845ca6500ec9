//! Clients of the emulator, by token source.

use haibao::wechat::{
    client::{AppConfig, Client, Config, TokenOrigin, TokenServer},
    emulator::{Emulator, SAMPLE_SECRET},
};
use haibao_core::sample::SAMPLE_APPID;
use serde_json::{Value, json};

use crate::support::send;

/// Token sources.
pub const SOURCES: [&str; 4] = ["stable", "classic", "server", "fixed"];

/// Fetches a stable token, for the fixed source.
pub async fn token(emulator: &Emulator) -> String {
    let addr = emulator.addr();
    let body = json!({ "grant_type": "client_credential", "appid": SAMPLE_APPID, "secret": SAMPLE_SECRET });
    let response: Value = tokio::task::spawn_blocking(move || {
        let json = [("Content-Type", "application/json")];
        send(addr, "POST", "/cgi-bin/stable_token", &json, body.to_string().as_bytes()).json()
    })
    .await
    .expect("a response");
    response["access_token"].as_str().expect("a token").to_owned()
}

/// Settings with one app, `default`. The token server is the emulator's older token endpoint, whose URL contains the
/// secret.
pub async fn config(emulator: &Emulator, source: &str, timeout_ms: u64) -> Config {
    let token = match source {
        "stable" => TokenOrigin::Stable,
        "classic" => TokenOrigin::Classic,
        "server" => {
            let query = format!("grant_type=client_credential&appid={SAMPLE_APPID}&secret={SAMPLE_SECRET}");
            let url = format!("{}/cgi-bin/token?{query}", emulator.url()).into();
            let header = Some(format!("Authorization: Bearer {SAMPLE_SECRET}").into());
            TokenOrigin::Server(TokenServer { url, pointer: "/access_token".to_owned(), header })
        }
        "fixed" => TokenOrigin::Fixed(token(emulator).await.into()),
        other => panic!("unknown source {other}"),
    };
    let secret = if matches!(source, "stable" | "classic") { SAMPLE_SECRET } else { "" };
    let app = AppConfig { token, ..AppConfig::new(SAMPLE_APPID, secret) };
    Config { base_url: emulator.url(), timeout_ms, apps: [("default".to_owned(), app)].into(), ..Config::default() }
}

/// A client with these settings.
pub async fn client(emulator: &Emulator, source: &str, timeout_ms: u64) -> Client {
    Client::new(config(emulator, source, timeout_ms).await).expect("a client")
}
