//! Faults, counters, the log, start and shutdown.

use super::*;

#[test]
fn faults_have_their_documented_effects() {
    let emulator = start(Options::default());
    let token = token(&emulator);
    let target = format!("{UNLIMITED}?access_token={token}");
    let body = r#"{"scene": "id=1"}"#;
    let met = |fault: Fault| {
        emulator.fault(fault);
        call(&emulator, "POST", &target, body)
    };
    assert_eq!(met(Fault::Busy).errcode(), -1);
    assert_eq!(met(Fault::TokenRejected).errcode(), 40001);
    assert_eq!(met(Fault::Quota).errcode(), 45009);
    let reply = met(Fault::BadGateway);
    assert_eq!((reply.status, reply.header("content-type")), (502, Some("text/html")));
    assert!(met(Fault::EmptyBody).body.is_empty());
    let reply = met(Fault::ErrorAsImage);
    assert_eq!((reply.errcode(), reply.header("content-type")), (-1, Some("image/jpeg")));
    let reply = met(Fault::ImageAsJson);
    assert!(reply.header("content-type").unwrap().contains("json") && decode(&reply.picture()).is_ok());
    let reply = met(Fault::Truncated);
    assert!(reply.body.starts_with(b"\xff\xd8\xff") && !reply.body.ends_with(b"\xff\xd9"), "half a JPEG");
    let reply = met(Fault::HugeBody);
    assert!(reply.body.len() == 50 << 20 && reply.body.starts_with(b"\xff\xd8\xff"));
    let before = Instant::now();
    assert!(decode(&met(Fault::Delay { ms: 80 }).picture()).is_ok());
    assert!(before.elapsed() >= Duration::from_millis(80));
    let before = Instant::now();
    assert!(decode(&met(Fault::SlowDrip { bytes: 8000, every_ms: 20 }).picture()).is_ok());
    assert!(before.elapsed() >= Duration::from_millis(60));
    emulator.fault(Fault::Reset);
    let error = try_call(&emulator, "POST", &target, body.as_bytes()).err().expect("no response");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(met(Fault::TokenStolen).errcode(), 40001);
    assert_eq!(call(&emulator, "POST", &target, body).errcode(), 40001, "the old token stays invalid");
    assert_eq!(code(&emulator, UNLIMITED, body).errcode(), 0, "a new token works");
    emulator.fault(Fault::TokenRejected.always());
    assert_eq!([(); 3].map(|()| code(&emulator, UNLIMITED, body).errcode()), [40001; 3]);
    emulator.clear_faults();
    assert_eq!(code(&emulator, UNLIMITED, body).errcode(), 0);
    emulator.fault(Fault::Busy.on(On::Token));
    assert_eq!(stable(&emulator, json!({})).errcode(), -1);
}

#[test]
fn dropping_the_emulator_closes_all_connections() {
    let emulator = start(Options::default());
    let target = format!("{UNLIMITED}?access_token={}", token(&emulator));
    let slow = [Fault::Stall, Fault::SlowDrip { bytes: 1, every_ms: 1000 }, Fault::Delay { ms: 600_000 }];
    let mut streams = slow.map(|fault| {
        emulator.fault(fault);
        let mut stream = send(&emulator, "POST", &target, br#"{"scene": "a"}"#).unwrap();
        if fault == Fault::Stall {
            let mut head = [0; 15];
            stream.read_exact(&mut head).unwrap();
            assert_eq!(&head, b"HTTP/1.1 200 OK");
        }
        stream
    });
    while emulator.counters().faults < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let addr = emulator.addr();
    let before = Instant::now();
    drop(emulator);
    for stream in &mut streams {
        // End of stream or a reset, but not a read timeout.
        let timed_out =
            stream.read_to_end(&mut Vec::new()).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        assert!(!timed_out, "a connection is still open");
    }
    assert!(before.elapsed() < Duration::from_secs(5));
    assert!(TcpStream::connect(addr).is_err(), "the port is still open");
}

#[test]
fn calls_are_counted_and_logged_without_secrets() {
    let emulator = start(Options::default());
    let token = token(&emulator);
    call(&emulator, "POST", &format!("{UNLIMITED}?access_token={token}"), r#"{"scene": "id=1", "page": "pages/a"}"#);
    call(&emulator, "POST", &format!("{LIMITED}?access_token={token}"), r#"{"path": ""}"#);
    let reply =
        call(&emulator, "POST", "/_emulator/faults", r#"[{"fault": "busy"}, {"fault": "reset", "on": "token"}]"#);
    assert_eq!((reply.status, reply.json().as_array().map(Vec::len)), (200, Some(2)));
    call(&emulator, "POST", &format!("{SQUARE}?access_token={token}"), r#"{"path": "a"}"#);
    let expected = Counters {
        text_calls: 0,
        token_calls: 1,
        tokens_minted: 1,
        forced_refreshes: 0,
        code_calls: 3,
        codes_drawn: 1,
        errors: 2,
        faults: 1,
    };
    assert_eq!(emulator.counters(), expected);
    let counters = call(&emulator, "GET", "/_emulator/counters", "").json();
    assert_eq!(serde_json::from_value::<Counters>(counters).unwrap(), expected);
    let reply = call(&emulator, "GET", "/_emulator/log", "");
    let text = String::from_utf8(reply.body.clone()).unwrap();
    assert!(!text.contains(&token) && !text.contains(SAMPLE_SECRET), "{text}");
    let log = reply.json();
    let seen = |i: usize| ["endpoint", "errcode", "page", "scene", "path"].map(|name| log[i][name].clone());
    assert_eq!(seen(0), [json!("/cgi-bin/stable_token"), json!(null), json!(null), json!(null), json!(null)]);
    assert_eq!(seen(1), [json!(UNLIMITED), json!(null), json!("pages/a"), json!("id=1"), json!(null)]);
    assert_eq!(seen(2), [json!(LIMITED), json!(40159), json!(null), json!(null), json!("")]);
    assert_eq!((&log[3]["errcode"], &log[3]["fault"]["fault"]), (&json!(-1), &json!("busy")));
    assert_eq!(call(&emulator, "DELETE", "/_emulator/faults", "").status, 204);
    assert_eq!(call(&emulator, "GET", "/_emulator/faults", "").json(), json!([]));
    assert_eq!(call(&emulator, "POST", "/_emulator/faults", r#"{"fault": "bussy"}"#).status, 400);
    assert_eq!(call(&emulator, "GET", "/_emulator/secrets", "").status, 404);
    assert!(!format!("{emulator:?} {:?}", Options::default()).contains(SAMPLE_SECRET));
}

#[test]
fn it_listens_on_loopback_only() {
    let error = Emulator::start(Options { addr: ([0, 0, 0, 0], 0).into(), ..Options::default() }).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    let emulator = start(Options::default());
    let taken = Emulator::start(Options { addr: emulator.addr(), ..Options::default() });
    assert_eq!(taken.unwrap_err().kind(), io::ErrorKind::AddrInUse);
}

#[tokio::test]
async fn serve_runs_until_stop_completes() {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let mut seen = String::new();
    let running = serve(Options::default(), |url| seen.push_str(url), async {
        let _ = stopped.await;
    });
    let both = async { tokio::join!(running, async { stop.send(()) }) };
    let (ended, _) = both.await;
    assert!(ended.is_ok());
    assert!(seen.starts_with("http://127.0.0.1:"), "{seen}");
}
