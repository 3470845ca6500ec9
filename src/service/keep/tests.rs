//! Kept posters and uploads in a folder: names, lifetimes, the byte bound.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use futures_util::TryStreamExt;
use haibao_core::{asset::Asset, encode::Format, error::ErrorKind};
use tempfile::TempDir;

use super::*;

fn posters(folder: &Path, config: PosterConfig) -> Posters {
    Posters::new(Blobs::folder(folder), config)
}

/// Makes a file older.
fn age(path: PathBuf, seconds: u64) {
    let file = File::options().write(true).open(path).expect("a file");
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).expect("a time");
}

/// Seconds until a time, rounded up to the next second.
fn left(expires_at: u64) -> u64 {
    expires_at - SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

async fn content(posters: &Posters, name: &str) -> Result<Vec<u8>, &'static str> {
    let stored = posters.get(name).await.map_err(|error| error.code())?;
    let parts: Vec<Bytes> = stored.stream.try_collect().await.expect("a file");
    Ok(parts.concat())
}

#[tokio::test]
async fn equal_posters_share_a_name_that_cannot_be_guessed() {
    let (folder, other) = (folder(), folder());
    let keeper = posters(folder.path(), PosterConfig::default());
    let bytes = Bytes::from_static(b"poster");
    let first = keeper.keep(Asset::new(bytes.clone()), Format::Png, false).await.unwrap();
    assert!(first.is_new && (86_390..=86_400).contains(&left(first.expires_at)), "{first:?}");
    // A second process.
    let again = posters(folder.path(), PosterConfig::default())
        .keep(Asset::new(bytes.clone()), Format::Png, false)
        .await
        .unwrap();
    assert_eq!(again, KeptFile { is_new: false, ..first.clone() });
    assert_eq!(content(&keeper, &first.name).await.unwrap(), b"poster");
    let elsewhere =
        posters(other.path(), PosterConfig::default()).keep(Asset::new(bytes), Format::Png, false).await.unwrap();
    assert_eq!(elsewhere.name[..33], first.name[..33]);
    assert_ne!(elsewhere.name, first.name);
    for unknown in ["", "x.png", "../secrets/posters", &elsewhere.name, &first.name.to_uppercase(), &first.name[..60]] {
        assert_eq!(content(&keeper, unknown).await.expect_err(unknown), "poster_unknown");
    }
}

#[tokio::test]
async fn posters_expire_and_are_renewed() {
    let folder = folder();
    let config = PosterConfig { expires_seconds: 1000, degraded_seconds: 100, ..PosterConfig::default() };
    let keeper = posters(folder.path(), config);
    let usual = keeper.keep(Asset::new(Bytes::from_static(b"usual")), Format::Png, false).await.unwrap();
    let degraded = keeper.keep(Asset::new(Bytes::from_static(b"usual")), Format::Png, true).await.unwrap();
    assert!((990..=1000).contains(&left(usual.expires_at)) && (90..=100).contains(&left(degraded.expires_at)));
    let path = |name: &str| folder.path().join("posters").join(name);
    age(path(&usual.name), 500);
    age(path(&degraded.name), 101);
    assert_eq!(keeper.get(&usual.name).await.unwrap().remaining.as_secs(), 499);
    assert_eq!(content(&keeper, &degraded.name).await.expect_err("expired"), "poster_expired");
    let renewed = keeper.keep(Asset::new(Bytes::from_static(b"usual")), Format::Png, false).await.unwrap();
    assert!(!renewed.is_new && renewed.expires_at >= usual.expires_at);
    keeper.sweep().await.unwrap();
    assert!(path(&degraded.name).exists(), "another process may renew it");
    age(path(&degraded.name), 101 + GRACE.as_secs());
    keeper.sweep().await.unwrap();
    assert!(path(&usual.name).exists() && !path(&degraded.name).exists());
    age(path(&usual.name), 1001 + GRACE.as_secs());
    keeper.sweep().await.unwrap();
    assert_eq!(content(&keeper, &usual.name).await.expect_err("removed"), "poster_unknown");
}

#[tokio::test]
async fn posters_may_live_without_end() {
    let folder = folder();
    let keeper = posters(folder.path(), PosterConfig { expires_seconds: u64::MAX, ..PosterConfig::default() });
    let kept = keeper.keep(Asset::new(Bytes::from_static(b"poster")), Format::Png, false).await.unwrap();
    keeper.sweep().await.unwrap();
    assert_eq!(content(&keeper, &kept.name).await.unwrap(), b"poster");
}

#[tokio::test]
async fn the_oldest_posters_are_removed_beyond_the_byte_bound() {
    let folder = folder();
    let keeper = posters(folder.path(), PosterConfig { max_bytes: 10_000, ..PosterConfig::default() });
    let mut names = Vec::new();
    for number in 0..10_u8 {
        let kept = keeper.keep(Asset::new(vec![number; 1000]), Format::Png, false).await.unwrap();
        // The last ones are the oldest.
        age(folder.path().join("posters").join(&kept.name), 1000 + u64::from(number));
        names.push(kept.name);
    }
    names.push(keeper.keep(Asset::new(vec![99; 1000]), Format::Png, false).await.unwrap().name);
    let left: Vec<usize> =
        (0..names.len()).filter(|n| folder.path().join("posters").join(&names[*n]).exists()).collect();
    assert_eq!(left, [0, 1, 2, 3, 4, 5, 6, 7, 10]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_that_is_renewed_while_it_is_swept_is_not_lost() {
    let folder = folder();
    let config = PosterConfig { expires_seconds: 100, ..PosterConfig::default() };
    let (one, other) = (posters(folder.path(), config), posters(folder.path(), config));
    // In one process long after its end, and in two processes right after it.
    for (sweeper, seconds) in [(&one, 200 + GRACE.as_secs()), (&other, 101)] {
        for round in 0..150_u8 {
            let bytes = Bytes::from(vec![round; 1000]);
            let name = one.keep(Asset::new(bytes.clone()), Format::Png, false).await.unwrap().name;
            age(folder.path().join("posters").join(&name), seconds);
            let renew = one.keep(Asset::new(bytes.clone()), Format::Png, false);
            let (renewed, swept) = tokio::join!(renew, sweeper.sweep());
            swept.unwrap();
            assert!((90..=100).contains(&left(renewed.unwrap().expires_at)));
            assert_eq!(content(&one, &name).await.unwrap(), bytes, "round {round} after {seconds} s");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_that_are_renewed_are_not_the_oldest() {
    let bytes = |number: u8| Bytes::from(vec![number; 1000]);
    for round in 0..20 {
        let folder = folder();
        let keeper = posters(folder.path(), PosterConfig { max_bytes: 5000, ..PosterConfig::default() });
        for number in 0..5_u8 {
            let name = keeper.keep(Asset::new(bytes(number)), Format::Png, false).await.unwrap().name;
            // The first one is the oldest, so the next sweep would remove it.
            age(folder.path().join("posters").join(name), if number == 0 { 80_000 } else { 20_000 });
        }
        let renew = keeper.keep(Asset::new(bytes(0)), Format::Png, false);
        let (renewed, added) = tokio::join!(renew, keeper.keep(Asset::new(bytes(5)), Format::Png, false));
        added.unwrap();
        assert_eq!(content(&keeper, &renewed.unwrap().name).await.unwrap(), bytes(0), "round {round}");
    }
}

#[tokio::test]
async fn uploads_are_named_by_content_and_expire() {
    let folder = folder();
    let uploads = Uploads::new(Blobs::folder(folder.path()), UploadConfig { expires_seconds: 100, max_bytes: 1 << 20 });
    let bytes = Bytes::from_static(b"\x89PNG\r\n\x1a\nrest");
    let upload = uploads.put(Asset::new(bytes.clone())).await.unwrap();
    assert_eq!(upload.hash, blake3::hash(&bytes).to_hex().as_str());
    assert!(upload.is_new && !uploads.put(Asset::new(bytes.clone())).await.unwrap().is_new);
    let found = uploads.find_picture(&upload.hash).await.unwrap();
    assert_eq!((found.bytes, found.remaining.as_secs()), (bytes.len() as u64, 99));
    assert_eq!(uploads.read(&found).await.unwrap().bytes, bytes);
    age(folder.path().join("uploads").join(&upload.hash), 101);
    for (error, kind) in [
        (uploads.find_picture(&upload.hash).await.map(drop).expect_err("expired"), ErrorKind::Invalid),
        (uploads.download(&upload.hash).await.map(drop).expect_err("expired"), ErrorKind::Gone),
    ] {
        assert_eq!((error.code(), error.kind()), ("asset_expired", kind));
    }
    assert!(uploads.put(Asset::new(bytes.clone())).await.unwrap().is_new, "an expired upload is new");
    assert!(uploads.find_picture(&upload.hash).await.is_ok());
    for unknown in ["", "../secrets/posters", &"0".repeat(64), &"é".repeat(32)] {
        assert_eq!(uploads.find_picture(unknown).await.expect_err(unknown).code(), "asset_unknown");
        assert_eq!(uploads.download(unknown).await.map(drop).expect_err(unknown).kind(), ErrorKind::NotFound);
    }
}

#[test]
fn formats_are_detected_by_content() {
    for (bytes, expected) in [
        (&b"\xff\xd8\xff\xe0"[..], "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"GIF89a", "image/gif"),
    ] {
        assert_eq!(PictureFormat::detect(bytes).expect("a picture").media_type(), expected);
    }
    for (bytes, reason) in [
        (&b""[..], "empty"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", "HEIC"),
        (b"\0\0\0\x20ftypavif", "AVIF"),
        (b"\0\0\0\x20ftypisom", "video"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf <?xml version='1.0'?><!-- --><SVG>", "SVG"),
        (b"<!doctype html><script>", "web page"),
        (b"BM\0\0", "BMP"),
        (b"II*\0", "TIFF"),
        (b"%PDF-1.7", "PDF"),
        (b"\xff\x0a", "JPEG XL"),
        (b"hello", "not a picture"),
        (b"RIFF\0\0\0\0WAVE", "not a picture"),
    ] {
        let error = PictureFormat::detect(bytes).expect_err(reason);
        assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "picture_unsupported"));
        assert!(error.message().contains(reason), "{reason}: {error}");
        assert!(error.hint_text().is_some());
    }
    let spaces = [&vec![b' '; 1 << 20][..], b"<svg>"].concat();
    let error = PictureFormat::detect(&spaces).expect_err("no picture");
    assert!(error.message().contains("not a picture"), "only its start is looked at: {error}");
}
