//! Bodies: large, unfinished, slow, and multipart.

use std::thread;

use super::*;

const FORM: &str = "POST /v1/exports HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n\
                    Content-Length: 30000000\r\n\r\n--b\r\n";

#[test]
fn a_phone_photo_fits_into_a_poster_request() {
    let service = Service::start();
    let photo = format!("data:image/jpeg;base64,{}", "A".repeat(12 << 20));
    let body = json!({ "template": TEMPLATE, "params": { "title": "x", "unknown": photo } });
    service.post(&body).problem(422, "param_unknown");
}

#[test]
fn clients_that_send_first_and_read_later_get_the_413() {
    let service = Service::start();
    let chunk = vec![b' '; 1 << 20];
    // Declared length, as Python and Node send it.
    let mut declared = connect(&service, head(40 << 20).as_bytes());
    for _ in 0..40 {
        declared.write_all(&chunk).expect("the server reads on");
    }
    assert_problem(&rest(&declared), 413, "body_too_large");
    let start = "POST /v1/posters HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                 Transfer-Encoding: chunked\r\n\r\n";
    let mut chunked = connect(&service, start.as_bytes());
    for _ in 0..40 {
        chunked.write_all(b"100000\r\n").expect("the server reads on");
        chunked.write_all(&chunk).expect("the server reads on");
        chunked.write_all(b"\r\n").expect("the server reads on");
    }
    chunked.write_all(b"0\r\n\r\n").expect("the server reads on");
    assert_problem(&rest(&chunked), 413, "body_too_large");
    let code = " ".repeat(100_000);
    send(service.addr, "POST", "/v1/codes", &[("Content-Type", "application/json")], code.as_bytes())
        .problem(413, "body_too_large");
}

/// Each chunk costs as much as a large one.
#[test]
fn tiny_chunks_are_refused_after_some_thousands() {
    let service = Service::start();
    let send = |body: &str, length: usize, end: &str| {
        let start = "POST /v1/posters HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n\
                     Transfer-Encoding: chunked\r\n\r\n";
        let chunks: String = body
            .as_bytes()
            .chunks(length)
            .map(|part| format!("{:x}\r\n{}\r\n", part.len(), String::from_utf8_lossy(part)))
            .collect();
        rest(&connect(&service, format!("{start}{chunks}{end}").as_bytes()))
    };
    let end = "0\r\n\r\n";
    let filled = |length: usize| format!("{}{}", poster(), " ".repeat(length));
    assert!(send(&filled(0), 1, end).starts_with("HTTP/1.1 200 "), "a short body may come byte by byte");
    assert!(send(&filled(3 << 20), 512, end).starts_with("HTTP/1.1 200 "));
    assert_problem(&send(&filled(200_000), 1, end), 400, "body_unreadable");
    // Before its end: the body is not read any further.
    assert_problem(&send(&filled(10_000), 1, ""), 400, "body_unreadable");
}

#[test]
fn unfinished_bodies_share_a_budget() {
    let service = Service::set(&[("HAIBAO_HTTP__MAX_BODY_BYTES", "20971520")]);
    let part = vec![b' '; 6 << 20];
    let flood: Vec<_> = (0..120)
        .map(|number| {
            let head = head(part.len() + 1);
            let head = if number % 2 == 0 { head } else { head.replace("/v1/posters", "/v1/assets") };
            let mut stream = connect(&service, head.as_bytes());
            stream.set_write_timeout(Some(Duration::from_millis(20))).expect("a timeout");
            let _ = stream.write_all(&part);
            stream
        })
        .collect();
    service.post_text(&poster()).poster();
    let peak = service.peak_mib();
    println!("peak: {peak} MiB");
    drop(flood);
    assert!(peak < PEAK_MIB, "{peak} MiB");
}

#[test]
fn a_stalled_body_times_out() {
    let service = Service::start();
    let posters = connect(&service, format!("{}{{", head(1000)).as_bytes());
    let upload = connect(&service, FORM.as_bytes());
    assert_problem(&rest(&posters), 408, "body_timeout");
    assert_problem(&rest(&upload), 408, "body_timeout");
}

#[test]
fn headers_of_parts_are_bounded() {
    let service = Service::start();
    let headers = vec![b'a'; 1 << 20];
    let send = || {
        let mut stream = connect(&service, format!("{FORM}a: ").as_bytes());
        for _ in 0..28 {
            stream.write_all(&headers).expect("the server reads on");
        }
        rest(&stream)
    };
    let responses: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = (0..20).map(|_| scope.spawn(send)).collect();
        running.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    for response in responses {
        assert!(response.contains("part_headers_too_large") || response.contains("exports_full"), "{response}");
    }
    let peak = service.peak_mib();
    println!("peak: {peak} MiB");
    assert!(peak < PEAK_MIB / 2, "{peak} MiB");
}

#[test]
fn unfinished_uploads_count_as_active_exports() {
    let service = Service::set(&[("HAIBAO_EXPORTS__MAX_CONCURRENT", "2"), ("HAIBAO_EXPORTS__WORKERS", "0")]);
    let form = "--b\r\ncontent-disposition: form-data; name=options\r\n\r\n{\"template\": \"my\"}\r\n\
                --b\r\ncontent-disposition: form-data; name=file; filename=a.csv\r\n\r\ntitle\nx\n\r\n--b--\r\n";
    let upload = || {
        let kind = [("Content-Type", "multipart/form-data; boundary=b")];
        send(service.addr, "POST", "/v1/exports", &kind, form.as_bytes())
    };
    for path in ["/v1/exports", "/v1/exports/preview"] {
        let send = |kind: &str| send(service.addr, "POST", path, &[("Content-Type", kind)], form.as_bytes());
        send("multipart/form-data").problem(400, "boundary_missing");
        send("text/csv").problem(415, "content_type");
    }
    let unfinished: Vec<_> = (0..2).map(|_| connect(&service, FORM.as_bytes())).collect();
    until("both places are taken", || upload().status == 429);
    upload().problem(429, "exports_full");
    drop(unfinished);
    until("the places are given back", || upload().status == 202);
}
