//! Uploaded pictures, named by their content. A poster names one as `asset:HASH`.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::Stream;
use serde::Deserialize;

use super::{Found, Lifetime, Shelf};
use crate::{blob::Blobs, net::hashing, words};
use haibao_core::{
    asset::{
        Asset,
        unsupported::{self, Markup},
    },
    error::{Error, ErrorKind, Message, Result},
    template::assets,
};

/// Settings of uploaded pictures, `[uploads]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UploadConfig {
    /// Lifetime after the last upload, s. Default: 7 days.
    pub expires_seconds: u64,
    /// Maximum size of all uploaded pictures, bytes. Default: 1 GiB.
    pub max_bytes: u64,
}

impl Default for UploadConfig {
    fn default() -> Self {
        Self { expires_seconds: 7 * 86_400, max_bytes: 1 << 30 }
    }
}

/// Format of an uploaded picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
    /// GIF.
    Gif,
}

impl PictureFormat {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Jpeg, Self::Png, Self::WebP, Self::Gif];

    /// The `Content-Type`, such as `image/jpeg`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// Extension of file names, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
        }
    }

    /// Detects the format by the signature. Neither file names nor declared media types count.
    ///
    /// # Errors
    /// `picture_unsupported` (415) with the reason.
    pub fn detect(bytes: &[u8]) -> Result<Self> {
        Self::kind(bytes).map_err(|what| {
            let hint = what.own_hint();
            Error::of(ErrorKind::Unsupported, words::picture_unsupported(what).with_hint(hint))
        })
    }

    /// The format by the signature, or what the content is instead.
    pub fn kind(bytes: &[u8]) -> Result<Self, Message> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => return Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => return Ok(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => return Ok(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => return Ok(Self::Gif),
            _ => {}
        }
        Err(match (bytes, unsupported::markup(bytes)) {
            ([], _) => words::upload_empty(),
            ([_, _, _, _, b'f', b't', b'y', b'p', brand @ ..], _) => match brand.get(..4) {
                Some(b"avif" | b"avis") => words::upload_avif(),
                Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => {
                    words::upload_heic()
                }
                _ => words::upload_mp4(),
            },
            (_, Some(Markup::Svg)) => words::upload_svg(),
            (_, Some(Markup::WebPage)) => words::upload_web_page(),
            ([b'B', b'M', ..], _) => words::upload_bmp(),
            ([b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..], _) => words::upload_tiff(),
            ([0xff, 0x0a, ..] | [0, 0, 0, 0x0c, b'J', b'X', b'L', b' ', ..], _) => words::upload_jpeg_xl(),
            ([b'%', b'P', b'D', b'F', ..], _) => words::upload_pdf(),
            _ => words::upload_other(),
        })
    }
}

/// Bytes that are enough to detect the format.
const SIGNATURE_BYTES: u64 = 64;

/// Uploaded pictures.
#[derive(Debug, Clone)]
pub struct Uploads {
    shelf: Arc<Shelf>,
    lifetime: Lifetime,
}

/// An uploaded picture.
#[derive(Debug, Clone)]
pub struct Upload {
    /// blake3 of the content, hexadecimal.
    pub hash: String,
    /// Format.
    pub picture: PictureFormat,
    /// Whether it was not stored yet.
    pub is_new: bool,
    /// When it expires, s since 1970-01-01 UTC.
    pub expires_at: u64,
}

/// An uploaded picture for a poster.
#[derive(Debug)]
pub struct FoundPicture {
    hash: String,
    /// Size, bytes.
    pub bytes: u64,
    /// Remaining lifetime.
    pub remaining: Duration,
}

/// An uploaded picture to send.
pub struct StoredPicture<S> {
    /// Format.
    pub picture: PictureFormat,
    /// Size, bytes.
    pub bytes: u64,
    /// Remaining lifetime.
    pub remaining: Duration,
    /// The file.
    pub stream: S,
}

impl Uploads {
    /// Keeps pictures in a blob store.
    pub fn new(blobs: Blobs, config: UploadConfig) -> Self {
        let lifetime = Duration::from_secs(config.expires_seconds);
        let lifetime = Lifetime { usual: lifetime, short: lifetime };
        Self { shelf: Arc::new(Shelf::new(blobs, "uploads/", config.max_bytes)), lifetime }
    }

    /// Maximum size of all pictures, bytes. Beyond it, the oldest are removed.
    pub fn max_bytes(&self) -> u64 {
        self.shelf.max_bytes
    }

    /// Stores a picture, or renews its lifetime.
    ///
    /// # Errors
    /// `picture_unsupported`; as [`Blobs::put`].
    pub async fn put(&self, file: Asset) -> Result<Upload> {
        let Asset { hash, bytes } = file;
        let picture = PictureFormat::detect(&bytes)?;
        let hash = hash.to_hex().to_string();
        let (is_new, expires_at) = self.shelf.put(&hash, bytes, self.lifetime).await?;
        Ok(Upload { hash, picture, is_new, expires_at })
    }

    /// Finds the picture for a poster.
    ///
    /// # Errors
    /// `asset_unknown` and `asset_expired`, both [`ErrorKind::Invalid`]: the request names the picture.
    pub async fn find_picture(&self, hash: &str) -> Result<FoundPicture> {
        let (found, remaining) = self.find(hash, ErrorKind::Invalid, ErrorKind::Invalid).await?;
        Ok(FoundPicture { hash: hash.to_owned(), bytes: found.bytes, remaining })
    }

    /// Reads the picture for a poster.
    ///
    /// # Errors
    /// `asset_unknown` if it has been removed meanwhile; as [`Blobs::get`].
    pub async fn read(&self, found: &FoundPicture) -> Result<Asset> {
        match self.shelf.read(&found.hash).await? {
            Some(bytes) => hashing::asset(bytes).await,
            None => Err(unknown(ErrorKind::Invalid, &found.hash)),
        }
    }

    /// The picture for a download.
    ///
    /// # Errors
    /// `asset_unknown` ([`ErrorKind::NotFound`]), `asset_expired` ([`ErrorKind::Gone`]).
    pub async fn download(
        &self,
        hash: &str,
    ) -> Result<StoredPicture<impl Stream<Item = Result<Bytes>> + Send + use<>>> {
        let (found, remaining) = self.find(hash, ErrorKind::NotFound, ErrorKind::Gone).await?;
        let unknown = || unknown(ErrorKind::NotFound, hash);
        let head = self.shelf.blobs.get_range(&found.key, 0..SIGNATURE_BYTES).await?.ok_or_else(unknown)?;
        let stream = self.shelf.blobs.stream(&found.key, 0..found.bytes).await?.ok_or_else(unknown)?;
        Ok(StoredPicture { picture: PictureFormat::detect(&head)?, bytes: found.bytes, remaining, stream })
    }

    async fn find(&self, hash: &str, missing: ErrorKind, expired: ErrorKind) -> Result<(Found, Duration)> {
        let name = assets::upload(hash).ok_or_else(|| unknown(missing, hash))?;
        let found = self.shelf.find(&name, self.lifetime).await?.ok_or_else(|| unknown(missing, hash))?;
        let remaining = found.remaining.ok_or_else(|| Error::of(expired, words::asset_expired(&name)))?;
        Ok((found, remaining))
    }

    /// Removes what has expired or exceeds the byte bound.
    ///
    /// # Errors
    /// As [`Blobs::get`].
    pub async fn sweep(&self) -> Result<()> {
        self.shelf.sweep(self.lifetime).await
    }
}

fn unknown(kind: ErrorKind, hash: &str) -> Error {
    let shown: String = hash.chars().take(64).collect();
    Error::of(kind, words::asset_unknown(format!("{shown:?}")))
}
