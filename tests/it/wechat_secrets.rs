//! Neither secret nor token is told anywhere, whatever goes wrong.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use futures_util::future::join_all;
use haibao::wechat::{
    client::{Client, Config, Patience},
    emulator::{Emulator, Fault, On, Options, SAMPLE_SECRET},
};
use haibao_core::{code::CodeNeed, error::Error, scene::Scene};

use crate::wechat_kit::{SOURCES, config, token};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn all(error: &Error) -> String {
    let source = std::error::Error::source(error).map(|s| format!("{s} {s:?}"));
    format!("{error} {error:?} {:?} {source:?}\n", error.hint_text())
}

/// All that is told while everything goes wrong, logs excepted, and a token.
async fn trouble(source: &str, on: On) -> (String, String) {
    let emulator = Emulator::start(Options::default()).expect("an emulator");
    // Long: on a busy machine every fault would become a timeout. Short where it stalls.
    let (patient, hasty) = (config(&emulator, source, 20_000).await, 800);
    let config = |fault| Config {
        timeout_ms: if fault == Fault::Stall { hasty } else { patient.timeout_ms },
        ..patient.clone()
    };
    let mut said = format!("{patient:?} {}\n", serde_json::to_string(&patient.apps).expect("JSON"));
    for fault in [Fault::BadGateway, Fault::Reset, Fault::TokenRejected, Fault::Truncated, Fault::Stall, Fault::Busy] {
        let client = Client::new(config(fault)).expect("a client");
        emulator.fault(fault.for_ever().on(on));
        let need = CodeNeed::unlimited("default", "", Scene::Text("id=1".to_owned()));
        for _ in 0..2 {
            if let Err(error) = client.fetch(&need, Patience::Wait).await {
                said += &all(&error);
            }
        }
        said += &format!("{client:?}\n");
        emulator.clear_faults();
    }
    (said, token(&emulator).await)
}

#[tokio::test]
async fn no_log_and_no_error_tells_secret_or_token() {
    let sink = Sink::default();
    let writer = sink.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // For the whole process: with one for this thread only, places that other tests reach first would stay silent.
    tracing::subscriber::set_global_default(subscriber).expect("no other test has one");
    let runs = SOURCES.iter().flat_map(|source| [On::Code, On::Token].map(|on| trouble(source, on)));
    let (texts, tokens): (Vec<String>, Vec<String>) = join_all(runs).await.into_iter().unzip();
    let mut said = texts.concat();
    let log = String::from_utf8(sink.0.lock().expect("the log").clone()).expect("UTF-8");
    assert!(log.contains("getwxacodeunlimit") && log.contains("errcode=40001"), "the log says what happened: {log}");
    assert!(said.contains("wechat_token") && said.contains("token_server_unreachable"), "errors were made: {said}");
    said += &log;
    // All tokens of the emulator begin like this.
    for secret in [SAMPLE_SECRET, "88_", "access_token="].into_iter().chain(tokens.iter().map(String::as_str)) {
        let line = said.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "it tells {secret:.12}");
    }
}
