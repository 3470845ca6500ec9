//! Stop signals.

use std::process::{Command, ExitStatus};

use haibao::wechat::emulator::Fault;

use super::*;

/// Ends requests in progress a second after the signal.
const BRIEF: [(&str, &str); 1] = [("HAIBAO_HTTP__SHUTDOWN_MS", "1000")];

fn signal(node: &Node) {
    let sent = Command::new("kill").args(["-TERM", &node.child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

fn ended(node: &mut Node) -> ExitStatus {
    let mut status = None;
    until("the process ends", || {
        status = node.child.try_wait().expect("a child");
        status.is_some()
    });
    status.expect("it has ended")
}

#[test]
fn requests_in_progress_finish_and_new_ones_are_refused() {
    let mut service = Service::start();
    service.post_text(&poster()).poster();
    let body = poster();
    let (first, second) = body.split_at(5);
    let mut running = connect(&service, format!("{}{first}", head(body.len())).as_bytes());
    let mut kept = connect(&service, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut response = [0; 1024];
    let read = kept.read(&mut response).expect("a response");
    assert!(response[..read].starts_with(b"HTTP/1.1 200 "));
    signal(&service);
    until("the listener is closed", || TcpStream::connect(service.addr).is_err());
    kept.write_all(head(body.len()).as_bytes()).and_then(|()| kept.write_all(body.as_bytes())).expect("sent");
    let refused = rest(&kept);
    assert_problem(&refused, 503, "busy");
    assert!(refused.to_ascii_lowercase().contains("connection: close"), "{refused}");
    running.write_all(second.as_bytes()).expect("sent");
    assert!(rest(&running).starts_with("HTTP/1.1 200 "), "a request in progress was not finished");
    assert!(ended(&mut service).success());
}

#[test]
fn the_deadline_and_a_second_signal_end_requests_in_progress() {
    let mut service = Service::set(&[("HAIBAO_HTTP__SHUTDOWN_MS", "1000")]);
    let running = connect(&service, format!("{}{{", head(1000)).as_bytes());
    assert_eq!(service.get("/healthz").status, 200);
    signal(&service);
    // Not at the timeout of its body, which is 408.
    assert_problem(&rest(&running), 503, "busy");
    assert!(ended(&mut service).success());
    let mut service = Service::set(&[("HAIBAO_HTTP__SHUTDOWN_MS", "600000")]);
    let running = connect(&service, format!("{}{{", head(1000)).as_bytes());
    assert_eq!(service.get("/healthz").status, 200);
    signal(&service);
    until("the listener is closed", || TcpStream::connect(service.addr).is_err());
    signal(&service);
    assert_problem(&rest(&running), 503, "busy");
    assert!(ended(&mut service).success());
}

/// Checks the response to a request that the end of the service has cut, and its line in the access log.
fn assert_cut(service: &Node, response: &str, id: &str) {
    assert_problem(response, 503, "busy");
    let head = response.to_ascii_lowercase();
    for header in ["connection: close", "retry-after: ", "cache-control: no-store", &format!("x-request-id: {id}\r\n")]
    {
        assert!(head.contains(header), "{header}: {response}");
    }
    let log = service.log();
    let line = log.lines().find(|line| line.contains("haibao::access_log") && line.contains(&format!("id={id}")));
    let line = line.unwrap_or_else(|| panic!("no line of {id}: {log}"));
    for part in ["route=/v1/posters", "status=503", "code=busy", "shutdown=true"] {
        assert!(line.contains(part) && !line.contains("cut=true"), "{part}: {line}");
    }
}

fn named(head: &str, id: &str) -> String {
    head.replacen("\r\n", &format!("\r\nX-Request-Id: {id}\r\n"), 1)
}

#[test]
fn requests_beyond_the_deadline_are_answered_and_logged() {
    for settings in [&BRIEF[..], &[("HAIBAO_HTTP__SHUTDOWN_MS", "0")], &[("HAIBAO_HTTP__SHUTDOWN_MS", "600000")]] {
        let is_repeated = settings[0].1 == "600000";
        let mut service = Service::set(settings);
        service.post_text(&poster()).poster();
        // One waits for WeChat, one for its body.
        service.wechat.fault(Fault::Stall);
        let stalled = json!({ "template": TEMPLATE, "params": { "title": "x", "id": "7" } }).to_string();
        let waiting = connect(&service, format!("{}{stalled}", named(&head(stalled.len()), "waiting")).as_bytes());
        let unsent = connect(&service, format!("{}{{", named(&head(1000), "unsent")).as_bytes());
        until("WeChat is asked", || service.wechat.counters().code_calls > 1);
        signal(&service);
        if is_repeated {
            until("the listener is closed", || TcpStream::connect(service.addr).is_err());
            signal(&service);
        }
        let responses = [rest(&waiting), rest(&unsent)];
        assert!(ended(&mut service).success());
        assert_cut(&service, &responses[0], "waiting");
        assert_cut(&service, &responses[1], "unsent");
    }
}

#[test]
fn a_response_that_is_not_read_is_logged_as_cut() {
    let mut service = Service::set(&BRIEF);
    let path = "/v1/templates/product-share/samples/usual.png";
    let size = service.get(path).poster().len();
    // More than the sockets' buffers hold: one of the responses is never sent completely.
    let count = (32 << 20) / size;
    let requests: String = (0..count)
        .map(|n| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: unread-{n}\r\n\r\n"))
        .collect();
    let stream = connect(&service, requests.as_bytes());
    let lines = |service: &Node| service.log().lines().filter(|line| line.contains("id=unread-")).count();
    let mut sent = 0;
    until("the client takes nothing more", || {
        let before = std::mem::replace(&mut sent, lines(&service));
        std::thread::sleep(Duration::from_millis(300));
        before > 0 && before == sent && sent == lines(&service)
    });
    assert!(sent < count, "{sent} of {count}");
    signal(&service);
    assert!(ended(&mut service).success());
    let log = service.log();
    let last = log.lines().rfind(|line| line.contains("id=unread-")).expect("lines");
    assert!(last.contains(&format!("id=unread-{sent}")) && last.contains("shutdown=true"), "{last}");
    assert_eq!(lines(&service), sent + 1, "{log}");
    drop(stream);
}
