//! Finished posters under unguessable names, for `"respond": "url"`.

use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::{Lifetime, SHORT, Shelf};
use crate::{blob::Blobs, words};
use haibao_core::{
    asset::Asset,
    encode::Format,
    error::{Error, ErrorKind, Result},
};

/// Key of the secret that makes names unguessable.
const SECRET: &str = "secrets/posters";

/// Settings of kept posters, `[posters]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PosterConfig {
    /// Lifetime, s. Default: one day.
    pub expires_seconds: u64,
    /// Lifetime of a poster with a missing picture, s. Default: 300.
    pub degraded_seconds: u64,
    /// Maximum size of all kept posters, bytes. Default: 1 GiB.
    pub max_bytes: u64,
}

impl Default for PosterConfig {
    fn default() -> Self {
        Self { expires_seconds: 86_400, degraded_seconds: 300, max_bytes: 1 << 30 }
    }
}

/// Kept posters.
#[derive(Debug)]
pub struct Posters {
    shelf: Shelf,
    lifetime: Lifetime,
    secret: OnceCell<[u8; 32]>,
}

/// Result of keeping a poster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// File name.
    pub name: String,
    /// Whether it was not kept yet.
    pub is_new: bool,
    /// When it expires, s since 1970-01-01 UTC.
    pub expires_at: u64,
}

/// A kept poster to send.
pub struct StoredPoster<S> {
    /// Format of the file; gives its media type.
    pub format: Format,
    /// Size, bytes.
    pub bytes: u64,
    /// Remaining lifetime.
    pub remaining: Duration,
    /// Whether a picture is missing.
    pub is_degraded: bool,
    /// The file.
    pub stream: S,
}

impl Posters {
    /// Keeps posters in a blob store.
    pub fn new(blobs: Blobs, config: PosterConfig) -> Self {
        let seconds = Duration::from_secs;
        Self {
            shelf: Shelf::new(blobs, "posters/", config.max_bytes),
            lifetime: Lifetime { usual: seconds(config.expires_seconds), short: seconds(config.degraded_seconds) },
            secret: OnceCell::new(),
        }
    }

    /// Keeps a poster. Equal posters share a file: its name is the hash of the content and a keyed hash of it.
    ///
    /// # Errors
    /// As [`Blobs::put`].
    pub async fn keep(&self, poster: Asset, format: Format, is_degraded: bool) -> Result<KeptFile> {
        let secret = self.secret.get_or_try_init(|| self.read_secret()).await?;
        let Asset { hash: content, bytes } = poster;
        let token = blake3::keyed_hash(secret, content.as_bytes());
        let half = |hash: blake3::Hash| hash.to_hex()[..32].to_owned();
        let kind = if is_degraded { SHORT } else { "" };
        let name = format!("{kind}{}-{}.{}", half(content), half(token), format.extension());
        let (is_new, expires_at) = self.shelf.put(&name, bytes, self.lifetime).await?;
        Ok(KeptFile { name, is_new, expires_at })
    }

    /// A kept poster by its file name.
    ///
    /// # Errors
    /// `poster_unknown`, `poster_expired`; as [`Blobs::get`].
    pub async fn get(&self, name: &str) -> Result<StoredPoster<impl Stream<Item = Result<Bytes>> + Send + use<>>> {
        let unknown = || Error::of(ErrorKind::NotFound, words::poster_unknown());
        let format = format(name).ok_or_else(unknown)?;
        let found = self.shelf.find(name, self.lifetime).await?.ok_or_else(unknown)?;
        let remaining = found.remaining.ok_or_else(|| Error::of(ErrorKind::Gone, words::poster_expired()))?;
        let stream = self.shelf.blobs.stream(&found.key, 0..found.bytes).await?.ok_or_else(unknown)?;
        Ok(StoredPoster { format, bytes: found.bytes, remaining, is_degraded: name.starts_with(SHORT), stream })
    }

    /// Removes what has expired or exceeds the byte bound.
    ///
    /// # Errors
    /// As [`Blobs::get`].
    pub async fn sweep(&self) -> Result<()> {
        self.shelf.sweep(self.lifetime).await
    }

    /// Reads the secret, or creates it. Processes that share a store share it, so that they give equal names.
    async fn read_secret(&self) -> Result<[u8; 32]> {
        let blobs = &self.shelf.blobs;
        if blobs.get(SECRET).await?.is_none() {
            let mut random = [0; 32];
            getrandom::fill(&mut random)
                .map_err(|e| Error::internal("the system provides no random bytes").source(e.to_string()))?;
            blobs.put_if_absent(SECRET, Bytes::copy_from_slice(&random)).await?;
        }
        let secret = blobs.get(SECRET).await?.and_then(|bytes| bytes.as_ref().try_into().ok());
        secret.ok_or_else(|| Error::internal(format!("the stored file {SECRET} does not have 32 bytes")))
    }
}

/// Format of a well-formed file name, which is safe as a key.
fn format(name: &str) -> Option<Format> {
    let (base, format) = Format::of_file(name.strip_prefix(SHORT).unwrap_or(name))?;
    let (content, token) = base.split_once('-')?;
    let is_half = |text: &str| text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (is_half(content) && is_half(token)).then_some(format)
}
