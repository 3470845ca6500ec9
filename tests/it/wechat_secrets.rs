//! No secret or token appears in errors, logs or `Debug` output after any fault.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use futures_util::future::join_all;
use haibao::wechat::{
    client::{Client, Config, WaitPolicy},
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

fn all_texts(error: &Error) -> String {
    let source = std::error::Error::source(error).map(|s| format!("{s} {s:?}"));
    format!("{error} {error:?} {:?} {source:?}\n", error.hint_text())
}

/// Runs into faults and returns the texts of errors, settings and `Debug` output, and the emulator's token.
async fn texts_of_failures(source: &str, on: On) -> (String, String) {
    let emulator = Emulator::start(Options::default()).expect("an emulator");
    // Long, since otherwise every fault becomes a timeout on a busy machine; short only for the stall.
    let (settings, stall_timeout_ms) = (config(&emulator, source, 20_000).await, 800);
    let config = |fault| Config {
        timeout_ms: if fault == Fault::Stall { stall_timeout_ms } else { settings.timeout_ms },
        ..settings.clone()
    };
    let mut output = format!("{settings:?} {}\n", serde_json::to_string(&settings.apps).expect("JSON"));
    for fault in [Fault::BadGateway, Fault::Reset, Fault::TokenRejected, Fault::Truncated, Fault::Stall, Fault::Busy] {
        let client = Client::new(config(fault)).expect("a client");
        emulator.fault(fault.always().on(on));
        let need = CodeNeed::unlimited("default", "", Scene::Text("id=1".to_owned()));
        for _ in 0..2 {
            if let Err(error) = client.fetch(&need, WaitPolicy::Wait).await {
                output += &all_texts(&error);
            }
        }
        output += &format!("{client:?}\n");
        emulator.clear_faults();
    }
    (output, token(&emulator).await)
}

#[tokio::test]
async fn secrets_and_tokens_never_leak() {
    let sink = Sink::default();
    let writer = sink.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // Global: with a thread-local subscriber, callsites first reached by other tests would stay disabled.
    tracing::subscriber::set_global_default(subscriber).expect("no other global subscriber");
    let runs = SOURCES.iter().flat_map(|source| [On::Code, On::Token].map(|on| texts_of_failures(source, on)));
    let (texts, tokens): (Vec<String>, Vec<String>) = join_all(runs).await.into_iter().unzip();
    let mut output = texts.concat();
    let log = String::from_utf8(sink.0.lock().expect("the log").clone()).expect("UTF-8");
    assert!(log.contains("getwxacodeunlimit") && log.contains("errcode=40001"), "the log says what happened: {log}");
    assert!(
        output.contains("wechat_token") && output.contains("token_server_unreachable"),
        "expected errors are missing: {output}"
    );
    output += &log;
    // All tokens of the emulator start with 88_.
    for secret in [SAMPLE_SECRET, "88_", "access_token="].into_iter().chain(tokens.iter().map(String::as_str)) {
        let line = output.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret:.12} has leaked");
    }
}
