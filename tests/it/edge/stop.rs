//! Stop signals.

use std::process::{Command, ExitStatus};

use super::*;

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
    let start = Instant::now();
    signal(&service);
    assert!(ended(&mut service).success());
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    drop(running);
    let mut service = Service::set(&[("HAIBAO_HTTP__SHUTDOWN_MS", "600000")]);
    let running = connect(&service, format!("{}{{", head(1000)).as_bytes());
    assert_eq!(service.get("/healthz").status, 200);
    let start = Instant::now();
    signal(&service);
    until("the listener is closed", || TcpStream::connect(service.addr).is_err());
    signal(&service);
    assert!(ended(&mut service).success());
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    drop(running);
}
