//! Clients that stop sending, or go away, while their poster is made.

use std::{
    io::{Cursor, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::json;

use super::{connect, rest};
use crate::load::{request, server, service};

/// Time that the host of pictures takes.
const SLOW: Duration = Duration::from_millis(800);

fn answer_slowly(mut stream: TcpStream) {
    request(&mut stream);
    thread::sleep(SLOW);
    let mut png = Cursor::new(Vec::new());
    image::RgbImage::new(64, 64).write_to(&mut png, image::ImageFormat::Png).expect("a PNG");
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", png.get_ref().len());
    let _ = stream.write_all(&[head.as_bytes(), png.get_ref()].concat());
}

/// A poster with a picture of this host, as a request.
fn poster(host: SocketAddr, coding: &str) -> String {
    let photo = format!("http://{host}/{}", coding.len());
    let body = json!({ "template": "photo", "params": { "photo": photo } }).to_string();
    let start = "POST /v1/posters HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    match coding {
        "chunked" => format!("{start}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()),
        _ => format!("{start}Content-Length: {}\r\n\r\n{body}", body.len()),
    }
}

#[test]
fn half_closed_clients_get_their_response() {
    let host = server(answer_slowly);
    let service = service(host, &[]);
    for coding in ["length", "chunked"] {
        let stream = connect(&service, poster(host, coding).as_bytes());
        stream.shutdown(Shutdown::Write).expect("half a connection");
        let text = rest(&stream);
        let interim = "HTTP/1.1 100 Continue\r\n\r\n";
        let response = text.trim_start_matches(interim);
        assert!(response.starts_with("HTTP/1.1 200 ") && response.contains("\r\n\r\n\u{fffd}PNG"), "{coding}: {text}");
        assert!(text.len() < response.len() + 10 * interim.len(), "{coding}: {text}");
    }
    let short = connect(&service, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    short.shutdown(Shutdown::Write).expect("half a connection");
    assert!(rest(&short).ends_with("ok\n"));
    // A request that is not complete gets no poster.
    let cut = poster(host, "length");
    let stream = connect(&service, &cut.as_bytes()[..cut.len() - 2]);
    stream.shutdown(Shutdown::Write).expect("half a connection");
    let text = rest(&stream);
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 400 "), "{text}");
}

#[test]
fn a_client_that_goes_away_stops_its_poster() {
    let (sender, ended) = mpsc::channel();
    let host = server(move |mut stream: TcpStream| {
        request(&mut stream);
        sender.send("asked").expect("the test waits");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        // Nothing is sent: only the end of the request ends this.
        if stream.read(&mut [0; 16]).is_ok_and(|read| read == 0) {
            let _ = sender.send("ended");
        }
    });
    let service = service(host, &[("HAIBAO_ASSETS__TIMEOUT_MS", "60000"), ("HAIBAO_HTTP__TIMEOUT_MS", "60000")]);
    for coding in ["length", "chunked", "expect"] {
        let stream = match coding {
            // As curl and .NET send large bodies.
            "expect" => {
                let request = poster(host, coding).replacen("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n", 1);
                let (head, body) = request.split_at(request.find("\r\n\r\n").expect("a head") + 4);
                let mut stream = connect(&service, head.as_bytes());
                let mut interim = [0; 25];
                stream.read_exact(&mut interim).expect("an interim response");
                assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
                stream.write_all(body.as_bytes()).expect("sent");
                stream
            }
            _ => connect(&service, poster(host, coding).as_bytes()),
        };
        assert_eq!(ended.recv_timeout(Duration::from_secs(20)), Ok("asked"), "{coding}");
        drop(stream);
        assert_eq!(ended.recv_timeout(Duration::from_secs(20)), Ok("ended"), "{coding}");
    }
}
