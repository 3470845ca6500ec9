//! Host of pictures, with faults. The path of a picture says what happens to it: `/photo/N` is photo N, `/slow/MS/N` the same
//! after MS milliseconds, the others are in [`serve`].

use std::{io::Cursor, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

/// Bits of a photo's mark: black and white squares across its middle.
pub const BITS: u32 = 6;
/// Side of a photo, px.
const SIDE: u32 = 1200;
/// Side of a square of the mark, px.
const SQUARE: u32 = 100;

/// The photos: one for each mark.
pub struct Photos(Vec<Vec<u8>>);

impl Photos {
    /// Draws the photos.
    pub fn new() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/product-share/assets/vase.jpg");
        let vase = image::open(path).expect("a photo");
        let vase = vase.resize_exact(SIDE, SIDE, image::imageops::FilterType::Triangle).into_rgb8();
        Self((0..1 << BITS).map(|mark| encode(&vase, mark)).collect())
    }

    /// Mark of a photo.
    pub fn mark(number: u64) -> u32 {
        (number % (1 << BITS)) as u32
    }

    /// Centre of each square of the mark, as fractions of the photo.
    pub fn places() -> impl Iterator<Item = (u32, f32, f32)> {
        (0..BITS).map(|bit| (bit, left(bit) as f32 / SIDE as f32 + SQUARE as f32 / 2.0 / SIDE as f32, 0.5))
    }

    /// A file of its own for each number, so that no cache knows it: a comment contains the number.
    fn file(&self, number: u64) -> Vec<u8> {
        let (start, rest) = self.0[Self::mark(number) as usize].split_at(2);
        // ITU-T T.81, B.2.4.5: marker, length including itself, text.
        [start, &[0xff, 0xfe, 0x00, 0x0a], &number.to_be_bytes(), rest].concat()
    }
}

fn left(bit: u32) -> u32 {
    200 + bit * (SQUARE + 15)
}

fn encode(vase: &image::RgbImage, mark: u32) -> Vec<u8> {
    let mut photo = vase.clone();
    for bit in 0..BITS {
        let level = if mark >> bit & 1 == 1 { 255 } else { 0 };
        for (x, y) in (0..SQUARE).flat_map(|x| (0..SQUARE).map(move |y| (x, y))) {
            photo.put_pixel(left(bit) + x, (SIDE - SQUARE) / 2 + y, image::Rgb([level; 3]));
        }
    }
    let mut out = Cursor::new(Vec::new());
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 85);
    photo.write_with_encoder(encoder).expect("encodes");
    out.into_inner()
}

/// Starts a host of pictures.
pub async fn start(photos: Arc<Photos>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let addr = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let photos = Arc::clone(&photos);
            tokio::spawn(async move {
                // The service may close a connection at any time.
                let _ = connection(stream, &photos).await;
            });
        }
    });
    addr
}

async fn connection(mut stream: TcpStream, photos: &Photos) -> std::io::Result<()> {
    let mut head = Vec::new();
    loop {
        head.clear();
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut head).await? == 0 {
                return Ok(());
            }
        }
        let head = String::from_utf8_lossy(&head);
        let path = head.split(' ').nth(1).unwrap_or_default();
        if !serve(&mut stream, photos, path).await? {
            return Ok(());
        }
    }
}

/// Sends the response for a path. Returns whether the connection is kept.
async fn serve(stream: &mut TcpStream, photos: &Photos, path: &str) -> std::io::Result<bool> {
    let mut words = path.trim_start_matches('/').split('/');
    let what = words.next().unwrap_or_default();
    let numbers: Vec<u64> = words.map(|word| word.parse().unwrap_or(0)).collect();
    let number = numbers.last().copied().unwrap_or(0);
    let file = || photos.file(number);
    let head = |status: &str, length: usize, more: &str| {
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{more}\r\n").into_bytes()
    };
    let jpeg = "Content-Type: image/jpeg\r\n";
    match what {
        "photo" | "slow" => {
            if what == "slow" {
                sleep(Duration::from_millis(numbers[0])).await;
            }
            let file = file();
            stream.write_all(&head("200 OK", file.len(), jpeg)).await?;
            stream.write_all(&file).await?;
            Ok(true)
        }
        // Half of the file: the connection is closed, or stays open without data.
        "cut" | "stall" => {
            let file = file();
            stream.write_all(&head("200 OK", file.len(), jpeg)).await?;
            stream.write_all(&file[..file.len() / 2]).await?;
            if what == "stall" {
                sleep(Duration::from_secs(60)).await;
            }
            Ok(false)
        }
        // 14 of 15 MB, then nothing.
        "heavy" => {
            stream.write_all(&head("200 OK", 15_000_000, jpeg)).await?;
            for _ in 0..14 {
                stream.write_all(&[1; 1_000_000]).await?;
            }
            sleep(Duration::from_secs(60)).await;
            Ok(false)
        }
        // Half of the file with a matching length.
        "half" => {
            let file = file();
            stream.write_all(&head("200 OK", file.len() / 2, jpeg)).await?;
            stream.write_all(&file[..file.len() / 2]).await?;
            Ok(true)
        }
        "moved" | "loop" => {
            let to = if what == "moved" { "photo" } else { "loop" };
            let location = format!("Location: /{to}/{number}\r\n");
            stream.write_all(&head("302 Found", 0, &location)).await?;
            Ok(true)
        }
        "page" => {
            let page = b"<!doctype html><title>Sign in</title>";
            stream.write_all(&head("200 OK", page.len(), "Content-Type: text/html\r\n")).await?;
            stream.write_all(page).await?;
            Ok(true)
        }
        "empty" => stream.write_all(&head("200 OK", 0, jpeg)).await.map(|()| true),
        "broken" => stream.write_all(&head("503 Service Unavailable", 0, "")).await.map(|()| true),
        "dead" => Ok(false),
        _ => stream.write_all(&head("404 Not Found", 0, "")).await.map(|()| true),
    }
}
