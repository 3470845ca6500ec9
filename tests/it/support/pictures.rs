//! An HTTP server for test pictures.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use haibao::wechat::emulator::Options;
use tempfile::TempDir;

use super::Service;

/// Serves valid and broken pictures by path.
pub struct Pictures(pub SocketAddr);

impl Pictures {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = listener.local_addr().expect("an address");
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                thread::spawn(move || respond(stream));
            }
        });
        Self(addr)
    }

    /// A service with this folder that may fetch them.
    pub fn service(&self, folder: TempDir, settings: &[(&str, &str)]) -> Service {
        let host = self.0.to_string();
        let allowed = [("HAIBAO_ASSETS__ALLOW_PRIVATE", host.as_str())];
        Service::with(&[&allowed[..], settings].concat(), Options::default(), folder)
    }

    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.0)
    }
}

fn respond(mut stream: TcpStream) {
    let mut line = String::new();
    let _ = BufReader::new(&stream).read_line(&mut line);
    let (status, body) = match line.split(' ').nth(1).unwrap_or_default() {
        "/good.jpg" => ("200 OK", jpeg()),
        "/page.html" => ("200 OK", b"<!doctype html><title>Sign in</title>".to_vec()),
        "/cut.jpg" => ("200 OK", jpeg()[..300].to_vec()),
        "/dot.png" => ("200 OK", png_header(1, 1)),
        "/wide.png" => ("200 OK", png_header(20_000, 64)),
        "/bomb.png" => ("200 OK", png_header(15_000, 15_000)),
        "/text.txt" => ("200 OK", b"just some words".to_vec()),
        "/slow.jpg" => {
            thread::sleep(Duration::from_secs(5));
            ("200 OK", jpeg())
        }
        _ => ("404 Not Found", b"no".to_vec()),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn jpeg() -> Vec<u8> {
    let picture = image::RgbImage::from_fn(200, 160, |x, y| image::Rgb([x as u8, y as u8, (x ^ y) as u8]));
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes).encode_image(&picture).expect("a JPEG");
    bytes
}

/// A PNG header of this size without pixel data: oversized pictures must be rejected before decoding.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        bytes.extend((data.len() as u32).to_be_bytes());
        let body = [kind, data].concat();
        bytes.extend(&body);
        bytes.extend(crc32fast::hash(&body).to_be_bytes());
    };
    chunk(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat());
    chunk(b"IDAT", &[0x78, 0x01, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]);
    chunk(b"IEND", b"");
    bytes
}
