//! Number of connections, headers, idling.

use super::*;

#[test]
fn idle_connections_make_room_for_new_ones() {
    let service = Service::set(&[("HAIBAO_HTTP__MAX_CONNECTIONS", "40")]);
    let idle: Vec<_> = (0..300).map(|_| connect(&service, b"")).collect();
    for _ in 0..5 {
        service.post_text(&poster()).poster();
    }
    drop(idle);
}

#[test]
fn health_checks_are_answered_when_all_connections_are_busy() {
    let service = Service::set(&[("HAIBAO_HTTP__MAX_CONNECTIONS", "8")]);
    let mut busy = Vec::new();
    until("the connections are busy", || {
        busy.push(connect(&service, format!("{}{{", head(1000)).as_bytes()));
        service.get("/v1/templates").status == 503
    });
    let _idle: Vec<_> = (0..40).map(|_| connect(&service, b"")).collect();
    for _ in 0..20 {
        assert_eq!(service.get("/healthz").status, 200);
    }
    let refused = service.get("/v1/templates");
    refused.problem(503, "busy");
    assert_eq!((refused.header("retry-after"), refused.header("connection")), ("1", "close"));
    let (before, start) = (service.log().matches("request refused").count(), Instant::now());
    for _ in 0..200 {
        service.get("/v1/templates").problem(503, "busy");
    }
    let lines = service.log().matches("request refused").count() - before;
    assert!(lines <= 2 + start.elapsed().as_secs() as usize, "{lines} lines for 200 refusals");
    drop(busy);
    until("the places are free again", || service.get("/v1/templates").status == 200);
}

#[test]
fn headers_and_idle_connections_time_out() {
    let service = Service::set(&[("HAIBAO_HTTP__HEADER_TIMEOUT_MS", "500"), ("HAIBAO_HTTP__IDLE_TIMEOUT_MS", "1000")]);
    assert_problem(&rest(&connect(&service, b"GET /healthz HTTP/1.1\r\nHost: ")), 408, "request_timeout");
    let kept = rest(&connect(&service, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    assert!(kept.starts_with("HTTP/1.1 200 ") && kept.ends_with("ok\n"), "an idle connection ends silently: {kept}");
    // A header that arrives byte by byte.
    let mut slow = connect(&service, b"GET /healthz HTTP/1.1\r\nA: ");
    let start = Instant::now();
    while slow.write_all(b"a").is_ok() && start.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(start.elapsed() < Duration::from_secs(30), "the connection stays open");
}

#[test]
fn invalid_and_large_headers_are_problems() {
    let service = Service::start();
    let large = format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nA: {}\r\n\r\n", "a".repeat(20_000));
    assert_problem(&rest(&connect(&service, large.as_bytes())), 431, "headers_too_large");
    let many = format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "a: b\r\n".repeat(150));
    assert_problem(&rest(&connect(&service, many.as_bytes())), 431, "headers_too_large");
    for length in ["18446744073709551615", "99999999999999999999999999"] {
        let huge = format!("POST /v1/posters HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{{}}");
        assert_problem(&rest(&connect(&service, huge.as_bytes())), 413, "body_too_large");
    }
    for broken in ["GET / HTTP/9.9\r\n\r\n", "nonsense\r\n\r\n", "GET / HTTP/1.1\r\nA b: c\r\n\r\n"] {
        assert_problem(&rest(&connect(&service, broken.as_bytes())), 400, "request_malformed");
    }
    let fits =
        format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nA: {}\r\n\r\n", "a".repeat(14_000));
    assert!(rest(&connect(&service, fits.as_bytes())).starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_flood_of_headers_takes_little_memory() {
    let service = Service::start();
    let headers = format!("GET / HTTP/1.1\r\n{}", format!("a: {}\r\n", "a".repeat(3900)).repeat(100));
    let flood: Vec<_> = (0..600)
        .map(|_| {
            let mut stream = connect(&service, b"");
            stream.set_write_timeout(Some(Duration::from_millis(200))).expect("a timeout");
            let _ = stream.write_all(headers.as_bytes());
            stream
        })
        .collect();
    assert_eq!(service.get("/healthz").status, 200);
    let peak = service.peak_mib();
    println!("peak: {peak} MiB");
    drop(flood);
    assert!(peak < PEAK_MIB / 2, "{peak} MiB");
}
